"""The counts of one column as users give them: a Series, a DataFrame or a mapping, read as a table."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._input.columns import refuse_missing
from .._input.reading import read_column
from .counts import MOST_WEIGHT, Classes, count
from .importance import Measure, takes_target
from .tally import Tally
from .target import read_labels

# Values, and for each how often it occurs and with which class, if classes are told apart.
Entries = tuple[Any, NDArray[np.float64], Any]
# The same before a look at the numbers, of which there may be a Series per class.
_Table = tuple[pd.Index, list[pd.Series], NDArray[Any] | None]


def entries_of(group: Any, label: object) -> Entries:
    """The entries of a column's counts, in the order in which they are given.

    Raises
    ------
    TypeError
        If they are no counts by value, or by value and class.
    """
    if isinstance(group, pd.DataFrame):
        found: _Table = _of_frame(group, label)
    elif isinstance(group, pd.Series):
        found = _of_series(group, label)
    elif isinstance(group, Mapping):
        listed = np.fromiter(group, dtype=object, count=len(group))
        values = pd.Index(listed, dtype=object, tupleize_cols=False)
        found = values, [pd.Series(list(group.values()))], None
    else:
        raise TypeError(
            f"Column {label!r}: counts are a {type(group).__name__}. Pass a pandas Series indexed by "
            "value, a DataFrame with a column per class, or a dict of value to count."
        )
    values, numbers, classes = found
    weights = [numbers_of(part, f"Column {label!r}: counts") for part in numbers]
    return values.array, np.concatenate([np.zeros(0), *weights]), classes


def _of_frame(group: pd.DataFrame, label: object) -> _Table:
    """Values as the index, classes as the columns."""
    if isinstance(label, str) and label in group.columns:
        raise TypeError(
            f"Column {label!r}: the counts have {label!r} among their columns, and its values "
            f"belong in the index. Use set_index({label!r}), or set_index([{label!r}, the class]), "
            "and take the column of counts."
        )
    if group.index.nlevels > 1 or group.columns.nlevels > 1:
        raise TypeError(
            f"Column {label!r}: a DataFrame of counts has values as its index and classes as its "
            "columns, and this one has several levels of them. Use reset_index or droplevel."
        )
    values = group.index.take(np.tile(np.arange(len(group)), group.shape[1]))
    numbers = [group.iloc[:, number] for number in range(group.shape[1])]
    return values, numbers, np.repeat(group.columns.to_numpy(), len(group))


def _of_series(group: pd.Series, label: object) -> _Table:
    """Values as the index, or values and classes as its levels."""
    values = group.index
    if values.nlevels > 2:
        raise TypeError(
            f"Column {label!r}: a Series of counts is indexed by value, or by value and class; this "
            f"one has {values.nlevels} levels. Sum over the others: groupby(level=0).sum()."
        )
    if values.nlevels == 2:
        return values.get_level_values(0), [group], values.get_level_values(1).to_numpy()
    return values, [group], None


def numbers_of(numbers: pd.Series, what: str) -> NDArray[np.float64]:
    """Numbers as floats, those that are missing as NaN."""
    if numbers.dtype == object:
        known = [isinstance(number, Real | Decimal) or number is None for number in numbers]
        odd = numbers[~np.array(known, dtype=bool)]
    else:
        is_number = pd.api.types.is_numeric_dtype(numbers) and numbers.dtype.kind != "c"
        odd = numbers.iloc[: 0 if is_number else 1]
    if len(odd):
        raise TypeError(f"{what} must be numbers, and one is {odd.iloc[0]!r}. Convert them to numbers.")
    return numbers.to_numpy(dtype=np.float64, na_value=np.nan)


def tally_of(
    values: Any,
    weights: NDArray[np.float64],
    labels: Any,
    label: object,
    importance: str | Measure,
    no_missing: bool,
    multi_hot: bool,
) -> Tally:
    """Count groups of equal rows, each with the weight of all of them."""
    column = read_column(values, label)
    if column.lengths is not None:
        raise TypeError(
            f"Column {label!r}: a list is counted as a whole. Count its elements, by UNNEST or explode, "
            f"and pass multi_hot=[{label!r}]."
        )
    bad = ~(np.isfinite(weights) & (weights >= 0))
    if bad.any():
        where = int(np.argmax(bad))
        raise ValueError(
            f"Column {label!r}: the count of {values[where]!r} is {weights[where]:g}. Counts must be "
            "numbers from 0; .fillna(0) says that what is missing did not occur."
        )
    if not 0 < weights.sum() < MOST_WEIGHT:
        raise ValueError(
            f"Column {label!r}: counts add up to {weights.sum():g}. Pass one at least, and no more than "
            f"{MOST_WEIGHT:g} of them."
        )
    if no_missing:
        counted = np.flatnonzero(weights > 0)
        refuse_missing(read_column(values[counted], label), label)
    classes = _classes(labels, label, importance)
    counts = count(column, weights, classes)
    return Tally(replace(counts, multi_hot=multi_hot), None if classes is None else classes.labels)


def _classes(labels: Any, label: object, importance: str | Measure) -> Classes | None:
    if labels is None or not takes_target(importance):
        return None
    if pd.isna(labels).any():
        raise ValueError(
            f"Column {label!r} counts rows whose class is missing, and importance={importance!r} ranks "
            "values by it. Leave out such rows, or set importance='frequency'."
        )
    known = read_labels(np.asarray(pd.Series(labels).unique()), importance)
    if known is None:
        return None
    return Classes(np.searchsorted(known.labels, labels).astype(np.intp), known.labels)
