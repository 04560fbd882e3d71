"""Configuration of a layer: from arguments, from an encoder, and as bytes in a state."""

import json
from collections.abc import Sequence
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_is_fitted
from torch import Tensor

from .._encoder import HybridHashEncoder, check_encoder

# The entries of a configuration and their constraints, which parameters of the encoder share with it.
_SHARED = ("n_hashes", "tail_weight", "tail_indicator", "seed")
CONSTRAINTS: dict[str, Any] = {
    "embedding_dim": [Interval(Integral, 1, None, closed="left")],
    "n_slots": "no_validation",  # check_sizes validates n_slots and n_buckets
    "n_buckets": "no_validation",
    "ignore_missing": ["boolean"],
    "combine": [StrOptions({"sum", "concat"})],
    **{name: HybridHashEncoder._parameter_constraints[name] for name in _SHARED},
}


def check_sizes(n_slots: Sequence[int], n_buckets: Sequence[int]) -> tuple[list[int], list[int]]:
    """Validate slots and buckets per column, and return them as lists of int.

    Raises
    ------
    ValueError
        If one is not an integer of at least 0, or if both do not have one number per column.
    """
    for name, sizes in (("n_slots", n_slots), ("n_buckets", n_buckets)):
        array = np.asarray(sizes)
        if array.ndim != 1 or array.dtype.kind not in "iu" or (array < 0).any():
            raise ValueError(f"{name}={sizes!r} must be whole numbers of at least 0, one per column.")
    if len(n_slots) != len(n_buckets):
        raise ValueError(
            f"n_slots has {len(n_slots)} entries and n_buckets {len(n_buckets)}: give both one "
            "number per column."
        )
    return [int(slots) for slots in n_slots], [int(buckets) for buckets in n_buckets]


def check_dim(embedding_dim: int, combine: str) -> None:
    """Raise ValueError if the vectors cannot be halved and `combine` requires it."""
    if combine == "concat" and embedding_dim % 2:
        raise ValueError(
            "combine='concat' takes half of the vector of each bucket: "
            f"embedding_dim={embedding_dim} must be even."
        )


def encoder_config(encoder: HybridHashEncoder) -> dict[str, Any]:
    """The arguments of a layer that its fitted encoder determines."""
    check_is_fitted(check_encoder(encoder))
    settings = encoder._fitted.settings
    return {
        "n_slots": encoder.n_slots_.tolist(),
        "n_buckets": encoder.n_buckets_.tolist(),
        "n_hashes": settings.n_hashes,
        "tail_weight": settings.tail_weight,
        "tail_indicator": settings.tail_indicator,
        "ignore_missing": settings.ignore_missing,
        "seed": settings.seed,
    }


def to_bytes(config: dict[str, Any]) -> bytes:
    """The configuration as JSON in bytes, which every file format for tensors can store."""
    return json.dumps(config, sort_keys=True).encode()


def from_bytes(layout: Tensor) -> dict[str, Any]:
    """Read the configuration of a state.

    Raises
    ------
    ValueError
        If it is damaged, or does not have the entries of this release.
    """
    try:
        config: dict[str, Any] = dict(json.loads(bytes(layout.tolist())))
    except (TypeError, ValueError) as error:
        raise ValueError(
            "The entry 'layout' of the state cannot be read: the state is damaged, or not of a "
            "HybridHashEmbedding. Load the original file."
        ) from error
    if different := sorted(config.keys() ^ CONSTRAINTS.keys()):
        raise ValueError(
            "The layout in the state and that of this release of hybrid_encoder differ in the entries "
            f"{', '.join(different)}. Load the state with the release that saved it."
        )
    return config


def differences(config: dict[str, Any], other: dict[str, Any]) -> str:
    """Names of the entries that differ, as a comma-separated list."""
    return ", ".join(name for name, value in config.items() if other.get(name) != value)
