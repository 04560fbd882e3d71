"""Expected collisions of hashed values: section 3 of the paper.

Sizes are whole numbers up to 1e40. Results have a relative error below 1e-6: where the formula of the
paper would subtract nearly equal numbers, the first terms of its series are used instead.

References
----------
Zhang, C. et al. "Model Size Reduction Using Frequency Based Double Hashing for Recommender Systems",
RecSys 2020, section 3. https://doi.org/10.1145/3383313.3412227
"""

import reprlib
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import gammaln, xlog1py

__all__ = [
    "code_space",
    "collision_deviation",
    "collision_probability",
    "collision_rate",
    "expected_collisions",
    "half_collision_rate",
]

Floats: TypeAlias = NDArray[np.float64]
Scheme = Literal["regular", "double", "frequency", "hybrid"]


def code_space(n_buckets: ArrayLike, n_hashes: int = 2) -> Floats:
    """Number of different codes that the buckets of a column allow.

    The code of a value is the set of its buckets: with one hash, one of the B buckets; with two hashes,
    two different buckets. A model adds up their weights in any order, so there are B (B - 1) / 2 codes.
    The paper counts B**2.

    Parameters
    ----------
    n_buckets : array-like of int
        Number of buckets B.
    n_hashes : {1, 2}, default=2
        Buckets per value.

    Returns
    -------
    codes : ndarray of float64
        Number of codes, of the shape of `n_buckets`. A single bucket is one code.

    Raises
    ------
    ValueError
        If `n_hashes` is neither 1 nor 2, or if `n_buckets` holds anything but whole numbers from 0 to
        1e40.

    Examples
    --------
    >>> code_space([1, 2, 1000])
    array([1.000e+00, 1.000e+00, 4.995e+05])
    >>> code_space(1000, n_hashes=1)
    array(1000.)
    """
    if n_hashes not in (1, 2):
        raise ValueError(f"n_hashes must be 1 or 2; it is {n_hashes!r}.")
    buckets = whole_numbers("n_buckets", n_buckets)
    return np.where((buckets < 2) | (n_hashes == 1), buckets, buckets * (buckets - 1) / 2)


def expected_collisions(n_values: ArrayLike, n_codes: ArrayLike) -> Floats:
    """Expected number of values with the code of an earlier value: n - C + C (1 - 1/C)**n.

    Parameters
    ----------
    n_values : array-like of int
        Number of values n. Each gets a random code.
    n_codes : array-like of int
        Number of codes C. With 0 codes there are no collisions.

    Returns
    -------
    collisions : ndarray of float64
        Expected number of collisions.

    Raises
    ------
    ValueError
        If an argument holds anything but whole numbers from 0 to 1e40.

    See Also
    --------
    collision_deviation : Standard deviation of the number of collisions.
    collision_probability : Probability of at least one collision.

    Examples
    --------
    >>> expected_collisions(2, 4)
    array(0.25)
    >>> float(expected_collisions(1e6, 1e18).round(9))
    5e-07
    """
    return _expected(whole_numbers("n_values", n_values), whole_numbers("n_codes", n_codes))


def _expected(n: Floats, codes: Floats) -> Floats:
    c = np.maximum(codes, 1)
    direct = n + c * np.expm1(xlog1py(n, -1 / c))
    # For n much smaller than C: the terms of the binomial series of C (1 - 1/C)**n after the second.
    pairs = n * (n - 1) / (2 * c)
    series = pairs * (1 - (n - 2) / (3 * c) * (1 - (n - 3) / (4 * c)))
    collisions = np.where(n < 1e-3 * c, series, direct)
    return np.where((n <= 1) | (codes == 0), 0.0, collisions)


def collision_deviation(n_values: ArrayLike, n_codes: ArrayLike) -> Floats:
    """Standard deviation of the number of collisions.

    The variance is that of the classical occupancy problem:
    C (C - 1) (1 - 2/C)**n + C (1 - 1/C)**n - C**2 (1 - 1/C)**2n.

    Parameters
    ----------
    n_values : array-like of int
        Number of values n. Each gets a random code.
    n_codes : array-like of int
        Number of codes C.

    Returns
    -------
    deviation : ndarray of float64
        Standard deviation; 0 for at most one value or at most one code.

    Raises
    ------
    ValueError
        If an argument holds anything but whole numbers from 0 to 1e40.

    References
    ----------
    Johnson, N. L. and Kotz, S. "Urn Models and Their Application", Wiley 1977.

    Examples
    --------
    Of 1000 people, about 659 ± 4 have the same birthday as someone before them:

    >>> float(expected_collisions(1000, 365).round(1)), float(collision_deviation(1000, 365).round(1))
    (658.5, 4.2)
    """
    n, codes = whole_numbers("n_values", n_values), whole_numbers("n_codes", n_codes)
    c = np.maximum(codes, 2)
    log_empty = xlog1py(n, -1 / c)
    empty = np.exp(log_empty)  # the probability that a code has no value
    # (1 - 2/C)**n is empty**2 (1 - 1/(C - 1)**2)**n.
    both_empty = np.expm1(xlog1py(n, -1 / (c - 1) ** 2))
    variance = c * empty * (-np.expm1(log_empty) + (c - 1) * empty * both_empty)
    variance = np.where(n < 1e-7 * c, n * (n - 1) / (2 * c), variance)
    return np.where((n <= 1) | (codes <= 1), 0.0, np.sqrt(np.maximum(variance, 0)))


def collision_probability(n_values: ArrayLike, n_codes: ArrayLike) -> Floats:
    """Probability that at least two values have the same code: 1 - C! / ((C - n)! C**n).

    Parameters
    ----------
    n_values : array-like of int
        Number of values n. Each gets a random code.
    n_codes : array-like of int
        Number of codes C. With 0 codes there are no collisions.

    Returns
    -------
    probability : ndarray of float64
        Probability of a collision; 1 where there are more values than codes.

    Raises
    ------
    ValueError
        If an argument holds anything but whole numbers from 0 to 1e40.

    Examples
    --------
    The birthday paradox:

    >>> collision_probability([22, 23, 366], 365).round(3)
    array([0.476, 0.507, 1.   ])

    A million values in 64-bit hashes:

    >>> f"{collision_probability(1e6, 2**64):.6e}"
    '2.710503e-08'
    """
    n, codes = whole_numbers("n_values", n_values), whole_numbers("n_codes", n_codes)
    c = np.maximum(codes, 1)
    log_no_collision = gammaln(c + 1) - gammaln(np.maximum(c - n, 0) + 1) - n * np.log(c)
    # For n much smaller than C: the sum of log(1 - i/C) over i < n, to the third power of i/C.
    pairs = n * (n - 1) / (2 * c)
    series = -pairs * (1 + (2 * n - 1) / (6 * c) + n * (n - 1) / (6 * c**2))
    probability = -np.expm1(np.where(n < 0.01 * c, series, log_no_collision))
    probability = np.where(n > c, 1.0, probability)
    return np.where((n <= 1) | (codes == 0), 0.0, probability)


def collision_rate(
    n_values: ArrayLike, n_buckets: ArrayLike, *, scheme: Scheme = "regular", top_k: ArrayLike = 0
) -> Floats:
    """Collision rate of a hashing scheme, as in the paper: n/C - 1 + (1 - 1/C)**n.

    The rate is the expected number of collisions of n values divided by the number of codes C; it may
    exceed 1. Two values collide if all their buckets are the same (a "full" collision in "double" and
    "hybrid"). Two hashes into B buckets count as C = B**2 codes; see `code_space` for the number of
    codes of the encoder.

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
        Number of distinct values, ``|T|`` in the paper.
    n_buckets : array-like of int
        Number of buckets B.
    scheme : {"regular", "double", "frequency", "hybrid"}, default="regular"
        Name of the hashing scheme in the paper.
    top_k : array-like of int, default=0
        Number of values with a slot, k in the paper; at most `n_values`. Only "hybrid" uses it.

    Returns
    -------
    rate : ndarray of float64
        Collision rate; 0 without buckets.

    Raises
    ------
    ValueError
        If the scheme is unknown, if `top_k` exceeds `n_values`, or if an argument holds anything but
        whole numbers from 0 to 1e40.

    See Also
    --------
    half_collision_rate : Rate of collisions in one of two hashes.

    References
    ----------
    Zhang, C. et al., section 3. https://doi.org/10.1145/3383313.3412227

    Examples
    --------
    The setting of the paper, four million values and 2**22 buckets:

    >>> float(collision_rate(4e6, 2**22).round(2))
    0.34
    >>> float(collision_rate(4e6, 2**19, scheme="hybrid", top_k=105_000).round(12))
    1e-10
    """
    if scheme not in ("regular", "double", "frequency", "hybrid"):
        raise ValueError(
            f"scheme must be 'regular', 'double', 'frequency' or 'hybrid'; it is {scheme!r}."
        )
    values, tail = _values_and_tail(n_values, top_k)
    buckets = whole_numbers("n_buckets", n_buckets)
    rate = _rate(tail if scheme == "hybrid" else values, buckets if scheme == "regular" else buckets**2)
    return np.zeros_like(rate) if scheme == "frequency" else rate


def half_collision_rate(n_values: ArrayLike, n_buckets: ArrayLike, *, top_k: ArrayLike = 0) -> Floats:
    """Rate of half collisions of hybrid hashing, as in the paper: n/B - 1 + (1 - 1/B)**n.

    In a half collision, two values have the same bucket in one of the two hashes. The rate is that of
    one hash, for the n = ``|T|`` - k values without a slot.

    Parameters
    ----------
    n_values : array-like of int
        Number of distinct values, ``|T|`` in the paper.
    n_buckets : array-like of int
        Number of buckets B.
    top_k : array-like of int, default=0
        Number of values with a slot, k in the paper; at most `n_values`. 0 means double hashing.

    Returns
    -------
    rate : ndarray of float64
        Collision rate; 0 without buckets.

    Raises
    ------
    ValueError
        If `top_k` exceeds `n_values`, or if an argument holds anything but whole numbers from 0 to 1e40.

    See Also
    --------
    collision_rate : Rate of collisions in all hashes.

    Examples
    --------
    >>> half_collision_rate(4e6, [2**22, 2**20, 2**19], top_k=105_000).round(2)
    array([0.32, 2.74, 6.43])
    """
    _, tail = _values_and_tail(n_values, top_k)
    return _rate(tail, whole_numbers("n_buckets", n_buckets))


def _rate(n: Floats, codes: Floats) -> Floats:
    return np.asarray(_expected(n, codes) / np.maximum(codes, 1))


def _values_and_tail(n_values: ArrayLike, top_k: ArrayLike) -> tuple[Floats, Floats]:
    """The number of all values, and of those without a slot."""
    values, slots = np.broadcast_arrays(
        whole_numbers("n_values", n_values), whole_numbers("top_k", top_k)
    )
    wrong = slots > values
    if wrong.any():
        raise ValueError(
            f"top_k must not exceed n_values; it is {slots[wrong].flat[0]:.15g} "
            f"with {values[wrong].flat[0]:.15g} values."
        )
    return values, np.asarray(values - slots)


def whole_numbers(name: str, numbers: ArrayLike, *, least: float = 0, most: float = 1e40) -> Floats:
    """Check that numbers are whole and between two bounds, and return them as an array of floats."""
    bounds = f"{name} must hold whole numbers from {least:.15g} to {most:.15g}"
    try:
        sizes = np.asarray(numbers, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"{bounds}; it is {reprlib.repr(numbers)}.") from error
    wrong = ~((sizes >= least) & (sizes <= most) & (sizes == np.floor(sizes)))
    if wrong.any():
        raise ValueError(f"{bounds}; it holds {sizes[wrong].flat[0]:.15g}.")
    return sizes
