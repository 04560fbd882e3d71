from functools import reduce
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit.selection import candidates
from hybrid_encoder._fit.tally import Tally, align, merge_tallies
from hybrid_encoder._input import tables as _tables
from tests.conftest import array
from tests.fit.test_from_counts import outcome
from tests.fit.test_merging import by_class, counted
from tests.test_invariants import ENCODERS, tables


def tally(values, labels=None):
    """The counts of one column, and the classes of its rows."""
    if labels is None:
        return Tally(counted(values), None)
    known, codes = np.unique(labels, return_inverse=True)
    return Tally(counted(values, classes=codes, n_classes=len(known)), known)


def fit_in_parts(encoder, table, y, cuts):
    """Fit to tables of counts that parts of the rows gave, merged in any order."""
    counting = clone(encoder)
    counting._check_names(table, reset=True)
    bounds = [0, *sorted(cuts), len(table)]
    parts = [slice(*ends) for ends in pairwise(bounds) if ends[0] < ends[1]]
    by_part = [
        counting._tallies(_tables.open_table(table[part]), None if y is None else y[part], None)
        for part in parts
    ]

    def look(plan):
        merged = [
            reduce(lambda a, b: merge_tallies(a, b, encoder._settings["most_classes"], "c"), column)
            for column in zip(*by_part[::-1], strict=True)
        ]
        labels = merged[0].labels
        plan = plan.with_classes(labels)
        return labels, [candidates(tally.counts, plan, number) for number, tally in enumerate(merged)]

    encoder._validate_params()
    return encoder._fit_by(look, table)


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


@pytest.mark.parametrize(
    ("parts", "most_classes", "labels"),
    [
        ([tally(["a"], ["x"]), tally(["a"], ["y"])], None, ["x", "y"]),
        ([tally(["a", "b"], [1, 2]), tally(["a"], [0])], None, [0, 1, 2]),
        ([tally(["a", "b"], [1, 2]), tally(["a"], [0])], 3, [0, 1, 2]),
        ([tally(["a", "b"], [1, 2]), tally(["a"], [0])], 2, None),
        ([tally(["a", "b"], [1, 2]), tally(["a"])], None, None),
        ([tally(["a"]), tally(["a"])], None, None),
        ([tally(["a", "b"], [False, True]), tally(["a"], [2])], None, [0, 1, 2]),
    ],
    ids=["text", "numbers", "enough", "too-many", "one-without", "none", "booleans"],
)
def test_classes_of_parts(parts, most_classes, labels):
    aligned = align(parts, most_classes)
    for found in aligned:
        assert found.labels is None if labels is None else found.labels.tolist() == labels
    merged = merge_tallies(*parts, most_classes, "c")
    assert sum(by_class(merged.counts)["a"]) == 2
    assert len(merged.counts.class_totals) == (1 if labels is None else len(labels))


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ([1], ["x"], "Column 'c' holds text such as 'x' in some rows and numbers such as 1 in others"),
        (
            ["x"],
            [2.5],
            "Column 'c' holds text such as 'x' in some rows and numbers such as 2.5 in others",
        ),
        ([["x"]], ["y"], "Column 'c' holds lists in some rows and single values such as 'y' in others"),
        (["y"], [["x"]], "Column 'c' holds lists in some rows and single values such as 'y' in others"),
    ],
)
def test_parts_of_other_forms_are_refused(one, other, words):
    with pytest.raises(TypeError, match=words):
        merge_tallies(tally(one), tally(other), None, "c")


def test_labels_of_other_types_are_refused():
    with pytest.raises(ValueError, match="labels such as 'x', and in other rows it held 1"):
        merge_tallies(tally(["a"], [1]), tally(["a"], ["x"]), None, "c")


@pytest.mark.parametrize("missing", [[None], [None, None]])
@pytest.mark.parametrize("values", [["x"], [1], [["x"]]])
def test_missing_values_go_with_any_form(missing, values):
    merged = merge_tallies(tally(missing), tally(values), None, "c").counts
    assert (merged.missing, merged.n_values) == (len(missing), 1)
    assert merged.kind == tally(values).counts.kind


def test_only_the_candidates_of_a_column_are_sent():
    encoder = HybridHashEncoder(top_k=2)
    encoder._check_names(array({"c": ["a"]}), reset=True)
    counts = counted(["a"] * 4 + ["b"] * 3 + ["c"] * 2 + ["d", "e", None])
    found = candidates(counts, encoder._plan(reserve=False).with_classes(None), 0)
    assert by_class(found.counts) == {"a": [4], "b": [3]}
    assert found.ranking.order.tolist() == [0, 1]
    assert (found.counts.unlisted, found.counts.lost, found.counts.most_unlisted) == (3, 4, 2)
    assert (found.counts.n_distinct, found.counts.rows, found.counts.missing) == (5, 12, 1)


def test_a_missing_value_may_be_a_candidate():
    encoder = HybridHashEncoder(top_k=2)
    encoder._check_names(array({"c": ["a"]}), reset=True)
    counts = counted([None, None, None, "b", "a", "a"])
    found = candidates(counts, encoder._plan(reserve=False).with_classes(None), 0)
    assert by_class(found.counts) == {"a": [2]}
    assert found.ranking.order.tolist() == [1, 0]  # 1, the number of values, stands for missing
