import itertools
import zlib
from pathlib import Path

import numpy as np
import pytest

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._transform import hashing as _hashing
from hybrid_encoder.collisions import (
    code_space,
    collision_deviation,
    collision_probability,
    collision_rate,
    expected_collisions,
    half_collision_rate,
)


@pytest.mark.parametrize("function", [expected_collisions, collision_deviation, collision_probability])
def test_shapes_broadcast(function):
    table = function([[2], [3], [1000]], [0, 1, 2, 365])
    assert table.shape == (3, 4)
    assert table[1, 3] == function(3, 365)


# The paper gives neither the number of slots nor more digits. Its full collisions with all the
# buckets, 2.27e-14, do not follow from any number of slots that fits the half collisions beside it.
@pytest.mark.parametrize(
    ("rate", "paper"),
    [
        (collision_rate(4e6, 2**22), 0.34),
        (half_collision_rate(4e6, 2**22, top_k=105_000), 0.32),
        (half_collision_rate(4e6, 2**20, top_k=105_000), 2.74),
        (half_collision_rate(4e6, 2**19, top_k=105_000), 6.43),
        (collision_rate(4e6, 2**20, scheme="hybrid", top_k=105_000), 6.27e-12),
        (collision_rate(4e6, 2**19, scheme="hybrid", top_k=105_000), 1.00e-10),
    ],
)
def test_rates_of_the_paper(rate, paper):
    assert float(f"{rate:.2e}" if rate < 1e-3 else f"{rate:.2f}") == paper


@pytest.mark.parametrize(
    ("scheme", "n_hashed", "n_codes"),
    [("regular", 900, 50), ("double", 900, 2500), ("frequency", 0, 50), ("hybrid", 800, 2500)],
)
def test_rate_is_the_expected_collisions_over_the_codes(scheme, n_hashed, n_codes):
    rate = collision_rate(900, [50], scheme=scheme, top_k=100)
    assert rate == [expected_collisions(n_hashed, n_codes) / n_codes]


def test_without_buckets_nothing_collides():
    assert collision_rate(9, 0, scheme="hybrid") == half_collision_rate(9, 0) == 0


def test_unknown_scheme():
    with pytest.raises(ValueError, match=r"scheme must be 'regular', .* it is 'Bloom'"):
        collision_rate(9, 5, scheme="Bloom")


@pytest.mark.parametrize("scheme", ["double", "hybrid"])
def test_rate_of_the_largest_size(scheme):
    assert collision_rate(10, 1e40, scheme=scheme) == pytest.approx(45e-160, rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("n_buckets", "n_hashes", "codes"),
    [(0, 2, "0"), (0, 1, "0"), (1, 2, "1"), (2, 2, "1"), (3, 2, "3"), (5, 1, "5"), (1e40, 2, "5e+79")],
)
def test_code_space(n_buckets, n_hashes, codes):
    assert f"{code_space(n_buckets, n_hashes):.15g}" == codes  # not -0


@pytest.mark.parametrize("n_hashes", [0, 3, 1.5, None, "2"])
def test_code_space_of_one_hash_or_two(n_hashes):
    with pytest.raises(ValueError, match=r"n_hashes must be 1 or 2; it is "):
        code_space(10, n_hashes)


def test_code_space_is_an_array_of_its_own():
    buckets = np.array([3.0, 4.0])
    assert not np.shares_memory(code_space(buckets, 1), buckets)


class Tail:
    """Distinct values of a column of the US Small Business Administration 7(a) loans, 1990-2014."""

    def __init__(self, column, top_k):
        packed = np.load(Path(__file__).parent / "data" / "loans_values.npz")
        self.data, self.counts = packed[f"{column}_values"], packed[f"{column}_counts"].astype(int)
        ends = np.append(np.flatnonzero(self.data == ord("\n")), len(self.data))
        starts = np.append(0, ends[:-1] + 1)
        # The values lie in their order of bytes, which decides between equal counts.
        order = np.argsort(-self.counts, kind="stable")[top_k:]
        self.starts, self.lengths = starts[order], (ends - starts)[order]
        self.column, self.top_k = column, top_k

    def __len__(self):
        return len(self.starts)

    def rows(self):
        return [[value] for value in self.data.tobytes().decode().split("\n")]

    def collisions(self, hash_texts, n_buckets, n_hashes, seed):
        """Values whose buckets are all taken by another one."""
        seeds = _hashing.seeds_of(seed, n_hashes)
        hashes = hash_texts(self.data, self.starts, self.lengths, seeds)
        buckets = np.sort(_hashing.bucket_pairs(hashes, n_buckets).astype(np.int64), axis=1)
        return len(self) - len(np.unique(buckets[:, 0] * n_buckets + buckets[:, -1]))


@pytest.fixture(scope="module")
def tails():
    sizes = {"Zip": (0, 3000), "City": (0, 3000), "Bank": (0, 500)}
    return [Tail(column, top_k) for column, among in sizes.items() for top_k in among]


def z_scores(tails, hash_texts, n_seeds):
    """How many standard deviations the counts are off, where there is enough to count."""
    scores = []
    for tail, n_buckets, n_hashes, number in itertools.product(
        tails, 2 ** np.arange(6, 15), (1, 2), range(n_seeds)
    ):
        codes = code_space(n_buckets, n_hashes)
        deviation = collision_deviation(len(tail), codes)
        if deviation < 3:
            continue
        # A seed of its own, so that no cell says again what another has said.
        cell = f"{tail.column} {tail.top_k} {n_buckets} {n_hashes} {number}"
        measured = tail.collisions(hash_texts, int(n_buckets), n_hashes, zlib.crc32(cell.encode()))
        scores.append((measured - expected_collisions(len(tail), codes)) / deviation)
    return np.array(scores)


def is_sampling_error(scores):
    """Whether largest, mean and mean square are what independent standard normal numbers allow."""
    return (
        np.abs(scores).max() < 4.5
        and abs(scores.mean()) < 4.5 / np.sqrt(len(scores))
        and abs(np.mean(scores**2) - 1) < 4.5 * np.sqrt(2 / len(scores))
    )


def test_real_tails_collide_as_often_as_random_codes(tails):
    scores = z_scores(tails, _hashing.hash_texts, n_seeds=10)
    assert len(scores) > 500
    assert is_sampling_error(scores)


def crc32(data, starts, lengths, seeds):
    """Linear: values that differ in the same places have hashes that differ in the same bits."""
    keys = [data[start : start + length].tobytes() for start, length in zip(starts, lengths)]
    return np.array([[zlib.crc32(key, seed) for key in keys] for seed in seeds], dtype=np.uint32)


def without_the_last_bit(*arguments):
    return _hashing.hash_texts(*arguments) & ~np.uint32(1)


def one_in_sixteen_alike(*arguments):
    hashes = _hashing.hash_texts(*arguments)
    return np.where(hashes % 16 == 0, np.uint32(0), hashes)


@pytest.mark.parametrize("hash_texts", [crc32, without_the_last_bit, one_in_sixteen_alike])
def test_a_poor_hash_would_be_seen(tails, hash_texts):
    assert not is_sampling_error(z_scores(tails, hash_texts, n_seeds=1))


@pytest.mark.parametrize(("n_buckets", "n_hashes", "seed"), [(4096, 1, 7), (128, 2, 8), (2048, 2, 9)])
def test_the_encoder_counts_the_same(tails, n_buckets, n_hashes, seed):
    for tail in tails:
        encoder = HybridHashEncoder(tail.top_k, n_buckets, n_hashes=n_hashes, seed=seed)
        report = encoder.fit(tail.rows(), sample_weight=tail.counts).report(tail.rows())
        collisions = tail.collisions(_hashing.hash_texts, n_buckets, n_hashes, seed)
        assert report["measured_tail_values"].tolist() == [len(tail)]
        assert report["measured_collisions"].tolist() == [collisions]


def test_integers_collide_as_often_as_random_codes():
    scores = []
    for seed in range(200):
        hashes = _hashing.hash_words(np.arange(5000, dtype=np.uint64), _hashing.seeds_of(seed, 2))
        codes = np.sort(_hashing.bucket_pairs(hashes, 100), axis=1)
        collisions = 5000 - len(np.unique(codes @ [100, 1]))
        scores.append((collisions - expected_collisions(5000, 4950)) / collision_deviation(5000, 4950))
    assert is_sampling_error(np.array(scores))
