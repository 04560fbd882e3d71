"""Vocabulary update: which values enter, and which values they replace.

A value keeps its slot until another value replaces it. The best values without a slot first get the free
slots. Then the best of the others is compared with the weakest value of the head, the second best with
the second weakest, and so on. The value without a slot enters if its score is higher by more than the
standard error of the other score. Without this margin, values of similar score would replace each other
repeatedly, and the weights that a model learnt for a slot would be lost.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .._fit.counts import Counts, over_classes
from .._fit.importance import errors_of, scores_of
from .._fit.measures import TINY
from .._fit.ranking import Scored, best, score
from .._fit.slots import SlotOf
from .._input import numbers as _numbers
from .._transform.fitted_column import FittedColumn
from .._transform.settings import Measure
from .._transform.vocabulary import Head

# Number of standard errors by which a score must be higher (benchmarks/study_drift.py).
MARGIN = 1.0


@dataclass(frozen=True, slots=True)
class Replacement:
    """The slots that get another value.

    Attributes
    ----------
    slots : ndarray of intp of shape (n_changes,)
        The number of each slot.
    entering : ndarray of intp of shape (n_changes,)
        Position among the counted values of the value that enters each slot, best first; `n_values` is
        a missing value.
    """

    slots: NDArray[np.intp]
    entering: NDArray[np.intp]


def find_replacement(
    counts: Counts,
    slots: SlotOf,
    column: FittedColumn,
    importance: str | Measure,
    min_frequency: float,
) -> Replacement:
    """Find the values that enter, and their slots.

    Parameters
    ----------
    counts : Counts
        The counts of the column, with the new batch.
    slots : ndarray of integers of shape (n_values + 1,)
        The slot of each counted value, and last that of a missing value; -1 for none.
    column : FittedColumn
        The column before the batch.
    importance : str or callable
        The measure that ranks values.
    min_frequency : int or float
        Minimum weight of a value that enters; below 1, a share of the weight of all rows.
    """
    n_taken, n_slots = len(column.vocabulary.values), column.n_slots
    scored = score(counts, importance, min_frequency, column.locator.ignore_missing)
    slots = slots[: len(scored.scores)]
    entering = best(counts, scored, np.flatnonzero(scored.eligible & (slots < 0)), n_slots)
    n_free = min(n_slots - n_taken, len(entering.order))
    head = _weakest_first(counts, scored, slots, n_taken, importance)
    n_better = _n_better(entering.scores[n_free:], entering.weights[n_free:], head)
    return Replacement(
        np.concatenate([np.arange(n_taken, n_taken + n_free), head.slots[:n_better]]).astype(np.intp),
        entering.order[: n_free + n_better],
    )


@dataclass(frozen=True, slots=True)
class _WeakestFirst:
    """The values of a head, weakest first, and the scores and weights needed to replace them.

    If scores are equal, weights decide, as in every ranking.
    """

    slots: NDArray[np.integer]
    scores: NDArray[np.float64]
    needed_scores: NDArray[np.float64]
    needed_weights: NDArray[np.float64]


def _weakest_first(
    counts: Counts,
    scored: Scored,
    slots: SlotOf,
    n_taken: int,
    importance: str | Measure,
) -> _WeakestFirst:
    head = best(counts, scored, np.flatnonzero(slots >= 0), None)
    counted = np.zeros(n_taken, dtype=bool)
    counted[slots[head.order]] = True
    # Values of the head whose counts were dropped. If importance is a callable, their score is unknown.
    uncounted = np.flatnonzero(~counted)
    zeros = np.zeros(len(uncounted))
    weights = np.concatenate([head.weights, zeros])
    class_counts = np.zeros((n_taken, len(counts.class_totals)))
    class_counts[: len(head.order)] = scored.class_counts[head.order]
    scores = np.concatenate([head.scores, zeros])
    errors = _errors(counts, importance, scores, class_counts)
    scores[len(head.order) :] = 0.0 if isinstance(importance, str) else -np.inf
    needed_scores = scores + MARGIN * errors
    order = np.lexsort((-np.arange(n_taken), weights, needed_scores))
    return _WeakestFirst(
        np.concatenate([slots[head.order], uncounted])[order],
        scores[order],
        needed_scores[order],
        (weights + MARGIN * np.sqrt(weights + counts.error))[order],
    )


def _errors(
    counts: Counts,
    importance: str | Measure,
    scores: NDArray[np.float64],
    class_counts: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Standard errors of scores, from the largest counts that are possible with `counts.error`."""
    if counts.error == 0:
        return errors_of(importance, scores, class_counts, counts.class_totals)
    weights = over_classes(class_counts)[:, None]
    base = counts.class_totals / (counts.class_totals.sum() or 1.0)
    shares = np.where(weights > 0, class_counts / np.maximum(weights, TINY), base)
    largest = class_counts + counts.error * shares
    if isinstance(importance, str):
        scores = scores_of(importance, largest, counts.class_totals)
    return errors_of(importance, scores, largest, counts.class_totals)


def _n_better(scores: NDArray[np.float64], weights: NDArray[np.float64], head: _WeakestFirst) -> int:
    """The number of values without a slot, best first, that replace values of the head."""
    n_pairs = min(len(scores), len(head.slots))
    scores, weights = scores[:n_pairs], weights[:n_pairs]
    equal = scores == head.scores[:n_pairs]
    better = scores > head.needed_scores[:n_pairs]
    better |= equal & (weights > head.needed_weights[:n_pairs])
    return n_pairs if better.all() else int(np.argmin(better))


def slots_after(slots: SlotOf, replacement: Replacement) -> SlotOf:
    """The slot of each value after a replacement, from the slots before.

    Examples
    --------
    >>> slots_after(np.array([0, -1, 1, -1]), Replacement(np.array([1]), np.array([1])))
    array([ 0,  1, -1, -1])
    """
    # A slot of -1 selects the last entry.
    is_replaced = np.zeros(max(slots.max(), replacement.slots.max(initial=-1)) + 2, dtype=bool)
    is_replaced[replacement.slots] = True
    after = np.where(is_replaced[slots], -1, slots)
    after[replacement.entering] = replacement.slots
    return after


def head_after(head: Head, slots: NDArray[np.integer], entering: Head, kind: str | None) -> Head:
    """The values in slot order after `entering` have taken `slots`, some of which were free.

    Examples
    --------
    >>> head_after(np.array([7, 5]), np.array([2, 0]), np.array([0.5, 3.0]), "number")
    array([3. , 5. , 0.5])
    """
    if len(slots) == 0 and len(head):
        return head
    after = np.empty(max(len(head), int(slots.max(initial=-1)) + 1), dtype=object)
    after[: len(head)] = head.tolist()
    after[slots] = entering.tolist()
    has_missing = any(value is None for value in after.tolist())
    return after if kind != "number" or has_missing else _numbers.compact(after)
