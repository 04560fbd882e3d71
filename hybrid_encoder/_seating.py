"""Who has which slot of a column: at first, and after more rows; and what is remembered of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from ._counts import Counts
from ._heads import Candidates
from ._history import History, recall, remember
from ._importance import Measure, named
from ._layout import Layout
from ._placement import place_values
from ._revision import moved, revise
from ._settled import SettledColumn
from ._summaries import bound, cut, fade, merge, of_one_class, with_classes
from ._transfer import ColumnChanges, changes_of
from ._vocabulary import Head, SlotOf, head_values, revised_values, seated, slots_of


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


def add_up(
    column: SettledColumn,
    history: History,
    batch: Counts,
    known: NDArray[np.intp] | None,
    decay: float,
) -> Counts:
    """The counts remembered of a column, by now, and those of a batch.

    Parameters
    ----------
    column : SettledColumn
        The column before the batch.
    history : History
        What is remembered of it.
    batch : Counts
        The counts of the batch, by all classes that there are now.
    known : ndarray of intp, or None
        Which of these classes those remembered are; None where the target is not looked at.
    decay : float
        What earlier counts are multiplied by.
    """
    earlier = recall(history, column.vocabulary.values, column.kind, column.multi_hot)
    if known is None:
        earlier = of_one_class(earlier)
    else:
        earlier = with_classes(earlier, known, len(batch.class_totals))
    return merge(fade(earlier, decay), batch)


def reseat(
    column: SettledColumn,
    counts: Counts,
    importance: str | Measure,
    min_frequency: float,
    *,
    name: str,
    layout: Layout,
    number: int,
    tail_weight: float,
) -> tuple[Seating, ColumnChanges]:
    """Let the head of a column follow its counts.

    Parameters
    ----------
    column : SettledColumn
        The column before.
    counts : Counts
        Its counts now.
    importance : str or callable
        The measure that ranks values.
    min_frequency : int or float
        Least weight of a newcomer; a share of the rows if below 1.
    name, layout, number, tail_weight
        What `changes_of` tells the changes by.
    """
    head, slots = column.vocabulary.values, slots_of(counts, column.vocabulary)
    with named(column.label):
        revision = revise(
            counts,
            slots,
            len(head),
            column.n_slots,
            importance=importance,
            min_frequency=min_frequency,
            ignore_missing=column.ignore_missing,
        )
    newcomers = head_values(counts, revision.newcomers)
    lived = place_values(counts, revision.newcomers, *column.rules).buckets
    changes = changes_of(
        name, layout, number, revision.slots, head, newcomers, lived, tail_weight, len(column.seeds)
    )
    head = revised_values(head, revision.slots, newcomers, counts.kind)
    return Seating(counts, moved(slots, revision), head), changes
