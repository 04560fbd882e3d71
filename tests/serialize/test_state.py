"""Encoders that are pickled, copied or saved by joblib and skops are the same afterwards."""

import copy
import io
import json
import pickle
import subprocess
import sys
import zipfile
from functools import partial
from types import FunctionType

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._serialize.state import CHECKSUM_KEY
from tests.conftest import array
from tests.fitted import fitted
from tests.sample import ROWS, encoder, from_state
from tests.serialize.nested import at

TRUSTED = ["hybrid_encoder._encoder.HybridHashEncoder"]


def through_pickle(encoder, protocol=None):
    return pickle.loads(pickle.dumps(encoder, protocol))


def through_joblib(encoder, **options):
    stream = io.BytesIO()
    joblib.dump(encoder, stream, **options)
    stream.seek(0)
    return joblib.load(stream)


def through_skops(encoder):
    skops = pytest.importorskip("skops.io")
    return skops.loads(skops.dumps(encoder), trusted=TRUSTED)


def upper(column, value):
    return f"{column}={value}".upper()


def lower(column, value):
    return f"{column}={value}".lower()


def by_weight(class_counts, class_totals):
    return class_counts.sum(axis=1)


# --- Copies ---


@pytest.mark.parametrize(
    "parameters",
    [
        {"top_k": {0: 3, 1: None}, "n_buckets": {3: 0}},
        {"feature_name_combiner": upper, "dtype": np.dtype("float32"), "seed": np.uint32(7)},
        {"tail_weight": np.float64(0.5), "n_jobs": 2, "max_tracked": 2**70},
    ],
    ids=lambda parameters: "-".join(parameters),
)
@pytest.mark.parametrize("is_fitted", [False, True], ids=["unfitted", "fitted"])
@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, through_joblib, partial(through_joblib, compress=3)]
    + [partial(through_pickle, protocol=protocol) for protocol in range(6)],
)
def test_copies_are_the_same(parameters, is_fitted, duplicate):
    encoder = HybridHashEncoder(**parameters)
    found = duplicate(encoder.fit(ROWS) if is_fitted else encoder)
    assert found.get_params() == encoder.get_params()
    if is_fitted:
        assert fitted(found) == fitted(encoder)
        assert (found.transform(ROWS) != encoder.transform(ROWS)).nnz == 0
        assert found.get_feature_names_out().tolist() == encoder.get_feature_names_out().tolist()


def test_clones_have_the_same_parameters():
    unfitted = HybridHashEncoder(top_k={"a": 3})
    assert clone(unfitted).get_params() == unfitted.get_params()


@pytest.mark.parametrize("kind", [str, int])
def test_a_pickle_holds_no_values_of_the_tail(kind):
    values = [[kind(i)] for i in range(200_000)]
    small = pickle.dumps(HybridHashEncoder(top_k=1000).fit(values))
    assert len(small) < 80_000


def test_a_new_process_has_the_same_output(tmp_path):
    expected = encoder().transform([["US", 3, 7.5, ["a", "z"]]]).toarray().tolist()
    (tmp_path / "encoder.pickle").write_bytes(pickle.dumps(encoder()))
    script = """
import pickle, sys
encoder = pickle.load(open(sys.argv[1], "rb"))
print(encoder.transform([["US", 3, 7.5, ["a", "z"]]]).toarray().tolist())
"""
    found = subprocess.run(
        [sys.executable, "-c", script, str(tmp_path / "encoder.pickle")],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert json.loads(found) == expected


@pytest.mark.parametrize("parameters", [{}, {"dtype": np.float32}, {"top_k": {0: 3}}], ids=str)
def test_skops_needs_to_trust_one_type(parameters):
    skops = pytest.importorskip("skops.io")
    model = make_pipeline(HybridHashEncoder(n_buckets=5, **parameters), LogisticRegression())
    saved = skops.dumps(model.fit(ROWS, [0, 1] * 3))
    assert skops.get_untrusted_types(data=saved) == TRUSTED
    loaded = skops.loads(saved, trusted=TRUSTED)
    assert loaded.predict_proba(ROWS).tolist() == model.predict_proba(ROWS).tolist()


VALUES = {
    "text": ["", "\0", "a\0", "\r\n", "né", "日本語", "😀", None],
    "number": [3, None, -(2**63), 0, 2**60, 7, 8, 9],
    "fraction": [0.5, None, -0.25, 1e300, 2, 3, 4, 5],
    "wide": [2**64 - 1, None, 2**63, 1, 2, 3, 4, 5],
    "nothing": [None] * 8,
    "lists": [["", "\0"], [None, "😀"], [], None, ["a"], ["b"], ["c"], ["d"]],
}


@pytest.mark.parametrize("top_k", [0, 3, None])
@pytest.mark.parametrize("streams", [False, True], ids=["fit", "partial_fit"])
@pytest.mark.parametrize(
    "duplicate",
    [through_pickle, partial(through_joblib, compress=3), through_skops],
    ids=["pickle", "joblib", "skops"],
)
def test_values_of_every_kind_are_restored(top_k, streams, duplicate, without_arrow):
    X = array(VALUES)
    encoder = HybridHashEncoder(top_k=top_k, n_buckets=5, max_features=200)
    if streams:
        encoder.partial_fit(X[:4]).partial_fit(X[4:])
    else:
        encoder.fit(X)
    found = duplicate(encoder)
    for head, expected in zip(found.vocabularies_, encoder.vocabularies_, strict=True):
        assert head.dtype == expected.dtype
        assert list(map(repr, head.tolist())) == list(map(repr, expected.tolist()))
    assert (found.transform(X) != encoder.transform(X)).nnz == 0
    assert found.to_dict(counts=True) == encoder.to_dict(counts=True)
    assert found.__getstate__()[CHECKSUM_KEY] == encoder.__getstate__()[CHECKSUM_KEY]
    if streams:
        changes, expected = found.column_changes_.to_frame(), encoder.column_changes_.to_frame()
        pd.testing.assert_frame_equal(changes, expected)


@pytest.mark.parametrize("missing", [[], [[None]]], ids=["no-missing", "missing"])
@pytest.mark.parametrize("kind", [str, int])
def test_skops_files_have_few_entries_for_any_number_of_values(kind, missing):
    skops = pytest.importorskip("skops.io")

    def n_entries(n):
        values = [[kind(i)] for i in range(n)]
        encoder = HybridHashEncoder(top_k=n, n_buckets=5)
        encoder.partial_fit(values + 9 * missing)
        encoder.partial_fit([[kind(-i)] for i in range(2 * n)] * 5)
        assert len(encoder.column_changes_) > n / 2
        assert len(encoder._fitted.histories[0].tail) > n / 2
        with zipfile.ZipFile(io.BytesIO(skops.dumps(encoder))) as archive:
            return len(archive.namelist())

    assert n_entries(500) == n_entries(50)


def types_in(value):
    """The types of all parts of a state."""
    if isinstance(value, dict | list):
        parts = value.values() if isinstance(value, dict) else value
        return {type(value)}.union(*map(types_in, parts))
    return {type(value)}


@pytest.mark.parametrize("importance", ["frequency", by_weight], ids=["name", "callable"])
def test_a_state_holds_plain_values_only(importance):
    found = encoder(importance=importance).partial_fit(ROWS).__getstate__()
    plain = {str, int, float, bool, list, dict, type(None), type, np.ndarray}
    assert types_in(found) <= plain | ({FunctionType} if importance is by_weight else set())
    assert set(found) == {*HybridHashEncoder().get_params(), "_fitted", "column_changes_", CHECKSUM_KEY}


@pytest.mark.parametrize(
    "later",
    [
        {"tail_indicator": True},
        {"seed": 7},
        {"n_hashes": 1},
        {"tail_weight": 3},
        {"handle_missing": "error"},
        {"dtype": np.int8},
    ],
    ids=str,
)
@pytest.mark.parametrize("n_rows", [1, 100], ids=["one-row", "many-rows"])
def test_parameters_set_after_fit_have_no_effect_until_the_next_fit(later, n_rows):
    rows = [["US", None], ["XX", 5]] * n_rows
    encoder = HybridHashEncoder(top_k=1, n_buckets=5).fit(rows)
    expected = encoder.transform(rows)
    encoder.set_params(**later)
    for changed in (encoder, pickle.loads(pickle.dumps(encoder))):
        assert (changed.transform(rows) != expected).nnz == 0
        assert changed.transform(rows).shape == (len(rows), changed.n_features_out_)
        assert len(changed.get_feature_names_out()) == changed.n_features_out_


def test_partial_fit_raises_without_counts():
    found = through_pickle(HybridHashEncoder.from_dict(encoder().to_dict()))
    before = pickle.dumps(found)
    with pytest.raises(
        ValueError, match=r"saved without the counts that partial_fit needs\. Fit it again"
    ):
        found.partial_fit(ROWS)
    assert pickle.dumps(found) == before
    assert found.fit(ROWS).partial_fit(ROWS).n_slots_.tolist() == [2, 2, 2, 2]


def test_arrays_may_be_mapped_into_memory(tmp_path):
    encoder = HybridHashEncoder(top_k=None).fit(np.arange(2_000).reshape(-1, 1))
    joblib.dump(encoder, tmp_path / "encoder.joblib")
    found = joblib.load(tmp_path / "encoder.joblib", mmap_mode="r")
    assert isinstance(found.vocabularies_[0], np.memmap)
    assert found.encode_indices([[7], [1999]]).tolist() == encoder.encode_indices([[7], [1999]]).tolist()


def test_arrays_may_have_another_byte_order():
    state = encoder().__getstate__()
    column = state["_fitted"]["columns"][1]
    column["head"] = column["head"].astype(">i8")
    assert from_state(state).transform([["US", 3, 0.5, []]]).indices.tolist() == [0, 8, 16]


@pytest.mark.parametrize(
    "X", [ROWS, pd.DataFrame({"a": [1, 2], "b": ["x", None]})], ids=["rows", "dataframe"]
)
def test_equal_encoders_have_equal_checksums(X):
    fitted = HybridHashEncoder(top_k=2, n_buckets=5).fit(X)
    again = HybridHashEncoder(top_k=2, n_buckets=5).fit(X)
    checksums = {found.__getstate__()[CHECKSUM_KEY] for found in (fitted, again, through_pickle(fitted))}
    assert len(checksums) == 1


# --- Damage ---

ANOTHER = [
    (["seed"], 7),
    (["sparse_output"], False),
    (["decay"], 0.5),
    (["top_k"], {0: 1}),
    (["feature_name_combiner"], lower),
    (["dtype"], np.float32),
    (["something"], "new"),
    (["_fitted", "importance"], "frequency"),
    (["_fitted", "settings", "seed"], 7),
    (["_fitted", "settings", "importance"], lower),
    (["_fitted", "n_features_out"], 7),
    (["_fitted", "columns", 1, "head", 0], 7),
    (["_fitted", "columns", 0, "head", "utf8", 0], 7),
    (["_fitted", "columns", 0, "coverage", "distinct"], 7),
    (["_fitted", "columns", 0, "counts", "error"], 7.0),
    (["_fitted", "columns", 0], None),
    (["_fitted", "columns"], []),
    ([CHECKSUM_KEY], "sha256:" + "0" * 64),
    ([CHECKSUM_KEY], "none"),
]


@pytest.mark.parametrize(
    ("path", "value"), ANOTHER, ids=[".".join(map(str, path)) for path, _ in ANOTHER]
)
def test_any_change_is_refused(path, value):
    encoder = HybridHashEncoder(top_k={0: 2}, feature_name_combiner=upper).fit(ROWS, [0, 1] * 3)
    state = copy.deepcopy(encoder.__getstate__())
    at(state, path[:-1])[path[-1]] = value
    words = r"as its checksum does not fit: .*Load it from a good copy, or fit"
    with pytest.raises(ValueError, match=words):
        from_state(state)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (["seed"], "its checksum does not fit"),
        (["_fitted"], "its checksum does not fit"),
        (["_fitted", "importance"], "its checksum does not fit"),
        (["_fitted", "columns", 0, "kind"], "its checksum does not fit"),
        (["_fitted", "format_version"], "format version None"),
        ([CHECKSUM_KEY], "its checksum is missing"),
    ],
    ids=str,
)
def test_a_missing_part_is_refused(path, words):
    state = copy.deepcopy(encoder().__getstate__())
    del at(state, path[:-1])[path[-1]]
    with pytest.raises(ValueError, match=words):
        from_state(state)


def test_a_change_of_an_unfitted_encoder_is_refused():
    with pytest.raises(ValueError, match="its checksum does not fit"):
        from_state(HybridHashEncoder().__getstate__() | {"seed": 7})


@pytest.mark.parametrize("fitted", [None, [], 7, np.zeros(2)], ids=str)
def test_a_fitted_state_of_another_type_is_refused(fitted):
    with pytest.raises(ValueError, match="saved in format version None"):
        from_state(encoder().__getstate__() | {"_fitted": fitted})


def test_a_state_that_contains_itself_is_refused():
    state = encoder().__getstate__()
    state["top_k"] = state
    with pytest.raises(ValueError, match="values contain themselves: the file is damaged"):
        from_state(state)


@pytest.mark.parametrize("state", [None, [], (None, {}), "state"], ids=str)
def test_a_state_of_another_type_is_refused(state):
    with pytest.raises(ValueError, match=r"its state is of type .*, not a dict: the file is damaged"):
        from_state(state)


def test_a_state_of_the_first_version_raises():
    state = {"top_k": 2, "vocabularies_": [], "format_version_": 1, "_checksum": "sha256:0"}
    with pytest.raises(ValueError, match=r"saved by hybrid_encoder 0\.1\.0.*Fit and save it again"):
        HybridHashEncoder().__setstate__(state)
