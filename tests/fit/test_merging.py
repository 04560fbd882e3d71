import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._fit.counts import Classes, count
from hybrid_encoder._fit.merging import bound, fade, merge, with_classes
from hybrid_encoder._input import text as _text
from hybrid_encoder._input.columns import Column
from hybrid_encoder._input.reading import read_column
from hybrid_encoder.datasets import load_flights

LOANS = Path(__file__).parents[1] / "data" / "loans_values.npz"


def cells(values):
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def counted(values, weights=None, classes=None, n_classes=2):
    labels = None if classes is None else Classes(np.array(classes), np.arange(n_classes))
    weights = None if weights is None else np.array(weights, dtype=float)
    return count(read_column(cells(values), "c"), weights, labels)


def of_numbers(values, weights=None, classes=None, n_classes=2):
    labels = None if classes is None else Classes(classes, np.arange(n_classes))
    return count(Column("number", np.asarray(values)), weights, labels)


def listed(counts):
    return (_text.objects(counts.values) if counts.kind == "text" else counts.values).tolist()


def by_class(counts):
    return dict(zip(listed(counts), counts.class_counts.tolist(), strict=True))


def table(counts):
    return dict(zip(listed(counts), counts.weights.tolist(), strict=True))


def no_slots(counts):
    return np.full(counts.n_values + 1, -1)


def bounded(counts, m):
    return bound(counts, no_slots(counts), m)[0]


def state(counts):
    """All that a table holds, whatever the order of its values."""
    return (
        counts.kind,
        by_class(counts),
        counts.missing_counts.tolist(),
        counts.class_totals.tolist(),
        counts.multi_hot,
        counts.error,
        counts.lost,
    )


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["a", "b", "a"], ["b", "c"]),
        (["a", None], [None, None]),
        ([None], ["a"]),
        ([None], [None]),
        ([3, 5, 3], [5.0, 0.5]),
        ([2**63, 1], [-1, 1]),
        ([2**53 + 1], [0.5, None]),
        ([True, False], [1, 7]),
        ([["a", "a"], []], [None, ["b", None, "a"]]),
        ([None], [["a"], ["b", "b"]]),
        ([[]], [[1], [2, 2]]),
    ],
    ids=str,
)
def test_merged_tables_are_those_of_all_rows(one, other, without_arrow):
    merged = merge(counted(one), counted(other))
    assert state(merged) == state(counted(one + other))
    assert state(merge(counted(other), counted(one))) == state(merged)


def test_merged_by_class():
    one = counted(["a", "b", None], [1, 2, 4], [0, 1, 1])
    merged = merge(one, counted(["b", "c"], [8, 16], [0, 0]))
    assert by_class(merged) == {"a": [1, 0], "b": [8, 2], "c": [16, 0]}
    assert merged.missing_counts.tolist() == [0, 4]
    assert merged.class_totals.tolist() == [25, 6]


def test_what_was_let_go_of_adds_up():
    one = bounded(counted([1, 1, 1, 2, 2, 3]), 2)
    other = bounded(counted([1, 2, 3, 4]), 3)
    merged = merge(one, other)
    assert (one.error, other.error, merged.error) == (1, 1, 2)
    assert (one.lost, other.lost, merged.lost) == (3, 4, 7)


@pytest.mark.parametrize("decay", [1, 0.5, 0.25])
def test_fade(decay):
    counts = bounded(counted(["a", "a", "a", "b", "b", "c", None], None, [0, 0, 1, 1, 1, 0, 1]), 2)
    faded = fade(counts, decay)
    assert by_class(faded) == {
        value: [decay * part for part in parts] for value, parts in by_class(counts).items()
    }
    assert faded.missing_counts.tolist() == [0, decay]
    assert faded.class_totals.tolist() == [3 * decay, 4 * decay]
    assert (faded.error, faded.lost) == (decay * 1, decay * 3)


def test_what_no_longer_weighs_anything_is_let_go_of():
    counts = counted(["old", "new"], [1, 2.0**60])
    faded = fade(counts, 0.5)
    assert table(faded) == {"new": 2.0**59}
    assert faded.lost == 0.5
    assert faded.error >= 0.5
    assert faded.class_totals.tolist() == [(1 + 2.0**60) / 2]
    assert table(fade(counts, 1)) == table(counts)


def test_what_weighs_something_stays():
    assert table(fade(counted(["old", "new"], [1, 2.0**52]), 0.5)) == {"old": 0.5, "new": 2.0**51}


@pytest.mark.parametrize(
    ("weights", "m", "kept", "error"),
    [
        ([5, 3, 2], None, [5, 3, 2], 0),
        ([5, 3, 2], 3, [5, 3, 2], 0),
        ([5, 3, 2], 4, [5, 3, 2], 0),
        ([5, 3, 2], 2, [3, 1], 2),
        ([5, 3, 2], 1, [2], 3),
        ([5, 3, 3, 2], 2, [2], 3),
        ([3, 3, 3], 2, [], 3),
        ([0.5, 0.25, 0.125], 2, [0.375, 0.125], 0.125),
    ],
)
def test_bound(weights, m, kept, error):
    counts = counted([f"v{i}" for i in range(len(weights))], weights)
    found, slots = bound(counts, np.arange(len(weights) + 1), m)
    assert table(found) == {f"v{i}": weight for i, weight in enumerate(kept)}
    assert slots.tolist() == [*range(len(kept)), len(weights)]
    assert found.error == error
    assert found.lost == sum(weights) - sum(kept)
    assert found.rows == sum(weights)


def test_missing_values_are_counted_beside_the_others():
    counts = counted(["a", "a", "b", None, None, None])
    found, slots = bound(counts, np.array([1, -1, 0]), 1)
    assert (table(found), found.missing, slots.tolist()) == ({"a": 1}, 3, [1, 0])


def test_classes_keep_their_shares():
    counts = counted(["a"] * 4 + ["b"] * 2, [3, 1, 2, 2, 1, 1], [0, 1, 0, 0, 1, 1])
    assert by_class(bounded(counts, 1)) == {"a": [7 * 6 / 8, 1 * 6 / 8]}


@pytest.mark.parametrize("where", [[0, 1], [1, 2], [0, 3], [2, 0]])
def test_columns_for_more_classes(where):
    counts = counted(["a", "b", None], [1, 2, 4], [0, 1, 1])
    wider = with_classes(counts, np.array(where), 4)
    assert table(wider) == table(counts)
    assert wider.class_counts[:, where].tolist() == counts.class_counts.tolist()
    assert wider.missing_counts[where].tolist() == [0, 4]
    assert wider.class_totals[where].tolist() == [1, 6]
    assert wider.class_totals.sum() == 7


def test_no_more_classes_are_no_change():
    counts = counted(["a"], None, [0])
    assert with_classes(counts, np.arange(2), 2) is counts


# Streams made to be hard for a summary of m values.
def all_different_then_heavy(m, n):
    return np.concatenate([np.arange(n), np.full(n // m + 2, n + 1)])


def heavy_then_all_different(m, n):
    return np.concatenate([np.full(n // m + 2, n + 1), np.arange(n)])


def round_robin(m, n):
    return np.arange(n) % (m + 1)


def a_little_more_than_its_share(m, n):
    stream = np.arange(n) + 1
    stream[:: m + 1] = 0
    return np.append(stream, 0)


def ascending(m, n):
    return np.sort(np.random.default_rng(0).zipf(1.3, n) % 500)


def descending(m, n):
    return ascending(m, n)[::-1]


def sawtooth(m, n):
    return np.concatenate([np.arange(length) for length in range(1, int(math.sqrt(2 * n)))])


def shuffled(m, n):
    return np.random.default_rng(1).zipf(1.2, n) % 2000


STREAMS = [
    all_different_then_heavy,
    heavy_then_all_different,
    round_robin,
    a_little_more_than_its_share,
    ascending,
    descending,
    sawtooth,
    shuffled,
]


def assert_guaranteed(found, true, m):
    """What the summary promises of every value, `true` having the weight of each."""
    total = sum(true.values())
    kept = table(found)
    slack = 1e-9 * total  # sums of floats
    assert len(kept) <= m
    assert (m + 1) * found.error <= total + slack
    assert all(weight > 0 for weight in kept.values())
    for value, weight in true.items():
        assert weight - found.error - slack <= kept.get(value, 0) <= weight + slack
    assert {value for value, weight in true.items() if weight * (m + 1) > total + slack} <= set(kept)
    assert sum(kept.values()) + found.lost == pytest.approx(total)


def truth(stream, weights=None):
    values, codes = np.unique(stream, return_inverse=True)
    return dict(zip(values.tolist(), np.bincount(codes, weights).tolist(), strict=True))


@pytest.mark.parametrize("batch", [1, 7, 200, 10**6])
@pytest.mark.parametrize("m", [1, 2, 9, 40])
@pytest.mark.parametrize("stream", STREAMS)
def test_the_bound_holds_after_every_batch(stream, m, batch):
    values = stream(m, 300 if batch == 1 else 1500)
    found = bounded(of_numbers(values[:batch]), m)
    assert_guaranteed(found, truth(values[:batch]), m)
    for start in range(batch, len(values), batch):
        found = bounded(merge(found, of_numbers(values[start : start + batch])), m)
        if start // batch % 8 == 0:
            assert_guaranteed(found, truth(values[: start + batch]), m)
    assert_guaranteed(found, truth(values), m)


def test_a_bound_that_is_never_reached_loses_nothing():
    values = round_robin(9, 500)
    found = of_numbers(values[:0])
    for start in range(0, 500, 50):
        found = bounded(merge(found, of_numbers(values[start : start + 50])), 10)
    assert (table(found), found.error, found.lost) == (truth(values), 0, 0)


@pytest.mark.parametrize("decay", [1, 0.5, 0.9])
@pytest.mark.parametrize("stream", [shuffled, sawtooth, all_different_then_heavy])
def test_the_bound_holds_for_weights_by_class_that_fade(stream, decay):
    m, generator = 12, np.random.default_rng(3)
    values = stream(m, 2000)
    weights, classes = generator.exponential(size=len(values)), generator.integers(0, 3, len(values))
    by_now = np.zeros(len(values))
    found = None
    for start in range(0, len(values), 150):
        batch = slice(start, start + 150)
        by_now *= decay
        by_now[batch] = weights[batch]
        part = of_numbers(values[batch], weights[batch], classes[batch], 3)
        found = bounded(part if found is None else merge(fade(found, decay), part), m)
        assert_guaranteed(found, truth(values[: start + 150], by_now[: start + 150]), m)
        totals = np.bincount(classes, by_now, 3)
        assert found.class_totals == pytest.approx(totals)
    for value, parts in by_class(found).items():
        own = values == value
        # Of each class no more than there was, as of the value itself.
        assert (np.array(parts) <= np.bincount(classes[own], by_now[own], 3) * (1 + 1e-9)).all()


@given(
    st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=25), min_size=1, max_size=8),
    st.integers(1, 8),
    st.randoms(use_true_random=False),
)
def test_the_bound_holds_for_any_tree_of_merged_summaries(parts, m, random):
    summaries = [bounded(of_numbers(np.array(part)), m) for part in parts]
    while len(summaries) > 1:
        one = summaries.pop(random.randrange(len(summaries)))
        other = summaries.pop(random.randrange(len(summaries)))
        summaries.append(bounded(merge(one, other), m))
    assert_guaranteed(summaries[0], truth(np.concatenate(parts)), m)


@given(
    st.lists(st.lists(st.none() | st.sampled_from("abcd"), min_size=1, max_size=6), min_size=1),
    st.randoms(use_true_random=False),
)
def test_exact_tables_may_be_merged_in_any_order(parts, random):
    tables = [counted(part) for part in parts]
    expected = state(counted([value for part in parts for value in part]))
    while len(tables) > 1:
        one = tables.pop(random.randrange(len(tables)))
        tables.append(merge(tables.pop(random.randrange(len(tables))), one))
    # A column of nothing but missing values has no kind.
    assert state(tables[0]) == expected


@given(
    st.lists(st.lists(st.integers(0, 5), min_size=1, max_size=6), min_size=1, max_size=12),
    st.sampled_from([Fraction(1, 2), Fraction(3, 4), Fraction(1, 8)]),
)
def test_faded_counts_are_powers_of_the_decay(batches, decay):
    found = counted(batches[0])
    for batch in batches[1:]:
        found = merge(fade(found, float(decay)), counted(batch))
    expected = {}
    for age, batch in enumerate(reversed(batches)):
        for value in batch:
            expected[value] = expected.get(value, Fraction(0)) + decay**age
    assert {value: Fraction(weight) for value, weight in table(found).items()} == expected


def loans(column):
    with np.load(LOANS) as packed:
        counts = packed[f"{column}_counts"]
    values = np.repeat(np.arange(len(counts)), counts)
    return np.random.default_rng(0).permutation(values)


def flights(column):
    return np.unique(load_flights().data[column].astype(str), return_inverse=True)[1]


@pytest.mark.parametrize("m", [20, 1000])
@pytest.mark.parametrize(
    ("load", "column"),
    [(flights, "flight"), (flights, "tailnum"), (loans, "Zip"), (loans, "Bank")],
    ids=["flight", "tailnum", "Zip", "Bank"],
)
def test_the_bound_holds_on_real_columns(load, column, m):
    values = load(column)
    found = of_numbers(values[:0])
    for batch in np.array_split(values, 20):
        found = bounded(merge(found, of_numbers(batch)), m)
    true = truth(values)
    assert_guaranteed(found, true, m)
    # What is ahead of another value by more than the error is ahead of it in the summary.
    ranked = sorted(true, key=true.get, reverse=True)
    weights = np.array([true[value] for value in ranked])
    kept = table(found)
    counts = np.array([kept.get(value, 0) for value in ranked])
    n_ahead = np.searchsorted(-weights, -(weights + found.error))
    behind = np.flatnonzero(n_ahead)
    assert len(behind) > 0 or m == 20
    assert (np.minimum.accumulate(counts)[n_ahead[behind] - 1] > counts[behind]).all()
