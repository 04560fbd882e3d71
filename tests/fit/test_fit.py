from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from hybrid_encoder._fit.fit import fit_candidates, labels_of
from hybrid_encoder._fit.from_table import count_partition
from hybrid_encoder._fit.merging import align, merge
from hybrid_encoder._fit.parameters import settings_of
from hybrid_encoder._fit.selection import select_candidates
from hybrid_encoder._fit.target import most_classes
from hybrid_encoder._input.tables import open_table
from tests.conftest import array
from tests.fit.builders import counted, make_settings, outcome
from tests.test_invariants import ENCODERS, tables


def fit_in_parts(encoder, table, y, cuts):
    """Fit to counts of parts of the rows, merged in reverse order."""
    labels = list(range(table.shape[1]))
    settings = settings_of(vars(encoder), labels)
    bounds = [0, *sorted(cuts), len(table)]
    parts = [
        count_partition(
            open_table(table[start:end]), None if y is None else y[start:end], None, settings, labels
        )
        for start, end in pairwise(bounds)
        if start < end
    ]
    columns = [
        reduce(merge, align(counts[::-1], most_classes(settings.importance)))
        for counts in zip(*parts, strict=True)
    ]
    candidates = [
        select_candidates(counts, settings, limit)
        for counts, limit in zip(columns, settings.slot_limits, strict=True)
    ]
    encoder._set_fitted(fit_candidates(candidates, settings, None))
    return encoder


@given(
    st.booleans().flatmap(lambda lists: tables(lists=lists)),
    ENCODERS,
    st.sampled_from([None, 2, 30]),
    st.sets(st.integers(0, 144), max_size=4),
)
def test_rows_may_be_counted_in_parts(columns, encoder, n_classes, cuts):
    table = array(columns)
    y = None if n_classes is None else np.arange(len(table)) % n_classes
    cuts = {min(cut, len(table)) for cut in cuts}
    expected = outcome(lambda: clone(encoder).fit(table, y))
    assert outcome(lambda: fit_in_parts(clone(encoder), table, y, cuts)) == expected


def fitted(labels=None, *, streaming=False, **parameters):
    """Two columns fitted to their counts."""
    settings = make_settings(("a", "b"), **parameters)
    columns = [
        select_candidates(counted(values, labels=labels), settings, limit, streaming=streaming)
        for values, limit in zip(
            [["x", "x", "y", None], [5, 7, 7, 5]], settings.slot_limits, strict=True
        )
    ]
    names = np.array(["a", "b"], dtype=object)
    return fit_candidates(columns, settings, names, streaming=streaming)


def test_the_input_columns_are_fitted_side_by_side():
    found = fitted(top_k={"a": 1, "b": 2}, n_buckets=3, tail_indicator=True)
    assert found.feature_names.tolist() == ["a", "b"]
    assert (found.layout.n_slots.tolist(), found.layout.n_buckets.tolist()) == ([1, 2], [3, 3])
    assert [column.kind for column in found.columns] == ["text", "number"]
    parts = [
        (column.label, column.start, column.first_bucket, column.indicator, column.end)
        for column in found.columns
    ]
    assert parts == [("a", 0, 1, 4, 5), ("b", 5, 7, 10, 11)]
    assert [column.vocabulary.values.tolist() for column in found.columns] == [["x"], [5, 7]]
    assert [coverage.head_share for coverage in found.coverages] == [0.5, 1]


@pytest.mark.parametrize(
    ("importance", "labels", "streaming", "measure", "class_labels"),
    [
        ("auto", None, False, "frequency", None),
        ("auto", [0, 1, 0, 1], False, "pooled_info", [0, 1]),
        ("auto", [1, 1, 1, 1], False, "frequency", None),
        ("auto", [1, 1, 1, 1], True, "pooled_info", [1]),
        ("gini", [0, 1, 0, 1], False, "gini", [0, 1]),
        ("frequency", None, True, "frequency", None),
    ],
)
def test_the_measure_and_the_classes_it_uses(importance, labels, streaming, measure, class_labels):
    found = fitted(labels, importance=importance, streaming=streaming)
    assert found.importance == measure
    assert (None if found.class_labels is None else found.class_labels.tolist()) == class_labels


@pytest.mark.parametrize(
    ("streaming", "tails", "errors"), [(False, [[], []], [1, 2]), (True, [[1], [2]], [0, 0])]
)
def test_counts_of_the_tail_are_kept_for_a_stream(streaming, tails, errors):
    found = fitted(top_k=1, streaming=streaming)
    assert [history.tail.ravel().tolist() for history in found.histories] == tails
    assert [history.error for history in found.histories] == errors


@pytest.mark.parametrize(("streaming", "weights"), [(False, [[2], [2]]), (True, [[1], [0]])])
def test_counts_are_limited_in_a_stream_only(streaming, weights):
    found = fitted(top_k=1, max_tracked=1, streaming=streaming)
    assert [history.head_weights.tolist() for history in found.histories] == weights
    assert [len(history.tail) for history in found.histories] == [0, 0]


@pytest.mark.parametrize(
    ("names", "labels"), [(None, [0, 1]), (np.array(["x", "y"], dtype=object), ["x", "y"])]
)
def test_columns_without_names_are_numbered(names, labels):
    assert labels_of(names, 2) == labels
