import numpy as np
import pandas as pd
import pytest

from hybrid_encoder._input import parallel
from hybrid_encoder._input.tables import open_table
from hybrid_encoder._transform import encode as _encode
from hybrid_encoder._transform.encode import check_no_lists, encode, encode_indices, write_indices
from hybrid_encoder._transform.lookup import IGNORED, TAIL, Locations
from tests import reference
from tests.conftest import array
from tests.transform.builders import SETTINGS, columns

HEADS = [["a", "b"], [7, None]]
CELLS = {"text": ["a", "z", "b", "a", None, "y"], "number": [7, 7.0, 0.5, None, 2**40, 7]}
FITTED = columns([2, 3], [5, 4], heads=HEADS)
# A reference for FITTED: without the free slot, which no cell sets.
EXPECTED = np.insert(
    reference.encode(list(CELLS.values()), HEADS, [5, 4], tail_weight=0.5), 9, 0, axis=1
)


@pytest.fixture(params=[0, 256], ids=["by column", "by cell"])
def few(request, monkeypatch):
    """The number of rows up to which rows are encoded cell by cell."""
    monkeypatch.setattr(_encode, "FEW", request.param)


@pytest.fixture(params=[1, 2, 100])
def block_rows(request, monkeypatch):
    """The number of rows that are encoded at a time."""
    monkeypatch.setattr(parallel, "_BLOCK_ROWS", request.param)
    monkeypatch.setattr(parallel, "_BLOCK_CELLS", 1)
    monkeypatch.setattr(parallel, "_MIN_ROWS_PER_THREAD", 1)


def table(columns):
    return open_table(array(columns))


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_rows(few, block_rows, n_jobs):
    encoded = encode(table(CELLS), FITTED, SETTINGS, n_jobs)
    assert encoded.toarray().tolist() == EXPECTED.tolist()
    assert encoded.dtype == np.float64
    assert encoded.indices.dtype == encoded.indptr.dtype == np.int32


@pytest.mark.parametrize("n_jobs", [None, 2])
def test_indices(few, block_rows, n_jobs):
    indices = encode_indices(table(CELLS), FITTED, 2, n_jobs)
    assert (indices.dtype, indices.shape) == (np.int32, (6, 2, 2))
    for row, expected in zip(indices, EXPECTED, strict=True):
        assert sorted(row[row >= 0].tolist()) == np.flatnonzero(expected).tolist()
    [first, second] = reference.buckets("z", 5, 2, 0)
    assert indices[:2, 0].tolist() == [[0, -1], [2 + first, 2 + second]]


@pytest.mark.parametrize("n_hashes", [1, 2])
def test_number_of_indices_per_cell(few, n_hashes):
    fitted = columns([1], [5], heads=[["a"]], n_hashes=n_hashes)
    indices = encode_indices(table({"c": ["a", "z"]}), fitted, n_hashes, None)
    assert indices.shape == (2, 1, n_hashes)
    assert indices[1, 0].tolist() == [1 + b for b in reference.buckets("z", 5, n_hashes, 0)]


def test_write_indices():
    fitted = columns([2, 0, 2], [3, 1, 0], True)

    def singles(slots, buckets):
        slots = np.array(slots, dtype=np.int32)
        return Locations(slots, np.flatnonzero(slots == TAIL), np.array(buckets, dtype=np.int32), None)

    block = [
        singles([TAIL, 1, IGNORED, 0], [[2, 0]]),
        singles([TAIL] * 4, [[0, -1]] * 4),
        singles([0, 1, TAIL, IGNORED], np.empty((1, 0))),
    ]
    out = np.zeros((4, 3, 2), dtype=np.int32)
    write_indices(out, block, fitted)
    assert out.tolist() == [
        [[4, 2], [6, -1], [8, -1]],
        [[1, -1], [6, -1], [9, -1]],
        [[-1, -1], [6, -1], [-1, -1]],
        [[0, -1], [6, -1], [-1, -1]],
    ]


def test_indices_of_lists_raise():
    fitted = columns([1, 1], [0, 0], multi_hot=[False, True])
    message = (
        "^Column 'c1': it holds lists, so a row has no fixed number of indices. "
        "Use transform, or fit on single values.$"
    )
    with pytest.raises(ValueError, match=message):
        check_no_lists(fitted)


def test_categories_are_encoded_like_their_values(few):
    frame = pd.DataFrame(
        {"text": pd.Categorical(CELLS["text"]), "number": pd.Categorical(CELLS["number"])}
    )
    assert encode(open_table(frame), FITTED, SETTINGS, None).toarray().tolist() == EXPECTED.tolist()


@pytest.mark.parametrize("categories", [False, True], ids=["values", "codes"])
@pytest.mark.parametrize(
    ("handle_missing", "values", "error", "words"),
    [
        ("value", ["a", "a", 1], TypeError, "row 2: 1 is a number"),
        ("value", [None, None, 0.5], TypeError, "row 2: 0.5 is a number, but the column held text"),
        ("error", ["a", "a", None], ValueError, "row 2: the value is missing"),
    ],
)
def test_errors_name_the_row_of_the_table(
    few, block_rows, handle_missing, values, error, words, categories
):
    fitted = columns([1], [5], heads=[["a"]], handle_missing=handle_missing)
    X = array({"c": values})
    X = open_table(pd.DataFrame({"c": pd.Categorical(X[:, 0])}) if categories else X)
    with pytest.raises(error, match=f"Column 'c0', {words}"):
        encode(X, fitted, SETTINGS, None)


def test_a_column_without_a_kind_accepts_one_kind_only(few, block_rows):
    fitted = columns([0], [5])
    for values in (["a", "b"], [1, 2]):
        assert encode(table({"c": values}), fitted, SETTINGS, None).shape == (2, 5)
    with pytest.raises(TypeError, match="Column 'c0', row 1: 1 is a number in a column of text"):
        encode(table({"c": ["a", 1]}), fitted, SETTINGS, None)
