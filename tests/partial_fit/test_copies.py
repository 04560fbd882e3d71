"""Copies and files of an encoder continue as the encoder itself."""

import copy
import io
import pickle

import joblib
import numpy as np
import pytest

from hybrid_encoder import HybridHashEncoder
from tests.conftest import array
from tests.partial_fit.builders import state
from tests.test_encoder import COLUMNS
from tests.test_invariants import same


def through_joblib(encoder):
    file = io.BytesIO()
    joblib.dump(encoder, file)
    file.seek(0)
    return joblib.load(file)


def through_skops(encoder):
    skops = pytest.importorskip("skops.io")
    trusted = ["hybrid_encoder._encoder.HybridHashEncoder"]
    return skops.loads(skops.dumps(encoder), trusted=trusted)


@pytest.mark.parametrize(
    "duplicate",
    [
        copy.copy,
        copy.deepcopy,
        lambda encoder: pickle.loads(pickle.dumps(encoder)),
        through_joblib,
        through_skops,
    ],
    ids=["copy", "deepcopy", "pickle", "joblib", "skops"],
)
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"max_tracked": 5, "decay": 0.5},
        {"decay": 0.3, "importance": "gini"},
        {"top_k": "auto", "n_buckets": "auto", "max_features": 40, "tail_indicator": True},
    ],
    ids=str,
)
def test_a_copy_continues_as_the_encoder(duplicate, parameters):
    batches = []
    for shift in range(4):
        rows = range(30 + shift)
        batches.append(
            array(
                {
                    "text": [f"v{i * i % 11 + 3 * shift}" for i in rows],
                    "numbers": [[7, 0.5, None, 2**60, -1, 2**63][(i + shift) % 6] for i in rows],
                    "lists": [[f"{i % 5}", f"{i % 3 + shift}"][: i % 3] for i in rows],
                }
            )
        )
    encoder = HybridHashEncoder(**{"top_k": 3, "n_buckets": 4} | parameters)
    labels = [[int(row[0][1:]) % 2 for row in X] for X in batches]
    encoder.partial_fit(batches[0], labels[0])
    n_changes = 0
    for X, y in zip(batches[1:], labels[1:], strict=True):
        other = duplicate(encoder)
        before = state(other)
        encoder.partial_fit(X, y)
        # A call on the one does not change the other.
        assert state(other) == before
        other.partial_fit(X, y)
        assert state(other) == state(encoder)
        assert same(other.transform(X), encoder.transform(X))
        n_changes += len(encoder.column_changes_)
    assert n_changes > 0


PLAIN = (str, int, float, bool, type(None), np.ndarray, type)


def parts_of(value):
    yield value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    for part in inner:
        yield from parts_of(part)


@pytest.mark.parametrize("max_tracked", [None, 4])
def test_a_pickle_holds_plain_values_only(max_tracked):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3, max_tracked=max_tracked)
    encoder.partial_fit(array(COLUMNS), [0, 1] * 150).partial_fit(array(COLUMNS)[:3], [0, 1, 2])
    for part in parts_of(encoder.__getstate__()):
        assert isinstance(part, (*PLAIN, list, dict)), part
        if isinstance(part, np.ndarray) and part.dtype == object:
            assert {type(value) for value in part.tolist()} <= {str, int, float, type(None)}
