"""Tables of counts that go on from batch to batch: merged, faded, and bounded in size.

A bounded table is a Misra-Gries summary in the form that can be merged: Agarwal, P. K., Cormode, G.,
Huang, Z., Phillips, J. M., Wei, Z., Yi, K. "Mergeable summaries", ACM Transactions on Database Systems
38 (2013), section 2. https://doi.org/10.1145/2500128
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from .._input.columns import end_to_end, factorize, take
from .counts import Counts

# What is less than this share of all weight would not show if it were added: floats have 53 bits.
_NOTHING = 2.0**-53


def merge(one: Counts, other: Counts) -> Counts:
    """The counts of the rows of both.

    Tables from which nothing was lost are merged as if their rows had been counted together, in any
    order. Of others only the bounds add up.

    Examples
    --------
    >>> from hybrid_encoder._input.columns import Column
    >>> from hybrid_encoder._fit.counts import count
    >>> monday, tuesday = np.array([3, 5, 3]), np.array([7, 3])
    >>> counts = merge(count(Column("number", monday)), count(Column("number", tuesday)))
    >>> counts.values, counts.weights
    (array([3, 5, 7]), array([3., 1., 1.]))
    """
    kind = one.kind or other.kind
    codes, values = factorize(end_to_end([one.values, other.values], kind), kind)
    class_counts = np.zeros((len(values), len(one.class_totals)))
    class_counts[codes[: one.n_values]] = one.class_counts
    class_counts[codes[one.n_values :]] += other.class_counts
    return Counts(
        kind,
        values,
        class_counts,
        one.missing_counts + other.missing_counts,
        one.class_totals + other.class_totals,
        one.multi_hot or other.multi_hot,
        one.error + other.error,
        one.lost + other.lost,
    )


def fade(counts: Counts, decay: float) -> Counts:
    """The counts of rows that weigh less by now; what no longer weighs anything is let go of."""
    if decay == 1:
        return counts
    faded = replace(
        counts,
        class_counts=counts.class_counts * decay,
        missing_counts=counts.missing_counts * decay,
        class_totals=counts.class_totals * decay,
        error=counts.error * decay,
        lost=counts.lost * decay,
    )
    least = _NOTHING * faded.rows
    gone = faded.weights <= least
    if not gone.any():
        return faded
    kept, lost = np.flatnonzero(~gone), float(faded.weights[gone].sum())
    return replace(_only(faded, kept), error=faded.error + least, lost=faded.lost + lost)


def bound(
    counts: Counts, slots: NDArray[np.integer], max_tracked: int | None
) -> tuple[Counts, NDArray[np.integer]]:
    """At most so many values: all weights are lowered by the greatest that would be one too many.

    What is then not above 0 is let go of. The weights of a value's classes keep their shares.

    Parameters
    ----------
    counts : Counts
        The counts of a column.
    slots : ndarray of integers of shape (n_values + 1,)
        The slot of each value, and last that of missing ones, which are counted beside the others.
    max_tracked : int or None
        How many values may stay; None: all.

    Returns
    -------
    counts, slots
        Those of the values that stay.

    Notes
    -----
    With m values tracked, every lowering by an amount d takes d from each of m + 1 values or more. So
    all of them together, also over many merged tables, take at most N / (m + 1) from any one value, N
    being the weight of all values that were counted, and a value of more weight than that is never lost.
    The sum of the amounts is carried in `error`: true weights lie between `weights` and that much more.

    Examples
    --------
    >>> from hybrid_encoder._input.columns import Column
    >>> from hybrid_encoder._fit.counts import count
    >>> counts = count(Column("number", np.array([3, 5, 3, 3, 7, 5])))
    >>> counts, slots = bound(counts, np.array([0, -1, -1, -1]), 2)
    >>> counts.values, counts.weights, counts.error, slots
    (array([3, 5]), array([2., 1.]), 1.0, array([ 0, -1, -1]))
    """
    if max_tracked is None or counts.n_values <= max_tracked:
        return counts, slots
    weights = counts.weights
    amount = float(np.partition(weights, -(max_tracked + 1))[-(max_tracked + 1)])
    kept = np.flatnonzero(weights > amount)
    shares = (weights[kept] - amount) / weights[kept]
    lowered = _only(counts, kept)
    lowered = replace(lowered, class_counts=lowered.class_counts * shares[:, None])
    lost = float(weights.sum() - lowered.weights.sum())
    bounded = replace(lowered, error=counts.error + amount, lost=counts.lost + lost)
    return bounded, slots[np.append(kept, -1)]


def cut(counts: Counts, order: NDArray[np.intp]) -> tuple[Counts, NDArray[np.intp]]:
    """Some values alone; of the others how many they are, their weight and the largest of it.

    Parameters
    ----------
    counts : Counts
        The counts of a column.
    order : ndarray of intp
        Positions of the values to keep; the number of values stands for missing, which is counted
        beside the others.

    Returns
    -------
    counts, order
        The values kept, in that order, and where they and missing now are.

    Examples
    --------
    >>> from hybrid_encoder._input.columns import Column
    >>> from hybrid_encoder._fit.counts import count
    >>> counts, order = cut(count(Column("number", np.array([3, 5, 5, 3, 7, 5]))), np.array([1]))
    >>> counts.values, counts.weights, order
    (array([5]), array([3.]), array([0]))
    >>> counts.unlisted, counts.lost, counts.most_unlisted
    (2, 3.0, 2.0)
    """
    present = order < counts.n_values
    kept = order[present]
    left_out = np.ones(counts.n_values, dtype=bool)
    left_out[kept] = False
    weights = counts.weights[left_out]
    shorter = replace(
        _only(counts, kept),
        lost=counts.lost + float(weights.sum()),
        unlisted=counts.unlisted + len(weights),
        most_unlisted=max(counts.most_unlisted, float(weights.max(initial=0.0))),
    )
    return shorter, np.where(present, np.cumsum(present) - 1, len(kept))


def join(one: Counts, other: Counts) -> Counts:
    """The counts of different values of one column over the same rows, of which others may be cut off.

    Examples
    --------
    >>> from hybrid_encoder._input.columns import Column
    >>> from hybrid_encoder._fit.counts import count
    >>> one, other = (count(Column("number", np.array(part))) for part in ([3, 3], [5]))
    >>> join(one, other).values
    array([3, 5])
    """
    return replace(
        merge(one, other),
        class_totals=one.class_totals,
        unlisted=one.unlisted + other.unlisted,
        most_unlisted=max(one.most_unlisted, other.most_unlisted),
    )


def _only(counts: Counts, kept: NDArray[np.intp]) -> Counts:
    """The table with some of its values alone."""
    return replace(
        counts, values=take(counts.values, kept, counts.kind), class_counts=counts.class_counts[kept]
    )


def of_one_class(counts: Counts) -> Counts:
    """The table as if the classes had never been told apart."""
    if len(counts.class_totals) == 1:
        return counts
    return replace(
        counts,
        class_counts=counts.weights[:, None],
        missing_counts=counts.missing_counts.sum(keepdims=True),
        class_totals=counts.class_totals.sum(keepdims=True),
    )


def with_classes(counts: Counts, where: NDArray[np.intp], n_classes: int) -> Counts:
    """The table with columns for further classes, its own being at `where`."""
    if n_classes == len(counts.class_totals):
        return counts

    def spread(of_classes: NDArray[np.float64]) -> NDArray[np.float64]:
        wider = np.zeros((*of_classes.shape[:-1], n_classes))
        wider[..., where] = of_classes
        return wider

    return replace(
        counts,
        class_counts=spread(counts.class_counts),
        missing_counts=spread(counts.missing_counts),
        class_totals=spread(counts.class_totals),
    )
