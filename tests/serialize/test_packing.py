import pickle
import re

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hybrid_encoder._input import text as _text
from hybrid_encoder._serialize import packing as _packed

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


def objects(values):
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells


def types_and_values(array):
    return [(type(value), repr(value)) for value in array.tolist()]


def check_round_trip(values):
    packed = _packed.pack(objects(values))
    assert all(part.dtype != object for part in packed.values())
    found = _packed.unpack(pickle.loads(pickle.dumps(packed)), "values")
    assert found.dtype == object
    assert types_and_values(found) == types_and_values(objects(values))


@pytest.mark.parametrize("values", COLUMNS, ids=map(str, range(len(COLUMNS))))
def test_what_is_packed_is_unpacked(values, without_arrow):
    check_round_trip(values)


TEXT = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("\0\r\né日😀"), max_size=5)
NUMBER = st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False)


@given(st.lists(TEXT | st.none()) | st.lists(NUMBER | st.none()) | st.lists(TEXT | NUMBER | st.none()))
@example(["\0", None, ""])
def test_any_values(values):
    check_round_trip(values)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("hybrid_encoder._input.text.pa", None)
        check_round_trip(values)


@pytest.mark.parametrize("values", COLUMNS, ids=map(str, range(len(COLUMNS))))
def test_a_file_does_not_depend_on_pyarrow(values, monkeypatch):
    pytest.importorskip("pyarrow")
    packed = _packed.pack(objects(values))
    monkeypatch.setattr(_text, "pa", None)
    plain = _packed.pack(objects(values))
    assert [(name, part.dtype.str, part.tolist()) for name, part in plain.items()] == [
        (name, part.dtype.str, part.tolist()) for name, part in packed.items()
    ]


@pytest.mark.parametrize(
    "values", [[1, True], [np.str_("a")], [2**64], [-1, 2**63], [b"a"], [[1]]], ids=str
)
def test_what_has_no_form_stays_as_it_is(values):
    array = np.empty(len(values), dtype=object)
    array[:] = values
    assert _packed.pack(array) is array
    assert _packed.unpack(array, "values") is array


@pytest.mark.parametrize(
    "array",
    [np.array([3, 5]), np.array([0.5]), np.array(["a"]), np.array([["a"]], dtype=object)],
    ids=str,
)
def test_what_is_no_array_of_objects_stays_as_it_is(array):
    assert _packed.pack(array) is array


def test_lists_and_mappings_are_packed_part_by_part():
    plain = [{"head": np.array([1.0]), "values": objects(["a", None]), "error": 0.5, "none": None}, 3]
    packed = _packed.pack(plain)
    assert packed[0]["head"] is plain[0]["head"]
    assert sorted(packed[0]["values"]) == ["forms", "lengths", "utf8"]
    found = _packed.unpack(packed, "values")
    assert found[0]["values"].tolist() == ["a", None]
    assert (found[0]["error"], found[0]["none"], found[1]) == (0.5, None, 3)


@pytest.mark.parametrize(("length", "n_bytes"), [(255, 1), (256, 2), (70_000, 4)])
def test_lengths_take_few_bytes(length, n_bytes, without_arrow):
    lengths = _packed.pack(objects(["x" * length, "né"]))["lengths"]
    assert (lengths.tolist(), lengths.itemsize) == ([length, 3], n_bytes)


def test_another_byte_order():
    packed = _packed.pack(objects([2**40, None, 0.5, "x" * 300]))
    swapped = {name: part.astype(part.dtype.newbyteorder(">")) for name, part in packed.items()}
    assert _packed.unpack(swapped, "values").tolist() == [2**40, None, 0.5, "x" * 300]


def bytes_of(data):
    return np.frombuffer(data, dtype=np.uint8)


TWO = {"forms": bytes_of(b"\1\0\1"), "utf8": bytes_of("aé".encode()), "lengths": bytes_of(b"\1\2")}
FORM = "is no array that values are packed into"
LENGTHS = "the lengths of head are not those of its texts"
UTF8 = "head holds text that is no UTF-8"
OTHERS = "head has other values than it has forms"


@pytest.mark.parametrize(
    ("part", "array", "words"),
    [
        ("utf8", TWO["utf8"][:-1], LENGTHS),
        ("utf8", TWO["utf8"][:0], LENGTHS),
        ("utf8", bytes_of(b"abcd"), LENGTHS),
        ("lengths", np.array([1, 1], dtype=np.uint8), LENGTHS),
        ("lengths", np.array([0, 2], dtype=np.uint8), LENGTHS),
        ("lengths", np.array([2**63 + 3, 2**63], dtype=np.uint64), LENGTHS),
        ("lengths", np.array([4, 2**64 - 1], dtype=np.uint64), LENGTHS),
        ("lengths", np.array([-1, 4], dtype=np.int8), f"lengths of head {FORM}"),
        ("lengths", np.array([1.0, 2.0]), f"lengths of head {FORM}"),
        ("lengths", np.array([[1, 2]], dtype=np.uint8), f"lengths of head {FORM}"),
        ("lengths", [1, 2], f"lengths of head {FORM}"),
        ("lengths", np.array([1, 2], dtype=object), f"lengths of head {FORM}"),
        ("lengths", bytes_of(b"\2\1"), UTF8),
        ("utf8", bytes_of(b"a\xff\xff"), UTF8),
        ("utf8", bytes_of(b"a\xc3a"), UTF8),
        ("utf8", bytes_of(b"a\xc0\x80"), UTF8),
        ("utf8", None, f"utf8 of head {FORM}"),
        ("utf8", b"abc", f"utf8 of head {FORM}"),
        ("lengths", bytes_of(b"\3"), OTHERS),
        ("lengths", bytes_of(b"\1\1\1"), OTHERS),
        ("forms", bytes_of(b"\1\1\1"), OTHERS),
        ("forms", bytes_of(b"\1\1\2"), OTHERS),
        ("forms", bytes_of(b"\1\1\4"), OTHERS),
        ("forms", bytes_of(b"\1\1\377"), OTHERS),
        ("forms", np.array([1, 0, 1]), f"forms of head {FORM}"),
        ("forms", None, f"forms of head {FORM}"),
        ("integers", np.array([3]), OTHERS),
        ("integers", np.array([3], dtype=np.int32), f"integers of head {FORM}"),
        ("floats", np.array([None]), f"floats of head {FORM}"),
        ("dates", np.array([3]), f"dates of head {FORM}"),
        (3, np.array([3]), f"3 of head {FORM}"),
    ],
    ids=str,
)
def test_what_cannot_have_been_packed_is_refused(part, array, words, without_arrow):
    with pytest.raises(ValueError, match=f"^{re.escape(words)}$"):
        _packed.unpack(TWO | {part: array}, "head")


def test_surrogates_are_no_text(without_arrow):
    packed = {"forms": bytes_of(b"\1"), "utf8": bytes_of(b"\xed\xb0\x80"), "lengths": bytes_of(b"\3")}
    with pytest.raises(ValueError, match=UTF8):
        _packed.unpack(packed, "head")


def test_places_are_named():
    with pytest.raises(ValueError, match=r"tail_values of _histories\[1\] has other values"):
        _packed.unpack([{}, {"tail_values": {"forms": bytes_of(b"\1")}}], "_histories")
