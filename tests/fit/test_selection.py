import numpy as np
import pytest

from hybrid_encoder._fit.selection import check_tracked


@pytest.mark.parametrize("max_tracked", [None, 5, 6])
def test_enough_values_are_tracked(max_tracked):
    check_tracked(np.array([5, 0]), ["a", "b"], max_tracked)


def test_too_few_values_are_tracked():
    with pytest.raises(
        ValueError, match=r"Column 'b' has 6 slots, and max_tracked=5.*Set max_tracked to 6"
    ):
        check_tracked(np.array([5, 6]), ["a", "b"], 5)
