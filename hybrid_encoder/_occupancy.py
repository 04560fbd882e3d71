"""Values that are given codes at random, like balls that are thrown into urns: how many meet.

The formulas as they are written subtract numbers that agree in most of their digits, or in all. The
functions here avoid such differences. They take sizes that have been checked, or follow from some.
"""

import numpy as np
from scipy.special import gammaln

from ._sizes import Floats


def expected(n: Floats, codes: Floats) -> Floats:
    """How many values find their code taken: n - C + C (1 - 1/C)**n."""
    # One code, or none, leaves the formulas nothing to divide by; both are answered at the end.
    many = np.maximum(codes, 2)
    direct = n + many * np.expm1(n * np.log1p(-1 / many))
    # Where n is small beside C the two terms agree in most digits.
    collisions = np.where(n < 0.01 * many, _binomial_series(np.minimum(n, many), many), direct)
    collisions = np.where(codes == 1, np.maximum(n - 1, 0), collisions)
    return np.where((codes == 0) | (n <= 1), 0.0, collisions)


def _binomial_series(n: Floats, codes: Floats) -> Floats:
    """n(n-1)/2C - n(n-1)(n-2)/6C**2 + ..., as far as it takes for n below a hundredth of C."""
    term = n * (n - 1) / (2 * codes)
    total = term
    for k in range(3, 9):
        term = term * (k - 1 - n) / (k * codes)
        total = total + term
    return total


def deviation(n: Floats, codes: Floats) -> Floats:
    """How far that number strays: its variance is that of the classical occupancy problem."""
    many = np.maximum(codes, 2)
    others = many - 1
    # Of (1 - 1/C)**n, which may be too small for a float where the deviation is not.
    fourth_root = np.exp(n / 4 * np.log1p(-1 / many))
    lost = -np.expm1((n - 1) * np.log1p(-1 / many))
    # With e(C) the expected collisions in C codes, and q = (1 - 1/C)**(n - 1), the variance is
    # C (1 - 1/C)**n (n (1 - q) - e(C - 1) + q e((C - 1)**2)) / (C - 1): where n is small beside C the
    # first term is twice the second, and the third is nothing, so no digits are lost.
    spread = n * lost - expected(n, others) + (1 - lost) * expected(n, others**2)
    is_random = (n > 1) & (codes > 1)
    root = np.sqrt(np.where(is_random, many / others * spread, 0.0))
    return np.asarray(fourth_root * root * fourth_root)


def probability(n: Floats, codes: Floats) -> Floats:
    """How likely it is that any two values meet: 1 - C! / ((C - n)! C**n)."""
    likely = -np.expm1(_log_all_different(n, codes))
    likely = np.where(n > codes, 1.0, likely)
    return np.where((codes == 0) | (n <= 1), 0.0, likely)


def _log_all_different(n: Floats, codes: Floats) -> Floats:
    """Logarithm of C! / ((C - n)! C**n), for n in [0, C]; anything elsewhere.

    Stirling's formula for the two factorials, what they share left out: with x = n / C and m = C - n
    the logarithm is -C ((1 - x) log(1 - x) + x) - log(1 - x) / 2 + s(C) - s(m), s its correction.
    """
    free = np.maximum(codes - n, 10)
    total = free + n
    share = np.minimum(n / total, 1 - 2.0**-53)  # which must not be rounded to 1: its logarithm is taken
    stirling = -total * _bend(share) - np.log1p(-share) / 2 + _correction_difference(total, free)
    # The correction does not converge below 10. There, and with few codes, the logarithm is hardly
    # smaller than its terms, and can be put together from them.
    rest = np.maximum(codes - n, 0)
    terms = gammaln(codes + 1) - gammaln(rest + 1) - n * np.log(np.maximum(codes, 1))
    return np.where((rest < 10) | (codes <= 20), terms, stirling)


def _bend(x: Floats) -> Floats:
    """(1 - x) log(1 - x) + x, which is x**2 / 2 + x**3 / 6 + x**4 / 12 + ..., for x in [0, 1)."""
    powers = np.arange(19, 1, -1)
    series = np.polyval(1 / (powers * (powers - 1)), np.minimum(x, 0.1)) * x**2
    return np.where(x < 0.1, series, (1 - x) * np.log1p(-x) + x)


def _correction_difference(a: Floats, b: Floats) -> Floats:
    """s(a) - s(b) of Stirling's s(z) = 1/12z - 1/360z**3 + 1/1260z**5 - ..., for a, b of 10 or more."""
    u, v = 1 / a, 1 / b
    difference = (b - a) * u * v
    # u**k - v**k = (u - v) (u**(k-1) + u**(k-2) v + ... + v**(k-1))
    cubes = u**2 + u * v + v**2
    fifths = u**4 + u * v * cubes + v**4
    sevenths = u**6 + u * v * fifths + v**6
    return difference * (1 / 12 - cubes / 360 + fifths / 1260 - sevenths / 1680)
