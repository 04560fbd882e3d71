"""The target's classes as numbers, for measures of importance that look at it."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.multiclass import type_of_target

from ._importance import Measure, needs_target, takes_target


@dataclass(frozen=True, slots=True)
class Classes:
    """The class of every row.

    Attributes
    ----------
    codes : ndarray of intp of shape (n_rows,)
        The number of each row's class.
    n_classes : int
        How many there are.
    """

    codes: NDArray[np.intp]
    n_classes: int

    def repeat(self, times: NDArray[np.integer]) -> "Classes":
        """The class of every element, where a row holds so many of them."""
        return Classes(np.repeat(self.codes, times), self.n_classes)


# More classes than this are hardly meant as such where nobody has said so, and a table of how often
# every value occurs with each of them would outgrow the data.
_MOST_BY_DEFAULT = 100


def read_classes(y: Any, importance: str | Measure, X: Any) -> Classes | None:
    """The classes that a measure is to look at; None if it looks at none.

    Parameters
    ----------
    y : array-like of shape (n_rows,), or None
        The target.
    importance : str or callable
        The measure. "auto" looks at the target if it is one of up to 100 classes, and a function of
        one's own if there is one.
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
    if not (isinstance(importance, str) and importance == "auto"):
        return _classes_of(y, importance)
    try:
        classes = _classes_of(y, importance)
    except (TypeError, ValueError):
        return None
    return classes if classes.n_classes <= _MOST_BY_DEFAULT else None


def _classes_of(y: Any, importance: str | Measure) -> Classes:
    y = column_or_1d(y)
    absent = pd.isna(y)
    if absent.any():
        raise ValueError(
            f"y is missing in row {int(np.argmax(absent))}, and importance={importance!r} ranks values "
            "by it. Leave out such rows."
        )
    if y.dtype == object:
        y = pd.Series(y).infer_objects().to_numpy()
    kind = type_of_target(y, input_name="y")
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"Unknown label type: importance={importance!r} ranks values by the classes of y, and y "
            f"holds {kind} values such as {y[:1].tolist()[0]!r}. Set importance='frequency', or pass "
            "classes, such as pandas.qcut(y, 10, labels=False)."
        )
    classes, codes = np.unique(y, return_inverse=True)
    return Classes(codes.astype(np.intp), len(classes))
