"""Counts of a bounded number of values: what `limit_size` of `merging` promises."""

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._fit.merging import decay, limit_size, merge
from hybrid_encoder.datasets import load_flights
from tests.fit.builders import (
    assert_bounds_hold,
    by_class,
    by_value,
    counted,
    counted_numbers,
    limited,
)

LOANS = Path(__file__).parents[1] / "data" / "loans_values.npz"


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
def test_the_next_largest_weight_is_subtracted(weights, m, kept, error):
    counts = counted([f"v{i}" for i in range(len(weights))], weights)
    found, slots = limit_size(counts, np.arange(len(weights) + 1), m)
    assert by_value(found) == {f"v{i}": weight for i, weight in enumerate(kept)}
    assert slots.tolist() == [*range(len(kept)), len(weights)]
    assert found.error == error
    assert found.lost == sum(weights) - sum(kept)
    assert found.rows == sum(weights)


def test_missing_values_are_not_limited():
    counts = counted(["a", "a", "b", None, None, None])
    found, slots = limit_size(counts, np.array([1, -1, 0]), 1)
    assert (by_value(found), found.missing, slots.tolist()) == ({"a": 1}, 3, [1, 0])


def test_classes_keep_their_shares():
    counts = counted(["a"] * 4 + ["b"] * 2, [3, 1, 2, 2, 1, 1], [0, 1, 0, 0, 1, 1])
    assert by_class(limited(counts, 1)) == {"a": [7 * 6 / 8, 1 * 6 / 8]}


# Streams that are hard for a summary of m values.
def distinct_then_heavy(m, n):
    return np.concatenate([np.arange(n), np.full(n // m + 2, n + 1)])


def heavy_then_distinct(m, n):
    return np.concatenate([np.full(n // m + 2, n + 1), np.arange(n)])


def round_robin(m, n):
    return np.arange(n) % (m + 1)


def slightly_above_the_bound(m, n):
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
    distinct_then_heavy,
    heavy_then_distinct,
    round_robin,
    slightly_above_the_bound,
    ascending,
    descending,
    sawtooth,
    shuffled,
]


def true_weights(stream, weights=None):
    values, codes = np.unique(stream, return_inverse=True)
    return dict(zip(values.tolist(), np.bincount(codes, weights).tolist(), strict=True))


@pytest.mark.parametrize("batch", [1, 7, 200, 10**6])
@pytest.mark.parametrize("m", [1, 2, 9, 40])
@pytest.mark.parametrize("stream", STREAMS)
def test_the_bounds_hold_after_every_batch(stream, m, batch):
    values = stream(m, 300 if batch == 1 else 1500)
    found = limited(counted_numbers(values[:batch]), m)
    assert_bounds_hold(found, true_weights(values[:batch]), m)
    for start in range(batch, len(values), batch):
        found = limited(merge(found, counted_numbers(values[start : start + batch])), m)
        if start // batch % 8 == 0:
            assert_bounds_hold(found, true_weights(values[: start + batch]), m)
    assert_bounds_hold(found, true_weights(values), m)


def test_nothing_is_lost_below_the_limit():
    values = round_robin(9, 500)
    found = counted_numbers(values[:0])
    for start in range(0, 500, 50):
        found = limited(merge(found, counted_numbers(values[start : start + 50])), 10)
    assert (by_value(found), found.error, found.lost) == (true_weights(values), 0, 0)


@pytest.mark.parametrize("factor", [1, 0.5, 0.9])
@pytest.mark.parametrize("stream", [shuffled, sawtooth, distinct_then_heavy])
def test_the_bounds_hold_for_decayed_weights_by_class(stream, factor):
    m, generator = 12, np.random.default_rng(3)
    values = stream(m, 2000)
    weights, classes = generator.exponential(size=len(values)), generator.integers(0, 3, len(values))
    decayed = np.zeros(len(values))
    found = None
    for start in range(0, len(values), 150):
        batch = slice(start, start + 150)
        decayed *= factor
        decayed[batch] = weights[batch]
        part = counted_numbers(values[batch], weights[batch], classes[batch])
        found = limited(part if found is None else merge(decay(found, factor), part), m)
        assert_bounds_hold(found, true_weights(values[: start + 150], decayed[: start + 150]), m)
        assert found.class_totals == pytest.approx(np.bincount(classes, decayed, 3))
    for value, parts in by_class(found).items():
        own = values == value
        # No class has more weight than it had, as the value itself.
        assert (np.array(parts) <= np.bincount(classes[own], decayed[own], 3) * (1 + 1e-9)).all()


@given(
    st.lists(st.lists(st.integers(0, 12), min_size=1, max_size=25), min_size=1, max_size=8),
    st.integers(1, 8),
    st.randoms(use_true_random=False),
)
def test_the_bounds_hold_for_any_tree_of_merged_summaries(parts, m, random):
    summaries = [limited(counted_numbers(part), m) for part in parts]
    while len(summaries) > 1:
        one = summaries.pop(random.randrange(len(summaries)))
        other = summaries.pop(random.randrange(len(summaries)))
        summaries.append(limited(merge(one, other), m))
    assert_bounds_hold(summaries[0], true_weights(np.concatenate(parts)), m)


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
def test_the_bounds_hold_on_real_columns(load, column, m):
    values = load(column)
    found = counted_numbers(values[:0])
    for batch in np.array_split(values, 20):
        found = limited(merge(found, counted_numbers(batch)), m)
    true = true_weights(values)
    assert_bounds_hold(found, true, m)
    # A value that is heavier than another by more than the error is heavier in the summary.
    ranked = sorted(true, key=true.get, reverse=True)
    weights = np.array([true[value] for value in ranked])
    kept = by_value(found)
    counts = np.array([kept.get(value, 0) for value in ranked])
    n_ahead = np.searchsorted(-weights, -(weights + found.error))
    behind = np.flatnonzero(n_ahead)
    assert len(behind) > 0 or m == 20
    assert (np.minimum.accumulate(counts)[n_ahead[behind] - 1] > counts[behind]).all()
