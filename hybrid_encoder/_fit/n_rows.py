"""How many rows were counted, of which the values that counts list may be only some."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .counts import MOST_WEIGHT, ROUNDING, Counts
from .from_counts_column import numbers_of
from .plan import Plan
from .tally import Tally
from .target import join_labels

Rows = float | pd.Series | Mapping[Any, float] | None  # how many there are, perhaps by class


def tally_of_rows(n_rows: Any, by_class: bool, looked_at: bool) -> Tally:
    """The number of rows as a table that counts no values."""
    has_classes = isinstance(n_rows, pd.Series | Mapping)
    if has_classes != by_class:
        wanted = "a Series or dict of class to number of rows" if by_class else "one number"
        raise ValueError(
            f"n_rows is {n_rows!r}, and values are {'' if by_class else 'not '}counted by class. Pass "
            f"{wanted}."
        )
    series = pd.Series(n_rows if has_classes else [n_rows])
    totals = numbers_of(series, "n_rows")
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


def of_the_same_rows(
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


def check_left_out(tallies: Sequence[Tally], plan: Plan) -> None:
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
