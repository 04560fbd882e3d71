"""The target's classes as numbers, for measures of importance that look at it."""

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.multiclass import type_of_target

from .counts import Classes
from .importance import Measure, needs_target, takes_target

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
    Classes(codes=array([0, 1, 0]), labels=array(['no', 'yes'], dtype=object))
    >>> read_classes([0.5, 1.5, 0.7], "auto", [[1], [2], [3]])
    """
    if y is None and needs_target(importance):
        raise ValueError(
            f"This HybridHashEncoder requires y to be passed, but the target y is None: "
            f"importance={importance!r} ranks values by it. Pass y, or set "
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
    if classes.dtype.kind == "U":  # whose width would depend on which labels are together
        classes = classes.astype(object)
    if isinstance(importance, str) and can_do_without and len(classes) > MOST_BY_DEFAULT:
        return None
    return Classes(codes.astype(np.intp), classes)


_REMEDIES = {
    "continuous": "Set importance='frequency', or pass classes, such as "
    "pandas.qcut(y, 10, labels=False)."
}
_OTHERWISE = "Give all labels one type, text or numbers, or set importance='frequency'."


def read_labels(labels: NDArray[Any], importance: str | Measure) -> Classes | None:
    """What `read_classes` would make of rows that have these labels, each of them many times.

    Examples
    --------
    >>> read_labels(np.array(["yes", "no"]), "auto").labels.tolist()
    ['no', 'yes']
    """
    # Several times each: scikit-learn warns of labels that come once.
    rows = np.tile(labels, 3)
    return read_classes(rows, importance, rows)


def _n_targets(y: Any) -> int:
    shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
    return 1 if len(shape) < 2 else int(shape[1])


def _labels(y: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The labels that are there, and which rows have none."""
    labels = column_or_1d(y)
    absent = pd.isna(labels)
    present = labels[~absent]
    return pd.Series(present).infer_objects().to_numpy() if present.dtype == object else present, absent


def read_more_classes(
    y: Any, importance: str | Measure, known: NDArray[Any] | None, X: Any
) -> tuple[Classes | None, NDArray[np.intp]]:
    """The classes of a further batch among those of all batches, and where those known now stand.

    Parameters
    ----------
    y : array-like of shape (n_rows,), or None
        The target of the batch.
    importance : str or callable
        The measure that ranks values.
    known : ndarray or None
        The labels so far; None if no target is looked at.
    X : table of n_rows
        What the target must be as long as.

    Raises
    ------
    ValueError
        If there is no target of classes, or if its labels are text and were numbers or the reverse.
    """
    if known is None:
        return None, np.empty(0, dtype=np.intp)
    classes = read_classes(y, importance, X)
    if classes is None:
        what = "the target y is None" if y is None else "y is not of classes now"
        raise ValueError(
            f"The classes of y ranked the values of earlier calls, and {what}. Pass such a y in every "
            "call, or fit again, with importance='frequency'."
        )
    return _join(known, classes)


def warn_of_classes(n_classes: int) -> None:
    """Tell that a target is looked at no longer."""
    warnings.warn(
        f"y has had {n_classes} classes by now, and importance='auto' looks at up to {MOST_BY_DEFAULT}: "
        "from now on values rank by frequency. Set importance='frequency', or 'pooled_info' if all of "
        "these are classes, and fit again.",
        UserWarning,
        stacklevel=5,
    )


def join_labels(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """All labels of several parts of a target, in ascending order.

    Raises
    ------
    ValueError
        If some are text and others numbers.

    Examples
    --------
    >>> join_labels([np.array([0, 2]), np.array([1, 2])])
    array([0, 1, 2])
    """
    together = np.concatenate([part.astype(object) for part in parts])
    try:
        labels = np.unique(together)
    except TypeError:
        first = together[0]
        odd = next((label for label in together if type(label) is not type(first)), first)
        raise ValueError(
            f"y holds labels such as {odd!r}, and in other rows it held {first!r}: they cannot be put "
            "in one order. Give all labels one type."
        ) from None
    return pd.Series(labels).infer_objects().to_numpy()


def _join(known: NDArray[Any], classes: Classes) -> tuple[Classes, NDArray[np.intp]]:
    """A batch's classes among those of all batches, and where the classes known before it now stand.

    Examples
    --------
    >>> _join(np.array([0, 2]), Classes(np.array([1, 0, 1]), np.array([1, 2])))
    (Classes(codes=array([2, 1, 2]), labels=array([0, 1, 2])), array([0, 2]))
    """
    labels = join_labels([known, classes.labels])
    own = np.searchsorted(labels, classes.labels)
    return Classes(own[classes.codes], labels), np.searchsorted(labels, known)
