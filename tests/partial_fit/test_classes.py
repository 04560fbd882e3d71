"""Classes and targets in a stream."""

import numpy as np
import pytest

from hybrid_encoder import HybridHashEncoder
from tests.partial_fit.builders import counts_of, state, weights_of
from tests.test_invariants import heads


@pytest.mark.parametrize(
    "labels",
    [["no", "yes", "perhaps"], [5, 7, -1], [0.0, 1.0, 2.0], [False, True, 2]],
    ids=["text", "integers", "floats", "booleans"],
)
def test_a_class_may_come_later(labels):
    first, second, third = labels
    X, y = [["a"], ["a"], ["b"], ["b"], ["c"]], [first, second, first, first, second]
    more, later = [["a"], ["d"], ["d"], [None]], [third, third, first, third]
    encoder = HybridHashEncoder(top_k=2, n_buckets=3, importance="gini")
    encoder.partial_fit(X, y).partial_fit(more, later)
    assert encoder._fitted.class_labels.tolist() == sorted(labels)
    cells, targets = [*X, *more], [*y, *later]
    assert weights_of(encoder) == {
        value: [
            sum(pair == ([value], label) for pair in zip(cells, targets, strict=True))
            for label in sorted(labels)
        ]
        for value in "abcd"
    }
    _, _, _, missing, totals, _, _ = counts_of(encoder)[0]
    assert missing == [int(label == third) for label in sorted(labels)]
    assert totals == [targets.count(label) for label in sorted(labels)]


def test_a_batch_may_hold_only_some_of_the_classes():
    encoder = HybridHashEncoder(top_k=1, n_buckets=3, importance="gini")
    encoder.partial_fit([["a"], ["b"]], [1, 2]).partial_fit([["a"]], [2]).partial_fit([["b"]], [1])
    assert weights_of(encoder) == {"a": [1, 1], "b": [1, 1]}


@pytest.mark.parametrize("importance", ["auto", "gini", lambda counts, totals: counts[:, -1]])
@pytest.mark.parametrize(
    ("y", "words"),
    [
        (None, "the target y is None"),
        ([0.5, 1.5], "y has no classes now|y holds continuous values"),
        ([0, np.nan], "y is missing in row 1"),
        (["x", "y"], "the label 'x', and in other rows 0.*Give all labels one type"),
        ([0, 1, 0], "inconsistent numbers of samples"),
    ],
)
def test_a_target_that_ranks_values_is_needed_in_every_call(importance, y, words):
    encoder = HybridHashEncoder(top_k=1, n_buckets=3, importance=importance)
    encoder.partial_fit([["a"], ["b"]], [0, 1])
    before = state(encoder)
    with pytest.raises(ValueError, match=words):
        encoder.partial_fit([["a"], ["b"]], y)
    assert state(encoder) == before


@pytest.mark.parametrize("y", [None, [0, 1], ["x", "y"], [0.5, 1.5]])
@pytest.mark.parametrize("first", [None, [0.5, 1.5]])
def test_a_target_that_the_first_call_did_not_use_is_ignored(first, y):
    encoder = HybridHashEncoder(top_k=1, n_buckets=3).partial_fit([["a"], ["b"]], first)
    encoder.partial_fit([["b"], ["b"]], y)
    assert encoder.importance_ == "frequency"
    assert weights_of(encoder) == {"a": [1], "b": [3]}


def test_a_first_target_of_one_class_ranks_values_once_others_come():
    X = [["a"]] * 20 + [["b"]] * 10 + [["c"]] * 9
    encoder = HybridHashEncoder(top_k=1, n_buckets=3).partial_fit(X, [1] * 39)
    assert (encoder.importance_, heads(encoder)) == ("pooled_info", [["a"]])
    encoder.partial_fit([["c"]] * 20, [1] * 20)
    assert heads(encoder) == [["c"]]  # all scores are 0: weights decide
    encoder.partial_fit([["b"]] * 90, [0] * 90)
    assert heads(encoder) == [["b"]]


def test_auto_ranks_by_frequency_after_more_than_twenty_classes():
    encoder = HybridHashEncoder(top_k=2, n_buckets=3).partial_fit([["a"]] * 40, np.arange(40) % 20)
    assert encoder.importance_ == "pooled_info"
    with pytest.warns(UserWarning, match=r"y has had 21 classes so far.*rank by frequency") as warned:
        encoder.partial_fit([["a"]] * 2, [20, 19])
    assert warned[0].filename == __file__
    assert encoder.importance_ == "frequency"
    encoder.partial_fit([["a"]])  # a target is no longer needed
    assert weights_of(encoder) == {"a": [43]}


def test_a_named_measure_uses_any_number_of_classes():
    encoder = HybridHashEncoder(top_k=2, n_buckets=3, importance="mutual_info")
    encoder.partial_fit([["a"]] * 40, np.arange(40) % 20).partial_fit([["a"]] * 2, [20, 19])
    assert len(encoder._fitted.class_labels) == 21
