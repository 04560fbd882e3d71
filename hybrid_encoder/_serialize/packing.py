"""Values as they are saved: Python's own objects packed into a few arrays of bytes and numbers.

Most files hold an object array value by value, and skops makes an entry of its own for each. Packed, a
million texts are three arrays.
"""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._input import text as _text

_FORMS: dict[type, int] = {type(None): 0, str: 1, int: 2, float: 3}
# The arrays of a packed one, and their types, in either byte order.
_PARTS = {
    "forms": ["u1"],
    "utf8": ["u1"],
    "lengths": ["u1", "u2", "u4", "u8"],
    "integers": ["i8", "u8"],
    "floats": ["f8"],
}


def pack(plain: Any) -> Any:
    """Lists and mappings with each object array in them packed; anything else stays as it is.

    Arrays that hold more than text, numbers of up to eight bytes and None are left as they are.

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
        # What is of another type, or too large, has no form.
        with suppress(KeyError, OverflowError):
            return _pack_array(plain)
    return plain


def unpack(packed: Any, name: str) -> Any:
    """What was packed; `name` is what messages call it.

    Raises
    ------
    ValueError
        If nothing can have been packed into this.

    Examples
    --------
    >>> unpack(pack([np.array(["a", None, 2, 0.5], dtype=object)]), "values")
    [array(['a', None, 2, 0.5], dtype=object)]
    """
    if isinstance(packed, list):
        return [unpack(part, f"{name}[{number}]") for number, part in enumerate(packed)]
    if isinstance(packed, dict) and "forms" in packed:
        return _unpack_array(packed, name)
    if isinstance(packed, dict):
        return {key: unpack(part, f"{key} of {name}") for key, part in packed.items()}
    return packed


def _pack_array(values: NDArray[np.object_]) -> dict[str, NDArray[Any]]:
    listed = values.tolist()
    forms = np.fromiter(map(_FORMS.__getitem__, map(type, listed)), dtype=np.uint8, count=len(listed))
    utf8, _, lengths = _text.utf8(_text.in_bulk(values[forms == _FORMS[str]]), slice(None))
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


def _unpack_array(packed: dict[str, Any], name: str) -> NDArray[np.object_]:
    for part, array in packed.items():
        if part not in _PARTS or not _is_array_of(array, _PARTS[part]):
            raise ValueError(f"{part} of {name} is no array that values are packed into")
    none = np.zeros(0, dtype=np.uint8)
    forms, utf8, lengths, integers, floats = (packed.get(part, none) for part in _PARTS)
    _, *found = np.bincount(forms, minlength=len(_FORMS)).tolist()
    if found != [len(lengths), len(integers), len(floats)]:
        raise ValueError(f"{name} has other values than it has forms")
    values = np.full(len(forms), None, dtype=object)
    values[forms == _FORMS[str]] = _texts(utf8, lengths, name)
    values[forms == _FORMS[int]] = integers
    values[forms == _FORMS[float]] = floats
    return values


def _is_array_of(array: Any, dtypes: Sequence[str]) -> bool:
    return isinstance(array, np.ndarray) and array.ndim == 1 and array.dtype.str[1:] in dtypes


def _texts(utf8: NDArray[np.uint8], lengths: NDArray[np.integer], name: str) -> NDArray[np.object_]:
    # Lengths that add up only as they overflow are longer than all text.
    if lengths.max(initial=0) > len(utf8) or lengths.sum(dtype=np.uint64) != len(utf8):
        raise ValueError(f"the lengths of {name} are not those of its texts")
    try:
        return _text.from_utf8(utf8, lengths.astype(np.int64))
    except ValueError as error:
        raise ValueError(f"{name} holds text that is no UTF-8") from error
