import numpy as np
import pytest

from hybrid_encoder._fit.coverage import Coverage
from hybrid_encoder._fit.selection import select_candidates
from hybrid_encoder._fit.slots import (
    SlotAssignment,
    assign_slots,
    locate_values,
    slots_by_value,
    values_at,
)
from hybrid_encoder._partial_fit.update import slots_of
from hybrid_encoder._transform.lookup import Locator
from hybrid_encoder._transform.vocabulary import Vocabulary
from tests import reference
from tests.conftest import objects
from tests.fit.builders import by_value, counted, listed, make_settings

VALUES = [*"aaaabbbccd", None, None]


def assigned(values, n_slots, *, keep_tail):
    column = select_candidates(counted(values), make_settings(), None, streaming=True)
    return assign_slots(column, column.ranking.order[:n_slots], keep_tail=keep_tail)


@pytest.mark.parametrize("keep_tail", [True, False])
@pytest.mark.parametrize(
    ("n_slots", "head"),
    [(0, []), (2, ["a", "b"]), (4, ["a", "b", "c", None]), (9, ["a", "b", "c", None, "d"])],
)
def test_the_best_values_get_the_first_slots(n_slots, head, keep_tail):
    found = assigned(VALUES, n_slots, keep_tail=keep_tail)
    assert found.head.tolist() == head
    slots = dict(zip([*listed(found.counts), None], found.slots.tolist(), strict=True))
    assert {value: slot for value, slot in slots.items() if slot >= 0} == {
        value: slot for slot, value in enumerate(head)
    }


@pytest.mark.parametrize(
    ("keep_tail", "kept", "unlisted"),
    [(True, {"a": 4, "b": 3, "c": 2, "d": 1}, 0), (False, {"a": 4, "b": 3}, 2)],
)
def test_counts_of_the_tail_are_kept_for_partial_fit(keep_tail, kept, unlisted):
    counts = assigned(VALUES, 2, keep_tail=keep_tail).counts
    assert by_value(counts) == kept
    assert (counts.unlisted, counts.n_distinct) == (unlisted, 4)


@pytest.mark.parametrize(
    ("ignore_missing", "tail_values"), [(False, 3), (True, 2)], ids=["value", "ignore"]
)
@pytest.mark.parametrize("keep_tail", [True, False])
def test_a_summary_has_the_coverage_and_the_counts_by_slot(ignore_missing, tail_values, keep_tail):
    coverage, history = assigned(VALUES, 2, keep_tail=keep_tail).summarize(ignore_missing, None)
    assert coverage == Coverage(4, 7 / 12, 3 / 12, 2 / 12, tail_values)
    assert history.head_weights.tolist() == [4, 3]
    assert history.tail_weight == 3


def test_the_coverage_is_of_all_counts_and_the_history_of_those_tracked():
    coverage, history = assigned(VALUES, 3, keep_tail=True).summarize(False, 2)
    assert coverage == Coverage(4, 9 / 12, 1 / 12, 2 / 12, 2, count_error=2)
    assert history.head_weights.tolist() == [2, 1, 0]
    assert (history.error, history.tail_weight) == (2, 10 - 3)


def test_a_missing_value_with_a_slot_is_not_in_the_tail():
    counts = counted(["a", None])
    assignment = SlotAssignment(counts, np.array([-1, 0]), objects([None]))
    coverage, history = assignment.summarize(False, None)
    assert (coverage.tail_values, coverage.missing_share) == (1, 0.5)
    assert history.head.tolist() == [[1]]


@pytest.mark.parametrize("values", [["a", "b", "c", None], [3, 0.5, 7, None]])
@pytest.mark.parametrize("positions", [[], [3], [2, 0], [1, 3, 2]])
def test_values_are_located_by_position(values, positions, without_arrow):
    counts = counted(values)
    where = np.array(positions, dtype=int)
    locator = Locator(Vocabulary(objects(values[:1]), counts.kind), 5, make_settings().seeds, False)
    found = locate_values(counts, where, locator)
    ordered = [[*listed(counts), None][i] for i in positions]
    assert found.slots.tolist() == [0 if value == values[0] else -1 for value in ordered]
    expected = [reference.buckets(value, 5, 2, 0) for value in ordered if value != values[0]]
    assert found.buckets.tolist() == expected


@pytest.mark.parametrize(
    ("values", "order", "dtype"),
    [
        (["a", "b"], [1, 0], object),
        ([5, 7], [1, 0], np.int64),
        ([5.0, 7.0], [1, 0], np.int64),
        ([True, False], [0, 1], np.int64),
        ([0.5, 7.0], [0, 1], np.float64),
        ([2**63, 1], [0, 1], np.uint64),
        ([2**63, -1], [0, 1], object),
    ],
)
def test_values_at_positions(values, order, dtype):
    counts = counted(values)
    head = values_at(counts, np.array([listed(counts).index(values[i]) for i in order]))
    assert head.dtype == dtype
    assert head.tolist() == [values[i] for i in order]


@pytest.mark.parametrize("values", [[5, None], [5.0, None], [0.5, None], ["a", None]])
def test_a_missing_value_at_its_position(values):
    missing, value = values_at(counted(values), np.array([1, 0])).tolist()
    assert missing is None
    assert repr(value) == repr(5 if values[0] == 5 else values[0])


@pytest.mark.parametrize("values", [["a", "b", None, "c"], [3, 5, None, 7], [0.5, 2**60, None, -1]])
@pytest.mark.parametrize("order", [[], [2], [3, 1], [1, 3, 0], [0, 1, 2, 3]])
def test_slots_from_positions_and_from_a_vocabulary_agree(values, order, without_arrow):
    counts = counted(values)
    positions = np.array(order, dtype=int)
    slots = slots_by_value(positions, counts.n_values)
    assert slots.tolist() == [order.index(i) if i in order else -1 for i in range(4)]
    vocabulary = Vocabulary(values_at(counts, positions), counts.kind)
    assert slots_of(counts, vocabulary).tolist() == slots.tolist()
