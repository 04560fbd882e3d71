"""Values and parameters in JSON, in forms that every JSON parser reads without rounding.

Most parsers read a number as a float of 64 bits. So integers beyond 2**53 and infinities are written as
text; the values of a column of numbers include no other text. A function is written as its name.
"""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._input import numbers as _numbers
from .validation import raise_damaged

_MOST_EXACT = 2**53
_INFINITIES = {"Infinity": np.inf, "-Infinity": -np.inf}
_INTEGER = re.compile(r"-?[0-9]{1,20}")


def number(value: float) -> int | float | str:
    """A number in a form that every JSON parser reads without rounding.

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
    """The number that `number` wrote; None for any other text.

    Examples
    --------
    >>> number_of("9007199254740993"), number_of("-Infinity"), number_of("one")
    (9007199254740993, -inf, None)
    """
    if isinstance(item, str):
        return int(item) if _INTEGER.fullmatch(item) else _INFINITIES.get(item)
    # Other programs may write a float beyond 2**53 without a decimal point.
    return item if isinstance(item, float) or abs(item) <= _MOST_EXACT else float(item)


def whole(item: Any) -> Any:
    """Convert a whole float to int: some programs write integers as floats in JSON.

    Examples
    --------
    >>> whole(2.0), whole(2.5), whole("auto")
    (2, 2.5, 'auto')
    """
    return int(item) if isinstance(item, float) and item.is_integer() else item


def values(array: NDArray[Any], kind: str | None) -> list[Any]:
    """The values of an array: text or numbers, None for a missing value."""
    listed = array.tolist()
    if kind != "number" or (array.dtype == np.int64 and _are_exact(listed)):
        return listed
    return [None if value is None else number(_numbers.canonical(value)) for value in listed]


def values_of(items: Sequence[Any], kind: str | None, name: str) -> NDArray[Any]:
    """The array that `values` wrote, in its dtype; `name` is used in error messages."""
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
        raise_damaged(f"{name} holds {written[numbers.index(None)]!r}, which is not a number")
    try:
        exact = _numbers.from_objects([_numbers.canonical(value) for value in numbers])
    except OverflowError as error:
        raise_damaged(f"{name} holds {error.args[0]}, which has no key of eight bytes")
    array[present] = exact
    return exact if present.all() else array


def _are_exact(integers: Sequence[int]) -> bool:
    return max(integers, default=0) <= _MOST_EXACT and min(integers, default=0) >= -_MOST_EXACT


_FRACTIONS = ("tail_weight", "decay")  # parameters that stay floats even if they are whole numbers


def parameter(name: str, value: Any) -> Any:
    """A parameter in JSON. A mapping becomes a list of pairs, because its keys may be integers.

    Raises
    ------
    ValueError
        If JSON cannot hold it.
    """
    if isinstance(value, np.generic):
        value = value.item()
    if name == "dtype":
        with suppress(TypeError):
            return np.dtype(value).name
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float) and value == value:
        return number(value)
    if isinstance(value, Mapping) and all(isinstance(key, str | Integral) for key in value):
        return [[_key(key), parameter(name, of_column)] for key, of_column in value.items()]
    if callable(value):
        return {"function": getattr(value, "__qualname__", type(value).__qualname__)}
    raise ValueError(f"JSON cannot hold {name}={value!r}. Set {name} to a valid value.")


def _key(key: Any) -> str | int:
    return key if isinstance(key, str) else int(key)


def read_parameter(name: str, item: Any, functions: Mapping[str, Any]) -> Any:
    """The parameter that `parameter` wrote, or the function that replaces its name.

    Raises
    ------
    ValueError
        If a function is missing.
    """
    if isinstance(item, dict):
        if functions.get(name) is None:
            raise ValueError(
                f"{name} was the function {item.get('function')!r}, which JSON cannot hold. Pass it: "
                f"from_dict(..., {name}=...)."
            )
        return functions[name]
    if name == "dtype":
        with suppress(TypeError):
            return np.dtype(item).type
    if isinstance(item, list):
        return {whole(key): read_parameter(name, of_column, functions) for key, of_column in item}
    if isinstance(item, str):
        found = number_of(item)
        return item if found is None else found
    return item if name in _FRACTIONS else whole(item)


def check_functions(document: Mapping[str, Any], functions: Mapping[str, Any]) -> None:
    """Check that functions are given only for parameters that were functions."""
    for name, function in functions.items():
        written = [document["parameters"].get(name), document.get(name)]
        if not any(isinstance(item, dict) for item in written) or not callable(function):
            raise ValueError(
                f"{name}={function!r} is not accepted: {name} was {written[0]!r}, not a function. Leave "
                "it out, or use set_params afterwards."
            )
