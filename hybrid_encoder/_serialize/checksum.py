"""Checksums of what is saved, by which damage is found.

They are of the values, not of the bytes of a file, so that they hold whichever way it was written. They
find damage, not forgery: who alters a file on purpose can write the checksum anew.
"""

import hashlib
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Add = Callable[[bytes], None]


def of_bytes(data: bytes) -> str:
    """The checksum of some bytes.

    Examples
    --------
    >>> of_bytes(b"abc")
    'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
    """
    return _named(hashlib.sha256(data, usedforsecurity=False))


def of_values(value: Any) -> str:
    """The checksum of plain values: of text, numbers and arrays, and lists and mappings of these.

    Anything else, such as a function, counts by its name alone, which is all that a file holds of it.

    Examples
    --------
    >>> of_values({"a": [1, 2.5, "x"]}) == of_values({"a": [1, 2.5, "x"]})
    True
    >>> of_values(["ab", "c"]) == of_values(["a", "bc"])
    False
    """
    digest = hashlib.sha256(usedforsecurity=False)
    _add(value, digest.update)
    return _named(digest)


def _named(digest: Any) -> str:
    return f"sha256:{digest.hexdigest()}"


def _add(value: Any, add: Add) -> None:
    """Add a value, its form and size first, so that no two values make the same bytes."""
    if isinstance(value, np.ndarray):
        _add_array(value, add)
    elif isinstance(value, Mapping):
        add(b"{%d:" % len(value))
        for key in sorted(value, key=repr):
            _add(key, add)
            _add(value[key], add)
    elif isinstance(value, list | tuple):
        add(b"[%d:" % len(value))
        for item in value:
            _add(item, add)
    elif isinstance(value, bool | np.bool_) or value is None:
        add(b"%r;" % (value if value is None else bool(value)))
    elif isinstance(value, int | np.integer):
        add(b"i%d;" % int(value))
    elif isinstance(value, float | np.floating):
        add(b"f" + struct.pack("<d", float(value)))
    elif isinstance(value, str):
        _add_text(value, add)
    else:
        name = value.name if isinstance(value, np.dtype) else getattr(value, "__name__", None)
        add(b"?")
        _add_text(str(name or type(value).__name__), add)


def _add_text(text: str, add: Add) -> None:
    data = text.encode("utf-8", "surrogatepass")
    add(b"s%d:" % len(data))
    add(data)


def _add_array(array: NDArray[Any], add: Add) -> None:
    little = array.dtype.newbyteorder("<")
    add(b"a")
    _add([little.str, *array.shape], add)
    if array.dtype.hasobject:
        _add(array.ravel().tolist(), add)
    else:
        add(array.astype(little, copy=False).tobytes())
