"""Exact arrays of numbers, and their canonical keys.

The key of a number has eight bytes, held as ``uint64``: the two's complement of an integral value, the
IEEE 754 bits of any other. Numbers with the same key are the same value.
"""

import itertools
import struct
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

# int64, uint64 or float64; object (Python numbers) where none of these is exact.
Numbers: TypeAlias = NDArray[Any]

# Integers from _MIN_INTEGER to below _END_INTEGER have a key of eight bytes.
_MIN_INTEGER, _END_INTEGER = -(2**63), 2**64
_EXACT_IN_FLOAT = 2**53
_KEY_MASK = 2**64 - 1


def is_number_type(kind: type) -> bool:
    """Whether values of this type are numbers: booleans are; decimals and long doubles are not."""
    numbers = bool | int | float | np.bool_ | np.integer | np.floating
    return issubclass(kind, numbers) and not issubclass(kind, np.longdouble)


def from_objects(cells: Sequence[Any]) -> Numbers:
    """Python and NumPy numbers as the narrowest array that holds them exactly.

    Raises
    ------
    OverflowError
        If an integer has no eight-byte key.

    Examples
    --------
    >>> from_objects([1, True, 2**40])
    array([            1,             1, 1099511627776])
    >>> from_objects([1, 0.5])
    array([1. , 0.5])
    >>> from_objects([2**63 + 1, -1, 0.5])
    array([9223372036854775809, -1, 0.5], dtype=object)
    """
    integers = [int(cell) for cell in cells if not isinstance(cell, float | np.floating)]
    least, most = min(integers, default=0), max(integers, default=0)
    if least < _MIN_INTEGER or most >= _END_INTEGER:
        raise OverflowError(least if least < _MIN_INTEGER else most)
    if len(integers) == len(cells):
        if most < 2**63:
            return np.array(integers, dtype=np.int64)
        if least >= 0:
            return np.array(integers, dtype=np.uint64)
    elif max(-least, most) <= _EXACT_IN_FLOAT:
        return np.array(cells, dtype=np.float64)
    exact = np.empty(len(cells), dtype=object)
    exact[:] = [canonical(cell) for cell in cells]
    return exact


def widen(values: NDArray[Any]) -> Numbers:
    """A NumPy array of any numeric dtype as int64, uint64 or float64, with the same values."""
    wide = {"b": np.int64, "i": np.int64, "u": np.uint64, "f": np.float64}[values.dtype.kind]
    return values.astype(wide, copy=False)


def canonical(value: Any) -> int | float:
    """A number as int if it is integral and in the range of integer keys, else as float.

    Examples
    --------
    >>> canonical(True), canonical(3.0), canonical(0.5), canonical(1e300)
    (1, 3, 0.5, 1e+300)
    """
    if isinstance(value, float | np.floating):
        value = float(value)
        integral = value.is_integer() and _MIN_INTEGER <= value < _END_INTEGER
        return int(value) if integral else value
    return int(value)


def compact(numbers: Numbers) -> Numbers:
    """Numbers in their canonical form, which does not depend on their dtype.

    Examples
    --------
    >>> compact(np.array([1.0, 2.0]))
    array([1, 2])
    """
    if numbers.dtype == np.int64:
        return numbers
    if numbers.dtype == np.float64 and (np.abs(numbers) <= _EXACT_IN_FLOAT).all():
        integers = numbers.astype(np.int64)
        return integers if (integers == numbers).all() else numbers + 0.0  # -0.0 is 0
    return from_objects([canonical(number) for number in numbers.tolist()])


def concatenate(parts: Sequence[Numbers]) -> Numbers:
    """Concatenate arrays of numbers, in a dtype that holds all of them exactly.

    Examples
    --------
    >>> concatenate([np.array([1.0, 2.0]), np.array([2**53 + 1])])
    array([               1,                2, 9007199254740993])
    """
    compacted = [compact(part) for part in parts]
    if len({part.dtype for part in compacted}) == 1:
        return np.concatenate(compacted)
    return from_objects(list(itertools.chain.from_iterable(part.tolist() for part in compacted)))


def keys(numbers: Numbers) -> NDArray[np.uint64]:
    """Canonical keys of numbers.

    Examples
    --------
    >>> keys(np.array([-1.0, 42.0]))
    array([18446744073709551615,                   42], dtype=uint64)
    >>> keys(np.array([0.5])).view(np.float64)
    array([0.5])
    """
    if numbers.dtype == object:
        return np.array([key(number) for number in numbers], dtype=np.uint64)
    if numbers.dtype != np.float64:
        return numbers.view(np.uint64)
    found = numbers.view(np.uint64).copy()
    integral = np.trunc(numbers) == numbers
    signed = integral & (numbers >= -(2.0**63)) & (numbers < 2.0**63)
    np.copyto(found, _cast(numbers, np.int64).view(np.uint64), where=signed)
    unsigned = integral & (numbers >= 2.0**63) & (numbers < 2.0**64)
    if unsigned.any():
        np.copyto(found, _cast(numbers, np.uint64), where=unsigned)
    return found


def _cast(numbers: Numbers, dtype: type) -> NDArray[Any]:
    with np.errstate(invalid="ignore"):  # the caller does not use results that are out of range
        return numbers.astype(dtype)


def has_key(integer: int) -> bool:
    """Whether an integer fits into eight bytes, signed or unsigned."""
    return _MIN_INTEGER <= integer < _END_INTEGER


def key(number: Any) -> int:
    """Canonical key of one number.

    Raises
    ------
    OverflowError
        If it is an integer out of the range of keys.

    Examples
    --------
    >>> key(42), key(42.0), key(-1)
    (42, 42, 18446744073709551615)
    """
    number = canonical(number)
    if isinstance(number, float):
        return int.from_bytes(struct.pack("<d", number), "little")
    if not has_key(number):
        raise OverflowError(number)
    return number & _KEY_MASK


def factorize(numbers: Numbers) -> tuple[NDArray[np.intp], Numbers]:
    """Code of each number, and the distinct numbers in the order of their codes."""
    codes, distinct = pd.factorize(keys(numbers))
    first = np.empty(len(distinct), dtype=np.intp)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    values = numbers[first]
    if numbers.dtype.kind in "fO":
        # -2.0**63 and 2.0**63 share a key: keep the lower one, whatever the order of the rows.
        other = np.flatnonzero((numbers != values[codes]) & (numbers == numbers))
        np.minimum.at(values, codes[other], numbers[other])
    return codes, values
