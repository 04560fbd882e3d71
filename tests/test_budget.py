import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hybrid_encoder._budget import BUCKET_SHARE, LEAST_BUCKETS, Demand, apportion, share_budget

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
def test_promises(demands, max_features, indicator, seed):
    owners = owners_of(demands, seed)
    least = sum(demand.least for demand in demands) + indicator * len(demands)
    automatic = any("auto" in (demand.top_k, demand.n_buckets) for demand in demands)
    assume(not automatic or least <= max_features)
    layout = share_budget(demands, owners, max_features, indicator)
    for demand, slots, buckets in zip(demands, layout.n_slots, layout.n_buckets, strict=True):
        if demand.top_k != "auto":
            assert slots == demand.granted
        assert slots <= demand.eligible
        if demand.n_buckets == "auto":
            assert LEAST_BUCKETS <= buckets <= max(LEAST_BUCKETS, demand.distinct - slots)
        else:
            assert buckets == demand.n_buckets
    if automatic:
        assert layout.n_features_out <= max_features


@given(demands(), st.integers(1, 400), st.integers(0, 10))
def test_heads_are_the_best_of_all_columns_together(demands, max_features, seed):
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


def test_the_buckets_get_their_share_of_what_is_shared_out():
    demands = [Demand("auto", "auto", 5000, 5000), Demand(100, "auto", 5000, 5000)]
    layout = share_budget(demands, owners_of(demands, 0), 2100, False)
    assert layout.n_buckets.sum() == round(BUCKET_SHARE * 2000)
    assert layout.n_features_out == 2100


def test_too_small_a_budget_says_what_would_do():
    demands = [Demand(10, "auto", 50, 50), Demand("auto", 3, 50, 50)]
    words = r"max_features=16 is too small for these 2 columns.*need 17. Set max_features=17 or more"
    with pytest.raises(ValueError, match=words):
        share_budget(demands, owners_of(demands, 0), 16, indicator=True)
    share_budget(demands, owners_of(demands, 0), 17, indicator=True)


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6), st.integers(0, 3000))
def test_apportion_spends_all_that_can_be_used(tails, pool):
    pool += LEAST_BUCKETS * len(tails)
    shares = apportion(pool, np.array(tails))
    most = np.maximum(tails, LEAST_BUCKETS)
    assert shares.sum() == min(pool, most.sum())
    assert (shares >= LEAST_BUCKETS).all()
    assert (shares <= most).all()
    assert (np.diff(shares[np.argsort(tails, kind="stable")]) >= -1).all()
