import copy
import json
import pickle
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from sklearn.base import clone

from hybrid_encoder import HybridHashEncoder, _encoder
from tests.data.make_golden import PARAMETERS, ROWS

DATA = Path(__file__).parent / "data"
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


def test_nothing_derived_is_saved():
    encoder = HybridHashEncoder().fit(ROWS)
    assert set(encoder.__getstate__()) == set(encoder.__dict__) - set(_encoder._DERIVED) | {"_checksum"}
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
    # Those that came later have their defaults.
    given = HybridHashEncoder(**PARAMETERS).get_params()
    assert encoder.get_params() == given | {"importance": "frequency"}
    assert clone(encoder).fit(ROWS).n_features_out_ == encoder.n_features_out_
    assert repr(encoder) == repr(clone(encoder))


def test_an_encoder_without_counts_does_not_go_on():
    encoder = pickle.loads((DATA / "format_1.pickle").read_bytes())
    before = pickle.dumps(encoder)
    with pytest.raises(ValueError, match=r"by an earlier release, which kept no counts.*Fit it"):
        encoder.partial_fit(ROWS)
    assert pickle.dumps(encoder) == before
    assert encoder.fit(ROWS).partial_fit(ROWS).n_slots_.tolist() == [2, 2, 2, 2]


def test_nothing_derived_is_saved_after_partial_fit():
    encoder = HybridHashEncoder(top_k=2, n_buckets=3).partial_fit(ROWS).partial_fit(ROWS)
    assert set(encoder.__getstate__()) == set(encoder.__dict__) - set(_encoder._DERIVED) | {"_checksum"}


@pytest.mark.parametrize("n_calls", [1, 3])
def test_golden_rows_in_several_calls_are_encoded_as_at_fit(n_calls):
    expected = json.loads((DATA / "format_1.json").read_text())
    encoder = HybridHashEncoder(**PARAMETERS)
    for _ in range(n_calls):
        encoder.partial_fit(ROWS)
    assert encoder.transform(ROWS).toarray().tolist() == expected["encoded"]
    assert encoder.get_feature_names_out().tolist() == expected["names"]
