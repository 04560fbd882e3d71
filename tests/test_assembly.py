import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import config_context, get_config

from hybrid_encoder._assembly import CsrWriter, decode, write_indices
from hybrid_encoder._entries import entries
from hybrid_encoder._layout import Layout
from hybrid_encoder._placement import NOWHERE, TAIL, Places


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


@pytest.mark.parametrize("n_blocks", [1, 2, 7])
def test_blocks_follow_each_other(n_blocks):
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


def test_canonical():
    shape, block = columns_and_blocks()
    matrix = written([block], shape, 3)
    assert matrix.indices.dtype == matrix.indptr.dtype == np.int32
    fresh = sp.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape)
    assert fresh.has_canonical_format
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


def test_indices():
    shape = layout([2, 0], [3, 1], True)
    block = [singles([TAIL, 1, NOWHERE], [[2, 0]]), singles([TAIL] * 3, [[0, -1]] * 3)]
    out = np.zeros((3, 2, 2), dtype=np.int32)
    write_indices(out, block, shape)
    assert out.tolist() == [[[4, 2], [6, -1]], [[1, -1], [6, -1]], [[-1, -1], [6, -1]]]


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
