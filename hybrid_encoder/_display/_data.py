"""Numbers of the displays, read from a fitted encoder and from given rows."""

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .._encoder import HybridHashEncoder
from .._fit.counts import Counts
from .._fit.history import History
from .._fit.ranking import rank
from .._fit.slots import values_at
from .._report import locate_distinct, n_collisions
from .._transform.fitted_column import FittedColumn
from .._transform.lookup import TAIL
from ..collisions import code_space, expected_collisions, whole_numbers

# Numbers of powers of two that are shown by default, below and above the encoder's number of buckets.
# With two hashes and 64 times as many buckets, there are almost no collisions.
_HALVINGS, _DOUBLINGS = 3, 6


class Ranking(NamedTuple):
    """Values of one column, or of all columns together.

    Attributes
    ----------
    name : str
        Name of the column.
    table : DataFrame
        A row per value, by decreasing weight: the columns of `CoverageDisplay.frame`, and "weight".
    n_slots : int
        Number of slots, including those of values that are not in the table.
    head_coverage : float
        Share of the weight of the values that have a slot.
    unlisted : float
        Weight of the values that are not in the table.
    """

    name: str
    table: pd.DataFrame
    n_slots: int
    head_coverage: float
    unlisted: float


def rankings(encoder: HybridHashEncoder, X: Any, sample_weight: ArrayLike | None) -> list[Ranking]:
    """Rank the values of each column of `X`; without `X`, the values with a slot by weight at fit."""
    names, fitted = encoder.report().index, encoder._fitted
    if X is not None:
        tables = zip(names, encoder._count(X, sample_weight), fitted.columns, strict=True)
        return [_of_rows(*table) for table in tables]
    if sample_weight is not None:
        raise ValueError("sample_weight needs the rows that it weighs: pass X too, or neither.")
    if fitted.histories is None:
        raise ValueError(
            "This encoder was saved without counts: pass rows as X, fit it again, or save it with "
            "to_dict(counts=True)."
        )
    return [_of_head(*column) for column in zip(names, fitted.histories, fitted.columns, strict=True)]


def _of_rows(name: str, counts: Counts, column: FittedColumn) -> Ranking:
    """Rank the values of rows."""
    order = rank(counts, "frequency", 1, column.locator.ignore_missing, None).order
    values = _values(
        name,
        values_at(counts, order),
        np.append(counts.weights, counts.missing)[order],
        locate_distinct(counts, replace(column.locator, n_buckets=0)).slots[order] >= 0,
    )
    return _ranking(name, values, len(column.vocabulary.values))


def _of_head(name: str, history: History, column: FittedColumn) -> Ranking:
    """Rank the values that have a slot, by their weights at fit."""
    order = np.argsort(-history.head_weights, kind="stable")
    head = column.vocabulary.values[order]
    values = _values(name, head, history.head_weights[order], True)
    unlisted = history.tail_weight
    if column.locator.missing_slot == TAIL:
        unlisted += float(history.missing.sum())
    return _ranking(name, values, len(values), unlisted)


def all_columns(rankings: list[Ranking]) -> Ranking:
    """Rank the values of all columns together."""
    values = concatenate([ranking.table for ranking in rankings])
    return _ranking(
        "all columns",
        values.iloc[np.argsort(-values["weight"], kind="stable")],
        sum(ranking.n_slots for ranking in rankings),
        sum(ranking.unlisted for ranking in rankings),
    )


def _values(
    name: str, values: NDArray[Any], weights: NDArray[np.float64], in_head: NDArray[np.bool_] | bool
) -> pd.DataFrame:
    objects = pd.Series(values, dtype=object)  # with another dtype pandas would replace None by NaN
    return pd.DataFrame({"column": name, "value": objects, "weight": weights, "in_head": in_head})


def _ranking(name: str, values: pd.DataFrame, n_slots: int, unlisted: float = 0.0) -> Ranking:
    weights = values["weight"].to_numpy()
    total = (float(weights.sum()) + unlisted) or 1.0
    ranks = np.arange(1, len(weights) + 1)
    table = values.assign(rank=ranks, share=weights / total, coverage=np.cumsum(weights) / total)
    head_coverage = float(weights[values["in_head"]].sum()) / total
    return Ranking(name, table, n_slots, head_coverage, unlisted)


def concatenate(tables: list[pd.DataFrame]) -> pd.DataFrame:
    """Concatenate tables. Empty ones are left out: they could change the types of the columns."""
    return pd.concat([table for table in tables if len(table)] or tables[:1], ignore_index=True)


def tail_collisions(encoder: HybridHashEncoder, X: Any, n_buckets: ArrayLike | None) -> pd.DataFrame:
    """Expected and measured collisions: for each column with buckets, a row per number of buckets."""
    report = encoder.report()
    if not report["buckets"].any():
        raise ValueError(
            "This encoder has no buckets, so nothing can collide: n_buckets=0 drops the tail. "
            "Fit it with n_buckets='auto' or a number to see collisions."
        )
    given = None
    if n_buckets is not None:
        given = whole_numbers("n_buckets", n_buckets, least=1, most=2**31 - 1)
    grids = [_grid(number, given) for number in report["buckets"].tolist()]

    def table(number: int, tail_values: int, measured: float | list[int]) -> pd.DataFrame:
        codes = code_space(grids[number], encoder._fitted.settings.n_hashes)
        return pd.DataFrame(
            {
                "column": report.index[number],
                "buckets": grids[number],
                "tail_values": tail_values,
                "expected": expected_collisions(tail_values, codes),
                "measured": np.asarray(measured, dtype=np.float64),
                "chosen": grids[number] == report["buckets"].iloc[number],
            }
        )

    if X is None:
        tables = [table(*column, np.nan) for column in enumerate(report["tail_values"].tolist())]
        return concatenate(tables)
    tables = []
    for number, counts in enumerate(encoder._count(X)):
        locator = encoder._fitted.columns[number].locator
        located = [
            locate_distinct(counts, replace(locator, n_buckets=n)) for n in grids[number].tolist()
        ]
        measured = [n_collisions(locations.buckets) for locations in located]
        tables.append(table(number, len(located[0].tail) if located else 0, measured))
    return concatenate(tables)


def _grid(n_buckets: int, given: NDArray[np.float64] | None) -> NDArray[np.int64]:
    """Numbers of buckets to show for a column that has `n_buckets`; none if it has no buckets."""
    if n_buckets == 0:
        return np.empty(0, dtype=np.int64)
    if given is None:
        middle = n_buckets.bit_length() - 1
        given = np.exp2(np.arange(max(0, middle - _HALVINGS), min(middle + _DOUBLINGS, 30) + 1))
    return np.unique(np.append(given, n_buckets)).astype(np.int64)
