"""`Coverage`: the share of the values of a column that have a slot."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .counts import Counts


@dataclass(frozen=True, slots=True)
class Coverage:
    """How the weight of the values of one column is distributed.

    Attributes
    ----------
    distinct : int
        Number of distinct values, without the missing value.
    head_share, tail_share, missing_share : float
        Shares of the values that have a slot, that have none, and that are missing.
    tail_values : int
        Number of distinct values in the tail; the missing value is one of them if it has no slot and is
        not ignored.
    count_error : float, default=0
        Upper bound on how much too low the weight of a value is.
    """

    distinct: int
    head_share: float
    tail_share: float
    missing_share: float
    tail_values: int
    count_error: float = 0.0


def coverage_of(
    counts: Counts, in_head: NDArray[np.bool_], missing_in_tail: bool, count_error: float = 0.0
) -> Coverage:
    """The coverage of counted values.

    Parameters
    ----------
    counts : Counts
        The counts of a column.
    in_head : ndarray of bool of shape (n_values,)
        Which of the values have a slot.
    missing_in_tail : bool
        Whether a missing value is in the tail.
    count_error : float, default=0
        As in `Coverage`.
    """
    head = float(counts.weights[in_head].sum())
    tail = float(counts.weights[~in_head].sum()) + counts.lost
    total = (head + tail + counts.missing) or 1.0
    tail_values = int((~in_head).sum()) + counts.unlisted
    tail_values += int(missing_in_tail and counts.missing > 0)
    return Coverage(
        counts.n_distinct, head / total, tail / total, counts.missing / total, tail_values, count_error
    )
