"""Sizes that users give as numbers or arrays of any kind: whole, and neither too small nor too large."""

import reprlib
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]

# More than the 2**256 codes of SHA-256, and little enough that neither the square of a size overflows
# nor a rate per code vanishes. Two hashes square the buckets.
MOST_CODES, MOST_BUCKETS = 1e80, 1e40


def whole(name: str, numbers: ArrayLike, *, least: float = 0, most: float = MOST_CODES) -> Floats:
    """The sizes that an argument holds, as floats. Errors name the argument and what is wrong in it."""
    bounds = f"{name} must hold whole numbers from {least:.15g} to {most:.15g}"
    try:
        sizes = np.asarray(numbers, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{bounds}; it is {reprlib.repr(numbers)}.") from error
    wrong = ~((sizes >= least) & (sizes <= most) & (sizes == np.floor(sizes)))
    if wrong.any():
        raise ValueError(f"{bounds}; it holds {sizes[wrong].flat[0]:.15g}.")
    return sizes


def values_and_codes(n_values: ArrayLike, n_codes: ArrayLike) -> tuple[Floats, Floats]:
    """Numbers of values and of codes, of one shape."""
    n, codes = np.broadcast_arrays(whole("n_values", n_values), whole("n_codes", n_codes))
    return n, codes


def values_and_slots(n_values: ArrayLike, top_k: ArrayLike) -> tuple[Floats, Floats]:
    """Numbers of values and of those that have a slot, of one shape."""
    values, slots = np.broadcast_arrays(whole("n_values", n_values), whole("top_k", top_k))
    wrong = slots > values
    if wrong.any():
        raise ValueError(
            f"top_k must not exceed n_values: of {values[wrong].flat[0]:.15g} values, "
            f"{slots[wrong].flat[0]:.15g} cannot have a slot."
        )
    return values, slots
