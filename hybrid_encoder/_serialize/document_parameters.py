"""Parameters of the constructor in the portable form; functions, which it cannot hold, by name."""

from collections.abc import Mapping
from contextlib import suppress
from numbers import Integral
from typing import Any

import numpy as np

from . import json_values as _json_values

_FRACTIONS = ("tail_weight", "decay")  # parameters that may be whole without being integers


def write(name: str, value: Any) -> Any:
    """A parameter as JSON; a mapping as pairs, as its keys may be positions."""
    if isinstance(value, np.generic):
        value = value.item()
    if name == "dtype":
        with suppress(TypeError):
            return np.dtype(value).name
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float) and value == value:
        return _json_values.number(value)
    if isinstance(value, Mapping) and all(isinstance(key, str | Integral) for key in value):
        return [[_key(key), write(name, own)] for key, own in value.items()]
    if callable(value):
        return {"function": getattr(value, "__qualname__", type(value).__qualname__)}
    raise ValueError(f"{name}={value!r} has no form in JSON. Set {name} to one that fit would take.")


def _key(key: Any) -> str | int:
    return key if isinstance(key, str) else int(key)


def read(name: str, item: Any, functions: Mapping[str, Any]) -> Any:
    """A parameter from JSON, or the function that is given for it."""
    if isinstance(item, dict):
        if functions.get(name) is None:
            raise ValueError(
                f"{name} was the function {item.get('function')!r}, which JSON cannot hold. Give it "
                f"again: from_dict(..., {name}=...)."
            )
        return functions[name]
    if name == "dtype":
        with suppress(TypeError):
            return np.dtype(item).type
    if isinstance(item, list):
        return {_json_values.whole(column): read(name, own, functions) for column, own in item}
    if isinstance(item, str):
        found = _json_values.number_of(item)
        return item if found is None else found
    return item if name in _FRACTIONS else _json_values.whole(item)


def check_functions(document: Mapping[str, Any], functions: Mapping[str, Any]) -> None:
    """Whether functions are given where the encoder had some, and nowhere else."""
    for name, function in functions.items():
        written = [document["parameters"].get(name), document.get(name)]
        if not any(isinstance(item, dict) for item in written) or not callable(function):
            raise ValueError(
                f"{name}={function!r} cannot be given: it is for a function, which JSON cannot hold, "
                f"and {name} was {written[0]!r}. Leave it out, or use set_params afterwards."
            )
