"""Counts that `partial_fit` keeps from call to call."""

import itertools
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit.importance import MEASURES
from tests import reference
from tests.conftest import array
from tests.partial_fit.builders import STREAMS, classes_of, counts_of, weights_of
from tests.test_invariants import heads


@given(STREAMS, st.randoms(use_true_random=False))
def test_any_split_and_order_of_rows_leads_to_the_same_counts(batches, random):
    labels = [classes_of(columns) for columns in batches]
    whole = {name: list(itertools.chain(*(part[name] for part in batches))) for name in batches[0]}
    expected = HybridHashEncoder(top_k=2, n_buckets=3, importance="gini")
    expected.partial_fit(array(whole), np.concatenate(labels))
    found = HybridHashEncoder(top_k=2, n_buckets=3, importance="gini")
    for number in random.sample(range(len(batches)), len(batches)):
        found.partial_fit(array(batches[number]), labels[number])
    # The second class may come after a batch of one class.
    assert counts_of(found) == counts_of(expected)
    same = ["kind", "distinct", "slots", "buckets", "missing_share", "count_error"]
    assert found.report()[same].equals(expected.report()[same])


@pytest.mark.parametrize("decay", [1.0, 0.5, 0.25])
def test_every_call_multiplies_earlier_counts_by_decay(decay):
    batches = [["a", "a", "b", None], ["b", "c"], ["a"], ["c", "c", None]]
    encoder = HybridHashEncoder(top_k=1, n_buckets=2, decay=decay)
    for values in batches:
        encoder.partial_fit([[value] for value in values])
    _, _, counts, missing, totals, error, lost = counts_of(encoder)[0]
    expected = {
        value: sum(decay ** (3 - i) * values.count(value) for i, values in enumerate(batches))
        for value in ("a", "b", "c", None)
    }
    assert missing == [expected.pop(None)]
    assert counts == {value.encode(): [weight] for value, weight in expected.items()}
    assert totals == [sum(decay ** (3 - i) * len(values) for i, values in enumerate(batches))]
    assert (error, lost) == (0, 0)


@pytest.mark.parametrize("values", [["a", "b", "c"], [1, 2, 3], [["a"], ["b", "b"], ["c"]]], ids=str)
@pytest.mark.parametrize("importance", [*MEASURES])
def test_values_whose_counts_decayed_to_nothing_are_replaced(importance, values):
    old, new = array({"a": values[:2]}), array({"a": [values[2], None]})
    encoder = HybridHashEncoder(
        top_k=1, n_buckets=2, importance=importance, decay=1e-200, handle_missing="ignore"
    )
    encoder.partial_fit(np.repeat(old, 50, axis=0), [0, 1] * 50)
    head = heads(encoder)
    for _ in range(3):
        encoder.partial_fit(array({"a": [None, None]}), [0, 1])
    # No counts are left; the value keeps its slot as long as no other comes.
    assert counts_of(encoder)[0][2] == {}
    assert heads(encoder) == head
    encoder.partial_fit(np.repeat(new, 20, axis=0), [1] * 20 + [0] * 20)
    assert heads(encoder) == [["c" if values[0] != 1 else 3]]


def test_sample_weights_are_summed():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2)
    encoder.partial_fit([["a"], ["b"]], sample_weight=[1, 2]).partial_fit([["a"]], sample_weight=[4])
    assert weights_of(encoder) == {"a": [5], "b": [2]}
    assert heads(encoder) == [["a"]]


def test_all_weights_of_a_batch_may_be_0():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2).partial_fit([["a"], ["b"]])
    encoder.partial_fit([["b"]], sample_weight=[0.0])
    assert weights_of(encoder) == {"a": [1], "b": [1]}


def test_numbers_of_any_dtype_are_the_same_values():
    encoder = HybridHashEncoder(top_k=3, n_buckets=4)
    batches = [
        np.array([3, 5], dtype=np.int8),
        np.array([3.0, np.nan], dtype=np.float32),
        np.array([2**63], dtype=np.uint64),
        np.array([True]),
        np.array([0.5, 3]),
        np.array([-1, 2**63], dtype=object),
    ]
    for values in batches:
        encoder.partial_fit(pd.DataFrame({"n": values}))
    assert counts_of(encoder)[0][2] == {
        reference.key(value): [weight]
        for value, weight in {3: 3, 5: 1, 2**63: 2, 1: 1, 0.5: 1, -1: 1}.items()
    }
    assert encoder.inverse_transform(encoder.transform(pd.DataFrame({"n": [3.0]}))).tolist() == [[3]]


@pytest.mark.parametrize("top_k", [0, 3])
@pytest.mark.parametrize(
    "later", [["a", "b", "a"], [1, 2, 1], [0.5, None, 2], [["a"], [], ["a", "b"]], [[1], None, [2]]]
)
@pytest.mark.parametrize("handle_missing", ["value", "ignore"])
def test_a_column_of_missing_values_may_become_any_kind(later, handle_missing, top_k):
    encoder = HybridHashEncoder(top_k=top_k, n_buckets=4, handle_missing=handle_missing)
    encoder.partial_fit(array({"a": [None, None]}))
    assert encoder.report()["kind"].tolist() == ["missing"]
    encoder.partial_fit(array({"a": [None]})).partial_fit(array({"a": later}))
    whole = HybridHashEncoder(top_k=top_k, n_buckets=4, handle_missing=handle_missing)
    if isinstance(later[0], list):
        whole.partial_fit(array({"a": [*later, None, None, None]}))
    else:
        whole.partial_fit(array({"a": [None, None, None, *later]}))
    assert counts_of(encoder) == counts_of(whole)
    assert sorted(map(str, heads(encoder)[0])) == sorted(map(str, heads(whole)[0]))
    assert encoder.vocabularies_[0].dtype == whole.vocabularies_[0].dtype
    again = pickle.loads(pickle.dumps(encoder)).partial_fit(array({"a": later}))
    assert again.report()["kind"].tolist() == whole.report()["kind"].tolist()
