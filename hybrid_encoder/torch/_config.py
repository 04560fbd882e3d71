"""What a layer is made for, in plain values: as arguments, of an encoder, and as bytes in a state."""

import json
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from .._encoder import HybridHashEncoder
from .._inside import check_encoder
from .._transform.layout import Layout

# What there is, and what may stand there: as in the encoder, where it has the same.
_SHARED = ("n_hashes", "tail_weight", "tail_indicator", "seed")
CONSTRAINTS: dict[str, Any] = {
    "embedding_dim": [Interval(Integral, 1, None, closed="left")],
    "n_slots": "no_validation",  # see columns_of
    "n_buckets": "no_validation",
    "ignore_missing": ["boolean"],
    "combine": [StrOptions({"sum", "concat"})],
    **{name: HybridHashEncoder._parameter_constraints[name] for name in _SHARED},
}


def columns_of(n_slots: Sequence[int], n_buckets: Sequence[int]) -> tuple[list[int], list[int]]:
    """Slots and buckets of each column, as plain numbers."""
    for name, given in (("n_slots", n_slots), ("n_buckets", n_buckets)):
        counts = np.asarray(given)
        if counts.ndim != 1 or counts.dtype.kind not in "iu" or (counts < 0).any():
            raise ValueError(f"{name}={given!r} must be whole numbers of at least 0, one per column.")
    if len(n_slots) != len(n_buckets):
        raise ValueError(
            f"n_slots is of {len(n_slots)} columns and n_buckets of {len(n_buckets)}: give both one "
            "number per column."
        )
    return [int(slots) for slots in n_slots], [int(buckets) for buckets in n_buckets]


def check_halves(embedding_dim: int) -> None:
    """Whether vectors can be halved."""
    if embedding_dim % 2:
        raise ValueError(
            "combine='concat' takes half of the vector from each bucket: "
            f"embedding_dim={embedding_dim} must be even."
        )


def decided_by(encoder: HybridHashEncoder) -> dict[str, Any]:
    """The arguments of a layer that its encoder decides."""
    check_is_fitted(check_encoder(encoder))
    layout: Layout = encoder._layout
    settings = encoder._settings
    return {
        "n_slots": layout.n_slots.tolist(),
        "n_buckets": layout.n_buckets.tolist(),
        "n_hashes": settings["n_hashes"],
        "tail_weight": settings["tail_weight"],
        "tail_indicator": settings["tail_indicator"],
        "ignore_missing": settings["handle_missing"] == "ignore",
        "seed": settings["seed"],
    }


def packed(config: dict[str, Any]) -> bytes:
    """As bytes, because every format that saves tensors can hold them."""
    return json.dumps(config, sort_keys=True).encode()


def unpacked(layout: Tensor) -> dict[str, Any]:
    """The plain values from the bytes in a state.

    Raises
    ------
    ValueError
        If they are damaged, or of another release.
    """
    try:
        config: dict[str, Any] = dict(json.loads(bytes(layout.tolist())))
    except (TypeError, ValueError) as error:
        raise ValueError(
            "The layout in the state cannot be read: the state is damaged, or of something else."
        ) from error
    if different := sorted(config.keys() ^ CONSTRAINTS.keys()):
        raise ValueError(
            "The layout in the state and that of this release of hybrid_encoder differ in the entries "
            f"{', '.join(different)}. Load the state with the release that saved it."
        )
    return config


def differences(config: dict[str, Any], other: dict[str, Any]) -> str:
    """The names of what is not the same."""
    return ", ".join(name for name, value in config.items() if other.get(name) != value)
