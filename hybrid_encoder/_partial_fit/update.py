"""How a head follows its counts: who moves in, and whose slot it is.

A value keeps its slot until another displaces it. Values without a slot take those that nobody has had
yet, the best first; then the best of them meets the weakest of the head, the second best the second
weakest, and so on, and displaces it if its score is ahead by more than chance. Without a margin values
of about the same score would take turns, and what a model has learnt of a slot would be of no use.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from .._fit.counts import Counts, over_classes
from .._fit.importance import Measure, errors_of, scores_of
from .._fit.ranking import Scored, best, score
from .._fit.slots import SlotOf
from .._input import numbers as _numbers
from .._input.columns import Kind
from .._transform.vocabulary import Head, Vocabulary

# By how many standard errors of its score the weaker one must be behind (benchmarks/study_drift.py).
MARGIN = 1.0


@dataclass(frozen=True, slots=True)
class Revision:
    """The slots that are to change hands.

    Attributes
    ----------
    slots : ndarray of intp of shape (n_changes,)
        Which slots, in the order of who takes them.
    newcomers : ndarray of intp of shape (n_changes,)
        Positions among the values counted, best first; the number of these stands for missing.
    """

    slots: NDArray[np.intp]
    newcomers: NDArray[np.intp]


def revise(
    counts: Counts,
    slots: NDArray[np.integer],
    n_taken: int,
    n_slots: int,
    *,
    importance: str | Measure,
    min_frequency: float,
    ignore_missing: bool,
) -> Revision:
    """Find who is to have which slot.

    Parameters
    ----------
    counts : Counts
        The counts of a column.
    slots : ndarray of integers of shape (n_values + 1,)
        The slot of each value, and last that of missing ones; -1 for none.
    n_taken : int
        How many slots have had a value: the first ones.
    n_slots : int
        How many there are.
    importance : str or callable
        The measure that ranks values.
    min_frequency : int or float
        Least weight of a newcomer; a share of the rows if below 1.
    ignore_missing : bool
        Whether missing is no value at all.
    """
    scored = score(counts, importance, min_frequency, ignore_missing)
    slots = slots[: len(scored.scores)]
    newcomers = best(counts, scored, np.flatnonzero(scored.eligible & (slots < 0)), n_slots)
    n_free = min(n_slots - n_taken, len(newcomers.order))
    head = _incumbents(counts, scored, slots, n_taken, importance)
    n_ahead = _n_ahead(newcomers.scores[n_free:], newcomers.weights[n_free:], head)
    return Revision(
        np.concatenate([np.arange(n_taken, n_taken + n_free), head.slots[:n_ahead]]).astype(np.intp),
        newcomers.order[: n_free + n_ahead],
    )


@dataclass(frozen=True, slots=True)
class _Incumbents:
    """The values of a head, the weakest first, and what it takes to displace them.

    Where scores are equal weights decide, as they do in every ranking.
    """

    slots: NDArray[np.integer]
    scores: NDArray[np.float64]
    score_bars: NDArray[np.float64]
    weight_bars: NDArray[np.float64]


def _incumbents(
    counts: Counts,
    scored: Scored,
    slots: NDArray[np.integer],
    n_taken: int,
    importance: str | Measure,
) -> _Incumbents:
    head = best(counts, scored, np.flatnonzero(slots >= 0), None)
    counted = np.zeros(n_taken, dtype=bool)
    counted[slots[head.order]] = True
    # Values whose counts were let go of; what a function of one's own thinks of them nobody knows.
    forgotten = np.flatnonzero(~counted)
    nothing = np.zeros(len(forgotten))
    worthless = nothing if isinstance(importance, str) else nothing - np.inf
    weights = np.concatenate([head.weights, nothing])
    class_counts = np.zeros((n_taken, len(counts.class_totals)))
    class_counts[: len(head.order)] = scored.class_counts[head.order]
    scores = np.concatenate([head.scores, nothing])
    errors = _errors(counts, importance, scores, class_counts)
    scores[len(head.order) :] = worthless
    bars = scores + MARGIN * errors
    order = np.lexsort((-np.arange(n_taken), weights, bars))
    return _Incumbents(
        np.concatenate([slots[head.order], forgotten])[order],
        scores[order],
        bars[order],
        (weights + MARGIN * np.sqrt(weights + counts.error))[order],
    )


def _errors(
    counts: Counts,
    importance: str | Measure,
    scores: NDArray[np.float64],
    class_counts: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Standard errors of scores; of counts that were lowered, those of the counts they may have been."""
    if counts.error == 0:
        return errors_of(importance, scores, class_counts, counts.class_totals)
    weights = over_classes(class_counts)[:, None]
    base = counts.class_totals / (counts.class_totals.sum() or 1.0)
    shares = np.where(weights > 0, class_counts / np.maximum(weights, _TINY), base)
    whole = class_counts + counts.error * shares
    if isinstance(importance, str):
        scores = scores_of(importance, whole, counts.class_totals)
    return errors_of(importance, scores, whole, counts.class_totals)


_TINY = np.finfo(float).tiny


def _n_ahead(scores: NDArray[np.float64], weights: NDArray[np.float64], head: _Incumbents) -> int:
    """How many newcomers, best first, are ahead of as many values of the head, the weakest first."""
    n_pairs = min(len(scores), len(head.slots))
    scores, weights = scores[:n_pairs], weights[:n_pairs]
    equal = scores == head.scores[:n_pairs]
    ahead = (scores > head.score_bars[:n_pairs]) | equal & (weights > head.weight_bars[:n_pairs])
    return n_pairs if ahead.all() else int(np.argmin(ahead))


def moved(slots: NDArray[np.integer], revision: Revision) -> NDArray[np.integer]:
    """The slot of each value after a revision, from those before it.

    Examples
    --------
    >>> moved(np.array([0, -1, 1, -1]), Revision(np.array([1]), np.array([1])))
    array([ 0,  1, -1, -1])
    """
    # A slot of -1 finds the last entry.
    lost = np.zeros(max(slots.max(), revision.slots.max(initial=-1)) + 2, dtype=bool)
    lost[revision.slots] = True
    after = np.where(lost[slots], -1, slots)
    after[revision.newcomers] = revision.slots
    return after


def _in_own_dtype(head: Head, kind: Kind | None) -> Head:
    """Numbers as an array of numbers, if there is no missing value among them."""
    if kind != "number" or pd.isna(head).any():
        return head
    return _numbers.compact(head)


def revised_values(values: Head, slots: NDArray[np.integer], newcomers: Head, kind: Kind | None) -> Head:
    """A vocabulary in which some slots have other values, and free ones their first.

    Examples
    --------
    >>> revised_values(np.array([7, 5]), np.array([2, 0]), np.array([0.5, 3.0]), "number")
    array([3. , 5. , 0.5])
    """
    if len(slots) == 0 and len(values):
        return values
    revised = np.empty(max(len(values), int(slots.max(initial=-1)) + 1), dtype=object)
    revised[: len(values)] = values.tolist()
    revised[slots] = newcomers.tolist()
    return _in_own_dtype(revised, kind)


def slots_of(counts: Counts, vocabulary: "Vocabulary") -> SlotOf:
    """The slot of each value counted, and last of missing ones."""
    return np.append(vocabulary.slots(counts.values), vocabulary.missing_slot)
