"""Calls that fail leave the encoder unchanged."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError

from hybrid_encoder import HybridHashEncoder
from tests.conftest import array
from tests.partial_fit.builders import state
from tests.test_invariants import same


def bad_scores(counts, totals):
    """Scores for up to four rows, and none for more."""
    return np.ones(len(counts)) if totals.sum() < 5 else np.full(len(counts), np.nan)


# Parameters, and the arguments of a call that fails, its error and words of its message.
FAULTS = {
    "mixed": ({}, [["a", 1], [2, 1]], None, {}, TypeError, "Column 0, row 1: 2 is a number in a col"),
    "last-column": ({}, [["a", 1], ["a", "b"]], None, {}, TypeError, "Column 1, row 1: 'b' is a text"),
    "no-rows": ({}, np.empty((0, 2), dtype=object), None, {}, ValueError, r"0 sample\(s\)"),
    "long-y": ({"importance": "gini"}, [["a", 1]], [0, 1], {}, ValueError, "inconsistent"),
    "y-missing": ({"importance": "gini"}, [["a", 1]], [None], {}, ValueError, "y is missing in row 0"),
    "no-y": ({"importance": "gini"}, [["a", 1]], None, {}, ValueError, "requires y"),
    "missing": (
        {"handle_missing": "error"}, [["a", None]], None, {}, ValueError, "Column 1, row 0: .*missing"
    ),
    "negative-weights": ({}, [["a", 1]], None, {"sample_weight": [-1]}, ValueError, "[Nn]egative"),
    "weights": ({}, [["a", 1]], None, {"sample_weight": [1, 2]}, ValueError, "sample_weight"),
    "scores": (
        {"importance": bad_scores}, [["a", 1]] * 9, None, {}, ValueError,
        "Column 0: importance must return one finite score",
    ),
}  # fmt: skip
# Calls that cannot fail as the first.
LATER_FAULTS = {
    "columns": ({}, [["a", 1, 2]], None, {}, ValueError, "3 features"),
    "other-kind": ({}, [["a", "b"]], None, {}, TypeError, "Column 1, row 0: 'b' is a text, but the col"),
    "lists": (
        {}, array({"a": [["a"]], "b": [1]}), None, {}, TypeError,
        "Column 0, row 0: it held single values at fit and holds lists now",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", [*FAULTS, *LATER_FAULTS])
def test_a_call_that_fails_leaves_the_encoder_unchanged(fault):
    parameters, X, y, others, error, words = (FAULTS | LATER_FAULTS)[fault]
    encoder = HybridHashEncoder(**{"top_k": 2, "n_buckets": 3} | parameters)
    for first in ([["a", 1], ["b", 2]], [["c", 3], ["c", 3]]):
        encoder.partial_fit(first, [0, 1] if "gini" in parameters.values() else None)
    before, saved, attributes = state(encoder), pickle.dumps(encoder), set(vars(encoder))
    with pytest.raises(error, match=words):
        encoder.partial_fit(X, y, **others)
    assert state(encoder) == before
    assert pickle.dumps(encoder) == saved
    assert set(vars(encoder)) == attributes
    more = [["a", 1], ["d", 4]]
    assert same(encoder.transform(more), pickle.loads(saved).transform(more))


@pytest.mark.parametrize("fault", FAULTS)
def test_a_first_call_that_fails_leaves_the_encoder_unfitted(fault):
    parameters, X, y, others, error, words = FAULTS[fault]
    encoder = HybridHashEncoder(**{"top_k": 2, "n_buckets": 3} | parameters)
    attributes = set(vars(encoder))
    with pytest.raises(error, match=words):
        encoder.partial_fit(X, y, **others)
    assert set(vars(encoder)) == attributes
    with pytest.raises(NotFittedError):
        encoder.transform([["a", 1]])
    encoder.set_params(importance="frequency", handle_missing="value").partial_fit([["a"]])
    assert encoder.n_features_in_ == 1


@pytest.mark.parametrize(
    ("later", "words"),
    [
        ({"decay": 0}, "'decay' parameter"),
        ({"decay": 1.5}, "'decay' parameter"),
        ({"decay": np.nan}, "'decay' parameter"),
        ({"max_tracked": 0}, "'max_tracked' parameter"),
        ({"min_frequency": 0}, "'min_frequency' parameter"),
        ({"max_tracked": 2}, "Column 0: it has 3 slots, .*max_tracked=2 .*Set max_tracked to 3"),
    ],
    ids=str,
)
@pytest.mark.parametrize("method", ["fit", "partial_fit"])
def test_invalid_parameters_raise_in_later_calls(later, words, method):
    X = [["a"], ["b"], ["c"]]
    encoder = getattr(HybridHashEncoder(top_k=3, n_buckets=3), method)(X)
    encoder.set_params(**later)
    before = state(encoder)
    with pytest.raises(ValueError, match=words):
        encoder.partial_fit(X)
    assert state(encoder) == before


@pytest.mark.parametrize("decay", [0, -1, 1.5, np.inf, "half", None])
def test_invalid_parameters_raise_in_the_first_call(decay):
    with pytest.raises(ValueError, match="'decay' parameter"):
        HybridHashEncoder(decay=decay).partial_fit([["a"]])


def test_an_error_of_scores_names_the_column():
    encoder = HybridHashEncoder(top_k=2, n_buckets=2, importance=bad_scores)
    encoder.partial_fit(pd.DataFrame({"city": ["a", "b"]}))
    with pytest.raises(ValueError, match="Column 'city': importance must return one finite score"):
        encoder.partial_fit(pd.DataFrame({"city": ["a"] * 9}))


def test_other_column_names_raise():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2)
    encoder.partial_fit(pd.DataFrame({"a": ["x"], "b": [1]}))
    with pytest.raises(ValueError, match="must be in the same order"):
        encoder.partial_fit(pd.DataFrame({"b": [1], "a": ["x"]}))
    with pytest.raises(ValueError, match="Feature names unseen at fit time"):
        encoder.partial_fit(pd.DataFrame({"a": ["x"], "c": [1]}))
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        encoder.partial_fit([["x", 1]])
    assert encoder.feature_names_in_.tolist() == ["a", "b"]
