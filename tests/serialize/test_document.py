"""Documents are written and read without loss, and refused if they are damaged."""

import copy
import json
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._serialize.checksum import of_document
from tests.conftest import array
from tests.fitted import fitted
from tests.sample import LABELS, PARAMETERS, ROWS
from tests.sample import encoder as sample_encoder
from tests.serialize.strategies import tables
from tests.test_invariants import ENCODERS, fit, heads, same


def through_json(encoder, **counts):
    text = json.dumps(encoder.to_dict(**counts), allow_nan=False)
    return HybridHashEncoder.from_dict(json.loads(text))


def without_counts(encoder):
    """The fitted state without the counts and the labels of classes, which are written on request."""
    state = fitted(encoder)["_fitted"]
    columns = [column | {"counts": None} for column in state["columns"]]
    return state | {"columns": columns, "class_labels": None}


def assert_same(found, expected, X):
    """Two encoders have the same state and the same results."""
    assert without_counts(found) == without_counts(expected)
    assert found.get_params() == expected.get_params()
    assert repr(found) == repr(expected)
    encoded = expected.transform(X)
    assert same(found.transform(X), encoded)
    assert found.get_feature_names_out().tolist() == expected.get_feature_names_out().tolist()
    assert heads(found) == heads(expected)
    assert found.inverse_transform(encoded).tolist() == expected.inverse_transform(encoded).tolist()
    pd.testing.assert_frame_equal(found.report(), expected.report())


@given(tables(), ENCODERS)
def test_an_encoder_is_restored(columns, encoder):
    X = array(columns)
    fit(encoder, X)
    found = through_json(encoder)
    assert_same(found, encoder, X)
    if not any(column.multi_hot for column in encoder._fitted.columns):
        assert found.encode_indices(X).tolist() == encoder.encode_indices(X).tolist()


@given(tables(), ENCODERS, st.integers(1, 2), st.sampled_from([None, 20]))
def test_partial_fit_continues_from_a_document_with_counts(columns, encoder, n_classes, max_tracked):
    # Fewer values than slots, so that some slots stay free.
    X, y = array(columns), [i % n_classes for i in range(12)]
    encoder.set_params(max_features=10_000, max_tracked=max_tracked)
    encoder.set_params(top_k=20 if encoder.top_k == "auto" else encoder.top_k)
    encoder.partial_fit(X[:6], y[:6])
    assert_same(through_json(encoder), encoder, X[:6])
    found = through_json(encoder, counts=True)
    for e in (encoder, found):
        e.partial_fit(X, y)
    assert_same(found, encoder, X)
    assert found.to_dict(counts=True) == encoder.to_dict(counts=True)


@pytest.mark.parametrize(
    ("parameters", "X"),
    [
        (PARAMETERS, ROWS),
        ({"dtype": np.float32, "tail_weight": 0.1, "sparse_output": True}, ROWS),
        (
            {"top_k": {"a": 1, "1": None}, "n_buckets": {"1": 0}},
            pd.DataFrame({"a": [1, 2], "1": [3, 4]}),
        ),
        ({"top_k": {0: 1, 1: "auto"}, "n_jobs": 2, "min_frequency": 0.01}, [[1, "a"], [2, "b"]]),
        ({"n_buckets": 0, "handle_missing": "ignore"}, ROWS),
        ({"top_k": 2, "seed": 2**32 - 1, "max_tracked": 2**60, "min_frequency": 2**60}, ROWS),
        ({"importance": "entropy", "decay": 0.5, "n_hashes": 1}, ROWS),
        ({}, pd.DataFrame({"naïve\n日本": [None, None]})),
        ({}, pd.DataFrame({"number": [2**63, -1, 2**64 - 1, -(2**63)]}, dtype=object)),
    ],
)
def test_parameters_are_restored(parameters, X):
    encoder = HybridHashEncoder(**parameters).fit(X)
    assert_same(through_json(encoder), encoder, X)


def test_parameters_of_numpy_types():
    parameters = {"top_k": np.int64(2), "tail_weight": np.float32(0.5), "tail_indicator": np.bool_(True)}
    encoder = HybridHashEncoder(**parameters).fit(ROWS)
    assert through_json(encoder).get_params() == encoder.get_params()


def test_numbers_are_written_in_a_form_that_every_reader_keeps():
    cells = [2**53, 2**53 + 1, -(2**53) - 1, 2**64 - 1, np.inf, -np.inf, 0.1, 2.0**60, 1e300, True, None]
    encoder = HybridHashEncoder(top_k=None, n_buckets=2).fit(array({"x": cells}))
    assert encoder.to_dict()["columns"][0]["head"] == [
        *("-Infinity", "-9007199254740993", 0.1, 1, 9007199254740992, "9007199254740993"),
        *("1152921504606846976", "18446744073709551615", 1e300, "Infinity", None),
    ]


def test_a_document_with_other_order_and_floats_only_is_the_same():
    encoder = HybridHashEncoder(**PARAMETERS).partial_fit(ROWS, LABELS)
    text = json.dumps(encoder.to_dict(counts=True))
    # As some JSON libraries write it.
    again = json.loads(json.dumps(json.loads(text, parse_int=float), sort_keys=True))
    assert_same(HybridHashEncoder.from_dict(again), encoder, ROWS)


def test_the_container_of_set_output_is_restored():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2, sparse_output=False).set_output(transform="pandas")
    found = through_json(encoder.fit([["a"], ["a"], ["b"]]))
    assert found.transform([["a"]]).columns.tolist() == ["x0_a", "x0#0", "x0#1"]


def test_parameters_set_after_fit_have_no_effect_until_the_next_fit():
    encoder = sample_encoder().set_params(seed=7, dtype=np.float32)
    found = through_json(encoder)
    assert_same(found, encoder, ROWS)
    assert found.transform(ROWS).dtype == np.float64


# --- Functions ---


def upper(column, value):
    return f"{column}={value}".upper()


def by_count(class_counts, class_totals):
    return class_counts.sum(axis=1)


def test_functions_are_written_by_name_and_passed_again():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2, feature_name_combiner=upper, importance=by_count)
    document = encoder.fit([["a"], ["a"], ["b"]]).to_dict()
    assert document["parameters"]["feature_name_combiner"] == {"function": "upper"}
    assert document["importance"] == {"function": "by_count"}
    found = HybridHashEncoder.from_dict(document, feature_name_combiner=upper, importance=by_count)
    assert found.get_feature_names_out().tolist() == ["X0=A", "x0#0", "x0#1"]
    assert found.get_params() == encoder.get_params()
    assert found.importance_ is by_count
    with pytest.raises(ValueError, match=r"importance was the function 'by_count'.*importance=\.\.\."):
        HybridHashEncoder.from_dict(document, feature_name_combiner=upper)


@pytest.mark.parametrize("given", [{"importance": by_count}, {"feature_name_combiner": "concat"}])
def test_a_function_for_another_parameter_is_refused(given):
    document = sample_encoder().to_dict()
    (name,) = given
    with pytest.raises(ValueError, match=rf"{name}=.* is not accepted: .*Leave it out"):
        HybridHashEncoder.from_dict(document, **given)


def test_importance_set_after_fit():
    encoder = HybridHashEncoder(importance=by_count).fit(ROWS)
    document = encoder.set_params(importance="gini").to_dict()
    found = HybridHashEncoder.from_dict(document, importance=by_count)
    assert (found.importance, found.importance_) == ("gini", by_count)
    encoder.set_params(importance=lambda counts, totals: totals)
    with pytest.raises(ValueError, match=r"importance is not the function used in fit\. Fit again"):
        encoder.to_dict()


# --- Documents that cannot be written ---


@pytest.mark.parametrize(
    ("later", "words"),
    [
        ({"tail_weight": float("nan")}, "JSON cannot hold tail_weight=nan. Set tail_weight to"),
        ({"top_k": {("a", "b"): 3}}, r"JSON cannot hold top_k=\{\('a', 'b'\): 3\}"),
        ({"decay": 1j}, "JSON cannot hold decay=1j"),
    ],
)
def test_parameters_that_json_cannot_hold(later, words):
    encoder = sample_encoder().set_params(**later)
    with pytest.raises(ValueError, match=words):
        encoder.to_dict()


def test_labels_that_json_cannot_hold():
    y = np.array(["2013-01-01", "2013-01-02"] * 3, dtype="M8[D]")
    encoder = HybridHashEncoder(**PARAMETERS).partial_fit(ROWS, y)
    words = r"JSON cannot hold the label datetime.date\(2013, 1, 1\) of y\. Set counts=False, or fit"
    with pytest.raises(ValueError, match=words):
        encoder.to_dict(counts=True)
    assert_same(through_json(encoder, counts=False), encoder, ROWS)


def test_text_with_a_lone_surrogate_is_refused():
    encoder = sample_encoder().set_params(top_k={"a\udc80": 3})
    with pytest.raises(ValueError, match=r"JSON cannot hold a lone surrogate, as in .*a\\udc80"):
        encoder.to_dict()


def test_partial_fit_needs_a_document_with_counts():
    found = through_json(sample_encoder())
    with pytest.raises(
        ValueError, match=r"was saved without the counts.*Fit it again.*to_dict\(counts=True\)"
    ):
        found.partial_fit(ROWS)
    with pytest.raises(ValueError, match="no counts to write"):
        found.to_dict(counts=True)
    assert_same(through_json(found), found, ROWS)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([True, False], {"kind": "boolean", "values": [False, True]}),
        (["b", "a"], {"kind": "text", "values": ["a", "b"]}),
        ([2**60, 3], {"kind": "number", "values": [3, "1152921504606846976"]}),
        ([1.0, 0.0], {"kind": "number", "values": [0, 1]}),
    ],
    ids=str,
)
def test_labels_of_classes(labels, expected):
    encoder = HybridHashEncoder(**PARAMETERS).partial_fit(ROWS, labels * 3)
    document = encoder.to_dict(counts=True)
    assert document["counts"]["classes"] == expected
    found = HybridHashEncoder.from_dict(document).partial_fit(ROWS, labels * 3)
    assert_same(found, encoder.partial_fit(ROWS, labels * 3), ROWS)


# --- Documents that cannot be read ---


def test_an_unfitted_encoder_has_no_document():
    with pytest.raises(ValueError, match="not fitted yet"):
        HybridHashEncoder().to_dict()


@pytest.mark.parametrize("document", [None, [], 3], ids=str)
def test_anything_but_a_dict_is_refused(document):
    with pytest.raises(ValueError, match=r"of type .*, not a dict from to_dict.*Load it from a good"):
        HybridHashEncoder.from_dict(document)


@pytest.mark.parametrize("document", ["{}", b"{}"])
def test_text_is_refused(document):
    with pytest.raises(ValueError, match=r"The document is text. Pass the result of json\.loads"):
        HybridHashEncoder.from_dict(document)


@pytest.mark.parametrize("version", [0, 2, "1", None, True])
def test_another_format_version_is_refused(version):
    document = sample_encoder().to_dict() | {"format_version": version}
    with pytest.raises(ValueError, match=rf"saved in format version {version!r}, and.*Load it with the"):
        HybridHashEncoder.from_dict(document)


def test_reading_does_not_change_the_document():
    document = sample_encoder().to_dict()
    before = copy.deepcopy(document)
    HybridHashEncoder.from_dict(document).set_params(top_k=7).fit(ROWS)
    assert document == before


def test_any_alteration_is_refused():
    document = sample_encoder().to_dict() | {"tail_weight": 0.5}
    with pytest.raises(
        ValueError, match=r"its checksum does not fit: .*Load it from a good copy, or fit"
    ):
        HybridHashEncoder.from_dict(document)


# With a checksum of their own, as another writer could make them. Other wrong values are not found.
WRONG = [
    (["columns", 1, "first_column"], 9, "columns[1].first_column is 9, and must be 8"),
    (["columns", 1, "n_slots"], 1, "columns[2].first_column is 16, and must be 15"),
    (["columns", 3, "n_buckets"], 6, "n_features_out is 32, and slots, buckets and indicators are 33"),
    (["n_features_out"], 31, "n_features_out is 31, and slots, buckets and indicators are 32"),
    (["columns", 1, "head"], [3, "x"], "columns[1].head holds 'x', which is not a number"),
    (["columns", 1, "head"], [3, "9" * 20], "columns[1].head holds 99999999999999999999, which has no"),
    (["seeds", 1], 7, "seeds are [42, 7], and the second must be the first XOR 0x9E3779B9"),
    (["counts", "columns"], [], "counts.columns has 0 entries for 4 input columns"),
    (["counts", "classes"], None, "counts.columns[0].head[0] has 2 weights for 1 classes"),
]


@pytest.mark.parametrize(("path", "value", "words"), WRONG, ids=[words for *_, words in WRONG])
def test_members_that_disagree_are_refused(path, value, words):
    encoder = HybridHashEncoder(**PARAMETERS).partial_fit(ROWS, LABELS)
    document = json.loads(json.dumps(encoder.to_dict(counts=True)))
    part = document
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    document["checksum"] = of_document(document)
    with pytest.raises(ValueError, match=f"{re.escape(words)}.*: the file is damaged or was altered"):
        HybridHashEncoder.from_dict(document)


def test_a_document_of_the_first_version_raises():
    document = {**sample_encoder().to_dict(), "most_classes": 20}
    del document["fit"]
    with pytest.raises(ValueError, match=r"saved by hybrid_encoder 0\.1\.0.*Fit and save it again"):
        HybridHashEncoder.from_dict(document)
