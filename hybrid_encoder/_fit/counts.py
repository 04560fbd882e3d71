"""`Counts`: how often each value of a column occurs, by class of the target."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._input.columns import Column, Kind, factorize, take
from .._input.numbers import Numbers
from .._input.text import Text

# Two sums of the same weights in different order have a smaller relative difference than this.
ROUNDING = 1e-9

# Upper bound on a sum of weights: scores are products of weights and must stay finite.
MOST_WEIGHT = 1e100


@dataclass(frozen=True, slots=True)
class Classes:
    """The class of every row.

    Attributes
    ----------
    codes : ndarray of intp of shape (n_rows,)
        Position in `labels` of the class of each row.
    labels : ndarray of shape (n_classes,)
        Labels of the classes, ascending.
    """

    codes: NDArray[np.intp]
    labels: NDArray[Any]

    @property
    def n_classes(self) -> int:
        return len(self.labels)

    def repeat(self, times: NDArray[np.integer]) -> "Classes":
        """The class of every element, given the number of elements of each row."""
        return Classes(np.repeat(self.codes, times), self.labels)


@dataclass(frozen=True, slots=True)
class Counts:
    """The distinct values of one column and their weights, by class of the target.

    Attributes
    ----------
    kind : {"text", "number"} or None
        None if all values were missing.
    values : Text or Numbers of shape (n_values,)
        The distinct values of positive weight, in no particular order.
    class_counts : ndarray of float64 of shape (n_values, n_classes)
        Sum of the sample weights of each value by class, or number of occurrences without weights. If
        the target is not used, all rows are of one class.
    missing_counts : ndarray of float64 of shape (n_classes,)
        The same for missing values.
    class_totals : ndarray of float64 of shape (n_classes,)
        The weight of all rows. In a column of lists this is not the weight of all values.
    multi_hot : bool
        Whether the cells are lists.
    labels : ndarray of shape (n_classes,), or None
        Labels of the classes, ascending; None if the target is not used.
    error : float, default=0
        Upper bound on how much too low the weight of a value is, whether it is listed or not. Positive
        only if values were dropped.
    lost : float, default=0
        Weight of values that are not listed.
    unlisted : int, default=0
        Number of distinct values that `keep_only` removed.
    most_unlisted : float, default=0
        Largest weight of a value that `keep_only` removed.
    """

    kind: Kind | None
    values: Text | Numbers
    class_counts: NDArray[np.float64]
    missing_counts: NDArray[np.float64]
    class_totals: NDArray[np.float64]
    multi_hot: bool
    labels: NDArray[Any] | None = None
    error: float = 0.0
    lost: float = 0.0
    unlisted: int = 0
    most_unlisted: float = 0.0

    @property
    def n_values(self) -> int:
        return len(self.class_counts)

    @property
    def n_distinct(self) -> int:
        """Number of distinct values seen, listed or not, without the missing value."""
        return self.n_values + self.unlisted

    @property
    def weights(self) -> NDArray[np.float64]:
        """The weight of each value, of shape (n_values,)."""
        return over_classes(self.class_counts)

    @property
    def missing(self) -> float:
        """The weight of missing values."""
        return float(self.missing_counts.sum())

    @property
    def rows(self) -> float:
        """The weight of all rows."""
        return float(self.class_totals.sum())

    def take(self, where: NDArray[np.integer]) -> Text | Numbers:
        """The values at some positions."""
        return take(self.values, where, self.kind)


def count(
    column: Column,
    sample_weight: NDArray[np.float64] | None = None,
    classes: Classes | None = None,
) -> Counts:
    """Count the values of a column by class; each row counts with its weight.

    Examples
    --------
    >>> counts = count(Column("number", np.array([3, 5, 3])))
    >>> counts.values, counts.weights
    (array([3, 5]), array([2., 1.]))
    """
    multi_hot = column.lengths is not None
    class_totals = _class_totals(column.n_cells, sample_weight, classes)
    if column.lengths is not None:
        if sample_weight is not None:
            sample_weight = np.repeat(sample_weight, column.lengths)
        if classes is not None:
            classes = classes.repeat(column.lengths)
    missing_counts = np.zeros(len(class_totals))
    if column.codes is not None:
        # Count codes first, then the values they refer to: a value may have several codes.
        by_code = _tabulate(column.codes, len(column.values), sample_weight, classes)
        missing_counts, by_code = by_code[0], by_code[1:]
        codes, values = _distinct(replace(column, codes=None))
        table = np.column_stack([_totals(codes, len(values), weights) for weights in by_code.T])
    elif sample_weight is None and classes is None and _are_integers(column):
        values, table = _count_integers(column)
    else:
        codes, values = _distinct(column)
        table = _tabulate(codes, len(values), sample_weight, classes)
    missing_counts, table = missing_counts + table[0], table[1:]
    seen = np.flatnonzero(over_classes(table) > 0)
    if len(seen) < len(table):
        values, table = take(values, seen, column.kind), table[seen]
    labels = None if classes is None else classes.labels
    return Counts(column.kind, values, table, missing_counts, class_totals, multi_hot, labels)


def over_classes(class_counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum over the classes, several times as fast as ``sum(axis=1)`` for a short axis.

    Examples
    --------
    >>> over_classes(np.array([[1.0, 2.0], [3.0, 0.0]]))
    array([3., 3.])
    """
    total = np.zeros(len(class_counts))
    for counts in class_counts.T:
        total += counts
    return total


def _are_integers(column: Column) -> bool:
    return column.kind == "number" and column.values.dtype.kind in "iu"


def _count_integers(column: Column) -> tuple[Numbers, NDArray[np.float64]]:
    """Distinct integers, and the counts of missing values (first) and of each integer, by sorting."""
    present = column.values if column.missing is None else column.values[~column.missing]
    values, counts = np.unique(present, return_counts=True)
    absent = len(column.values) - len(present)
    return values, np.append(absent, counts).astype(np.float64)[:, None]


def _class_totals(
    n_rows: int, sample_weight: NDArray[np.float64] | None, classes: Classes | None
) -> NDArray[np.float64]:
    """The weight of all rows by class."""
    if classes is not None:
        return _sums(classes.codes, classes.n_classes, sample_weight)
    if sample_weight is None:
        return np.array([float(n_rows)])
    return _sums(np.zeros(n_rows, dtype=np.intp), 1, sample_weight)


def _tabulate(
    codes: NDArray[np.integer],
    n_values: int,
    sample_weight: NDArray[np.float64] | None,
    classes: Classes | None,
) -> NDArray[np.float64]:
    """The weight of each code by class; the first row is that of code -1, the missing values."""
    if classes is None:
        return _totals(codes, n_values, sample_weight)[:, None]
    cells = np.add(codes, 1, dtype=np.intp) * classes.n_classes + classes.codes
    return _sums(cells, (n_values + 1) * classes.n_classes, sample_weight).reshape(-1, classes.n_classes)


def _totals(
    codes: NDArray[np.integer], n_values: int, sample_weight: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """The weight of code -1, the missing values, and of the codes from 0 to `n_values` - 1."""
    return _sums(np.add(codes, 1, dtype=np.intp), n_values + 1, sample_weight)


def _sums(
    codes: NDArray[np.intp], n_codes: int, sample_weight: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """The weight of each code, which does not depend on the order of the rows.

    A sum of floats depends on their order, because it is rounded. Multiples of one power of two are
    summed exactly if the sum needs at most 53 bits. So each weight is split into such a multiple and a
    small rest.
    """
    if sample_weight is None:
        return np.bincount(codes, minlength=n_codes).astype(np.float64)
    unit = np.exp2(np.ceil(np.log2(max(sample_weight.sum(), np.finfo(float).tiny))) - 51)
    coarse = np.rint(sample_weight / unit) * unit
    rest = sample_weight - coarse
    sums = np.bincount(codes, coarse, minlength=n_codes)
    if rest.any():
        sums = sums + np.bincount(codes, rest, minlength=n_codes)
    return sums.astype(np.float64, copy=False)


def _distinct(column: Column) -> tuple[NDArray[np.integer], Text | Numbers]:
    """Code of each value (missing: -1), and the distinct values in the order of their codes."""
    if column.kind is None:
        return np.full(len(column.values), -1), np.zeros(0)
    codes, values = factorize(column.values, column.kind)
    return codes if column.missing is None else np.where(column.missing, -1, codes), values
