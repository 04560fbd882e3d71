"""The target's classes as numbers, for measures of importance that look at it."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.multiclass import type_of_target

from ._counts import Classes
from ._importance import Measure, needs_target, takes_target

# More classes than these are taken only where a measure that needs them is asked for: few targets of
# so many are meant as classes, and a table of every value by every class would outgrow the data.
MOST_BY_DEFAULT = 20


def read_classes(y: Any, importance: str | Measure, X: Any) -> Classes | None:
    """The classes that a measure is to look at; None if it looks at none.

    Parameters
    ----------
    y : array-like of shape (n_rows,), or None
        The target.
    importance : str or callable
        The measure. "auto" looks at the target if it is one of up to 20 classes, and a function of
        one's own if it is one of classes.
    X : table of n_rows
        What the target must be as long as.

    Raises
    ------
    ValueError
        If the measure needs a target and there is none, or if the target is not of classes.

    Examples
    --------
    >>> read_classes(["no", "yes", "no"], "gini", [[1], [2], [3]])
    Classes(codes=array([0, 1, 0]), n_classes=2)
    >>> read_classes([0.5, 1.5, 0.7], "auto", [[1], [2], [3]])
    """
    if y is None and needs_target(importance):
        raise ValueError(
            f"This HybridHashEncoder requires y to be passed, but the target y is None: "
            f"importance={importance!r} ranks values by it. Call fit(X, y), or set "
            "importance='frequency'."
        )
    if y is None or not takes_target(importance):
        return None
    check_consistent_length(X, y)
    can_do_without = not needs_target(importance)
    if can_do_without and _n_targets(y) > 1:
        return None
    labels, absent = _labels(y)
    with np.errstate(invalid="ignore"):  # large floats are cast to integers, to see whether they are
        kind = type_of_target(labels, input_name="y")
    if can_do_without and kind == "continuous":
        return None
    name = importance if isinstance(importance, str) else getattr(importance, "__name__", "function")
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"Unknown label type: importance={name!r} ranks values by the classes of y, and y holds "
            f"{kind} values such as {labels[:1].tolist()[0]!r}. {_REMEDIES.get(kind, _OTHERWISE)}"
        )
    if absent.any():
        raise ValueError(
            f"y is missing in row {int(np.argmax(absent))}, and importance={name!r} ranks values by "
            "it. Leave out such rows, or set importance='frequency'."
        )
    classes, codes = np.unique(labels, return_inverse=True)
    if isinstance(importance, str) and can_do_without and len(classes) > MOST_BY_DEFAULT:
        return None
    return Classes(codes.astype(np.intp), len(classes))


_REMEDIES = {
    "continuous": "Set importance='frequency', or pass classes, such as "
    "pandas.qcut(y, 10, labels=False)."
}
_OTHERWISE = "Give all labels one type, text or numbers, or set importance='frequency'."


def _n_targets(y: Any) -> int:
    shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
    return 1 if len(shape) < 2 else int(shape[1])


def _labels(y: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The labels that are there, and which rows have none."""
    labels = column_or_1d(y)
    absent = pd.isna(labels)
    present = labels[~absent]
    return pd.Series(present).infer_objects().to_numpy() if present.dtype == object else present, absent
