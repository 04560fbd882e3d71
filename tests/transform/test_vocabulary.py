import mmh3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._input import text as _text
from hybrid_encoder._input.reading import read_column
from hybrid_encoder._transform import vocabulary as _vocabulary
from hybrid_encoder._transform.vocabulary import Fingerprints, Vocabulary
from tests.conftest import objects

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
ARROW = pytest.mark.skipif(_text.pa is None, reason="pyarrow is not installed")


def large(texts):
    return _text.pa.array(texts, _text.pa.large_string())


@pytest.mark.parametrize("size", [1, 10, 1000], ids=lambda size: f"batch-{size}")
@pytest.mark.parametrize("n_slots", [0, 3, 300])
@pytest.mark.parametrize("kind", ["text", "number"])
@pytest.mark.parametrize("missing_slot", [-1, 0, 1])
def test_slots_in_batches_of_every_size(kind, n_slots, size, missing_slot, without_arrow):
    head = [f"v{i}" for i in range(n_slots)] if kind == "text" else list(range(n_slots))
    if missing_slot >= 0 and n_slots:
        head.insert(missing_slot, None)
    wanted = [i * 7 % (2 * n_slots + 1) for i in range(size)]
    values = [f"v{i}" for i in wanted] if kind == "text" else wanted
    vocabulary = Vocabulary(objects(head), kind)
    assert vocabulary.missing_slot == (missing_slot if n_slots else -1)
    column = read_column(objects(values))
    expected = [head.index(value) if value in head else -1 for value in values]
    found = vocabulary.slots(column.values)
    assert found.tolist() == expected
    assert found.dtype == np.int32
    assert [vocabulary.slot_of(value) for value in values] == expected


def test_a_vocabulary_keeps_its_arguments():
    values = objects(["a", None])
    vocabulary = Vocabulary(values, "text")
    assert vocabulary.values is values
    assert vocabulary.kind == "text"


@pytest.mark.parametrize("dtype", [np.int64, np.uint64, np.float64, object])
def test_numbers_of_any_dtype_are_found(dtype):
    vocabulary = Vocabulary(np.array([3, 5]), "number")
    for times in (1, 100):
        found = vocabulary.slots(np.array([5, 4, 3] * times, dtype=dtype))
        assert found.tolist() == [1, -1, 0] * times


@pytest.mark.parametrize("times", [1, 100])
def test_negative_and_fractional_numbers_are_found(times):
    vocabulary = Vocabulary(objects([-3, 0.5, None, 2**63]), "number")
    found = vocabulary.slots(np.array([0.5, -3.0, 3.0, 2.0**63] * times))
    assert found.tolist() == [1, 0, -1, 3] * times


@ARROW
@given(st.lists(TEXT, max_size=80), st.booleans())
def test_all_ways_to_look_up_text_agree(texts, with_missing):
    head = [*sorted(set(texts[::2])), "in the head"]
    if with_missing:
        head.insert(len(head) // 2, None)
    vocabulary = Vocabulary(objects(head), "text")
    values = large([*texts, None] * 65)
    expected = [head.index(text) if text in head else -1 for text in texts] + [-1]
    for worth_a_table, worth_fingerprints in ((1e9, 1e9), (1e9, 0), (0, 0)):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(_vocabulary, "_ARROW_MIN_TEXTS_PER_SLOT", worth_a_table)
            patch.setattr(_vocabulary, "_FINGERPRINTS_MIN_TEXTS", worth_fingerprints)
            found = vocabulary.slots(values)
        # The caller handles missing values.
        found = np.where(values.is_null(), -1, found)
        assert found.tolist() == expected * 65


def test_a_vocabulary_of_a_missing_value_only():
    vocabulary = Vocabulary(objects([None]), None)
    assert vocabulary.missing_slot == 0
    assert vocabulary.slots(np.zeros(2)).tolist() == [-1, -1]


@ARROW
@given(st.lists(TEXT, unique=True), st.lists(TEXT | st.none()))
def test_fingerprints_find_the_positions_of_texts(among, wanted):
    found = Fingerprints(large(among)).find(large(wanted + among))
    expected = [among.index(text) if text in among else -1 for text in wanted + among]
    assert found.tolist() == expected
    assert found.dtype == np.int32


@ARROW
def test_a_fingerprint_has_the_bits_of_two_hashes():
    texts = ["a", "", "naïve"]
    high, low = ([mmh3.hash(text, seed, signed=False) for text in texts] for seed in _vocabulary._SEEDS)
    found = _vocabulary._fingerprints(large(texts))
    assert found.dtype == np.uint64
    assert found.tolist() == [one << 32 | other for one, other in zip(high, low, strict=True)]


@ARROW
def test_fingerprints_of_slices_of_arrays():
    found = Fingerprints(large(["x", "a", "b"])[1:]).find(large(["", "b", "a", "x"])[1:])
    assert found.tolist() == [1, 0, -1]


@pytest.fixture
def same_fingerprints(monkeypatch):
    """Every text has the same fingerprint."""
    monkeypatch.setattr(_vocabulary, "_fingerprints", lambda text: np.zeros(len(text), dtype=np.uint64))


@ARROW
def test_texts_with_the_same_fingerprint_are_compared(same_fingerprints):
    found = Fingerprints(large(["a"])).find(large(["b", "a", "", None]))
    assert found.tolist() == [-1, 0, -1, -1]


@ARROW
def test_fingerprints_are_usable_if_they_are_distinct(same_fingerprints):
    assert Fingerprints(large(["a"])).usable
    assert not Fingerprints(large(["a", "b"])).usable


@ARROW
def test_a_vocabulary_does_not_use_equal_fingerprints(same_fingerprints, monkeypatch):
    monkeypatch.setattr(_vocabulary, "_ARROW_MIN_TEXTS_PER_SLOT", 1e9)
    monkeypatch.setattr(_vocabulary, "_FINGERPRINTS_MIN_TEXTS", 0)
    vocabulary = Vocabulary(np.array(["a", "b"], dtype=object), "text")
    wanted = large(["b", "c", "a"] * _text.FEW)
    assert vocabulary.slots(wanted).tolist() == [1, -1, 0] * _text.FEW


def test_values_are_read_only():
    vocabulary = Vocabulary(np.array([7, 5]), "number")
    with pytest.raises(ValueError, match="read-only"):
        vocabulary.values[0] = 3
