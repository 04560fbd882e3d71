import numpy as np
import pytest

from hybrid_encoder._input import text as _text
from tests.conftest import objects

VALUES = ["b", "", "naïve", "日本語", "a", "b", "𝄞", "\uffff"]


def text(values, without_arrow):
    return objects(values) if without_arrow else _text.from_objects(objects(values))


def test_order_is_that_of_utf8_bytes(without_arrow):
    order = _text.order(text(VALUES, without_arrow))
    assert [VALUES[i] for i in order] == sorted(VALUES, key=lambda value: value.encode())


@pytest.mark.parametrize("where", [[], [0], [3, 1, 0], range(len(VALUES))], ids=len)
def test_utf8_bytes(where, without_arrow):
    where = np.array(where, dtype=np.intp)
    data, starts, lengths = _text.utf8(text(VALUES, without_arrow), where)
    found = [data[s : s + n].tobytes() for s, n in zip(starts, lengths, strict=True)]
    assert found == [VALUES[i].encode() for i in where]


def test_utf8_bytes_of_a_slice():
    if _text.pa is None:
        pytest.skip("pyarrow is not installed")
    part = _text.pa.array(VALUES, _text.pa.large_string())[2:5]
    data, starts, lengths = _text.utf8(part, np.array([1]))
    assert data[starts[0] : starts[0] + lengths[0]].tobytes() == "日本語".encode()


def test_factorize(without_arrow):
    codes, distinct = _text.factorize(text([*VALUES, None], without_arrow))
    assert codes[-1] == -1
    assert _text.objects(distinct)[codes[:-1]].tolist() == VALUES
    assert len(distinct) == len(set(VALUES))


def test_missing(without_arrow):
    assert _text.missing(text(["a", "b"], without_arrow)) is None
    assert _text.missing(text(["a", None, np.nan], without_arrow)).tolist() == [False, True, True]


@pytest.mark.parametrize("cells", [[1, "a"], ["a", 1], ["a", b"b"], [b"b"], [None], ["a", ["b"]], [{}]])
def test_other_cells_are_not_text(cells):
    assert _text.from_objects(objects(cells)) is None


def test_concatenate(without_arrow):
    joined = _text.concatenate([text(["a"], without_arrow), text(["b", "c"], without_arrow)])
    assert _text.objects(joined).tolist() == ["a", "b", "c"]
