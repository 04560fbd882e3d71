"""Which values get a slot of their own, within what every input column is given of the budget."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ._budget import Auto, Demand, fill_up, share_budget
from ._counts import Counts
from ._importance import Measure, named
from ._layout import Layout
from ._ranking import merge, rank

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


def choose_heads(
    counts: Sequence[Counts],
    labels: Sequence[Any],
    top_k: Sequence[int | None | Auto],
    n_buckets: Sequence[int | Auto],
    max_features: int,
    *,
    importance: str | Measure,
    min_frequency: float,
    indicator: bool,
    ignore_missing: bool,
    max_tracked: int | None = None,
    reserve: bool = False,
) -> tuple[Layout, list[NDArray[np.intp]]]:
    """Lay out the output, and choose the values that get a slot.

    Parameters
    ----------
    counts : sequence of Counts
        One per input column.
    labels : sequence
        What messages call the columns.
    top_k : sequence of int, None or "auto"
        Slots of each: so many, all, or a share of the budget.
    n_buckets : sequence of int or "auto"
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
    max_tracked : int, default=None
        Bound on the slots of a column, as on the values that are counted.
    reserve : bool, default=False
        Whether to leave room for values that are yet to come: all slots that are given as a number,
        and the whole of the budget.

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
        If the budget is too small, the output too wide for indices of 32 bits, more slots are asked
        for than values are tracked, or the measure is a function that gives no score per value.
    """
    rankings = []
    most = max_features if max_tracked is None else min(max_features, max_tracked)
    for table, label, k in zip(counts, labels, top_k, strict=True):
        limit = most if k == "auto" else k
        with named(label):
            rankings.append(rank(table, importance, min_frequency, ignore_missing, limit))
    shares_head = np.array([k == "auto" for k in top_k])
    owners = merge(
        [ranking for ranking, shares in zip(rankings, shares_head, strict=True) if shares],
        [table for table, shares in zip(counts, shares_head, strict=True) if shares],
        max_features,
    )
    demands = [
        Demand(
            k,
            buckets,
            eligible=len(ranking.order),
            distinct=table.n_values + int(table.missing > 0 and not ignore_missing),
            reserve=reserve,
        )
        for table, k, buckets, ranking in zip(counts, top_k, n_buckets, rankings, strict=True)
    ]
    owners = np.flatnonzero(shares_head)[owners]
    layout = share_budget(demands, owners, max_features, indicator)
    heads = [ranking.order[:k] for ranking, k in zip(rankings, layout.n_slots, strict=True)]
    if reserve and ("auto" in top_k or "auto" in n_buckets):
        layout = fill_up(layout, demands, owners, max_features, most)
    check_tracked(layout.n_slots, labels, max_tracked)
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
