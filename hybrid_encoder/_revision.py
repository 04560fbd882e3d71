"""How a head follows its counts: who moves in, and whose slot it is.

A value keeps its slot until another displaces it. Values without a slot take those that nobody has had
yet, the best first; then the best of them meets the weakest of the head, the second best the second
weakest, and so on, and displaces it if its score is ahead by more than chance. Without a margin values
of about the same score would take turns, and what a model has learnt of a slot would be of no use.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._counts import Counts
from ._importance import Measure, errors_of
from ._ranking import Ranking, best, score

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
    head = best(counts, scored, np.flatnonzero(slots >= 0), None)
    rows = scored.class_counts[head.order]
    errors = errors_of(importance, head.scores, rows, counts.class_totals)
    weakest = np.lexsort((-np.arange(len(errors)), head.weights, head.scores + MARGIN * errors))
    # A value whose counts were let go of is weaker than any other.
    counted = np.zeros(n_taken, dtype=bool)
    counted[slots[head.order]] = True
    forgotten = np.flatnonzero(~counted)[::-1]
    vacant = np.concatenate([np.arange(n_taken, n_slots), forgotten])[: len(newcomers.order)]
    n_ahead = _n_ahead(_part(newcomers, slice(len(vacant), None)), _part(head, weakest), errors[weakest])
    changed = np.concatenate([vacant, slots[head.order[weakest[:n_ahead]]]]).astype(np.intp)
    return Revision(changed, newcomers.order[: len(changed)])


def _part(ranking: Ranking, where: NDArray[np.intp] | slice) -> Ranking:
    return Ranking(ranking.order[where], ranking.scores[where], ranking.weights[where])


def _n_ahead(newcomers: Ranking, head: Ranking, errors: NDArray[np.float64]) -> int:
    """How many newcomers, best first, are ahead of as many values of a head, the weakest first.

    Where scores are equal, weights decide, as they do in every ranking; a weight of n has a standard
    error of the square root of n.

    Examples
    --------
    >>> def ranking(scores):
    ...     return Ranking(np.arange(len(scores)), np.array(scores), np.array(scores))
    >>> _n_ahead(ranking([9.0, 6.1, 4.0]), ranking([1.0, 4.0, 9.0]), np.array([1.0, 2.0, 3.0]))
    2
    """
    n_pairs = min(len(newcomers.order), len(head.order))
    newcomers, head = _part(newcomers, slice(n_pairs)), _part(head, slice(n_pairs))
    ahead = newcomers.scores > head.scores + MARGIN * errors[:n_pairs]
    equal = newcomers.scores == head.scores
    ahead |= equal & (newcomers.weights > head.weights + MARGIN * np.sqrt(head.weights))
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
