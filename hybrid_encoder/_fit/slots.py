"""Who has which slot of a column, and what is remembered of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from .._input import numbers as _numbers
from .._input import text as _text
from .._input.columns import Column
from .._transform.lookup import Places, place
from .._transform.vocabulary import Head, Vocabulary
from .counts import Counts
from .history import History, remember
from .merging import bound, cut
from .selection import Candidates

SlotOf = NDArray[np.integer]  # of each value counted, and last of missing ones; -1 for none


@dataclass(frozen=True, slots=True)
class Seating:
    """The values of one column, and the slots that some of them have.

    Attributes
    ----------
    counts : Counts
        How often each value occurs.
    slots : ndarray of integers of shape (n_values + 1,)
        The slot of each value counted, and last that of missing ones; -1 for none.
    head : ndarray of shape (n_taken,)
        The values in slot order, None standing for missing; they need not be among those counted.
    """

    counts: Counts
    slots: SlotOf
    head: Head

    def bounded(self, max_tracked: int | None) -> Self:
        """The same slots, with counts of so many values at most; None: of all."""
        counts, slots = bound(self.counts, self.slots, max_tracked)
        return replace(self, counts=counts, slots=slots)

    def history(self) -> History:
        """What is remembered of it."""
        return remember(self.counts, self.slots, len(self.head))


def seat(
    columns: Sequence[Candidates], heads: Sequence[NDArray[np.intp]], *, keep_tails: bool
) -> list[Seating]:
    """The first seating of every column.

    Parameters
    ----------
    columns : sequence of Candidates
        One per input column.
    heads : sequence of ndarray of intp
        Positions of each head among the values counted, best first; their number stands for missing.
    keep_tails : bool
        Whether the counts of values without a slot are of any use.
    """
    found = []
    for column, order in zip(columns, heads, strict=True):
        counts = column.counts
        if not keep_tails:
            counts, order = cut(counts, order)
        found.append(Seating(counts, seated(order, counts.n_values), head_values(counts, order)))
    return found


def head_values(counts: Counts, order: NDArray[np.intp]) -> Head:
    """The values at the positions `order` as a vocabulary: an array, None standing for missing.

    Text comes as an object array; numbers in the narrowest of int64, uint64, float64 and object
    that holds them exactly, whatever dtype they had.
    """
    present = order < counts.n_values
    values = counts.take(order[present])
    if counts.kind == "number" and present.all():
        return _numbers.compact(values)
    head = np.full(len(order), None, dtype=object)
    head[present] = _text.objects(values) if counts.kind == "text" else _numbers.compact(values)
    return head


def seated(order: NDArray[np.intp], n_values: int) -> SlotOf:
    """The slot of each value counted, and last of missing ones, from who has each slot.

    Examples
    --------
    >>> seated(np.array([3, 0]), 3)
    array([ 1, -1, -1,  0])
    """
    slots = np.full(n_values + 1, -1)
    slots[order] = np.arange(len(order))
    return slots


def place_values(
    counts: Counts,
    where: NDArray[np.intp],
    vocabulary: Vocabulary,
    n_buckets: int,
    seeds: tuple[int, ...],
    ignore_missing: bool,
) -> Places:
    """Find the slot or the buckets of some values counted; their number stands for missing."""
    present = where < counts.n_values
    codes = np.where(present, np.cumsum(present) - 1, -1)
    distinct = Column(counts.kind, counts.take(where[present]), codes=codes)
    return place(distinct, vocabulary, n_buckets, seeds, ignore_missing)
