"""`SlotAssignment`: the slot of each counted value of a column."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .._input import numbers as _numbers
from .._input import text as _text
from .._input.columns import Column
from .._transform.lookup import Locations, Locator
from .._transform.vocabulary import Head
from .counts import Counts
from .coverage import Coverage, coverage_of
from .history import History, history_of
from .merging import keep_only, limit_size
from .selection import Candidates

# The slot of each counted value, and last that of a missing value; -1 for none.
SlotOf: TypeAlias = NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class SlotAssignment:
    """Slot assignment of one column.

    Attributes
    ----------
    counts : Counts
        The counts of its values.
    slots : ndarray of integers of shape (n_values + 1,)
        The slot of each counted value, and last that of a missing value; -1 for none.
    head : ndarray of shape (n_taken,)
        The values in slot order; None is a missing value. If the size of the counts was limited, some of
        these values are not counted.
    """

    counts: Counts
    slots: SlotOf
    head: Head

    def summarize(self, ignore_missing: bool, max_tracked: int | None) -> tuple[Coverage, History]:
        """The coverage, and the counts to keep for `partial_fit`, of at most `max_tracked` values."""
        counts, slots = limit_size(self.counts, self.slots, max_tracked)
        missing_in_tail = not ignore_missing and self.slots[-1] < 0
        coverage = coverage_of(self.counts, self.slots[:-1] >= 0, missing_in_tail, counts.error)
        return coverage, history_of(counts, slots, len(self.head))


def assign_slots(column: Candidates, head: NDArray[np.intp], *, keep_tail: bool) -> SlotAssignment:
    """The first slot assignment of a column.

    Parameters
    ----------
    column : Candidates
        Its candidates.
    head : ndarray of intp
        Positions among the counted values of those that get a slot, best first; `n_values` is a missing
        value.
    keep_tail : bool
        Whether to keep the counts of values without a slot.
    """
    counts = column.counts
    if not keep_tail:
        counts, head = keep_only(counts, head)
    return SlotAssignment(counts, slots_by_value(head, counts.n_values), values_at(counts, head))


def values_at(counts: Counts, positions: NDArray[np.intp]) -> Head:
    """The values at some positions as an array, None for a missing value.

    Text is returned as an object array; numbers in the first of int64, uint64, float64 and object that
    holds them exactly. The dtype of the input does not matter.
    """
    present = positions < counts.n_values
    values = counts.take(positions[present])
    if counts.kind == "number" and present.all():
        return _numbers.compact(values)
    head = np.full(len(positions), None, dtype=object)
    head[present] = _text.objects(values) if counts.kind == "text" else _numbers.compact(values)
    return head


def slots_by_value(head: NDArray[np.intp], n_values: int) -> SlotOf:
    """The slot of each counted value, from the position of the value in each slot.

    Examples
    --------
    >>> slots_by_value(np.array([3, 0]), 3)
    array([ 1, -1, -1,  0])
    """
    slots = np.full(n_values + 1, -1)
    slots[head] = np.arange(len(head))
    return slots


def locate_values(counts: Counts, positions: NDArray[np.intp], locator: Locator) -> Locations:
    """The slots or buckets of some counted values; position `n_values` is a missing value."""
    present = positions < counts.n_values
    codes = np.where(present, np.cumsum(present) - 1, -1)
    return locator.locate(Column(counts.kind, counts.take(positions[present]), codes=codes))
