import copy
import io
import json
import pickle
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._serialize import (
    attributes as _attributes,
)
from hybrid_encoder._serialize import (
    checksum as _checksum,
)
from hybrid_encoder._serialize import (
    state as _state,
)
from tests.conftest import array
from tests.data.make_golden import PARAMETERS, ROWS

DATA = Path(__file__).parents[1] / "data"
GOLDEN = sorted(DATA.glob("format_*.pickle"))


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_encoders_are_read_as_they_were_written(path):
    encoder = pickle.loads(path.read_bytes())
    expected = json.loads(path.with_suffix(".json").read_text())
    assert encoder.transform(ROWS).toarray().tolist() == expected["encoded"]
    assert encoder.get_feature_names_out().tolist() == expected["names"]
    assert encoder.inverse_transform(encoder.transform(ROWS))[0].tolist() == ["US", 3, 0.5, ["b", "a"]]
    assert encoder.report()["slots"].tolist() == [2, 2, 2, 2]


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_encoders_are_fitted_as_they_were(path):
    expected = json.loads(path.with_suffix(".json").read_text())
    encoder = HybridHashEncoder(**PARAMETERS).fit(ROWS)
    assert encoder.transform(ROWS).toarray().tolist() == expected["encoded"]
    assert encoder.get_feature_names_out().tolist() == expected["names"]


def test_there_is_a_golden_encoder_of_this_version():
    version = HybridHashEncoder().fit(ROWS).format_version_
    assert f"format_{version}" in [path.stem for path in GOLDEN]


@pytest.mark.parametrize("version", [0, 2, None, "1"])
def test_an_unknown_version_is_refused(version):
    state = HybridHashEncoder().fit(ROWS).__getstate__() | {"format_version_": version}
    words = rf"saved in format version {re.escape(repr(version))}, and.*reads version 1. Load it with"
    with pytest.raises(ValueError, match=words):
        HybridHashEncoder().__setstate__(state)


def test_a_pickle_of_an_unknown_version_is_refused():
    encoder = HybridHashEncoder().fit(ROWS)
    encoder.format_version_ = 99
    with pytest.raises(ValueError, match="format version 99"):
        pickle.loads(pickle.dumps(encoder))


@pytest.mark.parametrize(
    "duplicate", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_copies(duplicate):
    encoder = HybridHashEncoder(top_k=2, n_buckets=5).fit(ROWS)
    assert (duplicate(encoder).transform(ROWS) != encoder.transform(ROWS)).nnz == 0


def test_an_unfitted_encoder_can_be_pickled_and_cloned():
    encoder = HybridHashEncoder(top_k={"a": 3})
    assert pickle.loads(pickle.dumps(encoder)).get_params() == encoder.get_params()
    assert clone(encoder).get_params() == encoder.get_params()


@pytest.mark.parametrize("kind", [str, int])
def test_a_pickle_holds_the_head_only(kind):
    values = [[kind(i)] for i in range(200_000)]
    small = pickle.dumps(HybridHashEncoder(top_k=1000).fit(values))
    assert len(small) < 80_000


def test_a_fresh_process_serves_the_same(tmp_path):
    encoder = HybridHashEncoder(top_k=2, n_buckets=5).fit(ROWS)
    (tmp_path / "encoder.pickle").write_bytes(pickle.dumps(encoder))
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
    assert json.loads(found) == encoder.transform([["US", 3, 7.5, ["a", "z"]]]).toarray().tolist()


def test_skops():
    skops = pytest.importorskip("skops.io")
    encoder = HybridHashEncoder(top_k=2, n_buckets=5).fit(ROWS)
    trusted = ["hybrid_encoder._encoder.HybridHashEncoder"]
    loaded = skops.loads(skops.dumps(encoder), trusted=trusted)
    assert (loaded.transform(ROWS) != encoder.transform(ROWS)).nnz == 0


@pytest.mark.parametrize("parameters", [{}, {"dtype": np.float32}, {"top_k": {0: 3}}], ids=str)
def test_skops_trusts_one_type_in_a_pipeline(parameters):
    skops = pytest.importorskip("skops.io")
    model = make_pipeline(HybridHashEncoder(n_buckets=5, **parameters), LogisticRegression())
    saved = skops.dumps(model.fit(ROWS, [0, 1] * 3))
    trusted = ["hybrid_encoder._encoder.HybridHashEncoder"]
    assert skops.get_untrusted_types(data=saved) == trusted
    loaded = skops.loads(saved, trusted=trusted)
    assert loaded.predict_proba(ROWS).tolist() == model.predict_proba(ROWS).tolist()


STRANGE = {
    "text": ["", "\0", "a\0", "\r\n", "né", "日本語", "😀", None],
    "number": [3, None, -(2**63), 0, 2**60, 7, 8, 9],
    "fraction": [0.5, None, -0.25, 1e300, 2, 3, 4, 5],
    "wide": [2**64 - 1, None, 2**63, 1, 2, 3, 4, 5],
    "nothing": [None] * 8,
    "lists": [["", "\0"], [None, "😀"], [], None, ["a"], ["b"], ["c"], ["d"]],
}


def through_skops(encoder):
    skops = pytest.importorskip("skops.io")
    return skops.loads(skops.dumps(encoder), trusted=["hybrid_encoder._encoder.HybridHashEncoder"])


@pytest.mark.parametrize("top_k", [0, 3, None])
@pytest.mark.parametrize("streams", [False, True], ids=["fit", "partial_fit"])
@pytest.mark.parametrize(
    "duplicate",
    [lambda e: pickle.loads(pickle.dumps(e)), lambda e: through_joblib(e, compress=3), through_skops],
    ids=["pickle", "joblib", "skops"],
)
def test_values_of_every_kind_are_loaded(top_k, streams, duplicate, without_arrow):
    X = array(STRANGE)
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
    assert found.__getstate__()["_checksum"] == encoder.__getstate__()["_checksum"]
    if streams:
        changes, expected = found.column_changes_.to_frame(), encoder.column_changes_.to_frame()
        pd.testing.assert_frame_equal(changes, expected)


@pytest.mark.parametrize("missing", [[], [[None]]], ids=["no-missing", "missing"])
@pytest.mark.parametrize("kind", [str, int])
def test_skops_makes_few_entries_whatever_the_number_of_values(kind, missing):
    skops = pytest.importorskip("skops.io")

    def n_entries(n):
        values = [[kind(i)] for i in range(n)]
        encoder = HybridHashEncoder(top_k=n, n_buckets=5)
        encoder.partial_fit(values + 9 * missing)
        encoder.partial_fit([[kind(-i)] for i in range(2 * n)] * 5)
        assert len(encoder.column_changes_) > n / 2
        assert len(encoder._histories[0].tail) > n / 2
        with zipfile.ZipFile(io.BytesIO(skops.dumps(encoder))) as archive:
            return len(archive.namelist())

    assert n_entries(500) == n_entries(50)


@pytest.mark.parametrize("streams", [False, True], ids=["fit", "partial_fit"])
def test_object_arrays_are_read(streams):
    X = array(STRANGE)
    encoder = HybridHashEncoder(top_k=3, n_buckets=5)
    encoder.partial_fit(X[:4]).partial_fit(X) if streams else encoder.fit(X)
    earlier = _state.unsealed(encoder.__getstate__())
    assert earlier["vocabularies_"][0].dtype == object
    found = loaded(earlier | {"_checksum": _checksum.of_values(earlier)})
    assert found.__getstate__()["_checksum"] == encoder.__getstate__()["_checksum"]
    assert (found.partial_fit(X).transform(X) != encoder.partial_fit(X).transform(X)).nnz == 0


def test_nothing_derived_is_saved():
    encoder = HybridHashEncoder().fit(ROWS)
    assert set(encoder.__getstate__()) == set(encoder.__dict__) - set(_attributes.DERIVED) | {
        "_checksum"
    }
    kinds = {type(value) for value in encoder.__getstate__().values()}
    plain = {str, int, float, bool, list, dict, type(None), type, np.ndarray}
    assert kinds <= plain


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
def test_a_parameter_that_is_set_later_waits_for_the_next_fit(later, n_rows):
    rows = [["US", None], ["XX", 5]] * n_rows
    encoder = HybridHashEncoder(top_k=1, n_buckets=5).fit(rows)
    expected = encoder.transform(rows)
    encoder.set_params(**later)
    for changed in (encoder, pickle.loads(pickle.dumps(encoder))):
        assert (changed.transform(rows) != expected).nnz == 0
        assert changed.transform(rows).shape == (len(rows), changed.n_features_out_)
        assert len(changed.get_feature_names_out()) == changed.n_features_out_


@pytest.mark.parametrize("path", GOLDEN, ids=lambda path: path.stem)
def test_golden_encoders_have_all_parameters(path):
    encoder = pickle.loads(path.read_bytes())
    assert encoder.get_params() == HybridHashEncoder(**PARAMETERS).get_params()
    assert clone(encoder).fit(ROWS).n_features_out_ == encoder.n_features_out_
    assert repr(encoder) == repr(clone(encoder))


def test_an_encoder_without_counts_does_not_go_on():
    encoder = HybridHashEncoder.from_dict(HybridHashEncoder(**PARAMETERS).fit(ROWS).to_dict())
    before = pickle.dumps(encoder)
    with pytest.raises(ValueError, match=r"saved without counts to go on from\. Fit it again"):
        encoder.partial_fit(ROWS)
    assert pickle.dumps(encoder) == before
    assert encoder.fit(ROWS).partial_fit(ROWS).n_slots_.tolist() == [2, 2, 2, 2]


def test_nothing_derived_is_saved_after_partial_fit():
    encoder = HybridHashEncoder(top_k=2, n_buckets=3).partial_fit(ROWS).partial_fit(ROWS)
    assert set(encoder.__getstate__()) == set(encoder.__dict__) - set(_attributes.DERIVED) | {
        "_checksum"
    }


@pytest.mark.parametrize("n_calls", [1, 3])
def test_golden_rows_in_several_calls_are_encoded_as_at_fit(n_calls):
    expected = json.loads((DATA / "format_1.json").read_text())
    encoder = HybridHashEncoder(**PARAMETERS)
    for _ in range(n_calls):
        encoder.partial_fit(ROWS)
    assert encoder.transform(ROWS).toarray().tolist() == expected["encoded"]
    assert encoder.get_feature_names_out().tolist() == expected["names"]


# --- Damage ---


def upper(column, value):
    return f"{column}={value}".upper()


def lower(column, value):
    return f"{column}={value}".lower()


def through_joblib(encoder, **how):
    stream = io.BytesIO()
    joblib.dump(encoder, stream, **how)
    stream.seek(0)
    return joblib.load(stream)


@pytest.mark.parametrize(
    "parameters",
    [
        {"top_k": {0: 3, 1: None}, "n_buckets": {3: 0}},
        {"feature_name_combiner": upper, "dtype": np.dtype("float32"), "seed": np.uint32(7)},
        {"tail_weight": np.float64(0.5), "n_jobs": 2, "max_tracked": 2**70},
    ],
    ids=lambda parameters: "-".join(parameters),
)
@pytest.mark.parametrize("fitted", [False, True])
@pytest.mark.parametrize(
    "duplicate",
    [copy.copy, copy.deepcopy, through_joblib, lambda e: through_joblib(e, compress=3)]
    + [lambda e, protocol=protocol: pickle.loads(pickle.dumps(e, protocol)) for protocol in range(6)],
)
def test_what_is_as_it_was_is_loaded(parameters, fitted, duplicate):
    encoder = HybridHashEncoder(**parameters)
    found = duplicate(encoder.fit(ROWS) if fitted else encoder)
    assert found.get_params() == encoder.get_params()
    if fitted:
        assert (found.transform(ROWS) != encoder.transform(ROWS)).nnz == 0
        assert found.get_feature_names_out().tolist() == encoder.get_feature_names_out().tolist()


def test_arrays_that_are_mapped_into_memory(tmp_path):
    encoder = HybridHashEncoder(top_k=None).fit(np.arange(2_000).reshape(-1, 1))
    joblib.dump(encoder, tmp_path / "encoder.joblib")
    found = joblib.load(tmp_path / "encoder.joblib", mmap_mode="r")
    assert isinstance(found.vocabularies_[0], np.memmap)
    assert found.encode_indices([[7], [1999]]).tolist() == encoder.encode_indices([[7], [1999]]).tolist()


def test_another_byte_order():
    state = HybridHashEncoder(**PARAMETERS).fit(ROWS).__getstate__()
    state["vocabularies_"][1] = state["vocabularies_"][1].astype(">i8")
    loaded = HybridHashEncoder()
    loaded.__setstate__(state)
    assert loaded.transform([["US", 3, 0.5, []]]).indices.tolist() == [0, 8, 16]


def loaded(state):
    encoder = HybridHashEncoder.__new__(HybridHashEncoder)
    encoder.__setstate__(state)
    return encoder


@pytest.mark.parametrize(
    "changed",
    [
        {"seed": 7},
        {"sparse_output": False},
        {"decay": 0.5},
        {"top_k": {0: 1}},
        {"feature_name_combiner": lower},
        {"dtype": np.float32},
        {"importance_": "frequency"},
        {"something": "new"},
        {"_checksum": "sha256:" + "0" * 64},
        {"_checksum": "none"},
    ],
    ids=lambda changed: "-".join(changed),
)
def test_any_change_is_noticed(changed):
    encoder = HybridHashEncoder(top_k={0: 2}, feature_name_combiner=upper).fit(ROWS, [0, 1] * 3)
    with pytest.raises(
        ValueError, match=r"as its checksum does not fit: .*Load it from a good copy, or fit"
    ):
        loaded(encoder.__getstate__() | changed)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("seed", "its checksum does not fit"),
        ("importance_", "importance_ is missing"),
        ("_checksum", "its checksum is missing"),
    ],
)
def test_what_is_left_out_is_noticed(name, words):
    state = HybridHashEncoder(**PARAMETERS).fit(ROWS).__getstate__()
    del state[name]
    with pytest.raises(ValueError, match=words):
        loaded(state)


def test_an_unfitted_encoder_that_was_changed():
    with pytest.raises(ValueError, match="checksum does not fit"):
        loaded(HybridHashEncoder().__getstate__() | {"seed": 7})


def test_a_state_that_holds_itself():
    state = HybridHashEncoder(**PARAMETERS).fit(ROWS).__getstate__()
    state["top_k"] = state
    with pytest.raises(ValueError, match="values hold themselves: the file is damaged"):
        loaded(state)


@pytest.mark.parametrize("state", [None, [], (None, {}), "state"], ids=str)
def test_a_state_of_another_type(state):
    with pytest.raises(ValueError, match=r"its state is of type .*, not a dict: the file is damaged"):
        loaded(state)


@pytest.mark.parametrize(
    "X", [ROWS, pd.DataFrame({"a": [1, 2], "b": ["x", None]})], ids=["rows", "frame"]
)
def test_the_same_encoder_has_the_same_checksum(X):
    encoder = HybridHashEncoder(**PARAMETERS).fit(X)
    again = pickle.loads(pickle.dumps(encoder))
    assert again.__getstate__()["_checksum"] == encoder.__getstate__()["_checksum"]
    assert (
        HybridHashEncoder(**PARAMETERS).fit(X).__getstate__()["_checksum"]
        == (encoder.__getstate__()["_checksum"])
    )
