"""Write locations as the entries of a canonical CSR matrix.

The position of every entry is computed first. So each entry is written once, at its place, without
sorting, stacking of blocks or a second copy.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import scipy.sparse as sp
from numpy.typing import DTypeLike, NDArray
from sklearn import get_config

from .fitted_column import FittedColumn
from .lookup import IGNORED, Locations

# Rows written at a time (benchmarks/crossovers.py).
_PART_ROWS = 1 << 14

_INT32_MAX = 2**31 - 1


class CsrWriter:
    """Writes blocks of rows, one after the other, into one CSR matrix.

    Parameters
    ----------
    n_rows, n_columns : int
        Shape of the matrix.
    dtype : dtype
        Number type of the entries.
    """

    def __init__(self, n_rows: int, n_columns: int, dtype: DTypeLike) -> None:
        self._n_columns = n_columns
        self._indptr = np.zeros(n_rows + 1, dtype=np.int64)
        self._indices = np.empty(0, dtype=np.int32)
        self._data = np.empty(0, dtype=dtype)
        self._rows = 0

    def append(self, block: Sequence["Entries"]) -> None:
        """Write the next rows."""
        row, begin = self._rows, int(self._indptr[self._rows])
        self._rows += sum(part.n_rows for part in block)
        self._reserve(begin + sum(part.n_entries for part in block))
        for part in block:
            end = begin + part.n_entries
            np.add(part.ends, begin, out=self._indptr[row + 1 : row + 1 + part.n_rows])
            part.write(self._indices[begin:end], self._data[begin:end])
            begin, row = end, row + part.n_rows

    def _reserve(self, n_entries: int) -> None:
        if n_entries <= len(self._indices):
            return
        # Reserve memory for all rows, from the entries per row so far plus 1 %. If later rows have more
        # entries, the arrays grow by at least an eighth, so that they are rarely copied.
        n_rows = len(self._indptr) - 1
        expected = n_entries
        if self._rows < n_rows:
            expected = int(n_entries / self._rows * n_rows * 1.01)
            expected = max(expected, len(self._indices) // 8 * 9)
        self._indices = _grown(self._indices, expected)
        self._data = _grown(self._data, expected)

    def finish(self) -> Any:
        """Return the matrix, of the class that scikit-learn is configured to return."""
        n_entries = int(self._indptr[-1])
        self._indices.resize(n_entries, refcheck=False)
        self._data.resize(n_entries, refcheck=False)
        return canonical_csr(self._indptr, self._indices, self._data, self._n_columns)


def canonical_csr(
    indptr: NDArray[np.integer], indices: NDArray[np.integer], data: NDArray[Any], n_columns: int
) -> Any:
    """A matrix of the class that scikit-learn is configured to return, from sorted entries."""
    index = np.int32 if indptr[-1] <= _INT32_MAX else np.int64
    matrix_class = sp.csr_array if get_config().get("sparse_interface") == "sparray" else sp.csr_matrix
    parts = (data, indices.astype(index, copy=False), indptr.astype(index, copy=False))
    matrix = matrix_class(parts, shape=(len(indptr) - 1, n_columns))
    matrix.has_canonical_format = True
    return matrix


def _grown(array: NDArray[Any], size: int) -> NDArray[Any]:
    """A longer array that begins with the same values; the rest is not initialised."""
    longer = np.empty(size, dtype=array.dtype)
    longer[: len(array)] = array
    return longer


def entries(
    block: Sequence[Locations], columns: Sequence[FittedColumn], tail_weight: float
) -> list["Entries"]:
    """The entries of a block of rows, from the locations in every column.

    The rows are split into parts that fit into the cache of a core, as a part is written column by
    column.
    """
    cuts = range(0, block[0].n_cells, _PART_ROWS)
    parts = zip(*(locations.split(cuts) for locations in block), strict=True)
    return [Entries(part, columns, tail_weight) for part in parts]


class Entries:
    """The entries of a few thousand rows: computes their positions, then writes them.

    Attributes
    ----------
    n_rows, n_entries : int
        Number of rows and of entries.
    ends : ndarray of int64 of shape (n_rows,)
        Position of the end of each row, counted from the first entry.
    """

    def __init__(
        self, part: Sequence[Locations], columns: Sequence[FittedColumn], tail_weight: float
    ) -> None:
        self._columns = [
            _column_entries(locations, column, tail_weight)
            for locations, column in zip(part, columns, strict=True)
        ]
        self.n_rows = part[0].n_cells
        per_row = sum(column.per_row for column in self._columns if isinstance(column, _Uniform))
        # If all rows have the same number of entries, the entries of a column are equally spaced.
        self._cursor: Any
        if all(isinstance(column, _Uniform) for column in self._columns):
            self.ends = np.arange(1, self.n_rows + 1) * per_row
            self._cursor = slice(0, None, max(per_row, 1))
        else:
            totals = np.full(self.n_rows, per_row)
            for column in self._columns:
                if not isinstance(column, _Uniform):
                    column.add_to(totals)
            self.ends = np.cumsum(totals)
            self._cursor = self.ends - totals
        self.n_entries = int(self.ends[-1])

    def write(self, indices: NDArray[np.int32], data: NDArray[Any]) -> None:
        """Fill two arrays of length `n_entries` with the output columns and the values."""
        data.fill(1)
        cursor = self._cursor
        for column in self._columns:
            cursor = column.write(indices, data, cursor)


def _column_entries(
    locations: Locations, column: FittedColumn, tail_weight: float
) -> "_Uniform | _Mixed | _Sums":
    if locations.lengths is not None:
        return _Sums(locations, column, tail_weight)
    first_bucket = np.int32(column.first_bucket)
    tail = [(bucket + first_bucket, tail_weight) for bucket in _ascending(locations.buckets)]
    if column.indicator >= 0:
        tail.append((np.full(len(locations.tail), column.indicator, dtype=np.int32), 1.0))
    if len(locations.tail) == locations.n_cells:
        return _Uniform(tail)
    head = locations.slots + np.int32(column.start)
    if len(locations.tail) == 0 and locations.slots.min() >= 0:
        return _Uniform([(head, 1.0)])
    return _Mixed(locations, head, tail)


Entry = tuple[NDArray[np.int32], float]  # output columns, and the value stored in all of them
Cursor = NDArray[np.int64] | slice  # position of the next entry of each row


class _Uniform:
    """Entries of a column whose cells are all in the head, or all in the tail."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = entries
        self.per_row = len(entries)

    def write(self, indices: NDArray[np.int32], data: NDArray[Any], cursor: Cursor) -> Cursor:
        for columns, value in self._entries:
            indices[cursor] = columns
            if value != 1:
                data[cursor] = value
            if isinstance(cursor, slice):
                cursor = slice(cursor.start + 1, None, cursor.step)
            else:
                cursor += 1
        return cursor


class _Mixed:
    """Entries of a column of single values in the head, in the tail, or ignored."""

    def __init__(self, locations: Locations, head: NDArray[np.int32], tail: Sequence[Entry]) -> None:
        self._head, self._tail, self._rows = head, tail, locations.tail
        self._empty = locations.tail if not tail else locations.tail[:0]  # rows without an entry
        if locations.slots.min() == IGNORED:
            ignored = np.flatnonzero(locations.slots == IGNORED)
            self._empty = np.concatenate([self._empty, ignored])

    def add_to(self, totals: NDArray[np.int64]) -> None:
        """Add the number of entries of this column in each row."""
        totals += 1
        if len(self._empty):
            totals[self._empty] -= 1
        if len(self._tail) > 1:
            totals[self._rows] += len(self._tail) - 1

    def write(
        self, indices: NDArray[np.int32], data: NDArray[Any], cursor: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        if len(self._empty):
            filled = np.ones(len(cursor), dtype=bool)
            filled[self._empty] = False
            indices[cursor[filled]] = self._head[filled]
        else:
            # Rows in the tail are overwritten below, with their first bucket.
            indices[cursor] = self._head
        at = cursor[self._rows]
        for columns, value in self._tail:
            indices[at] = columns
            if value != 1:
                data[at] = value
            at += 1
        cursor += 1
        if len(self._empty):
            cursor[self._empty] -= 1
        cursor[self._rows] = at
        return cursor


def _ascending(buckets: NDArray[np.int32]) -> list[NDArray[np.int32]]:
    """Buckets of each tail value, ascending; -1, the second of a single bucket, is left out."""
    first, second = buckets[:, :1], buckets[:, 1:]
    if second.size == 0 or second[0] < 0:
        return list(first.T)
    return [*np.minimum(first, second).T, *np.maximum(first, second).T]


class _Sums:
    """Entries of a column of lists; entries of one cell in the same output column are added."""

    def __init__(self, locations: Locations, column: FittedColumn, tail_weight: float) -> None:
        assert locations.lengths is not None
        n_rows, width = locations.n_cells, column.end - column.start
        rows = np.repeat(np.arange(n_rows), locations.lengths)
        head = np.flatnonzero(locations.slots >= 0)
        cells = [rows[head] * width + locations.slots[head]]
        values = [np.ones(len(head))]
        of_tail = rows[locations.tail] * width + column.n_slots
        for bucket in locations.buckets.T:
            exists = bucket >= 0
            cells.append((of_tail + bucket)[exists])
            values.append(np.full(int(exists.sum()), float(tail_weight)))
        if column.indicator >= 0:
            cells.append(of_tail + column.locator.n_buckets)
            values.append(np.ones(len(of_tail)))
        filled, which = np.unique(np.concatenate(cells), return_inverse=True)
        self._values = np.bincount(which, np.concatenate(values), minlength=len(filled))
        self._rows, local = np.divmod(filled, max(width, 1))
        self._indices = (local + column.start).astype(np.int32)
        self._per_row = np.bincount(self._rows, minlength=n_rows)

    def add_to(self, totals: NDArray[np.int64]) -> None:
        """Add the number of entries of this column in each row."""
        totals += self._per_row

    def write(
        self, indices: NDArray[np.int32], data: NDArray[Any], cursor: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        if data.dtype.kind in "iu" and self._values.max(initial=0) > np.iinfo(data.dtype).max:
            raise ValueError(
                f"A list adds up to {self._values.max():g}, which dtype={data.dtype.name} cannot hold. "
                "Use a wider dtype."
            )
        firsts = np.cumsum(self._per_row) - self._per_row
        at = np.arange(len(self._rows)) + (cursor - firsts)[self._rows]
        indices[at] = self._indices
        data[at] = self._values
        return cursor + self._per_row
