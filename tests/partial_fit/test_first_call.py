"""The first call of `partial_fit`: the head, and output columns for values to come."""

import tracemalloc

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from tests.conftest import array
from tests.partial_fit.builders import fresh, partial_fit_first
from tests.test_invariants import AVAILABLE, ENCODERS, IMPORTANCE, heads, tables


@given(tables() | tables(lists=True), ENCODERS, IMPORTANCE, AVAILABLE)
def test_the_head_is_that_of_fit(columns, encoder, importance, container):
    X = array(columns)
    y = np.arange(len(X)) % 2
    encoder.set_params(importance=importance)
    found = partial_fit_first(encoder, container(columns), y)
    expected = fresh(encoder).fit(X, y)
    assert heads(found) == heads(expected)
    assert len(found.column_changes_) == 0
    if encoder.n_buckets != "auto":
        assert found.n_buckets_.tolist() == expected.n_buckets_.tolist()


@given(tables(), st.integers(0, 5), st.integers(0, 6), ENCODERS)
def test_without_auto_rows_are_encoded_as_after_fit(columns, top_k, n_buckets, encoder):
    X = array(columns)
    encoder.set_params(top_k=top_k, n_buckets=n_buckets)
    found, expected = encoder.partial_fit(X), fresh(encoder).fit(X)
    assert found.n_slots_.tolist() == [top_k] * X.shape[1]
    free = np.concatenate(
        [
            start + np.arange(len(head), top_k)
            for start, head in zip(found._fitted.layout.starts, heads(found), strict=False)
        ]
    )
    kept = np.setdiff1d(np.arange(found.n_features_out_), free)
    encoded = found.transform(X).toarray()
    assert not encoded[:, free].any()
    assert encoded[:, kept].tolist() == expected.transform(X).toarray().tolist()
    names = found.get_feature_names_out()[kept]
    assert names.tolist() == expected.get_feature_names_out().tolist()


def test_free_slots_are_named_by_their_number():
    encoder = HybridHashEncoder(top_k=4, n_buckets=1, tail_indicator=True)
    encoder.partial_fit(pd.DataFrame({"a": ["x", "y"], "b": [1, 1]}))
    assert encoder.get_feature_names_out().tolist() == [
        *("a_x", "a_y", "a#free2", "a#free3", "a#0", "a#tail"),
        *("b_1", "b#free1", "b#free2", "b#free3", "b#0", "b#tail"),
    ]
    assert encoder.report()["free_slots"].tolist() == [2, 3]


def test_a_free_slot_is_decoded_as_no_value():
    encoder = HybridHashEncoder(top_k=3, n_buckets=2).partial_fit([["a"]])
    encoded = np.zeros((1, 5))
    encoded[0, 2] = 1
    assert encoder.inverse_transform(encoded).tolist() == [[None]]


def test_free_slots_take_no_memory():
    encoder = HybridHashEncoder(top_k=3 * 10**8, n_buckets=2).partial_fit([["a"], ["b"]])
    tracemalloc.start()
    encoder.partial_fit([["a"], ["c"]])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10**7


# --- The budget ---


@pytest.mark.parametrize("n_rows", [1, 3, 200])
@pytest.mark.parametrize("max_features", [20, 150, 5000])
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"top_k": 2},
        {"n_buckets": 3},
        {"tail_indicator": True},
        {"top_k": {1: 2}},
        {"n_buckets": {0: 0}},
        {"top_k": None},
        {"min_frequency": 5},
    ],
    ids=str,
)
def test_with_auto_the_whole_budget_is_used(parameters, max_features, n_rows):
    X = [[f"v{row}", row % 7] for row in range(n_rows)]
    encoder = HybridHashEncoder(max_features=max_features, **parameters)
    if parameters == {"top_k": None} and n_rows > max_features:
        with pytest.raises(ValueError, match="is too small for these 2 columns"):
            encoder.partial_fit(X)
        return
    encoder.partial_fit(X)
    assert encoder.n_features_out_ == max_features
    assert encoder.transform(X).shape == (n_rows, max_features)
    assert len(set(encoder.get_feature_names_out())) == max_features


@pytest.mark.parametrize(("method", "n_values"), [("fit", [2, 74]), ("partial_fit", [2, 16])])
def test_all_of_top_k_is_reserved_from_the_budget(method, n_values):
    X = pd.DataFrame({"a": ["x", "y"] * 50, "b": [f"v{i}" for i in range(100)]})
    encoder = getattr(HybridHashEncoder(top_k={"a": 60}, max_features=80), method)(X)
    assert [len(values) for values in encoder.vocabularies_] == n_values


def test_a_budget_smaller_than_the_reserved_slots_raises():
    words = r"partial_fit reserves all of top_k for values to come.*need 204. Set max_features=204"
    with pytest.raises(ValueError, match=words):
        HybridHashEncoder(top_k=100, max_features=150).partial_fit([["x", 1]])
