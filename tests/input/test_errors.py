import numpy as np
import pandas as pd
import pytest

from hybrid_encoder._input.errors import (
    ColumnError,
    bad_unicode,
    cell_of,
    column_errors,
    mixture,
    shown,
    too_large,
    unreadable,
)
from tests.conftest import objects


@pytest.mark.parametrize(
    ("label", "first_row", "row", "kind", "expected"),
    [
        ("city", 0, 3, TypeError, "Column 'city', row 3: it is bad."),
        ("city", 100, 3, ValueError, "Column 'city', row 103: it is bad."),
        ("city", 100, 0, ValueError, "Column 'city', row 100: it is bad."),
        ("city", 100, None, ValueError, "Column 'city': it is bad."),
        (2, 0, 3, TypeError, "Column 2, row 3: it is bad."),
    ],
)
def test_errors_name_the_column_and_the_row(label, first_row, row, kind, expected):
    with pytest.raises(kind) as raised, column_errors(label, first_row):
        raise ColumnError("it is bad.", row, kind)
    assert str(raised.value) == expected
    assert type(raised.value) is kind
    assert raised.value.__suppress_context__


def test_a_column_error_is_a_type_error_without_a_row_by_default():
    with pytest.raises(TypeError, match=r"^Column 'c': it is bad\.$"), column_errors("c"):
        raise ColumnError("it is bad.")


def test_other_errors_are_not_changed():
    with pytest.raises(KeyError, match=r"^'key'$"), column_errors("c"):
        raise KeyError("key")


def test_the_row_of_an_error_can_be_changed():
    moved = ColumnError("it is bad.", 3, ValueError).in_row(7)
    assert (moved.message, moved.row, moved.kind) == ("it is bad.", 7, ValueError)


@pytest.mark.parametrize(
    ("lengths", "expected"), [([2, 1], [0, 0, 1]), ([0, 2, 0, 0, 1, 0], [1, 1, 4]), ([1, 1], [0, 1])]
)
def test_cell_of_an_element(lengths, expected):
    assert [cell_of(element, np.array(lengths)) for element in range(len(expected))] == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a", "'a'"),
        ("x" * 78, "'" + "x" * 78 + "'"),
        ("x" * 79, "'" + "x" * 76 + "..."),
        ({"k": "x" * 1000}, "{'k': '" + "x" * 70 + "..."),
    ],
    ids=["short", "80 characters", "81 characters", "long"],
)
def test_messages_show_at_most_80_characters_of_a_value(value, expected):
    assert shown(value) == expected
    assert len(expected) <= 80


NEITHER = "argument must be a string or a number, or a list of these."


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({}, f"{{}} is a dict; {NEITHER} Expand it into one column per key."),
        (b"a", f"b'a' is a bytes; {NEITHER} Decode it to text first, with .str.decode('utf-8')."),
        (..., f"Ellipsis is a ellipsis; {NEITHER} Convert the column, for example with .astype(str)."),
        (
            {"k": "x" * 1000},
            f"{{'k': '{'x' * 70}... is a dict; {NEITHER} Expand it into one column per key.",
        ),
    ],
    ids=["dict", "bytes", "other", "long"],
)
def test_unreadable_values(value, message):
    error = unreadable(5, value)
    assert (error.message, error.row, error.kind) == (message, 5, TypeError)


@pytest.mark.parametrize("value", [1j, np.complex64(1j)], ids=["Python", "NumPy"])
def test_complex_numbers(value):
    error = unreadable(5, value)
    assert "Complex data not supported. Pass real and imaginary part as two columns." in error.message
    assert (error.row, error.kind) == (5, ValueError)


@pytest.mark.parametrize(
    ("cells", "row", "words"),
    [
        ([None, "a", "b", 1, "c"], 3, "1 is a number in a column of text"),
        ([2, np.nan, "a", 1], 2, "'a' is a text in a column of numbers"),
        (["a", "b", {}, 1], 2, "{} is a dict"),
        (["a", 1, {}], 1, "1 is a number in a column of text"),
        ([pd.NA, {}, "a"], 1, "{} is a dict"),
    ],
)
def test_the_first_value_of_another_kind_is_reported(cells, row, words):
    error = mixture(objects(cells))
    assert error.row == row
    assert error.message.startswith(words)


@pytest.mark.parametrize(
    ("find", "cells", "row", "words"),
    [
        (too_large, [1, None, 0.5, 2**64, 2**65], 3, "18446744073709551616 is outside"),
        (too_large, [2**64 - 1, -(2**63), -(2**63) - 1], 2, "-9223372036854775809 is outside"),
        (bad_unicode, ["a", None, "é", "\udfff", "\ud800"], 3, r"'\udfff' holds a lone surrogate"),
    ],
)
def test_the_first_value_out_of_range_is_reported(find, cells, row, words):
    error = find(objects(cells))
    assert (error.row, error.kind) == (row, ValueError)
    assert error.message.startswith(words)
