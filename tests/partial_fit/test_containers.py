"""Counts and slots depend neither on the container of a batch, nor on threads, nor on the process."""

import numpy as np
import pytest
from hypothesis import given

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._input import parallel as _parallel
from tests.conftest import array
from tests.partial_fit.builders import (
    STREAM_ENCODERS,
    changes_of,
    classes_of,
    counts_of,
    fresh,
    partial_fit_first,
    streams,
)
from tests.test_encoder import COLUMNS, LISTS
from tests.test_invariants import AVAILABLE, heads, outputs_of


@given(streams(), STREAM_ENCODERS, AVAILABLE)
def test_any_container_leads_to_the_same_counts(batches, encoder, container):
    partial_fit_first(encoder, array(batches[0]), classes_of(batches[0]))
    other = fresh(encoder).partial_fit(container(batches[0]), classes_of(batches[0]))
    for columns in batches[1:]:
        encoder.partial_fit(array(columns), classes_of(columns))
        other.partial_fit(container(columns), classes_of(columns))
    assert heads(other) == heads(encoder)
    assert counts_of(other) == counts_of(encoder)


@pytest.mark.parametrize("columns", [COLUMNS, LISTS], ids=["single", "lists"])
def test_every_container(container, columns):
    expected = HybridHashEncoder(top_k=4, n_buckets=5)
    found = HybridHashEncoder(top_k=4, n_buckets=5)
    for start in range(0, 10, 5):
        part = {name: cells[start : start + 5] * 3 for name, cells in columns.items()}
        expected.partial_fit(array(part))
        found.partial_fit(container(part))
    assert heads(found) == heads(expected)
    assert counts_of(found) == counts_of(expected)


@pytest.mark.parametrize("n_jobs", [1, 2, 4])
def test_any_number_of_threads(n_jobs, monkeypatch):
    monkeypatch.setattr(_parallel, "_MIN_ROWS_PER_THREAD", 1)
    expected, found = (
        HybridHashEncoder(max_features=60, decay=0.5, max_tracked=60, n_jobs=n) for n in (None, n_jobs)
    )
    generator = np.random.default_rng(0)
    for shift in range(4):
        X = generator.zipf(1.4, (400, 5)) % 50 + 5 * shift
        expected.partial_fit(X)
        found.partial_fit(X)
        assert changes_of(found) == changes_of(expected)
    assert counts_of(found) == counts_of(expected)
    assert len(found.column_changes_) > 0


SCRIPT = """
import hashlib
from dataclasses import astuple
from hybrid_encoder import HybridHashEncoder
encoder = HybridHashEncoder(max_features=60, max_tracked=80, decay=0.5)
for shift in range(5):
    encoder.partial_fit([[f"user_{i * i % 701 + 50 * shift}", i % 37 + shift] for i in range(500)])
heads = [history.head for history in encoder._fitted.histories]
found = [*encoder.vocabularies_, *astuple(encoder.column_changes_), *heads]
plain = [getattr(part, "tolist", lambda: part)() for part in found]
print(hashlib.sha256(repr(plain).encode()).hexdigest(), len(encoder.column_changes_) > 0)
"""


def test_any_process_and_hash_seed():
    found = outputs_of(SCRIPT, "0", "12345")
    assert len(found) == 1
    assert found.pop().endswith("True\n")
