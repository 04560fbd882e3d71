import numpy as np
import pytest

from hybrid_encoder._fit import weights as _weights
from hybrid_encoder._fit.weights import check_weights

ROWS = [["a"], ["b"]]
MINDS_ZEROS = pytest.mark.skipif(not _weights._MINDS_ZEROS, reason="older scikit-learn takes zeros")


@pytest.mark.parametrize(
    ("given", "expected"),
    [([1, 2], [1.0, 2.0]), (np.array([0, 0.5], dtype=np.float32), [0.0, 0.5]), (3, [3.0, 3.0])],
    ids=str,
)
def test_weights_are_an_array_of_floats(given, expected):
    found = check_weights(given, ROWS)
    assert found.dtype == np.float64
    assert found.tolist() == expected


def test_without_weights():
    assert check_weights(None, ROWS) is None


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ([1], "shape"),
        ([1, -1], "[Nn]egative"),
        ([1, np.nan], "NaN"),
        ([1, np.inf], "infinity"),
        ([1e99, 1e100], r"adds up to 1\.1e\+100, more than 1e\+100. Scale it down"),
        ([1e308, 1e308], "adds up to inf, more than"),
        pytest.param([0, 0], "at least one non-zero", marks=MINDS_ZEROS),
    ],
    ids=str,
)
def test_weights_that_are_refused(given, words):
    with pytest.raises(ValueError, match=words):
        check_weights(given, ROWS)


def test_a_batch_may_weigh_nothing():
    assert check_weights([0, 0], ROWS, may_be_zero=True).tolist() == [0, 0]
