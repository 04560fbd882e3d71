"""What an encoder remembers of the rows it has seen: counts of its head, and of the tail it tracks.

The values of the head are those of the vocabulary, and are not held a second time. After `fit` nothing
but the head is remembered; `partial_fit` remembers the tail too, or as much of it as it may.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .._input import text as _text
from .._input.columns import Kind, end_to_end
from .._input.numbers import Numbers
from .._input.text import Text
from .counts import Counts, over_classes


@dataclass(frozen=True, slots=True)
class History:
    """The counts of one column, those of its head by slot.

    Attributes
    ----------
    head : ndarray of float64 of shape (n_taken, n_classes)
        How often the value in each slot occurred with each class; 0 where its count was let go of.
    tail_values : Text or Numbers of shape (n_tail,)
        Values without a slot.
    tail : ndarray of float64 of shape (n_tail, n_classes)
        How often these occurred.
    missing : ndarray of float64 of shape (n_classes,)
        How often missing values did.
    totals : ndarray of float64 of shape (n_classes,)
        The weight of all rows.
    error, lost : float
        As in `Counts`.
    """

    head: NDArray[np.float64]
    tail_values: Text | Numbers
    tail: NDArray[np.float64]
    missing: NDArray[np.float64]
    totals: NDArray[np.float64]
    error: float
    lost: float

    @property
    def head_weights(self) -> NDArray[np.float64]:
        """The weight of the value in each slot."""
        return over_classes(self.head)

    @property
    def tail_weight(self) -> float:
        """The weight of all values without a slot; missing ones not among them."""
        return float(self.tail.sum()) + self.lost

    def plain(self) -> dict[str, Any]:
        """The same as arrays of NumPy, and lists and numbers of Python, for files that hold no more."""
        plain: dict[str, Any] = {
            "head": _narrow(self.head),
            "missing": self.missing.tolist(),
            "totals": self.totals.tolist(),
            "error": self.error,
            "lost": self.lost,
        }
        if len(self.tail):
            values = self.tail_values
            plain["tail_values"] = _text.objects(values) if _text.is_arrow(values) else values
            plain["tail"] = _narrow(self.tail)
        return plain

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """What `plain` gave."""
        head = plain["head"].astype(np.float64)
        tail, values = plain.get("tail", head[:0]), plain.get("tail_values", np.zeros(0))
        if len(values) and isinstance(values[0], str):
            values = _text.in_bulk(values)
        return cls(
            head,
            values,
            tail.astype(np.float64),
            np.array(plain["missing"]),
            np.array(plain["totals"]),
            plain["error"],
            plain["lost"],
        )


def _narrow(counts: NDArray[np.float64]) -> NDArray[Any]:
    """Whole numbers, as counts are, in the narrowest integers that hold them: they are pickled."""
    largest = float(counts.max(initial=0.0))
    if largest >= 2**53 or (counts != np.floor(counts)).any():
        return counts
    return counts.astype(np.min_scalar_type(int(largest)))


def remember(counts: Counts, slots: NDArray[np.integer], n_taken: int) -> History:
    """Part counts into those of the head and of the tail.

    Parameters
    ----------
    counts : Counts
        The counts of a column.
    slots : ndarray of integers of shape (n_values + 1,)
        The slot of each value, and last that of missing ones; -1 for none.
    n_taken : int
        How many slots have a value, whether it is among those counted or not.
    """
    head = np.zeros((n_taken, len(counts.class_totals)))
    of_values = slots[:-1]
    in_head = of_values >= 0
    head[of_values[in_head]] = counts.class_counts[in_head]
    if slots[-1] >= 0:
        head[slots[-1]] = counts.missing_counts
    tail = np.flatnonzero(~in_head)
    return History(
        head,
        counts.take(tail),
        counts.class_counts[tail],
        counts.missing_counts,
        counts.class_totals,
        # One that is not listed may come again, and then counts too low by all that it had.
        counts.error + counts.most_unlisted,
        counts.lost,
    )


def recall(history: History, values: NDArray[Any], kind: Kind | None, multi_hot: bool) -> Counts:
    """The counts of a column again, given the values of its head in slot order.

    Examples
    --------
    >>> from hybrid_encoder._input.columns import Column
    >>> from hybrid_encoder._fit.counts import count
    >>> counts = count(Column("number", np.array([3, 5, 3, 7])))
    >>> history = remember(counts, np.array([0, -1, -1, -1]), 1)
    >>> again = recall(history, np.array([3]), "number", False)
    >>> again.values, again.weights
    (array([3, 5, 7]), array([2., 1., 1.]))
    """
    present = np.array([value is not None for value in values.tolist()], dtype=bool)
    known = np.flatnonzero(present & (over_classes(history.head) > 0))
    return Counts(
        kind,
        end_to_end([values[known], history.tail_values], kind),
        np.concatenate([history.head[known], history.tail]),
        history.missing,
        history.totals,
        multi_hot,
        history.error,
        history.lost,
    )
