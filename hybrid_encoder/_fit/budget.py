"""Share the budget of output columns among the slots and buckets of the input columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._transform.layout import Layout
from .._transform.settings import Auto

# Fraction of the budget for "auto" slots and buckets that buckets get (benchmarks/study_defaults.py).
BUCKET_SHARE = 0.02
# "auto" buckets are proportional to the number of tail values of the column to this power. B buckets
# allow about B**2 / 2 pairs, so with the square root all tails have about the same rate of collisions.
BUCKET_DEMAND = 0.5
# Minimum number of "auto" buckets of a column. With none, the output of an unseen value would be zeros.
LEAST_BUCKETS = 2
# Minimum number of "auto" slots of a column if `partial_fit` will continue. Otherwise a column with a
# single value in the first batch would never get slots for others (benchmarks/study_drift.py).
LEAST_SLOTS = 4


@dataclass(frozen=True, slots=True)
class Demand:
    """Slots and buckets that one input column requests.

    Attributes
    ----------
    top_k : int, None or "auto"
        Slots: a number, all (None), or a share of the budget ("auto").
    n_buckets : int or "auto"
        Buckets: a number, or a share of the budget ("auto").
    eligible : int
        Number of values that may have a slot.
    distinct : int
        Number of distinct values.
    reserve : bool, default=False
        Whether to reserve a `top_k` given as a number in full, for values that come later.
    """

    top_k: int | None | Auto
    n_buckets: int | Auto
    eligible: int
    distinct: int
    reserve: bool = False

    @property
    def fixed_slots(self) -> int:
        """Slots by `top_k` if it is not "auto"; at most one per eligible value unless reserved."""
        if self.top_k == "auto":
            return 0
        if self.reserve and self.top_k is not None:
            return self.top_k
        return self.eligible if self.top_k is None else min(self.top_k, self.eligible)

    @property
    def least(self) -> int:
        """Minimum number of slots and buckets of the column."""
        return self.fixed_slots + (LEAST_BUCKETS if self.n_buckets == "auto" else self.n_buckets)


def share_budget(
    demands: Sequence[Demand],
    ranked_columns: NDArray[np.intp],
    max_features: int,
    indicator: bool,
) -> Layout:
    """Give columns the slots and buckets set as numbers, and share the rest of the budget.

    Parameters
    ----------
    demands : sequence of Demand
        One per input column.
    ranked_columns : ndarray of intp
        The values of all columns whose ``top_k`` is "auto", ranked together, best first: the column of
        each value.
    max_features : int
        Bound on the number of all output columns. Not used if nothing is "auto".
    indicator : bool
        Whether each column has a tail indicator.

    Raises
    ------
    ValueError
        If the budget is too small for the slots and buckets set as numbers, the indicators, and two
        buckets for every column whose ``n_buckets`` is "auto".
    """
    n_slots = np.array([demand.fixed_slots for demand in demands], dtype=np.int64)
    n_buckets = np.array(
        [0 if demand.n_buckets == "auto" else demand.n_buckets for demand in demands],
        dtype=np.int64,
    )
    shares_buckets = np.array([demand.n_buckets == "auto" for demand in demands])
    if not shares_buckets.any() and all(demand.top_k != "auto" for demand in demands):
        return Layout(n_slots, n_buckets, indicator)
    least = sum(demand.least for demand in demands) + int(indicator) * len(demands)
    if least > max_features:
        reserved = (
            " (partial_fit reserves all of top_k for values to come)" if demands[0].reserve else ""
        )
        raise ValueError(
            f"max_features={max_features} is too small for these {len(demands)} columns: slots "
            f"and buckets set as numbers{reserved}, the tail indicators and {LEAST_BUCKETS} buckets for "
            f"every column with n_buckets='auto' need {least}. Set max_features={least} or more, or "
            "lower top_k or n_buckets."
        )
    spare = max_features - int(n_slots.sum() + n_buckets.sum()) - int(indicator) * len(demands)
    tails = np.array([demand.distinct for demand in demands], dtype=np.int64) - n_slots
    pool = _bucket_pool(spare, int(shares_buckets.sum()), heads=bool(len(ranked_columns)))
    n_heads = _head_size(ranked_columns, tails, shares_buckets, pool, spare)
    heads = np.bincount(ranked_columns[:n_heads], minlength=len(demands))
    n_slots, tails = n_slots + heads, tails - heads
    if shares_buckets.any():
        n_buckets[shares_buckets] = apportion(spare - n_heads, tails[shares_buckets])
    return Layout(n_slots, n_buckets, indicator)


def _bucket_pool(spare: int, n_columns: int, heads: bool) -> int:
    """Number of "auto" buckets of all columns, before the limits of single columns."""
    if n_columns == 0 or not heads:
        return spare if n_columns else 0
    return max(LEAST_BUCKETS * n_columns, round(BUCKET_SHARE * spare))


def _head_size(
    ranked_columns: NDArray[np.intp],
    tails: NDArray[np.int64],
    shares_buckets: NDArray[np.bool_],
    pool: int,
    spare: int,
) -> int:
    """Number of "auto" slots: the largest that leaves `pool` buckets, or as many as tails can use."""
    # With each further value in the head, the tail of its column has one value fewer, and so can use at
    # most one bucket fewer. So the sum of slots and buckets never decreases: find the size by bisection.
    order = np.argsort(ranked_columns, kind="stable")
    rank_in_column = np.empty(len(ranked_columns), dtype=np.int64)
    counts = np.bincount(ranked_columns, minlength=len(tails))
    firsts = np.cumsum(counts) - counts
    rank_in_column[order] = np.arange(len(ranked_columns)) - np.repeat(firsts, counts)
    shrinks = shares_buckets[ranked_columns] & (tails[ranked_columns] - rank_in_column > LEAST_BUCKETS)
    usable = int(np.maximum(tails, LEAST_BUCKETS)[shares_buckets].sum())
    usable_after = usable - np.concatenate([[0], np.cumsum(shrinks)])
    together = np.arange(len(ranked_columns) + 1) + np.minimum(pool, usable_after)
    return int(np.searchsorted(together, spare, side="right")) - 1


def apportion(pool: int, tails: NDArray[np.int64], bounded: bool = True) -> NDArray[np.int64]:
    """Share buckets by the size of the tails: at least two each; if `bounded`, at most one per value.

    Examples
    --------
    >>> apportion(100, np.array([5, 10_000, 0, 100]))
    array([ 3, 85,  2, 10])
    """
    most = np.maximum(tails, LEAST_BUCKETS)
    weights = most.astype(np.float64) ** BUCKET_DEMAND
    limits = most - LEAST_BUCKETS if bounded else np.full(len(tails), pool)
    return LEAST_BUCKETS + _divide(pool - LEAST_BUCKETS * len(tails), weights, limits)


def _divide(n: int, weights: NDArray[np.float64], limits: NDArray[np.int64]) -> NDArray[np.int64]:
    """Divide `n` in proportion to `weights`, at most `limits` each."""
    shares = np.zeros(len(weights), dtype=np.int64)
    while (left := min(n, int(limits.sum())) - int(shares.sum())) > 0:
        below_limit = shares < limits
        usable = weights * below_limit if (weights * below_limit).any() else below_limit
        exact = left * usable / usable.sum()
        more = np.minimum(exact.astype(np.int64), limits - shares)
        if not more.any():
            # Every share of the rest is below 1: the largest shares get 1; at ties, the first columns.
            more[np.argsort(-exact, kind="stable")[:left]] = 1
        shares += more
    return shares


def fill_up(
    layout: Layout,
    demands: Sequence[Demand],
    ranked_columns: NDArray[np.intp],
    max_features: int,
    slot_limit: int,
) -> Layout:
    """Share the rest of the budget among free slots and buckets, for values that come later.

    First, a column with fewer than four slots gets free slots up to four, even if fewer buckets are
    left: a column with one value now may have important values later. Then buckets get their part of
    the budget, and free slots the rest. The free slots of a column are proportional to its values in
    the lower half of the ranking, where new values are expected.

    Parameters
    ----------
    layout : Layout
        The result of `share_budget`. Its slots are kept.
    demands, ranked_columns, max_features
        The arguments of `share_budget`.
    slot_limit : int
        Limit of the slots of each column whose ``top_k`` is "auto".

    Examples
    --------
    >>> demands = [Demand("auto", "auto", 3, 3), Demand("auto", "auto", 9, 9)]
    >>> layout = Layout(np.array([3, 9]), np.array([2, 2]), False)
    >>> fill_up(layout, demands, np.array([0, 1, 0, 1, 0, 1, 1, 1, 1, 1, 1, 1]), 100, 1000)
    Layout(n_slots=array([ 4, 92]), n_buckets=array([2, 2]), indicator=False)
    """
    shares_slots = np.array([demand.top_k == "auto" for demand in demands])
    shares_buckets = np.array([demand.n_buckets == "auto" for demand in demands])
    n_slots, n_buckets = layout.n_slots.copy(), layout.n_buckets.copy()
    heads, given = n_slots[shares_slots], int(n_buckets[shares_buckets].sum())
    left = max_features - layout.n_features_out + given
    limits = np.maximum(slot_limit - heads, 0)
    up_to_least = np.minimum(np.maximum(LEAST_SLOTS - heads, 0), limits)
    usable = left - LEAST_BUCKETS * int(shares_buckets.sum())
    free = _divide(usable, np.ones(len(up_to_least)), up_to_least)
    left -= int(free.sum())
    growth = np.bincount(ranked_columns[len(ranked_columns) // 2 :], minlength=len(demands))
    if shares_buckets.any():
        distinct = np.array([demand.distinct for demand in demands], dtype=np.int64)
        tails = (np.maximum(distinct - n_slots, 0) + growth)[shares_buckets]
        shared = left + int(free.sum() + heads.sum())
        pool = max(given, _bucket_pool(shared, len(tails), heads=bool(shares_slots.any())))
        n_buckets[shares_buckets] = apportion(min(left, pool), tails, bounded=False)
        left -= int(n_buckets[shares_buckets].sum())
    free += _divide(left, growth[shares_slots].astype(np.float64), limits - free)
    n_slots[shares_slots] += free
    return Layout(n_slots, n_buckets, layout.indicator)
