"""Who has which slot of a column, and what is remembered of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ._counts import Counts
from ._heads import Candidates
from ._history import History, remember
from ._summaries import bound, cut
from ._vocabulary import Head, SlotOf, head_values, seated


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
