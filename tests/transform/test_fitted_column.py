import numpy as np
import pytest

from hybrid_encoder._transform.fitted_column import settle
from hybrid_encoder._transform.hashing import seeds_of
from hybrid_encoder._transform.layout import Layout

HEADS = {
    "text": np.array(["a", "b"], dtype=object),
    "number": np.array([7]),
    None: np.array([], dtype=object),
}
SETTINGS = {"seed": 3, "n_hashes": 2, "handle_missing": "value"}


def settled(kinds=("text", "number", None), multi_hot=False, indicator=True, before=(), **settings):
    """Columns with two free slots each and four buckets more than the one before."""
    heads = [HEADS[kind] for kind in kinds]
    n_slots = np.array([len(head) + 2 for head in heads])
    layout = Layout(n_slots, 4 * np.arange(len(kinds)), indicator)
    lists = [multi_hot] * len(kinds)
    return settle(kinds, kinds, lists, heads, layout, SETTINGS | settings, before)


def column_of(kind, **settings):
    return settled([kind], **settings)[0]


def cells(*values):
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


@pytest.mark.parametrize(
    ("indicator", "expected"),
    [
        (True, [(0, 4, 4, 5), (5, 8, 12, 13), (13, 15, 23, 24)]),
        (False, [(0, 4, -1, 4), (4, 7, -1, 11), (11, 13, -1, 21)]),
    ],
)
def test_output_columns_are_those_of_the_layout(indicator, expected):
    columns = settled(indicator=indicator)
    found = [(column.start, column.first_bucket, column.indicator, column.end) for column in columns]
    assert found == expected
    assert [column.n_slots for column in columns] == [4, 3, 2]
    assert [column.n_buckets for column in columns] == [0, 4, 8]


@pytest.mark.parametrize("n_hashes", [1, 2])
def test_the_rules_are_those_of_the_settings(n_hashes):
    column = column_of("text", n_hashes=n_hashes, handle_missing="ignore")
    assert column.rules == (column.vocabulary, 0, seeds_of(3, n_hashes), True)


def test_vocabularies_of_the_same_values_serve_again():
    before = settled()
    after = settled(["text", None, None], before=before)
    same = [old.vocabulary is new.vocabulary for old, new in zip(before, after, strict=True)]
    assert same == [True, False, True]


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
def test_rows_of_the_form_of_fit_are_read(kind, multi_hot, values):
    column = column_of(kind, multi_hot=multi_hot)
    for read in (column.read, column.read_more):
        found = read(cells(*values))
        assert found.n_cells == len(values)
        assert (found.lengths is not None) == multi_hot


@pytest.mark.parametrize(
    ("kind", "multi_hot", "values", "words"),
    [
        ("text", False, ["a", 1], "Column 'text', row 11: 1 is a number in a column of text"),
        ("text", False, [None, 1], "Column 'text', row 11: 1 is a number, but the column held text"),
        ("number", False, ["a"], "Column 'number', row 10: 'a' is a text, but the column held numbers"),
        ("text", False, [["a"]], "row 10: it held single values at fit and holds lists now"),
        ("text", True, ["a"], "row 10: it held lists at fit and holds single values now"),
    ],
    ids=str,
)
def test_rows_of_another_form_are_refused(kind, multi_hot, values, words):
    with pytest.raises(TypeError, match=words):
        column_of(kind, multi_hot=multi_hot).read(cells(*values), 10)


@pytest.mark.parametrize("values", [["a"], [1], [["a"]]], ids=str)
def test_a_column_of_nothing_so_far_may_become_any(values):
    assert column_of(None).read_more(cells(*values)).kind is not None


def test_what_was_of_lists_stays_of_lists():
    with pytest.raises(TypeError, match="it held lists at fit and holds single values now"):
        column_of(None, multi_hot=True).read_more(cells("a"))


@pytest.mark.parametrize("kind", ["number", None])
@pytest.mark.parametrize("value", [None, np.inf])
def test_missing_values_are_refused_where_they_are_an_error(kind, value):
    column = column_of(kind, handle_missing="error")
    for read in (column.read, column.read_more):
        with pytest.raises(ValueError, match=rf"Column {kind!r}, row 1: .*handle_missing='error'"):
            read(cells(1, value))
