"""From slots and buckets to a canonical CSR matrix, and back.

The only place that builds a sparse matrix. Every entry's position in it is computed, so that it is
written once, in order: no sorting, no stacking of blocks, no second copy.
"""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import DTypeLike, NDArray
from sklearn import get_config

from ._layout import Layout
from ._placement import NOWHERE, TAIL, Places

_INT32_MAX = 2**31 - 1


def check_dtype(dtype: DTypeLike, tail_weight: float) -> None:
    """Whether a number type can hold what the entries will be.

    Raises
    ------
    ValueError
        If it is no number type that SciPy's matrices can have, or would change the tail's weight.
    """
    kind = np.dtype(dtype)
    if kind.kind not in "iuf" or kind == np.float16 or kind.itemsize > 8:
        raise ValueError(
            f"dtype={dtype!r} cannot hold the output. Use numpy.float64, numpy.float32 or an integer "
            "type."
        )
    most = float(np.finfo(kind).max if kind.kind == "f" else np.iinfo(kind).max)
    broken = kind.kind in "iu" and not float(tail_weight).is_integer()
    if tail_weight > most or broken or np.array(tail_weight).astype(kind) == 0:
        raise ValueError(
            f"dtype={dtype!r} cannot hold tail_weight={tail_weight}. Use numpy.float64, or "
            "tail_weight=1."
        )


class CsrWriter:
    """Writes blocks of rows, one after the other, into one CSR matrix.

    Parameters
    ----------
    layout : Layout
        The output columns.
    n_rows : int
        Rows that are to come in all.
    tail_weight : float
        The value of an entry in a bucket column.
    dtype : dtype
        Of the entries.
    """

    def __init__(self, layout: Layout, n_rows: int, tail_weight: float, dtype: DTypeLike) -> None:
        self._layout, self._starts = layout, layout.starts.tolist()
        self._tail_weight = tail_weight
        self._indptr = np.zeros(n_rows + 1, dtype=np.int64)
        self._indices = np.empty(0, dtype=np.int32)
        self._data = np.empty(0, dtype=dtype)
        self._rows = 0

    def append(self, block: Sequence[Places]) -> None:
        """Write the next rows, given the places of every column."""
        entries = [
            _Singles(places, start, self._layout, column, self._tail_weight)
            if places.lengths is None
            else _Sums(places, start, self._layout, column, self._tail_weight)
            for column, (places, start) in enumerate(zip(block, self._starts[:-1], strict=True))
        ]
        n_rows = block[0].n_cells
        totals = np.zeros(n_rows, dtype=np.int64)
        for column in entries:
            totals += column.per_row
        begin = self._indptr[self._rows]
        ends = self._indptr[self._rows + 1 : self._rows + 1 + n_rows]
        np.cumsum(totals, out=ends)
        ends += begin
        self._rows += n_rows
        self._reserve(int(ends[-1]))
        self._data[begin : ends[-1]] = 1
        cursor = ends - totals
        for column in entries:
            column.write(self._indices, self._data, cursor)
            cursor += column.per_row

    def _reserve(self, n_entries: int) -> None:
        if n_entries <= len(self._indices):
            return
        # What the rows so far took tells what all will take, give or take a hundredth.
        n_rows = len(self._indptr) - 1
        expected = n_entries
        if self._rows < n_rows:
            expected = int(n_entries / self._rows * n_rows * 1.01)
        self._indices = _grown(self._indices, expected)
        self._data = _grown(self._data, expected)

    def finish(self) -> Any:
        """The matrix, of the class that scikit-learn is configured to return."""
        n_entries = int(self._indptr[-1])
        self._indices.resize(n_entries, refcheck=False)
        self._data.resize(n_entries, refcheck=False)
        return canonical_csr(self._indptr, self._indices, self._data, self._layout.n_features_out)


def canonical_csr(
    indptr: NDArray[np.integer], indices: NDArray[np.integer], data: NDArray[Any], n_columns: int
) -> Any:
    """A matrix of the class that scikit-learn is configured to return, from its sorted parts."""
    index = np.int32 if indptr[-1] <= _INT32_MAX else np.int64
    make = sp.csr_array if get_config().get("sparse_interface") == "sparray" else sp.csr_matrix
    parts = (data, indices.astype(index, copy=False), indptr.astype(index, copy=False))
    matrix = make(parts, shape=(len(indptr) - 1, n_columns))
    matrix.has_canonical_format = True
    return matrix


def _grown(array: NDArray[Any], size: int) -> NDArray[Any]:
    """A longer array that begins with the same values; the rest is not touched yet."""
    longer = np.empty(size, dtype=array.dtype)
    longer[: len(array)] = array
    return longer


class _Singles:
    """The entries of a column with one value per cell."""

    def __init__(
        self, places: Places, start: int, layout: Layout, column: int, tail_weight: float
    ) -> None:
        self._tail_weight = tail_weight
        tail, buckets = places.tail, places.buckets
        start_buckets = start + int(layout.n_slots[column])
        parts = [bucket + np.int32(start_buckets) for bucket in _ascending(buckets)]
        self._weighted = len(parts)
        if layout.indicator:
            indicator = start_buckets + int(layout.n_buckets[column])
            parts.append(np.full(len(tail), indicator, dtype=np.int32))
        self._tail, self._parts = tail, parts
        self._first = places.slots + np.int32(start)
        if parts:
            self._first[tail] = parts[0]
        empty = places.slots == NOWHERE
        if not parts:
            empty |= places.slots == TAIL
        self._filled = np.flatnonzero(~empty) if empty.any() else slice(None)
        self.per_row = np.ones(places.n_cells, dtype=np.int32)
        self.per_row[tail] = len(parts)
        self.per_row[empty] = 0

    def write(self, indices: NDArray[np.int32], data: NDArray[Any], cursor: NDArray[np.int64]) -> None:
        indices[cursor[self._filled]] = self._first[self._filled]
        at = cursor[self._tail]
        for part in self._parts[1:]:
            at += 1
            indices[at] = part
        for i in range(self._weighted if self._tail_weight != 1 else 0):
            data[cursor[self._tail] + i] = self._tail_weight


def _ascending(buckets: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """Buckets of each tail value, the lower ones first; the -1 beside a single bucket is dropped."""
    first, second = buckets[:, :1], buckets[:, 1:]
    if second.size == 0 or second[0] < 0:
        return list(first.T)
    return [*np.minimum(first, second).T, *np.maximum(first, second).T]


class _Sums:
    """The entries of a column of lists: those of one cell that meet in an output column are added."""

    def __init__(
        self, places: Places, start: int, layout: Layout, column: int, tail_weight: float
    ) -> None:
        assert places.lengths is not None
        n_rows, width = places.n_cells, int(layout.widths[column])
        rows = np.repeat(np.arange(n_rows), places.lengths)
        head = np.flatnonzero(places.slots >= 0)
        n_slots = int(layout.n_slots[column])
        cells = [rows[head] * width + places.slots[head]]
        values = [np.ones(len(head))]
        of_tail = rows[places.tail] * width + n_slots
        for bucket in places.buckets.T:
            there = bucket >= 0
            cells.append((of_tail + bucket)[there])
            values.append(np.full(int(there.sum()), float(tail_weight)))
        if layout.indicator:
            cells.append(of_tail + int(layout.n_buckets[column]))
            values.append(np.ones(len(of_tail)))
        filled, which = np.unique(np.concatenate(cells), return_inverse=True)
        self._values = np.bincount(which, np.concatenate(values), minlength=len(filled))
        self._rows, local = np.divmod(filled, max(width, 1))
        self._indices = (local + start).astype(np.int32)
        self.per_row = np.bincount(self._rows, minlength=n_rows)

    def write(self, indices: NDArray[np.int32], data: NDArray[Any], cursor: NDArray[np.int64]) -> None:
        if data.dtype.kind in "iu" and self._values.max(initial=0) > np.iinfo(data.dtype).max:
            raise ValueError(
                f"A list adds up to {self._values.max():g}, which dtype={data.dtype.name} cannot hold. "
                "Use a wider dtype."
            )
        firsts = np.cumsum(self.per_row) - self.per_row
        at = np.arange(len(self._rows)) + (cursor - firsts)[self._rows]
        indices[at] = self._indices
        data[at] = self._values


def write_indices(out: NDArray[np.int32], block: Sequence[Places], layout: Layout) -> NDArray[np.int32]:
    """Fill an array of shape (n_rows, n_columns, n_hashes) with output-column numbers.

    A slot comes first and -1 after it; buckets come in hash order; -1 stands for nothing.
    """
    out.fill(-1)
    for column, (places, start) in enumerate(zip(block, layout.starts.tolist(), strict=False)):
        head = np.flatnonzero(places.slots >= 0)
        out[head, column, 0] = places.slots[head] + start
        first_bucket = start + int(layout.n_slots[column])
        for hash_number, bucket in enumerate(places.buckets.T):
            out[places.tail, column, hash_number] = np.where(bucket < 0, -1, bucket + first_bucket)
    return out


def decode(
    encoded: Any,
    layout: Layout,
    vocabularies: Sequence[NDArray[Any]],
    multi_hot: Sequence[bool],
) -> NDArray[np.object_]:
    """Head values of encoded rows: None for a tail or missing value, lists in columns of lists.

    In a list a value stands as often as it was counted; what was in the tail is left out.
    """
    matrix = sp.csr_array(encoded, copy=True)
    matrix.sum_duplicates()
    matrix.eliminate_zeros()
    rows = np.repeat(np.arange(matrix.shape[0]), np.diff(matrix.indptr))
    owners = np.searchsorted(layout.starts, matrix.indices, side="right") - 1
    slots = matrix.indices - layout.starts[owners]
    decoded = np.full((matrix.shape[0], len(vocabularies)), None, dtype=object)
    for column, values in enumerate(vocabularies):
        head = np.flatnonzero((owners == column) & (slots < len(values)))
        found = np.empty(len(head), dtype=object)
        found[:] = values[slots[head]].tolist()
        if not multi_hot[column]:
            decoded[rows[head], column] = found
            continue
        times = matrix.data[head]
        if not ((times >= 0) & (times <= _INT32_MAX)).all():
            row = rows[head][np.argmin((times >= 0) & (times <= _INT32_MAX))]
            raise ValueError(
                f"Row {row} does not say how often a value stood in a list: pass what transform gave."
            )
        times = np.rint(times).astype(np.int64)
        found, cells = np.repeat(found, times), np.repeat(rows[head], times)
        ends = np.searchsorted(cells, np.arange(matrix.shape[0] + 1))
        for row, (begin, end) in enumerate(pairwise(ends)):
            decoded[row, column] = found[begin:end].tolist()
    return decoded
