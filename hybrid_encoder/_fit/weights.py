"""The weights of rows: whether they are such as can be added up."""

import inspect
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.utils.validation import _check_sample_weight

from .counts import MOST_WEIGHT

_MINDS_ZEROS = "allow_all_zero_weights" in inspect.signature(_check_sample_weight).parameters


def check_weights(
    sample_weight: ArrayLike | None, X: Any, *, may_be_zero: bool = False
) -> NDArray[np.float64] | None:
    """Weights as an array, or None where there are none.

    Parameters
    ----------
    sample_weight : array-like of shape (n_rows,), or None
        What was given.
    X : table of n_rows
        What they must be as long as.
    may_be_zero : bool, default=False
        Whether all of them may be 0, as in a batch of a stream.

    Raises
    ------
    ValueError
        If one is missing, infinite or below 0, if there are too many or too few, if all of them are 0,
        or if they add up to more than counts may be.
    """
    if sample_weight is None:
        return None
    # Older releases of scikit-learn do not mind zeros anyway.
    more: dict[str, bool] = {"allow_all_zero_weights": True} if may_be_zero and _MINDS_ZEROS else {}
    weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True, **more)
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not total < MOST_WEIGHT:
        raise ValueError(
            f"sample_weight adds up to {total:g}, more than {MOST_WEIGHT:g}. Scale it down, "
            "to a mean of 1 for example."
        )
    return weights
