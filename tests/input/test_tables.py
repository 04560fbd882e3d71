import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._input import tables as _tables
from hybrid_encoder._input import text as _text


@pytest.mark.parametrize("n_rows", [3, _text.FEW + 1], ids=["few", "many"])
def test_shape_and_columns(container, n_rows):
    table = _tables.open_table(container({"a": ["x"] * n_rows, "b": [1] * n_rows}))
    assert table.shape == (n_rows, 2)
    assert [len(column) for column in _tables.raw_columns(table)] == [n_rows, n_rows]


def test_columns_can_be_sliced(container):
    table = _tables.open_table(container({"a": [str(row) for row in range(100)]}))
    (column,) = _tables.raw_columns(table)
    assert list(column[10:12]) == ["10", "11"]


def test_columns_may_have_the_same_name():
    frame = pd.DataFrame([["a", 1]] * 100, columns=["same", "same"])
    first, second = _tables.raw_columns(_tables.open_table(frame))
    assert (first[0], second[0]) == ("a", 1)


def test_few_rows_that_pandas_cannot_convert_to_objects():
    pa = pytest.importorskip("pyarrow")
    views = pd.arrays.ArrowExtensionArray(pa.chunked_array([pa.array(["a", None], pa.string_view())]))
    encoder = HybridHashEncoder().fit(pd.DataFrame({"c": pd.Series(views)}))
    assert encoder.vocabularies_[0].tolist() == ["a", None]
    assert encoder.transform(pd.DataFrame({"c": pd.Series(views)})).shape == (2, 4)


def test_masked_cells_are_missing():
    masked = np.ma.MaskedArray([[1, 2]], mask=[[False, True]])
    assert _tables.open_table(masked).tolist() == [[1, None]]


@pytest.mark.parametrize(
    ("X", "error", "words"),
    [
        (["a", "b"], ValueError, "Reshape your data"),
        (pd.Series(["a", "b"]), ValueError, r"X.to_frame\(\)"),
        (np.array(["a", "b"]), ValueError, "Expected 2D array, got 1D array"),
        (np.zeros((2, 2, 2)), ValueError, "Expected 2D array, got 3D array"),
        ("text", ValueError, "Expected 2D array, got 0D array"),
        (np.empty((0, 3)), ValueError, r"0 sample\(s\).*Pass at least one row"),
        (pd.DataFrame({"a": []}), ValueError, r"0 sample\(s\)"),
        ([], ValueError, r"0 sample\(s\)"),
        (np.empty((3, 0)), ValueError, r"0 feature\(s\) \(shape=\(3, 0\)\) while a minimum of 1"),
        ([["a", "b"], ["c"]], ValueError, "Row 1 has 1 cells and row 0 has 2"),
        ([{"a": 1}], TypeError, r"pass pandas.DataFrame\(X\)"),
        (np.matrix([[1]]), TypeError, r"np.matrix is not supported. Convert it with np.asarray"),
        (sp.csr_array(np.eye(2)), TypeError, r"Use '.toarray\(\)'"),
    ],
)
def test_containers_that_are_not_tables_raise(X, error, words):
    with pytest.raises(error, match=words):
        _tables.open_table(X)


def test_lazy_frames_raise():
    pl = pytest.importorskip("polars")
    with pytest.raises(TypeError, match=r"collect it first, with X.collect\(\)"):
        _tables.open_table(pl.LazyFrame({"a": [1]}))


def test_distributed_frames_raise():
    dd = pytest.importorskip("dask.dataframe")
    frame = dd.from_pandas(pd.DataFrame({"a": [1, 2]}), npartitions=1)
    with pytest.raises(TypeError, match=r"use hybrid_encoder\.dask\.fit\(encoder, X\)"):
        _tables.open_table(frame)


@pytest.mark.parametrize("X", [np.empty((0, 3)), pd.DataFrame({"a": []})], ids=["array", "frame"])
def test_tables_without_rows_can_be_allowed(X):
    assert _tables.open_table(X, least_rows=0).shape == X.shape


@pytest.mark.parametrize(
    ("X", "expected"),
    [
        (pd.DataFrame({"b": [1], "a": [2]}), ["b", "a"]),
        (pd.DataFrame([[1, 2]]), None),
        (np.array([[1, 2]]), None),
    ],
    ids=["text", "numbers", "array"],
)
def test_feature_names(X, expected):
    names = _tables.feature_names(_tables.open_table(X))
    assert (None if names is None else names.tolist()) == expected
    assert _tables.feature_names_out(names, 2) == (expected or ["x0", "x1"])


def test_names_of_text_and_numbers_raise():
    table = _tables.open_table(pd.DataFrame([[1, 2]], columns=["a", 1]))
    with pytest.raises(TypeError, match="feature names"):
        _tables.feature_names(table)


@pytest.mark.parametrize("n_rows", [1, 2])
def test_cells(container, n_rows):
    X = container({"a": ["x", None][:n_rows], "b": [1.5, 2.5][:n_rows]})
    found = [list(row) for row in _tables.cells(_tables.open_table(X))]
    expected = [["x", 1.5], [None, 2.5]][:n_rows]
    assert [[None if pd.isna(cell) else cell for cell in row] for row in found] == expected


@pytest.mark.parametrize("dtype", ["M8[ns]", "m8[s]"])
def test_arrays_of_times_have_no_cells(dtype):
    assert _tables.cells(np.zeros((2, 1), dtype=dtype)) is None
