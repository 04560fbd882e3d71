"""`History`: the counts of one column that are kept for `partial_fit`.

`fit` keeps only the counts of the head. `partial_fit` also keeps those of the tail, up to `max_tracked`
values. The values of the head are stored in the vocabulary only.
"""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from .._input import text as _text
from .._input.columns import concatenate
from .._input.numbers import Numbers
from .._input.text import Text
from .._transform.fitted_column import FittedColumn
from .counts import Counts, over_classes


@dataclass(frozen=True, slots=True)
class History:
    """The counts of one column; the counts of its head are in slot order.

    Attributes
    ----------
    head : ndarray of float64 of shape (n_taken, n_classes)
        Weight of the value in each slot by class; 0 if its count was dropped.
    tail_values : Text or Numbers of shape (n_tail,)
        Values without a slot.
    tail : ndarray of float64 of shape (n_tail, n_classes)
        Their weights by class.
    missing : ndarray of float64 of shape (n_classes,)
        Weight of missing values by class.
    totals : ndarray of float64 of shape (n_classes,)
        Weight of all rows by class.
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
        """The weight of all values without a slot, without missing values."""
        return float(self.tail.sum()) + self.lost

    def plain(self) -> dict[str, Any]:
        """The history as NumPy arrays, lists and numbers, for files."""
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
        """The history that `plain` returned."""
        head = plain["head"].astype(np.float64)
        tail, values = plain.get("tail", head[:0]), plain.get("tail_values", np.zeros(0))
        if len(values) and isinstance(values[0], str):
            values = _text.to_arrow(values)
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
    """Convert whole numbers to the narrowest integer type that holds them, for smaller files."""
    largest = float(counts.max(initial=0.0))
    if largest >= 2**53 or (counts != np.floor(counts)).any():
        return counts
    return counts.astype(np.min_scalar_type(int(largest)))


def history_of(counts: Counts, slots: NDArray[np.integer], n_taken: int) -> History:
    """Split counts into those of the head and those of the tail.

    Parameters
    ----------
    counts : Counts
        The counts of a column.
    slots : ndarray of integers of shape (n_values + 1,)
        The slot of each value, and last that of a missing value; -1 for none.
    n_taken : int
        Number of slots that have a value, counted or not.
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
        # If an unlisted value occurs again, its count is too low by its weight so far.
        counts.error + counts.most_unlisted,
        counts.lost,
    )


def counts_from_history(
    history: History, column: FittedColumn, class_labels: NDArray[Any] | None
) -> Counts:
    """The counts of a fitted column, from its history.

    Parameters
    ----------
    history : History
        The counts by slot.
    column : FittedColumn
        The fitted column, whose vocabulary holds the values of the head.
    class_labels : ndarray or None
        Labels of the classes.

    Examples
    --------
    >>> from hybrid_encoder import HybridHashEncoder
    >>> encoder = HybridHashEncoder(top_k=1, n_buckets=2).partial_fit([[3], [5], [3], [7]])
    >>> fitted = encoder._fitted
    >>> counts = counts_from_history(fitted.histories[0], fitted.columns[0], None)
    >>> counts.values, counts.weights
    (array([3, 5, 7]), array([2., 1., 1.]))
    """
    values = column.vocabulary.values
    present = np.array([value is not None for value in values.tolist()], dtype=bool)
    known = np.flatnonzero(present & (over_classes(history.head) > 0))
    return Counts(
        column.kind,
        concatenate([values[known], history.tail_values], column.kind),
        np.concatenate([history.head[known], history.tail]),
        history.missing,
        history.totals,
        column.multi_hot,
        class_labels,
        history.error,
        history.lost,
    )
