"""Pack object arrays of text, numbers and None into a few arrays of bytes and numbers.

A pickle stores an object array value by value, and skops writes an entry per value. After packing, a
million texts are three arrays.
"""

from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._input import text as _text

_FORMS: dict[type, int] = {type(None): 0, str: 1, int: 2, float: 3}


def pack(plain: Any) -> Any:
    """Pack each object array in lists and mappings.

    Arrays with any value other than text, numbers of up to eight bytes and None are not packed.

    Examples
    --------
    >>> pack(np.array(["a", None, "né"], dtype=object))
    {'forms': array([1, 0, 1], dtype=uint8), 'utf8': array([ 97, 110, 195, 169], dtype=uint8),
    'lengths': array([1, 3], dtype=uint8)}
    >>> pack([np.array([3, 5])])
    [array([3, 5])]
    """
    if isinstance(plain, list):
        return [pack(part) for part in plain]
    if isinstance(plain, dict):
        return {name: pack(part) for name, part in plain.items()}
    if isinstance(plain, np.ndarray) and plain.dtype == object and plain.ndim == 1:
        # Other types and larger integers cannot be packed.
        with suppress(KeyError, OverflowError):
            return _pack_array(plain)
    return plain


def unpack(packed: Any) -> Any:
    """Undo `pack`.

    Examples
    --------
    >>> unpack(pack([np.array(["a", None, 2, 0.5], dtype=object)]))
    [array(['a', None, 2, 0.5], dtype=object)]
    """
    if isinstance(packed, list):
        return [unpack(part) for part in packed]
    if isinstance(packed, dict) and "forms" in packed:
        return _unpack_array(packed)
    if isinstance(packed, dict):
        return {key: unpack(part) for key, part in packed.items()}
    return packed


def _pack_array(values: NDArray[np.object_]) -> dict[str, NDArray[Any]]:
    listed = values.tolist()
    forms = np.fromiter(map(_FORMS.__getitem__, map(type, listed)), dtype=np.uint8, count=len(listed))
    utf8, _, lengths = _text.utf8(_text.to_arrow(values[forms == _FORMS[str]]), slice(None))
    parts = {
        "forms": forms,
        "utf8": utf8,
        "lengths": lengths.astype(np.min_scalar_type(lengths.max(initial=0))),
        "integers": _integers(values[forms == _FORMS[int]].tolist()),
        "floats": values[forms == _FORMS[float]].astype(np.float64),
    }
    return {name: part for name, part in parts.items() if name == "forms" or len(part)}


def _integers(values: list[int]) -> NDArray[np.integer]:
    wide = max(values, default=0) >= 2**63
    return np.array(values, dtype=np.uint64 if wide else np.int64)


def _unpack_array(packed: dict[str, NDArray[Any]]) -> NDArray[np.object_]:
    none = np.zeros(0, dtype=np.uint8)
    parts = ("forms", "utf8", "lengths", "integers", "floats")
    forms, utf8, lengths, integers, floats = (packed.get(part, none) for part in parts)
    values = np.full(len(forms), None, dtype=object)
    values[forms == _FORMS[str]] = _text.from_utf8(utf8, lengths.astype(np.int64))
    values[forms == _FORMS[int]] = integers
    values[forms == _FORMS[float]] = floats
    return values
