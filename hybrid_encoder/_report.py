"""`HybridHashEncoder.report`: a table with a row per input column."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._fit.counts import Counts
from ._fit.coverage import coverage_of
from ._fit.fitted import Fitted
from ._fit.slots import locate_values
from ._input.tables import feature_names_out
from ._transform.lookup import TAIL, Locations, Locator
from .collisions import code_space, expected_collisions


def report(fitted: Fitted) -> pd.DataFrame:
    """A table of the fitted state; see `HybridHashEncoder.report`."""
    layout, columns, coverages = fitted.layout, fitted.columns, fitted.coverages
    tail_values = [coverage.tail_values for coverage in coverages]
    codes = code_space(layout.n_buckets, fitted.settings.n_hashes)
    names = feature_names_out(fitted.feature_names, len(columns))
    return pd.DataFrame(
        {
            "kind": [
                ("list of " if column.multi_hot else "") + (column.kind or "missing")
                for column in columns
            ],
            "distinct": [coverage.distinct for coverage in coverages],
            "slots": layout.n_slots,
            "free_slots": [column.n_slots - len(column.vocabulary.values) for column in columns],
            "buckets": layout.n_buckets,
            "output_columns": layout.widths,
            "head_share": [coverage.head_share for coverage in coverages],
            "tail_share": [coverage.tail_share for coverage in coverages],
            "missing_share": [coverage.missing_share for coverage in coverages],
            "tail_values": tail_values,
            "expected_collisions": expected_collisions(tail_values, codes),
            "starved": _starved(fitted),
            "count_error": [coverage.count_error for coverage in coverages],
        },
        index=pd.Index(names, name="column"),
    )


def _starved(fitted: Fitted) -> list[bool]:
    """Whether each column got fewer slots than an equal share, and has most of its rows in the tail."""
    shares, n_slots = fitted.settings.shares_slots, fitted.layout.n_slots
    equal = n_slots[shares].sum() / max(1, sum(shares))
    return [
        bool(share and slots < equal and coverage.tail_share > 0.5)
        for share, slots, coverage in zip(shares, n_slots, fitted.coverages, strict=True)
    ]


def measured(fitted: Fitted, tables: Iterable[Counts]) -> pd.DataFrame:
    """Shares and collisions in the counts of other rows, one table of counts per input column."""
    rows = [
        _measure(counts, column.locator) for counts, column in zip(tables, fitted.columns, strict=True)
    ]
    return pd.DataFrame(rows).add_prefix("measured_")


def _measure(counts: Counts, locator: Locator) -> dict[str, Any]:
    located = locate_distinct(counts, locator)
    in_tail = located.slots == TAIL
    missing_in_tail = bool(in_tail[counts.n_values :].any())
    coverage = coverage_of(counts, ~in_tail[: counts.n_values], missing_in_tail)
    return {
        "head_share": coverage.head_share,
        "tail_share": coverage.tail_share,
        "missing_share": coverage.missing_share,
        "tail_values": coverage.tail_values,
        "collisions": n_collisions(located.buckets),
    }


def locate_distinct(counts: Counts, locator: Locator) -> Locations:
    """The locations of the distinct values of a column; the last is that of a missing value, if any."""
    return locate_values(counts, np.arange(counts.n_values + int(counts.missing > 0)), locator)


def n_collisions(buckets: NDArray[np.int32]) -> int:
    """The number of values with the same set of buckets as an earlier value.

    Examples
    --------
    >>> n_collisions(np.array([[0, 1], [1, 0], [1, 2]], dtype=np.int32))
    1
    """
    if buckets.shape[1] == 0:
        return 0
    ordered = np.sort(buckets, axis=1).astype(np.int64)
    return len(buckets) - len(pd.unique(ordered[:, 0] << 32 | ordered[:, -1]))
