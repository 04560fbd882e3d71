"""How many values a hashed code makes indistinguishable.

References
----------
Zhang, C. et al. "Model Size Reduction Using Frequency Based Double Hashing for Recommender Systems",
RecSys 2020, section 3. https://doi.org/10.1145/3383313.3412227
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray


def code_space(n_buckets: ArrayLike, n_hashes: int = 2) -> NDArray[np.float64]:
    """Number of codes that the buckets of one column offer.

    Two hashes give two different buckets, and a sum of their weights does not know their order:
    that makes B (B - 1) / 2 codes, half of the B squared that the paper counts.

    Parameters
    ----------
    n_buckets : array-like of int
        Number of buckets B.
    n_hashes : int, default=2
        Buckets per value, 1 or 2.

    Returns
    -------
    codes : ndarray of float64
        Of the shape of `n_buckets`.

    Examples
    --------
    >>> code_space([1, 2, 1000])
    array([1.000e+00, 1.000e+00, 4.995e+05])
    >>> code_space(1000, n_hashes=1)
    array(1000.)
    """
    buckets = np.asarray(n_buckets, dtype=np.float64)
    if n_hashes == 1:
        return buckets
    # A single bucket is one code, not none.
    return np.where(buckets == 1, 1.0, buckets * (buckets - 1) / 2)


def expected_collisions(n_values: ArrayLike, n_codes: ArrayLike) -> NDArray[np.float64]:
    """How many of the values are expected to find their code taken: n - C + C (1 - 1/C)**n.

    Parameters
    ----------
    n_values : array-like of int
        Number of values n, each of which is given one of the codes at random.
    n_codes : array-like of int
        Number of codes C. Without codes there is nothing to collide in, and the answer is 0.

    Returns
    -------
    collisions : ndarray of float64
        Exact at any size: the terms that would cancel are never formed.

    Examples
    --------
    >>> expected_collisions(2, 4)
    array(0.25)
    >>> float(expected_collisions(1e6, 1e18).round(9))
    5e-07
    """
    n, codes = np.broadcast_arrays(
        np.asarray(n_values, dtype=np.float64), np.asarray(n_codes, dtype=np.float64)
    )
    # One code, or none, leaves the formulas nothing to divide by; both are answered at the end.
    many = np.maximum(codes, 2)
    direct = n + many * np.expm1(n * np.log1p(-1 / many))
    # Where n is small beside C its two terms agree in most digits, but their binomial series
    # n(n-1)/2C - n(n-1)(n-2)/6C**2 + ... converges at once.
    first = n * (n - 1) / (2 * many)
    second = first * (n - 2) / (3 * many)
    third = second * (n - 3) / (4 * many)
    collisions = np.where(n < 3e-4 * many, first - second + third, direct)
    collisions = np.where(codes == 1, np.maximum(n - 1, 0), collisions)
    return np.asarray(np.where(codes == 0, 0.0, collisions))
