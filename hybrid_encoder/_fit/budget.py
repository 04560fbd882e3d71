"""Share the budget of output columns among the slots and buckets of the input columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._transform.layout import Layout
from .._transform.settings import Auto

# Share of the shared budget for buckets (benchmarks/study_defaults.py).
BUCKET_SHARE = 0.02
# Buckets are shared by the number of tail values to this power. B buckets make about B**2 / 2 codes, so
# the square root gives long and short tails about the same share of collisions.
BUCKET_DEMAND = 0.5
# At least two buckets, so that an unseen value is not an all-zero block.
LEAST_BUCKETS = 2
# Least slots of a column in a stream. Otherwise a column with a single value in the first batch would
# never have slots (benchmarks/study_drift.py).
LEAST_SLOTS = 4


@dataclass(frozen=True, slots=True)
class Demand:
    """Slots and buckets that one input column requests.

    Attributes
    ----------
    top_k : int, None or "auto"
        Slots: a number, all, or a share.
    n_buckets : int or "auto"
        Buckets: a number, or a share.
    eligible : int
        Number of values that may have a slot.
    distinct : int
        Number of distinct values.
    reserve : bool, default=False
        Whether to reserve slots given as a number for values to come.
    """

    top_k: int | None | Auto
    n_buckets: int | Auto
    eligible: int
    distinct: int
    reserve: bool = False

    @property
    def granted(self) -> int:
        """Slots given as a number, at most one per eligible value unless they are reserved."""
        if self.top_k == "auto":
            return 0
        if self.reserve and self.top_k is not None:
            return self.top_k
        return self.eligible if self.top_k is None else min(self.top_k, self.eligible)

    @property
    def least(self) -> int:
        """The fewest output columns that the column needs."""
        return self.granted + (LEAST_BUCKETS if self.n_buckets == "auto" else self.n_buckets)


def share_budget(
    demands: Sequence[Demand],
    owners: NDArray[np.intp],
    max_features: int,
    indicator: bool,
) -> Layout:
    """Grant what is given as a number, and share the rest of the budget.

    Parameters
    ----------
    demands : sequence of Demand
        One per input column.
    owners : ndarray of intp
        The columns of the best values of all columns whose ``top_k`` is "auto", best first.
    max_features : int
        Bound on all output columns together. Not used if nothing is "auto".
    indicator : bool
        Whether each column has a tail indicator.

    Raises
    ------
    ValueError
        If the budget is smaller than what is given as a number, the indicators, and two buckets for
        every column whose ``n_buckets`` is "auto".
    """
    n_slots = np.array([demand.granted for demand in demands], dtype=np.int64)
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
            f"max_features={max_features} is too small for these {len(demands)} columns: what is "
            f"given as a number{reserved}, the tail indicators and {LEAST_BUCKETS} buckets for every "
            f"column with n_buckets='auto' need {least}. Set max_features={least} or more, or lower "
            "top_k or n_buckets."
        )
    spare = max_features - int(n_slots.sum() + n_buckets.sum()) - int(indicator) * len(demands)
    tails = np.array([demand.distinct for demand in demands], dtype=np.int64) - n_slots
    pool = _bucket_pool(spare, int(shares_buckets.sum()), heads=bool(len(owners)))
    n_heads = _head_size(owners, tails, shares_buckets, pool, spare)
    heads = np.bincount(owners[:n_heads], minlength=len(demands))
    n_slots, tails = n_slots + heads, tails - heads
    if shares_buckets.any():
        n_buckets[shares_buckets] = apportion(spare - n_heads, tails[shares_buckets])
    return Layout(n_slots, n_buckets, indicator)


def _bucket_pool(spare: int, n_columns: int, heads: bool) -> int:
    """Part of the shared budget for buckets, as far as the tails can use it."""
    if n_columns == 0 or not heads:
        return spare if n_columns else 0
    return max(LEAST_BUCKETS * n_columns, round(BUCKET_SHARE * spare))


def _head_size(
    owners: NDArray[np.intp],
    tails: NDArray[np.int64],
    shares_buckets: NDArray[np.bool_],
    pool: int,
    spare: int,
) -> int:
    """The largest head that leaves the buckets their part, or as much of it as the tails can use."""
    # When the head grows by one value, the tail of its column shrinks by one, and with it the buckets
    # that it can use. So the size of head and buckets together never decreases: bisect.
    order = np.argsort(owners, kind="stable")
    rank_in_column = np.empty(len(owners), dtype=np.int64)
    counts = np.bincount(owners, minlength=len(tails))
    rank_in_column[order] = np.arange(len(owners)) - np.repeat(np.cumsum(counts) - counts, counts)
    relieves = shares_buckets[owners] & (tails[owners] - rank_in_column > LEAST_BUCKETS)
    usable = int(np.maximum(tails, LEAST_BUCKETS)[shares_buckets].sum())
    usable_after = usable - np.concatenate([[0], np.cumsum(relieves)])
    together = np.arange(len(owners) + 1) + np.minimum(pool, usable_after)
    return int(np.searchsorted(together, spare, side="right")) - 1


def apportion(pool: int, tails: NDArray[np.int64], bounded: bool = True) -> NDArray[np.int64]:
    """Share buckets by the size of the tails: at least two each, and if bounded at most one per value.

    Examples
    --------
    >>> apportion(100, np.array([5, 10_000, 0, 100]))
    array([ 3, 85,  2, 10])
    """
    most = np.maximum(tails, LEAST_BUCKETS)
    pull = most.astype(np.float64) ** BUCKET_DEMAND
    room = most - LEAST_BUCKETS if bounded else np.full(len(tails), pool)
    return LEAST_BUCKETS + _divide(pool - LEAST_BUCKETS * len(tails), pull, room)


def _divide(n: int, pull: NDArray[np.float64], room: NDArray[np.int64]) -> NDArray[np.int64]:
    """Divide `n` in proportion to `pull`, at most `room` each."""
    shares = np.zeros(len(pull), dtype=np.int64)
    while (left := min(n, int(room.sum())) - int(shares.sum())) > 0:
        open_ = shares < room
        pulls = pull * open_ if (pull * open_).any() else open_
        fair = left * pulls / pulls.sum()
        more = np.minimum(fair.astype(np.int64), room - shares)
        if not more.any():
            # Less than one each is left: it goes to the largest shares, at a tie to the first columns.
            more[np.argsort(-fair, kind="stable")[:left]] = 1
        shares += more
    return shares


def fill_up(
    layout: Layout,
    demands: Sequence[Demand],
    owners: NDArray[np.intp],
    max_features: int,
    most_slots: int,
) -> Layout:
    """Share the rest of the budget among free slots and buckets, for values that come later.

    First, a column with fewer than four slots gets free slots up to four, if need be at the cost of
    buckets: a column with one value now may have important ones later. Then buckets get their part of
    the budget, and free slots the rest, in proportion to the values of each column in the lower half of
    the ranking, where new values are expected.

    Parameters
    ----------
    layout : Layout
        The result of `share_budget`. Its slots are kept.
    demands, owners, max_features
        The arguments of `share_budget`.
    most_slots : int
        Bound on the slots of each column whose ``top_k`` is "auto".

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
    room = np.maximum(most_slots - heads, 0)
    few = np.minimum(np.maximum(LEAST_SLOTS - heads, 0), room)
    spared = left - LEAST_BUCKETS * int(shares_buckets.sum())
    free = _divide(spared, np.ones(len(few)), few)
    left -= int(free.sum())
    growth = np.bincount(owners[len(owners) // 2 :], minlength=len(demands))
    if shares_buckets.any():
        distinct = np.array([demand.distinct for demand in demands], dtype=np.int64)
        tails = (np.maximum(distinct - n_slots, 0) + growth)[shares_buckets]
        shared = left + int(free.sum() + heads.sum())
        pool = max(given, _bucket_pool(shared, len(tails), heads=bool(shares_slots.any())))
        n_buckets[shares_buckets] = apportion(min(left, pool), tails, bounded=False)
        left -= int(n_buckets[shares_buckets].sum())
    free += _divide(left, growth[shares_slots].astype(np.float64), room - free)
    n_slots[shares_slots] += free
    return Layout(n_slots, n_buckets, layout.indicator)
