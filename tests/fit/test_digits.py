import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._fit.digits import significant


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (0.1 + 0.2, 0.3),
        (1 / 3, 0.333333333333),
        (-2 / 3, -0.666666666667),
        (1e-20 / 3, 3.33333333333e-21),
        (2e-300 / 3, 6.66666666667e-301),
        (5e-324, 5e-324),
        (2**53 - 1, 2**53 - 1),
        (0.0, 0.0),
        (1e16 + 2, 1e16),
        (1e40 / 3, 3.33333333333e39),
        (999.999999999999, 1000),
        (np.nextafter(1000, 0), 1000),
    ],
)
def test_twelve_significant_digits(value, rounded):
    assert significant(np.array([float(value)])).tolist() == [rounded]


@given(st.floats(1e-300, 1e30), st.integers(-3, 3))
def test_what_differs_in_its_last_bits_is_rounded_alike(value, steps):
    near = value
    for _ in range(abs(steps)):
        near = np.nextafter(near, np.inf if steps > 0 else -np.inf)
    one, other = significant(np.array([value])), significant(np.array([near]))
    # Unless a rounding limit lies between them, in which case they are one unit apart.
    assert one == other or abs(one - other) <= 1.01e-11 * abs(value)
    assert abs(one - value) <= 1e-11 * abs(value)


def test_the_order_of_summation_does_not_show():
    weights = np.random.default_rng(0).random(1000)
    assert significant(np.array([weights.sum()])) == significant(np.array([weights[::-1].cumsum()[-1]]))
