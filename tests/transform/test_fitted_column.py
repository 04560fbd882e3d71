import numpy as np
import pytest

from hybrid_encoder._input.errors import ColumnError
from hybrid_encoder._transform.fitted_column import read_new
from hybrid_encoder._transform.hashing import seeds_of
from tests.conftest import objects
from tests.transform.builders import columns

HEADS = {"text": ["a", "b"], "number": [7], None: []}


def column_of(kind, multi_hot=False, **settings):
    """A column of some kind, with two free slots."""
    head = HEADS[kind]
    [column] = columns([len(head) + 2], [4], heads=[head], multi_hot=[multi_hot], **settings)
    assert column.kind == kind
    return column


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        (True, [(0, 4, 4, 5), (5, 8, 12, 13), (13, 15, 23, 24)]),
        (False, [(0, 4, -1, 4), (4, 7, -1, 11), (11, 13, -1, 21)]),
    ],
)
def test_positions_of_the_output_columns(indicator, expected):
    three = columns([4, 3, 2], [0, 4, 8], indicator, list(HEADS.values()))
    found = [(column.start, column.first_bucket, column.indicator, column.end) for column in three]
    assert found == expected
    assert [column.n_slots for column in three] == [4, 3, 2]
    assert [column.locator.n_buckets for column in three] == [0, 4, 8]


def test_arguments_are_per_column():
    found = columns([2, 1, 0], [0, 0, 1], heads=list(HEADS.values()), multi_hot=[False, True, False])
    assert [column.label for column in found] == ["c0", "c1", "c2"]
    assert [column.kind for column in found] == ["text", "number", None]
    assert [column.multi_hot for column in found] == [False, True, False]
    assert [column.vocabulary.values.tolist() for column in found] == [["a", "b"], [7], []]


@pytest.mark.parametrize("n_hashes", [1, 2])
@pytest.mark.parametrize(
    ("handle_missing", "ignore", "refuse"),
    [("value", False, False), ("ignore", True, False), ("error", False, True)],
)
def test_settings_of_a_column(n_hashes, handle_missing, ignore, refuse):
    column = column_of("text", seed=3, n_hashes=n_hashes, handle_missing=handle_missing)
    assert column.locator.seeds == seeds_of(3, n_hashes)
    assert column.locator.ignore_missing == ignore
    assert column.refuse_missing == refuse
    assert column.vocabulary is column.locator.vocabulary


@pytest.mark.parametrize(
    ("kind", "multi_hot", "values"),
    [
        ("text", False, ["a", None]),
        ("text", False, [None, None]),
        ("number", False, [1, 2.5]),
        (None, False, ["a"]),
        (None, False, [1]),
        ("text", True, [["a"], []]),
        ("number", True, [None, [1, 2]]),
    ],
    ids=str,
)
def test_rows_of_the_same_kind_as_in_fit(kind, multi_hot, values):
    column = column_of(kind, multi_hot)
    for read in (column.read, column.read_batch):
        found = read(objects(values))
        assert found.n_cells == len(values)
        assert (found.lengths is not None) == multi_hot


@pytest.mark.parametrize(
    ("kind", "multi_hot", "values", "row", "words"),
    [
        ("text", False, ["a", 1], 1, "1 is a number in a column of text"),
        ("text", False, [None, 1], 1, "1 is a number, but the column held text"),
        ("number", False, ["a"], 0, "'a' is a text, but the column held numbers"),
        ("text", False, [["a"]], 0, "it held single values at fit and holds lists now"),
        ("text", True, ["a"], 0, "it held lists at fit and holds single values now"),
    ],
    ids=str,
)
def test_rows_of_another_kind_raise(kind, multi_hot, values, row, words):
    column, raw = column_of(kind, multi_hot), objects(values)
    with pytest.raises(TypeError, match=f"Column 'c0', row {10 + row}: {words}"):
        column.read(raw, first_row=10)
    with pytest.raises(TypeError, match=f"Column 'c0', row {row}: {words}"):
        column.read_batch(raw)


@pytest.mark.parametrize("values", [["a"], [1], [["a"]]], ids=str)
def test_a_batch_for_a_column_of_missing_values_may_be_of_any_kind(values):
    assert column_of(None).read_batch(objects(values)).kind is not None


def test_an_error_in_a_batch_for_a_column_of_missing_values_names_the_column():
    with pytest.raises(TypeError, match="Column 'c0', row 1: 1 is a number in a column of text"):
        column_of(None).read_batch(objects(["a", 1]))


def test_a_batch_for_a_column_of_empty_lists_must_hold_lists():
    with pytest.raises(TypeError, match="it held lists at fit and holds single values now"):
        column_of(None, multi_hot=True).read_batch(objects(["a"]))


@pytest.mark.parametrize("kind", ["number", None])
@pytest.mark.parametrize("value", [None, np.inf])
def test_missing_and_infinite_values_raise_where_they_are_an_error(kind, value):
    column = column_of(kind, handle_missing="error")
    for read in (column.read, column.read_batch):
        with pytest.raises(ValueError, match=r"Column 'c0', row 1: .*handle_missing='error'"):
            read(objects([1, value]))


def test_new_columns():
    raw = objects(["a", None])
    assert read_new(raw, refuse_missing=False).n_cells == 2
    with pytest.raises(ColumnError, match="the value is missing"):
        read_new(raw, refuse_missing=True)
