import datetime
import decimal
import enum

import numpy as np
import pandas as pd
import pytest

from hybrid_encoder._input import tables as _tables
from hybrid_encoder._input import text as _text
from hybrid_encoder._input.errors import column_errors
from hybrid_encoder._input.reading import read_codes, read_column
from tests.conftest import objects

FEW, MANY = 1, 300  # up to 256 cells are read as Python objects, more in bulk


class Colour(enum.StrEnum):
    RED = "red"


def read(raw):
    """Read a column called "c", with the errors that users see."""
    with column_errors("c"):
        return read_column(raw)


def plain(column):
    """The elements of a column as Python values, None for missing ones."""
    values = column.values
    listed = _text.objects(values).tolist() if column.kind == "text" else values.tolist()
    if column.missing is not None:
        listed = [None if gone else value for value, gone in zip(listed, column.missing, strict=True)]
    if column.codes is not None:
        listed = [None if code < 0 else listed[code] for code in column.codes]
    if column.kind is None:
        return [None] * column.n_elements
    return listed


@pytest.mark.parametrize("times", [FEW, MANY])
@pytest.mark.parametrize(
    ("values", "kind", "expected"),
    [
        (["a", "b", ""], "text", ["a", "b", ""]),
        (["a", None, np.nan, pd.NA, pd.NaT], "text", ["a", None, None, None, None]),
        ([np.str_("a"), "b"], "text", ["a", "b"]),
        ([Colour.RED, "b", None], "text", ["red", "b", None]),
        ([1, 2], "number", [1, 2]),
        ([True, 2, np.int8(3)], "number", [1, 2, 3]),
        ([1, None, 2.5, np.nan], "number", [1.0, None, 2.5, None]),
        ([2**63, None], "number", [2**63, None]),
        ([np.float32(0.5), np.bool_(False)], "number", [0.5, 0.0]),
        ([None, np.nan], None, [None, None]),
    ],
)
def test_objects(values, kind, expected, times, without_arrow):
    column = read_column(objects(values * times))
    assert column.kind == kind
    assert plain(column) == expected * times


ARRAYS = [
    (np.array([1, 2], dtype="uint8"), "number", [1, 2]),
    (np.array([True, False]), "number", [1, 0]),
    (np.array([1.5, np.nan]), "number", [1.5, None]),
    (np.array(["a", "bc"]), "text", ["a", "bc"]),
    (np.array([np.nan, np.nan]), None, [None, None]),
    (pd.array([1, None], dtype="Int64"), "number", [1, None]),
    (pd.array([True, None], dtype="boolean"), "number", [1, None]),
    (pd.array([0.5, None], dtype="Float32"), "number", [0.5, None]),
    (pd.array(["a", None], dtype="string[python]"), "text", ["a", None]),
    (pd.Series(["a", None]).array, "text", ["a", None]),
    (pd.Categorical(["b", "a", None]), "text", ["b", "a", None]),
    (pd.Categorical([2, 1, None]), "number", [2, 1, None]),
    (pd.Categorical(["a"] * 3, categories=["z", "a", "y", "x"]), "text", ["a"] * 3),
    (pd.Categorical([None], categories=["z"]), None, [None]),
    (pd.arrays.SparseArray([0, 0, 7]), "number", [0, 0, 7]),
]


@pytest.mark.parametrize(("raw", "kind", "expected"), ARRAYS, ids=lambda value: str(value)[:30])
def test_arrays(raw, kind, expected):
    column = read_column(raw)
    assert column.kind == kind
    assert plain(column) == expected


@pytest.mark.parametrize(
    ("values", "dtype", "kind"),
    [
        (["a", None, "b"], "string", "text"),
        (["a", None, "b"], "large_string", "text"),
        (["a", None, "b"], "string_view", "text"),
        ([1, None, 2], "uint16", "number"),
        ([1.5, None, 2.0], "float32", "number"),
        ([True, None], "bool_", "number"),
        ([None, None], "null", None),
    ],
)
@pytest.mark.parametrize("encoded", [False, True], ids=["plain", "dictionary"])
def test_arrow_types(values, dtype, kind, encoded):
    pa = pytest.importorskip("pyarrow")
    array = pa.array(values, getattr(pa, dtype)())
    if encoded and dtype not in ("string_view", "null"):
        array = array.dictionary_encode()
    column = read_column(pa.chunked_array([array]))
    assert column.kind == kind
    assert plain(column) == values


@pytest.mark.parametrize("times", [FEW, MANY])
@pytest.mark.parametrize("listing", [list, tuple, np.array, set], ids=lambda kind: kind.__name__)
def test_lists(listing, times):
    column = read_column(objects([listing(["a", "b"]), listing([]), None, listing(["c"])] * times))
    assert column.kind == "text"
    assert column.lengths.tolist() == [2, 0, 1, 1] * times
    found = plain(column)
    assert sorted(found[:2]) == ["a", "b"]
    assert found[2:4] == [None, "c"]


@pytest.mark.parametrize("kind", ["list_", "large_list", "fixed"])
def test_arrow_lists(kind):
    pa = pytest.importorskip("pyarrow")
    make = {"list_": pa.list_, "large_list": pa.large_list, "fixed": lambda t: pa.list_(t, 2)}[kind]
    column = read_column(pa.array([["a", "b"], None, [None, "c"]], make(pa.string())))
    assert column.lengths.tolist() == [2, 1, 2]
    assert plain(column) == ["a", "b", None, None, "c"]


def test_arrow_lists_of_dictionaries():
    pa = pytest.importorskip("pyarrow")
    values = pa.array(["a", "b", "a"]).dictionary_encode()
    column = read_column(pa.ListArray.from_arrays([0, 2, 3], values))
    assert plain(column) == ["a", "b", "a"]


@pytest.mark.parametrize("times", [FEW, MANY])
@pytest.mark.parametrize(
    ("values", "error", "words"),
    [
        (["a", 1], TypeError, r"Column 'c', row 1: 1 is a number in a column of text.*astype\(str\)"),
        ([0.5, "a"], TypeError, r"Column 'c', row 1: 'a' is a text in a column of numbers"),
        (["a", 1], TypeError, r"argument must be a string or a number"),
        (
            [None, {"k": 1}],
            TypeError,
            r"row 1: {'k': 1} is a dict; argument must be.*one column per key",
        ),
        (["a", b"b"], TypeError, r"row 1: b'b' is a bytes.*decode"),
        ([datetime.date(2020, 1, 1)], TypeError, r"is a date; argument must be a string or a number"),
        ([pd.Timestamp("2020-01-01")], TypeError, "is a Timestamp"),
        ([decimal.Decimal("1")], TypeError, "is a Decimal"),
        ([1 + 2j], ValueError, "Complex data not supported"),
        ([2**64], ValueError, r"18446744073709551616 is outside \[-2\*\*63, 2\*\*64\).*astype\(str\)"),
        (["a", "\ud800"], ValueError, r"row 1: '\\ud800' holds a lone surrogate.*replace"),
        ([["a"], "b"], TypeError, r"row 1: 'b' is a single value in a column of lists.*Wrap"),
        ([["a"], ["b", 1]], TypeError, r"row 1: 1 is a number in a column of text"),
        ([["a"], ["b"], [["c"]]], TypeError, r"row 2: .*is a list in a list"),
        ([[{}]], TypeError, r"row 0: {} is a dict"),
        ([np.zeros((2, 2))], TypeError, r"is a list in a list"),
        ([np.array(5)], TypeError, r"is a ndarray; argument must be"),
        ([np.longdouble(1)], TypeError, r"is a longdouble"),
    ],
)
def test_unreadable_cells(values, error, words, times, without_arrow):
    with pytest.raises(error, match=words):
        read(objects(values * times))


@pytest.mark.parametrize(
    ("raw", "error", "words"),
    [
        (np.array(["2020-01-01"], dtype="datetime64[D]"), TypeError, "is a datetime64"),
        (np.array([1], dtype="timedelta64[s]"), TypeError, "is a timedelta64"),
        (np.array([b"a"]), TypeError, "is a bytes_"),
        (np.zeros(2, "V4"), TypeError, "row 0: .* is a void"),
        (np.array([1j]), ValueError, "Complex data not supported"),
        (np.array([1.0], dtype=np.longdouble), TypeError, r"wider than 64 bits.*astype\(float\)"),
        (pd.Categorical([pd.Timestamp("2020-01-01")]), TypeError, "is a datetime64"),
    ],
)
def test_unreadable_dtypes(raw, error, words):
    with pytest.raises(error, match=words):
        read(raw)


@pytest.mark.parametrize("times", [FEW, MANY])
@pytest.mark.parametrize(
    "make",
    [
        lambda n: np.full(n, np.datetime64("NaT", "s")),
        lambda n: pd.Series([pd.NaT] * n).array,
        lambda n: pd.Categorical([None] * n, categories=pd.to_datetime(["2020-01-01"])),
        lambda n: pd.array([None] * n, dtype="Int64"),
        lambda n: np.full(n, np.nan),
        lambda n: np.full(n, np.nan, dtype=np.longdouble),
    ],
    ids=["datetime64", "pandas datetimes", "categorical dates", "Int64", "float", "longdouble"],
)
def test_only_missing_values_of_any_dtype(make, times):
    column = read_column(make(times))
    assert (column.kind, column.n_elements) == (None, times)
    assert column.missing_elements().all()


@pytest.mark.parametrize("times", [FEW, MANY])
@pytest.mark.parametrize("dtype", ["date32", "string", "int64", "timestamp"])
@pytest.mark.parametrize("form", ["plain", "dictionary", "list", "empty lists"])
def test_only_missing_values_of_any_arrow_type(form, dtype, times):
    pa = pytest.importorskip("pyarrow")
    kind = pa.timestamp("s") if dtype == "timestamp" else getattr(pa, dtype)()
    array = {
        "plain": lambda: pa.array([None] * times, kind),
        "dictionary": lambda: pa.array([None] * times, kind).dictionary_encode(),
        "list": lambda: pa.array([[None], None] * times, pa.list_(kind)),
        "empty lists": lambda: pa.array([[]] * times, pa.list_(kind)),
    }[form]()
    column = read_column(array)
    assert column.kind is None
    assert column.n_cells == len(array)
    assert column.missing_elements().all()


def test_unused_categories_are_not_read():
    raw = pd.Categorical(["a"] * MANY, categories=["a", 1, pd.Timestamp("2020-01-01")])
    assert plain(read_column(raw)) == ["a"] * MANY


@pytest.mark.parametrize("times", [FEW, MANY])
def test_the_error_of_a_category_names_its_first_row(times):
    late = pd.Timestamp("2020-01-01")
    raw = pd.Categorical(["a", "a", late, "a"] * times, categories=["unused", late, "never", "a"])
    with pytest.raises(TypeError, match=r"Column 'c', row 2: Timestamp"):
        read(raw)


@pytest.mark.parametrize("times", [FEW, MANY])
def test_tuples_as_categories_are_lists(times):
    raw = pd.Categorical([("a", "b"), ("c",)] * times)
    column = read_column(raw)
    assert column.lengths.tolist() == [2, 1] * times
    assert plain(column) == ["a", "b", "c"] * times


@pytest.mark.parametrize("n_values", [1, 127, 128, 129, 40_000])
@pytest.mark.parametrize("index", ["int8", "uint8", "uint32", "int64", "uint64"])
def test_codes_of_every_width(index, n_values):
    pa = pytest.importorskip("pyarrow")
    if n_values > np.iinfo(index).max + 1:
        pytest.skip("the index type cannot hold them")
    codes = np.arange(n_values, dtype=index)
    garbage = np.append(codes, np.iinfo(index).max)  # under a null
    indices = pa.array(garbage, mask=np.arange(n_values + 1) == n_values)
    values = [f"v{i}" for i in range(n_values)]
    column = read_column(pa.DictionaryArray.from_arrays(indices, pa.array(values), safe=False))
    assert plain(column) == [*values, None]


@pytest.mark.parametrize("times", [FEW, MANY])
def test_chunks_whose_dictionaries_hold_nulls(times):
    pa = pytest.importorskip("pyarrow")
    chunks = [
        pa.DictionaryArray.from_arrays(pa.array([0, 1, None] * times), pa.array(values))
        for values in (["a", None], ["b", "a"])
    ]
    column = read_column(pa.chunked_array(chunks))
    assert plain(column) == ["a", None, None] * times + ["b", "a", None] * times


@pytest.mark.parametrize("form", ["list_view", "run_end_encoded", "dictionary of lists"])
def test_rare_arrow_types(form):
    pa = pytest.importorskip("pyarrow")
    if form == "list_view":
        column = read_column(pa.array([["a"], ["b", "c"]], pa.list_view(pa.string())))
    elif form == "run_end_encoded":
        column = read_column(pa.compute.run_end_encode(pa.array(["a", "b", "c"])))
    else:
        lists = pa.array([["b", "c"], ["a"]])
        column = read_column(pa.DictionaryArray.from_arrays([1, 0], lists))
    assert plain(column) == ["a", "b", "c"]


@pytest.mark.parametrize("times", [FEW, MANY])
@pytest.mark.parametrize("kind", ["Int128", "Object", "Decimal", "Enum"])
def test_rare_polars_types(kind, times):
    pl = pytest.importorskip("polars")
    if not hasattr(pl, kind):
        pytest.skip("this polars has no such type")
    made = {
        "Int128": lambda: pl.Series([1, 2] * times, dtype=pl.Int128),
        "Object": lambda: pl.Series(["a", "b"] * times, dtype=pl.Object),
        "Decimal": lambda: pl.Series([1, 2] * times).cast(pl.Decimal(10, 2)),
        "Enum": lambda: pl.Series(["a", "b"] * times, dtype=pl.Enum(["b", "a"])),
    }[kind]()
    table = _tables.open_table(pl.DataFrame({"c": made}))
    (raw,) = _tables.raw_columns(table)
    if kind == "Decimal":
        with pytest.raises(TypeError, match=r"row 0: Decimal.* is a Decimal"):
            read(raw)
    else:
        assert plain(read_column(raw)) == ([1, 2] if kind == "Int128" else ["a", "b"]) * times


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (
            lambda pa: pd.Categorical(["x"] * 90 + [1] * 3, categories=[1, "x"]),
            "row 0: 'x' is a text in a column of numbers",
        ),
        (
            lambda pa: pd.Categorical(["x"] * 90 + [1] * 3, categories=["x", 1]),
            "row 90: 1 is a number in a column of text",
        ),
        (
            lambda pa: pa.array([[]] * 71 + [[datetime.date(2020, 1, 1)]] * 9),
            "row 71: datetime.date",
        ),
        (
            lambda pa: pa.array([None, [], [None]] * 2 + [None, [["a"]]]),
            r"row 7: \[\['a'\]\] is a list in a list",
        ),
    ],
)
def test_errors_name_the_row_of_the_table(make, words):
    pa = pytest.importorskip("pyarrow")
    with pytest.raises(TypeError, match=words):
        read(make(pa))


def test_arrow_maps_are_unreadable():
    pa = pytest.importorskip("pyarrow")
    with pytest.raises(TypeError, match=r"row 0: .* is a list; argument must be"):
        read(pa.array([[("k", "v")]], pa.map_(pa.string(), pa.string())))


def test_arrow_decimals_are_unreadable():
    pa = pytest.importorskip("pyarrow")
    with pytest.raises(TypeError, match=r"row 1: Decimal\('1.5'\) is a Decimal"):
        read(pa.array([None, decimal.Decimal("1.5")]))


@pytest.mark.parametrize(
    ("values", "expected"),
    [([1, 2**53 + 1], [1, 2**53 + 1]), ([0.5, 2.0], [0.5, 2]), ([1, None], [1, None]), (["a"], ["a"])],
)
def test_columns_of_polars_without_pyarrow(values, expected, monkeypatch):
    pl = pytest.importorskip("polars")
    monkeypatch.setattr(_text, "pa", None)
    [raw] = _tables.raw_columns(_tables.open_table(pl.DataFrame({"c": values * MANY})))
    assert plain(read_column(raw)) == expected * MANY


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (pd.Categorical(["b", "a", None]), ["b", "a", None]),
        (pd.Categorical([7, None]), [7, None]),
        (pd.Categorical([None], categories=["a"]), [None]),
        (pd.Categorical([("a", "b")]), None),
        (np.array(["a"], dtype=object), None),
        (pd.array([1], dtype="Int64"), None),
    ],
    ids=["text", "numbers", "missing", "lists", "objects", "Int64"],
)
def test_codes(raw, expected):
    column = read_codes(raw)
    assert (column is None) == (expected is None)
    assert column is None or plain(column) == expected


@pytest.mark.parametrize("values", [["b", "a", None], [2, 1, None]], ids=["text", "numbers"])
def test_codes_of_arrow_dictionaries_in_pandas(values):
    pa = pytest.importorskip("pyarrow")
    plain_array, coded_array = pa.array(values), pa.array(values).dictionary_encode()
    assert plain(read_codes(pd.arrays.ArrowExtensionArray(coded_array))) == values
    assert read_codes(pd.arrays.ArrowExtensionArray(plain_array)) is None


@pytest.mark.parametrize("dtype", ["Categorical", "Enum", "String"])
def test_codes_of_polars(dtype):
    pl = pytest.importorskip("polars")
    pytest.importorskip("pyarrow")
    kind = pl.Enum(["a", "b"]) if dtype == "Enum" else getattr(pl, dtype)
    frame = pl.DataFrame({"c": pl.Series(["b", None] * MANY, dtype=kind)})
    [raw] = _tables.raw_columns(_tables.open_table(frame))
    column = read_codes(raw)
    assert (column is None) == (dtype == "String")
    assert column is None or plain(column) == ["b", None] * MANY


def test_errors_in_coded_values():
    raw = pd.Categorical(["a", pd.Timestamp("2020-01-01")])
    with pytest.raises(TypeError, match=r"Column 'c', row 1: Timestamp"), column_errors("c"):
        read_codes(raw)
