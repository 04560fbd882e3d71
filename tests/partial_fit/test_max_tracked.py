"""Streams with a bounded number of counts."""

import pickle

import numpy as np
import pytest

from hybrid_encoder import HybridHashEncoder
from tests.fit.builders import assert_bounds_hold
from tests.partial_fit.builders import recalled, weights_of
from tests.test_invariants import heads


@pytest.mark.parametrize("max_tracked", [5, 100])
def test_auto_gives_a_column_no_more_slots_than_are_tracked(max_tracked):
    X = [[f"v{row}", row % 7] for row in range(300)]
    encoder = HybridHashEncoder(max_features=400, n_buckets=3, max_tracked=max_tracked)
    assert encoder.partial_fit(X).n_slots_.tolist() == [max_tracked, max_tracked]


def test_more_slots_than_tracked_values_raise():
    words = r"Column 0: it has 6 slots, .*max_tracked=5 .*Set max_tracked to 6 or, better"
    with pytest.raises(ValueError, match=words):
        HybridHashEncoder(top_k=6, max_tracked=5).partial_fit([["a", 1]])


@pytest.mark.parametrize("m", [4, 30])
@pytest.mark.parametrize("decay", [1.0, 0.5])
def test_the_bounds_of_the_counts_hold(m, decay):
    values = np.random.default_rng(0).zipf(1.3, 3000) % 400
    values = (values + np.arange(3000) // 1000 * 50) % 400
    encoder = HybridHashEncoder(top_k=3, n_buckets=5, max_tracked=m, decay=decay)
    weights = np.zeros(3000)
    for start in range(0, 3000, 200):
        encoder.partial_fit(values[start : start + 200, None])
        weights[:start] *= decay
        weights[start : start + 200] = 1
        totals = np.bincount(values, weights)
        true = {value: totals[value] for value in np.flatnonzero(totals).tolist()}
        (counts,) = recalled(encoder)
        assert_bounds_hold(counts, true, m)
        assert encoder._fitted.histories[0].error == counts.error


def test_the_report_has_the_error_of_the_counts():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2, max_tracked=2)
    encoder.partial_fit([["a"], ["a"], ["a"], ["b"], ["c"]]).partial_fit([["a"]])
    # That of the counts that ranked the values, before their number is limited again.
    assert encoder.report()["count_error"].tolist() == [1]
    assert HybridHashEncoder().fit([["a"]]).report()["count_error"].tolist() == [0]


def test_values_far_apart_have_the_head_of_exact_counts():
    order = np.random.default_rng(0).permutation(2000)
    values = np.concatenate([np.full(400, 1), np.full(250, 2), np.full(150, 3), np.arange(10, 1210)])
    exact, bounded = (
        HybridHashEncoder(top_k=3, n_buckets=5, max_tracked=max_tracked) for max_tracked in (None, 60)
    )
    for part in np.array_split(values[order], 10):
        exact.partial_fit(part[:, None])
        bounded.partial_fit(part[:, None])
    # The error is at most 2000 / 61 = 33, and the counts are 100 apart.
    assert 0 < bounded._fitted.histories[0].error <= 2000 / 61
    assert set(heads(bounded)[0]) == set(heads(exact)[0]) == {1, 2, 3}


@pytest.mark.parametrize(("times", "head"), [(5, ["a", "b"]), (6, ["a", "z"])])
def test_a_value_whose_count_was_dropped_is_replaced_beyond_the_margin(times, head):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3, max_tracked=2)
    encoder.partial_fit([["a"]] * 50 + [["b"]] * 25 + [["c"]] * 25)
    # Of three values one was dropped: all counts are lower by 25. The true count of b may be 25, and
    # the square root of it is the margin: 0 + 5.
    assert heads(encoder) == [["a", "b"]]
    assert weights_of(encoder) == {"a": [25]}
    encoder.partial_fit([["z"]] * times)
    assert heads(encoder) == [head]


def test_bounded_counts_lead_to_no_more_changes_than_exact_ones():
    generator = np.random.default_rng(0)
    shares = 1 / np.arange(1, 5001) ** 0.8
    encoders = [
        HybridHashEncoder(top_k=50, n_buckets=5, max_tracked=max_tracked) for max_tracked in (None, 200)
    ]
    n_changes = [0, 0]
    for call in range(60):
        X = generator.choice(5000, 300, p=shares / shares.sum())[:, None]
        for which, encoder in enumerate(encoders):
            changes = encoder.partial_fit(X).column_changes_
            n_changes[which] += len(changes) if call >= 30 else 0
    # Although the limit drops most counts of the head in every call.
    assert n_changes[1] <= 2 * n_changes[0]


def test_a_pickle_of_bounded_counts_is_small():
    encoder = HybridHashEncoder(top_k=50, n_buckets=20, max_tracked=200)
    for start in range(0, 50_000, 10_000):
        encoder.partial_fit([[f"value {i}"] for i in range(start, start + 10_000)])
    assert len(pickle.dumps(encoder)) < 20_000
