from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit.from_counts import header_of
from hybrid_encoder.datasets import load_flights
from tests.conftest import array
from tests.fit.builders import groups_of, outcome
from tests.fitted import fitted
from tests.test_invariants import ENCODERS, tables


def groups_of_cells(columns, y=None):
    """The counts of lists of cells, or of their elements, by position of the column."""
    counts = {}
    for number, cells in enumerate(columns.values()):
        count = Counter()
        for row, cell in enumerate(cells):
            for value in cell if isinstance(cell, list) else [cell]:
                count[(value, None if y is None else y[row])] += 1
        values = np.fromiter((value for value, _ in count), dtype=object, count=len(count))
        index = pd.Index(values, tupleize_cols=False)
        if y is not None:
            index = pd.MultiIndex.from_arrays([index, [label for _, label in count]])
        counts[number] = pd.Series(list(count.values()), index=index, dtype=float)
    return counts


@given(tables(), ENCODERS, st.booleans())
def test_counts_of_values_lead_to_the_same_as_rows(columns, encoder, supervised):
    y = [row % 3 for row in range(len(next(iter(columns.values()))))] if supervised else None
    counts = groups_of_cells(columns, y)
    expected = outcome(lambda: encoder.fit(array(columns), y))
    assert outcome(lambda: encoder.fit_counts(counts)) == expected


@given(tables(lists=True), ENCODERS)
def test_counts_of_elements_lead_to_the_same_as_rows(columns, encoder):
    columns = {name: cells for name, cells in columns.items() if any(isinstance(c, list) for c in cells)}
    if not columns or any(all(not cell for cell in cells) for cells in columns.values()):
        return
    n_rows = len(next(iter(columns.values())))
    counts = groups_of_cells(columns)
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
    batch = X[:99], None if y is None else y[:99]
    expected = fitted(encoder.fit(X, y).partial_fit(*batch))
    assert fitted(encoder.fit_counts(groups_of(X, y)).partial_fit(*batch)) == expected


def test_more_classes_than_auto_uses():
    rows, labels = pd.DataFrame({"a": list("abcdefg") * 30}), np.arange(210) % 21
    encoder = HybridHashEncoder(top_k=3)
    assert fitted(encoder.fit_counts(groups_of(rows, labels))) == fitted(encoder.fit(rows, labels))
    assert encoder.importance_ == "frequency"


def test_counts_may_be_sums_of_weights():
    rows = pd.DataFrame({"a": ["UA", "AA", None, "UA", "DL", "UA"], "b": [1, 2.5, 2.5, None, 1, -3]})
    y, weights = np.array([0, 1, 0, 1, 1, 0]), np.array([0.5, 2, 0, 1.25, 3, 0.1])
    counts = {name: pd.Series(weights).groupby([rows[name], y], dropna=False).sum() for name in rows}
    encoder = HybridHashEncoder(top_k=2, n_buckets=3)
    found = encoder.fit_counts(counts).vocabularies_
    expected = encoder.fit(rows, y, weights).vocabularies_
    assert [head.tolist() for head in found] == [head.tolist() for head in expected]


def test_sums_of_weights_may_differ_by_rounding():
    counts = {"a": {"x": 0.1, "y": 0.2}, "b": {"z": 0.3}}
    assert sum(counts["a"].values()) != 0.3
    encoder = HybridHashEncoder().fit_counts(counts)
    assert encoder.report()["count_error"].tolist() == [0, 0]


# --- Numbers of rows ---


@pytest.mark.parametrize("n_rows", [{0: 2, 1: 1}, pd.Series({1: 1, 0: 2})], ids=["dict", "series"])
def test_rows_of_lists_by_class(n_rows):
    rows, labels = [[["a", "b"]], [["b"]], [[]]], [0, 1, 0]
    counts = {0: pd.DataFrame({0: [1, 1], 1: [0, 1]}, index=["a", "b"])}
    encoder = HybridHashEncoder(top_k=1, n_buckets=3)
    found = encoder.fit_counts(counts, n_rows=n_rows, multi_hot=[0])
    assert fitted(found) == fitted(encoder.fit(rows, labels))


@pytest.mark.parametrize(
    "multi_hot", ["tags", ["tags"], pd.Series(["tags"]), {"tags": None}, iter(["tags"])], ids=type
)
def test_columns_of_lists_are_named_in_any_container(multi_hot):
    encoder = HybridHashEncoder().fit_counts({"tags": {"a": 2}}, n_rows=9, multi_hot=multi_hot)
    assert encoder.report()["kind"].tolist() == ["list of text"]


def test_several_numbers_of_rows_of_a_class_are_added():
    counts = {"a": pd.DataFrame({0: [1], 1: [2]}, index=["x"])}
    n_rows = pd.Series([1, 0.5, 1.5], index=[0, 1, 1])
    encoder = HybridHashEncoder(top_k=1, n_buckets=2)
    expected = fitted(encoder.fit_counts(counts))
    assert fitted(encoder.fit_counts(counts, n_rows=n_rows)) == expected


def test_columns_of_single_values_count_the_rows_of_lists():
    rows = pd.DataFrame({"basket": [["a", "b"], ["b"], []], "shop": ["x", "x", "y"]})
    counts = {"basket": {"a": 1, "b": 2}, "shop": {"x": 2, "y": 1}}
    encoder = HybridHashEncoder(top_k=1, n_buckets=3, min_frequency=0.5)
    assert fitted(encoder.fit_counts(counts, multi_hot=["basket"])) == fitted(encoder.fit(rows))


def test_rare_values_may_be_left_out():
    rows = pd.DataFrame({"a": ["x"] * 5 + ["y"] * 4 + list("abcdef")})
    often = rows["a"].value_counts()[lambda counts: counts > 1]
    encoder = HybridHashEncoder(top_k=2, n_buckets=3)
    expected = encoder.fit(rows)
    found = HybridHashEncoder(top_k=2, n_buckets=3).fit_counts({"a": often}, n_rows=15)
    assert (found.transform(rows) != expected.transform(rows)).nnz == 0
    shares = ["head_share", "tail_share", "missing_share"]
    assert found.report()[shares].equals(expected.report()[shares])
    # A single value may have all of the weight that was left out.
    assert found.report()["count_error"].tolist() == [6]


# --- Errors ---

BY_CLASS = pd.DataFrame({0: [1], 1: [2]}, index=["x"])


def no_scores(class_counts, class_totals):
    return None


def case(value):
    """The name of a part of a case; that of a function without its address."""
    return str(value).partition(" at 0x")[0]


@pytest.mark.parametrize(
    ("counts", "parameters", "arguments", "error", "words"),
    [
        ([("a", {"x": 1})], {}, {}, TypeError, "must map each column to its counts; it is a list"),
        ({}, {}, {}, ValueError, "0 feature"),
        ({1: {"x": 1}}, {}, {}, ValueError, r"keys of counts are \[1\].*positions in order: \[0\]"),
        ({"a": {"x": 1}, 1: {"x": 1}}, {}, {}, ValueError, "keys of counts are.*names of all columns"),
        ({"a": {"x": 3}}, {"top_k": {"b": 3}}, {}, ValueError, "top_k names the column 'b'"),
        ({"a": {"x": 3}}, {"max_features": 1}, {}, ValueError, "max_features=1 is too small"),
        ({"a": {"x": "3"}}, {}, {}, TypeError, "Column 'a': counts must be numbers, and one is '3'"),
        ({0: {"x": -1}}, {}, {}, ValueError, "Column 0: the count of 'x' is -1"),
        ({"a": {"x": 3}}, {}, {"multi_hot": ["b"]}, ValueError, "multi_hot names the column 'b'.*'a'"),
        ({"a": {"x": 3}}, {}, {"multi_hot": ["a"]}, ValueError, "All columns hold lists.*Pass n_rows"),
        ({"a": {"x": 1}, "b": {"x": 2}}, {}, {}, ValueError, "'b' counts 2 rows, and column 'a'.* 1"),
        ({"a": {"x": 3}}, {}, {"n_rows": 2}, ValueError, "'a' counts 3 rows, and n_rows is 2"),
        ({"a": {"x": 3}}, {}, {"n_rows": -2}, ValueError, "n_rows must hold numbers from 0.*it is -2"),
        ({"a": {"x": 1}}, {}, {"n_rows": 0}, ValueError, "n_rows must hold numbers from 0.*it is 0"),
        ({"a": {"x": 1}}, {}, {"n_rows": "1"}, TypeError, "n_rows must be numbers, and one is '1'"),
        ({"a": {"x": 1}}, {}, {"n_rows": [1]}, TypeError, "n_rows must be numbers, and one is"),
        ({"a": BY_CLASS}, {}, {"n_rows": {0: 1, 1: 2, None: 4}},
         ValueError, "n_rows has rows whose class is missing. Remove them"),
        ({"a": {"x": 1}, "b": {"y": 3}}, {}, {"n_rows": {"a": 1, "b": 3}},
         ValueError, "n_rows is .* and values are not counted by class. Pass one number"),
        ({"a": BY_CLASS}, {}, {"n_rows": 3},
         ValueError, "n_rows is 3, and values are counted by class. Pass a Series or dict"),
        ({"a": {"x": 1}}, {}, {"n_rows": 5},
         ValueError, "Column 'a': the counts are 4 rows short of n_rows, and n_buckets='auto'"),
        ({"a": BY_CLASS}, {"n_buckets": 3}, {"n_rows": {0: 1, 1: 4}},
         ValueError, "Column 'a': .* 2 rows short of n_rows, and importance='auto' needs the classes"),
        ({"a": {"x": 3}}, {"importance": "gini"}, {},
         ValueError, "'a' is not counted by class.*importance='gini' ranks all values by class"),
        ({"a": BY_CLASS, "b": {"x": 3}}, {}, {},
         ValueError, "Column 'b' is not counted by class.*uses the classes of other columns"),
        ({"a": {"x": 3}}, {"importance": no_scores}, {},
         ValueError, "Column 'a': importance must return one finite score per value"),
    ],
    ids=case,
)  # fmt: skip
def test_counts_that_raise_leave_the_encoder_unfitted(counts, parameters, arguments, error, words):
    encoder = HybridHashEncoder(**parameters)
    with pytest.raises(error, match=words):
        encoder.fit_counts(counts, **arguments)
    assert not hasattr(encoder, "vocabularies_")


@pytest.mark.parametrize(
    ("key", "names", "feature_names"), [("a", ["a"], ["a"]), (0, [0], None)], ids=["name", "position"]
)
def test_keys_are_names_or_positions(key, names, feature_names):
    assert header_of({key: {"x": 1}}).columns.tolist() == names
    encoder = HybridHashEncoder().fit_counts({key: {"x": 1}})
    assert (feature_names is None) == (not hasattr(encoder, "feature_names_in_"))
    assert feature_names is None or encoder.feature_names_in_.tolist() == feature_names


def test_duckdb():
    duckdb = pytest.importorskip("duckdb")
    X, y = load_flights(return_X_y=True)
    with duckdb.connect() as warehouse:
        warehouse.register("flights", X.assign(late=np.asarray(y)))
        query = "SELECT {0}, late, count(*) AS n FROM flights GROUP BY {0}, late"
        tables = {name: warehouse.sql(query.format(name)).df() for name in X}
    counts = {name: table.set_index([name, "late"])["n"] for name, table in tables.items()}
    assert fitted(HybridHashEncoder().fit_counts(counts)) == fitted(HybridHashEncoder().fit(X, y))
