"""Packed arrays are unpacked without loss."""

import pickle

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hybrid_encoder._input import text as _text
from hybrid_encoder._serialize.packing import pack, unpack
from tests.conftest import objects

TEXTS = ["", "a", "\0", "a\0", "\r\n", "né", "日本語", "😀", "\U0010ffff", "\ufeff", "x" * 300]
COLUMNS = [
    [],
    [None],
    [""],
    ["", ""],
    ["", None],
    [None, ""],
    ["\0", "\0\0", ""],
    TEXTS,
    [*TEXTS, None, *reversed(TEXTS)],
    [3, None, -(2**63)],
    [2**64 - 1, None, 0],
    [None, 0.5, -0.0, float("inf")],
    [2**60, None, 0.5],
    ["1", 1, 1.0, None],
]


def types_and_values(array):
    return [(type(value), repr(value)) for value in array.tolist()]


def check_round_trip(values):
    packed = pack(objects([*values]))
    assert all(part.dtype != object for part in packed.values())
    found = unpack(pickle.loads(pickle.dumps(packed)))
    assert found.dtype == object
    assert types_and_values(found) == types_and_values(objects([*values]))


@pytest.mark.parametrize("values", COLUMNS, ids=map(str, range(len(COLUMNS))))
def test_values_are_packed_and_unpacked(values, without_arrow):
    check_round_trip(values)


TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\r\né日😀"), max_size=5)
NUMBER = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)


@given(st.lists(TEXT | st.none()) | st.lists(NUMBER | st.none()) | st.lists(TEXT | NUMBER | st.none()))
@example(["\0", None, ""])
def test_any_values_are_packed_and_unpacked(values):
    check_round_trip(values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hybrid_encoder._input.text.pa", None)
        check_round_trip(values)


@pytest.mark.parametrize("values", COLUMNS, ids=map(str, range(len(COLUMNS))))
def test_packed_arrays_do_not_depend_on_pyarrow(values, monkeypatch):
    pytest.importorskip("pyarrow")
    packed = pack(objects([*values]))
    monkeypatch.setattr(_text, "pa", None)
    plain = pack(objects([*values]))
    assert [(name, part.dtype.str, part.tolist()) for name, part in plain.items()] == [
        (name, part.dtype.str, part.tolist()) for name, part in packed.items()
    ]


@pytest.mark.parametrize(
    "values", [[1, True], [np.str_("a")], [2**64], [-1, 2**63], [b"a"], [[1]]], ids=str
)
def test_values_of_other_types_are_not_packed(values):
    array = objects([*values])
    assert pack(array) is array
    assert unpack(array) is array


@pytest.mark.parametrize(
    "array",
    [np.array([3, 5]), np.array([0.5]), np.array(["a"]), np.array([["a"]], dtype=object)],
    ids=str,
)
def test_other_arrays_are_not_packed(array):
    assert pack(array) is array


def test_arrays_in_lists_and_mappings_are_packed():
    plain = [{"head": np.array([1.0]), "values": objects(["a", None]), "error": 0.5, "none": None}, 3]
    packed = pack(plain)
    assert packed[0]["head"] is plain[0]["head"]
    assert sorted(packed[0]["values"]) == ["forms", "lengths", "utf8"]
    found = unpack(packed)
    assert found[0]["values"].tolist() == ["a", None]
    assert (found[0]["error"], found[0]["none"], found[1]) == (0.5, None, 3)


@pytest.mark.parametrize(("length", "n_bytes"), [(255, 1), (256, 2), (70_000, 4)])
def test_lengths_are_of_the_narrowest_type(length, n_bytes, without_arrow):
    lengths = pack(objects(["x" * length, "né"]))["lengths"]
    assert (lengths.tolist(), lengths.itemsize) == ([length, 3], n_bytes)


def test_byte_order_does_not_matter():
    packed = pack(objects([2**40, None, 0.5, "x" * 300]))
    swapped = {name: part.astype(part.dtype.newbyteorder(">")) for name, part in packed.items()}
    assert unpack(swapped).tolist() == [2**40, None, 0.5, "x" * 300]
