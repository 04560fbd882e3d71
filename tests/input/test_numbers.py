import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._input import numbers as _numbers
from tests import reference

NUMBERS = st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | st.booleans()


def key_bytes(numbers):
    return [int(key).to_bytes(8, "little") for key in _numbers.keys(numbers)]


@given(st.lists(NUMBERS, min_size=1, max_size=10))
def test_keys_of_python_numbers(values):
    assert key_bytes(_numbers.from_objects(values)) == [reference.key(value) for value in values]


@given(st.lists(st.floats(allow_nan=False) | st.sampled_from([2.0**63, -(2.0**63), 2.0**64, -0.0])))
def test_keys_of_float_arrays(values):
    assert key_bytes(np.array(values, dtype=np.float64)) == [reference.key(value) for value in values]


@pytest.mark.parametrize(
    "dtype", ["bool", "int8", "uint8", "int32", "uint32", "int64", "uint64", "float16", "float32"]
)
def test_keys_do_not_depend_on_the_dtype(dtype):
    assert key_bytes(_numbers.widen(np.array([0, 1], dtype=dtype))) == [
        reference.key(value) for value in (0, 1)
    ]


def test_float32_is_widened_before_its_key_is_computed():
    value = np.float32(0.1)
    assert key_bytes(_numbers.widen(np.array([value]))) == [struct.pack("<d", float(value))]
    assert key_bytes(_numbers.from_objects([value])) == [struct.pack("<d", float(value))]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, True], np.int64),
        ([2**63], np.uint64),
        ([1, 0.5], np.float64),
        ([2**63, -1], object),
        ([2**53 + 1, 0.5], object),
    ],
)
def test_narrowest_exact_array(values, dtype):
    found = _numbers.from_objects(values)
    assert found.dtype == dtype
    assert found.tolist() == values


@pytest.mark.parametrize("value", [2**64, -(2**63) - 1])
def test_integers_of_more_than_eight_bytes(value):
    with pytest.raises(OverflowError):
        _numbers.from_objects([value])


@pytest.mark.parametrize("values", [[2.0**63, -(2.0**63)], [-(2.0**63), 2.0**63]])
def test_numbers_with_the_same_key_are_one_value_in_any_order(values):
    codes, distinct = _numbers.factorize(np.array(values))
    assert codes.tolist() == [0, 0]
    assert distinct.tolist() == [-(2.0**63)]


@given(st.lists(st.integers(-5, 5), max_size=30))
def test_factorize(values):
    codes, distinct = _numbers.factorize(np.array(values, dtype=np.int64))
    assert distinct[codes].tolist() == values
    assert len(set(distinct.tolist())) == len(distinct)


@pytest.mark.parametrize(
    "numbers", [np.array([3, 4]), np.array([3.0, 4.0]), np.array([3, 4], dtype=np.uint64)]
)
def test_compact_form_does_not_depend_on_the_dtype(numbers):
    assert _numbers.compact(numbers).dtype == np.int64
    assert _numbers.compact(numbers).tolist() == [3, 4]


@pytest.mark.parametrize(
    ("numbers", "values", "dtype"),
    [
        (np.array([3.0, -0.0]), [3, 0], np.int64),
        (np.array([3.0, 0.5]), [3, 0.5], np.float64),
        (np.array([2.0**60]), [2**60], np.int64),
        (np.array([2.0**63, 1.0]), [2**63, 1], np.uint64),
        (np.array([2.0**63, -1.0]), [2**63, -1], object),
        (np.array([2.0**60, 0.5]), [2**60, 0.5], object),
        (np.array([np.inf]), [np.inf], np.float64),
        (np.array([1, 0.5], dtype=object), [1, 0.5], np.float64),
        (np.array([2**64 - 1], dtype=np.uint64), [2**64 - 1], np.uint64),
        (np.zeros(0), [], np.int64),
    ],
)
def test_compact_form(numbers, values, dtype):
    found = _numbers.compact(numbers)
    assert (found.tolist(), found.dtype) == (values, dtype)
    assert _numbers.keys(found).tolist() == _numbers.keys(numbers).tolist()


NUMBER_ARRAYS = (
    st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4).map(lambda v: np.array(v, dtype=np.int64))
    | st.lists(st.integers(0, 2**64 - 1), max_size=4).map(lambda v: np.array(v, dtype=np.uint64))
    | st.lists(st.floats(allow_nan=False), max_size=4).map(lambda v: np.array(v, dtype=np.float64))
    | st.lists(NUMBERS, max_size=4).map(_numbers.from_objects)
)


@given(st.lists(NUMBER_ARRAYS, min_size=1, max_size=4))
def test_concatenated_numbers_keep_their_keys(parts):
    found = _numbers.keys(_numbers.concatenate(parts)).tolist()
    assert found == [key for part in parts for key in _numbers.keys(part).tolist()]


@given(st.lists(NUMBER_ARRAYS, min_size=2, max_size=4))
def test_the_dtype_of_concatenated_numbers_does_not_depend_on_their_order(parts):
    found = [_numbers.concatenate(order) for order in (parts, parts[::-1])]
    filled = [part for part in parts if len(part)]
    if len(filled) == len(parts):
        assert found[0].dtype == found[1].dtype


@pytest.mark.parametrize("number", [2**64, -(2**63) - 1, 10**30])
def test_integers_beyond_eight_bytes_have_no_key(number):
    assert not _numbers.has_key(number)
    with pytest.raises(OverflowError, match=str(number)):
        _numbers.key(number)
