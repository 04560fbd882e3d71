import enum

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._transform import encode as _encoding
from hybrid_encoder._transform.small_batches import encode_few, indices_of_few

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


def fitted(kind, **parameters):
    rows = [[value] for value in COLUMNS[kind]]
    return HybridHashEncoder(**{"top_k": 2, "n_buckets": 5} | parameters).fit(rows)


def the_long_way(monkeypatch, encode, X):
    with monkeypatch.context() as patch:
        patch.setattr(_encoding, "FEW", 0)
        return encode(X)


def cell_by_cell(encoder, X):
    """What the short way gives; None if it leaves these rows to the long one."""
    return encode_few(X, encoder._settled, encoder._settings["tail_weight"])


def rows_of(values):
    cells = np.empty((len(values), 1), dtype=object)
    cells[:, 0] = values
    return cells


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
@pytest.mark.parametrize("kind", ["text", "number"])
def test_both_ways_agree(monkeypatch, kind, setting):
    encoder = fitted(kind, **setting)
    X = rows_of(PLAIN[kind])
    assert cell_by_cell(encoder, X) is not None
    short, long = encoder.transform(X), the_long_way(monkeypatch, encoder.transform, X)
    assert short.dtype == long.dtype
    assert short.toarray().tolist() == long.toarray().tolist()
    assert short.indices.dtype == np.int32
    fresh = sp.csr_array((short.data, short.indices, short.indptr), shape=short.shape)
    assert fresh.has_canonical_format


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
@pytest.mark.parametrize("kind", ["text", "number"])
def test_both_ways_agree_on_indices(monkeypatch, kind, setting):
    encoder = fitted(kind, **setting)
    X = rows_of(PLAIN[kind])
    assert indices_of_few(X, encoder._settled, encoder.n_hashes) is not None
    short, long = encoder.encode_indices(X), the_long_way(monkeypatch, encoder.encode_indices, X)
    assert (short.dtype, short.shape) == (long.dtype, long.shape)
    assert short.tolist() == long.tolist()


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.none(), min_size=1), st.booleans()
)
def test_both_ways_agree_on_any_text(texts, indicator):
    encoder = fitted("text", tail_indicator=indicator)
    with pytest.MonkeyPatch.context() as monkeypatch:
        long = the_long_way(monkeypatch, encoder.transform, rows_of(texts))
    assert (encoder.transform(rows_of(texts)) != long).nnz == 0


class Colour(enum.StrEnum):
    A = "a"


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        ("text", [Colour.A]),
        ("text", [np.str_("a")]),
        ("number", [np.float16(0.5)]),
    ],
)
def test_what_is_not_plain_goes_the_long_way(kind, values):
    encoder = fitted(kind)
    assert cell_by_cell(encoder, rows_of(values)) is None
    assert indices_of_few(rows_of(values), encoder._settled, encoder.n_hashes) is None
    assert (
        encoder.transform(rows_of(values)).shape[0]
        == encoder.encode_indices(rows_of(values)).shape[0]
        == 1
    )


@pytest.mark.parametrize(
    ("kind", "value", "error"),
    [
        ("text", 1, TypeError),
        ("text", "\ud800", ValueError),
        ("number", "a", TypeError),
        ("number", 2**64, ValueError),
    ],
)
def test_what_is_refused_is_refused_in_the_same_words(kind, value, error):
    encoder = fitted(kind)
    with pytest.raises(error, match="Column 0, row 0"):
        encoder.transform(rows_of([value]))


def test_missing_values_are_refused_where_they_are_an_error():
    encoder = HybridHashEncoder(handle_missing="error").fit([["a"]])
    with pytest.raises(ValueError, match="missing"):
        encoder.transform([[None]])
