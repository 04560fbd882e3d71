from functools import partial

import numpy as np
import pytest

from hybrid_encoder.collisions import (
    code_space,
    collision_deviation,
    collision_probability,
    collision_rate,
    expected_collisions,
    half_collision_rate,
)


@pytest.mark.parametrize(
    ("n_values", "n_codes", "message"),
    [
        (-1, 5, r"n_values must hold whole numbers from 0 to 1e\+80; it holds -1"),
        ([3, 2.5], 5, "n_values must hold .* holds 2.5"),
        (3, [5, np.nan], "n_codes must hold .* holds nan"),
        (3, np.inf, "n_codes must hold .* holds inf"),
        (1e160, 1e300, r"n_values must hold .* holds 1e\+160"),
        (10, 1e300, r"n_codes must hold .* holds 1e\+300"),
        (10, 10**400, r"n_codes must hold .* it is 10+\.\.\.0+"),
        ("many", 5, "n_values must hold .* it is 'many'"),
    ],
)
@pytest.mark.parametrize("function", [expected_collisions, collision_deviation, collision_probability])
def test_sizes_are_whole_numbers(function, n_values, n_codes, message):
    with pytest.raises(ValueError, match=message):
        function(n_values, n_codes)


RATES = [
    half_collision_rate,
    *(partial(collision_rate, scheme=scheme) for scheme in ("regular", "double", "frequency", "hybrid")),
]


@pytest.mark.parametrize("rate", RATES)
def test_more_slots_than_values(rate):
    with pytest.raises(ValueError, match="of 9 values, 10 cannot have a slot"):
        rate([20, 9], 5, top_k=10)


@pytest.mark.parametrize("function", [*(partial(rate, 10) for rate in RATES), code_space])
@pytest.mark.parametrize("n_buckets", [-3, 2.5, np.nan, 1e160])
def test_buckets_are_whole_numbers(function, n_buckets):
    with pytest.raises(
        ValueError, match=r"n_buckets must hold whole numbers from 0 to 1e\+40; it holds"
    ):
        function(n_buckets)
