import pickle

import numpy as np
import pytest

from hybrid_encoder._fit.history import History, counts_from_history, history_of
from hybrid_encoder._fit.merging import keep_only
from hybrid_encoder._fit.slots import slots_by_value, values_at
from hybrid_encoder._input import text as _text
from tests.fit.builders import by_class, column_of, content, counted, limited

TABLES = {
    "text": (["a", "b", "a", None, "c"], [0, 1], None),
    "numbers": ([3, 5, 3, 7], [2, 0], None),
    "missing-in-head": (["a", None, None], [1, 0], None),
    "missing-among-numbers": ([3, None, 0.5], [0, 2, 1], None),
    "wide-numbers": ([2**63, -1, 0.5], [1], None),
    "all-missing": ([None, None], [0], None),
    "lists": ([["a", "a"], [], None, ["b", None]], [0], None),
    "no-head": (["a", "b"], [], None),
    "no-tail": ([3, 5], [0, 1], None),
    "fractions": (["a", "b", "c"], [1], [0.1, 2, 1 / 3]),
    "many": ([f"v{i % 700}" for i in range(3000)], list(range(0, 600, 3)), None),
}


def remembered(name):
    """The counts of a column, their history, and the fitted column."""
    values, head, weights = TABLES[name]
    counts = counted(values, weights, [i % 2 for i in range(len(values))])
    positions = np.array(head, dtype=np.intp)
    history = history_of(counts, slots_by_value(positions, counts.n_values), len(head))
    column = column_of(values_at(counts, positions), counts.kind, multi_hot=counts.multi_hot)
    return counts, history, column


@pytest.mark.parametrize("name", TABLES)
def test_recall_returns_the_counts(name, without_arrow):
    counts, history, column = remembered(name)
    assert content(counts_from_history(history, column, counts.labels)) == content(counts)


@pytest.mark.parametrize("name", TABLES)
def test_a_history_as_plain_values(name, without_arrow):
    counts, history, column = remembered(name)
    plain = history.plain()
    again = History.from_plain(pickle.loads(pickle.dumps(plain)))
    assert content(counts_from_history(again, column, counts.labels)) == content(counts)
    assert {type(part) for part in plain.values()} <= {np.ndarray, float, list}
    assert again.head.dtype == again.tail.dtype == np.float64
    for key, part in plain.items():
        assert np.asarray(again.plain()[key]).dtype == np.asarray(part).dtype
        assert np.asarray(again.plain()[key]).tolist() == np.asarray(part).tolist()


def test_plain_values_keep_the_order_of_the_tail():
    # A restored encoder continues exactly as the original, to the last bit.
    _, history, _ = remembered("many")
    again = History.from_plain(history.plain())
    one, other = (_text.objects(part.tail_values).tolist() for part in (history, again))
    assert one == other
    assert history.tail.tolist() == again.tail.tolist()


@pytest.mark.parametrize(
    ("weights", "dtype"),
    [
        ([1, 2], np.uint8),
        ([1, 300], np.uint16),
        ([1, 70_000], np.uint32),
        ([1, 2.0**40], np.uint64),
        ([1, 2.0**60], np.float64),
        ([1, 1e90], np.float64),
        ([0.5, 1], np.float64),
    ],
    ids=str,
)
def test_whole_numbers_are_stored_in_few_bytes(weights, dtype):
    counts = counted(["a", "b"], weights)
    history = history_of(counts, np.array([-1, -1, -1]), 0)
    plain = history.plain()
    assert plain["tail"].dtype == dtype
    assert History.from_plain(plain).tail.tolist() == counts.class_counts.tolist()


def test_a_value_whose_count_was_dropped_keeps_its_slot():
    counts = limited(counted(["a", "a", "b"]), 1)
    assert by_class(counts) == {"a": [1]}
    history = history_of(counts, np.array([1, -1]), 3)
    assert history.head.tolist() == [[0], [1], [0]]
    assert history.head_weights.tolist() == [0, 1, 0]
    column = column_of(np.array(["b", "a", "c"], dtype=object), "text")
    assert content(counts_from_history(history, column, None)) == content(counts)


def test_the_history_of_a_head_alone():
    counts = limited(counted(["a"] * 5 + ["b"] * 4 + ["c"] * 2 + ["d", None]), 3)
    assert (counts.error, counts.lost) == (1, 4)
    head_alone, positions = keep_only(counts, np.array([0]))
    history = history_of(head_alone, slots_by_value(positions, head_alone.n_values), 1)
    assert history.tail_weight == 3 + 1 + 4
    assert (len(history.tail_values), history.tail.shape) == (0, (0, 1))
    # The largest weight in the tail was 3, after 1 had been subtracted.
    assert (history.error, history.lost) == (1 + 3, 4 + 3 + 1)
    assert history.head.tolist() == [[4]]
    assert history.missing.tolist() == [1]


def test_without_a_tail_nothing_is_lost():
    head_alone, positions = keep_only(counted(["a", None]), np.array([0]))
    history = history_of(head_alone, slots_by_value(positions, 1), 1)
    assert (history.error, history.lost) == (0, 0)
