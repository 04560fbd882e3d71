"""The output columns of each input column, and their names.

Per input column, in input order: ``[slots by rank | buckets | tail indicator]``.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._input import numbers as _numbers


@dataclass(frozen=True, slots=True)
class Layout:
    """Numbers and positions of the output columns of each input column.

    Attributes
    ----------
    n_slots, n_buckets : ndarray of int64 of shape (n_columns,)
        Slots and buckets of each input column.
    indicator : bool
        Whether every input column has a tail indicator.
    """

    n_slots: NDArray[np.int64]
    n_buckets: NDArray[np.int64]
    indicator: bool

    def __post_init__(self) -> None:
        # Public attributes return these arrays.
        self.n_slots.setflags(write=False)
        self.n_buckets.setflags(write=False)

    @property
    def widths(self) -> NDArray[np.int64]:
        """Number of output columns of each input column."""
        return self.n_slots + self.n_buckets + int(self.indicator)

    @property
    def starts(self) -> NDArray[np.int64]:
        """First output column of each input column, and one past the last of all."""
        return np.concatenate([[0], np.cumsum(self.widths)])

    @property
    def n_features_out(self) -> int:
        return int(self.widths.sum())


def feature_names(
    layout: Layout,
    columns: Sequence[str],
    vocabularies: Sequence[NDArray[Any]],
    combiner: Callable[[str, Any], str] | None = None,
) -> NDArray[np.object_]:
    """Names of the output columns, unique even if values look like buckets or other columns.

    ``country_US`` is a slot, ``country_<missing>`` the slot of missing values, ``country#free3`` a slot
    without a value, ``country#17`` a bucket, and ``country#tail`` the indicator. If an earlier output
    column has the same name, the first of the suffixes ``__2``, ``__3``, ... that gives a unique name is
    added.

    Parameters
    ----------
    layout : Layout
        The output columns.
    columns : sequence of str
        Names of the input columns.
    vocabularies : sequence of ndarray
        Values of the slots of each; None is a missing value. All further slots are free.
    combiner : callable, default=None
        ``combiner(column, value) -> str``, which then makes the names of the slots.
    """
    names: list[str] = []
    widths = zip(layout.n_slots.tolist(), layout.n_buckets.tolist())
    for column, values, (n_slots, n_buckets) in zip(columns, vocabularies, widths, strict=True):
        listed = [_in_names(value) for value in values.tolist()]
        if combiner is None:
            prefix = f"{column}_"
            names += [f"{prefix}{'<missing>' if value is None else value}" for value in listed]
        else:
            names += [_check_text(combiner(column, value)) for value in listed]
        names += [f"{column}#free{slot}" for slot in range(len(values), n_slots)]
        names += [f"{column}#{bucket}" for bucket in range(n_buckets)]
        if layout.indicator:
            names.append(f"{column}#tail")
    return np.array(_unique(names), dtype=object)


def _in_names(value: Any) -> Any:
    """The form of a value in names, which does not depend on the dtype of the array that holds it."""
    return _numbers.canonical(value) if isinstance(value, float) else value


def _check_text(name: object) -> str:
    if not isinstance(name, str):
        raise TypeError(
            f"feature_name_combiner must return a string; it returned {name!r}, a {type(name).__name__}."
        )
    return name


def _unique(names: list[str]) -> list[str]:
    taken = set(names)
    if len(taken) == len(names):
        return names
    unique: list[str] = []
    # The last suffix tried for each repeated name. Two different names never get the same new name: a
    # new name is the old name, two underscores and a number, and a number has no underscore.
    suffix: dict[str, int] = {}
    for name in names:
        number = suffix.get(name, 1)
        new_name = name
        if name in suffix:
            while new_name in taken:
                number += 1
                new_name = f"{name}__{number}"
        suffix[name] = number
        unique.append(new_name)
    return unique
