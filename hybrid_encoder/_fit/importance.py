"""Scores and standard errors of the values of a column, by a named measure or a callable."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._input.errors import ColumnError
from .._transform.settings import Measure
from .counts import over_classes
from .measures import TINY, entropy, fisher, frequency, gini, mutual_info, pooled_info

UNSUPERVISED: dict[str, Measure] = {"frequency": frequency, "entropy": entropy}
SUPERVISED: dict[str, Measure] = {
    "mutual_info": mutual_info,
    "pooled_info": pooled_info,
    "fisher": fisher,
    "gini": gini,
}
MEASURES: dict[str, Measure] = UNSUPERVISED | SUPERVISED


def resolve_importance(
    importance: str | Measure, labels: NDArray[Any] | None, *, streaming: bool = False
) -> str | Measure:
    """Replace "auto" by a measure: one that uses the target if it has classes, else frequency.

    Parameters
    ----------
    importance : str or callable
        The parameter of the encoder.
    labels : ndarray or None
        Labels of the classes of the target; None if there are none.
    streaming : bool, default=False
        Whether `partial_fit` will continue; then a second class may come later.

    Examples
    --------
    >>> labels = np.array(["no", "yes"])
    >>> [resolve_importance("auto", known) for known in (labels, labels[:1], None)]
    ['pooled_info', 'frequency', 'frequency']
    >>> resolve_importance("gini", labels)
    'gini'
    """
    if not isinstance(importance, str) or importance != "auto":
        return importance
    n_classes = 1 if labels is None else len(labels) + int(streaming)
    return "pooled_info" if n_classes > 1 else "frequency"


def needs_target(importance: str | Measure) -> bool:
    """Whether the measure requires `y`; user-supplied callables do not."""
    return isinstance(importance, str) and importance in SUPERVISED


def uses_target(importance: str | Measure) -> bool:
    """Whether the measure uses `y`, if there is one."""
    return not isinstance(importance, str) or importance not in UNSUPERVISED


def scores_of(
    measure: str | Measure, class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Scores by a named measure or a callable.

    Parameters
    ----------
    measure : str or callable
        A key of ``MEASURES``, or a callable.
    class_counts : ndarray of float64 of shape (n_values, n_classes)
        Weight of each value by class.
    class_totals : ndarray of float64 of shape (n_classes,)
        Weight of all rows by class.

    Raises
    ------
    ColumnError
        If a callable does not return a finite number for every value.

    Examples
    --------
    >>> scores_of("mutual_info", np.array([[90.0, 10.0], [0.0, 1.0]]), np.array([500.0, 500.0])).round(2)
    array([29.48,  0.  ])
    """
    if len(class_counts) == 0:
        return np.zeros(0)
    if isinstance(measure, str):
        return MEASURES[measure](class_counts, class_totals)
    found = measure(class_counts.copy(), class_totals.copy())
    wrong = _invalid(found, len(class_counts))
    if wrong is not None:
        raise ColumnError(
            f"importance must return one finite score per value: for class counts of shape "
            f"{class_counts.shape} the function {getattr(measure, '__name__', measure)!r} returned "
            f"{wrong}. It must return an array of numbers, one for each row of its first argument.",
            kind=ValueError,
        )
    return np.asarray(found, dtype=np.float64)


def errors_of(
    measure: str | Measure,
    scores: NDArray[np.float64],
    class_counts: NDArray[np.float64],
    class_totals: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Standard errors of scores.

    A count of n has the standard error sqrt(n). A score that is proportional to n has the same relative
    error. The information of a value, n I nats with C classes, has the additional variance
    (C - 1) / 2 + 2 n I, because 2 n I has a noncentral chi-squared distribution (Wilks 1938,
    https://doi.org/10.1214/aoms/1177732360). For a callable, this additional variance is unknown.

    Examples
    --------
    >>> class_counts, class_totals = np.array([[90.0, 10.0]]), np.array([500.0, 500.0])
    >>> errors_of("frequency", np.array([100.0]), class_counts, class_totals)
    array([10.])
    >>> score = scores_of("mutual_info", class_counts, class_totals)
    >>> score.round(1), errors_of("mutual_info", score, class_counts, class_totals).round(1)
    (array([29.5]), array([8.3]))
    """
    if len(scores) == 0:
        return np.zeros(0)
    n = np.maximum(over_classes(class_counts), TINY)
    if not isinstance(measure, str) or measure not in _NATS:
        return np.abs(scores) / np.sqrt(n)
    shares = class_totals / class_totals.sum()
    per_nat = _NATS[measure](shares)
    information = mutual_info(class_counts, class_totals) if measure == "pooled_info" else scores
    by_chance = per_nat * (np.count_nonzero(class_totals) - 1) / 2
    return np.sqrt(scores**2 / n + per_nat * (by_chance + 2 * information))


# Score per nat of information, if class shares are near the base shares.
_NATS: dict[str, Callable[[NDArray[np.float64]], float]] = {
    "mutual_info": lambda shares: 1.0,
    "pooled_info": lambda shares: 1.0,
    "fisher": lambda shares: 2.0,
    "gini": lambda shares: float(2 * (shares * (1 - shares)).sum()),
}


def _invalid(found: Any, n_values: int) -> str | None:
    """The reason why a result is not one finite score per value; None if it is."""
    if found is None:
        return "None"
    try:
        array = np.asarray(found)
    except ValueError:
        return "a ragged sequence"
    if array.shape != (n_values,):
        return f"an array of shape {array.shape}"
    if array.dtype.kind not in "biuf":
        return f"an array of {array.dtype}, with {array[:1].tolist()[0]!r}"
    with np.errstate(over="ignore"):
        array = array.astype(np.float64)
    infinite = array[~np.isfinite(array)]
    return str(infinite[0]) if len(infinite) else None
