"""A stream goes on: a further batch is added to what is remembered, and heads follow their counts."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._fit.counts import Counts
from .._fit.history import History, recall
from .._fit.importance import Measure, named
from .._fit.merging import fade, merge, of_one_class, with_classes
from .._fit.slots import Seating, head_values, place_values
from .._transform.fitted_column import SettledColumn
from .._transform.layout import Layout
from .transfer import ColumnChanges, changes_of
from .update import moved, revise, revised_values, slots_of


@dataclass(frozen=True, slots=True)
class Stream:
    """An encoder before a batch, and what it is to go by.

    Attributes
    ----------
    columns : sequence of SettledColumn
        The input columns.
    histories : sequence of History
        What is remembered of each.
    names : sequence of str
        What changes call them.
    layout : Layout
        The output columns.
    tail_weight : float
        The value that is stored in buckets.
    importance : str or callable
        The measure that ranks values.
    min_frequency : int or float
        Least weight of a newcomer; a share of the rows if below 1.
    decay : float
        What earlier counts are multiplied by.
    known : ndarray of intp, or None
        Which of all classes that there are now those remembered are; None where the target is not
        looked at.
    """

    columns: Sequence[SettledColumn]
    histories: Sequence[History]
    names: Sequence[str]
    layout: Layout
    tail_weight: float
    importance: str | Measure
    min_frequency: float
    decay: float
    known: NDArray[np.intp] | None

    def after(self, batch: Counts, number: int) -> tuple[Seating, ColumnChanges]:
        """Who has which slot of a column after a batch that was counted, and what has changed."""
        column = self.columns[number]
        earlier = recall(self.histories[number], column.vocabulary.values, column.kind, column.multi_hot)
        if self.known is None:
            earlier = of_one_class(earlier)
        else:
            earlier = with_classes(earlier, self.known, len(batch.class_totals))
        return self._reseated(number, merge(fade(earlier, self.decay), batch))

    def _reseated(self, number: int, counts: Counts) -> tuple[Seating, ColumnChanges]:
        """Let the head of a column follow its counts."""
        column = self.columns[number]
        head, slots = column.vocabulary.values, slots_of(counts, column.vocabulary)
        with named(column.label):
            revision = revise(
                counts,
                slots,
                len(head),
                column.n_slots,
                importance=self.importance,
                min_frequency=self.min_frequency,
                ignore_missing=column.ignore_missing,
            )
        newcomers = head_values(counts, revision.newcomers)
        changes = changes_of(
            self.names[number],
            self.layout,
            number,
            revision.slots,
            head,
            newcomers,
            place_values(counts, revision.newcomers, *column.rules).buckets,
            self.tail_weight,
            len(column.seeds),
        )
        head = revised_values(head, revision.slots, newcomers, counts.kind)
        return Seating(counts, moved(slots, revision), head), changes
