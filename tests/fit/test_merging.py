from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._fit.merging import align, decay, join, keep_only, merge, of_one_class
from hybrid_encoder._input.errors import ColumnError, column_errors
from tests.fit.builders import by_class, by_value, content, counted, limited, listed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["a", "b", "a"], ["b", "c"]),
        (["a", None], [None, None]),
        ([None], ["a"]),
        ([None, None], ["a"]),
        ([None], [1]),
        ([None], [None]),
        ([3, 5, 3], [5.0, 0.5]),
        ([2**63, 1], [-1, 1]),
        ([2**53 + 1], [0.5, None]),
        ([True, False], [1, 7]),
        ([["a", "a"], []], [None, ["b", None, "a"]]),
        ([None], [["a"], ["b", "b"]]),
        ([None, None], [["a"]]),
        ([[]], [[1], [2, 2]]),
    ],
    ids=str,
)
def test_merged_counts_are_those_of_all_rows(one, other, without_arrow):
    merged = merge(counted(one), counted(other))
    assert content(merged) == content(counted(one + other))
    assert content(merge(counted(other), counted(one))) == content(merged)


def test_merged_by_class():
    one = counted(["a", "b", None], [1, 2, 4], ["no", "yes", "yes"])
    merged = merge(one, counted(["b", "c"], [8, 16], ["no", "no"]))
    assert by_class(merged) == {"a": [1, 0], "b": [8, 2], "c": [16, 0]}
    assert merged.missing_counts.tolist() == [0, 4]
    assert merged.class_totals.tolist() == [25, 6]
    assert merged.labels.tolist() == ["no", "yes"]


def test_errors_and_lost_weights_add_up():
    one = limited(counted([1, 1, 1, 2, 2, 3]), 2)
    other = limited(counted([1, 2, 3, 4]), 3)
    merged = merge(one, other)
    assert (one.error, other.error, merged.error) == (1, 1, 2)
    assert (one.lost, other.lost, merged.lost) == (3, 4, 7)


@given(
    st.lists(st.lists(st.none() | st.sampled_from("abcd"), min_size=1, max_size=6), min_size=1),
    st.randoms(use_true_random=False),
)
def test_exact_counts_may_be_merged_in_any_order(parts, random):
    tables = [counted(part) for part in parts]
    expected = content(counted([value for part in parts for value in part]))
    while len(tables) > 1:
        one = tables.pop(random.randrange(len(tables)))
        tables.append(merge(tables.pop(random.randrange(len(tables))), one))
    assert content(tables[0]) == expected


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        ([1], ["x"], r"Column 'c': it holds text \('x'\) in some rows and numbers \(1\) in others"),
        (["x"], [2.5], r"it holds text \('x'\) in some rows and numbers \(2.5\).*astype\(str\)"),
        ([["x"]], ["y"], r"Column 'c': it holds lists in some rows and single values \('y'\) in others"),
        (["y"], [["x"]], r"holds lists in some rows and single values \('y'\).*Wrap every value in a"),
    ],
)
def test_parts_of_different_forms_raise(one, other, words):
    with pytest.raises(TypeError, match=words), column_errors("c"):
        merge(counted(one), counted(other))


def test_an_error_of_merging_does_not_know_the_column():
    with pytest.raises(ColumnError, match=r"^it holds text"):
        merge(counted([1]), counted(["x"]))


# --- Classes ---


@pytest.mark.parametrize(
    ("one", "other", "most_classes", "labels"),
    [
        ((["a"], ["x"]), (["a"], ["y"]), None, ["x", "y"]),
        ((["a", "b"], [1, 2]), (["a"], [0]), None, [0, 1, 2]),
        ((["a", "b"], [1, 2]), (["a"], [0]), 3, [0, 1, 2]),
        ((["a", "b"], [1, 2]), (["a"], [0]), 2, None),
        ((["a", "b"], [1, 2]), (["a"], None), None, None),
        ((["a"], None), (["a"], None), None, None),
        ((["a", "b"], [False, True]), (["a"], [2]), None, [0, 1, 2]),
        ((["a", "b"], [0.0, 1.0]), (["a"], [1]), None, [0, 1]),
    ],
    ids=["text", "numbers", "enough", "too-many", "one-without", "none", "booleans", "floats"],
)
def test_parts_get_the_same_classes(one, other, most_classes, labels):
    parts = [counted(values, labels=own) for values, own in (one, other)]
    aligned = align(parts, most_classes)
    for before, after in zip(parts, aligned, strict=True):
        assert (None if after.labels is None else after.labels.tolist()) == labels
        assert after.class_counts.shape[1] == len(after.class_totals) == len(labels or [0])
        assert by_value(after) == by_value(before)
    merged = merge(*aligned)
    assert sum(by_class(merged)["a"]) == 2
    assert len(merged.class_totals) == len(labels or [0])


@pytest.mark.parametrize("where", [[0, 1], [1, 2], [0, 3], [2, 3]])
def test_counts_stay_with_their_classes(where):
    counts = counted(["a", "b", None], [1, 2, 4], [where[0], where[1], where[1]])
    wider, _ = align([counts, counted(["a"] * 4, labels=range(4))])
    assert wider.class_counts[:, where].tolist() == counts.class_counts.tolist()
    assert wider.missing_counts[where].tolist() == [0, 4]
    assert wider.class_totals[where].tolist() == [1, 6]
    assert (wider.class_counts.sum(), wider.missing, wider.rows) == (3, 4, 7)


def test_counts_without_classes():
    counts = of_one_class(counted(["a", "b", "a", None], [1, 2, 4, 8], [0, 1, 1, 0]))
    assert content(counts) == content(counted(["a", "b", "a", None], [1, 2, 4, 8]))
    assert of_one_class(counts) is counts


def test_text_and_numbers_as_labels_raise():
    parts = counted(["a"], labels=[1]), counted(["a"], labels=["x"])
    for combine in (lambda: merge(*parts), lambda: align(parts)):
        with pytest.raises(ValueError, match=r"holds the label 'x', and in other rows 1: .*one type"):
            combine()


# --- Decay ---


@pytest.mark.parametrize("factor", [1, 0.5, 0.25])
def test_all_counts_are_multiplied(factor):
    counts = limited(counted(["a", "a", "a", "b", "b", "c", None], labels=[0, 0, 1, 1, 1, 0, 1]), 2)
    decayed = decay(counts, factor)
    assert by_class(decayed) == {
        value: [factor * part for part in parts] for value, parts in by_class(counts).items()
    }
    assert decayed.missing_counts.tolist() == [0, factor]
    assert decayed.class_totals.tolist() == [3 * factor, 4 * factor]
    assert (decayed.error, decayed.lost) == (factor * 1, factor * 3)
    assert decayed.labels.tolist() == [0, 1]


def test_negligible_weights_are_dropped():
    counts = counted(["old", "new"], [1, 2.0**60])
    decayed = decay(counts, 0.5)
    assert by_value(decayed) == {"new": 2.0**59}
    assert decayed.lost == 0.5
    assert decayed.error >= 0.5
    assert decayed.class_totals.tolist() == [(1 + 2.0**60) / 2]
    assert by_value(decay(counts, 1)) == by_value(counts)


def test_weights_that_matter_are_kept():
    decayed = decay(counted(["old", "new"], [1, 2.0**52]), 0.5)
    assert by_value(decayed) == {"old": 0.5, "new": 2.0**51}


@given(
    st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=12),
    st.sampled_from([Fraction(1, 2), Fraction(3, 4), Fraction(1, 8)]),
)
def test_a_row_weighs_a_power_of_the_factor(batches, factor):
    found = counted(batches[0])
    for batch in batches[1:]:
        found = merge(decay(found, float(factor)), counted(batch))
    expected = {}
    for age, batch in enumerate(reversed(batches)):
        for value in batch:
            expected[value] = expected.get(value, Fraction(0)) + factor**age
    assert {value: Fraction(weight) for value, weight in by_value(found).items()} == expected


# --- A part of the values ---


@pytest.mark.parametrize(
    ("order", "values", "positions", "unlisted", "lost", "most_unlisted"),
    [
        ([], [], [], 4, 10, 4),
        ([0], ["a"], [0], 3, 6, 3),
        ([2, 0], ["c", "a"], [0, 1], 2, 4, 3),
        ([2, 4, 0], ["c", "a"], [0, 2, 1], 2, 4, 3),
        ([4], [], [0], 4, 10, 4),
        ([0, 1, 2, 3], ["a", "b", "c", "d"], [0, 1, 2, 3], 0, 0, 0),
    ],
)
def test_values_that_are_not_kept_are_summed_up(order, values, positions, unlisted, lost, most_unlisted):
    counts = counted([*"aaaabbbccd", None])
    kept, found = keep_only(counts, np.array(order, dtype=int))
    assert (listed(kept), found.tolist()) == (values, positions)
    assert (kept.unlisted, kept.lost, kept.most_unlisted) == (unlisted, lost, most_unlisted)
    assert (kept.n_distinct, kept.rows, kept.missing) == (4, 11, 1)


def test_what_was_summed_up_before_adds_up():
    counts, _ = keep_only(counted([*"aaaabbbccd"]), np.array([0, 2]))
    again, _ = keep_only(counts, np.array([0]))
    assert (by_value(again), again.unlisted, again.lost, again.most_unlisted) == ({"a": 4}, 3, 6, 3)


def test_counts_of_different_values_of_the_same_rows_are_joined():
    whole = counted([*"aaaabbbccd", None])
    one, other = (keep_only(whole, np.array(order))[0] for order in ([0], [1, 3]))
    joined = join(one, other)
    assert by_value(joined) == {"a": 4, "b": 3, "d": 1}
    assert joined.rows == 11
    assert (joined.unlisted, joined.most_unlisted) == (3 + 2, 4)
