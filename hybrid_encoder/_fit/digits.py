"""Numbers as far as they can be relied on: what differs in its last bits alone must rank alike."""

import numpy as np
from numpy.typing import NDArray

# Scores depend in their last digits on the machine and on the order of sums; ranks must not.
_DIGITS = 12
# Powers of ten up to this one are floats exactly.
_EXACT_POWER = 22


def significant(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to twelve significant digits; whole numbers below 2**53, which sum exactly, stay.

    Examples
    --------
    >>> significant(np.array([0.1 + 0.2, 123456789012345.0]))
    array([3.00000000e-01, 1.23456789e+14])
    >>> int(significant(np.array([123456789012345.0]))[0])
    123456789012345
    """
    inexact = (values != np.rint(values)) | (np.abs(values) >= 2.0**53)
    if not inexact.any():
        return values
    rounded = values.copy()
    rounded[inexact] = _rounded(values[inexact])
    return rounded


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        exponents = np.floor(np.log10(np.abs(values)))
        shift = _DIGITS - 1 - exponents
        scale = 10.0 ** np.abs(shift)
        rounded = np.where(shift >= 0, np.rint(values * scale) / scale, np.rint(values / scale) * scale)
    # Where the power of ten is itself no float, and where there is no exponent, decimals decide.
    odd = np.flatnonzero(~(np.abs(shift) <= _EXACT_POWER))
    rounded[odd] = [float(f"{value:.{_DIGITS - 1}e}") for value in values[odd].tolist()]
    return rounded
