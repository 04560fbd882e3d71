"""How many values a hashed code makes indistinguishable: the paper's section 3, computed stably.

The formulas as they are written subtract numbers that agree in most of their digits, or in all. The
functions here avoid such differences: their results are right to about twelve digits, for up to 1e80
values or codes, or 1e40 buckets, whose square the paper counts as codes. Larger sizes are refused.

References
----------
Zhang, C. et al. "Model Size Reduction Using Frequency Based Double Hashing for Recommender Systems",
RecSys 2020, section 3. https://doi.org/10.1145/3383313.3412227
"""

import reprlib
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln

Scheme = Literal["regular", "double", "frequency", "hybrid"]
Floats: TypeAlias = NDArray[np.float64]

# More than the 2**256 codes of SHA-256, and little enough that neither the square of a size overflows
# nor a rate per code vanishes. Two hashes square the buckets.
_MOST_CODES, _MOST_BUCKETS = 1e80, 1e40


def code_space(n_buckets: ArrayLike, n_hashes: int = 2) -> Floats:
    """Number of codes that the buckets of one column offer.

    Two hashes give two different buckets, and a sum of their weights does not know their order:
    that makes B (B - 1) / 2 codes, half of the B squared that the paper counts.

    Parameters
    ----------
    n_buckets : array-like of int
        Number of buckets B, up to 1e40.
    n_hashes : {1, 2}, default=2
        Buckets per value.

    Returns
    -------
    codes : ndarray of float64
        Of the shape of `n_buckets`.

    Raises
    ------
    ValueError
        If `n_hashes` is neither 1 nor 2, or if a number of buckets is negative, too large or not whole.

    Examples
    --------
    >>> code_space([1, 2, 1000])
    array([1.000e+00, 1.000e+00, 4.995e+05])
    >>> code_space(1000, n_hashes=1)
    array(1000.)
    """
    if n_hashes not in (1, 2):
        raise ValueError(f"n_hashes must be 1 or 2; it is {n_hashes!r}.")
    buckets = _whole("n_buckets", n_buckets, most=_MOST_BUCKETS)
    # A single bucket is one code, not none.
    return np.where((buckets < 2) | (n_hashes == 1), buckets, buckets * (buckets - 1) / 2)


def expected_collisions(n_values: ArrayLike, n_codes: ArrayLike) -> Floats:
    """How many of the values are expected to find their code taken: n - C + C (1 - 1/C)**n.

    Parameters
    ----------
    n_values : array-like of int
        Number of values n, each of which is given one of the codes at random; up to 1e80.
    n_codes : array-like of int
        Number of codes C, up to 1e80. Without codes nothing can collide, and the answer is 0.

    Returns
    -------
    collisions : ndarray of float64
        Right to about twelve digits.

    Raises
    ------
    ValueError
        If a number is negative, above 1e80 or not whole.

    See Also
    --------
    collision_deviation : How far the number strays from it.
    collision_probability : How likely it is not 0.

    Examples
    --------
    >>> expected_collisions(2, 4)
    array(0.25)
    >>> float(expected_collisions(1e6, 1e18).round(9))
    5e-07
    """
    return _expected(*_sizes(n_values, n_codes))


def _expected(n: Floats, codes: Floats) -> Floats:
    """Expected collisions, for sizes that have been checked or follow from some that have."""
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


def collision_deviation(n_values: ArrayLike, n_codes: ArrayLike) -> Floats:
    """Standard deviation of the number of collisions, which is that of the number of codes taken.

    Its square is C (C - 1) (1 - 2/C)**n + C (1 - 1/C)**n - C**2 (1 - 1/C)**2n, the variance of the
    classical occupancy problem.

    Parameters
    ----------
    n_values : array-like of int
        Number of values n, each of which is given one of the codes at random; up to 1e80.
    n_codes : array-like of int
        Number of codes C, up to 1e80.

    Returns
    -------
    deviation : ndarray of float64
        Right to about twelve digits; 0 where nothing is random: up to one value, or up to one code.

    Raises
    ------
    ValueError
        If a number is negative, above 1e80 or not whole.

    References
    ----------
    Johnson, N. L. and Kotz, S. "Urn Models and Their Application", Wiley 1977.

    Examples
    --------
    Of a thousand people, some 659 have the birthday of another who came before, give or take 4:

    >>> float(expected_collisions(1000, 365).round(1)), float(collision_deviation(1000, 365).round(1))
    (658.5, 4.2)
    """
    n, codes = _sizes(n_values, n_codes)
    many = np.maximum(codes, 2)
    others = many - 1
    # Of (1 - 1/C)**n, which may be too small for a float where the deviation is not.
    fourth_root = np.exp(n / 4 * np.log1p(-1 / many))
    lost = -np.expm1((n - 1) * np.log1p(-1 / many))
    # With e(C) the expected collisions in C codes, and q = (1 - 1/C)**(n - 1), the variance is
    # C (1 - 1/C)**n (n (1 - q) - e(C - 1) + q e((C - 1)**2)) / (C - 1): where n is small beside C the
    # first term is twice the second, and the third is nothing, so no digits are lost.
    spread = n * lost - _expected(n, others) + (1 - lost) * _expected(n, others**2)
    is_random = (n > 1) & (codes > 1)
    root = np.sqrt(np.where(is_random, many / others * spread, 0.0))
    return np.asarray(fourth_root * root * fourth_root)


def collision_probability(n_values: ArrayLike, n_codes: ArrayLike) -> Floats:
    """How likely it is that any two values meet in a code: 1 - C! / ((C - n)! C**n).

    Parameters
    ----------
    n_values : array-like of int
        Number of values n, each of which is given one of the codes at random; up to 1e80.
    n_codes : array-like of int
        Number of codes C, up to 1e80. Without codes nothing can collide, and the answer is 0.

    Returns
    -------
    probability : ndarray of float64
        Right to about twelve digits, however small; 1 where there are more values than codes.

    Raises
    ------
    ValueError
        If a number is negative, above 1e80 or not whole.

    Examples
    --------
    The birthday paradox:

    >>> collision_probability([22, 23, 366], 365).round(3)
    array([0.476, 0.507, 1.   ])

    A million values in 64-bit hashes:

    >>> f"{collision_probability(1e6, 2**64):.9e}"
    '2.710502684e-08'
    """
    n, codes = _sizes(n_values, n_codes)
    probability = -np.expm1(_log_all_different(n, codes))
    probability = np.where(n > codes, 1.0, probability)
    return np.where((codes == 0) | (n <= 1), 0.0, probability)


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


def collision_rate(
    n_values: ArrayLike, n_buckets: ArrayLike, *, scheme: Scheme = "regular", top_k: ArrayLike = 0
) -> Floats:
    """The paper's collision rate of a hashing scheme: n/C - 1 + (1 - 1/C)**n, with C codes for n values.

    That is the expected number of collisions over the number of codes, which may exceed 1. Two values
    collide where all their buckets agree (in "double" and "hybrid" a "full" collision), and B buckets
    and two hashes count as C = B**2 codes; `code_space` says why the encoder has half as many.

    ===========  ===================  ======
    scheme       n                    C
    ===========  ===================  ======
    regular      all values           B
    double       all values           B**2
    frequency    none: the rate is 0  any
    hybrid       all but the top k    B**2
    ===========  ===================  ======

    Parameters
    ----------
    n_values : array-like of int
        Number of distinct values, ``|T|`` in the paper; up to 1e80.
    n_buckets : array-like of int
        Number of buckets B, up to 1e40.
    scheme : {"regular", "double", "frequency", "hybrid"}, default="regular"
        The paper's name of the system.
    top_k : array-like of int, default=0
        Values with a slot of their own, k in the paper; at most `n_values`. Only "hybrid" uses it.

    Returns
    -------
    rate : ndarray of float64
        Right to about twelve digits; 0 without buckets.

    Raises
    ------
    ValueError
        If the scheme is unknown, if `top_k` exceeds `n_values` (whatever the scheme), or if a number is
        negative, too large or not whole.

    See Also
    --------
    half_collision_rate : Where only one of two buckets has to agree.

    References
    ----------
    Zhang, C. et al., section 3. https://doi.org/10.1145/3383313.3412227

    Examples
    --------
    The paper's setting, four million values and 2**22 buckets:

    >>> float(collision_rate(4e6, 2**22).round(2))
    0.34
    >>> float(collision_rate(4e6, 2**19, scheme="hybrid", top_k=105_000).round(12))
    1e-10
    """
    if scheme not in ("regular", "double", "frequency", "hybrid"):
        raise ValueError(
            f"scheme must be 'regular', 'double', 'frequency' or 'hybrid'; it is {scheme!r}."
        )
    values, slots = _values_and_slots(n_values, top_k)
    buckets = _whole("n_buckets", n_buckets, most=_MOST_BUCKETS)
    hashed = values - slots if scheme == "hybrid" else values
    rate = _rate(hashed, buckets if scheme == "regular" else buckets**2)
    return np.zeros_like(rate) if scheme == "frequency" else rate


def half_collision_rate(n_values: ArrayLike, n_buckets: ArrayLike, *, top_k: ArrayLike = 0) -> Floats:
    """The paper's rate of half collisions of hybrid hashing: in one of the two hashes.

    Each hash alone gives the n = ``|T|`` - k values of the tail one of B buckets, so the rate is
    n/B - 1 + (1 - 1/B)**n. It is for one hash, not for either of the two.

    Parameters
    ----------
    n_values : array-like of int
        Number of distinct values, ``|T|`` in the paper; up to 1e80.
    n_buckets : array-like of int
        Number of buckets B, up to 1e40.
    top_k : array-like of int, default=0
        Values with a slot of their own, k in the paper; at most `n_values`. 0 gives double hashing.

    Returns
    -------
    rate : ndarray of float64
        Right to about twelve digits; 0 without buckets.

    Raises
    ------
    ValueError
        If `top_k` exceeds `n_values`, or if a number is negative, too large or not whole.

    References
    ----------
    Zhang, C. et al., section 3. https://doi.org/10.1145/3383313.3412227

    Examples
    --------
    >>> half_collision_rate(4e6, [2**22, 2**20, 2**19], top_k=105_000).round(2)
    array([0.32, 2.74, 6.43])
    """
    values, slots = _values_and_slots(n_values, top_k)
    return _rate(values - slots, _whole("n_buckets", n_buckets, most=_MOST_BUCKETS))


def _rate(n: Floats, codes: Floats) -> Floats:
    return np.asarray(_expected(n, codes) / np.maximum(codes, 1))


def _values_and_slots(n_values: ArrayLike, top_k: ArrayLike) -> tuple[Floats, Floats]:
    """Both sizes, checked, of one shape."""
    values, slots = np.broadcast_arrays(_whole("n_values", n_values), _whole("top_k", top_k))
    wrong = slots > values
    if wrong.any():
        raise ValueError(
            f"top_k must not exceed n_values: of {values[wrong].flat[0]:.15g} values, "
            f"{slots[wrong].flat[0]:.15g} cannot have a slot."
        )
    return values, slots


def _sizes(n_values: ArrayLike, n_codes: ArrayLike) -> tuple[Floats, Floats]:
    n, codes = np.broadcast_arrays(_whole("n_values", n_values), _whole("n_codes", n_codes))
    return n, codes


def _whole(name: str, numbers: ArrayLike, *, least: float = 0, most: float = _MOST_CODES) -> Floats:
    """The sizes that an argument holds, as floats. Errors name the argument and what is wrong in it."""
    bounds = f"{name} must hold whole numbers from {least:.15g} to {most:.15g}"
    try:
        sizes = np.asarray(numbers, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{bounds}; it is {reprlib.repr(numbers)}.") from error
    wrong = ~((sizes >= least) & (sizes <= most) & (sizes == np.floor(sizes)))
    if wrong.any():
        raise ValueError(f"{bounds}; it holds {sizes[wrong].flat[0]:.15g}.")
    return sizes
