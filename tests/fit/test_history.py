import pickle

import numpy as np
import pytest

from hybrid_encoder._fit.history import History, recall, remember
from hybrid_encoder._fit.merging import cut
from hybrid_encoder._fit.slots import head_values, seated
from hybrid_encoder._input import text as _text
from hybrid_encoder._partial_fit.update import slots_of
from hybrid_encoder._transform.vocabulary import Vocabulary
from tests.fit.test_merging import bounded, by_class, counted, state

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
    """The counts of a column, the history of it, and its head."""
    values, head, weights = TABLES[name]
    counts = counted(values, weights, [i % 2 for i in range(len(values))])
    order = np.array(head, dtype=np.intp)
    head = head_values(counts, order)
    slots = slots_of(counts, Vocabulary(head, counts.kind))
    assert slots[order].tolist() == list(range(len(order)))
    return counts, remember(counts, slots, len(head)), head


@pytest.mark.parametrize("name", TABLES)
def test_what_is_remembered_is_recalled(name, without_arrow):
    counts, history, head = remembered(name)
    assert state(recall(history, head, counts.kind, counts.multi_hot)) == state(counts)


@pytest.mark.parametrize("name", TABLES)
def test_a_pickle_of_plain_values_says_the_same(name, without_arrow):
    counts, history, head = remembered(name)
    plain = history.plain()
    again = History.from_plain(pickle.loads(pickle.dumps(plain)))
    assert state(recall(again, head, counts.kind, counts.multi_hot)) == state(counts)
    assert {type(part) for part in plain.values()} <= {np.ndarray, float, list}
    assert again.head.dtype == again.tail.dtype == np.float64
    for key, part in plain.items():
        assert np.asarray(again.plain()[key]).dtype == np.asarray(part).dtype
        assert np.asarray(again.plain()[key]).tolist() == np.asarray(part).tolist()


def test_the_order_of_values_survives_a_pickle():
    # The same state goes on in the same way, to the last bit.
    _, history, _ = remembered("many")
    again = History.from_plain(history.plain())
    listed = [_text.objects(part.tail_values).tolist() for part in (history, again)]
    assert listed[0] == listed[1]
    assert history.tail.tolist() == again.tail.tolist()


@pytest.mark.parametrize(
    ("weights", "dtype"),
    [([1, 2], np.uint8), ([1, 300], np.uint16), ([1, 70_000], np.uint32), ([0.5, 1], np.float64),
     ([1, 2.0**40], np.uint64), ([1, 2.0**60], np.float64), ([1, 1e90], np.float64)],
    ids=str,
)  # fmt: skip
def test_whole_numbers_are_saved_in_few_bytes(weights, dtype):
    counts = counted(["a", "b"], weights)
    history = remember(counts, np.array([-1, -1, -1]), 0)
    plain = history.plain()
    assert plain["tail"].dtype == dtype
    assert History.from_plain(plain).tail.tolist() == counts.class_counts.tolist()


def test_a_value_whose_counts_were_let_go_of_keeps_its_slot():
    counts = bounded(counted(["a", "a", "b"]), 1)
    assert by_class(counts) == {"a": [1]}
    history = remember(counts, np.array([1, -1]), 3)
    assert history.head.tolist() == [[0], [1], [0]]
    assert history.head_weights.tolist() == [0, 1, 0]
    again = recall(history, np.array(["b", "a", "c"], dtype=object), "text", False)
    assert state(again) == state(counts)


def test_what_is_remembered_of_a_head_alone():
    counts = bounded(counted(["a"] * 5 + ["b"] * 4 + ["c"] * 2 + ["d", None]), 3)
    assert (counts.error, counts.lost) == (1, 4)
    head_alone, order = cut(counts, np.array([0]))
    history = remember(head_alone, seated(order, head_alone.n_values), 1)
    assert history.tail_weight == 3 + 1 + 4
    assert (len(history.tail_values), history.tail.shape) == (0, (0, 1))
    # The heaviest of the tail weighed 3, and 1 had been taken off.
    assert (history.error, history.lost) == (1 + 3, 4 + 3 + 1)
    assert history.head.tolist() == [[4]]
    assert history.missing.tolist() == [1]


def test_nothing_is_lost_of_a_column_that_is_all_head():
    head_alone, order = cut(counted(["a", None]), np.array([0]))
    history = remember(head_alone, seated(order, 1), 1)
    assert (history.error, history.lost) == (0, 0)
