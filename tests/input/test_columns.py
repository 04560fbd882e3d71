import numpy as np
import pandas as pd
import pytest

from hybrid_encoder._input.columns import Column, check_kind, check_not_missing, coded
from hybrid_encoder._input.errors import column_errors
from hybrid_encoder._input.reading import read_column
from tests.conftest import objects

TEXT = read_column(objects(["a"]))
NUMBER = read_column(objects([1]))
MISSING = read_column(objects([None]))
LISTS = read_column(objects([["a"]]))
LATE_EMPTY = read_column(objects([None, None, []]))
EMPTY_LISTS = read_column(objects([[]]))


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
    checked = check_kind(column, kind, multi_hot)
    assert (checked.lengths is not None) == multi_hot


@pytest.mark.parametrize(
    ("column", "kind", "multi_hot", "words"),
    [
        (
            TEXT,
            "number",
            False,
            r"Column 'c', row 7: 'a' is a text, but.*numbers at fit.*astype\(float\)",
        ),
        (NUMBER, "text", False, r"row 7: 1 is a number, but.*text at fit.*\.astype\(str\)"),
        (LISTS, "text", False, "held single values at fit and holds lists now. Pass single values"),
        (TEXT, "text", True, "held lists at fit and holds single values now. Wrap every value"),
        (LATE_EMPTY, "text", False, "row 9: it held single values at fit and holds lists now"),
    ],
)
def test_another_kind_raises(column, kind, multi_hot, words):
    with pytest.raises(TypeError, match=words), column_errors("c", first_row=7):
        check_kind(column, kind, multi_hot)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        (["a", None], r"Column 'c', row 1: the value is missing.*handle_missing='error'.*'ignore'"),
        ([1.0, np.inf], r"Column 'c', row 1: the value is infinite.*handle_missing='error'"),
        ([["a", "b"], ["c", None]], r"Column 'c', row 1: the value is missing"),
    ],
)
def test_missing_and_infinite_values_raise(values, words):
    with pytest.raises(ValueError, match=words), column_errors("c"):
        check_not_missing(read_column(objects(values)))


@pytest.mark.parametrize("raw", [np.array([1.0]), pd.Categorical(["a"] * 3)], ids=["values", "codes"])
def test_columns_without_missing_values_pass(raw):
    check_not_missing(read_column(raw))


@pytest.mark.parametrize(
    ("column", "missing", "infinite"),
    [
        (Column("number", np.array([1.0, np.inf])), [False, False], [False, True]),
        (Column("number", np.array([1, 2]), np.array([True, False])), [True, False], [False, False]),
        (Column("text", objects(["a", None]), np.array([False, True])), [False, True], [False, False]),
        (
            Column("number", np.array([-np.inf, 1]), codes=np.array([1, -1, 0])),
            [False, True, False],
            [False, False, True],
        ),
    ],
    ids=["infinite", "mask", "text", "codes"],
)
def test_masks(column, missing, infinite):
    assert column.missing_elements().tolist() == missing
    assert column.infinite_elements().tolist() == infinite


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([None, "a", "b"], (1, "a")),
        ([[], [None, 7]], (1, 7)),
        (pd.Categorical([None, None, "b", "a"]), (2, "b")),
    ],
    ids=["single values", "lists", "codes"],
)
def test_first_present_value(values, expected):
    raw = values if isinstance(values, pd.Categorical) else objects(values)
    assert read_column(raw).first_present() == expected


def test_coded_values_that_have_codes_themselves():
    pa = pytest.importorskip("pyarrow")
    inner = pa.array(["a", "b", None]).dictionary_encode()
    column = coded(np.array([2, 1, -1, 0, 1]), 3, lambda used: read_column(inner.take(pa.array(used))))
    found = [None if code < 0 else column.values[int(code)].as_py() for code in column.codes]
    assert found == [None, "b", None, "a", "b"]
