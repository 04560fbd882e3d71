import numpy as np
import pandas as pd
import pytest

from hybrid_encoder._input.columns import Column, check_kind, coded, refuse_missing
from hybrid_encoder._input.reading import read_column


def cells(values):
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


TEXT = read_column(cells(["a"]), "c")
NUMBER = read_column(cells([1]), "c")
MISSING = read_column(cells([None]), "c")
LISTS = read_column(cells([["a"]]), "c")
LATE_EMPTY = read_column(cells([None, None, []]), "c")
EMPTY_LISTS = read_column(cells([[]]), "c")


@pytest.mark.parametrize(
    ("column", "kind", "multi_hot"),
    [
        (TEXT, "text", False),
        (TEXT, None, False),
        (NUMBER, "number", False),
        (MISSING, "text", False),
        (MISSING, "number", True),
        (LISTS, "text", True),
        (EMPTY_LISTS, "number", True),
    ],
)
def test_same_kind(column, kind, multi_hot):
    checked = check_kind(column, kind, multi_hot, "c")
    assert (checked.lengths is not None) == multi_hot


@pytest.mark.parametrize(
    ("column", "kind", "multi_hot", "words"),
    [
        (TEXT, "number", False, r"Column 'c', row 7: 'a' is a text, but.*numbers at fit.*astype"),
        (NUMBER, "text", False, r"row 7: 1 is a number, but.*text at fit.*\.astype\(str\)"),
        (LISTS, "text", False, "held single values at fit and holds lists now"),
        (TEXT, "text", True, "held lists at fit and holds single values now. Wrap every value"),
        (LATE_EMPTY, "text", False, "row 9: it held single values at fit and holds lists now"),
    ],
)
def test_other_kind(column, kind, multi_hot, words):
    with pytest.raises(TypeError, match=words):
        check_kind(column, kind, multi_hot, "c", first_row=7)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["a", None], r"Column 'c', row 1: the value is missing.*handle_missing='error'.*'ignore'"),
        ([1.0, np.inf], r"row 1: the value is infinite"),
        ([["a", "b"], ["c", None]], r"row 1: the value is missing"),
    ],
)
def test_refuse_missing(values, words):
    with pytest.raises(ValueError, match=words):
        refuse_missing(read_column(cells(values), "c"), "c")


def test_nothing_to_refuse():
    refuse_missing(Column("number", np.array([1.0])), "c")
    refuse_missing(read_column(pd.Categorical(["a"] * 3), "c"), "c")


def test_codes_of_values_that_are_coded_themselves():
    pa = pytest.importorskip("pyarrow")
    inner = pa.array(["a", "b", None]).dictionary_encode()
    column = coded(
        np.array([2, 1, -1, 0, 1]), 3, lambda used: read_column(inner.take(pa.array(used)), "c")
    )
    found = [None if code < 0 else column.values[int(code)].as_py() for code in column.codes]
    assert found == [None, "b", None, "a", "b"]
