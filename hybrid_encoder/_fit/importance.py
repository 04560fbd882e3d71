"""Scores that rank the values of a column: the higher, the sooner a value gets a slot of its own.

By one of our own measures, or by a function of the user's, whose answers are looked at.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .counts import over_classes
from .measures import TINY, Measure, entropy, fisher, frequency, gini, mutual_info, pooled_info

UNSUPERVISED: dict[str, Measure] = {"frequency": frequency, "entropy": entropy}
SUPERVISED: dict[str, Measure] = {
    "mutual_info": mutual_info,
    "pooled_info": pooled_info,
    "fisher": fisher,
    "gini": gini,
}
MEASURES: dict[str, Measure] = UNSUPERVISED | SUPERVISED


def chosen(importance: str | Measure, n_classes: int) -> str | Measure:
    """The measure that "auto" stands for: of the target where there is one, of frequency elsewhere.

    Examples
    --------
    >>> chosen("auto", 2), chosen("auto", 1), chosen("gini", 2)
    ('pooled_info', 'frequency', 'gini')
    """
    if isinstance(importance, str) and importance == "auto":
        return "pooled_info" if n_classes > 1 else "frequency"
    return importance


def needs_target(importance: str | Measure) -> bool:
    """Whether a measure cannot do without a target. A function of one's own can."""
    return isinstance(importance, str) and importance in SUPERVISED


def takes_target(importance: str | Measure) -> bool:
    """Whether a measure looks at the target, if there is one."""
    return not isinstance(importance, str) or importance not in UNSUPERVISED


def scores_of(
    measure: str | Measure, class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Scores by a measure's name, or by a function of one's own.

    Parameters
    ----------
    measure : str or callable
        A key of ``MEASURES``, or a function.
    class_counts : ndarray of float64 of shape (n_values, n_classes)
        How often each value occurs with each class.
    class_totals : ndarray of float64 of shape (n_classes,)
        How often each class occurs in all rows.

    Raises
    ------
    BadScores
        If a function gives anything but a finite number for every value.

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
    wrong = _what_is_wrong(found, len(class_counts))
    if wrong is not None:
        raise BadScores(
            f"importance must give one finite score per value: for class counts of shape "
            f"{class_counts.shape} the function {getattr(measure, '__name__', measure)!r} gave {wrong}. "
            "Let it return an array of numbers, one for each row of its first argument."
        )
    return np.asarray(found, dtype=np.float64)


def errors_of(
    measure: str | Measure,
    scores: NDArray[np.float64],
    class_counts: NDArray[np.float64],
    class_totals: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Standard errors of scores: how far they would be off in other rows of the same kind.

    A count of n has a standard error of the square root of n, and what is proportional to it the same
    share of itself. What a value tells by its class shares, n I nats with C classes, varies beside that
    by (C - 1) / 2 + 2 n I, as twice of it has a noncentral chi-squared distribution (Wilks 1938,
    https://doi.org/10.1214/aoms/1177732360). For a function of one's own the first part must do.

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
    told = mutual_info(class_counts, class_totals) if measure == "pooled_info" else scores
    by_chance = per_nat * (np.count_nonzero(class_totals) - 1) / 2
    return np.sqrt(scores**2 / n + per_nat * (by_chance + 2 * told))


# How much of each measure a nat of information is, near the base shares.
_NATS: dict[str, Callable[[NDArray[np.float64]], float]] = {
    "mutual_info": lambda shares: 1.0,
    "pooled_info": lambda shares: 1.0,
    "fisher": lambda shares: 2.0,
    "gini": lambda shares: float(2 * (shares * (1 - shares)).sum()),
}


class BadScores(ValueError):
    """What a function of one's own gave is no score per value."""


@contextmanager
def named(label: object) -> Iterator[None]:
    """Say of which column the scores are bad, if they are."""
    try:
        yield
    except BadScores as bad:
        raise ValueError(f"Column {label!r}: {bad}") from None


def _what_is_wrong(found: Any, n_values: int) -> str | None:
    """What keeps something from being a finite score per value; None if nothing does."""
    if found is None:
        return "None"
    try:
        array = np.asarray(found)
    except ValueError:
        return "values that are no array"
    if array.shape != (n_values,):
        return f"an array of shape {array.shape}"
    if array.dtype.kind not in "biuf":
        return f"values such as {array[:1].tolist()[0]!r}"
    with np.errstate(over="ignore"):
        array = array.astype(np.float64)
    infinite = array[~np.isfinite(array)]
    return str(infinite[0]) if len(infinite) else None
