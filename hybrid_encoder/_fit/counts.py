"""How often, and with which class of the target, each value of a column occurs."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._input.columns import Column, Kind, factorize, take
from .._input.numbers import Numbers
from .._input.text import Text

# Sums of the same weights in another order differ by less than this share of them.
ROUNDING = 1e-9

# Scores are products of weights and small numbers, and must stay finite.
MOST_WEIGHT = 1e100


@dataclass(frozen=True, slots=True)
class Classes:
    """The class of every row.

    Attributes
    ----------
    codes : ndarray of intp of shape (n_rows,)
        The number of each row's class.
    labels : ndarray of shape (n_classes,)
        What the classes are called, in ascending order.
    """

    codes: NDArray[np.intp]
    labels: NDArray[Any]

    @property
    def n_classes(self) -> int:
        return len(self.labels)

    def repeat(self, times: NDArray[np.integer]) -> "Classes":
        """The class of every element, where a row holds so many of them."""
        return Classes(np.repeat(self.codes, times), self.labels)


@dataclass(frozen=True, slots=True)
class Counts:
    """A table of the distinct values of one column and their weights.

    Attributes
    ----------
    kind : {"text", "number"} or None
        None where all values were missing.
    values : Text or Numbers of shape (n_values,)
        The distinct values that were seen with a positive weight, in no particular order.
    class_counts : ndarray of float64 of shape (n_values, n_classes)
        Sum of the sample weights of each value, by the class of the rows; without weights, numbers of
        occurrences. All rows are of one class where the target plays no part.
    missing_counts : ndarray of float64 of shape (n_classes,)
        The same for missing values.
    class_totals : ndarray of float64 of shape (n_classes,)
        The weight of all rows, which in a column of lists is not that of all values.
    multi_hot : bool
        Whether the cells were lists.
    error : float, default=0
        By how much the weight of a value may be too low, that of one not listed included: 0 until a
        summary lets go of values.
    lost : float, default=0
        The weight of values that are not listed.
    unlisted : int, default=0
        How many further values were seen, where that is known.
    most_unlisted : float, default=0
        The largest weight of one of these.
    """

    kind: Kind | None
    values: Text | Numbers
    class_counts: NDArray[np.float64]
    missing_counts: NDArray[np.float64]
    class_totals: NDArray[np.float64]
    multi_hot: bool
    error: float = 0.0
    lost: float = 0.0
    unlisted: int = 0
    most_unlisted: float = 0.0

    @property
    def n_values(self) -> int:
        return len(self.class_counts)

    @property
    def n_distinct(self) -> int:
        """How many different values were seen, missing aside, whether they are listed or not."""
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
    """Count the values of a column, each row with its weight, and by its class.

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
        # Every code is counted first, and then what it stands for: a value may have several codes.
        by_code = _tabulate(column.codes, len(column.values), sample_weight, classes)
        missing_counts, by_code = by_code[0], by_code[1:]
        codes, values = _distinct(replace(column, codes=None))
        table = np.column_stack([_totals(codes, len(values), weights) for weights in by_code.T])
    elif sample_weight is None and classes is None and _are_integers(column):
        values, table = _tally(column)
    else:
        codes, values = _distinct(column)
        table = _tabulate(codes, len(values), sample_weight, classes)
    missing_counts, table = missing_counts + table[0], table[1:]
    seen = np.flatnonzero(over_classes(table) > 0)
    if len(seen) < len(table):
        values, table = take(values, seen, column.kind), table[seen]
    return Counts(column.kind, values, table, missing_counts, class_totals, multi_hot)


def over_classes(class_counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum over the classes: several times as quick as NumPy's own for so short an axis.

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


def _tally(column: Column) -> tuple[Numbers, NDArray[np.float64]]:
    """Distinct integers and their counts, after that of missing ones: by sorting, the quickest way."""
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
    """The weight of each code by class; the first row is that of code -1, which stands for missing."""
    if classes is None:
        return _totals(codes, n_values, sample_weight)[:, None]
    cells = np.add(codes, 1, dtype=np.intp) * classes.n_classes + classes.codes
    return _sums(cells, (n_values + 1) * classes.n_classes, sample_weight).reshape(-1, classes.n_classes)


def _totals(
    codes: NDArray[np.integer], n_values: int, sample_weight: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """The weight of code -1, which stands for missing, and of the codes from 0 to `n_values`."""
    return _sums(np.add(codes, 1, dtype=np.intp), n_values + 1, sample_weight)


def _sums(
    codes: NDArray[np.intp], n_codes: int, sample_weight: NDArray[np.float64] | None
) -> NDArray[np.float64]:
    """The weight of each code, the same to the last bit in whatever order the rows come.

    Sums of floats depend on their order. Multiples of a number so large that no sum of them needs more
    than a float's 53 bits do not; what is left of the weights is so small that its sums hardly do.
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
    """Each value's number among the distinct ones (missing: -1), and these."""
    if column.kind is None:
        return np.full(len(column.values), -1), np.zeros(0)
    codes, values = factorize(column.values, column.kind)
    return codes if column.missing is None else np.where(column.missing, -1, codes), values
