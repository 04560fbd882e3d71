import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._partial_fit.replacement import (
    MARGIN,
    find_replacement,
    head_after,
    slots_after,
)
from hybrid_encoder._transform.vocabulary import Vocabulary
from tests.conftest import objects
from tests.fit.builders import column_of, counted, listed


def slots_of(values, head):
    """The slot of each counted value, and last that of a missing value."""
    return np.array([head.index(value) if value in head else -1 for value in [*values, None]])


def replaced(
    weights, head, n_slots=None, importance="frequency", min_frequency=1, error=0, **parameters
):
    """The head after the replacement, given the weight of every value."""
    counts = replace(counted(list(weights), list(weights.values())), error=error)
    values, n_slots = listed(counts), len(head) if n_slots is None else n_slots
    slots = slots_of(values, head)
    column = column_of(objects(head), counts.kind, n_slots, **parameters)
    replacement = find_replacement(counts, slots, column, importance, min_frequency)
    after = [*head, *[None] * (n_slots - len(head))]
    for slot, position in zip(replacement.slots, replacement.entering, strict=True):
        after[slot] = [*values, None][position]
    after = after[: len(head) + int((replacement.slots >= len(head)).sum())]
    assert slots_after(slots, replacement).tolist() == slots_of(values, after).tolist()
    return after


def limit(score, weight):
    """The largest score that does not replace a value."""
    return score + MARGIN * abs(score) / math.sqrt(weight)


@pytest.mark.parametrize(
    ("weights", "head", "n_slots", "expected"),
    [
        ({"a": 10, "b": limit(10, 10) + 0.01}, ["a"], 1, ["b"]),
        ({"a": 10, "b": limit(10, 10) - 0.01}, ["a"], 1, ["a"]),
        ({"a": 10, "b": 11}, ["a"], 1, ["a"]),
        ({"a": 10, "b": 30, "c": 20}, ["a"], 1, ["b"]),
        # The best value replaces the weakest first, whatever its slot.
        ({"a": 5, "b": 10, "c": 1, "x": 30, "y": 40}, ["a", "b", "c"], 3, ["x", "b", "y"]),
        ({"a": 5, "b": 10, "c": 1, "x": 5.5, "y": 8}, ["a", "b", "c"], 3, ["a", "b", "y"]),
        # Free slots are taken first, by the best; then the others are compared with the weakest.
        ({"a": 1, "x": 5, "y": 8, "z": 4}, ["a"], 3, ["z", "y", "x"]),
        ({"a": 1, "x": 5, "y": 8, "z": 1.1}, ["a"], 3, ["a", "y", "x"]),
        ({"a": 1, "x": 0.5}, ["a"], 3, ["a", "x"]),
        ({"x": 1, "y": 2}, [], 1, ["y"]),
        ({"x": 1, "y": 2}, [], 0, []),
        ({"a": 1, "x": 100}, ["a"], 1, ["x"]),
        # Ties are broken as in fit: by weight, then by value, missing last.
        ({"d": 1, "c": 1, "b": 1}, [], 2, ["b", "c"]),
        ({"b": 1, "a": 1, "x": 9}, ["b", "a"], 2, ["x", "a"]),
        ({"b": 1, None: 1, "x": 9}, [None, "b"], 2, ["x", "b"]),
        ({None: 1, "x": 1}, [], 1, ["x"]),
        ({"a": 1, None: 9}, ["a"], 1, [None]),
        # Values whose counts were dropped are the weakest, the last slot first.
        ({"a": 1, "x": 0.5}, ["dropped", "a"], 2, ["x", "a"]),
        ({"a": 1, "x": 0.5}, ["dropped", "a", "lost"], 3, ["dropped", "a", "x"]),
        ({"a": 1, "x": 9, "y": 8, "z": 7}, ["dropped", "a", "lost"], 3, ["y", "z", "x"]),
        ({"a": 1, "x": 0.5}, ["dropped", None, "a"], 3, ["dropped", "x", "a"]),
        ({2: 10, 3: 1, 7: 5}, [3, 2], 2, [7, 2]),
        ({0.5: 1, 2**60: 5}, [0.5], 1, [2**60]),
    ],
)
def test_values_that_enter_and_values_they_replace(weights, head, n_slots, expected, without_arrow):
    assert replaced(weights, head, n_slots) == expected


def negated(class_counts, class_totals):
    return -class_counts.sum(axis=1)


LEAST = -limit(-10, 10)


@pytest.mark.parametrize(
    ("weight", "expected"), [(9.9, ["a"]), (LEAST + 0.01, ["a"]), (LEAST - 0.01, ["x"]), (0.1, ["x"])]
)
def test_the_margin_of_negative_scores(weight, expected):
    assert 0 < LEAST < 9.9
    assert replaced({"a": 10, "x": weight}, ["a"], importance=negated) == expected


@pytest.mark.parametrize("importance", [lambda counts, totals: np.zeros(len(counts)), "mutual_info"])
@pytest.mark.parametrize(
    ("weights", "head", "n_slots", "expected"),
    [
        ({"a": 1, "b": 100, "x": 99, "y": 2.5}, ["a", "b"], 2, ["x", "b"]),
        ({"a": 1, "b": 100, "x": 99, "y": 2.5}, ["a", "b"], 3, ["y", "b", "x"]),
        ({"a": 4, "x": 5.9}, ["a"], 1, ["a"]),
        ({"a": 4, "x": 6.1}, ["a"], 1, ["x"]),
    ],
)
def test_weights_decide_between_equal_scores(importance, weights, head, n_slots, expected):
    # All rows are of one class, so every score is 0.
    assert replaced(weights, head, n_slots, importance=importance) == expected


@pytest.mark.parametrize(
    ("min_frequency", "expected"),
    [(1, ["x", "y"]), (6, ["b", "y"]), (9, ["b", "a"]), (0.5, ["b", "y"])],
)
def test_min_frequency_is_for_values_that_enter(min_frequency, expected):
    weights = {"a": 1, "b": 1.5, "x": 5, "y": 8}
    assert replaced(weights, ["b", "a"], min_frequency=min_frequency) == expected


@pytest.mark.parametrize(("handle_missing", "expected"), [("ignore", ["a"]), ("value", ["a", None])])
def test_an_ignored_missing_value_takes_no_slot(handle_missing, expected):
    assert replaced({"a": 1, None: 100}, ["a"], 2, handle_missing=handle_missing) == expected


def test_the_margin_is_one_of_scores_and_not_of_weights():
    # -p log p of nine tenths of the rows is less than that of one tenth.
    assert replaced({"a": 90, "x": 10}, ["a"], importance="entropy") == ["x"]


@pytest.mark.parametrize(
    ("importance", "needed"),
    [
        # The true weight may be 25: its score and the standard error are those of 25.
        ("frequency", 16 + 5),
        # The score of 25 by a callable is unknown: the relative error is that of 25.
        (lambda counts, totals: counts.sum(axis=1), 16 + 16 / 5),
        # All scores are equal: weights decide, with the standard error of 25.
        (lambda counts, totals: np.zeros(len(counts)), 16 + 5),
    ],
)
def test_the_margin_is_wider_if_counts_may_be_too_low(importance, needed):
    for weight, expected in [(needed - 0.01, ["a"]), (needed + 0.01, ["x"])]:
        assert replaced({"a": 16, "x": weight}, ["a"], importance=importance, error=9) == expected


@pytest.mark.parametrize(("importance", "expected"), [("frequency", "a"), (negated, "x")])
def test_a_value_without_a_count_has_the_lowest_score_of_a_callable(importance, expected):
    # By a named measure its score is 0, with the standard error of the count that it may have.
    assert replaced({"x": 2}, ["a"], importance=importance, error=9) == [expected]


def expected_head(weights, head, n_slots):
    """The head after the replacement by frequency, by a second, plain implementation."""
    entering = sorted(set(weights) - set(head), key=lambda value: (-weights[value], value))
    n_free = n_slots - len(head)
    after = head + entering[:n_free]
    uncounted = [value for value in reversed(head) if value not in weights]
    counted_values = sorted(set(head) & set(weights), key=lambda value: (weights[value], -value))
    for weak, better in zip(uncounted + counted_values, entering[n_free:], strict=False):
        if weak in weights and weights[better] <= limit(weights[weak], weights[weak]):
            break
        after[head.index(weak)] = better
    return after


WEIGHTS = st.dictionaries(st.integers(0, 30), st.integers(1, 40), min_size=1)
HEADS = st.lists(st.integers(0, 30), unique=True, max_size=12)


@given(WEIGHTS, HEADS, st.integers(0, 4))
def test_any_replacement_agrees_with_the_plain_implementation(weights, head, n_free):
    n_slots = len(head) + n_free
    assert replaced(weights, head, n_slots) == expected_head(weights, head, n_slots)


@given(WEIGHTS, HEADS)
def test_the_same_counts_again_change_nothing(weights, head):
    after = replaced(weights, head)
    assert replaced(weights, after) == after


def head_of(values, kind):
    is_numeric = kind == "number" and None not in values and values
    return np.array(values) if is_numeric else objects(values)


@pytest.mark.parametrize(
    ("values", "slots", "entering", "kind", "expected", "dtype"),
    [
        (["a", "b"], [1], ["c"], "text", ["a", "c"], object),
        (["a"], [2, 0, 1], ["x", "y", "z"], "text", ["y", "z", "x"], object),
        ([], [0], ["x"], "text", ["x"], object),
        ([], [], [], "text", [], object),
        ([], [], [], "number", [], np.int64),
        (["a", "b"], [0], [None], "text", [None, "b"], object),
        ([None], [1], ["a"], "text", [None, "a"], object),
        ([None], [1], [5], "number", [None, 5], object),
        ([7, None], [1], [5], "number", [7, 5], np.int64),
        ([7, 5], [0], [None], "number", [None, 5], object),
        ([7, 5], [1], [2**63], "number", [7, 2**63], np.uint64),
        ([7, -5], [0], [2**63], "number", [2**63, -5], object),
        ([7, 5], [2], [0.5], "number", [7, 5, 0.5], np.float64),
    ],
)
def test_the_values_after_a_replacement(values, slots, entering, kind, expected, dtype):
    before = head_of(values, kind)
    found = head_after(before, np.array(slots, dtype=int), head_of(entering, kind), kind)
    assert found.tolist() == expected
    assert found.dtype == dtype
    assert before.tolist() == values
    vocabulary = Vocabulary(found, kind)
    assert vocabulary.missing_slot == (expected.index(None) if None in expected else -1)


def test_without_changes_the_array_is_the_same():
    values = np.array([3, 5])
    assert head_after(values, np.array([], dtype=int), np.array([]), "number") is values
