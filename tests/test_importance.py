import numpy as np
import pytest

from hybrid_encoder._importance import significant


@pytest.mark.parametrize(
    ("value", "rounded"),
    [
        (0.1 + 0.2, 0.3),
        (1 / 3, 0.333333333333),
        (1e-20 / 3, 3.33333333333e-21),
        (2**53 - 1, 2**53 - 1),
        (0.0, 0.0),
        (1e16 + 2, 1e16),
    ],
)
def test_twelve_significant_digits(value, rounded):
    assert significant(np.array([float(value)])).tolist() == [rounded]


def test_the_order_of_summation_does_not_show():
    weights = np.random.default_rng(0).random(1000)
    assert significant(np.array([weights.sum()])) == significant(np.array([weights[::-1].cumsum()[-1]]))
