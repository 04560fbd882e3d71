"""Read the counts of one column from a Series, a DataFrame or a mapping."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from numbers import Real
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._input.columns import check_not_missing
from .._input.errors import ColumnError
from .._input.reading import read_column
from .._transform.settings import Measure, Settings
from .counts import MOST_WEIGHT, Classes, Counts, count
from .importance import uses_target
from .target import read_labels


class Entries(NamedTuple):
    """Groups of equal rows: value, weight, and class if rows are counted by class."""

    values: Any
    weights: NDArray[np.float64]
    classes: NDArray[Any] | None


def entries_of(group: Any, label: object) -> Entries:
    """The groups of a column, in the given order.

    Parameters
    ----------
    group : Series, DataFrame or mapping
        Counts by value, or by value and class.
    label : object
        Name of the column, which may also be the name of a column of `group`.

    Raises
    ------
    ColumnError
        If `group` does not hold counts by value, or by value and class.
    """
    if isinstance(group, pd.DataFrame):
        return _of_frame(group, label)
    if isinstance(group, pd.Series):
        return _of_series(group)
    if not isinstance(group, Mapping):
        raise ColumnError(
            f"counts are a {type(group).__name__}. Pass a pandas Series indexed by value, a DataFrame "
            "with a column per class, or a dict of value to count."
        )
    listed = np.fromiter(group, dtype=object, count=len(group))
    values = pd.Index(listed, dtype=object, tupleize_cols=False)
    return Entries(values.array, _weights(pd.Series(list(group.values()))), None)


def _of_frame(group: pd.DataFrame, label: object) -> Entries:
    """Groups of a DataFrame, whose index holds the values and whose columns are the classes."""
    if isinstance(label, str) and label in group.columns:
        raise ColumnError(
            f"the counts have {label!r} among their columns, and its values belong in the index. Use "
            f"set_index({label!r}), or set_index([{label!r}, the class]), and take the column of counts."
        )
    if group.index.nlevels > 1 or group.columns.nlevels > 1:
        raise ColumnError(
            "a DataFrame of counts has values as its index and classes as its columns, and this one has "
            "several levels of them. Use reset_index or droplevel."
        )
    values = group.index.take(np.tile(np.arange(len(group)), group.shape[1]))
    weights = [_weights(group.iloc[:, number]) for number in range(group.shape[1])]
    classes = np.repeat(group.columns.to_numpy(), len(group))
    return Entries(values.array, np.concatenate([np.zeros(0), *weights]), classes)


def _of_series(group: pd.Series) -> Entries:
    """Groups of a Series, whose index holds the values, or values and classes as two levels."""
    index = group.index
    if index.nlevels > 2:
        raise ColumnError(
            f"a Series of counts is indexed by value, or by value and class; this one has "
            f"{index.nlevels} levels. Sum over the others: groupby(level=0).sum()."
        )
    if index.nlevels == 1:
        return Entries(index.array, _weights(group), None)
    values, classes = (index.get_level_values(level) for level in (0, 1))
    return Entries(values.array, _weights(group), classes.to_numpy())


def _weights(counts: pd.Series) -> NDArray[np.float64]:
    try:
        return floats_of(counts, "counts")
    except TypeError as error:
        raise ColumnError(str(error)) from None


def floats_of(numbers: pd.Series, what: str) -> NDArray[np.float64]:
    """Numbers as floats, missing ones as NaN.

    Raises
    ------
    TypeError
        If one is not a number.
    """
    if numbers.dtype == object:
        known = [isinstance(number, Real | Decimal) or number is None for number in numbers]
        odd = numbers[~np.array(known, dtype=bool)]
    else:
        is_number = pd.api.types.is_numeric_dtype(numbers) and numbers.dtype.kind != "c"
        odd = numbers.iloc[: 0 if is_number else 1]
    if len(odd):
        raise TypeError(f"{what} must be numbers, and one is {odd.iloc[0]!r}. Convert them to numbers.")
    return numbers.to_numpy(dtype=np.float64, na_value=np.nan)


def read_counts(entries: Entries, settings: Settings, multi_hot: bool) -> Counts:
    """The counts of a column, from groups of equal rows.

    Parameters
    ----------
    entries : Entries
        The groups.
    settings : Settings
        The parameters of the encoder.
    multi_hot : bool
        Whether cells are lists, and the groups are of their elements.

    Raises
    ------
    ColumnError
        If values are neither text nor numbers, or both; if a weight is negative or missing, or all are
        0; if a class is missing; or if a value is missing and `handle_missing` is "error".
    """
    values, weights, labels = entries
    column = read_column(values)
    if column.lengths is not None:
        raise ColumnError(
            "a list is counted as a whole. Count its elements, by UNNEST or explode, and name the "
            "column in multi_hot."
        )
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        where = int(np.argmax(bad))
        raise ColumnError(
            f"the count of {values[where]!r} is {weights[where]:g}. Counts must be numbers from 0; "
            ".fillna(0) replaces missing counts.",
            kind=ValueError,
        )
    if not 0 < weights.sum() < MOST_WEIGHT:
        raise ColumnError(
            f"counts add up to {weights.sum():g}. Their sum must be above 0 and below {MOST_WEIGHT:g}.",
            kind=ValueError,
        )
    if settings.refuse_missing:
        check_not_missing(read_column(values[np.flatnonzero(weights > 0)]))
    classes = _read_classes(labels, settings.importance)
    return replace(count(column, weights, classes), multi_hot=multi_hot)


def _read_classes(labels: NDArray[Any] | None, importance: str | Measure) -> Classes | None:
    if labels is None or not uses_target(importance):
        return None
    if pd.isna(labels).any():
        raise ColumnError(
            f"it counts rows whose class is missing, and importance={importance!r} ranks values by "
            "class. Remove these rows, or set importance='frequency'.",
            kind=ValueError,
        )
    known = read_labels(np.asarray(pd.Series(labels).unique()), importance)
    if known is None:
        return None
    return Classes(np.searchsorted(known, labels).astype(np.intp), known)
