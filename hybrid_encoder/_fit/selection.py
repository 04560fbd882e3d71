"""Select the values that get a slot, within the share of the budget of every column."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._input.errors import ColumnError, column_errors
from .._transform.layout import Layout
from .._transform.settings import Settings
from .budget import Demand, fill_up, share_budget
from .counts import Counts
from .importance import resolve_importance
from .merging import keep_only
from .parameters import MOST_COLUMNS
from .ranking import Ranking, merge, rank


@dataclass(frozen=True, slots=True)
class Candidates:
    """The values of one column that may get a slot.

    Attributes
    ----------
    counts : Counts
        The counts of these values; of all values if `partial_fit` will continue.
    ranking : Ranking
        Their order.
    """

    counts: Counts
    ranking: Ranking


def select_candidates(
    counts: Counts, settings: Settings, limit: int | None, *, streaming: bool = False
) -> Candidates:
    """The values of a column that may get a slot; of all others only sums are kept.

    Parameters
    ----------
    counts : Counts
        The counts of the column.
    settings : Settings
        The parameters of the encoder.
    limit : int or None
        Limit of the slots of the column, from `Settings.slot_limits`.
    streaming : bool, default=False
        Whether `partial_fit` will continue; then all counts are kept.

    Raises
    ------
    ColumnError
        If the measure is a callable that does not return a score per value.
    """
    importance = resolve_importance(settings.importance, counts.labels, streaming=streaming)
    ranking = rank(counts, importance, settings.min_frequency, settings.ignore_missing, limit)
    if streaming:
        return Candidates(counts, ranking)
    counts, order = keep_only(counts, ranking.order)
    return Candidates(counts, replace(ranking, order=order))


def share_slots(
    columns: Sequence[Candidates], settings: Settings, labels: Sequence[Any], *, streaming: bool = False
) -> tuple[Layout, list[NDArray[np.intp]]]:
    """Lay out the output columns, and select the values that get a slot.

    Parameters
    ----------
    columns : sequence of Candidates
        One per input column.
    settings : Settings
        The parameters of the encoder.
    labels : sequence
        Names of the input columns in error messages.
    streaming : bool, default=False
        Whether `partial_fit` will continue. Then a `top_k` given as a number is reserved in full, and
        the whole budget is used.

    Returns
    -------
    layout : Layout
        Numbers of slots and buckets of each input column.
    heads : list of ndarray of intp
        Positions of the head of each column among its counted values, best first; `n_values` is a
        missing value. If `streaming`, a head may be shorter than the number of slots.

    Raises
    ------
    ValueError
        If the budget is too small, if the output is too wide for indices of 32 bits, or if a column has
        more slots than `max_tracked`.
    """
    sharing = [column for column, shares in zip(columns, settings.shares_slots, strict=True) if shares]
    ranked_columns = np.flatnonzero(settings.shares_slots)[
        merge(
            [column.ranking for column in sharing],
            [column.counts for column in sharing],
            settings.max_features,
        )
    ]
    demands = [
        Demand(
            k,
            buckets,
            eligible=len(column.ranking.order),
            distinct=column.counts.n_distinct
            + int(column.counts.missing > 0 and not settings.ignore_missing),
            reserve=streaming,
        )
        for column, k, buckets in zip(columns, settings.top_k, settings.n_buckets, strict=True)
    ]
    layout = share_budget(demands, ranked_columns, settings.max_features, settings.tail_indicator)
    heads = [column.ranking.order[:k] for column, k in zip(columns, layout.n_slots, strict=True)]
    if streaming and ("auto" in settings.top_k or "auto" in settings.n_buckets):
        layout = fill_up(
            layout, demands, ranked_columns, settings.max_features, settings.auto_slot_limit
        )
    check_tracked(layout.n_slots, labels, settings.max_tracked)
    if layout.n_features_out > MOST_COLUMNS:
        raise ValueError(
            f"These parameters make {layout.n_features_out} output columns, more than the "
            f"{MOST_COLUMNS} that an index of 32 bits can address. Lower n_buckets or top_k."
        )
    return layout, heads


def check_tracked(n_slots: NDArray[np.int64], labels: Sequence[Any], max_tracked: int | None) -> None:
    """Check that a value for every slot can be tracked.

    Raises
    ------
    ValueError
        If a column has more slots than `max_tracked`.
    """
    for label, n in zip(labels, n_slots.tolist(), strict=True):
        with column_errors(label):
            if max_tracked is not None and n > max_tracked:
                raise ColumnError(
                    f"it has {n} slots, and counts are kept of max_tracked={max_tracked} values. Set "
                    f"max_tracked to {n} or, better, several times as many; or lower top_k and fit "
                    "again.",
                    kind=ValueError,
                )
