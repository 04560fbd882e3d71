"""Scores that rank the values of a column: the higher, the sooner a value gets a slot of its own."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

# Sums of floats depend on the order of summation in their last digits; ranks must not.
_DIGITS = 12


def significant(values: NDArray[np.float64], digits: int = _DIGITS) -> NDArray[np.float64]:
    """Round to so many significant digits; whole numbers below 2**53, which sum exactly, stay.

    Examples
    --------
    >>> significant(np.array([0.1 + 0.2, 123456789012345.0]))
    array([3.00000000e-01, 1.23456789e+14])
    >>> int(significant(np.array([123456789012345.0]))[0])
    123456789012345
    """
    inexact = np.flatnonzero((values != np.rint(values)) | (np.abs(values) >= 2.0**53))
    if not len(inexact):
        return values
    rounded = values.copy()
    rounded[inexact] = [float(f"{value:.{digits - 1}e}") for value in values[inexact]]
    return rounded


def frequency(weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """How often a value occurs, as in the paper's section 2."""
    return weights


MEASURES: dict[str, Callable[[NDArray[np.float64]], NDArray[np.float64]]] = {
    "frequency": frequency,
}
