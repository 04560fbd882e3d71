"""Parts of nested dicts, lists and arrays, addressed by paths of keys and positions."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np


def paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The paths of all parts, the whole first."""
    yield path
    is_container = isinstance(value, dict | list) or (isinstance(value, np.ndarray) and value.ndim == 1)
    inner = value.items() if isinstance(value, dict) else enumerate(value) if is_container else ()
    for key, part in inner:
        yield from paths(part, (*path, key))


def at(value: Any, path: Sequence[Any]) -> Any:
    """The part at a path."""
    for key in path:
        value = value[key]
    return value
