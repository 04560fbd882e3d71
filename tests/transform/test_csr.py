import re
import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import config_context, get_config

from hybrid_encoder._transform import csr as _assembly
from hybrid_encoder._transform import entries as _entries
from hybrid_encoder._transform.csr import CsrWriter, canonical_csr
from hybrid_encoder._transform.encode import write_indices
from hybrid_encoder._transform.entries import entries
from hybrid_encoder._transform.layout import Layout
from hybrid_encoder._transform.lookup import NOWHERE, TAIL, Places
from hybrid_encoder._transform.output import check_dtype, decode


def singles(slots, buckets):
    """Places of single values: their slots, and the buckets of those in the tail."""
    slots = np.array(slots, dtype=np.int32)
    return Places(slots, np.flatnonzero(slots == TAIL), np.array(buckets, dtype=np.int32), None)


def lists(slots, buckets, lengths):
    places = singles(slots, buckets)
    return Places(places.slots, places.tail, places.buckets, np.array(lengths))


def layout(n_slots, n_buckets, indicator=False):
    return Layout(np.array(n_slots), np.array(n_buckets), indicator)


def written(blocks, shape, n_rows, tail_weight=0.5, dtype=np.float64):
    writer = CsrWriter(n_rows, shape.n_features_out, dtype)
    for block in blocks:
        writer.append(entries(block, shape, tail_weight))
    return writer.finish()


NONE = np.empty((2, 0))


@pytest.mark.parametrize(
    ("places", "shape", "expected"),
    [
        (singles([1, 0], np.empty((0, 2))), layout([2], [0]), [[0, 1], [1, 0]]),
        (singles([TAIL, 0], [[2, 0]]), layout([1], [3]), [[0, 0.5, 0, 0.5], [1, 0, 0, 0]]),
        (singles([TAIL], [[0, 2]]), layout([0], [3], True), [[0.5, 0, 0.5, 1]]),
        (singles([TAIL], [[0, -1]]), layout([0], [1], True), [[0.5, 1]]),
        (singles([TAIL], [[1]]), layout([0], [2]), [[0, 0.5]]),
        (singles([TAIL, 0], NONE[:1]), layout([1], [0]), [[0], [1]]),
        (singles([TAIL, 0], NONE[:1]), layout([1], [0], True), [[0, 1], [1, 0]]),
        (singles([NOWHERE, 0], np.empty((0, 2))), layout([1], [2]), [[0, 0, 0], [1, 0, 0]]),
        (lists([0, 1, 0], np.empty((0, 2)), [3, 0]), layout([2], [2]), [[2, 1, 0, 0], [0] * 4]),
        (lists([TAIL, TAIL], [[0, 1], [1, 2]], [2]), layout([0], [3], True), [[0.5, 1, 0.5, 2]]),
        (lists([TAIL, 0], [[0, -1]], [1, 1]), layout([1], [1]), [[0, 0.5], [1, 0]]),
        (lists([NOWHERE, TAIL], NONE[:1], [2]), layout([1], [0]), [[0]]),
    ],
)
def test_one_column(places, shape, expected):
    matrix = written([[places]], shape, places.n_cells)
    assert matrix.toarray().tolist() == expected


def columns_and_blocks():
    shape = layout([2, 0, 1], [3, 2, 0], True)
    block = [
        singles([TAIL, 1, 0], [[2, 1]]),
        lists([TAIL, TAIL, TAIL], [[0, 1], [1, 0], [1, 0]], [2, 1, 0]),
        singles([0, TAIL, NOWHERE], np.empty((1, 0))),
    ]
    return shape, block


@pytest.mark.parametrize("part_rows", [1, 2, 3])
@pytest.mark.parametrize("n_blocks", [1, 2, 7])
def test_blocks_follow_each_other(n_blocks, part_rows, monkeypatch):
    monkeypatch.setattr(_entries, "_PART_ROWS", part_rows)
    shape, block = columns_and_blocks()
    matrix = written([block] * n_blocks, shape, 3 * n_blocks)
    one = [
        [0, 0, 0, 0.5, 0.5, 1, 1, 1, 2, 1, 0],
        [0, 1, 0, 0, 0, 0, 0.5, 0.5, 1, 0, 1],
        [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
    ]
    assert matrix.toarray().tolist() == one * n_blocks
    assert len(matrix.data) == len(matrix.indices) == matrix.indptr[-1]


def test_later_rows_may_have_more_entries_than_the_first():
    shape = layout([1], [2])
    blocks = [[singles([0], np.empty((0, 2)))], *[[singles([TAIL] * 9, [[0, 1]] * 9)]] * 3]
    assert written(blocks, shape, 28).sum() == 28


def test_the_last_rows_may_have_more_entries_than_the_others():
    shape = layout([1], [2])
    few, many = singles([0] * 8, np.empty((0, 2))), singles([TAIL] * 8, [[0, 1]] * 8)
    matrix = written([[few]] * 90 + [[many]] * 10, shape, 800)
    assert np.diff(matrix.indptr).tolist() == [1] * 720 + [2] * 80
    assert matrix.sum() == 800


def test_a_matrix_is_written_without_a_second_copy():
    shape, n_rows = layout([3], [0]), 150_000
    block = entries([singles([0, 1, 2] * (n_rows // 3), np.empty((0, 2)))], shape, 0.5)
    tracemalloc.start()
    writer = CsrWriter(8 * n_rows, 3, np.float64)
    for _ in range(8):
        writer.append(block)
    matrix = writer.finish()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Until all is written where rows end is known in eight bytes each.
    while_written = 8 * len(matrix.indptr)
    kept = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    assert peak < 1.05 * (kept + while_written)


def owner(array):
    """The array that holds the memory of another."""
    return array if array.base is None else owner(array.base)


def test_a_matrix_keeps_no_room_for_entries_that_did_not_come():
    shape = layout([1], [2])
    full = lists([0, TAIL] * 600, [[0, 1]] * 600, [2] * 600)
    empty = lists([], np.empty((0, 2)), [0] * 400)
    matrix = written([[full], [empty]], shape, 1000)
    assert matrix.nnz == 1800
    assert len(owner(matrix.data)) == len(owner(matrix.indices)) == 1800


def test_canonical():
    shape, block = columns_and_blocks()
    matrix = written([block], shape, 3)
    assert matrix.indices.dtype == matrix.indptr.dtype == np.int32
    fresh = sp.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape)
    assert fresh.has_canonical_format
    assert vars(matrix)["_has_canonical_format"] is True, "or every user would look for themselves"
    assert (matrix.data != 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8])
def test_dtype(dtype):
    shape, block = columns_and_blocks()
    assert written([block], shape, 3, tail_weight=1, dtype=dtype).dtype == dtype


def test_class_of_the_matrix():
    shape, block = columns_and_blocks()
    assert isinstance(written([block], shape, 3), sp.csr_matrix)
    if "sparse_interface" not in get_config():
        pytest.skip("this scikit-learn always gives matrices")
    with config_context(sparse_interface="sparray"):
        assert isinstance(written([block], shape, 3), sp.csr_array)


@pytest.mark.parametrize("interface", ["spmatrix", "sparray"])
@pytest.mark.parametrize(("n_entries", "index"), [(2**31 - 1, np.int32), (2**31, np.int64)])
def test_indices_are_as_wide_as_they_must_be(n_entries, index, interface, monkeypatch):
    monkeypatch.setattr(_assembly, "get_config", lambda: {"sparse_interface": interface})
    made = []
    for name in ("csr_matrix", "csr_array"):
        monkeypatch.setattr(sp, name, lambda parts, shape: made.append(parts) or sp.coo_array(shape))
    # Of so many entries only where the rows end is told.
    indptr = np.array([0, 1, 2, n_entries], dtype=np.int64)
    canonical_csr(indptr, np.zeros(3, dtype=np.int32), np.ones(3), 5)
    [(_, indices, indptr)] = made
    assert (indices.dtype, indptr.dtype) == (index, index)


def test_a_matrix_is_made_of_its_parts_as_they_are():
    parts = np.array([0, 1, 3], dtype=np.int32), np.array([4, 0, 2], dtype=np.int32), np.ones(3)
    matrix = canonical_csr(*parts, 5)
    assert matrix.toarray().tolist() == [[0, 0, 0, 0, 1], [1, 0, 1, 0, 0]]
    for part, name in zip(parts, ("indptr", "indices", "data"), strict=True):
        assert np.shares_memory(getattr(matrix, name), part)


def test_indices():
    shape = layout([2, 0, 2], [3, 1, 0], True)
    block = [
        singles([TAIL, 1, NOWHERE, 0], [[2, 0]]),
        singles([TAIL] * 4, [[0, -1]] * 4),
        singles([0, 1, TAIL, NOWHERE], np.empty((1, 0))),
    ]
    out = np.zeros((4, 3, 2), dtype=np.int32)
    write_indices(out, block, shape)
    assert out.tolist() == [
        [[4, 2], [6, -1], [8, -1]],
        [[1, -1], [6, -1], [9, -1]],
        [[-1, -1], [6, -1], [-1, -1]],
        [[0, -1], [6, -1], [-1, -1]],
    ]


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
def test_types_that_can_hold_the_entries(dtype, tail_weight):
    check_dtype(dtype, tail_weight)


LONG_DOUBLE = pytest.param(
    np.longdouble,
    marks=pytest.mark.skipif(np.dtype(np.longdouble).itemsize == 8, reason="a float64 on this machine"),
)


@pytest.mark.parametrize("dtype", [object, str, bool, complex, np.float16, "M8[s]", LONG_DOUBLE])
def test_types_that_matrices_cannot_have(dtype):
    refused = (
        f"dtype={dtype!r} cannot hold the output. Use numpy.float64, numpy.float32 or an integer type."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(refused)}$"):
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
def test_types_that_would_change_the_weight_of_the_tail(dtype, tail_weight):
    refused = (
        f"dtype={dtype!r} cannot hold tail_weight={tail_weight}. Use numpy.float64, or tail_weight=1."
    )
    with pytest.raises(ValueError, match=f"^{re.escape(refused)}$"):
        check_dtype(dtype, tail_weight)


@pytest.mark.parametrize("form", [np.array, sp.csr_array, sp.csc_matrix], ids=lambda f: f.__name__)
def test_decode(form):
    shape = layout([2, 1], [1, 1], True)
    encoded = form([[0.0, 1, 0, 0, 2, 0.5, 1], [0, 0, 0.5, 1, 0, 0, 0]])
    values = [np.array(["a", None], dtype=object), np.array([7])]
    decoded = decode(encoded, shape, values, [False, True])
    assert decoded.tolist() == [[None, [7, 7]], [None, []]]
    decoded = decode(encoded, shape, [np.array(["a", "b"], dtype=object), np.array([7])], [False, False])
    assert decoded.tolist() == [["b", 7], [None, None]]
    assert type(decoded[0, 1]) is int


def test_what_is_decoded_stays_as_it_is():
    parts = (
        np.array([1.0, 1.0, 0.0]),
        np.array([0, 0, 1], dtype=np.int32),
        np.array([0, 3], dtype=np.int32),
    )
    encoded = sp.csr_array(parts, shape=(1, 2))
    assert decode(encoded, layout([2], [0]), [np.array([7, 8])], [True]).tolist() == [[[7, 7]]]
    assert encoded.data.tolist() == [1, 1, 0]
    assert encoded.indices.tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("times", "expected"), [(1, 1), (3, 3), (2.0000001, 2), (1.9999999, 2), (0.9999999, 1)]
)
def test_how_often_a_value_stood_in_a_list(times, expected):
    decoded = decode(np.array([[times]]), layout([1], [0]), [np.array([7])], [True])
    assert decoded[0, 0] == [7] * expected


@pytest.mark.parametrize("times", [-1, -0.5, np.nan, np.inf, 4, 2.0**40])
def test_a_list_that_cannot_have_been_is_refused_by_its_row(times, monkeypatch):
    monkeypatch.setattr(_assembly, "_INT32_MAX", 3)
    encoded = np.array([[0.0, 3], [1, 2], [0, times], [times, 0]])
    refused = "Row 2 does not say how often a value stood in a list: pass what transform gave."
    with pytest.raises(ValueError, match=f"^{refused}$"):
        decode(encoded, layout([2], [0]), [np.array([7, 8])], [True])
