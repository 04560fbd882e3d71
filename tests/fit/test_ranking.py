import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._fit.ranking import merge, rank, significant
from tests.fit.builders import counted, listed


def ranked(values, limit=None, min_frequency=1, ignore_missing=False):
    counts = counted(values)
    order = rank(counts, "frequency", min_frequency, ignore_missing, limit).order
    return [[*listed(counts), None][i] for i in order]


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
def test_ties_are_broken_by_value_missing_last(values, expected, without_arrow):
    assert ranked(values) == expected


@pytest.mark.parametrize("limit", range(5))
def test_a_limit_cuts_the_ranking(limit):
    values = ["d", "c", "b", "b", "a"]
    assert ranked(values, limit) == ranked(values)[:limit]


def all_equal(class_counts, class_totals):
    """A measure whose scores are all the same, so that weights decide."""
    return np.ones(len(class_counts))


@given(
    st.lists(st.none() | st.sampled_from("abcdefgh"))
    | st.lists(st.none() | st.integers(-5, 5))
    | st.lists(st.none() | st.sampled_from([0.5, 2.0, -1.5, 2**60])),
    st.integers(0, 12),
    st.lists(st.sampled_from([0.25, 0.5, 1, 2]), min_size=1),
    st.booleans(),
    st.sampled_from(["frequency", all_equal]),
)
def test_a_limit_cuts_any_ranking(values, limit, weights, ignore_missing, importance):
    counts = counted(values, np.resize(weights, len(values)))
    whole = rank(counts, importance, 1, ignore_missing, None)
    first = rank(counts, importance, 1, ignore_missing, limit)
    for name in ("order", "scores", "weights"):
        assert getattr(first, name).tolist() == getattr(whole, name)[:limit].tolist()


def test_a_limit_may_end_after_a_missing_value():
    counts = counted(["a", "b", None, "c"], [3, 1, 1, 0.5])
    assert rank(counts, all_equal, 1, False, 3).order.tolist() == [0, 1, 3]


@pytest.mark.parametrize(
    ("min_frequency", "expected"),
    [(1, ["a", "b", None, "c"]), (2, ["a", "b", None]), (3, ["a"]), (4, []), (0.2, ["a", "b", None])],
)
def test_min_frequency(min_frequency, expected):
    values = ["a"] * 3 + ["b"] * 2 + ["c"] + [None] * 2
    assert ranked(values, min_frequency=min_frequency) == expected


@pytest.mark.parametrize(("n_rows", "share", "least"), [(100, 0.07, 7), (25, 0.28, 7), (30, 0.1, 3)])
def test_a_share_of_the_rows_is_rounded_as_weights_are(n_rows, share, least):
    # 0.07 * 100 is 7.000000000000001.
    values = ["a"] * least + ["b"] * (least - 1)
    values += [f"v{row}" for row in range(n_rows - len(values))]
    assert ranked(values, min_frequency=share) == ["a"]


@pytest.mark.parametrize(("min_frequency", "n_ranked"), [(1, 2), (2, 0)])
def test_min_frequency_1_accepts_any_positive_weight(min_frequency, n_ranked):
    counts = counted(["a", "b", "c"], [0.25, 0.5, 0])
    assert len(rank(counts, "frequency", min_frequency, False, None).order) == n_ranked


def test_an_ignored_missing_value_has_no_rank():
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


@pytest.mark.parametrize(
    ("value", "other"),
    [
        (0.1 + 0.2, 0.3),
        (-0.1 - 0.2, -0.3),
        (1e-20 * 3 / 10, 3e-21),
        (1e40 / 3 * 3, 1e40),
        (np.nextafter(1000, 0), 1000),
        (np.nextafter(1e-300, 1), 1e-300),
        (2**60 + 2**10, 2**60),
    ],
)
def test_numbers_that_differ_in_their_last_digits_are_rounded_to_the_same(value, other):
    one, two = significant(np.array([float(value), float(other)])).tolist()
    assert one == two
    assert value != other


@pytest.mark.parametrize(
    "value",
    [0.0, 1.0, -7.0, 0.5, 2.0**53 - 1, -(2.0**53) + 1, 2.0**60, 5e-324, 1 + 2.0**-39, 2.0**-1070],
)
def test_whole_numbers_and_short_fractions_are_kept(value):
    assert significant(np.array([value])).tolist() == [value]


@pytest.mark.parametrize("value", [1 / 3, -2 / 3, 2e-300 / 3, 1e40 / 3, 999.999999999999, 1e16 + 2])
def test_forty_binary_digits_are_kept(value):
    rounded = significant(np.array([value])).item()
    assert abs(rounded - value) <= 2.0**-40 * abs(value)
    # A number of 40 digits is rounded to itself.
    assert significant(np.array([rounded])).item() == rounded
    mantissa, _ = np.frexp(rounded)
    assert (mantissa * 2**40).is_integer()


@given(st.floats(1e-300, 1e30), st.integers(-3, 3))
def test_neighbours_are_rounded_to_the_same_or_to_neighbours(value, steps):
    near = value
    for _ in range(abs(steps)):
        near = np.nextafter(near, np.inf if steps > 0 else -np.inf)
    one, other = significant(np.array([value])), significant(np.array([near]))
    # If a rounding limit lies between them, they are rounded to numbers one unit apart.
    assert one == other or abs(one - other) <= 1.01 * 2.0**-39 * abs(value)
