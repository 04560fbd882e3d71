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
from ._placement import NOWHERE, Places

_INT32_MAX = 2**31 - 1

# Rows written at a time (benchmarks/crossovers.py).
_PART_ROWS = 1 << 14


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
    n_rows : int
        Rows that are to come in all.
    n_columns : int
        Columns of the matrix.
    dtype : dtype
        Of the entries.
    """

    def __init__(self, n_rows: int, n_columns: int, dtype: DTypeLike) -> None:
        self._n_columns = n_columns
        self._indptr = np.zeros(n_rows + 1, dtype=np.int64)
        self._indices = np.empty(0, dtype=np.int32)
        self._data = np.empty(0, dtype=dtype)
        self._rows = 0

    def append(self, block: Sequence["Entries"]) -> None:
        """Write the next rows."""
        begin = int(self._indptr[self._rows])
        self._rows += sum(part.n_rows for part in block)
        self._reserve(begin + sum(part.n_entries for part in block))
        row = self._rows - sum(part.n_rows for part in block)
        for part in block:
            end = begin + part.n_entries
            np.add(part.ends, begin, out=self._indptr[row + 1 : row + 1 + part.n_rows])
            part.write(self._indices[begin:end], self._data[begin:end])
            begin, row = end, row + part.n_rows

    def _reserve(self, n_entries: int) -> None:
        if n_entries <= len(self._indices):
            return
        # What the rows so far took tells what all will take, give or take a hundredth; where later rows
        # take more and more, an eighth at a time keeps copies few.
        n_rows = len(self._indptr) - 1
        expected = n_entries
        if self._rows < n_rows:
            expected = int(n_entries / self._rows * n_rows * 1.01)
            expected = max(expected, len(self._indices) // 8 * 9)
        self._indices = _grown(self._indices, expected)
        self._data = _grown(self._data, expected)

    def finish(self) -> Any:
        """The matrix, of the class that scikit-learn is configured to return."""
        n_entries = int(self._indptr[-1])
        self._indices.resize(n_entries, refcheck=False)
        self._data.resize(n_entries, refcheck=False)
        return canonical_csr(self._indptr, self._indices, self._data, self._n_columns)


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


def entries(block: Sequence[Places], layout: Layout, tail_weight: float) -> list["Entries"]:
    """The entries of some rows, given the places of every column's values.

    They come in parts of so many rows that what is written of one column after the other lies in a
    core's cache.
    """
    cuts = range(0, block[0].n_cells, _PART_ROWS)
    parts = zip(*(places.split(cuts) for places in block), strict=True)
    return [Entries(part, layout, tail_weight) for part in parts]


class Entries:
    """The entries of a few thousand rows, before they are written.

    Attributes
    ----------
    n_rows, n_entries : int
        How many of each.
    ends : ndarray of int64 of shape (n_rows,)
        Where each row ends, if the first begins at 0.
    """

    def __init__(self, part: Sequence[Places], layout: Layout, tail_weight: float) -> None:
        self._columns = [
            _column_entries(places, start, layout, column, tail_weight)
            for column, (places, start) in enumerate(zip(part, layout.starts.tolist(), strict=False))
        ]
        self.n_rows = part[0].n_cells
        per_row = sum(column.per_row for column in self._columns if isinstance(column, _Alike))
        # Where all rows have as many entries, those of a column lie at a regular distance.
        self._cursor: Any
        if all(isinstance(column, _Alike) for column in self._columns):
            self.ends = np.arange(1, self.n_rows + 1) * per_row
            self._cursor = slice(0, None, max(per_row, 1))
        else:
            totals = np.full(self.n_rows, per_row)
            for column in self._columns:
                if not isinstance(column, _Alike):
                    column.add_to(totals)
            self.ends = np.cumsum(totals)
            self._cursor = self.ends - totals
        self.n_entries = int(self.ends[-1])

    def write(self, indices: NDArray[np.int32], data: NDArray[Any]) -> None:
        """Fill two arrays of `n_entries` with the output columns and the values."""
        data.fill(1)
        cursor = self._cursor
        for column in self._columns:
            cursor = column.write(indices, data, cursor)


def _column_entries(
    places: Places, start: int, layout: Layout, column: int, tail_weight: float
) -> "_Alike | _Mixed | _Sums":
    if places.lengths is not None:
        return _Sums(places, start, layout, column, tail_weight)
    first_bucket = start + int(layout.n_slots[column])
    tail = [(bucket + np.int32(first_bucket), tail_weight) for bucket in _ascending(places.buckets)]
    if layout.indicator:
        indicator = first_bucket + int(layout.n_buckets[column])
        tail.append((np.full(len(places.tail), indicator, dtype=np.int32), 1.0))
    if len(places.tail) == places.n_cells:
        return _Alike(tail)
    head = places.slots + np.int32(start)
    if len(places.tail) == 0 and places.slots.min() >= 0:
        return _Alike([(head, 1.0)])
    return _Mixed(places, head, tail)


Entry = tuple[NDArray[np.int32], float]  # output columns, and the value in all of them


Cursor = NDArray[np.int64] | slice  # where each row's next entry goes


class _Alike:
    """The entries of a column whose cells have as many each: all are in the head, or in the tail."""

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
    """The entries of a column with one value per cell: of the head, of the tail, or of none."""

    def __init__(self, places: Places, head: NDArray[np.int32], tail: Sequence[Entry]) -> None:
        self._head, self._tail, self._rows = head, tail, places.tail
        self._empty = places.tail if not tail else places.tail[:0]
        if places.slots.min() == NOWHERE:
            none = np.flatnonzero(places.slots == NOWHERE)
            self._empty = np.concatenate([self._empty, none])

    def add_to(self, totals: NDArray[np.int64]) -> None:
        """Add the number of this column's entries in each row."""
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
            # A row of the tail gets its first bucket after this.
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
        self._per_row = np.bincount(self._rows, minlength=n_rows)

    def add_to(self, totals: NDArray[np.int64]) -> None:
        """Add the number of this column's entries in each row."""
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
