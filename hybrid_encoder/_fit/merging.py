"""Merge tables of counts, decay them, and limit their size.

A table of limited size is a mergeable Misra-Gries summary: Agarwal, P. K., Cormode, G., Huang, Z.,
Phillips, J. M., Wei, Z., Yi, K. "Mergeable summaries", ACM Transactions on Database Systems 38 (2013),
section 2. https://doi.org/10.1145/2500128
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._input import text as _text
from .._input.columns import concatenate, factorize, take
from .._input.errors import ColumnError
from .counts import Counts
from .target import join_labels

# A smaller weight, relative to that of all rows, has no effect on a sum of both: floats have 53 bits.
_NEGLIGIBLE = 2.0**-53


def merge(one: Counts, other: Counts) -> Counts:
    """The counts of the rows of both tables.

    If both tables are exact, the result equals a count of all rows together. If their size was limited,
    weights may be too low, by at most the sum of both errors.

    Raises
    ------
    ColumnError
        If one table holds text and the other numbers, or one lists and the other single values.
    ValueError
        If the labels of the classes are text in one table and numbers in the other.

    Examples
    --------
    >>> from hybrid_encoder._fit.counts import count
    >>> from hybrid_encoder._input.columns import Column
    >>> monday, tuesday = np.array([3, 5, 3]), np.array([7, 3])
    >>> counts = merge(count(Column("number", monday)), count(Column("number", tuesday)))
    >>> counts.values, counts.weights
    (array([3, 5, 7]), array([3., 1., 1.]))
    """
    _check_same_form(one, other)
    one, other = align([one, other])
    kind = one.kind or other.kind
    codes, values = factorize(concatenate([one.values, other.values], kind), kind)
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
        one.labels,
        one.error + other.error,
        one.lost + other.lost,
    )


def align(tables: Sequence[Counts], most_classes: int | None = None) -> list[Counts]:
    """The same counts, all by the same classes.

    Parameters
    ----------
    tables : sequence of Counts
        Counts of several columns, or of parts of one.
    most_classes : int, default=None
        If there are more classes, or if a table has no classes, all rows become one class.

    Raises
    ------
    ValueError
        If some labels are text and others numbers.

    Examples
    --------
    >>> from hybrid_encoder._fit.counts import Classes, count
    >>> from hybrid_encoder._input.columns import Column
    >>> column, codes = Column("number", np.array([3, 3])), np.array([0, 0])
    >>> tables = [
    ...     count(column, classes=Classes(codes, labels))
    ...     for labels in (np.array(["no"]), np.array(["yes"]))
    ... ]
    >>> [counts.class_counts.tolist() for counts in align(tables)]
    [[[2.0, 0.0]], [[0.0, 2.0]]]
    """
    known = [counts.labels for counts in tables if counts.labels is not None]
    labels = join_labels(known) if len(known) == len(tables) else None
    if labels is None or (most_classes is not None and len(labels) > most_classes):
        return [of_one_class(counts) for counts in tables]
    return [
        _with_classes(counts, present, labels) for counts, present in zip(tables, known, strict=True)
    ]


def _with_classes(counts: Counts, present: NDArray[Any], labels: NDArray[Any]) -> Counts:
    """The counts with zeros for the classes of `labels` that they do not have."""
    if len(present) == len(labels):
        return replace(counts, labels=labels)
    where = np.searchsorted(labels, present)

    def spread(by_class: NDArray[np.float64]) -> NDArray[np.float64]:
        wider = np.zeros((*by_class.shape[:-1], len(labels)))
        wider[..., where] = by_class
        return wider

    return replace(
        counts,
        class_counts=spread(counts.class_counts),
        missing_counts=spread(counts.missing_counts),
        class_totals=spread(counts.class_totals),
        labels=labels,
    )


def of_one_class(counts: Counts) -> Counts:
    """The counts without classes."""
    if counts.labels is None:
        return counts
    return replace(
        counts,
        class_counts=counts.weights[:, None],
        missing_counts=counts.missing_counts.sum(keepdims=True),
        class_totals=counts.class_totals.sum(keepdims=True),
        labels=None,
    )


def _check_same_form(one: Counts, other: Counts) -> None:
    if one.kind is None or other.kind is None:
        return  # a table with only missing values can be merged with any other
    if one.kind != other.kind:
        text, number = (one, other) if one.kind == "text" else (other, one)
        raise ColumnError(
            f"it holds text ({_first(text)!r}) in some rows and numbers ({_first(number)!r}) in others; "
            "argument must be a string or a number throughout. Convert the column with .astype(str), or "
            "split it in two."
        )
    if one.multi_hot != other.multi_hot:
        raise ColumnError(
            f"it holds lists in some rows and single values "
            f"({_first(other if one.multi_hot else one)!r}) in others. Wrap every value in a list."
        )


def _first(counts: Counts) -> Any:
    value = counts.take(np.array([0]))
    return (_text.objects(value) if counts.kind == "text" else value).tolist()[0]


def decay(counts: Counts, factor: float) -> Counts:
    """Multiply all counts by a factor, and drop values whose weight becomes negligible."""
    if factor == 1:
        return counts
    decayed = replace(
        counts,
        class_counts=counts.class_counts * factor,
        missing_counts=counts.missing_counts * factor,
        class_totals=counts.class_totals * factor,
        error=counts.error * factor,
        lost=counts.lost * factor,
    )
    least = _NEGLIGIBLE * decayed.rows
    negligible = decayed.weights <= least
    if not negligible.any():
        return decayed
    kept, lost = np.flatnonzero(~negligible), float(decayed.weights[negligible].sum())
    return replace(_take(decayed, kept), error=decayed.error + least, lost=decayed.lost + lost)


def limit_size(
    counts: Counts, slots: NDArray[np.integer], max_tracked: int | None
) -> tuple[Counts, NDArray[np.integer]]:
    """Keep at most `max_tracked` values: subtract the next largest weight from all, and drop the rest.

    The shares of the classes in the weight of a value do not change.

    Parameters
    ----------
    counts : Counts
        The counts of a column.
    slots : ndarray of integers of shape (n_values + 1,)
        The slot of each value, and last that of missing values, whose count is always kept.
    max_tracked : int or None
        Number of values to keep; None: all.

    Returns
    -------
    counts, slots
        Those of the values that are kept.

    Notes
    -----
    Let m be `max_tracked`, and N the weight of all values counted. A subtraction of d lowers at least
    m + 1 values by d. So all subtractions together, also those of merged tables, lower a value by at
    most N / (m + 1), and a value of larger weight is never dropped. `error` is the sum of the subtracted
    amounts: the true weight of a value is between its weight and its weight plus `error`.

    Examples
    --------
    >>> from hybrid_encoder._fit.counts import count
    >>> from hybrid_encoder._input.columns import Column
    >>> counts = count(Column("number", np.array([3, 5, 3, 3, 7, 5])))
    >>> counts, slots = limit_size(counts, np.array([0, -1, -1, -1]), 2)
    >>> counts.values, counts.weights, counts.error, slots
    (array([3, 5]), array([2., 1.]), 1.0, array([ 0, -1, -1]))
    """
    if max_tracked is None or counts.n_values <= max_tracked:
        return counts, slots
    weights = counts.weights
    amount = float(np.partition(weights, -(max_tracked + 1))[-(max_tracked + 1)])
    kept = np.flatnonzero(weights > amount)
    shares = (weights[kept] - amount) / weights[kept]
    lowered = _take(counts, kept)
    lowered = replace(lowered, class_counts=lowered.class_counts * shares[:, None])
    lost = float(weights.sum() - lowered.weights.sum())
    limited = replace(lowered, error=counts.error + amount, lost=counts.lost + lost)
    return limited, slots[np.append(kept, -1)]


def keep_only(counts: Counts, order: NDArray[np.intp]) -> tuple[Counts, NDArray[np.intp]]:
    """Keep some values; of all others keep only their number, total weight and largest weight.

    Parameters
    ----------
    counts : Counts
        The counts of a column.
    order : ndarray of intp
        Positions of the values to keep; `n_values` is the position of a missing value, which is counted
        separately.

    Returns
    -------
    counts, order
        The counts of the values kept, in the given order, and the new positions for `order`.

    Examples
    --------
    >>> from hybrid_encoder._fit.counts import count
    >>> from hybrid_encoder._input.columns import Column
    >>> counts, order = keep_only(count(Column("number", np.array([3, 5, 5, 3, 7, 5]))), np.array([1]))
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
        _take(counts, kept),
        lost=counts.lost + float(weights.sum()),
        unlisted=counts.unlisted + len(weights),
        most_unlisted=max(counts.most_unlisted, float(weights.max(initial=0.0))),
    )
    return shorter, np.where(present, np.cumsum(present) - 1, len(kept))


def join(one: Counts, other: Counts) -> Counts:
    """Merge two tables that count different values of one column in the same rows.

    Examples
    --------
    >>> from hybrid_encoder._fit.counts import count
    >>> from hybrid_encoder._input.columns import Column
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


def _take(counts: Counts, kept: NDArray[np.intp]) -> Counts:
    """The counts of some of the values."""
    return replace(
        counts, values=take(counts.values, kept, counts.kind), class_counts=counts.class_counts[kept]
    )
