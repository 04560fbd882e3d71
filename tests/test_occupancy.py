import math
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from hybrid_encoder.collisions import (
    collision_deviation,
    collision_probability,
    expected_collisions,
)

SIZES = [
    (2, 2),
    (3, 2),
    (40, 2),
    (2, 10),
    (50, 7),
    (1000, 7),
    (2, 365),
    (365, 365),
    (7, 10**6),
    (299, 10**6),
    (300, 10**6),
    (301, 10**6),
    (10**6, 10**6),
    (1000, 10**15),
    (10**7, 10**14),
    (3 * 10**10 - 1, 10**14),
    (3 * 10**10, 10**14),
    (4_000_000, 2**44),
    (10**9, 2**62),
    (6, 15982),
    (5, 425),
    (2, 10**80),
    (10, 10**80),
    (10**40, 10**80),
    (10**80, 10**80),
    (10**80, 2),
    (144 * 10**75, 10**74),
]


@pytest.fixture
def _many_digits():
    """Far more digits than cancel in any of the formulas as they are written."""
    with localcontext() as context:
        context.prec = 300
        yield


def empty(k, n_values, n_codes):
    """How likely it is that k given codes of C are left empty: (1 - k/C)**n."""
    share = 1 - Decimal(k) / n_codes
    return (n_values * share.ln()).exp() if share else share


@pytest.mark.usefixtures("_many_digits")
@pytest.mark.parametrize(("n_values", "n_codes"), SIZES, ids="{:.6g}".format)
def test_expected_collisions_have_twelve_digits(n_values, n_codes):
    exact = n_values - n_codes + n_codes * empty(1, n_values, n_codes)
    assert math.isclose(expected_collisions(n_values, n_codes), exact, rel_tol=5e-13)


@pytest.mark.usefixtures("_many_digits")
@pytest.mark.parametrize(("n_values", "n_codes"), SIZES, ids="{:.6g}".format)
def test_deviation_has_twelve_digits(n_values, n_codes):
    one, two = empty(1, n_values, n_codes), empty(2, n_values, n_codes)
    variance = n_codes * (n_codes - 1) * two + n_codes * one - (n_codes * one) ** 2
    assert math.isclose(collision_deviation(n_values, n_codes), variance.sqrt(), rel_tol=5e-13)


@pytest.mark.parametrize(("n_values", "n_codes"), [(3, 4), (5, 4), (4, 5), (6, 3), (1, 3), (3, 1)])
def test_mean_deviation_and_probability_by_going_through_all_cases(n_values, n_codes):
    cases = np.indices((n_codes,) * n_values).reshape(n_values, -1)
    collisions = n_values - np.array([len(set(case)) for case in cases.T.tolist()])
    assert expected_collisions(n_values, n_codes) == pytest.approx(collisions.mean())
    assert collision_deviation(n_values, n_codes) == pytest.approx(collisions.std())
    assert collision_probability(n_values, n_codes) == pytest.approx((collisions > 0).mean())


@pytest.mark.parametrize(
    "n_codes",
    [2, 9, 10, 11, 15, 19, 20, 21, 22, 29, 30, 31, 50, 365, 10**4, 10**9, 10**14, 2**88, 10**80],
)
@pytest.mark.parametrize("n_values", [2, 3, 9, 10, 21, 22, 30, 31, 40, 49, 50, 350, 364, 365])
def test_probability_has_twelve_digits(n_values, n_codes):
    different = math.prod(Fraction(n_codes - i, n_codes) for i in range(n_values))
    assert math.isclose(
        collision_probability(n_values, n_codes), float(1 - different), rel_tol=5e-13, abs_tol=0
    )


@pytest.mark.parametrize("n_codes", [2 * 10**9, 10**14, 10**18, 2**64, 10**30])
@pytest.mark.parametrize("n_values", [10**3, 10**5, 10**7, 10**9])
def test_probability_lies_between_its_bounds(n_values, n_codes):
    # -log(1 - x) lies between x + x**2 / 2 and the same + x**3 / 3(1 - x); x is i/C, to be summed.
    first = Fraction(n_values * (n_values - 1), 2 * n_codes)
    second = first * Fraction(2 * n_values - 1, 6 * n_codes)
    rest = Fraction(n_values**4, 12 * n_codes**3) / (1 - Fraction(n_values, n_codes))
    low, high = (-math.expm1(-float(bound)) for bound in (first + second, first + second + rest))
    assert low * (1 - 1e-12) <= collision_probability(n_values, n_codes) <= high * (1 + 1e-12)


@pytest.mark.parametrize("function", [expected_collisions, collision_deviation, collision_probability])
@pytest.mark.parametrize("n_codes", [0, 1, 2, 5, 10**6, 10**14])
@pytest.mark.parametrize("n_values", [0, 1])
def test_nothing_collides_with_itself(function, n_values, n_codes):
    assert function(n_values, n_codes) == 0


@pytest.mark.parametrize(
    ("n_values", "n_codes", "expected", "deviation", "probability"),
    [(5, 0, 0, 0, 0), (5, 1, 4, 0, 1), (10**9, 10, 10**9 - 10, 0, 1), (1e80, 2, 1e80, 0, 1)],
)
def test_limits(n_values, n_codes, expected, deviation, probability):
    assert expected_collisions(n_values, n_codes) == expected
    assert collision_deviation(n_values, n_codes) == deviation
    assert collision_probability(n_values, n_codes) == probability
