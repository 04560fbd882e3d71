"""What the parameters ask for, column by column: slots, buckets, and how values are ranked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .budget import Auto
from .importance import Measure, chosen

# scikit-learn's linear models and forests refuse sparse indices of 64 bits.
MOST_COLUMNS = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What the parameters of an encoder ask of the counts of its columns.

    Attributes
    ----------
    labels : list
        What messages call the columns.
    top_k : list of int, None or "auto"
        Slots of each column: so many, all, or a share of the budget.
    n_buckets : list of int or "auto"
        Buckets of each.
    max_features : int
        The budget, all output columns together.
    importance : str or callable
        The measure that ranks values.
    min_frequency : int or float
        Least weight of a value with a slot; a share of the rows if below 1.
    indicator : bool
        Whether each column has a tail indicator.
    ignore_missing : bool
        Whether missing is no value at all.
    max_tracked : int or None
        Bound on the slots of a column, as on the values that are counted.
    reserve : bool
        Whether to leave room for values that are yet to come: all slots that are given as a number,
        and the whole of the budget.
    """

    labels: list[Any]
    top_k: list[int | None | Auto]
    n_buckets: list[int | Auto]
    max_features: int
    importance: str | Measure
    min_frequency: float
    indicator: bool
    ignore_missing: bool
    max_tracked: int | None
    reserve: bool

    @classmethod
    def of(cls, parameters: Mapping[str, Any], labels: list[Any], *, reserve: bool) -> Self:
        """The plan of parameters, given what messages call the columns.

        Raises
        ------
        ValueError
            If a mapping names a column that is not there, or gives it what is no number of slots.
        """
        return cls(
            labels,
            per_column("top_k", parameters["top_k"], labels),
            per_column("n_buckets", parameters["n_buckets"], labels),
            int(parameters["max_features"]),
            parameters["importance"],
            parameters["min_frequency"],
            parameters["tail_indicator"],
            ignore_missing=parameters["handle_missing"] == "ignore",
            max_tracked=parameters["max_tracked"],
            reserve=reserve,
        )

    @property
    def most_slots(self) -> int:
        """Bound on the slots of a column whose share is "auto"."""
        return (
            self.max_features if self.max_tracked is None else min(self.max_features, self.max_tracked)
        )

    @property
    def shares_slots(self) -> list[bool]:
        """Which columns have slots that are a share of the budget."""
        return [k == "auto" for k in self.top_k]

    def limit(self, number: int) -> int | None:
        """How many values of a column may have a slot; None: all."""
        k = self.top_k[number]
        return self.most_slots if k == "auto" else k

    def with_classes(self, labels: NDArray[Any] | None) -> Self:
        """The plan with the measure that "auto" stands for, given the classes of a target."""
        # In a stream a second class may come later.
        n_classes = 1 if labels is None else len(labels) + int(self.reserve)
        return replace(self, importance=chosen(self.importance, n_classes))


_BY_POSITION = " (by position: X has no column names that are text)"


def per_column(name: str, given: Any, labels: list[Any]) -> list[Any]:
    """One value of a parameter per column, from a single one or from a mapping."""
    if not isinstance(given, Mapping):
        return [_plain(given)] * len(labels)
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
    return [_plain(given.get(label, "auto")) for label in labels]


def _is_size(value: object) -> bool:
    whole = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return whole and 0 <= int(value) <= MOST_COLUMNS  # type: ignore[call-overload]


def _is_auto(value: object) -> bool:
    return isinstance(value, str) and value == "auto"


def _plain(value: Any) -> int | Auto | None:
    """A NumPy integer as Python's, whose arithmetic has no bounds."""
    return int(value) if _is_size(value) else value
