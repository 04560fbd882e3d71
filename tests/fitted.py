"""All that an encoder has learnt, in a form that can be compared."""

from typing import Any

import numpy as np

from hybrid_encoder._serialize.state import SEAL


def fitted(encoder: Any) -> dict[str, Any]:
    """What fit has set, as plain values: equal for encoders that are the same in all they do."""
    parameters = encoder.get_params(deep=False)
    state = encoder.__getstate__()
    aside = {*parameters, SEAL}  # the checksum is of the parameters too
    return {name: _plain(value) for name, value in state.items() if name not in aside}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, np.ndarray):
        return (value.dtype.str, value.tolist())
    return value
