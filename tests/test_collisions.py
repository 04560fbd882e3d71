import math
from fractions import Fraction

import numpy as np
import pytest

from hybrid_encoder import _hashing
from hybrid_encoder.collisions import code_space, expected_collisions


@pytest.mark.parametrize(
    ("n_values", "n_codes"),
    [(0, 10), (1, 10), (2, 2), (50, 7), (7, 10**6), (300, 10**6), (301, 10**6), (1000, 10**15)],
)
def test_expected_collisions_are_exact(n_values, n_codes):
    codes = Fraction(n_codes)
    exact = n_values - codes + codes * (1 - 1 / codes) ** n_values
    assert math.isclose(expected_collisions(n_values, n_codes), exact, rel_tol=1e-10)


@pytest.mark.parametrize(("n_values", "n_codes", "expected"), [(5, 0, 0), (5, 1, 4), (0, 1, 0)])
def test_limits(n_values, n_codes, expected):
    assert expected_collisions(n_values, n_codes) == expected


@pytest.mark.parametrize(
    ("n_buckets", "n_hashes", "codes"), [(0, 2, 0), (1, 2, 1), (2, 2, 1), (3, 2, 3), (5, 1, 5)]
)
def test_code_space(n_buckets, n_hashes, codes):
    assert code_space(n_buckets, n_hashes) == codes


@pytest.mark.parametrize("n_hashes", [1, 2])
def test_hashed_values_collide_as_often_as_random_codes(n_hashes):
    n_values, n_buckets = 20_000, 150
    hashes = _hashing.hash_words(np.arange(n_values, dtype=np.uint64), _hashing.seeds_of(0, n_hashes))
    codes = np.sort(_hashing.bucket_pairs(hashes, n_buckets), axis=1)
    measured = n_values - len(np.unique(codes, axis=0))
    expected = expected_collisions(n_values, code_space(n_buckets, n_hashes))
    assert measured == pytest.approx(expected, rel=0.02)
