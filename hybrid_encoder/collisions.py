"""How many values a hashed code makes indistinguishable: the paper's section 3, computed stably.

Results are right to about twelve digits, for up to 1e80 values or codes, or 1e40 buckets, whose square
the paper counts as codes. Larger sizes are refused.

References
----------
Zhang, C. et al. "Model Size Reduction Using Frequency Based Double Hashing for Recommender Systems",
RecSys 2020, section 3. https://doi.org/10.1145/3383313.3412227
"""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from . import _occupancy
from ._sizes import MOST_BUCKETS, Floats, values_and_codes, values_and_slots, whole

__all__ = [
    "code_space",
    "collision_deviation",
    "collision_probability",
    "collision_rate",
    "expected_collisions",
    "half_collision_rate",
]

Scheme = Literal["regular", "double", "frequency", "hybrid"]


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
    buckets = whole("n_buckets", n_buckets, most=MOST_BUCKETS)
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
    return _occupancy.expected(*values_and_codes(n_values, n_codes))


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
    return _occupancy.deviation(*values_and_codes(n_values, n_codes))


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
    return _occupancy.probability(*values_and_codes(n_values, n_codes))


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
    values, slots = values_and_slots(n_values, top_k)
    buckets = whole("n_buckets", n_buckets, most=MOST_BUCKETS)
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
    values, slots = values_and_slots(n_values, top_k)
    return _rate(values - slots, whole("n_buckets", n_buckets, most=MOST_BUCKETS))


def _rate(n: Floats, codes: Floats) -> Floats:
    return np.asarray(_occupancy.expected(n, codes) / np.maximum(codes, 1))
