"""Counts that were made elsewhere, by a ``GROUP BY``: a row per value, or per value and class."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._classes import join_labels, read_labels
from ._columns import refuse_missing
from ._counts import MOST_WEIGHT, ROUNDING, Classes, Counts, count
from ._importance import Measure, needs_target, takes_target
from ._plan import Plan
from ._reading import read_column
from ._tally import Tally, align

Rows = float | pd.Series | Mapping[Any, float] | None  # how many there are, perhaps by class


def header_of(groups: Any) -> pd.DataFrame:
    """A table without rows that has the columns counted.

    Raises
    ------
    TypeError
        If there is no mapping of columns to counts.
    ValueError
        If no column is counted, or if keys are numbers, and not the positions of columns.

    Examples
    --------
    >>> header_of({"country": {"US": 3}, "city": {"NYC": 3}}).columns.tolist()
    ['country', 'city']
    """
    if not isinstance(groups, Mapping):
        raise TypeError(
            f"counts must map each column to its counts; it is a {type(groups).__name__}. Pass "
            "{'country': a Series indexed by value}, for example."
        )
    keys = list(groups)
    if not keys:
        raise ValueError("counts has 0 feature(s) while a minimum of 1 is required. Pass one at least.")
    if not all(isinstance(key, str) for key in keys) and keys != list(range(len(keys))):
        raise ValueError(
            f"The keys of counts are {keys}. Pass the names of all columns, or their positions, which "
            f"are {list(range(len(keys)))}, in order."
        )
    return pd.DataFrame(columns=keys, dtype=object)


def read_groups(
    groups: Mapping[Any, Any],
    plan: Plan,
    *,
    most_classes: int | None,
    no_missing: bool,
    n_rows: Rows,
    multi_hot: str | Iterable[Any],
) -> list[Tally]:
    """The counts of all columns, by the same classes.

    Parameters
    ----------
    groups : mapping of column to Series, DataFrame or mapping
        How often each value occurs, by class perhaps.
    plan : Plan
        What the parameters ask for.
    most_classes : int or None
        With more classes than these they are not looked at.
    no_missing : bool
        Whether missing values are refused.
    n_rows : float, Series or mapping, or None
        How many rows were counted, by class if the counts are.
    multi_hot : collection
        The columns whose cells are lists.

    Raises
    ------
    TypeError, ValueError
        See `HybridHashEncoder.fit_counts`.
    """
    multi_hot = [multi_hot] if isinstance(multi_hot, str) else list(multi_hot)
    unknown = [key for key in multi_hot if key not in groups]
    if unknown:
        raise ValueError(
            f"multi_hot names the column {unknown[0]!r}, which counts does not have. Its columns are "
            f"{', '.join(map(repr, groups))}."
        )
    entries = {label: _entries(group, label) for label, group in groups.items()}
    tallies = [
        _tally(*entry, label, plan.importance, no_missing, label in multi_hot)
        for label, entry in entries.items()
    ]
    _check_classes(tallies, plan)
    if n_rows is None:
        return _of_the_same_rows(align(tallies, most_classes), plan.labels, None)
    by_class = any(classes is not None for *_, classes in entries.values())
    rows = _tally_of_rows(n_rows, by_class, looked_at=tallies[0].labels is not None)
    *tallies, rows = align([*tallies, rows], most_classes)
    tallies = _of_the_same_rows(tallies, plan.labels, rows.counts.class_totals)
    _check_left_out(tallies, plan)
    return tallies


def _entries(group: Any, label: object) -> tuple[Any, NDArray[np.float64], Any]:
    """Values, and for each how often it occurs and with which class, if classes are told apart."""
    classes = None
    if isinstance(group, pd.DataFrame):
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
        classes = np.repeat(group.columns.to_numpy(), len(group))
        values = group.index.take(np.tile(np.arange(len(group)), group.shape[1]))
        numbers = [group.iloc[:, number] for number in range(group.shape[1])]
    elif isinstance(group, pd.Series):
        values, numbers = group.index, [group]
        if values.nlevels > 2:
            raise TypeError(
                f"Column {label!r}: a Series of counts is indexed by value, or by value and class; this "
                f"one has {values.nlevels} levels. Sum over the others: groupby(level=0).sum()."
            )
        if values.nlevels == 2:
            values, classes = values.get_level_values(0), values.get_level_values(1).to_numpy()
    elif isinstance(group, Mapping):
        listed = np.fromiter(group, dtype=object, count=len(group))
        values = pd.Index(listed, dtype=object, tupleize_cols=False)
        numbers = [pd.Series(list(group.values()))]
    else:
        raise TypeError(
            f"Column {label!r}: counts are a {type(group).__name__}. Pass a pandas Series indexed by "
            "value, a DataFrame with a column per class, or a dict of value to count."
        )
    weights = [_numbers_of(part, f"Column {label!r}: counts") for part in numbers]
    return values.array, np.concatenate([np.zeros(0), *weights]), classes


def _numbers_of(numbers: pd.Series, what: str) -> NDArray[np.float64]:
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


def _tally(
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


def _check_classes(tallies: Sequence[Tally], plan: Plan) -> None:
    """Either all columns are counted by class or none, if that matters."""
    labels, importance = plan.labels, plan.importance
    without = [label for label, tally in zip(labels, tallies, strict=True) if tally.labels is None]
    mixed = takes_target(importance) and 0 < len(without) < len(labels)
    if without and (needs_target(importance) or mixed):
        raise ValueError(
            f"Column {without[0]!r} is not counted by class, and importance={importance!r} "
            f"{'ranks all values by them' if not mixed else 'looks at those of other columns'}. Pass a "
            "DataFrame with a column per class for every column, or set importance='frequency'."
        )


def _tally_of_rows(n_rows: Any, by_class: bool, looked_at: bool) -> Tally:
    """The number of rows as a table that counts no values."""
    has_classes = isinstance(n_rows, pd.Series | Mapping)
    if has_classes != by_class:
        wanted = "a Series or dict of class to number of rows" if by_class else "one number"
        raise ValueError(
            f"n_rows is {n_rows!r}, and values are {'' if by_class else 'not '}counted by class. Pass "
            f"{wanted}."
        )
    series = pd.Series(n_rows if has_classes else [n_rows])
    totals = _numbers_of(series, "n_rows")
    if not (np.isfinite(totals) & (totals >= 0)).all() or not 0 < totals.sum() < MOST_WEIGHT:
        raise ValueError(f"n_rows must be of numbers from 0, and add up to more; it is {n_rows!r}.")
    if has_classes and pd.isna(series.index).any():
        raise ValueError(
            "n_rows has rows whose class is missing. Leave them out, and of the counts too."
        )
    if not looked_at:
        return Tally(_no_values(totals.sum(keepdims=True)), None)
    labels = join_labels([series.index.to_numpy()])
    of_labels = np.searchsorted(labels, series.index)
    return Tally(_no_values(np.bincount(of_labels, totals).astype(np.float64)), labels)


def _no_values(totals: NDArray[np.float64]) -> Counts:
    """Rows of which no value is counted."""
    none = np.zeros((1, len(totals)))
    return Counts(None, np.zeros(0), none[:0], none[0], totals, multi_hot=False)


def _of_the_same_rows(
    tallies: Sequence[Tally], labels: Sequence[Any], totals: NDArray[np.float64] | None
) -> list[Tally]:
    """The tables with the number of all rows, of which the values listed may be only some."""
    whole = [place for place, tally in enumerate(tallies) if not tally.counts.multi_hot]
    given = totals is not None
    if totals is None:
        if not whole:
            raise ValueError(
                "All columns are of lists, whose counts do not tell how many rows there are. Pass "
                "n_rows."
            )
        totals = tallies[whole[0]].counts.class_totals
    found = []
    for label, tally in zip(labels, tallies, strict=True):
        counts, left_out = tally.counts, np.zeros(1)
        if not counts.multi_hot:
            left_out = totals - counts.class_totals
            left_out[np.abs(left_out) <= ROUNDING * totals.sum()] = 0.0
        if (left_out < 0).any() or (left_out.any() and not given):
            other = "n_rows is" if given else f"column {labels[whole[0]]!r} counts"
            raise ValueError(
                f"Column {label!r} counts {_listed(counts.class_totals)} rows, and {other} "
                f"{_listed(totals)}. Count missing values too (dropna=False in pandas, "
                "COUNT(*) in SQL); if rare values are left out, pass n_rows, the number of all rows."
            )
        # How many values are left out is not known, and one of them may have all of the weight.
        lost = float(left_out.sum())
        counts = replace(counts, class_totals=totals, lost=lost, error=lost)
        found.append(Tally(counts, tally.labels))
    return found


def _check_left_out(tallies: Sequence[Tally], plan: Plan) -> None:
    """Values may be left out where nothing depends on them but by their weight."""
    for label, tally, n_buckets in zip(plan.labels, tallies, plan.n_buckets, strict=True):
        if not tally.counts.lost:
            continue
        short = f"Column {label!r}: the counts are {tally.counts.lost:.12g} rows short of n_rows, and "
        if tally.labels is not None:
            raise ValueError(
                f"{short}importance={plan.importance!r} ranks values by what all of them tell of the "
                "classes. Count all values, or set importance='frequency'."
            )
        if n_buckets == "auto":
            raise ValueError(
                f"{short}n_buckets='auto' goes by how many values there are. Count all values, or set "
                "n_buckets to a number."
            )


def _listed(totals: NDArray[np.float64]) -> str:
    """Numbers of rows by class, as messages give them."""
    return " + ".join(f"{total:.12g}" for total in totals)
