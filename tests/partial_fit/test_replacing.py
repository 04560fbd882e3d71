"""Slots and output from call to call."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._partial_fit import replacement as _replacement
from tests import reference
from tests.conftest import array
from tests.partial_fit.builders import (
    STREAM_ENCODERS,
    STREAMS,
    classes_of,
    counts_of,
    fit_batches,
    fresh,
    later_calls,
)
from tests.test_invariants import heads


@given(STREAMS, STREAM_ENCODERS)
def test_the_output_columns_are_kept_and_a_value_has_one_slot(batches, encoder):
    for before, after in later_calls(encoder, batches):
        assert after.n_slots_.tolist() == before.n_slots_.tolist()
        assert after.n_buckets_.tolist() == before.n_buckets_.tolist()
        names = after.get_feature_names_out()
        assert len(set(names)) == len(names) == after.n_features_out_ == before.n_features_out_
        for old, new in zip(heads(before), heads(after), strict=True):
            old_keys, new_keys = ([reference.key(value) for value in values] for values in (old, new))
            assert len(set(new_keys)) == len(new_keys) >= len(old_keys)
            # A value that had a slot keeps it, or has none.
            kept = set(old_keys) & set(new_keys)
            assert all(old_keys.index(key) == new_keys.index(key) for key in kept)


@given(STREAMS, STREAM_ENCODERS)
def test_the_output_is_that_of_the_reference(batches, encoder):
    fit_batches(encoder, batches)
    settings = {
        name: getattr(encoder, name)
        for name in ("n_hashes", "tail_weight", "tail_indicator", "handle_missing", "seed")
    }
    for columns in batches:
        # A free slot is that of a value that never occurs.
        values = [
            [*own, *(f"free {slot}" for slot in range(len(own), n_slots))]
            for own, n_slots in zip(heads(encoder), encoder.n_slots_.tolist(), strict=True)
        ]
        expected = reference.encode(
            list(columns.values()), values, encoder.n_buckets_.tolist(), **settings
        )
        assert encoder.transform(array(columns)).toarray().tolist() == expected.tolist()


@given(STREAMS, STREAM_ENCODERS, st.booleans(), st.randoms(use_true_random=False))
def test_the_order_of_rows_in_a_batch_does_not_matter(batches, encoder, weighted, random):
    fit_batches(encoder, batches[:1])  # finds a budget that is large enough
    one, other = fresh(encoder), fresh(encoder)
    for columns in batches:
        X, y = array(columns), classes_of(columns)
        order = random.sample(range(len(X)), len(X))
        # Sums of these weights depend on their order in the last bits.
        weights = np.arange(1, len(X) + 1) / 10 if weighted else np.ones(len(X))
        one.partial_fit(X, y, weights)
        other.partial_fit(X[order], y[order], weights[order])
        assert heads(other) == heads(one)
        assert other.column_changes_.to_frame().equals(one.column_changes_.to_frame())
        assert weighted or counts_of(other) == counts_of(one)


def n_changes_by_chance():
    """How many slots get another value if all values are equally frequent."""
    generator = np.random.default_rng(0)
    encoder = HybridHashEncoder(top_k=5, n_buckets=4, decay=0.99)
    encoder.partial_fit(generator.integers(0, 10, (3000, 1)))
    n_changes = 0
    for _ in range(60):
        encoder.partial_fit(generator.integers(0, 10, (100, 1)))
        n_changes += len(encoder.column_changes_)
    return n_changes


def test_the_margin_keeps_values_of_similar_score_from_replacing_each_other(monkeypatch):
    with_margin = n_changes_by_chance()
    monkeypatch.setattr(_replacement, "MARGIN", 0.0)
    assert with_margin < n_changes_by_chance() / 5


def test_the_name_of_a_number_does_not_depend_on_other_values():
    encoder = HybridHashEncoder(top_k=3, n_buckets=1).partial_fit([[3], [4]])
    encoder.partial_fit([[0.5]])
    assert encoder.get_feature_names_out().tolist() == ["x0_3", "x0_4", "x0_0.5", "x0#0"]


@pytest.mark.parametrize("n_rows", [1, 20, 600])
def test_small_and_large_batches_are_encoded_alike(n_rows):
    encoder = HybridHashEncoder(top_k=6, n_buckets=3)
    encoder.partial_fit([["a"], ["b"]]).partial_fit([["c"], [None]])
    X = [["a"], ["c"], [None], ["z"], ["b"]] * n_rows
    encoded = encoder.transform(X)
    assert (encoded[:5] != encoder.transform(X[:5])).nnz == 0
    assert encoder.encode_indices(X[:3])[:, 0, 0].tolist() == [0, 2, 3]
    assert encoder.inverse_transform(encoded)[:5, 0].tolist() == ["a", "c", None, None, "b"]
