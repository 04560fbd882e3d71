"""Measures of importance: scores of values, from how often each occurs with each class.

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

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlog1py

from .counts import over_classes

# Scores of values, from how often each occurs with each class, and from how often the classes do:
# (n_values, n_classes) and (n_classes,) -> (n_values,). Without a target all rows are of one class.
Measure = Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]

# How much of its column's average `pooled_info` adds to a value (benchmarks/study_defaults.py).
POOLED = 2.0

# Rows at the base shares that are added to those of every value.
PRIOR = 10.0

# Cells of a table that are scored at a time, as several more tables of that size come of them.
_SOME_CELLS = 1 << 18


def _in_blocks(measure: Measure) -> Measure:
    """The same scores, value by value, with only so many cells at hand at a time."""

    @functools.wraps(measure)
    def blockwise(
        class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        n_values = max(1, _SOME_CELLS // len(class_totals))
        starts = range(0, max(1, len(class_counts)), n_values)
        return np.concatenate(
            [measure(class_counts[start : start + n_values], class_totals) for start in starts]
        )

    return blockwise


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
    rows = class_totals.sum()
    # In a column of lists a value may occur more than once a row.
    n = np.minimum(over_classes(class_counts), rows)
    shares = n / rows
    # Near 1 the logarithm is that of a difference from it.
    near = np.log1p((np.maximum(n, rows / 2) - rows) / rows)
    logs = np.where(n > rows / 2, near, np.log(np.maximum(shares, TINY)))
    return -shares * logs


@_in_blocks
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
    and more likely so where its column tells much; `mutual_info` does not see that, and is more easily
    led by chance. What a value would tell by chance, with C classes, (C - 1) / 2 (Wilks
    1938, https://doi.org/10.1214/aoms/1177732360), times (n / (n + 10))**2 for the drawing towards the
    base, is taken off the average, or columns of nothing but rare values would seem to tell the most.
    """
    own = mutual_info(class_counts, class_totals)
    n = over_classes(class_counts)
    by_chance = (np.count_nonzero(class_totals) - 1) / 2 * (n / (n + PRIOR)) ** 2
    # Exact sums, as ranks must not depend on the order of the values.
    average = max(0.0, math.fsum(own - by_chance)) / (math.fsum(n) or 1.0)
    return own + POOLED * n * average


@_in_blocks
def gini(class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a value takes off the Gini impurity: n sum_c (q_c - p_c)**2."""
    smoothed = _smooth(class_counts, class_totals)
    return smoothed.n * over_classes(smoothed.shift**2)


@_in_blocks
def fisher(class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """What a logistic model would lose without the value's weights, by the Fisher information.

    n/2 sum_c q_c (1 - q_c) (logit q_c - logit p_c)**2: the saliency of Fisher pruning, for weights
    that hold the log odds of the classes.
    """
    smoothed = _smooth(class_counts, class_totals)
    n, base, shift = smoothed.n[:, None], smoothed.base, smoothed.shift
    if len(base) < 2:
        return np.zeros(len(n))
    # Not as 1 - p, which is nothing where the others' weight is beyond a float's digits.
    others = (1 - np.eye(len(base))) @ base
    counts = class_counts[:, class_totals > 0]
    shares = (counts + PRIOR * base) / (n + PRIOR)
    other_shares = (n - counts + PRIOR * others) / (n + PRIOR)
    log_odds = _log_ratio(shares, base, shift) - _log_ratio(other_shares, others, -shift)
    return smoothed.n / 2 * over_classes(shares * other_shares * log_odds**2)


def _log_ratio(
    changed: NDArray[np.float64], base: NDArray[np.float64], shift: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The logarithm of `changed` over `base`, which lies below it by `shift`; near 0 by that alone."""
    relative = shift / base
    near = np.abs(relative) < 0.5
    return np.where(near, np.log1p(np.where(near, relative, 0.0)), np.log(changed / base))


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
    totals, rows = class_totals[occurs], class_totals.sum()
    n = over_classes(class_counts)[:, None]
    # A difference of products of whole numbers is exact: 0 for values at the base rate.
    shift = (class_counts[:, occurs] * rows - n * totals) / rows / (n + PRIOR)
    return _Smoothed(n[:, 0], totals / rows, shift)


def _divergence(shift: NDArray[np.float64]) -> NDArray[np.float64]:
    """(1 + t) log(1 + t) - t: a class's term of the divergence, never negative.

    Summed over the classes, weighted by their base shares, it equals the sum of q log(q / p), without
    the large terms of both signs in it. Near 0 its series t**2 / 2 - t**3 / 6 + t**4 / 12 - ... keeps
    the digits that the formula loses.
    """
    terms = xlog1py(1 + shift, shift) - shift
    near = np.abs(shift) < _NEAR
    terms[near] = shift[near] ** 2 * np.polynomial.polynomial.polyval(shift[near], _SERIES)
    return terms


_NEAR = 1e-2
TINY = np.finfo(float).tiny
_SERIES = [(-1) ** k / (k * (k - 1)) for k in range(2, 10)]
