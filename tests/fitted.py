"""The fitted state of an encoder in a form that can be compared."""

from typing import Any

import numpy as np


def fitted(encoder: Any) -> dict[str, Any]:
    """All that fit sets, as plain values: equal for encoders that are fitted alike."""
    state = encoder.__getstate__()
    return {name: _plain(state[name]) for name in ("_fitted", "column_changes_") if name in state}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.tolist())
    return value
