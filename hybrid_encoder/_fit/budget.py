"""The sharing of a budget: how many slots and buckets each input column gets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .._transform.layout import Layout

Auto = Literal["auto"]

# The part of the shared budget that goes to buckets, chosen by benchmarks/study_defaults.py.
BUCKET_SHARE = 0.02
# A column's tail draws buckets by its number of values to this power. B buckets make about B**2 / 2
# codes, so the square root gives long and short tails about the same share of collisions.
BUCKET_DEMAND = 0.5
# Two buckets at least, so that a value never seen is not an all-zero block.
LEAST_BUCKETS = 2
# In a stream, slots of a column that has next to no values yet: without these a column of one
# value at first would never have any (benchmarks/study_drift.py).
LEAST_SLOTS = 4


@dataclass(frozen=True, slots=True)
class Demand:
    """What one input column asks of the budget.

    Attributes
    ----------
    top_k : int, None or "auto"
        Slots: so many, all, or a share.
    n_buckets : int or "auto"
        Buckets: so many, or a share.
    eligible : int
        Values that may have a slot.
    distinct : int
        All values.
    reserve : bool, default=False
        Whether slots that are given as a number may wait for values.
    """

    top_k: int | None | Auto
    n_buckets: int | Auto
    eligible: int
    distinct: int
    reserve: bool = False

    @property
    def granted(self) -> int:
        """Slots that are given as a number, as far as there are values for them or may be."""
        if self.top_k == "auto":
            return 0
        if self.reserve and self.top_k is not None:
            return self.top_k
        return self.eligible if self.top_k is None else min(self.top_k, self.eligible)

    @property
    def least(self) -> int:
        """The fewest output columns that would do."""
        return self.granted + (LEAST_BUCKETS if self.n_buckets == "auto" else self.n_buckets)


def share_budget(
    demands: Sequence[Demand],
    owners: NDArray[np.intp],
    max_features: int,
    indicator: bool,
) -> Layout:
    """Grant what is given as a number, and share out the rest of the budget.

    Parameters
    ----------
    demands : sequence of Demand
        One per input column.
    owners : ndarray of intp
        The columns of the best values of all columns whose ``top_k`` is "auto", best first.
    max_features : int
        Bound on all output columns together. It plays no part where nothing is "auto".
    indicator : bool
        Whether each column has a tail indicator.

    Raises
    ------
    ValueError
        If the budget is less than what is given, the indicators, and two buckets for every column
        whose ``n_buckets`` is "auto".
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
    """How much of the shared budget is for buckets, as long as the tails can use it."""
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
    """The largest head that leaves the buckets their pool, or as much of it as the tails can use."""
    # As the head grows by one value, its column's tail shrinks by one, and with it what its buckets
    # can use; so head and buckets together never shrink, and the largest fit is found by bisection.
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
    """Share out buckets by the size of the tails: two each, and no more than a tail can use, if bounded.

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
    """Divide a number of columns in proportion to a pull, none getting more than it has room for."""
    shares = np.zeros(len(pull), dtype=np.int64)
    while (left := min(n, int(room.sum())) - int(shares.sum())) > 0:
        open_ = shares < room
        pulls = pull * open_ if (pull * open_).any() else open_
        fair = left * pulls / pulls.sum()
        more = np.minimum(fair.astype(np.int64), room - shares)
        if not more.any():
            # Less than one each is left: it goes to the largest claims, the first column at a tie.
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
    """Share out what the values so far leave of the budget, for those that are yet to come.

    A column that has next to no slots gets a few, or it would never have any, even if it is of one value
    now and of five that matter later; where nothing is left, the buckets give them. Then buckets get
    their part of the budget, and slots the rest. Where new values are to be expected the end of the
    ranking tells: what each column has of its second half is its share.

    Parameters
    ----------
    layout : Layout
        What `share_budget` gave. The head that it has room for is kept as it is.
    demands, owners, max_features
        What it was given.
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
