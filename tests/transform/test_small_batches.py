import enum

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._transform import encode as _encode
from hybrid_encoder._transform.small_batches import encode_rows, row_indices
from tests.conftest import objects

NUMPY_INTEGERS = [np.dtype(code).type(1) for code in "?bhilqBHILQ"]
PLAIN = {
    "text": ["a", "b", None, np.nan, pd.NA, pd.NaT, "naïve", ""],
    "number": [
        *(1, 2.0, True, None, np.nan, 0.5, -(2**63), 2**64 - 1, -0.0, np.inf, np.float64(1), 1e300),
        *(np.float32(0.1), np.uint64(2**64 - 1), np.int8(-1), *NUMPY_INTEGERS),
    ],
}
COLUMNS = {"text": ["a", "a", "b", None], "number": [1, 1, 2.5, None]}
SETTINGS = [
    {},
    {"n_hashes": 1},
    {"n_buckets": 1, "tail_indicator": True},
    {"n_buckets": 0, "tail_indicator": True},
    {"handle_missing": "ignore"},
    {"dtype": np.int32, "tail_weight": 1},
]


def fit(kind, **parameters):
    return HybridHashEncoder(**{"top_k": 2, "n_buckets": 5} | parameters).fit(rows_of(COLUMNS[kind]))


def rows_of(values):
    return objects(values).reshape(-1, 1)


def by_column(monkeypatch, encode, X):
    """The result of the column-wise path."""
    with monkeypatch.context() as patch:
        patch.setattr(_encode, "FEW", 0)
        return encode(X)


def entries_of(encoder, X):
    """The result of the cell-wise path; None if it does not support a cell."""
    return encode_rows(X, encoder._fitted.columns, encoder._fitted.settings.tail_weight)


def indices_of(encoder, X):
    return row_indices(X, encoder._fitted.columns, encoder.n_hashes)


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
@pytest.mark.parametrize("kind", ["text", "number"])
def test_both_paths_agree(monkeypatch, kind, setting):
    encoder = fit(kind, **setting)
    X = rows_of(PLAIN[kind])
    assert entries_of(encoder, X) is not None
    short, long = encoder.transform(X), by_column(monkeypatch, encoder.transform, X)
    assert short.dtype == long.dtype
    assert short.toarray().tolist() == long.toarray().tolist()
    assert short.indices.dtype == np.int32
    fresh = sp.csr_array((short.data, short.indices, short.indptr), shape=short.shape)
    assert fresh.has_canonical_format


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
@pytest.mark.parametrize("kind", ["text", "number"])
def test_both_paths_agree_on_indices(monkeypatch, kind, setting):
    encoder = fit(kind, **setting)
    X = rows_of(PLAIN[kind])
    assert indices_of(encoder, X) is not None
    short, long = encoder.encode_indices(X), by_column(monkeypatch, encoder.encode_indices, X)
    assert (short.dtype, short.shape) == (long.dtype, long.shape)
    assert short.tolist() == long.tolist()


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.none(), min_size=1), st.booleans()
)
def test_both_paths_agree_on_any_text(texts, indicator):
    encoder = fit("text", tail_indicator=indicator)
    with pytest.MonkeyPatch.context() as monkeypatch:
        long = by_column(monkeypatch, encoder.transform, rows_of(texts))
    assert (encoder.transform(rows_of(texts)) != long).nnz == 0


class Colour(enum.StrEnum):
    A = "a"


@pytest.mark.parametrize(
    ("kind", "value"), [("text", Colour.A), ("text", np.str_("a")), ("number", np.float16(0.5))]
)
def test_other_cells_take_the_column_wise_path(kind, value):
    encoder, X = fit(kind), rows_of([value])
    assert entries_of(encoder, X) is None
    assert indices_of(encoder, X) is None
    assert encoder.transform(X).shape[0] == encoder.encode_indices(X).shape[0] == 1


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        ("text", 1, TypeError),
        ("text", "\ud800", ValueError),
        ("number", "a", TypeError),
        ("number", 2**64, ValueError),
    ],
)
def test_invalid_values_raise_the_same_error(kind, value, error):
    encoder = fit(kind)
    assert entries_of(encoder, rows_of([value])) is None
    assert indices_of(encoder, rows_of([value])) is None
    with pytest.raises(error, match="Column 0, row 0"):
        encoder.transform(rows_of([value]))


def test_missing_values_raise_where_they_are_an_error():
    encoder = HybridHashEncoder(handle_missing="error").fit([["a"]])
    with pytest.raises(ValueError, match="missing"):
        encoder.transform([[None]])
