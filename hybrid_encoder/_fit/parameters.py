"""The parameters of the constructor, resolved per input column."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .._transform.output import check_dtype
from .._transform.settings import Settings

# scikit-learn's linear models and forests do not accept sparse indices of 64 bits.
MOST_COLUMNS = 2**31 - 1

_BY_POSITION = " (by position: X has no column names that are text)"


def settings_of(parameters: Mapping[str, Any], labels: Sequence[Any]) -> Settings:
    """The settings of a fit.

    Parameters
    ----------
    parameters : mapping
        The parameters of the constructor. Each value must be valid already.
    labels : sequence
        Names of the input columns, or their positions.

    Raises
    ------
    ValueError
        If a mapping names a column that does not exist, or has an invalid number; if `dtype` cannot hold
        `tail_weight`.
    """
    check_dtype(parameters["dtype"], parameters["tail_weight"])
    return Settings(
        top_k=per_column("top_k", parameters["top_k"], labels),
        n_buckets=per_column("n_buckets", parameters["n_buckets"], labels),
        max_features=int(parameters["max_features"]),
        n_hashes=int(parameters["n_hashes"]),
        min_frequency=_plain(parameters["min_frequency"]),
        importance=parameters["importance"],
        tail_weight=float(parameters["tail_weight"]),
        tail_indicator=bool(parameters["tail_indicator"]),
        handle_missing=parameters["handle_missing"],
        seed=int(parameters["seed"]),
        dtype=np.dtype(parameters["dtype"]).name,
        max_tracked=_plain(parameters["max_tracked"]),
        decay=float(parameters["decay"]),
    )


def per_column(name: str, given: Any, labels: Sequence[Any]) -> tuple[Any, ...]:
    """The value of a parameter for each column, from a single value or a mapping."""
    if not isinstance(given, Mapping):
        return (_plain(given),) * len(labels)
    unknown = [key for key in given if key not in labels]
    if unknown:
        raise ValueError(
            f"{name} names the column {unknown[0]!r}, which X does not have. Its columns are "
            f"{', '.join(map(repr, labels[:10]))}{', ...' if len(labels) > 10 else ''}"
            f"{_BY_POSITION if labels[0] == 0 else ''}."
        )
    for key, value in given.items():
        if not (_is_size(value) or _is_auto(value) or (value is None and name == "top_k")):
            raise ValueError(
                f"{name}[{key!r}] is {value!r}; it must be a number from 0 to {MOST_COLUMNS}, 'auto'"
                f"{' or None' if name == 'top_k' else ''}."
            )
    return tuple(_plain(given.get(label, "auto")) for label in labels)


def _is_size(value: object) -> bool:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return whole and 0 <= int(value) <= MOST_COLUMNS  # type: ignore[call-overload]


def _is_auto(value: object) -> bool:
    return isinstance(value, str) and value == "auto"


def _plain(value: Any) -> Any:
    """Convert a NumPy number to a Python number."""
    return value.item() if isinstance(value, np.generic) else value
