"""Values as JSON has them: text, numbers and null, none of which any reader loses.

Most readers take a number for a float of 64 bits. So integers beyond 2**53 are text, and so are the
infinities; a column of numbers holds no other text.
"""

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._input import numbers as _numbers
from .validation import damaged

_MOST_EXACT = 2**53
_INFINITIES = {"Infinity": np.inf, "-Infinity": -np.inf}
_INTEGER = re.compile(r"-?[0-9]{1,20}")


def number(value: float) -> int | float | str:
    """A number as every reader of JSON keeps it.

    Examples
    --------
    >>> number(0.5), number(2**53), number(2**53 + 1), number(-np.inf)
    (0.5, 9007199254740992, '9007199254740993', '-Infinity')
    """
    if isinstance(value, int):
        return value if abs(value) <= _MOST_EXACT else str(value)
    if value in (np.inf, -np.inf):
        return "Infinity" if value > 0 else "-Infinity"
    return value


def number_of(item: float | str) -> int | float | None:
    """What `number` wrote; None if it never writes such a text.

    Examples
    --------
    >>> number_of("9007199254740993"), number_of("-Infinity"), number_of("one")
    (9007199254740993, -inf, None)
    """
    if isinstance(item, str):
        return int(item) if _INTEGER.fullmatch(item) else _INFINITIES.get(item)
    # What other writers make of a float beyond 2**53 may look like an integer.
    return item if isinstance(item, float) or abs(item) <= _MOST_EXACT else float(item)


def whole(item: Any) -> Any:
    """An integer as Python's, which some writers of JSON make a float of.

    Examples
    --------
    >>> whole(2.0), whole(2.5), whole("auto")
    (2, 2.5, 'auto')
    """
    return int(item) if isinstance(item, float) and item.is_integer() else item


def values(array: NDArray[Any], kind: str | None) -> list[Any]:
    """Texts or numbers, and None where one is missing."""
    listed = array.tolist()
    if kind != "number" or (array.dtype == np.int64 and _are_exact(listed)):
        return listed
    return [None if value is None else number(_numbers.canonical(value)) for value in listed]


def values_of(items: Sequence[Any], kind: str | None, name: str) -> NDArray[Any]:
    """What `values` wrote, in the dtype that it had; `name` is what messages call it."""
    array = np.empty(len(items), dtype=object)
    array[:] = items
    if kind != "number":
        return array
    if set(map(type, items)) == {int} and _are_exact(items):
        return np.array(items, dtype=np.int64)
    present = np.array([item is not None for item in items], dtype=bool)
    written = array[present].tolist()
    numbers = [number_of(item) for item in written]
    if None in numbers:
        damaged(f"{name} holds {written[numbers.index(None)]!r}, which is no number")
    try:
        exact = _numbers.from_objects([_numbers.canonical(value) for value in numbers])
    except OverflowError as error:
        damaged(f"{name} holds {error.args[0]}, which has no key of eight bytes")
    array[present] = exact
    return exact if present.all() else array


def _are_exact(integers: Sequence[int]) -> bool:
    return max(integers, default=0) <= _MOST_EXACT and min(integers, default=0) >= -_MOST_EXACT
