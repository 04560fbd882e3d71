from dataclasses import astuple

import numpy as np
import pytest

from hybrid_encoder._fit.coverage import Coverage, coverage_of
from hybrid_encoder._fit.merging import keep_only
from tests.fit.builders import counted, limited, listed

VALUES = ["a"] * 4 + ["b"] * 3 + ["c"] + [None] * 2


def coverage(values, head, **parameters):
    counts = counted(values)
    in_head = np.array([value in head for value in listed(counts)], dtype=bool)
    return coverage_of(counts, in_head, **{"missing_in_tail": False} | parameters)


@pytest.mark.parametrize(
    ("values", "head", "distinct", "shares", "tail_values"),
    [
        (VALUES, ["a"], 3, (0.4, 0.4, 0.2), 2),
        (VALUES, [], 3, (0, 0.8, 0.2), 3),
        (VALUES, ["a", "b", "c"], 3, (0.8, 0, 0.2), 0),
        ([None, None], [], 0, (0, 0, 1), 0),
        ([3, 3, 5, 0.5], [3], 3, (0.5, 0.5, 0), 2),
        ([["a", "a"], [], ["b", None]], ["a"], 2, (0.5, 0.25, 0.25), 1),
        ([[], []], [], 0, (0, 0, 0), 0),
    ],
    ids=["head", "no-head", "no-tail", "missing", "numbers", "lists", "nothing"],
)
def test_shares_of_the_values(values, head, distinct, shares, tail_values):
    assert coverage(values, head) == Coverage(distinct, *shares, tail_values)


@pytest.mark.parametrize(
    ("values", "missing_in_tail", "tail_values"),
    [(VALUES, True, 3), (VALUES, False, 2), (["a", "b"], True, 1)],
)
def test_a_missing_value_may_be_one_of_the_tail(values, missing_in_tail, tail_values):
    found = coverage(values, ["a"], missing_in_tail=missing_in_tail)
    assert found.tail_values == tail_values
    # Its weight has a share of its own.
    assert found.missing_share == pytest.approx(values.count(None) / len(values))


def test_values_that_are_not_listed_are_part_of_the_tail():
    counts, _ = keep_only(counted(VALUES), np.array([0]))
    found = coverage_of(counts, np.array([True]), missing_in_tail=False)
    assert found == Coverage(3, 0.4, 0.4, 0.2, 2)


def test_dropped_counts_are_part_of_the_tail():
    counts = limited(counted(VALUES), 2)
    found = coverage_of(counts, np.array([True, False]), missing_in_tail=False)
    assert astuple(found) == pytest.approx((2, 0.3, 0.5, 0.2, 1, 0))


def test_the_error_of_the_counts_is_kept():
    assert coverage(VALUES, ["a"], count_error=3.0).count_error == 3
