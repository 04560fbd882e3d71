"""Which values get a slot of their own, within what every input column is given of the budget."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._transform.layout import Layout
from .budget import Demand, fill_up, share_budget
from .counts import Counts
from .importance import named
from .merging import cut
from .plan import MOST_COLUMNS, Plan
from .ranking import Ranking, merge, rank


@dataclass(frozen=True, slots=True)
class Candidates:
    """The values of one column that may get a slot.

    Attributes
    ----------
    counts : Counts
        These values and no others, but where all counts are to be kept.
    ranking : Ranking
        Their order.
    """

    counts: Counts
    ranking: Ranking


# The classes that a target has, if it is looked at, and the candidates for the slots of each column.
Findings = tuple[NDArray[Any] | None, list[Candidates]]

Look = Callable[[Plan], Findings]  # a way to find them


def candidates(counts: Counts, plan: Plan, number: int) -> Candidates:
    """The values of a column that may get a slot; all others are summed up.

    Raises
    ------
    ValueError
        If the measure is a function that gives no score per value.
    """
    with named(plan.labels[number]):
        ranking = rank(
            counts, plan.importance, plan.min_frequency, plan.ignore_missing, plan.limit(number)
        )
    if plan.reserve:
        return Candidates(counts, ranking)
    counts, order = cut(counts, ranking.order)
    return Candidates(counts, replace(ranking, order=order))


def choose_heads(columns: Sequence[Candidates], plan: Plan) -> tuple[Layout, list[NDArray[np.intp]]]:
    """Lay out the output, and choose the values that get a slot.

    Parameters
    ----------
    columns : sequence of Candidates
        One per input column.
    plan : Plan
        What the parameters ask for.

    Returns
    -------
    layout : Layout
        How many output columns of each sort every input column has.
    heads : list of ndarray of intp
        Positions of the head among the values counted, best first; their number stands for missing.
        With a reserve they may be fewer than the slots.

    Raises
    ------
    ValueError
        If the budget is too small, the output too wide for indices of 32 bits, or more slots are
        asked for than values are tracked.
    """
    sharing = [column for column, shares in zip(columns, plan.shares_slots, strict=True) if shares]
    owners = np.flatnonzero(plan.shares_slots)[
        merge(
            [column.ranking for column in sharing],
            [column.counts for column in sharing],
            plan.max_features,
        )
    ]
    demands = [
        Demand(
            k,
            buckets,
            eligible=len(column.ranking.order),
            distinct=column.counts.n_distinct
            + int(column.counts.missing > 0 and not plan.ignore_missing),
            reserve=plan.reserve,
        )
        for column, k, buckets in zip(columns, plan.top_k, plan.n_buckets, strict=True)
    ]
    layout = share_budget(demands, owners, plan.max_features, plan.indicator)
    heads = [column.ranking.order[:k] for column, k in zip(columns, layout.n_slots, strict=True)]
    if plan.reserve and ("auto" in plan.top_k or "auto" in plan.n_buckets):
        layout = fill_up(layout, demands, owners, plan.max_features, plan.most_slots)
    check_tracked(layout.n_slots, plan.labels, plan.max_tracked)
    if layout.n_features_out > MOST_COLUMNS:
        raise ValueError(
            f"These parameters make {layout.n_features_out} output columns, more than the "
            f"{MOST_COLUMNS} that an index of 32 bits can tell apart. Lower n_buckets or top_k."
        )
    return layout, heads


def check_tracked(n_slots: NDArray[np.int64], labels: Sequence[Any], max_tracked: int | None) -> None:
    """Whether a value for every slot can be tracked.

    Raises
    ------
    ValueError
        If a column has more slots.
    """
    for label, own in zip(labels, n_slots.tolist(), strict=True):
        if max_tracked is not None and own > max_tracked:
            raise ValueError(
                f"Column {label!r} has {own} slots, and max_tracked={max_tracked} values of it are "
                f"counted. Set max_tracked to {own} or, better, several times as many; or lower top_k "
                "and fit again."
            )
