"""How often each value of a column occurs."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from . import _numbers, _text
from ._columns import Column, Kind, take
from ._numbers import Numbers
from ._text import Text


@dataclass(frozen=True, slots=True)
class Counts:
    """A table of the distinct values of one column and their weights.

    Attributes
    ----------
    kind : {"text", "number"} or None
        None where all values were missing.
    values : Text or Numbers of shape (n_values,)
        The distinct values that were seen with a positive weight, in no particular order.
    weights : ndarray of float64 of shape (n_values,)
        Sum of the sample weights of each value; without these, its number of occurrences.
    missing : float
        The same for missing values.
    rows : float
        The weight of all rows, which in a column of lists is not that of all values.
    multi_hot : bool
        Whether the cells were lists.
    """

    kind: Kind | None
    values: Text | Numbers
    weights: NDArray[np.float64]
    missing: float
    rows: float
    multi_hot: bool

    @property
    def n_values(self) -> int:
        return len(self.weights)

    def take(self, where: NDArray[np.integer]) -> Text | Numbers:
        """The values at some positions."""
        return take(self.values, where, self.kind)


def count(column: Column, sample_weight: NDArray[np.float64] | None = None) -> Counts:
    """Count the values of a column, each row with its weight.

    Examples
    --------
    >>> counts = count(Column("number", np.array([3, 5, 3])))
    >>> counts.values, counts.weights
    (array([3, 5]), array([2., 1.]))
    """
    multi_hot = column.lengths is not None
    rows = float(column.n_cells if sample_weight is None else sample_weight.sum())
    if column.lengths is not None and sample_weight is not None:
        sample_weight = np.repeat(sample_weight, column.lengths)
    if column.codes is not None:
        # Every code is counted first, and then what it stands for: a value may have several codes.
        missing, sample_weight = _totals(column.codes, len(column.values), sample_weight)
        column = replace(column, codes=None)
    else:
        missing = 0.0
    if sample_weight is None and column.kind == "number" and column.values.dtype.kind in "iu":
        values, weights, absent = _tally(column)
    else:
        codes, values = _distinct(column)
        absent, weights = _totals(codes, len(values), sample_weight)
    seen = np.flatnonzero(weights > 0)
    if len(seen) < len(weights):
        values, weights = take(values, seen, column.kind), weights[seen]
    return Counts(column.kind, values, weights, missing + absent, rows, multi_hot)


def _tally(column: Column) -> tuple[Numbers, NDArray[np.float64], float]:
    """Distinct integers, their counts, and that of missing ones: by sorting, as it is quickest."""
    present = column.values if column.missing is None else column.values[~column.missing]
    values, counts = np.unique(present, return_counts=True)
    return values, counts.astype(np.float64), float(len(column.values) - len(present))


def _totals(
    codes: NDArray[np.integer], n_values: int, sample_weight: NDArray[np.float64] | None
) -> tuple[float, NDArray[np.float64]]:
    """The weight of code -1, which stands for missing, and of the codes from 0 to `n_values`."""
    weights = np.bincount(np.add(codes, 1, dtype=np.intp), sample_weight, minlength=n_values + 1).astype(
        np.float64
    )
    return float(weights[0]), weights[1:]


def _distinct(column: Column) -> tuple[NDArray[np.integer], Text | Numbers]:
    """Each value's number among the distinct ones (missing: -1), and these."""
    if column.kind is None:
        return np.full(len(column.values), -1), np.zeros(0)
    factorize = _text.factorize if column.kind == "text" else _numbers.factorize
    codes, values = factorize(column.values)
    return codes if column.missing is None else np.where(column.missing, -1, codes), values
