import itertools
import math

import numpy as np
import pandas as pd
import pytest

from hybrid_encoder._fit.counts import Classes, count, over_classes
from hybrid_encoder._input.columns import Column
from hybrid_encoder._input.reading import read_column
from tests.fit.builders import by_class, by_value, counted


@pytest.mark.parametrize("times", [1, 100])
@pytest.mark.parametrize(
    ("values", "expected", "missing"),
    [
        (["a", "b", "a"], {"a": 2, "b": 1}, 0),
        (["a", None, "a"], {"a": 2}, 1),
        ([3, 5, 3], {3: 2, 5: 1}, 0),
        ([3.0, None, 0.0, 0.0], {3: 1, 0: 2}, 1),
        ([None, None], {}, 2),
        ([["a", "a"], [], None, ["b", None]], {"a": 2, "b": 1}, 2),
    ],
)
def test_each_value_is_counted(values, expected, missing, times, without_arrow):
    counts = counted(values * times)
    assert by_value(counts) == {value: weight * times for value, weight in expected.items()}
    assert counts.missing == missing * times
    assert counts.rows == len(values) * times
    assert counts.labels is None


@pytest.mark.parametrize(
    ("values", "weights", "expected", "missing", "rows"),
    [
        (["a", "b", "a"], [1, 2, 0.5], {"a": 1.5, "b": 2}, 0, 3.5),
        (["a", "b", None], [1, 0, 3], {"a": 1}, 3, 4),
        ([["a", "b"], ["a"], []], [2, 3, 4], {"a": 5, "b": 2}, 0, 9),
    ],
)
def test_weights_are_summed(values, weights, expected, missing, rows):
    counts = counted(values, weights)
    assert (by_value(counts), counts.missing, counts.rows) == (expected, missing, rows)


def test_codes_may_refer_to_equal_and_to_missing_values():
    values = np.array([7.0, 7.0, 0.0])
    column = Column(
        "number", values, missing=np.array([False, False, True]), codes=np.array([0, 1, 1, 2, -1])
    )
    counts = count(column)
    assert (by_value(counts), counts.missing) == ({7.0: 3}, 2)


def test_integers_with_missing_values():
    counts = count(Column("number", np.array([7, 0, 5, 0]), np.array([False, True, False, True])))
    assert (by_value(counts), counts.missing) == ({7: 1, 5: 1}, 2)


def test_unused_categories_are_not_counted():
    counts = count(read_column(pd.Categorical(["a"] * 5, categories=["a", "b"])))
    assert by_value(counts) == {"a": 5}


@pytest.mark.parametrize(
    ("values", "weights", "expected", "missing", "totals"),
    [
        (["a", "b", "a", None], None, {"a": [1, 1], "b": [0, 1]}, [0, 1], [1, 3]),
        ([3, 5, 3, 3], None, {3: [1, 2], 5: [0, 1]}, [0, 0], [1, 3]),
        (["a", "b", "a", None], [1, 2, 0.5, 4], {"a": [1, 0.5], "b": [0, 2]}, [0, 4], [1, 6.5]),
        ([["a", "a"], [], ["a", "b"], None], None, {"a": [2, 1], "b": [0, 1]}, [0, 1], [1, 3]),
    ],
    ids=["text", "integers", "weights", "lists"],
)
def test_counts_by_class(values, weights, expected, missing, totals, without_arrow):
    counts = counted(values, weights, ["no", "yes", "yes", "yes"])
    assert by_class(counts) == expected
    assert counts.missing_counts.tolist() == missing
    assert counts.class_totals.tolist() == totals
    assert counts.labels.tolist() == ["no", "yes"]


def test_codes_by_class():
    values = np.array([7.0, 7.0, 0.0, 8.0])
    column = Column(
        "number", values, np.array([False, False, True, False]), codes=np.array([0, 1, 1, 2, -1, 3])
    )
    counts = count(column, classes=Classes(np.array([0, 1, 0, 1, 0, 1]), np.arange(2)))
    assert by_class(counts) == {7.0: [2, 1], 8.0: [0, 1]}
    assert counts.missing_counts.tolist() == [1, 1]


# Weights whose plain sum depends on their order, in its last bits.
@pytest.mark.parametrize(
    "weights",
    [
        [0.7963060392865431, 0.5691612478492958, 0.9758520783391608],
        [1e-9, 1e9, 1 / 3],
        [1e-300, 1e-301, 1e-302],
    ],
)
def test_sums_do_not_depend_on_the_order_of_rows(weights):
    sums = {counted(["a"] * 3, order).weights[0] for order in itertools.permutations(weights)}
    assert len(sums) == 1
    assert sums.pop() == pytest.approx(math.fsum(weights), rel=1e-15)


def test_small_weights_are_not_lost_beside_large_ones():
    assert by_value(counted(["a", "b", "b"], [1e9, 1e-9, 1e-9])) == {"a": 1e9, "b": 2e-9}


@pytest.mark.parametrize("n_classes", [1, 2, 5])
def test_sums_over_classes(n_classes):
    counts = np.random.default_rng(0).integers(0, 9, (50, n_classes)).astype(float)
    assert over_classes(counts).tolist() == counts.sum(axis=1).tolist()
