"""Make a fitted encoder from the candidates of every column."""

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray

from .._transform.fitted_column import ColumnContent, fitted_columns
from .._transform.settings import Settings
from .._transform.vocabulary import Vocabulary
from .fitted import Fitted
from .importance import resolve_importance, uses_target
from .selection import Candidates, share_slots
from .slots import assign_slots


def labels_of(feature_names: NDArray[Any] | None, n_columns: int) -> list[Any]:
    """Names of the columns in error messages and mappings: positions if there are no names."""
    return list(range(n_columns)) if feature_names is None else feature_names.tolist()


def fit_candidates(
    columns: Sequence[Candidates],
    settings: Settings,
    feature_names: NDArray[Any] | None,
    *,
    streaming: bool = False,
) -> Fitted:
    """Assign slots, lay out the output columns, and build the look-up of every column.

    `fit`, `partial_fit`, `fit_counts`, Dask and Spark count values in different ways, then call this
    function.

    Parameters
    ----------
    columns : sequence of Candidates
        One per input column.
    settings : Settings
        The parameters of the encoder.
    feature_names : ndarray or None
        Names of the input columns.
    streaming : bool, default=False
        Whether `partial_fit` will continue: reserve free slots, and keep the counts of the tail.

    Raises
    ------
    ValueError
        As in `share_slots`.
    """
    labels = labels_of(feature_names, len(columns))
    layout, heads = share_slots(columns, settings, labels, streaming=streaming)
    class_labels = columns[0].counts.labels
    importance = resolve_importance(settings.importance, class_labels, streaming=streaming)
    assigned = [
        assign_slots(column, head, keep_tail=streaming)
        for column, head in zip(columns, heads, strict=True)
    ]
    contents = [
        ColumnContent(kind := column.counts.kind, column.counts.multi_hot, Vocabulary(column.head, kind))
        for column in assigned
    ]
    summaries = [column.summarize(settings.ignore_missing, settings.max_tracked) for column in assigned]
    return Fitted(
        settings,
        feature_names,
        layout,
        fitted_columns(labels, contents, layout, settings),
        [coverage for coverage, _ in summaries],
        [history for _, history in summaries],
        importance,
        class_labels if uses_target(importance) else None,
    )
