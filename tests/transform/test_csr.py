import tracemalloc

import numpy as np
import pytest
import scipy.sparse as sp
from sklearn import config_context, get_config

from hybrid_encoder._transform import csr
from hybrid_encoder._transform.csr import CsrWriter, canonical_csr, entries
from hybrid_encoder._transform.lookup import IGNORED, TAIL, Locations
from tests.transform.builders import columns


def singles(slots, buckets):
    """Locations of single values: their slots, and the buckets of those in the tail."""
    slots = np.array(slots, dtype=np.int32)
    return Locations(slots, np.flatnonzero(slots == TAIL), np.array(buckets, dtype=np.int32), None)


def lists(slots, buckets, lengths):
    found = singles(slots, buckets)
    return Locations(found.slots, found.tail, found.buckets, np.array(lengths))


def written(blocks, fitted, n_rows, tail_weight=0.5, dtype=np.float64):
    writer = CsrWriter(n_rows, fitted[-1].end, dtype)
    for block in blocks:
        writer.append(entries(block, fitted, tail_weight))
    return writer.finish()


NO_TAIL = np.empty((0, 2))
NO_BUCKETS = np.empty((1, 0))


@pytest.mark.parametrize(
    ("locations", "fitted", "expected"),
    [
        (singles([1, 0], NO_TAIL), columns([2], [0]), [[0, 1], [1, 0]]),
        (singles([TAIL, 0], [[2, 0]]), columns([1], [3]), [[0, 0.5, 0, 0.5], [1, 0, 0, 0]]),
        (singles([TAIL], [[0, 2]]), columns([0], [3], True), [[0.5, 0, 0.5, 1]]),
        (singles([TAIL], [[0, -1]]), columns([0], [1], True), [[0.5, 1]]),
        (singles([TAIL], [[1]]), columns([0], [2]), [[0, 0.5]]),
        (singles([TAIL, 0], NO_BUCKETS), columns([1], [0]), [[0], [1]]),
        (singles([TAIL, 0], NO_BUCKETS), columns([1], [0], True), [[0, 1], [1, 0]]),
        (singles([TAIL], NO_BUCKETS), columns([0], [0], True), [[1]]),
        (singles([IGNORED, 0], NO_TAIL), columns([1], [2]), [[0, 0, 0], [1, 0, 0]]),
        (lists([0, 1, 0], NO_TAIL, [3, 0]), columns([2], [2]), [[2, 1, 0, 0], [0] * 4]),
        (lists([TAIL, TAIL], [[0, 1], [1, 2]], [2]), columns([0], [3], True), [[0.5, 1, 0.5, 2]]),
        (lists([TAIL, 0], [[0, -1]], [1, 1]), columns([1], [1]), [[0, 0.5], [1, 0]]),
        (lists([IGNORED, TAIL], NO_BUCKETS, [2]), columns([1], [0]), [[0]]),
        (lists([TAIL, TAIL], np.empty((2, 0)), [2]), columns([0], [0], True), [[2]]),
        (lists([0, 0, 0], NO_TAIL, [1, 2]), columns([1], [0]), [[1], [2]]),
    ],
)
def test_one_column(locations, fitted, expected):
    matrix = written([[locations]], fitted, locations.n_cells)
    matrix.check_format(full_check=True)
    assert matrix.toarray().tolist() == expected


MIXED = columns([2, 0, 1], [3, 2, 0], True)
MIXED_BLOCK = [
    singles([TAIL, 1, 0], [[2, 1]]),
    lists([TAIL, TAIL, TAIL], [[0, 1], [1, 0], [1, 0]], [2, 1, 0]),
    singles([0, TAIL, IGNORED], NO_BUCKETS),
]
MIXED_ROWS = [
    [0, 0, 0, 0.5, 0.5, 1, 1, 1, 2, 1, 0],
    [0, 1, 0, 0, 0, 0, 0.5, 0.5, 1, 0, 1],
    [1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
]


@pytest.mark.parametrize("part_rows", [1, 2, 3])
@pytest.mark.parametrize("n_blocks", [1, 2, 7])
def test_blocks_are_appended(n_blocks, part_rows, monkeypatch):
    monkeypatch.setattr(csr, "_PART_ROWS", part_rows)
    matrix = written([MIXED_BLOCK] * n_blocks, MIXED, 3 * n_blocks)
    assert matrix.toarray().tolist() == MIXED_ROWS * n_blocks
    assert len(matrix.data) == len(matrix.indices) == matrix.indptr[-1]


@pytest.mark.parametrize("slot", [IGNORED, TAIL])
def test_columns_after_cells_without_entries(slot):
    n_tail = int(slot == TAIL)
    empty = singles([slot, 0], np.empty((n_tail, 0)))
    block = [empty, singles([1, 0], NO_TAIL), empty, singles([0, 1], NO_TAIL)]
    matrix = written([block], columns([1, 2, 1, 2], [0] * 4), 2)
    assert matrix.toarray().tolist() == [[0, 0, 1, 0, 1, 0], [1, 1, 0, 1, 0, 1]]


def test_locations_of_another_number_of_columns_raise():
    with pytest.raises(ValueError, match="argument"):
        entries([singles([0], NO_TAIL)], columns([1, 1], [0, 0]), 0.5)


def test_later_rows_may_have_more_entries_than_the_first():
    blocks = [[singles([0], NO_TAIL)], *[[singles([TAIL] * 9, [[0, 1]] * 9)]] * 3]
    assert written(blocks, columns([1], [2]), 28).sum() == 28


def test_the_last_rows_may_have_more_entries_than_the_others():
    few, many = singles([0] * 8, NO_TAIL), singles([TAIL] * 8, [[0, 1]] * 8)
    matrix = written([[few]] * 90 + [[many]] * 10, columns([1], [2]), 800)
    assert np.diff(matrix.indptr).tolist() == [1] * 720 + [2] * 80
    assert matrix.sum() == 800


def test_a_matrix_is_written_without_a_second_copy():
    n_rows = 150_000
    block = entries([singles([0, 1, 2] * (n_rows // 3), NO_TAIL)], columns([3], [0]), 0.5)
    tracemalloc.start()
    writer = CsrWriter(8 * n_rows, 3, np.float64)
    for _ in range(8):
        writer.append(block)
    matrix = writer.finish()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    # Until the last block is written, indptr has eight bytes per row.
    while_written = 8 * len(matrix.indptr)
    kept = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    assert peak < 1.05 * (kept + while_written)


def owner(array):
    """The array that holds the memory of another."""
    return array if array.base is None else owner(array.base)


def test_a_matrix_keeps_no_memory_reserved_for_further_entries():
    full = lists([0, TAIL] * 600, [[0, 1]] * 600, [2] * 600)
    empty = lists([], NO_TAIL, [0] * 400)
    matrix = written([[full], [empty]], columns([1], [2]), 1000)
    assert matrix.nnz == 1800
    assert len(owner(matrix.data)) == len(owner(matrix.indices)) == 1800


def test_canonical_format():
    matrix = written([MIXED_BLOCK], MIXED, 3)
    assert matrix.indices.dtype == matrix.indptr.dtype == np.int32
    fresh = sp.csr_array((matrix.data, matrix.indices, matrix.indptr), shape=matrix.shape)
    assert fresh.has_canonical_format
    # The flag is set, so that SciPy does not check the format again.
    assert vars(matrix)["_has_canonical_format"] is True
    assert (matrix.data != 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int8])
def test_dtype(dtype):
    assert written([MIXED_BLOCK], MIXED, 3, tail_weight=1, dtype=dtype).dtype == dtype


def test_class_of_the_matrix():
    assert isinstance(written([MIXED_BLOCK], MIXED, 3), sp.csr_matrix)
    if "sparse_interface" not in get_config():
        pytest.skip("this scikit-learn always returns matrices")
    with config_context(sparse_interface="sparray"):
        assert isinstance(written([MIXED_BLOCK], MIXED, 3), sp.csr_array)


@pytest.mark.parametrize("interface", ["spmatrix", "sparray"])
@pytest.mark.parametrize(("n_entries", "index"), [(2**31 - 1, np.int32), (2**31, np.int64)])
def test_width_of_the_indices(n_entries, index, interface, monkeypatch):
    monkeypatch.setattr(csr, "get_config", lambda: {"sparse_interface": interface})
    made = []
    for name in ("csr_matrix", "csr_array"):
        monkeypatch.setattr(sp, name, lambda parts, shape: made.append(parts) or sp.coo_array(shape))
    # indptr claims more entries than the arrays hold: 2**31 of them would not fit into memory.
    indptr = np.array([0, 1, 2, n_entries], dtype=np.int64)
    canonical_csr(indptr, np.zeros(3, dtype=np.int32), np.ones(3), 5)
    [(_, indices, indptr)] = made
    assert (indices.dtype, indptr.dtype) == (index, index)


def test_a_matrix_shares_the_memory_of_its_parts():
    parts = np.array([0, 1, 3], dtype=np.int32), np.array([4, 0, 2], dtype=np.int32), np.ones(3)
    matrix = canonical_csr(*parts, 5)
    assert matrix.toarray().tolist() == [[0, 0, 0, 0, 1], [1, 0, 1, 0, 0]]
    for part, name in zip(parts, ("indptr", "indices", "data"), strict=True):
        assert np.shares_memory(getattr(matrix, name), part)


@pytest.mark.parametrize(("dtype", "most"), [("int8", 127), ("uint8", 255)])
def test_sums_of_a_list_that_the_dtype_cannot_hold_raise(dtype, most):
    def write(count):
        return written([[lists([0] * count, NO_TAIL, [count])]], columns([1], [0]), 1, dtype=dtype)

    assert write(0).toarray().tolist() == [[0]]
    assert write(most).toarray().tolist() == [[most]]
    message = f"A list adds up to {most + 1}, which dtype={dtype} cannot hold. Use a wider dtype."
    with pytest.raises(ValueError, match=f"^{message}$"):
        write(most + 1)
