"""Entries of a few thousand rows at a time: how many each row has, and where each of them goes.

Every entry's position is computed, so that it is written once, in order: no sorting, no masks.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .layout import Layout
from .lookup import NOWHERE, Places

# Rows written at a time (benchmarks/crossovers.py).
_PART_ROWS = 1 << 14


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
