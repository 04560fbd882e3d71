import itertools
import math

import numpy as np
import pytest

from hybrid_encoder._fit.counts import Classes, count, over_classes
from hybrid_encoder._input import text as _text
from hybrid_encoder._input.columns import Column
from hybrid_encoder._input.reading import read_column


def table(counts):
    values = _text.objects(counts.values) if counts.kind == "text" else counts.values
    return dict(zip(values.tolist(), counts.weights.tolist(), strict=True))


def cells(values):
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


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
def test_count(values, expected, missing, times, without_arrow):
    counts = count(read_column(cells(values * times), "c"))
    assert table(counts) == {value: weight * times for value, weight in expected.items()}
    assert counts.missing == missing * times
    assert counts.rows == len(values) * times


@pytest.mark.parametrize(
    ("values", "weights", "expected", "missing", "rows"),
    [
        (["a", "b", "a"], [1, 2, 0.5], {"a": 1.5, "b": 2}, 0, 3.5),
        (["a", "b", None], [1, 0, 3], {"a": 1}, 3, 4),
        ([["a", "b"], ["a"], []], [2, 3, 4], {"a": 5, "b": 2}, 0, 9),
    ],
)
def test_weights(values, weights, expected, missing, rows):
    counts = count(read_column(cells(values), "c"), np.array(weights, dtype=float))
    assert (table(counts), counts.missing, counts.rows) == (expected, missing, rows)


def test_codes_may_point_to_equal_and_to_missing_values():
    values = np.array([7.0, 7.0, 0.0])
    column = Column(
        "number", values, missing=np.array([False, False, True]), codes=np.array([0, 1, 1, 2, -1])
    )
    counts = count(column)
    assert (table(counts), counts.missing) == ({7.0: 3}, 2)


def test_unused_categories_are_no_values():
    import pandas as pd

    counts = count(read_column(pd.Categorical(["a"] * 5, categories=["a", "b"]), "c"))
    assert table(counts) == {"a": 5}


@pytest.mark.parametrize(
    ("values", "weights", "expected", "missing", "totals"),
    [
        (["a", "b", "a", None], None, {"a": [1, 1], "b": [0, 1]}, [0, 1], [1, 3]),
        ([3, 5, 3, 3], None, {3: [1, 2], 5: [0, 1]}, [0, 0], [1, 3]),
        (["a", "b", "a", None], [1, 2, 0.5, 4], {"a": [1.5, 0], "b": [0, 2]}, [0, 4], [1, 6.5]),
        ([["a", "a"], [], ["a", "b"], None], None, {"a": [2, 1], "b": [0, 1]}, [0, 1], [1, 3]),
    ],
    ids=["text", "integers", "weights", "lists"],
)
def test_by_class(values, weights, expected, missing, totals, without_arrow):
    classes = Classes(np.array([0, 1, 1, 1]), np.arange(2))
    if weights is not None:
        weights, classes = np.array(weights), Classes(np.array([0, 1, 0, 1]), np.arange(2))
        totals = [1.5, 6]
    counts = count(read_column(cells(values), "c"), weights, classes)
    listed = (_text.objects(counts.values) if counts.kind == "text" else counts.values).tolist()
    assert dict(zip(listed, counts.class_counts.tolist(), strict=True)) == expected
    assert counts.missing_counts.tolist() == missing
    assert counts.class_totals.tolist() == totals


def test_by_class_over_codes():
    values = np.array([7.0, 7.0, 0.0, 8.0])
    column = Column(
        "number", values, np.array([False, False, True, False]), codes=np.array([0, 1, 1, 2, -1, 3])
    )
    counts = count(column, classes=Classes(np.array([0, 1, 0, 1, 0, 1]), np.arange(2)))
    assert dict(zip(counts.values.tolist(), counts.class_counts.tolist(), strict=True)) == {
        7.0: [2, 1],
        8.0: [0, 1],
    }
    assert counts.missing_counts.tolist() == [1, 1]


# Three weights whose sum lies so near a limit of twelve digits that its last bits decide.
STRADDLING = [0.7963060392865431, 0.5691612478492958, 0.9758520783391608]


@pytest.mark.parametrize("weights", [STRADDLING, [1e-9, 1e9, 1 / 3], [1e-300, 1e-301, 1e-302]])
def test_sums_do_not_depend_on_the_order_of_rows(weights):
    sums = {
        count(read_column(cells(["a"] * 3), "c"), np.array(order)).weights[0]
        for order in itertools.permutations(weights)
    }
    assert len(sums) == 1
    assert sums.pop() == pytest.approx(math.fsum(weights), rel=1e-15)


@pytest.mark.parametrize("n_classes", [1, 2, 5])
def test_sums_over_classes(n_classes):
    counts = np.random.default_rng(0).integers(0, 9, (50, n_classes)).astype(float)
    assert over_classes(counts).tolist() == counts.sum(axis=1).tolist()
