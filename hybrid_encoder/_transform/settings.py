"""`Settings`: the parameters of an encoder as they were at fit."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .hashing import seeds_of

Auto: TypeAlias = Literal["auto"]

# (class counts of shape (n_values, n_classes), class totals of shape (n_classes,)) -> scores of shape
# (n_values,). Without a target all rows are of one class.
Measure: TypeAlias = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class Settings:
    """The parameters of an encoder as they were at fit.

    Parameters set later have no effect until the next fit. In `partial_fit` the current values of
    `min_frequency`, `max_tracked` and `decay` are used.

    Attributes
    ----------
    top_k : tuple of int, None or "auto"
        Slots of each input column: a number, all (None), or a share of the budget ("auto").
    n_buckets : tuple of int or "auto"
        Buckets of each input column: a number, or a share of the budget ("auto").
    max_features, n_hashes, min_frequency, importance, tail_weight, tail_indicator, handle_missing, \
            seed, max_tracked, decay
        As in `HybridHashEncoder`.
    dtype : str
        Name of the number type of the output.
    """

    top_k: tuple[int | None | Auto, ...]
    n_buckets: tuple[int | Auto, ...]
    max_features: int
    n_hashes: int
    min_frequency: float
    importance: str | Measure
    tail_weight: float
    tail_indicator: bool
    handle_missing: str
    seed: int
    dtype: str
    max_tracked: int | None
    decay: float

    @property
    def seeds(self) -> tuple[int, ...]:
        """Seeds of the hash functions."""
        return seeds_of(self.seed, self.n_hashes)

    @property
    def stored_tail_weight(self) -> float:
        """`tail_weight` as `dtype` stores it; float32, for example, rounds it."""
        return float(np.dtype(self.dtype).type(self.tail_weight))

    @property
    def ignore_missing(self) -> bool:
        """Whether a missing value sets no output column."""
        return self.handle_missing == "ignore"

    @property
    def refuse_missing(self) -> bool:
        """Whether a missing value raises an error."""
        return self.handle_missing == "error"

    @property
    def shares_slots(self) -> list[bool]:
        """Whether `top_k` of each input column is "auto": its slots are a share of the budget."""
        return [k == "auto" for k in self.top_k]

    @property
    def auto_slot_limit(self) -> int:
        """Limit of the slots of an input column whose `top_k` is "auto"."""
        if self.max_tracked is None:
            return self.max_features
        return min(self.max_features, self.max_tracked)

    @property
    def slot_limits(self) -> list[int | None]:
        """Limit of the slots of each input column; None if it has no limit."""
        return [self.auto_slot_limit if k == "auto" else k for k in self.top_k]

    def with_current(self, min_frequency: float, max_tracked: int | None, decay: float) -> "Settings":
        """The settings with the current values of the parameters that `partial_fit` allows to change."""
        return replace(self, min_frequency=min_frequency, max_tracked=max_tracked, decay=float(decay))

    def plain(self) -> dict[str, Any]:
        """The settings as lists, numbers and text, for files."""
        return asdict(self) | {"top_k": list(self.top_k), "n_buckets": list(self.n_buckets)}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> "Settings":
        """The settings that `plain` returned."""
        per_column = {name: tuple(plain[name]) for name in ("top_k", "n_buckets")}
        return cls(**(plain | per_column))
