"""Rank values by importance, within one column and across columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._input import text as _text
from .._input.columns import Kind
from .._input.numbers import Numbers
from .._input.text import Text
from .._transform.settings import Measure
from .counts import Counts, over_classes
from .importance import scores_of

# Number of binary digits of scores and weights that a ranking uses, about twelve decimal digits. The
# last digits of a float depend on the machine and on the order of sums.
_DIGITS = 40


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best values of one column, best first.

    Attributes
    ----------
    order : ndarray of intp
        Positions among the counted values; `n_values` is a missing value.
    scores, weights : ndarray of float64
        Scores and weights in the same order.
    """

    order: NDArray[np.intp]
    scores: NDArray[np.float64]
    weights: NDArray[np.float64]


def rank(
    counts: Counts,
    importance: str | Measure,
    min_frequency: float,
    ignore_missing: bool,
    limit: int | None,
) -> Ranking:
    """Rank values by score, then weight, then the value itself; a missing value comes last.

    Parameters
    ----------
    counts : Counts
        The values of a column.
    importance : str or callable
        The measure that gives the scores.
    min_frequency : int or float
        Minimum weight of a value; below 1, a share of the weight of all rows. 1 accepts any positive
        weight.
    ignore_missing : bool
        Whether to leave out a missing value.
    limit : int or None
        Number of values to return; None: all.
    """
    scored = score(counts, importance, min_frequency, ignore_missing)
    return best(counts, scored, np.flatnonzero(scored.eligible), limit)


@dataclass(frozen=True, slots=True)
class Scored:
    """Scores of the values of one column; the last is that of a missing value, unless it is ignored.

    Attributes
    ----------
    class_counts : ndarray of float64 of shape (n_values, n_classes) or (n_values + 1, n_classes)
        Weight of each value by class.
    scores, weights : ndarray of float64 of shape (n_values,) or (n_values + 1,)
        Scores and weights, rounded to their reliable digits.
    eligible : ndarray of bool
        Whether the weight of each value is large enough for a slot.
    """

    class_counts: NDArray[np.float64]
    scores: NDArray[np.float64]
    weights: NDArray[np.float64]
    eligible: NDArray[np.bool_]


def score(
    counts: Counts, importance: str | Measure, min_frequency: float, ignore_missing: bool
) -> Scored:
    """Score the values of a column, and find those that may have a slot."""
    class_counts = counts.class_counts
    if counts.missing > 0 and not ignore_missing:
        class_counts = np.vstack([class_counts, counts.missing_counts])
    class_counts = significant(class_counts)
    weights = significant(over_classes(class_counts))
    scores = significant(scores_of(importance, class_counts, significant(counts.class_totals)))
    eligible = weights >= _least_weight(min_frequency, counts.rows)
    return Scored(class_counts, scores, weights, eligible)


def best(counts: Counts, scored: Scored, among: NDArray[np.intp], limit: int | None) -> Ranking:
    """Rank some values by score, weight and value, missing last, and return the first `limit`."""
    scores, weights = scored.scores, scored.weights
    if limit is not None:
        among = _best(counts, scores, weights, among, limit)
    ties = _positions(counts, among)
    among = among[np.lexsort((ties, -weights[among], -scores[among]))]
    return Ranking(among, scores[among], weights[among])


def _best(
    counts: Counts,
    scores: NDArray[np.float64],
    weights: NDArray[np.float64],
    chosen: NDArray[np.intp],
    limit: int,
) -> NDArray[np.intp]:
    """The first `limit` of the chosen values by score, weight and value, in no particular order.

    In a long tail most values have the same score and weight as the last one. Sorting all of them would
    take longer than counting.
    """
    best: list[NDArray[np.intp]] = []
    for key in (scores, weights):
        if limit >= len(chosen):
            return np.concatenate([*best, chosen])
        if limit == 0:
            return np.concatenate([*best, chosen[:0]])
        keys = key[chosen]
        last = np.partition(keys, -limit)[-limit]
        best.append(chosen[keys > last])
        limit -= len(best[-1])
        chosen = chosen[keys == last]
    present = chosen[chosen < counts.n_values]
    if limit < len(present):
        chosen = present[_smallest(counts.take(present), counts.kind, limit)]
    elif limit == len(present):
        chosen = present
    return np.concatenate([*best, chosen])


def _smallest(values: Text | Numbers, kind: Kind | None, n: int) -> NDArray[np.integer]:
    """The positions of the `n` lowest values, in no particular order."""
    return _text.smallest(values, n) if kind == "text" else np.argpartition(values, n)[:n]


def _least_weight(min_frequency: float, rows: float) -> float:
    if min_frequency == 1:
        return 0.0
    if min_frequency > 1:
        return min_frequency
    # Rounded as weights are, or 0.07 of 100 rows would be more than 7.
    return float(significant(np.array([min_frequency * rows]))[0])


def significant(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to 40 binary digits; whole numbers below 2**53, whose sums are exact, are kept.

    Examples
    --------
    >>> significant(np.array([0.1 + 0.2])) == significant(np.array([0.3]))
    array([ True])
    """
    exact = (values == np.rint(values)) & (np.abs(values) < 2.0**53)
    if exact.all():
        return values
    mantissas, exponents = np.frexp(values)
    rounded = np.ldexp(np.rint(np.ldexp(mantissas, _DIGITS)), exponents - _DIGITS)
    return np.where(exact, values, rounded)


def merge(rankings: Sequence[Ranking], counts: Sequence[Counts], limit: int) -> NDArray[np.intp]:
    """Rank the values of several columns together; return the column of each value, best first.

    Ties between columns are broken by value (numbers, then text, then missing), then by the order of
    the columns.
    """
    if not rankings:
        return np.empty(0, dtype=np.intp)
    columns = np.repeat(np.arange(len(rankings)), [len(ranking.order) for ranking in rankings])
    ranks = np.concatenate([np.arange(len(ranking.order)) for ranking in rankings])
    scores = np.concatenate([ranking.scores for ranking in rankings])
    weights = np.concatenate([ranking.weights for ranking in rankings])
    chosen = np.flatnonzero(_mask_of_highest(scores, limit))
    ties = _positions_together(rankings, counts, columns[chosen], ranks[chosen])
    order = np.lexsort(
        (ranks[chosen], columns[chosen], ties, -weights[chosen], -scores[chosen]),
    )
    return columns[chosen][order][:limit]


def _mask_of_highest(scores: NDArray[np.float64], limit: int) -> NDArray[np.bool_]:
    """Mask of the scores that are not below the `limit` highest; includes ties at the limit."""
    if limit >= len(scores):
        return np.ones(len(scores), dtype=bool)
    if limit == 0:
        return np.zeros(len(scores), dtype=bool)
    return scores >= np.partition(scores, -limit)[-limit]


def _positions(counts: Counts, chosen: NDArray[np.intp]) -> NDArray[np.intp]:
    """The rank of each chosen value in the order of values; missing last."""
    position = np.full(len(chosen), len(chosen))
    present = np.flatnonzero(chosen < counts.n_values)
    position[present] = _sorted_positions(counts.take(chosen[present]), counts.kind)
    return position


def _sorted_positions(values: Text | Numbers, kind: Kind | None) -> NDArray[np.intp]:
    order = _text.order(values) if kind == "text" else np.argsort(values, kind="stable")
    position = np.empty(len(order), dtype=np.intp)
    position[order] = np.arange(len(order))
    return position


def _positions_together(
    rankings: Sequence[Ranking],
    counts: Sequence[Counts],
    columns: NDArray[np.intp],
    ranks: NDArray[np.intp],
) -> NDArray[np.intp]:
    """The rank of each value in the order of the values of all columns; equal values share a rank."""
    position = np.full(len(columns), len(columns))
    kinds: tuple[Kind, Kind] = ("number", "text")
    first = 0
    for kind in kinds:
        where, parts = [], []
        for column, (ranking, table) in enumerate(zip(rankings, counts, strict=True)):
            if table.kind == kind:
                of_column = np.flatnonzero(columns == column)
                values = ranking.order[ranks[of_column]]
                of_column, values = of_column[values < table.n_values], values[values < table.n_values]
                where.append(of_column)
                parts.append(table.take(values))
        if not where:
            continue
        if kind == "text":
            codes, distinct = _text.factorize(_text.concatenate(parts))
        else:
            # As floats. Integers that round to the same float are ranked in the order of their columns.
            codes, distinct = pd.factorize(np.concatenate([part.astype(float) for part in parts]))
        position[np.concatenate(where)] = first + _sorted_positions(distinct, kind)[codes]
        first += len(distinct)
    return position
