import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._input import text as _text
from hybrid_encoder._partial_fit.update import MARGIN, moved, revise
from tests.fit.test_merging import counted


def slots_in(counts, head):
    """The slot of each value counted, and last of missing ones, for a head in slot order."""
    listed = (_text.objects(counts.values) if counts.kind == "text" else counts.values).tolist()
    return np.array([head.index(v) if v in head else -1 for v in [*listed, None]])


def revised(weights, head, n_slots=None, importance="frequency", min_frequency=1, ignore_missing=False):
    """The head after a revision, given the weight of every value."""
    counts = counted(list(weights), list(weights.values()))
    listed = (_text.objects(counts.values) if counts.kind == "text" else counts.values).tolist()
    slots = slots_in(counts, head)
    n_slots = len(head) if n_slots is None else n_slots
    revision = revise(
        counts,
        slots,
        len(head),
        n_slots,
        importance=importance,
        min_frequency=min_frequency,
        ignore_missing=ignore_missing,
    )
    after = [*head, *[None] * (n_slots - len(head))]
    for slot, newcomer in zip(revision.slots.tolist(), revision.newcomers.tolist(), strict=True):
        after[slot] = [*listed, None][newcomer]
    taken = len(head) + int((revision.slots >= len(head)).sum())
    after = after[:taken]
    assert moved(slots, revision).tolist() == slots_in(counts, after).tolist()
    return after


def bar(score, weight):
    """The score that is not yet enough to displace a value."""
    return score + MARGIN * abs(score) / math.sqrt(weight)


BAR = bar(10, 10)


@pytest.mark.parametrize(
    ("weights", "head", "n_slots", "expected"),
    [
        ({"a": 10, "b": BAR + 0.01}, ["a"], 1, ["b"]),
        ({"a": 10, "b": BAR - 0.01}, ["a"], 1, ["a"]),
        ({"a": 10, "b": 11}, ["a"], 1, ["a"]),
        ({"a": 10, "b": 30, "c": 20}, ["a"], 1, ["b"]),
        # The weakest is displaced first, wherever its slot is, by the best newcomer.
        ({"a": 5, "b": 10, "c": 1, "x": 30, "y": 40}, ["a", "b", "c"], 3, ["x", "b", "y"]),
        ({"a": 5, "b": 10, "c": 1, "x": 5.5, "y": 8}, ["a", "b", "c"], 3, ["a", "b", "y"]),
        # Free slots first, the best first; then the others meet the weakest.
        ({"a": 1, "x": 5, "y": 8, "z": 4}, ["a"], 3, ["z", "y", "x"]),
        ({"a": 1, "x": 5, "y": 8, "z": 1.1}, ["a"], 3, ["a", "y", "x"]),
        ({"a": 1, "x": 0.5}, ["a"], 3, ["a", "x"]),
        ({"x": 1, "y": 2}, [], 1, ["y"]),
        ({"x": 1, "y": 2}, [], 0, []),
        ({"a": 1, "x": 100}, ["a"], 1, ["x"]),
        # Ties go as at fit: by weight, then by value, missing last.
        ({"d": 1, "c": 1, "b": 1}, [], 2, ["b", "c"]),
        ({"b": 1, "a": 1, "x": 9}, ["b", "a"], 2, ["x", "a"]),
        ({"b": 1, None: 1, "x": 9}, [None, "b"], 2, ["x", "b"]),
        ({None: 1, "x": 1}, [], 1, ["x"]),
        ({"a": 1, None: 9}, ["a"], 1, [None]),
        # Values whose counts were let go of are the weakest, the last slot first.
        ({"a": 1, "x": 0.5}, ["gone", "a"], 2, ["x", "a"]),
        ({"a": 1, "x": 0.5}, ["gone", "a", "lost"], 3, ["gone", "a", "x"]),
        ({"a": 1, "x": 9, "y": 8, "z": 7}, ["gone", "a", "lost"], 3, ["y", "z", "x"]),
        ({"a": 1, "x": 0.5}, ["gone", None, "a"], 3, ["gone", "x", "a"]),
        ({2: 10, 3: 1, 7: 5}, [3, 2], 2, [7, 2]),
        ({0.5: 1, 2**60: 5}, [0.5], 1, [2**60]),
    ],
)  # fmt: skip
def test_who_has_which_slot(weights, head, n_slots, expected, without_arrow):
    assert revised(weights, head, n_slots) == expected


def negated(class_counts, class_totals):
    return -class_counts.sum(axis=1)


LEAST = -bar(-10, 10)


@pytest.mark.parametrize(
    ("newcomer", "expected"), [(9.9, ["a"]), (LEAST + 0.01, ["a"]), (LEAST - 0.01, ["x"]), (0.1, ["x"])]
)
def test_the_margin_of_negative_scores(newcomer, expected):
    assert 0 < LEAST < 9.9
    assert revised({"a": 10, "x": newcomer}, ["a"], importance=negated) == expected


@pytest.mark.parametrize("importance", [lambda counts, totals: np.zeros(len(counts)), "mutual_info"])
def test_where_scores_are_equal_weights_decide(importance):
    # All rows are of one class, of which no value tells anything.
    weights = {"a": 1, "b": 100, "x": 99, "y": 2.5}
    assert revised(weights, ["a", "b"], importance=importance) == ["x", "b"]
    assert revised(weights, ["a", "b"], 3, importance=importance) == ["y", "b", "x"]
    assert revised({"a": 4, "x": 5.9}, ["a"], importance=importance) == ["a"]
    assert revised({"a": 4, "x": 6.1}, ["a"], importance=importance) == ["x"]


@pytest.mark.parametrize(
    ("min_frequency", "expected"),
    [(1, ["x", "y"]), (6, ["b", "y"]), (9, ["b", "a"]), (0.5, ["b", "y"])],
)
def test_min_frequency_bars_newcomers_only(min_frequency, expected):
    weights = {"a": 1, "b": 1.5, "x": 5, "y": 8}
    assert revised(weights, ["b", "a"], min_frequency=min_frequency) == expected


def test_missing_that_is_ignored_takes_no_slot():
    weights = {"a": 1, None: 100}
    assert revised(weights, ["a"], 2, ignore_missing=True) == ["a"]
    assert revised(weights, ["a"], 2) == ["a", None]


def test_the_margin_is_measured_by_the_score_not_by_the_weight():
    # -p log p of nine tenths of the rows is less than that of one tenth.
    assert revised({"a": 90, "x": 10}, ["a"], importance="entropy") == ["x"]


def by_hand(weights, head, n_slots):
    """The head after a revision, by the rules for frequencies written down a second time."""
    newcomers = sorted(set(weights) - set(head), key=lambda value: (-weights[value], value))
    n_free = n_slots - len(head)
    after = head + newcomers[:n_free]
    forgotten = [value for value in reversed(head) if value not in weights]
    known = sorted(set(head) & set(weights), key=lambda value: (weights[value], -value))
    for incumbent, newcomer in zip(forgotten + known, newcomers[n_free:], strict=False):
        if incumbent in weights and weights[newcomer] <= bar(*[weights[incumbent]] * 2):
            break
        after[head.index(incumbent)] = newcomer
    return after


@given(
    st.dictionaries(st.integers(0, 30), st.integers(1, 40), min_size=1),
    st.lists(st.integers(0, 30), unique=True, max_size=12),
    st.integers(0, 4),
)
def test_any_revision_follows_the_rules(weights, head, n_free):
    n_slots = len(head) + n_free
    assert revised(weights, head, n_slots) == by_hand(weights, head, n_slots)


@given(
    st.dictionaries(st.integers(0, 30), st.integers(1, 40), min_size=1),
    st.lists(st.integers(0, 30), unique=True, max_size=12),
)
def test_the_same_counts_again_change_nothing_more(weights, head):
    after = revised(weights, head)
    assert revised(weights, after) == after
