import numpy as np
import pytest

from hybrid_encoder._fit.counts import count
from hybrid_encoder._fit.slots import slots_by_value, values_at
from hybrid_encoder._input import text as _text
from hybrid_encoder._input.reading import read_column
from hybrid_encoder._partial_fit.update import slots_of
from hybrid_encoder._transform.vocabulary import Vocabulary
from tests.conftest import objects


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
    counts = count(read_column(objects(values)))
    counted = [*_text.objects(counts.values).tolist(), None]
    head = values_at(counts, np.array([counted.index(values[i]) for i in order]))
    assert head.dtype == dtype
    assert head.tolist() == [values[i] for i in order]


@pytest.mark.parametrize("values", [[5, None], [5.0, None], [0.5, None], ["a", None]])
def test_the_missing_value_at_its_position(values):
    counts = count(read_column(objects(values)))
    missing, value = values_at(counts, np.array([1, 0])).tolist()
    assert missing is None
    assert repr(value) == repr(5 if values[0] == 5 else values[0])


@pytest.mark.parametrize("values", [["a", "b", None, "c"], [3, 5, None, 7], [0.5, 2**60, None, -1]])
@pytest.mark.parametrize("order", [[], [2], [3, 1], [1, 3, 0], [0, 1, 2, 3]])
def test_slots_from_positions_and_from_a_vocabulary_agree(values, order, without_arrow):
    counts = count(read_column(objects(values)))
    slots = slots_by_value(np.array(order, dtype=int), counts.n_values)
    assert slots.tolist() == [order.index(i) if i in order else -1 for i in range(4)]
    head = values_at(counts, np.array(order, dtype=int))
    assert slots_of(counts, Vocabulary(head, counts.kind)).tolist() == slots.tolist()


@pytest.mark.parametrize(("head", "kind", "slot"), [([None], None, 0), (["a"], "text", -1)])
def test_slots_of_counts_of_missing_values_only(head, kind, slot):
    counts = count(read_column(objects([None, None])))
    assert slots_of(counts, Vocabulary(objects(head), kind)).tolist() == [slot]
