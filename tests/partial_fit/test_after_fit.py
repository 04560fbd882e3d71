"""`fit` and `partial_fit` of one encoder, and parameters that are set between calls."""

import copy
import tracemalloc

import numpy as np
import pytest

from hybrid_encoder import HybridHashEncoder
from tests.partial_fit.builders import changes_of, counts_of, fresh, state, weights_of
from tests.test_invariants import heads, same


def test_fit_after_partial_fit_starts_again():
    encoder = HybridHashEncoder(top_k=3, n_buckets=4)
    encoder.partial_fit([["a"], ["b"]]).partial_fit([["c"], ["d"]])
    encoder.fit([[1], [2], [1]])
    assert not hasattr(encoder, "column_changes_")
    assert state(encoder) == state(fresh(encoder).fit([[1], [2], [1]]))


def test_partial_fit_after_fit_keeps_the_output_columns_and_the_counts_of_the_head():
    encoder = HybridHashEncoder(top_k=2, n_buckets=4).fit([["a"]] * 5 + [["b"]] * 3 + [["c"]] * 2)
    names = encoder.get_feature_names_out().tolist()
    encoder.partial_fit([["c"]] * 3)
    # The count of c at fit was not kept: now c has 3, as b has.
    assert encoder.get_feature_names_out().tolist() == names
    assert weights_of(encoder) == {"a": [5], "b": [3], "c": [3]}
    assert encoder.report()["count_error"].tolist() == [2]
    encoder.partial_fit([["c"]] * 9)
    assert encoder.get_feature_names_out().tolist() == ["x0_a", "x0_c", *names[2:]]


def test_fit_makes_no_free_slots():
    encoder = HybridHashEncoder(top_k=5, n_buckets=2).fit([["a"], ["b"]])
    assert encoder.report()["free_slots"].tolist() == [0]
    encoder.partial_fit([["c"]] * 9)
    assert heads(encoder) == [["a", "c"]]


@pytest.mark.parametrize("kind", [int, str])
def test_fit_does_not_keep_the_tail_in_memory(kind):
    X, y = np.array([kind(i) for i in range(50_000)], dtype=object)[:, None], np.arange(50_000) % 20
    tracemalloc.start()
    encoder = HybridHashEncoder(top_k=5, n_buckets=10).fit(X, y)
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(encoder.vocabularies_[0]) == 5
    assert held < 10**6


# --- Parameters ---


@pytest.mark.parametrize(
    "parameters", [{"max_tracked": 3}, {"decay": 0.5}, {"min_frequency": 30}], ids=str
)
def test_some_parameters_have_immediate_effect(parameters):
    X, more = [["a"]] * 8 + [["b"], ["c"], ["d"]], [["e"]] * 9
    one = HybridHashEncoder(top_k=2, n_buckets=3).partial_fit(X)
    other = copy.deepcopy(one).set_params(**parameters)
    one.partial_fit(more)
    other.partial_fit(more)
    assert counts_of(other) != counts_of(one) or heads(other) != heads(one)


@pytest.mark.parametrize(
    "parameters",
    [
        {"top_k": 1},
        {"n_buckets": 9},
        {"max_features": 9},
        {"importance": "gini"},
        {"importance": "frequency"},
        {"tail_indicator": True},
        {"seed": 7},
        {"n_hashes": 1},
        {"tail_weight": 3},
        {"handle_missing": "error"},
        {"handle_missing": "ignore"},
        {"dtype": np.int8},
    ],
    ids=str,
)
@pytest.mark.parametrize("y", [None, [0, 1, 1, 0, 1]], ids=["no-target", "target"])
def test_other_parameters_have_no_effect_until_the_next_fit(parameters, y):
    X, more = [["a"], ["a"], ["b"], [None], ["c"]], [["d"], ["d"], ["d"], [None], ["e"]]
    one = HybridHashEncoder(top_k=2, n_buckets=3).partial_fit(X, y)
    other = copy.deepcopy(one).set_params(**parameters)
    one.partial_fit(more, y)
    other.partial_fit(more, y)
    assert counts_of(other) == counts_of(one)
    assert heads(other) == heads(one)
    assert changes_of(other) == changes_of(one)
    assert same(other.transform(more), one.transform(more))
