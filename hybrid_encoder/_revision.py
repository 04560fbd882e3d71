"""How a head follows its counts: who moves in, and whose slot it is.

A value keeps its slot until another displaces it. Values without a slot take those that nobody has had
yet, the best first; then the best of them meets the weakest of the head, the second best the second
weakest, and so on, and displaces it if its score is higher by a margin. Without that, values of about
the same score would take turns, and whatever a model has learnt of a slot would be of no use.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ._counts import Counts
from ._importance import Measure
from ._ranking import Ranking, best, score

# By how much of the weaker one's score a newcomer must be ahead (benchmarks/study_drift.py).
MARGIN = 0.2


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
    # A value whose counts were let go of is weaker than any other.
    forgotten = np.setdiff1d(np.arange(n_taken), slots[head.order])
    weakest = np.concatenate([slots[head.order], forgotten])[::-1]
    bars = np.concatenate([_bars(head), np.full(len(forgotten), -np.inf)])[::-1]
    n_free = min(n_slots - n_taken, len(newcomers.order))
    n_ahead = _n_ahead(newcomers.scores[n_free:], bars)
    return Revision(
        np.concatenate([np.arange(n_taken, n_taken + n_free), weakest[:n_ahead]]).astype(np.intp),
        newcomers.order[: n_free + n_ahead],
    )


def _bars(head: Ranking) -> NDArray[np.float64]:
    """The scores that newcomers must exceed to displace the values of a head."""
    return head.scores + MARGIN * np.abs(head.scores)


def _n_ahead(scores: NDArray[np.float64], bars: NDArray[np.float64]) -> int:
    """How many newcomers, best first, are ahead of the bar of as many of the head, the lowest first.

    Examples
    --------
    >>> _n_ahead(np.array([9.0, 5.0, 4.0]), np.array([2.0, 4.0, 6.0]))
    2
    """
    n_pairs = min(len(scores), len(bars))
    ahead = scores[:n_pairs] > bars[:n_pairs]
    return n_pairs if ahead.all() else int(np.argmin(ahead))


def moved(slots: NDArray[np.integer], revision: Revision) -> NDArray[np.integer]:
    """The slot of each value after a revision, from those before it.

    Examples
    --------
    >>> moved(np.array([0, -1, 1, -1]), Revision(np.array([1]), np.array([1])))
    array([ 0,  1, -1, -1])
    """
    after = np.where(np.isin(slots, revision.slots), -1, slots)
    after[revision.newcomers] = revision.slots
    return after
