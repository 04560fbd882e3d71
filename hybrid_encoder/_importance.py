"""Scores that rank the values of a column: the higher, the sooner a value gets a slot of its own.

Every measure takes one table, how often each value occurs with each class, and how often the classes
occur at all. Those that look at the target do so through class shares that are drawn towards the base
shares, so that a value seen twice does not win by luck.

References
----------
Zhang, C. et al. "Model Size Reduction Using Frequency Based Double Hashing for Recommender Systems",
RecSys 2020, section 2 (frequency) and section 6 (other measures, as future work).
https://doi.org/10.1145/3383313.3412227
Theis, L., Korshunova, I., Tejani, A., Huszar, F. "Faster gaze prediction with dense networks and
Fisher pruning", 2018 (fisher). https://doi.org/10.48550/arXiv.1801.05787
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Scores of values, from how often each occurs with each class, and from how often the classes do:
# (n_values, n_classes) and (n_classes,) -> (n_values,). Without a target all rows are of one class.
Measure = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

# How much of its column's average `pooled_info` adds to a value (benchmarks/study_defaults.py).
POOLED = 2.0

# Rows at the base shares that are added to those of every value.
PRIOR = 10.0

# Sums of floats depend on the order of summation in their last digits; ranks must not.
_DIGITS = 12
# Powers of ten up to this one are floats exactly.
_EXACT_POWER = 22


def significant(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Round to twelve significant digits; whole numbers below 2**53, which sum exactly, stay.

    Examples
    --------
    >>> significant(np.array([0.1 + 0.2, 123456789012345.0]))
    array([3.00000000e-01, 1.23456789e+14])
    >>> int(significant(np.array([123456789012345.0]))[0])
    123456789012345
    """
    inexact = (values != np.rint(values)) | (np.abs(values) >= 2.0**53)
    if not inexact.any():
        return values
    rounded = values.copy()
    rounded[inexact] = _rounded(values[inexact])
    return rounded


def _rounded(values: NDArray[np.float64]) -> NDArray[np.float64]:
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        exponents = np.floor(np.log10(np.abs(values)))
        shift = _DIGITS - 1 - exponents
        scale = 10.0 ** np.abs(shift)
        rounded = np.where(shift >= 0, np.rint(values * scale) / scale, np.rint(values / scale) * scale)
    # Where the power of ten is itself no float, and where there is no exponent, decimals decide.
    odd = np.flatnonzero(~(np.abs(shift) <= _EXACT_POWER))
    rounded[odd] = [float(f"{value:.{_DIGITS - 1}e}") for value in values[odd].tolist()]
    return rounded


def over_classes(class_counts: NDArray[np.float64]) -> NDArray[np.float64]:
    """The sum over the classes: several times as quick as NumPy's own for so short an axis.

    Examples
    --------
    >>> over_classes(np.array([[1.0, 2.0], [3.0, 0.0]]))
    array([3., 3.])
    """
    total = np.zeros(len(class_counts))
    for counts in class_counts.T:
        total += counts
    return total


def frequency(
    class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How often a value occurs: the paper's own measure."""
    return over_classes(class_counts)


def entropy(class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a value adds to the entropy of its column: -p log p, p its share of the rows.

    It differs from the frequency for values of more than 1/e of the rows only, which it ranks lower
    the more frequent they are.
    """
    shares = over_classes(class_counts) / class_totals.sum()
    # In a column of lists a value may occur more than once a row.
    shares = np.clip(shares, np.finfo(float).tiny, 1.0)
    return -shares * np.log(shares)


def mutual_info(
    class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What a value tells of the class: n sum_c q_c log(q_c / p_c), in nats."""
    smoothed = _smooth(class_counts, class_totals)
    return smoothed.n * over_classes(smoothed.base * _divergence(smoothed.shift / smoothed.base))


def pooled_info(
    class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """What a value tells of the class, and twice what its column's values tell on average.

    n (I_v + 2 I), where I_v is what a row with the value tells (`mutual_info` over n), and I what a row
    of the column tells on average. A value at the base rate may still tell much beside other columns,
    and more likely so where its column tells much; `mutual_info` does not see that, and it takes more of
    the chance in its counts for real. What the average would be by chance, (C - 1) / 2 for a value of
    each of C classes (Wilks 1938, https://doi.org/10.1214/aoms/1177732360), is taken off it, or columns
    of nothing but rare values would seem to tell the most.
    """
    own = mutual_info(class_counts, class_totals)
    n = over_classes(class_counts)
    by_chance = (np.count_nonzero(class_totals) - 1) / 2 * (n / (n + PRIOR)) ** 2
    # Exact sums, as ranks must not depend on the order of the values.
    average = max(0.0, math.fsum(own - by_chance)) / (math.fsum(n) or 1.0)
    return own + POOLED * n * average


def gini(class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a value takes off the Gini impurity: n sum_c (q_c - p_c)**2."""
    smoothed = _smooth(class_counts, class_totals)
    return smoothed.n * over_classes(smoothed.shift**2)


def fisher(class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a logistic model would lose without the value's weights, by the Fisher information.

    n/2 sum_c q_c (1 - q_c) (logit q_c - logit p_c)**2: the saliency of Fisher pruning, for weights
    that hold the log odds of the classes.
    """
    smoothed = _smooth(class_counts, class_totals)
    base, shift = smoothed.base, smoothed.shift
    if len(base) < 2:
        return np.zeros(len(shift))
    shares = base + shift
    # The difference of two logits, without subtracting one from the other.
    log_odds = np.log1p(shift / base) - np.log1p(-shift / (1 - base))
    return smoothed.n / 2 * over_classes(shares * (1 - shares) * log_odds**2)


def auto(class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """`pooled_info` where there are classes, and `frequency` where there are none."""
    measure = pooled_info if len(class_totals) > 1 else frequency
    return measure(class_counts, class_totals)


UNSUPERVISED: dict[str, Measure] = {"frequency": frequency, "entropy": entropy}
SUPERVISED: dict[str, Measure] = {
    "mutual_info": mutual_info,
    "pooled_info": pooled_info,
    "fisher": fisher,
    "gini": gini,
}
MEASURES: dict[str, Measure] = {"auto": auto, **UNSUPERVISED, **SUPERVISED}


def needs_target(importance: str | Measure) -> bool:
    """Whether a measure cannot do without a target. A function of one's own can."""
    return isinstance(importance, str) and importance in SUPERVISED


def takes_target(importance: str | Measure) -> bool:
    """Whether a measure looks at the target, if there is one."""
    return not isinstance(importance, str) or importance not in UNSUPERVISED


@dataclass(frozen=True, slots=True)
class _Smoothed:
    """Class shares drawn towards the base: these, and how far each value's lie from them.

    Attributes
    ----------
    n : ndarray of float64 of shape (n_values,)
        How often each value occurs.
    base : ndarray of float64 of shape (n_classes,)
        Shares of the classes in all rows, p_c; classes that never occur are left out.
    shift : ndarray of float64 of shape (n_values, n_classes)
        q_c - p_c, where q_c = (n_c + 10 p_c) / (n + 10).
    """

    n: NDArray[np.float64]
    base: NDArray[np.float64]
    shift: NDArray[np.float64]


def _smooth(class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]) -> _Smoothed:
    occurs = class_totals > 0
    base = class_totals[occurs] / class_totals.sum()
    n = over_classes(class_counts)
    # Not as a difference of two shares: of values near the base that would keep few digits.
    shift = (class_counts[:, occurs] - n[:, None] * base) / (n[:, None] + PRIOR)
    return _Smoothed(n, base, shift)


def _divergence(shift: NDArray[np.float64]) -> NDArray[np.float64]:
    """(1 + t) log(1 + t) - t: a class's term of the divergence, never negative.

    Summed over the classes, weighted by their base shares, it equals the sum of q log(q / p), without
    the large terms of both signs in it. Near 0 its series t**2 / 2 - t**3 / 6 + t**4 / 12 - ... keeps
    the digits that the formula loses.
    """
    direct = (1 + shift) * np.log1p(shift) - shift
    near = np.where(np.abs(shift) < _NEAR, shift, 0.0)
    return np.where(
        np.abs(shift) < _NEAR, near**2 * np.polynomial.polynomial.polyval(near, _SERIES), direct
    )


_NEAR = 1e-2
_SERIES = [(-1) ** k / (k * (k - 1)) for k in range(2, 10)]


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
    ValueError
        If a function gives anything but a finite number for every value.

    Examples
    --------
    >>> scores_of("mutual_info", np.array([[90.0, 10.0], [0.0, 1.0]]), np.array([500.0, 500.0])).round(2)
    array([29.48,  0.  ])
    """
    if isinstance(measure, str):
        return MEASURES[measure](class_counts, class_totals)
    found = measure(class_counts.copy(), class_totals.copy())
    fault = _fault(found, len(class_counts))
    if fault is not None:
        raise ValueError(
            f"importance must give one finite score per value: for class counts of shape "
            f"{class_counts.shape} the function {getattr(measure, '__name__', measure)!r} gave {fault}."
        )
    return np.asarray(found, dtype=np.float64)


def _fault(found: Any, n_values: int) -> str | None:
    """What keeps something from being a score per value; None if nothing does."""
    found = np.asarray(found)
    if found.shape != (n_values,):
        return f"an array of shape {found.shape}"
    if found.dtype.kind not in "biuf":
        return "what is no array of numbers"
    odd = found[~np.isfinite(found)]
    return str(odd[0]) if len(odd) else None
