"""JSON in the one form that every language writes alike, for checksums: RFC 8785.

Members are sorted by their names, there is no white space, and numbers are written as JavaScript writes
them. In JavaScript it is what ``JSON.stringify`` gives of objects with sorted members.

References
----------
Rundgren, A., Jordan, B., Erdtman, S. "JSON Canonicalization Scheme (JCS)", RFC 8785, 2020.
https://www.rfc-editor.org/rfc/rfc8785
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

_MOST_EXACT = 2**53
_BULK = {str, bool, type(None)}


class NoForm(ValueError):
    """What JSON has no form for."""


def canonical(value: Any) -> str:
    """A JSON value as canonical text.

    Parameters
    ----------
    value : dict, list, str, int, float, bool or None
        What ``json.loads`` gives. Integers beyond 2**53 stand for the float next to them, which is what
        they are to other readers of JSON.

    Raises
    ------
    NoForm
        If JSON has no form for it: for infinities, NaN and lone surrogates among others.

    Examples
    --------
    >>> canonical({"b": [1.0, 1e-7, 1e21], "a": "é"})
    '{"a":"é","b":[1,1e-7,1e+21]}'
    """
    if isinstance(value, Mapping):
        members = sorted(value.items(), key=lambda member: _utf_16(member[0]))
        return "{" + ",".join(f"{_text(name)}:{canonical(item)}" for name, item in members) + "}"
    if isinstance(value, list):
        types = set(map(type, value))
        if types <= _BULK or (types == {int} and max(map(abs, value)) <= _MOST_EXACT):
            return _written(value)
        return "[" + ",".join(map(canonical, value)) + "]"
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _number(value)
    return _text(value)


def _utf_16(name: Any) -> bytes:
    if not isinstance(name, str):
        raise NoForm(f"JSON has no member named {name!r}: names are text.")
    return name.encode("utf-16-be", "surrogatepass")


def _text(value: Any) -> str:
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return _written(value)
    raise NoForm(f"JSON has no form for {value!r}, a {type(value).__name__}.")


def _written(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    try:
        text.encode()
    except UnicodeEncodeError as error:
        around = text[max(0, error.start - 20) : error.start + 1]
        raise NoForm(f"JSON has no form for a lone surrogate, as in {around!r}: rename it.") from None
    return text


def _number(value: float) -> str:
    """A number as ECMAScript writes it: Python's shortest digits, with the point elsewhere."""
    if abs(value) <= _MOST_EXACT and value == int(value):
        return str(int(value))
    try:
        value = float(value)
    except OverflowError:
        value = float("inf")
    if value in (float("inf"), float("-inf")) or value != value:
        raise NoForm(f"JSON has no number {value}.")
    sign, figures, exponent = Decimal(repr(value)).normalize().as_tuple()
    digits, point = "".join(map(str, figures)), len(figures) + int(exponent)
    if 0 < point <= 21:
        whole = digits[:point].ljust(point, "0")
        text = f"{whole}.{digits[point:]}" if digits[point:] else whole
    elif -6 < point <= 0:
        text = "0." + "0" * -point + digits
    else:
        fraction = f".{digits[1:]}" if digits[1:] else ""
        text = f"{digits[0]}{fraction}e{point - 1:+d}"
    return "-" + text if sign else text
