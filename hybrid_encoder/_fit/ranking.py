"""The order of importance among values, within one column and across several."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._input import text as _text
from .._input.columns import Kind
from .._input.numbers import Numbers
from .._input.text import Text
from .counts import Counts, over_classes
from .digits import significant
from .importance import Measure, scores_of


@dataclass(frozen=True, slots=True)
class Ranking:
    """The best values of one column, best first.

    Attributes
    ----------
    order : ndarray of intp
        Positions among the values counted; the number of these stands for missing.
    scores, weights : ndarray of float64
        In the same order.
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
    """Rank values by score, then weight, then the value itself; a missing one comes last.

    Parameters
    ----------
    counts : Counts
        The values of a column.
    importance : str or callable
        The measure that gives the scores.
    min_frequency : int or float
        Values of a lower weight are left out; below 1 it is a share of the rows' weight. 1 admits
        any positive weight.
    ignore_missing : bool
        Whether missing is no value at all.
    limit : int or None
        Give at most so many values.
    """
    scored = score(counts, importance, min_frequency, ignore_missing)
    return best(counts, scored, np.flatnonzero(scored.eligible), limit)


@dataclass(frozen=True, slots=True)
class Scored:
    """What the values of one column are worth; a missing one comes last, if it is a value at all.

    Attributes
    ----------
    class_counts : ndarray of float64 of shape (n_values, n_classes) or (n_values + 1, n_classes)
        How often each occurs with each class.
    scores, weights : ndarray of float64 of shape (n_values,) or (n_values + 1,)
        All of them as far as their digits can be relied on.
    eligible : ndarray of bool
        Which of them weigh enough for a slot.
    """

    class_counts: NDArray[np.float64]
    scores: NDArray[np.float64]
    weights: NDArray[np.float64]
    eligible: NDArray[np.bool_]


def score(
    counts: Counts, importance: str | Measure, min_frequency: float, ignore_missing: bool
) -> Scored:
    """Scores and weights of the values of a column, and which of them may have a slot."""
    class_counts = counts.class_counts
    if counts.missing > 0 and not ignore_missing:
        class_counts = np.vstack([class_counts, counts.missing_counts])
    class_counts = significant(class_counts)
    weights = significant(over_classes(class_counts))
    scores = significant(scores_of(importance, class_counts, significant(counts.class_totals)))
    eligible = weights >= _least_weight(min_frequency, counts.rows)
    return Scored(class_counts, scores, weights, eligible)


def best(counts: Counts, scored: Scored, among: NDArray[np.intp], limit: int | None) -> Ranking:
    """The first `limit` of some values by score, then weight, then the value itself; missing last."""
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
    """The first `limit` of the chosen values by score, weight and value, in no order.

    Most values of a long tail tie at the last place: to sort them all would take longer than to
    count them.
    """
    best: list[NDArray[np.intp]] = []
    for key in (scores, weights):
        if limit >= len(chosen):
            return np.concatenate([*best, chosen])
        if limit == 0:
            return np.concatenate([*best, chosen[:0]])
        own = key[chosen]
        last = np.partition(own, -limit)[-limit]
        best.append(chosen[own > last])
        limit -= len(best[-1])
        chosen = chosen[own == last]
    present = chosen[chosen < counts.n_values]
    if limit < len(present):
        chosen = present[_least(counts.take(present), counts.kind, limit)]
    elif limit == len(present):
        chosen = present
    return np.concatenate([*best, chosen])


def _least(values: Text | Numbers, kind: Kind | None, n: int) -> NDArray[np.integer]:
    """The positions of the `n` lowest values, in no order."""
    return _text.least(values, n) if kind == "text" else np.argpartition(values, n)[:n]


def _least_weight(min_frequency: float, rows: float) -> float:
    if min_frequency == 1:
        return 0.0
    # Rounded as the weights are, or 0.1 of 30 rows would be a little more than 3.
    return (
        min_frequency if min_frequency > 1 else float(significant(np.array([min_frequency * rows]))[0])
    )


def merge(rankings: Sequence[Ranking], counts: Sequence[Counts], limit: int) -> NDArray[np.intp]:
    """Rank the values of several columns together, and give the column of each, best first.

    Between columns ties are broken by the value too (numbers, then text, then missing), and then by
    the order of the columns.
    """
    if not rankings:
        return np.empty(0, dtype=np.intp)
    owners = np.repeat(np.arange(len(rankings)), [len(ranking.order) for ranking in rankings])
    places = np.concatenate([np.arange(len(ranking.order)) for ranking in rankings])
    scores = np.concatenate([ranking.scores for ranking in rankings])
    weights = np.concatenate([ranking.weights for ranking in rankings])
    chosen = np.flatnonzero(_contenders(scores, limit))
    ties = _positions_together(rankings, counts, owners[chosen], places[chosen])
    order = np.lexsort(
        (places[chosen], owners[chosen], ties, -weights[chosen], -scores[chosen]),
    )
    return owners[chosen][order][:limit]


def _contenders(scores: NDArray[np.float64], limit: int) -> NDArray[np.bool_]:
    """Which scores may be among the `limit` highest, ties included."""
    if limit >= len(scores):
        return np.ones(len(scores), dtype=bool)
    if limit == 0:
        return np.zeros(len(scores), dtype=bool)
    return scores >= np.partition(scores, -limit)[-limit]


def _positions(counts: Counts, chosen: NDArray[np.intp]) -> NDArray[np.intp]:
    """Each chosen value's position when they are sorted by value; missing last."""
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
    owners: NDArray[np.intp],
    places: NDArray[np.intp],
) -> NDArray[np.intp]:
    """Each value's position when the values of all columns are sorted together; equals share one."""
    position = np.full(len(owners), len(owners))
    kinds: tuple[Kind, Kind] = ("number", "text")
    first = 0
    for kind in kinds:
        where, parts = [], []
        for column, (ranking, table) in enumerate(zip(rankings, counts, strict=True)):
            if table.kind == kind:
                own = np.flatnonzero(owners == column)
                values = ranking.order[places[own]]
                own, values = own[values < table.n_values], values[values < table.n_values]
                where.append(own)
                parts.append(table.take(values))
        if not where:
            continue
        if kind == "text":
            codes, values = _text.factorize(_text.concatenate(parts))
        else:
            # As floats, whatever the dtypes; integers that this rounds are told apart by column.
            codes, values = pd.factorize(np.concatenate([part.astype(float) for part in parts]))
        position[np.concatenate(where)] = first + _sorted_positions(values, kind)[codes]
        first += len(values)
    return position
