import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._fit.counts import count
from hybrid_encoder._fit.ranking import merge, rank
from hybrid_encoder._input import text as _text
from hybrid_encoder._input.reading import read_column


def counted(values, sample_weight=None):
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return count(read_column(cells, "c"), sample_weight)


def ranked(values, limit=None, min_frequency=1, ignore_missing=False):
    counts = counted(values)
    order = rank(counts, "frequency", min_frequency, ignore_missing, limit).order
    listed = (_text.objects(counts.values) if counts.kind == "text" else counts.values).tolist()
    return [listed[i] if i < len(listed) else None for i in order]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["b", "a", "b"], ["b", "a"]),
        (["b", "a", "c"], ["a", "b", "c"]),
        (["é", "z", "Z", ""], ["", "Z", "z", "é"]),
        (["\U0001d11e", "\uffff"], ["\uffff", "\U0001d11e"]),
        ([10, 9, -1], [-1, 9, 10]),
        ([2.5, -np.inf, 2], [-np.inf, 2, 2.5]),
        (["b", None, "a"], ["a", "b", None]),
        (["b", None, None, "a"], [None, "a", "b"]),
        ([None], [None]),
    ],
)
def test_ties_go_by_value_and_missing_last(values, expected, without_arrow):
    assert ranked(values) == expected


@pytest.mark.parametrize("limit", range(5))
def test_limit_takes_the_first_of_the_whole_ranking(limit):
    values = ["d", "c", "b", "b", "a"]
    assert ranked(values, limit) == ranked(values)[:limit]


@given(
    st.lists(st.none() | st.sampled_from("abcdefgh"))
    | st.lists(st.none() | st.integers(-5, 5))
    | st.lists(st.none() | st.sampled_from([0.5, 2.0, -1.5, 2**60])),
    st.integers(0, 12),
    st.lists(st.sampled_from([0.25, 0.5, 1, 2]), min_size=1),
    st.booleans(),
)
def test_any_limit_takes_the_first_of_the_whole_ranking(values, limit, weights, ignore_missing):
    counts = counted(values, np.resize(np.array(weights, dtype=float), len(values)))
    whole = rank(counts, "frequency", 1, ignore_missing, None)
    first = rank(counts, "frequency", 1, ignore_missing, limit)
    for name in ("order", "scores", "weights"):
        assert getattr(first, name).tolist() == getattr(whole, name)[:limit].tolist()


@pytest.mark.parametrize(
    ("min_frequency", "expected"),
    [(1, ["a", "b", None, "c"]), (2, ["a", "b", None]), (3, ["a"]), (4, []), (0.2, ["a", "b", None])],
)
def test_min_frequency(min_frequency, expected):
    values = ["a"] * 3 + ["b"] * 2 + ["c"] + [None] * 2
    assert ranked(values, min_frequency=min_frequency) == expected


def test_a_share_of_the_rows_is_not_lost_to_rounding():
    assert ranked(["a"] * 3 + [str(row) for row in range(27)], min_frequency=0.1) == ["a"]


def test_min_frequency_1_admits_any_positive_weight():
    column = read_column(np.array(["a", "b", "c"], dtype=object), "c")
    counts = count(column, np.array([0.25, 0.5, 0]))
    assert len(rank(counts, "frequency", 1, False, None).order) == 2
    assert len(rank(counts, "frequency", 2, False, None).order) == 0


def test_ignored_missing_has_no_rank():
    assert ranked(["a", None, None], ignore_missing=True) == ["a"]


@pytest.mark.parametrize(
    ("columns", "limit", "expected"),
    [
        ([["a", "a", "b"], ["x", "x", "x"]], 3, [1, 0, 0]),
        ([["b", "c"], ["a", "d"]], 4, [1, 0, 0, 1]),
        ([["b", "c"], ["a", "d"]], 2, [1, 0]),
        ([["a"], ["a"]], 2, [0, 1]),
        ([["a"], [5]], 2, [1, 0]),
        ([[None], ["a"], [5]], 3, [2, 1, 0]),
        ([[2**60, 2**60 + 1], [2**60]], 3, [0, 0, 1]),
        ([["a"]], 0, []),
        ([], 5, []),
    ],
)
def test_columns_are_ranked_together(columns, limit, expected, without_arrow):
    counts = [counted(values) for values in columns]
    rankings = [rank(table, "frequency", 1, False, None) for table in counts]
    assert merge(rankings, counts, limit).tolist() == expected
