import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._input import text as _text
from hybrid_encoder._transform import fingerprints as _fingerprints
from hybrid_encoder._transform.fingerprints import Fingerprints

pa = pytest.importorskip("pyarrow")

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


def large(texts):
    return pa.array(texts, pa.large_string())


@given(st.lists(TEXT, unique=True), st.lists(TEXT | st.none()))
def test_texts_are_found_at_their_positions(among, wanted):
    found = Fingerprints(large(among)).find(large(wanted + among))
    expected = [among.index(text) if text in among else -1 for text in wanted + among]
    assert found.tolist() == expected
    assert found.dtype == np.int32


def test_a_slice_of_an_array():
    found = Fingerprints(large(["x", "a", "b"])[1:]).find(large(["", "b", "a", "x"])[1:])
    assert found.tolist() == [1, 0, -1]


@pytest.fixture
def colliding(monkeypatch):
    """Every text has the same fingerprint."""
    monkeypatch.setattr(
        _fingerprints, "_fingerprints", lambda text: np.zeros(len(text), dtype=np.uint64)
    )


def test_a_collision_is_not_taken_for_the_text(colliding):
    found = Fingerprints(large(["a"])).find(large(["b", "a", "", None]))
    assert found.tolist() == [-1, 0, -1, -1]


def test_texts_that_share_a_fingerprint_are_told(colliding):
    assert Fingerprints(large(["a"])).usable
    assert not Fingerprints(large(["a", "b"])).usable


def test_a_vocabulary_does_without_what_is_not_usable(colliding, monkeypatch):
    from hybrid_encoder._transform import vocabulary as _vocabulary

    monkeypatch.setattr(_vocabulary, "_WORTH_A_TABLE", 1e9)
    monkeypatch.setattr(_vocabulary, "_WORTH_FINGERPRINTS", 0)
    vocabulary = _vocabulary.Vocabulary(np.array(["a", "b"], dtype=object), "text")
    wanted = large(["b", "c", "a"] * _text.FEW)
    assert vocabulary.slots(wanted).tolist() == [1, -1, 0] * _text.FEW
