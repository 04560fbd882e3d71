"""How often each value of a column occurs."""

from dataclasses import dataclass

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
    codes, values = _distinct(column)
    # Missing values have code -1, and so the first place.
    weights = np.bincount(codes + 1, sample_weight, minlength=len(values) + 1).astype(np.float64)
    missing, weights = float(weights[0]), weights[1:]
    seen = np.flatnonzero(weights > 0)
    if len(seen) < len(weights):
        values, weights = take(values, seen, column.kind), weights[seen]
    return Counts(column.kind, values, weights, missing, rows, multi_hot)


def _distinct(column: Column) -> tuple[NDArray[np.integer], Text | Numbers]:
    """Each element's number among the distinct values (missing: -1), and these values."""
    if column.kind is None:
        return np.full(column.n_elements, -1), np.zeros(0)
    factorize = _text.factorize if column.kind == "text" else _numbers.factorize
    codes, values = factorize(column.values)
    if column.missing is not None:
        codes = np.where(column.missing, -1, codes)
    # What the codes of a column point to may hold a value twice, or a missing one.
    return (codes if column.codes is None else np.append(codes, -1)[column.codes]), values
