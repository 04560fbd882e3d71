import numpy as np
import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from hybrid_encoder._fit.budget import (
    BUCKET_SHARE,
    LEAST_BUCKETS,
    Demand,
    apportion,
    fill_up,
    share_budget,
)

SIZES = st.integers(0, 60)
TOP_K = st.none() | st.just("auto") | st.integers(0, 40)
N_BUCKETS = st.just("auto") | st.integers(0, 20)


@st.composite
def demands(draw):
    made = []
    for _ in range(draw(st.integers(1, 5))):
        distinct = draw(SIZES)
        eligible = draw(st.integers(0, distinct))
        made.append(Demand(draw(TOP_K), draw(N_BUCKETS), eligible, distinct))
    return made


def owners_of(demands, seed):
    columns = [i for i, demand in enumerate(demands) if demand.top_k == "auto"]
    owners = np.repeat(columns, [demands[i].eligible for i in columns]).astype(np.intp)
    return np.random.default_rng(seed).permutation(owners)


@given(demands(), st.integers(1, 400), st.booleans(), st.integers(0, 10))
def test_every_column_gets_what_it_requests(demands, max_features, indicator, seed):
    owners = owners_of(demands, seed)
    least = sum(demand.least for demand in demands) + indicator * len(demands)
    automatic = any("auto" in (demand.top_k, demand.n_buckets) for demand in demands)
    assume(not automatic or least <= max_features)
    layout = share_budget(demands, owners, max_features, indicator)
    for demand, slots, buckets in zip(demands, layout.n_slots, layout.n_buckets, strict=True):
        if demand.top_k != "auto":
            assert slots == demand.fixed_slots
        assert slots <= demand.eligible
        if demand.n_buckets == "auto":
            assert LEAST_BUCKETS <= buckets <= max(LEAST_BUCKETS, demand.distinct - slots)
        else:
            assert buckets == demand.n_buckets
    if automatic:
        assert layout.n_features_out <= max_features


@given(demands(), st.integers(1, 400), st.integers(0, 10))
def test_heads_are_the_best_values_of_all_columns_together(demands, max_features, seed):
    assume(sum(demand.least for demand in demands) <= max_features)
    owners = owners_of(demands, seed)
    layout = share_budget(demands, owners, max_features, False)
    automatic = [demand.top_k == "auto" for demand in demands]
    n_heads = int(layout.n_slots[automatic].sum())
    best = np.bincount(owners[:n_heads], minlength=len(demands))
    assert layout.n_slots[automatic].tolist() == best[automatic].tolist()


@pytest.mark.parametrize(
    ("demands", "max_features", "slots", "buckets"),
    [
        ([Demand("auto", "auto", 5, 5)], 100, [5], [2]),
        ([Demand("auto", "auto", 5, 5)], 7, [5], [2]),
        ([Demand("auto", "auto", 5, 5)], 6, [4], [2]),
        ([Demand("auto", "auto", 5, 5)], 2, [0], [2]),
        ([Demand("auto", 0, 50, 50)], 30, [30], [0]),
        ([Demand(3, "auto", 50, 50)], 30, [3], [27]),
        ([Demand(3, "auto", 50, 50)], 500, [3], [47]),
        ([Demand(None, 4, 50, 50)], 1, [50], [4]),
        ([Demand(9, 4, 5, 50)], 1, [5], [4]),
        ([Demand("auto", "auto", 1000, 1000)], 400, [392], [8]),
        ([Demand("auto", "auto", 390, 1000)], 400, [390], [10]),
        ([Demand("auto", "auto", 100, 1000)], 400, [100], [300]),
    ],
)
def test_one_column(demands, max_features, slots, buckets):
    layout = share_budget(demands, owners_of(demands, 0), max_features, False)
    assert (layout.n_slots.tolist(), layout.n_buckets.tolist()) == (slots, buckets)


def test_buckets_get_their_share_of_the_shared_budget():
    demands = [Demand("auto", "auto", 5000, 5000), Demand(100, "auto", 5000, 5000)]
    layout = share_budget(demands, owners_of(demands, 0), 2100, False)
    assert layout.n_buckets.sum() == round(BUCKET_SHARE * 2000)
    assert layout.n_features_out == 2100


def test_a_budget_that_is_too_small_raises():
    demands = [Demand(10, "auto", 50, 50), Demand("auto", 3, 50, 50)]
    words = r"max_features=16 is too small for these 2 columns.*need 17. Set max_features=17 or more"
    with pytest.raises(ValueError, match=words):
        share_budget(demands, owners_of(demands, 0), 16, indicator=True)
    share_budget(demands, owners_of(demands, 0), 17, indicator=True)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6), st.integers(0, 3000))
def test_apportion_uses_the_whole_pool(tails, pool):
    pool += LEAST_BUCKETS * len(tails)
    shares = apportion(pool, np.array(tails))
    most = np.maximum(tails, LEAST_BUCKETS)
    assert shares.sum() == min(pool, most.sum())
    assert (shares >= LEAST_BUCKETS).all()
    assert (shares <= most).all()
    assert (np.diff(shares[np.argsort(tails, kind="stable")]) >= -1).all()


@pytest.mark.parametrize(
    ("top_k", "eligible", "granted", "reserved"),
    [(5, 3, 3, 5), (2, 3, 2, 2), (0, 3, 0, 0), (None, 3, 3, 3), ("auto", 3, 0, 0)],
)
def test_only_slots_given_as_a_number_are_reserved(top_k, eligible, granted, reserved):
    assert Demand(top_k, 2, eligible, 9).fixed_slots == granted
    assert Demand(top_k, 2, eligible, 9, reserve=True).fixed_slots == reserved


@given(demands(), st.integers(1, 400), st.booleans(), st.integers(0, 10), st.none() | st.integers(1, 9))
@example([Demand(None, "auto", 0, 5), Demand(None, "auto", 0, 0)], 7, False, 0, None)
def test_fill_up_uses_the_whole_budget_and_takes_no_slots(demands, max_features, indicator, seed, most):
    owners = owners_of(demands, seed)
    least = sum(demand.least for demand in demands) + indicator * len(demands)
    by_slots = np.array([demand.top_k == "auto" for demand in demands])
    by_buckets = np.array([demand.n_buckets == "auto" for demand in demands])
    assume((by_slots.any() or by_buckets.any()) and least <= max_features)
    layout = share_budget(demands, owners, max_features, indicator)
    most_slots = max_features if most is None else max(most, int(layout.n_slots.max()))
    filled = fill_up(layout, demands, owners, max_features, most_slots)
    more_slots = filled.n_slots - layout.n_slots
    more_buckets = filled.n_buckets - layout.n_buckets
    assert (more_slots >= 0).all()
    if not by_slots.any():
        # Buckets get the rest. They are shared anew, and a longer tail gets no fewer but for rounding.
        assert filled.n_features_out == max_features
        tails = np.array([demand.distinct for demand in demands]) - filled.n_slots
        tails = np.maximum(tails, LEAST_BUCKETS)[by_buckets]
        assert (np.diff(filled.n_buckets[by_buckets][np.argsort(tails, kind="stable")]) >= -1).all()
    assert (filled.n_buckets[by_buckets] >= LEAST_BUCKETS).all()
    assert not more_slots[~by_slots].any()
    assert not more_buckets[~by_buckets].any()
    assert (filled.n_slots[by_slots] <= most_slots).all()
    assert filled.indicator == indicator
    if most is None:
        assert filled.n_features_out == max_features
    else:
        # The budget is not used up only if slots are bounded; buckets get no more than their part.
        full = by_slots.any() and (filled.n_slots[by_slots] == most_slots).all()
        assert filled.n_features_out == max_features or (full and filled.n_features_out < max_features)


@pytest.mark.parametrize(
    ("owners", "slots"),
    [
        # The first column has all, half, or none of the second half of the ranking.
        ([1, 1, 1, 0, 0, 0], [92, 4]),
        ([0, 1, 0, 1, 0, 1, 0, 1], [48, 48]),
        ([0, 0, 0, 1, 1, 1], [4, 92]),
        ([0, 1, 0, 0, 0, 1], [63, 33]),
    ],
)
def test_free_slots_go_to_columns_with_values_low_in_the_ranking(owners, slots):
    sizes = np.bincount(owners).tolist()
    demands = [Demand("auto", "auto", size, size, reserve=True) for size in sizes]
    layout = share_budget(demands, np.array(owners), 100, False)
    assert layout.n_slots.tolist() == sizes
    filled = fill_up(layout, demands, np.array(owners), 100, 100)
    assert filled.n_slots.sum() == 96
    assert filled.n_buckets.tolist() == [2, 2]
    expected = np.array(slots) + np.array(sizes) - 3
    assert np.abs(filled.n_slots - expected).max() <= 2


def test_a_column_without_slots_gets_a_few_instead_of_buckets():
    # A column with one value of no importance, and another with more values than the budget.
    demands = [Demand("auto", "auto", n, n, reserve=True) for n in (1, 900)]
    owners = np.ones(900, dtype=np.intp)
    layout = share_budget(demands, owners, 500, False)
    filled = fill_up(layout, demands, owners, 500, 500)
    assert (layout.n_slots.tolist(), layout.n_buckets.tolist()) == ([0, 490], [2, 8])
    assert (filled.n_slots.tolist(), filled.n_buckets.tolist()) == ([4, 490], [2, 4])


def test_slots_beyond_the_bound_of_a_column_go_to_others():
    demands = [Demand("auto", 2, 5, 5, reserve=True), Demand("auto", 2, 5, 5, reserve=True)]
    owners = np.array([1, 1, 1, 1, 1, 0, 0, 0, 0, 0])
    layout = share_budget(demands, owners, 40, False)
    filled = fill_up(layout, demands, owners, 40, 20)
    assert filled.n_slots.tolist() == [20, 16]


def test_without_shared_slots_buckets_get_the_rest():
    demands = [Demand(3, "auto", 3, 3, reserve=True), Demand(3, "auto", 3, 400, reserve=True)]
    layout = share_budget(demands, owners_of(demands, 0), 1000, False)
    filled = fill_up(layout, demands, owners_of(demands, 0), 1000, 1000)
    assert filled.n_slots.tolist() == [3, 3]
    assert filled.n_buckets.sum() == 994
    assert filled.n_buckets[1] > filled.n_buckets[0] > 2
