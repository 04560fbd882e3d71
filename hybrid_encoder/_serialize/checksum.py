"""Checksums of saved encoders, which detect damaged files.

A checksum is computed from values, not from the bytes of a file, so it does not depend on the program
that wrote the file. It does not protect against attacks: an attacker who alters a file can also compute
its new checksum.
"""

import hashlib
import json
import struct
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Add = Callable[[bytes], None]

# Lists that hold only these types are written as they are.
_AS_IN_JSON = {str, bool, type(None)}


def of_document(document: Mapping[str, Any]) -> str:
    """The checksum of a JSON document, without its member ``checksum``.

    SHA-256 of the document as JSON text in UTF-8, without white space, with members sorted by name and
    every number replaced by the 16 hexadecimal digits of its IEEE 754 bits (64 bits, big-endian). So 1
    and 1.0 are the same number.

    Raises
    ------
    ValueError
        If JSON text in UTF-8 cannot represent the document.

    Examples
    --------
    >>> of_document({"b": 1, "a": "x"}) == of_document({"a": "x", "b": 1.0, "checksum": "?"})
    True
    """
    members = {name: item for name, item in document.items() if name != "checksum"}
    try:
        text = json.dumps(_canonical(members), ensure_ascii=False, separators=(",", ":"))
        data = text.encode()
    except UnicodeEncodeError as error:
        near = error.object[max(0, error.start - 20) : error.end]
        raise ValueError(f"JSON cannot hold a lone surrogate, as in {near!r}. Rename it.") from None
    except (TypeError, OverflowError) as error:
        raise ValueError(f"JSON cannot hold it: {error}.") from None
    return _named(hashlib.sha256(data, usedforsecurity=False))


def _canonical(item: Any) -> Any:
    if isinstance(item, Mapping):
        return {name: _canonical(item[name]) for name in sorted(item)}
    if isinstance(item, list):
        types = set(map(type, item))
        if types <= _AS_IN_JSON:
            return item
        if types <= {int, float}:  # a million numbers at once are several times as fast
            digits = np.array(item, dtype=">f8").tobytes().hex()
            return [digits[start : start + 16] for start in range(0, len(digits), 16)]
        return list(map(_canonical, item))
    is_number = isinstance(item, int | float) and not isinstance(item, bool)
    return struct.pack(">d", float(item)).hex() if is_number else item


def of_values(value: Any) -> str:
    """The checksum of plain values: text, numbers and arrays, and lists and mappings of these.

    Of any other value, for example a function, only the name is used, because files hold only the name.

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
    """Add a value, its type and size first, so that different values add different bytes."""
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
