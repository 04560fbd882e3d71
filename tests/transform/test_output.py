import re

import numpy as np
import pytest
import scipy.sparse as sp

from hybrid_encoder._transform import output
from hybrid_encoder._transform.output import check_container, check_dtype, decode
from tests.transform.builders import columns


@pytest.mark.parametrize(
    ("dtype", "tail_weight"),
    [
        (np.float64, 0.25),
        (np.float32, 0.25),
        ("f4", 0.25),
        (float, 1e300),
        (np.float32, float(np.finfo(np.float32).max)),
        (np.int8, 1),
        (np.int8, 127),
        (np.uint64, 2.0),
        (int, 1),
    ],
)
def test_dtypes_that_can_hold_the_output(dtype, tail_weight):
    check_dtype(dtype, tail_weight)


LONG_DOUBLE = pytest.param(
    np.longdouble,
    marks=pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="a float64 on this machine"),
)


@pytest.mark.parametrize("dtype", [object, str, bool, complex, np.float16, "M8[s]", LONG_DOUBLE])
def test_dtypes_that_sparse_matrices_cannot_have(dtype):
    message = (
        f"dtype={dtype!r} cannot hold the output. Use numpy.float64, numpy.float32 or an integer type."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_dtype(dtype, 1)


@pytest.mark.parametrize(
    ("dtype", "tail_weight"),
    [
        (np.int32, 0.25),
        (np.int64, 1.5),
        (np.uint8, 1.5),
        (np.int8, 128),
        (np.uint8, 256.0),
        (np.float32, 1e39),
        (np.float32, 1e-60),
    ],
)
def test_dtypes_that_cannot_hold_the_tail_weight(dtype, tail_weight):
    message = (
        f"dtype={dtype!r} cannot hold tail_weight={tail_weight}. Use numpy.float64, or tail_weight=1."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_dtype(dtype, tail_weight)


@pytest.mark.parametrize(
    ("container", "sparse_output"), [("default", True), ("default", False), ("pandas", False)]
)
def test_containers_of_the_output(container, sparse_output):
    check_container(container, sparse_output)


@pytest.mark.parametrize(("container", "name"), [("pandas", "Pandas"), ("polars", "Polars")])
def test_dataframes_cannot_hold_sparse_output(container, name):
    message = (
        f"{name} output does not support sparse data. Set sparse_output=False to output {container} "
        f"dataframes or disable {name} output via `encoder.set_output(transform='default')`."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        check_container(container, sparse_output=True)


FORMS = pytest.mark.parametrize(
    "form", [np.array, sp.csr_array, sp.csc_matrix], ids=lambda f: f.__name__
)
ENCODED = [[0.0, 1, 0, 0, 2, 0.5, 1], [0, 0, 0.5, 1, 0, 0, 0]]


@FORMS
def test_decode(form):
    fitted = columns([2, 1], [1, 1], True, heads=[["a", "b"], [7]])
    decoded = decode(form(ENCODED), fitted)
    assert decoded.tolist() == [["b", 7], [None, None]]
    assert type(decoded[0, 1]) is int


@FORMS
def test_decode_missing_values_and_lists(form):
    fitted = columns([2, 1], [1, 1], True, heads=[["a", None], [7]], multi_hot=[False, True])
    assert decode(form(ENCODED), fitted).tolist() == [[None, [7, 7]], [None, []]]


def test_free_slots_are_decoded_as_none():
    fitted = columns([2, 2], [0, 0], heads=[["a"], [7]])
    assert decode(np.array([[0, 1, 1, 0], [1, 0, 0, 1]]), fitted).tolist() == [[None, 7], ["a", None]]


def test_decode_does_not_change_its_input():
    parts = (
        np.array([1.0, 1.0, 0.0]),
        np.array([0, 0, 1], dtype=np.int32),
        np.array([0, 3], dtype=np.int32),
    )
    encoded = sp.csr_array(parts, shape=(1, 2))
    fitted = columns([2], [0], heads=[[7, 8]], multi_hot=[True])
    assert decode(encoded, fitted).tolist() == [[[7, 7]]]
    assert encoded.data.tolist() == [1, 1, 0]
    assert encoded.indices.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("count", "expected"), [(1, 1), (3, 3), (2.0000001, 2), (1.9999999, 2), (0.9999999, 1)]
)
def test_counts_of_a_list_are_rounded(count, expected):
    fitted = columns([1], [0], heads=[[7]], multi_hot=[True])
    assert decode(np.array([[count]]), fitted)[0, 0] == [7] * expected


@pytest.mark.parametrize("count", [-1, -0.5, np.nan, np.inf, 4, 2.0**40])
def test_impossible_counts_of_a_list_raise(count, monkeypatch):
    monkeypatch.setattr(output, "_INT32_MAX", 3)
    fitted = columns([2], [0], heads=[[7, 8]], multi_hot=[True])
    encoded = np.array([[0.0, 3], [1, 2], [0, count], [count, 0]])
    message = "Row 2 of X does not hold the counts of a list. Pass the result of transform."
    with pytest.raises(ValueError, match=f"^{message}$"):
        decode(encoded, fitted)


@pytest.mark.parametrize("width", [1, 6, 8])
def test_another_number_of_columns_raises(width):
    message = (
        f"X has {width} columns, but transform returns 7. Pass the result of transform of this encoder."
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        decode(np.zeros((1, width)), columns([2, 1], [1, 1], True))


def test_a_dtype_that_does_not_exist_raises():
    message = (
        "^dtype='floating' is not a number type. Use numpy.float64, numpy.float32 or an integer type.$"
    )
    with pytest.raises(TypeError, match=message):
        check_dtype("floating", 0.25)
