"""The target and the sample weights, validated."""

import inspect
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from sklearn.utils import check_consistent_length, column_or_1d
from sklearn.utils.multiclass import type_of_target
from sklearn.utils.validation import _check_sample_weight

from .._transform.settings import Measure
from .counts import MOST_WEIGHT, Classes
from .importance import needs_target, uses_target

# Maximum number of classes for "auto". More labels are rarely classes, and a table of counts by value
# and class would be larger than the data.
MOST_BY_DEFAULT = 20

_ACCEPTS_ZEROS = "allow_all_zero_weights" in inspect.signature(_check_sample_weight).parameters


def check_weights(
    sample_weight: ArrayLike | None, X: Any, *, may_be_zero: bool = False
) -> NDArray[np.float64] | None:
    """Sample weights as an array, or None if there are none.

    Parameters
    ----------
    sample_weight : array-like of shape (n_rows,), or None
        The weights.
    X : table of n_rows
        The rows.
    may_be_zero : bool, default=False
        Whether all weights may be 0, as in a batch of `partial_fit`.

    Raises
    ------
    ValueError
        If a weight is missing, infinite or negative, if the number of weights is not that of the rows,
        if all weights are 0, or if their sum is too large.
    """
    if sample_weight is None:
        return None
    # Older releases of scikit-learn accept zeros without this argument.
    more: dict[str, bool] = {"allow_all_zero_weights": True} if may_be_zero and _ACCEPTS_ZEROS else {}
    weights = _check_sample_weight(sample_weight, X, dtype=np.float64, ensure_non_negative=True, **more)
    with np.errstate(over="ignore"):
        total = weights.sum()
    if not total < MOST_WEIGHT:
        raise ValueError(
            f"sample_weight adds up to {total:g}, more than {MOST_WEIGHT:g}. Scale it down, for example "
            "to a mean of 1."
        )
    return weights


def read_classes(y: Any, importance: str | Measure, X: Any) -> Classes | None:
    """The class of each row, for a measure of importance; None if it does not use the target.

    Parameters
    ----------
    y : array-like of shape (n_rows,), or None
        The target.
    importance : str or callable
        The measure. "auto" uses a target of up to 20 classes, a callable any target of classes.
    X : table of n_rows
        The rows.

    Raises
    ------
    ValueError
        If the measure needs a target and there is none, or if the target has no classes.

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
    if y is None or not uses_target(importance):
        return None
    check_consistent_length(X, y)
    is_optional = not needs_target(importance)
    if is_optional and _n_targets(y) > 1:
        return None
    labels, absent = _labels(y)
    with np.errstate(invalid="ignore"):  # scikit-learn casts large floats to integers
        kind = type_of_target(labels, input_name="y")
    if is_optional and kind == "continuous":
        return None
    name = importance if isinstance(importance, str) else getattr(importance, "__name__", "function")
    if kind not in ("binary", "multiclass"):
        raise ValueError(
            f"Unknown label type: importance={name!r} ranks values by the classes of y, and y holds "
            f"{kind} values: {labels[:1].tolist()[0]!r}. {_REMEDIES.get(kind, _OTHER_REMEDY)}"
        )
    if absent.any():
        raise ValueError(
            f"y is missing in row {int(np.argmax(absent))}, and importance={name!r} ranks values by "
            "it. Remove these rows, or set importance='frequency'."
        )
    classes, codes = np.unique(labels, return_inverse=True)
    if classes.dtype.kind == "U":  # the dtype must not depend on the longest label
        classes = classes.astype(object)
    if isinstance(importance, str) and is_optional and len(classes) > MOST_BY_DEFAULT:
        return None
    return Classes(codes.astype(np.intp), classes)


_REMEDIES = {
    "continuous": "Set importance='frequency', or pass classes: pandas.qcut(y, 10, labels=False)."
}
_OTHER_REMEDY = "Give all labels one type, text or numbers, or set importance='frequency'."


def read_labels(labels: NDArray[Any], importance: str | Measure) -> NDArray[Any] | None:
    """The labels that `read_classes` would return for a target with these labels.

    Examples
    --------
    >>> read_labels(np.array(["yes", "no"]), "auto").tolist()
    ['no', 'yes']
    """
    # Each label several times: scikit-learn warns if every label occurs once.
    rows = np.tile(labels, 3)
    classes = read_classes(rows, importance, rows)
    return None if classes is None else classes.labels


def _n_targets(y: Any) -> int:
    shape = y.shape if hasattr(y, "shape") else np.asarray(y).shape
    return 1 if len(shape) < 2 else int(shape[1])


def _labels(y: Any) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """The labels of the rows that have one, and a mask of the rows that have none."""
    labels = column_or_1d(y)
    absent = pd.isna(labels)
    present = labels[~absent]
    return pd.Series(present).infer_objects().to_numpy() if present.dtype == object else present, absent


def read_batch_classes(
    y: Any, importance: str | Measure, known: NDArray[Any] | None, most: int | None, X: Any
) -> Classes | None:
    """The class of each row of a later batch; None if the target is not used, or no longer used.

    Parameters
    ----------
    y : array-like of shape (n_rows,), or None
        The target of the batch.
    importance : str or callable
        The measure that ranks values.
    known : ndarray or None
        Labels of the classes of earlier batches; None if the target is not used.
    most : int or None
        With more classes the target is no longer used, with a warning.
    X : table of n_rows
        The rows of the batch.

    Raises
    ------
    ValueError
        If the target has no classes, or if its labels are text and earlier labels were numbers, or the
        reverse.
    """
    if known is None:
        return None
    classes = read_classes(y, importance, X)
    if classes is None:
        what = "the target y is None" if y is None else "y has no classes now"
        raise ValueError(
            f"The classes of y ranked the values of earlier calls, and {what}. Pass y with classes in "
            "every call, or fit again, with importance='frequency'."
        )
    n_classes = len(join_labels([known, classes.labels]))
    if most is None or n_classes <= most:
        return classes
    warnings.warn(
        f"y has had {n_classes} classes so far, and importance='auto' uses up to {most}: "
        "from now on values rank by frequency. Set importance='frequency', or 'pooled_info' if all of "
        "these are classes, and fit again.",
        UserWarning,
        stacklevel=5,
    )
    return None


def join_labels(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """The distinct labels of several parts of a target, ascending.

    Raises
    ------
    ValueError
        If some labels are text and others numbers.

    Examples
    --------
    >>> join_labels([np.array([0, 2]), np.array([1, 2])])
    array([0, 1, 2])
    """
    # Labels of different types can be compared only as objects.
    one_type = len({part.dtype for part in parts}) == 1
    together = np.concatenate(parts if one_type else [part.astype(object) for part in parts])
    try:
        labels = np.unique(together)
    except TypeError:
        first = together[0]
        odd = next((label for label in together if type(label) is not type(first)), first)
        raise ValueError(
            f"y holds the label {odd!r}, and in other rows {first!r}: they cannot be sorted together. "
            "Give all labels one type."
        ) from None
    return pd.Series(labels).infer_objects().to_numpy()


def most_classes(importance: str | Measure) -> int | None:
    """Largest number of classes that a measure uses; None if there is no limit."""
    return MOST_BY_DEFAULT if isinstance(importance, str) and importance == "auto" else None
