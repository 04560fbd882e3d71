"""Add a batch to the counts of a fitted encoder, and update its vocabularies."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from .._fit.counts import Counts, count
from .._fit.coverage import Coverage
from .._fit.fitted import Fitted
from .._fit.history import History, counts_from_history
from .._fit.merging import decay, merge
from .._fit.selection import check_tracked
from .._fit.slots import SlotAssignment, SlotOf, locate_values, values_at
from .._fit.target import check_weights, join_labels, most_classes, read_batch_classes
from .._input.errors import column_errors
from .._input.parallel import in_order, n_threads_for
from .._input.tables import Table, feature_names_out, native, raw_columns
from .._transform.fitted_column import FittedColumn
from .._transform.settings import Measure, Settings
from .._transform.vocabulary import Vocabulary
from .replacement import find_replacement, head_after, slots_after
from .transfer import ColumnChanges, changes_of, join_changes


def add_batch(
    fitted: Fitted,
    table: Table,
    y: Any,
    sample_weight: ArrayLike | None,
    settings: Settings,
    n_jobs: int | None,
) -> tuple[Fitted, ColumnChanges]:
    """Add the counts of a batch, and update the vocabularies.

    Parameters
    ----------
    fitted : Fitted
        The encoder before the batch.
    table : Table
        The rows of the batch.
    y, sample_weight
        As in `HybridHashEncoder.partial_fit`.
    settings : Settings
        The settings of `fitted`, with the current `min_frequency`, `max_tracked` and `decay`.
    n_jobs : int or None
        Threads that share the columns.

    Returns
    -------
    fitted : Fitted
        The encoder after the batch.
    changes : ColumnChanges
        The slots that got another value.

    Raises
    ------
    TypeError, ValueError
        As in `HybridHashEncoder.partial_fit`.
    """
    if fitted.histories is None:
        raise ValueError(
            "This encoder was saved without the counts that partial_fit needs. Fit it again, or save it "
            "with to_dict(counts=True)."
        )
    weights = check_weights(sample_weight, native(table), may_be_zero=True)
    most = most_classes(settings.importance)
    classes = read_batch_classes(y, fitted.importance, fitted.class_labels, most, native(table))
    importance, class_labels = fitted.importance, fitted.class_labels
    if classes is not None and class_labels is not None:
        class_labels = join_labels([class_labels, classes.labels])
    elif class_labels is not None:
        importance, class_labels = "frequency", None  # the target now has too many classes
    check_tracked(
        fitted.layout.n_slots, [column.label for column in fitted.columns], settings.max_tracked
    )

    n_features_out = fitted.layout.n_features_out

    def update(part: tuple[Any, FittedColumn, History, str]) -> _UpdatedColumn:
        raw, column, history, name = part
        with column_errors(column.label):
            batch = count(column.read_batch(raw), weights, classes)
            earlier = decay(counts_from_history(history, column, fitted.class_labels), settings.decay)
            counts = merge(earlier, batch)
            return _update_column(column, counts, importance, settings, name, n_features_out)

    names = feature_names_out(fitted.feature_names, len(fitted.columns))
    parts = zip(raw_columns(table), fitted.columns, fitted.histories, names, strict=True)
    updated = list(in_order(update, parts, n_threads_for(table.shape[0], n_jobs)))
    after = replace(
        fitted,
        settings=settings,
        columns=[part.column for part in updated],
        coverages=[part.coverage for part in updated],
        histories=[part.history for part in updated],
        importance=importance,
        class_labels=class_labels,
    )
    return after, join_changes([part.changes for part in updated])


class _UpdatedColumn(NamedTuple):
    """One column after a batch."""

    column: FittedColumn
    coverage: Coverage
    history: History
    changes: ColumnChanges


def _update_column(
    column: FittedColumn,
    counts: Counts,
    importance: str | Measure,
    settings: Settings,
    name: str,
    n_features_out: int,
) -> _UpdatedColumn:
    """Update the vocabulary of a column, given its counts with the batch."""
    head, slots = column.vocabulary.values, slots_of(counts, column.vocabulary)
    replacement = find_replacement(counts, slots, column, importance, settings.min_frequency)
    entering = values_at(counts, replacement.entering)
    buckets = locate_values(counts, replacement.entering, column.locator).buckets
    changes = changes_of(name, column, replacement.slots, entering, buckets, settings, n_features_out)
    assigned = SlotAssignment(
        counts,
        slots_after(slots, replacement),
        head_after(head, replacement.slots, entering, counts.kind),
    )
    vocabulary = column.vocabulary
    if assigned.head is not head or counts.kind != column.kind:
        vocabulary = Vocabulary(assigned.head, counts.kind)
    after = replace(
        column,
        kind=counts.kind,
        multi_hot=counts.multi_hot,
        locator=replace(column.locator, vocabulary=vocabulary),
    )
    summary = assigned.summarize(settings.ignore_missing, settings.max_tracked)
    return _UpdatedColumn(after, *summary, changes)


def slots_of(counts: Counts, vocabulary: Vocabulary) -> SlotOf:
    """The slot of each counted value, and last that of a missing value; -1 for none."""
    return np.append(vocabulary.slots(counts.values), vocabulary.missing_slot)
