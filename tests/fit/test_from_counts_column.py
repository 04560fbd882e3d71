from collections import Counter
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit.from_counts_column import entries_of, read_counts
from hybrid_encoder._input.errors import column_errors
from tests.fit.builders import by_class, by_value, groups_of, make_settings
from tests.fitted import fitted

X = pd.DataFrame(
    {"carrier": ["UA", "AA", None, "UA", "DL", "UA"], "number": [1.0, 2.5, 2.5, np.nan, 1.0, -3.0]}
)
Y = np.array([0, 1, 0, 1, 1, 0])

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


def unstacked(X, y):
    return {name: series.unstack(fill_value=0) for name, series in groups_of(X, y).items()}


@pytest.mark.parametrize(
    "importance", ["auto", "gini", "frequency", lambda counts, totals: counts[:, 0]]
)
@pytest.mark.parametrize("form", [unstacked, groups_of])
def test_forms_of_counts_by_class(form, importance):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3, importance=importance)
    assert fitted(encoder.fit_counts(form(X, Y))) == fitted(encoder.fit(X, Y))


@pytest.mark.parametrize(
    "labels", [["b", "a", "a", "b", "c", "c"], [0.5, 1.5, 2.5, 1, 2, 3], [True, False] * 3], ids=str
)
def test_labels_of_classes(labels):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3)
    assert fitted(encoder.fit_counts(groups_of(X, labels))) == fitted(encoder.fit(X, labels))


def counts_of(group, multi_hot=False, **parameters):
    with column_errors("a"):
        return read_counts(entries_of(group, "a"), make_settings("a", **parameters), multi_hot)


@pytest.mark.parametrize("multi_hot", [False, True])
def test_one_column(multi_hot):
    counts = counts_of({"x": 3, "y": 1.5, None: 2}, multi_hot)
    assert (counts.kind, counts.multi_hot, counts.labels) == ("text", multi_hot, None)
    assert (by_value(counts), counts.missing, counts.rows) == ({"x": 3, "y": 1.5}, 2, 6.5)


def test_one_column_by_class():
    frame = pd.DataFrame({"no": [1, 0], "yes": [2, 3]}, index=[7, 0.5])
    counts = counts_of(frame, importance="gini")
    assert (by_class(counts), counts.labels.tolist()) == ({7: [1, 2], 0.5: [0, 3]}, ["no", "yes"])


TWO_CLASSES = pd.MultiIndex.from_arrays([["x", "y"], [0, np.nan]])


@pytest.mark.parametrize(
    ("group", "parameters", "error", "words"),
    [
        ([1, 2], {}, TypeError, "Column 'a': counts are a list. Pass a pandas Series"),
        ({}, {}, ValueError, "Column 'a': counts add up to 0. Their sum must be above 0"),
        ({"x": 0}, {}, ValueError, "Column 'a': counts add up to 0"),
        ({"x": 1e200}, {}, ValueError, "Column 'a': counts add up to 1e.200"),
        ({"x": -1}, {}, ValueError, "Column 'a': the count of 'x' is -1. Counts must be"),
        ({"x": np.nan, "y": 1}, {}, ValueError, "Column 'a': the count of 'x' is nan.*fillna"),
        ({"x": np.inf, "y": 1}, {}, ValueError, "Column 'a': the count of 'x' is inf. Counts must be"),
        ({"x": "3"}, {}, TypeError, "Column 'a': counts must be numbers, and one is '3'. Convert them"),
        ({"x": 1, "y": "2"}, {}, TypeError, "Column 'a': counts must be numbers, and one is '2'"),
        ({"x": 1j}, {}, TypeError, "Column 'a': counts must be numbers, and one is"),
        (
            pd.Series(pd.to_datetime(["2020-01-01"]), index=["x"]),
            {},
            TypeError,
            "Column 'a': counts must be numbers, and one is Timestamp",
        ),
        ({"\ud800": 1}, {}, ValueError, "Column 'a', row 0: .*surrogate"),
        ({"x": 1, 2: 1}, {}, TypeError, "Column 'a', row 1: .*string or a number"),
        (
            pd.Series([1], index=pd.DatetimeIndex(["2020-01-01"])),
            {},
            TypeError,
            "Column 'a', row 0: .*string or a number",
        ),
        ({("x", "y"): 1}, {}, TypeError, "Column 'a': a list is counted as a whole.*multi_hot"),
        ({None: 3, "x": 1}, {"handle_missing": "error"}, ValueError, "Column 'a', row 0: .*missing"),
        (
            pd.DataFrame({"a": [101, 205], "late": [0, 1], "n": [7, 3]}),
            {},
            TypeError,
            r"Column 'a': the counts have 'a' among their columns.*set_index\('a'\)",
        ),
        (
            pd.DataFrame({("x", 0): [1]}, index=["v"]),
            {},
            TypeError,
            "Column 'a': a DataFrame of counts.*several levels.*reset_index",
        ),
        (
            pd.Series({("x", 0, 1): 2}),
            {},
            TypeError,
            "Column 'a': a Series of counts is indexed.*3 levels.*groupby",
        ),
        (
            pd.Series([1, 2], index=TWO_CLASSES),
            {"importance": "auto"},
            ValueError,
            "Column 'a': it counts rows whose class is missing, and importance='auto'.*Remove these",
        ),
    ],
    ids=str,
)
def test_counts_that_cannot_be_read_raise(group, parameters, error, words):
    with pytest.raises(error, match=words):
        counts_of(group, **parameters)


def test_missing_values_that_do_not_occur_are_accepted():
    counts = counts_of({None: 0, "x": 1}, handle_missing="error")
    assert (by_value(counts), counts.missing) == ({"x": 1}, 0)


def test_a_missing_class_is_accepted_if_classes_are_not_used():
    counts = counts_of(pd.Series([1, 2], index=TWO_CLASSES))
    assert (by_value(counts), counts.labels) == ({"x": 1, "y": 2}, None)
