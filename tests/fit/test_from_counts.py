from collections import Counter
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights
from tests.conftest import array
from tests.fitted import fitted
from tests.test_invariants import ENCODERS, tables

X = pd.DataFrame(
    {"carrier": ["UA", "AA", None, "UA", "DL", "UA"], "number": [1.0, 2.5, 2.5, np.nan, 1.0, -3.0]}
)
Y = np.array([0, 1, 0, 1, 1, 0])


def groups_of(X, y=None):
    """The counts of every column, as pandas gives them."""
    if y is None:
        return {name: X.groupby(name, dropna=False, observed=True).size() for name in X}
    return {name: X.groupby([name, y], dropna=False, observed=True).size() for name in X}


def by_hand(columns, y=None):
    """The same of lists of cells, which may be lists themselves, in pure Python."""
    counts = {}
    for name, cells in columns.items():
        count = Counter()
        for row, cell in enumerate(cells):
            for value in cell if isinstance(cell, list) else [cell]:
                count[(value, None if y is None else y[row])] += 1
        values = np.fromiter((value for value, _ in count), dtype=object, count=len(count))
        index = pd.Index(values, tupleize_cols=False)
        if y is not None:
            index = pd.MultiIndex.from_arrays([index, [label for _, label in count]])
        counts[name] = pd.Series(list(count.values()), index=index, dtype=float)
    return counts


def outcome(fit):
    """What a fit has learnt, or that it refused."""
    try:
        return fitted(fit())
    except ValueError as error:
        return type(error), "too small" in str(error)


def positions(columns):
    return dict(enumerate(columns.values()))


@given(tables(), ENCODERS, st.booleans())
def test_counts_of_values_are_as_good_as_the_rows(columns, encoder, supervised):
    y = [row % 3 for row in range(len(next(iter(columns.values()))))] if supervised else None
    counts = positions(by_hand(columns, y))
    expected = outcome(lambda: encoder.fit(array(columns), y))
    assert outcome(lambda: encoder.fit_counts(counts)) == expected


@given(tables(lists=True), ENCODERS)
def test_counts_of_elements_are_as_good_as_the_rows(columns, encoder):
    columns = {name: cells for name, cells in columns.items() if any(isinstance(c, list) for c in cells)}
    if not columns or any(all(not cell for cell in cells) for cells in columns.values()):
        return
    n_rows = len(next(iter(columns.values())))
    counts = positions(by_hand(columns))
    expected = outcome(lambda: encoder.fit(array(columns)))
    found = outcome(lambda: encoder.fit_counts(counts, n_rows=n_rows, multi_hot=list(counts)))
    assert found == expected


@pytest.mark.parametrize(
    "parameters", [{}, {"top_k": 20, "n_buckets": 7}, {"max_features": 300}], ids=str
)
@pytest.mark.parametrize("supervised", [False, True])
def test_flights(parameters, supervised):
    X, y = load_flights(return_X_y=True)
    y = y if supervised else None
    encoder = HybridHashEncoder(**parameters)
    assert fitted(encoder.fit_counts(groups_of(X, y))) == fitted(encoder.fit(X, y))
    assert fitted(encoder.partial_fit(X[:99], None if y is None else y[:99])) == fitted(
        encoder.fit(X, y).partial_fit(X[:99], None if y is None else y[:99])
    )


def wide(X, y):
    return {name: series.unstack(fill_value=0) for name, series in groups_of(X, y).items()}


FORMS = {
    "series": lambda: groups_of(X),
    "value_counts": lambda: {name: X[name].value_counts(dropna=False) for name in X},
    "dict": lambda: {name: dict(X[name].value_counts(dropna=False)) for name in X},
    "counter": lambda: {
        name: Counter(X[name].astype(object).where(X[name].notna(), None)) for name in X
    },
    "frame-of-one-class": lambda: {name: counts.to_frame() for name, counts in groups_of(X).items()},
    "categories": lambda: {
        name: counts.groupby(level=0, dropna=False, observed=True).sum()
        for name, counts in groups_of(X.astype("category")).items()
    },
    "decimals": lambda: {name: counts.map(Decimal) for name, counts in groups_of(X).items()},
    "nullable": lambda: {name: counts.astype("Int64") for name, counts in groups_of(X).items()},
    "in-pieces": lambda: {
        name: pd.concat([counts, counts]) / 2 for name, counts in groups_of(X).items()
    },
    "with-zeros": lambda: {
        "carrier": pd.concat([groups_of(X)["carrier"], pd.Series({"B6": 0})]),
        "number": pd.concat([groups_of(X)["number"], pd.Series({0.25: 0})]),
    },
}


@pytest.mark.parametrize("form", FORMS)
def test_forms_of_counts(form):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3)
    assert fitted(encoder.fit_counts(FORMS[form]())) == fitted(encoder.fit(X))


@pytest.mark.parametrize(
    "importance", ["auto", "gini", "frequency", lambda counts, totals: counts[:, 0]]
)
@pytest.mark.parametrize("form", [wide, groups_of])
def test_forms_of_counts_by_class(form, importance):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3, importance=importance)
    assert fitted(encoder.fit_counts(form(X, Y))) == fitted(encoder.fit(X, Y))


@pytest.mark.parametrize(
    "labels", [["b", "a", "a", "b", "c", "c"], [0.5, 1.5, 2.5, 1, 2, 3], [True, False] * 3], ids=str
)
def test_labels_of_classes(labels):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3)
    assert fitted(encoder.fit_counts(groups_of(X, labels))) == fitted(encoder.fit(X, labels))


def test_more_classes_than_auto_looks_at():
    rows, labels = pd.DataFrame({"a": list("abcdefg") * 30}), np.arange(210) % 21
    encoder = HybridHashEncoder(top_k=3)
    assert fitted(encoder.fit_counts(groups_of(rows, labels))) == fitted(encoder.fit(rows, labels))
    assert encoder.importance_ == "frequency"


def test_weights():
    weights = np.array([0.5, 2, 0, 1.25, 3, 0.1])
    counts = {name: pd.Series(weights).groupby([X[name], Y], dropna=False).sum() for name in X}
    encoder = HybridHashEncoder(top_k=2, n_buckets=3)
    found = encoder.fit_counts(counts).vocabularies_
    expected = encoder.fit(X, Y, weights).vocabularies_
    assert [head.tolist() for head in found] == [head.tolist() for head in expected]


@pytest.mark.parametrize("n_rows", [{0: 2, 1: 1}, pd.Series({1: 1, 0: 2})], ids=["dict", "series"])
def test_lists_by_class(n_rows):
    rows, labels = [[["a", "b"]], [["b"]], [[]]], [0, 1, 0]
    counts = {0: pd.DataFrame({0: [1, 1], 1: [0, 1]}, index=["a", "b"])}
    encoder = HybridHashEncoder(top_k=1, n_buckets=3)
    found = encoder.fit_counts(counts, n_rows=n_rows, multi_hot=[0])
    assert fitted(found) == fitted(encoder.fit(rows, labels))


@pytest.mark.parametrize(
    "multi_hot", ["tags", ["tags"], pd.Series(["tags"]), {"tags": None}, iter(["tags"])], ids=type
)
def test_columns_of_lists_are_named_as_one_likes(multi_hot):
    encoder = HybridHashEncoder().fit_counts({"tags": {"a": 2}}, n_rows=9, multi_hot=multi_hot)
    assert encoder.report()["kind"].tolist() == ["list of text"]


def test_rows_of_a_class_may_come_in_several_numbers():
    counts = {"a": pd.DataFrame({0: [1], 1: [2]}, index=["x"])}
    n_rows = pd.Series([1, 0.5, 1.5], index=[0, 1, 1])
    encoder = HybridHashEncoder(top_k=1, n_buckets=2)
    assert fitted(encoder.fit_counts(counts, n_rows=n_rows)) == fitted(
        HybridHashEncoder(top_k=1, n_buckets=2).fit_counts(counts)
    )


def test_single_values_tell_how_many_rows_lists_have():
    rows = pd.DataFrame({"basket": [["a", "b"], ["b"], []], "shop": ["x", "x", "y"]})
    counts = {"basket": {"a": 1, "b": 2}, "shop": {"x": 2, "y": 1}}
    encoder = HybridHashEncoder(top_k=1, n_buckets=3, min_frequency=0.5)
    assert fitted(encoder.fit_counts(counts, multi_hot=["basket"])) == fitted(encoder.fit(rows))


def test_counts_without_rare_values():
    rows = pd.DataFrame({"a": ["x"] * 5 + ["y"] * 4 + list("abcdef")})
    often = rows["a"].value_counts()[lambda counts: counts > 1]
    encoder = HybridHashEncoder(top_k=2, n_buckets=3)
    expected = encoder.fit(rows)
    found = HybridHashEncoder(top_k=2, n_buckets=3).fit_counts({"a": often}, n_rows=15)
    assert (found.transform(rows) != expected.transform(rows)).nnz == 0
    shares = ["head_share", "tail_share", "missing_share"]
    assert found.report()[shares].equals(expected.report()[shares])
    # What is not listed may have as much weight as all of it.
    assert found.report()["count_error"].tolist() == [6]


@pytest.mark.parametrize(
    ("counts", "parameters", "arguments", "error", "words"),
    [
        ([("a", {"x": 1})], {}, {}, TypeError, "must map each column to its counts; it is a list"),
        ({}, {}, {}, ValueError, "0 feature"),
        ({1: {"x": 1}}, {}, {}, ValueError, r"keys of counts are \[1\].*positions, which are \[0\]"),
        ({"a": [1, 2]}, {}, {}, TypeError, "Column 'a': counts are a list. Pass a pandas Series"),
        ({"a": {}}, {}, {}, ValueError, "Column 'a': counts add up to 0"),
        ({"a": {"x": 0}}, {}, {}, ValueError, "Column 'a': counts add up to 0"),
        ({"a": {"x": 1e200}}, {}, {}, ValueError, "Column 'a': counts add up to 1e.200"),
        ({"a": {"x": -1}}, {}, {}, ValueError, "Column 'a': the count of 'x' is -1. Counts must be"),
        ({"a": {"x": np.nan, "y": 1}}, {}, {}, ValueError, "count of 'x' is nan.*fillna"),
        ({"a": {"x": "3"}}, {}, {}, TypeError, "Column 'a': counts must be numbers, and one is '3'"),
        ({"a": {"x": 1, "y": "2"}}, {}, {}, TypeError, "Column 'a': counts must be num.* one is '2'"),
        ({"a": {"x": 1j}}, {}, {}, TypeError, "Column 'a': counts must be numbers, and one is"),
        (
            {"a": pd.Series(pd.to_datetime(["2020-01-01"]), index=["x"])},
            {}, {}, TypeError, "Column 'a': counts must be numbers, and one is Timestamp",
        ),
        ({"a": {"\ud800": 1}}, {}, {}, ValueError, "Column 'a', row 0.*surrogate"),
        ({"a": {"x": 1}, 1: {"x": 1}}, {}, {}, ValueError, "keys of counts are.*names of all columns"),
        (
            {"a": pd.DataFrame({"a": [101, 205], "late": [0, 1], "n": [7, 3]})},
            {}, {}, TypeError, r"Column 'a': the counts have 'a' among their columns.*set_index\('a'\)",
        ),
        ({"a": {"x": 1}}, {}, {"n_rows": 5}, ValueError, "4 rows short of n_rows, and n_buckets='auto'"),
        (
            {"a": pd.DataFrame({0: [1], 1: [2]}, index=["x"])}, {"n_buckets": 3},
            {"n_rows": {0: 1, 1: 4}}, ValueError, "2 rows short of n_rows, and importance='auto' ranks",
        ),
        (
            {"a": {"x": 1}, "b": {"y": 3}}, {}, {"n_rows": {"a": 1, "b": 3}},
            ValueError, "n_rows is .* and values are not counted by class. Pass one number",
        ),
        ({"a": {"x": 1}}, {}, {"n_rows": "1"}, TypeError, "n_rows must be numbers, and one is '1'"),
        ({"a": {"x": 1}}, {}, {"n_rows": [1]}, TypeError, "n_rows must be numbers, and one is"),
        ({"a": {"x": 1}}, {}, {"n_rows": 0}, ValueError, "n_rows must be of numbers from 0"),
        (
            {"a": pd.DataFrame({0: [1], 1: [2]}, index=["x"])}, {},
            {"n_rows": {0: 1, 1: 2, None: 4}}, ValueError, "n_rows has rows whose class is missing",
        ),
        ({"a": {"x": 1, 2: 1}}, {}, {}, TypeError, "Column 'a', row 1.*string.*number"),
        ({"a": {("x", "y"): 1}}, {}, {}, TypeError, "list is counted as a whole.*multi_hot=.'a'"),
        ({"a": {"x": 1}, "b": {"x": 2}}, {}, {}, ValueError, "'b' counts 2 rows, and column 'a'.* 1"),
        ({"a": {"x": 3}}, {}, {"n_rows": 2}, ValueError, "'a' counts 3 rows, and n_rows is 2"),
        ({"a": {"x": 3}}, {}, {"n_rows": -2}, ValueError, "n_rows must be of numbers from 0"),
        ({"a": {"x": 3}}, {}, {"multi_hot": ["b"]}, ValueError, "multi_hot names the column 'b'"),
        ({"a": {"x": 3}}, {}, {"multi_hot": ["a"]}, ValueError, "Pass n_rows"),
        ({"a": {None: 3, "x": 1}}, {"handle_missing": "error"}, {}, ValueError, "Column 'a'.*missing"),
        ({"a": {"x": 3}}, {"importance": "gini"}, {}, ValueError, "'a' is not counted by class.*gini"),
        ({"a": {"x": 3}}, {"top_k": {"b": 3}}, {}, ValueError, "top_k names the column 'b'"),
        ({"a": {"x": 3}}, {"max_features": 1}, {}, ValueError, "max_features=1 is too small"),
        (
            {"a": pd.DataFrame({0: [1], 1: [2]}, index=["x"]), "b": {"x": 3}},
            {}, {}, ValueError, "Column 'b' is not counted by class.*looks at those of other columns",
        ),
        (
            {"a": pd.DataFrame({0: [1], 1: [2]}, index=["x"])},
            {}, {"n_rows": 3}, ValueError, "n_rows is 3, and values are counted by class",
        ),
        (
            {"a": pd.Series({("x", 0, 1): 2})},
            {}, {}, TypeError, "Column 'a': a Series of counts is indexed.*3 levels",
        ),
        (
            {"a": pd.DataFrame({("x", 0): [1]}, index=["v"])},
            {}, {}, TypeError, "Column 'a': a DataFrame of counts.*several levels",
        ),
        (
            {"a": pd.Series([1, 2], index=pd.MultiIndex.from_arrays([["x", "y"], [0, np.nan]]))},
            {}, {}, ValueError, "Column 'a' counts rows whose class is missing",
        ),
        (
            {"a": pd.Series([1], index=pd.DatetimeIndex(["2020-01-01"]))},
            {}, {}, TypeError, "Column 'a', row 0.*string.*number",
        ),
    ],
    ids=str,
)  # fmt: skip
def test_counts_that_are_refused(counts, parameters, arguments, error, words):
    encoder = HybridHashEncoder(**parameters)
    with pytest.raises(error, match=words):
        encoder.fit_counts(counts, **arguments)
    assert not hasattr(encoder, "vocabularies_")


def test_names():
    assert HybridHashEncoder().fit_counts({"a": {"x": 1}}).feature_names_in_.tolist() == ["a"]
    assert not hasattr(HybridHashEncoder().fit_counts({0: {"x": 1}}), "feature_names_in_")


def test_duckdb_counts_the_same():
    duckdb = pytest.importorskip("duckdb")
    X, y = load_flights(return_X_y=True)
    with duckdb.connect() as warehouse:
        warehouse.register("flights", X.assign(late=np.asarray(y)))
        query = "SELECT {0}, late, count(*) AS n FROM flights GROUP BY {0}, late"
        tables = {name: warehouse.sql(query.format(name)).df() for name in X}
    counts = {name: table.set_index([name, "late"])["n"] for name, table in tables.items()}
    assert fitted(HybridHashEncoder().fit_counts(counts)) == fitted(HybridHashEncoder().fit(X, y))
