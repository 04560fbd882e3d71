import numpy as np
import pytest

from hybrid_encoder._fit.selection import check_tracked, select_candidates, share_slots
from hybrid_encoder._input.errors import column_errors
from tests.fit.builders import by_value, counted, listed, make_settings

VALUES = [*"aaaabbbccde", None]


def selected(values, limit, **parameters):
    return select_candidates(counted(values), make_settings(), limit, **parameters)


@pytest.mark.parametrize(
    ("values", "limit", "kept", "order"),
    [
        (VALUES, 2, {"a": 4, "b": 3}, [0, 1]),
        (VALUES, 0, {}, []),
        # 1, the number of values, is the position of a missing value.
        ([None, None, None, "b", "a", "a"], 2, {"a": 2}, [1, 0]),
        ([None, "a"], None, {"a": 1}, [0, 1]),
        ([3, 5, 5], 1, {5: 2}, [0]),
    ],
)
def test_only_the_values_that_may_get_a_slot_are_kept(values, limit, kept, order):
    found = selected(values, limit)
    assert by_value(found.counts) == kept
    assert found.ranking.order.tolist() == order


def test_other_values_are_summed_up():
    counts = selected(VALUES, 2).counts
    assert (counts.unlisted, counts.lost, counts.most_unlisted) == (3, 4, 2)
    assert (counts.n_distinct, counts.rows, counts.missing) == (5, 12, 1)


def test_a_stream_keeps_all_counts():
    found = selected(VALUES, 2, streaming=True)
    assert by_value(found.counts) == {"a": 4, "b": 3, "c": 2, "d": 1, "e": 1}
    assert [listed(found.counts)[i] for i in found.ranking.order] == ["a", "b"]


@pytest.mark.parametrize(
    ("importance", "labels", "best"),
    [
        ("frequency", [0, 0, 1, 1, 1, 0], "a"),
        ("auto", None, "a"),
        ("auto", [0] * 6, "a"),
        ("auto", [0, 0, 1, 1, 1, 0], "b"),
        ("gini", [0, 0, 1, 1, 1, 0], "b"),
        (lambda counts, totals: -counts.sum(axis=1), None, "c"),
    ],
)
def test_the_measure_ranks_the_values(importance, labels, best):
    counts = counted(["a", "a", "b", "b", "a", "c"], labels=labels)
    found = select_candidates(counts, make_settings(importance=importance), 1)
    assert listed(found.counts) == [best]


def test_a_measure_that_returns_no_scores_raises():
    settings = make_settings(importance=lambda counts, totals: None)
    words = "Column 'city': importance must return one finite score per value.*lambda.*returned None"
    with pytest.raises(ValueError, match=words), column_errors("city"):
        select_candidates(counted(["a"]), settings, 1)


def shared(streaming=False, **parameters):
    """The sizes and the heads of two columns."""
    settings = make_settings("ab", **parameters)
    columns = [
        select_candidates(counted(values), settings, limit, streaming=streaming)
        for values, limit in zip([VALUES, [7, 7, 7, 5]], settings.slot_limits, strict=True)
    ]
    layout, heads = share_slots(columns, settings, "ab", streaming=streaming)
    values = [
        [[*listed(column.counts), None][i] for i in head]
        for column, head in zip(columns, heads, strict=True)
    ]
    return layout.n_slots.tolist(), layout.n_buckets.tolist(), values


@pytest.mark.parametrize(
    ("parameters", "n_slots", "n_buckets", "heads"),
    [
        ({"top_k": 2}, [2, 2], [3, 3], [["a", "b"], [7, 5]]),
        ({"top_k": 5}, [5, 2], [3, 3], [["a", "b", "c", "d", "e"], [7, 5]]),
        # At most one bucket per value of the tail, where a missing value is one.
        ({"top_k": 1, "n_buckets": "auto"}, [1, 1], [5, 2], [["a"], [7]]),
        (
            {"top_k": 1, "n_buckets": "auto", "handle_missing": "ignore"},
            [1, 1], [4, 2], [["a"], [7]],
        ),
        ({"top_k": 5, "streaming": True}, [5, 5], [3, 3], [["a", "b", "c", "d", "e"], [7, 5]]),
        ({"top_k": {"b": 1}, "max_features": 9}, [2, 1], [3, 3], [["a", "b"], [7]]),
        ({"top_k": "auto", "max_features": 9}, [2, 1], [3, 3], [["a", "b"], [7]]),
        ({"top_k": "auto", "n_buckets": "auto", "max_features": 7}, [2, 1], [2, 2], [["a", "b"], [7]]),
        (
            {"top_k": "auto", "n_buckets": "auto", "max_features": 20, "streaming": True},
            [11, 5], [2, 2], [["a", "b", "c", "d", "e", None], [7, 5]],
        ),
        (
            {"top_k": "auto", "max_features": 50, "max_tracked": 4, "streaming": True},
            [4, 4], [3, 3], [["a", "b", "c", "d"], [7, 5]],
        ),
    ],
    ids=str,
)  # fmt: skip
def test_the_best_values_get_the_slots(parameters, n_slots, n_buckets, heads):
    assert shared(**parameters) == (n_slots, n_buckets, heads)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ({"top_k": "auto", "max_features": 5}, "max_features=5 is too small for these 2 col.*need 6"),
        ({"n_buckets": 2**30}, r"make 2147483652 output columns.*2147483647.*Lower n_buckets or top_k"),
        ({"max_tracked": 1}, "Column 'a': it has 2 slots, .*max_tracked=1 .*Set max_tracked to 2"),
    ],
)
def test_sizes_that_do_not_fit_raise(parameters, words):
    with pytest.raises(ValueError, match=words):
        shared(**parameters)


@pytest.mark.parametrize("max_tracked", [None, 5, 6])
def test_enough_values_are_tracked(max_tracked):
    check_tracked(np.array([5, 0]), ["a", "b"], max_tracked)


def test_more_slots_than_tracked_values_raise():
    with pytest.raises(
        ValueError, match=r"Column 'b': it has 6 slots, .*max_tracked=5 .*Set max_tracked to 6"
    ):
        check_tracked(np.array([5, 6]), ["a", "b"], 5)
