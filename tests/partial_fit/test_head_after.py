import numpy as np
import pytest

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._partial_fit.replacement import head_after
from hybrid_encoder._transform.vocabulary import Vocabulary
from tests.conftest import objects


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
def test_values_after_a_replacement(values, slots, entering, kind, expected, dtype):
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


def vocabularies(encoder):
    return [column.vocabulary for column in encoder._fitted.columns]


def test_without_changes_the_vocabulary_is_kept():
    encoder = HybridHashEncoder(top_k=1).partial_fit([["a", None]] * 9)
    before = vocabularies(encoder)
    encoder.partial_fit([["a", 5]])
    same = [old is new for old, new in zip(before, vocabularies(encoder), strict=True)]
    assert same == [True, False]
    assert [new.kind for new in vocabularies(encoder)] == ["text", "number"]
    assert vocabularies(encoder)[1].values.tolist() == [None]
