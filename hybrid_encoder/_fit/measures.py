"""Measures of importance: the score of each value of a column, from its counts by class.

Every measure takes the counts of each value by class, and the total of each class. Measures that use
the target smooth class shares towards the base shares, so that a value seen twice does not get a high
score by chance.

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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import xlog1py

from .._transform.settings import Measure
from .counts import over_classes

# Factor of the average information of the column in the score of a value, in `pooled_info`
# (benchmarks/study_defaults.py).
POOLED = 2.0

# Number of rows that smoothing adds to the rows of a value, with the class shares of all rows.
PRIOR = 10.0

# Cells of a table scored at a time: scoring makes several arrays of that size.
_BLOCK_CELLS = 1 << 18


def _in_blocks(measure: Measure) -> Measure:
    """The same measure, applied to blocks of values, which bounds its memory."""

    @functools.wraps(measure)
    def blockwise(
        class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        n_values = max(1, _BLOCK_CELLS // len(class_totals))
        starts = range(0, max(1, len(class_counts)), n_values)
        return np.concatenate(
            [measure(class_counts[start : start + n_values], class_totals) for start in starts]
        )

    return blockwise


def frequency(
    class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """How often a value occurs: the measure of the paper."""
    return over_classes(class_counts)


def entropy(class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """The term of a value in the entropy of its column: -p log p, where p is its share of the rows.

    It ranks values like frequency, with one exception: among values with more than 1/e of the rows, a
    more frequent value ranks lower.
    """
    rows = class_totals.sum()
    # In a column of lists a value may occur more than once per row.
    n = np.minimum(over_classes(class_counts), rows)
    shares = n / rows
    # For shares near 1, log1p of the difference from 1 is more accurate.
    near = np.log1p((np.maximum(n, rows / 2) - rows) / rows)
    logs = np.where(n > rows / 2, near, np.log(np.maximum(shares, TINY)))
    return -shares * logs


@_in_blocks
def mutual_info(
    class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Information of a value about the class: n sum_c q_c log(q_c / p_c), in nats."""
    smoothed = _smooth(class_counts, class_totals)
    return smoothed.n * over_classes(smoothed.base * _divergence(smoothed.shift / smoothed.base))


def pooled_info(
    class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Information of a value about the class, plus twice the average information of its column.

    n (I_v + 2 I), where I_v is the information of a row with the value (`mutual_info` divided by n), and
    I is its average over the rows of the column. A value at the base rate may still be informative
    together with other columns, more often so in an informative column. `mutual_info` ignores this, and
    depends more on chance. The average is reduced by the information expected by chance: with C classes
    (C - 1) / 2 (Wilks 1938, https://doi.org/10.1214/aoms/1177732360), times (n / (n + 10))**2 because of
    the smoothing. Otherwise columns of rare values would seem most informative.
    """
    information = mutual_info(class_counts, class_totals)
    n = over_classes(class_counts)
    by_chance = (np.count_nonzero(class_totals) - 1) / 2 * (n / (n + PRIOR)) ** 2
    # Exact sums, as ranks must not depend on the order of the values.
    average = max(0.0, math.fsum(information - by_chance)) / (math.fsum(n) or 1.0)
    return information + POOLED * n * average


@_in_blocks
def gini(class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Decrease of the Gini impurity by a value: n sum_c (q_c - p_c)**2."""
    smoothed = _smooth(class_counts, class_totals)
    return smoothed.n * over_classes(smoothed.shift**2)


@_in_blocks
def fisher(class_counts: NDArray[np.float64], class_totals: NDArray[np.float64]) -> NDArray[np.float64]:
    """Increase of the loss of a logistic model if the weights of a value are removed.

    n/2 sum_c q_c (1 - q_c) (logit q_c - logit p_c)**2. Fisher pruning estimates the increase so, by the
    Fisher information; the weights are the log odds of the classes.
    """
    smoothed = _smooth(class_counts, class_totals)
    n, base, shift = smoothed.n[:, None], smoothed.base, smoothed.shift
    if len(base) < 2:
        return np.zeros(len(n))
    # The shares of all other classes. 1 - base would round to 0 if these are very rare.
    others = (1 - np.eye(len(base))) @ base
    counts = class_counts[:, class_totals > 0]
    shares = (counts + PRIOR * base) / (n + PRIOR)
    other_shares = (n - counts + PRIOR * others) / (n + PRIOR)
    log_odds = _log_ratio(shares, base, shift) - _log_ratio(other_shares, others, -shift)
    return smoothed.n / 2 * over_classes(shares * other_shares * log_odds**2)


def _log_ratio(
    changed: NDArray[np.float64], base: NDArray[np.float64], shift: NDArray[np.float64]
) -> NDArray[np.float64]:
    """log(changed / base), where shift = changed - base; for a small shift by log1p(shift / base)."""
    relative = shift / base
    near = np.abs(relative) < 0.5
    return np.where(near, np.log1p(np.where(near, relative, 0.0)), np.log(changed / base))


@dataclass(frozen=True, slots=True)
class _Smoothed:
    """Smoothed class shares of values, as differences from the base shares.

    Attributes
    ----------
    n : ndarray of float64 of shape (n_values,)
        Weight of each value.
    base : ndarray of float64 of shape (n_classes,)
        Share p_c of each class in all rows, without classes that never occur.
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
    # The difference of products of whole numbers is exact: 0 for values at the base rate.
    shift = (class_counts[:, occurs] * rows - n * totals) / rows / (n + PRIOR)
    return _Smoothed(n[:, 0], totals / rows, shift)


def _divergence(shift: NDArray[np.float64]) -> NDArray[np.float64]:
    """(1 + t) log(1 + t) - t: the term of one class in the divergence, never negative.

    Its sum over the classes, weighted by their base shares, equals the sum of q log(q / p). That sum has
    large terms of both signs, and would lose precision. Near 0 this formula loses precision too, so the
    series t**2 / 2 - t**3 / 6 + t**4 / 12 - ... is used.
    """
    terms = xlog1py(1 + shift, shift) - shift
    near = np.abs(shift) < _NEAR
    terms[near] = shift[near] ** 2 * np.polynomial.polynomial.polyval(shift[near], _SERIES)
    return terms


_NEAR = 1e-2
TINY = np.finfo(float).tiny
_SERIES = [(-1) ** k / (k * (k - 1)) for k in range(2, 10)]
