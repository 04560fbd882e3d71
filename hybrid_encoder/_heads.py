"""Which values get a slot of their own, within what every input column is given of the budget."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from ._budget import Auto, Demand, fill_up, share_budget
from ._counts import Counts
from ._importance import Measure, chosen, named
from ._layout import Layout
from ._ranking import Ranking, merge, rank
from ._summaries import cut

# scikit-learn's linear models and forests refuse sparse indices of 64 bits.
MOST_COLUMNS = 2**31 - 1

_BY_POSITION = " (by position: X has no column names that are text)"


def per_column(name: str, given: Any, labels: list[Any]) -> list[Any]:
    """One value of a parameter per column, from a single one or from a mapping."""
    if not isinstance(given, Mapping):
        return [_plain(given)] * len(labels)
    unknown = [key for key in given if key not in labels]
    if unknown:
        raise ValueError(
            f"{name} names the column {unknown[0]!r}, which X does not have. Its columns are "
            f"{', '.join(map(repr, labels[:10]))}{', ...' if len(labels) > 10 else ''}"
            f"{_BY_POSITION if labels[0] == 0 else ''}."
        )
    for key, value in given.items():
        if not (_is_size(value) or _is_auto(value) or (value is None and name == "top_k")):
            raise ValueError(
                f"{name}[{key!r}] is {value!r}; it must be a number from 0 to {MOST_COLUMNS}, 'auto'"
                f"{' or None' if name == 'top_k' else ''}."
            )
    return [_plain(given.get(label, "auto")) for label in labels]


def _is_size(value: object) -> bool:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return whole and 0 <= int(value) <= MOST_COLUMNS  # type: ignore[call-overload]


def _is_auto(value: object) -> bool:
    return isinstance(value, str) and value == "auto"


def _plain(value: Any) -> int | Auto | None:
    """A NumPy integer as Python's, whose arithmetic has no bounds."""
    return int(value) if _is_size(value) else value


@dataclass(frozen=True, slots=True)
class Plan:
    """What the parameters of an encoder ask of the counts of its columns.

    Attributes
    ----------
    labels : list
        What messages call the columns.
    top_k : list of int, None or "auto"
        Slots of each column: so many, all, or a share of the budget.
    n_buckets : list of int or "auto"
        Buckets of each.
    max_features : int
        The budget, all output columns together.
    importance : str or callable
        The measure that ranks values.
    min_frequency : int or float
        Least weight of a value with a slot; a share of the rows if below 1.
    indicator : bool
        Whether each column has a tail indicator.
    ignore_missing : bool
        Whether missing is no value at all.
    max_tracked : int or None
        Bound on the slots of a column, as on the values that are counted.
    reserve : bool
        Whether to leave room for values that are yet to come: all slots that are given as a number,
        and the whole of the budget.
    """

    labels: list[Any]
    top_k: list[int | None | Auto]
    n_buckets: list[int | Auto]
    max_features: int
    importance: str | Measure
    min_frequency: float
    indicator: bool
    ignore_missing: bool
    max_tracked: int | None
    reserve: bool

    @property
    def most_slots(self) -> int:
        """Bound on the slots of a column whose share is "auto"."""
        return (
            self.max_features if self.max_tracked is None else min(self.max_features, self.max_tracked)
        )

    @property
    def shares_slots(self) -> list[bool]:
        """Which columns have slots that are a share of the budget."""
        return [k == "auto" for k in self.top_k]

    def limit(self, number: int) -> int | None:
        """How many values of a column may have a slot; None: all."""
        k = self.top_k[number]
        return self.most_slots if k == "auto" else k

    def with_classes(self, labels: NDArray[Any] | None) -> Self:
        """The plan with the measure that "auto" stands for, given the classes of a target."""
        # In a stream a second class may come later.
        n_classes = 1 if labels is None else len(labels) + int(self.reserve)
        return replace(self, importance=chosen(self.importance, n_classes))


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
