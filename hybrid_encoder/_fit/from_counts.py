"""Fit to counts from another program, by ``GROUP BY``: a row per value, or per value and class."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._input.errors import ColumnError, column_errors
from .._transform.settings import Settings
from .counts import MOST_WEIGHT, ROUNDING, Counts
from .fit import fit_candidates, labels_of
from .fitted import Fitted
from .from_counts_column import entries_of, floats_of, read_counts
from .importance import needs_target, uses_target
from .merging import align
from .selection import select_candidates
from .target import join_labels, most_classes

# Number of rows, or number of rows by class.
Rows: TypeAlias = float | pd.Series | Mapping[Any, float] | None


def header_of(groups: Any) -> pd.DataFrame:
    """A table without rows, with the counted columns.

    Raises
    ------
    TypeError
        If there is no mapping of columns to counts.
    ValueError
        If no column is counted, or if keys are neither names nor the positions 0, 1, ...

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
        raise ValueError("counts has 0 feature(s) while a minimum of 1 is required. Pass at least one.")
    if not all(isinstance(key, str) for key in keys) and keys != list(range(len(keys))):
        raise ValueError(
            f"The keys of counts are {keys}. Pass the names of all columns, or their positions in "
            f"order: {list(range(len(keys)))}."
        )
    return pd.DataFrame(columns=keys, dtype=object)


def fit_groups(
    groups: Mapping[Any, Any],
    n_rows: Rows,
    multi_hot: str | Iterable[Any],
    settings: Settings,
    feature_names: NDArray[Any] | None,
) -> Fitted:
    """Fit to the counts of every column.

    Parameters
    ----------
    groups, n_rows, multi_hot
        As in `HybridHashEncoder.fit_counts`.
    settings : Settings
        The parameters of the encoder.
    feature_names : ndarray or None
        Names of the columns.

    Raises
    ------
    TypeError, ValueError
        As in `HybridHashEncoder.fit_counts`.
    """
    labels = labels_of(feature_names, len(groups))
    tables = _read_groups(groups, n_rows, multi_hot, settings, labels)
    candidates = []
    for label, counts, limit in zip(labels, tables, settings.slot_limits, strict=True):
        with column_errors(label):
            candidates.append(select_candidates(counts, settings, limit))
    return fit_candidates(candidates, settings, feature_names)


def _read_groups(
    groups: Mapping[Any, Any],
    n_rows: Rows,
    multi_hot: str | Iterable[Any],
    settings: Settings,
    labels: Sequence[Any],
) -> list[Counts]:
    """The counts of all columns, by the same classes and of the same rows."""
    multi_hot = [multi_hot] if isinstance(multi_hot, str) else list(multi_hot)
    unknown = [key for key in multi_hot if key not in groups]
    if unknown:
        raise ValueError(
            f"multi_hot names the column {unknown[0]!r}, which counts does not have. Its columns are "
            f"{', '.join(map(repr, groups))}."
        )
    tables, by_class = [], False
    for label, group in groups.items():
        with column_errors(label):
            entries = entries_of(group, label)
            by_class |= entries.classes is not None
            tables.append(read_counts(entries, settings, label in multi_hot))
    _check_classes(tables, labels, settings)
    most = most_classes(settings.importance)
    if n_rows is None:
        return _with_all_rows(align(tables, most), labels, None)
    rows = _read_n_rows(n_rows, by_class, use_classes=tables[0].labels is not None)
    *tables, rows = align([*tables, rows], most)
    tables = _with_all_rows(tables, labels, rows.class_totals)
    _check_left_out(tables, labels, settings)
    return tables


def _check_classes(tables: Sequence[Counts], labels: Sequence[Any], settings: Settings) -> None:
    """Check that all columns are counted by class, or none, if classes are used."""
    importance = settings.importance
    without = [label for label, counts in zip(labels, tables, strict=True) if counts.labels is None]
    mixed = uses_target(importance) and 0 < len(without) < len(labels)
    if without and (needs_target(importance) or mixed):
        raise ValueError(
            f"Column {without[0]!r} is not counted by class, and importance={importance!r} "
            f"{'uses the classes of other columns' if mixed else 'ranks all values by class'}. Pass a "
            "DataFrame with a column per class for every column, or set importance='frequency'."
        )


def _read_n_rows(n_rows: Any, by_class: bool, use_classes: bool) -> Counts:
    """The number of rows as a table of counts without values."""
    has_classes = isinstance(n_rows, pd.Series | Mapping)
    if has_classes != by_class:
        wanted = "a Series or dict of class to number of rows" if by_class else "one number"
        raise ValueError(
            f"n_rows is {n_rows!r}, and values are {'' if by_class else 'not '}counted by class. Pass "
            f"{wanted}."
        )
    series = pd.Series(n_rows if has_classes else [n_rows])
    totals = floats_of(series, "n_rows")
    if not (np.isfinite(totals) & (totals >= 0)).all() or not 0 < totals.sum() < MOST_WEIGHT:
        raise ValueError(f"n_rows must hold numbers from 0 with a sum above 0; it is {n_rows!r}.")
    if has_classes and pd.isna(series.index).any():
        raise ValueError("n_rows has rows whose class is missing. Remove them, also from the counts.")
    if not use_classes:
        return _no_values(totals.sum(keepdims=True), None)
    labels = join_labels([series.index.to_numpy()])
    by_label = np.bincount(np.searchsorted(labels, series.index), totals).astype(np.float64)
    return _no_values(by_label, labels)


def _no_values(totals: NDArray[np.float64], labels: NDArray[Any] | None) -> Counts:
    """The counts of rows without any value."""
    none = np.zeros((1, len(totals)))
    return Counts(None, np.zeros(0), none[:0], none[0], totals, multi_hot=False, labels=labels)


def _with_all_rows(
    tables: Sequence[Counts], labels: Sequence[Any], totals: NDArray[np.float64] | None
) -> list[Counts]:
    """The counts with the number of all rows, which may be larger than the sum of the counts."""
    single = [number for number, counts in enumerate(tables) if not counts.multi_hot]
    given = totals is not None
    if totals is None:
        if not single:
            raise ValueError(
                "All columns hold lists, and their counts do not determine the number of rows. Pass "
                "n_rows."
            )
        totals = tables[single[0]].class_totals
    found = []
    for label, counts in zip(labels, tables, strict=True):
        left_out = np.zeros(1)
        if not counts.multi_hot:
            left_out = totals - counts.class_totals
            left_out[np.abs(left_out) <= ROUNDING * totals.sum()] = 0.0
        if (left_out < 0).any() or (left_out.any() and not given):
            other = "n_rows is" if given else f"column {labels[single[0]]!r} counts"
            raise ValueError(
                f"Column {label!r} counts {_listed(counts.class_totals)} rows, and {other} "
                f"{_listed(totals)}. Count missing values too (dropna=False in pandas, "
                "COUNT(*) in SQL); if rare values are left out, pass n_rows, the number of all rows."
            )
        # The number of values left out is unknown, and a single one may have all of this weight.
        lost = float(left_out.sum())
        found.append(replace(counts, class_totals=totals, lost=lost, error=lost))
    return found


def _check_left_out(tables: Sequence[Counts], labels: Sequence[Any], settings: Settings) -> None:
    """Check that values are left out only if nothing but their total weight affects the result."""
    for label, counts, n_buckets in zip(labels, tables, settings.n_buckets, strict=True):
        with column_errors(label):
            short = f"the counts are {counts.lost:.12g} rows short of n_rows, and "
            if counts.lost and counts.labels is not None:
                raise ColumnError(
                    f"{short}importance={settings.importance!r} needs the classes of all values. Count "
                    "all values, or set importance='frequency'.",
                    kind=ValueError,
                )
            if counts.lost and n_buckets == "auto":
                raise ColumnError(
                    f"{short}n_buckets='auto' depends on the number of values. Count all values, or set "
                    "n_buckets to a number.",
                    kind=ValueError,
                )


def _listed(totals: NDArray[np.float64]) -> str:
    """Numbers of rows by class, for messages."""
    return " + ".join(f"{total:.12g}" for total in totals)
