import json
import tracemalloc
from pathlib import Path

import mmh3
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._transform import hashing as _hashing

GOLDEN = json.loads((Path(__file__).parents[1] / "golden_vectors.json").read_text())["vectors"]
SEEDS = st.integers(0, 2**32 - 1)


def reference(keys, seeds):
    return [[mmh3.hash(key, seed, signed=False) for key in keys] for seed in seeds]


def hash_all(keys, seeds):
    lengths = np.array([len(key) for key in keys], dtype=np.int64)
    data = np.frombuffer(b"".join(keys), dtype=np.uint8)
    return _hashing.hash_texts(data, np.cumsum(lengths) - lengths, lengths, seeds)


@pytest.mark.parametrize(
    "vector", GOLDEN, ids=lambda vector: f"{vector['kind']}-{vector['key_hex'][:16]}"
)
def test_golden_hashes(vector):
    key = bytes.fromhex(vector["key_hex"])
    seeds = _hashing.seeds_of(0, 2)
    expected = [[vector["h0"]], [vector["h1"]]]
    assert _hashing.hash_key(key, seeds).tolist() == expected
    assert hash_all([key], seeds).tolist() == expected
    pairs = _hashing.bucket_pairs(hash_all([key], seeds), 1000)
    assert pairs.tolist() == [vector["buckets_1000"]]
    assert pairs.dtype == np.int32


@pytest.mark.parametrize("n_copies", [1, 500], ids=["one", "bulk"])
@pytest.mark.parametrize(
    "vector", GOLDEN, ids=lambda vector: f"{vector['kind']}-{vector['key_hex'][:16]}"
)
def test_golden_buckets_through_the_encoder(vector, n_copies):
    encoder = HybridHashEncoder(top_k=0, n_buckets=1000).fit([[vector["value"]]])
    indices = encoder.encode_indices([[vector["value"]]] * n_copies)
    assert np.unique(indices, axis=0).tolist() == [[vector["buckets_1000"]]]


@given(st.lists(st.binary(max_size=40) | st.binary(min_size=250, max_size=262), max_size=20), SEEDS)
def test_bulk_texts_equal_mmh3(keys, seed):
    assert hash_all(keys, (seed, 1)).tolist() == reference(keys, (seed, 1))


@pytest.mark.parametrize("longest", [300, 1023, 1024, 5000, 2**17 + 9, 2**18 + 9])
@pytest.mark.parametrize("n_keys", [5, 40])
def test_many_long_texts_equal_mmh3(n_keys, longest):
    keys = [b"x" * (longest - i % 7) + b"%d" % i for i in range(n_keys)] + [b"", b"short"] * 20
    assert hash_all(keys, (3, 1)).tolist() == reference(keys, (3, 1))


@pytest.mark.parametrize("length", [255, 256, 257, 1023, 1024, 1025, 4096])
def test_long_texts_of_one_length_equal_mmh3(length):
    keys = [b"%d" % i * length for i in range(40)]
    keys = [key[:length] for key in keys]
    assert hash_all(keys, (3, 1)).tolist() == reference(keys, (3, 1))


@given(st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=20), SEEDS)
def test_bulk_words_equal_mmh3(keys, seed):
    expected = reference([key.to_bytes(8, "little") for key in keys], (seed, 1))
    assert _hashing.hash_words(np.array(keys, dtype=np.uint64), (seed, 1)).tolist() == expected


@pytest.mark.parametrize(
    ("hash_some", "keys"),
    [
        (_hashing.hash_key, b"a"),
        (hash_all, [b"a"]),
        (hash_all, [b"a", b"x" * 300]),
        (_hashing.hash_words, np.array([1], dtype=np.uint64)),
    ],
    ids=["one", "short", "long", "words"],
)
def test_hashes_have_32_bits(hash_some, keys):
    assert hash_some(keys, (0, 1)).dtype == np.uint32


@pytest.mark.parametrize(
    "n_keys",
    [_hashing._CHUNK - 1, _hashing._CHUNK, _hashing._CHUNK + 1, 2 * _hashing._CHUNK + 1],
)
def test_keys_of_several_chunks(n_keys):
    numbers = range(n_keys)
    # In reverse order too: memory that is not written may hold the hashes of the first time.
    for order in (numbers, numbers[::-1]):
        keys = [b"%d" % number for number in order]
        assert hash_all(keys, (3,)).tolist() == reference(keys, (3,))
        words = np.array(order, dtype=np.uint64)
        expected = reference([int(word).to_bytes(8, "little") for word in words], (3,))
        assert _hashing.hash_words(words, (3,)).tolist() == expected


def peak_memory(work):
    """The most bytes that `work` uses at a time, with its result; and the result."""
    tracemalloc.start()
    try:
        result = work()
        return tracemalloc.get_traced_memory()[1], result
    finally:
        tracemalloc.stop()


def test_many_words_take_little_more_memory_than_their_hashes():
    words = np.arange(4 * _hashing._CHUNK, dtype=np.uint64)
    peak, hashes = peak_memory(lambda: _hashing.hash_words(words, (0, 1)))
    assert peak < 2.5 * hashes.nbytes


def test_many_texts_take_little_more_memory_than_their_hashes_and_bytes():
    data = np.frombuffer(b"abcdefgh" * (4 * _hashing._CHUNK), dtype=np.uint8)
    starts = np.arange(0, len(data), 8)
    lengths = 5 + starts // 8 % 4
    peak, hashes = peak_memory(lambda: _hashing.hash_texts(data, starts, lengths, (0, 1)))
    # Adding starts and lengths takes as much memory as one of them.
    assert peak < 4 * hashes.nbytes + data.nbytes + starts.nbytes


@pytest.mark.parametrize(
    ("skipped", "start", "length"),
    [
        *((0, start, 9) for start in range(9)),
        *((skipped, start, 9) for skipped in (1, 2, 3) for start in range(4, 9)),
        *((0, 4, length) for length in (52, 53, 54, 55)),  # the words end with the data
    ],
)
def test_bytes_inside_the_data_are_not_copied(skipped, start, length):
    data = np.arange(16, dtype=np.uint32).view(np.uint8)[skipped:]
    words, begin = _hashing._aligned_words(data, np.array([start]), np.array([length]))
    assert words.flags.aligned
    assert np.shares_memory(words, data)
    found = words.view(np.uint8)[start - begin :][:length]
    assert found.tolist() == data[start : start + length].tolist()


@pytest.mark.parametrize("shift", range(5))
@pytest.mark.parametrize("after", range(5))
def test_data_may_begin_and_end_anywhere(shift, after):
    keys = [b"", b"abcde", b"abcd", b"x", b"abcdefghijkl"]
    lengths = np.array([len(key) for key in keys])
    data = np.frombuffer(b"#" * shift + b"".join(keys) + b"#" * after, dtype=np.uint8)[shift:]
    for last in (None, len(data) - after):
        found = _hashing.hash_texts(data[:last], np.cumsum(lengths) - lengths, lengths, (0, 1))
        assert found.tolist() == reference(keys, (0, 1))


def test_only_the_bytes_of_the_keys_are_read():
    data = np.frombuffer(b"xxxxabcdeyyy", dtype=np.uint8)
    found = _hashing.hash_texts(data, np.array([4, 8]), np.array([5, 1]), (0,))
    assert found.tolist() == reference([b"abcde", b"e"], (0,))


@given(
    st.lists(st.integers(0, 2**32 - 1), min_size=1, max_size=20),
    st.integers(1, 2**31 - 1) | st.integers(1, 5),
)
def test_the_two_buckets_of_a_key_are_different(hashes, n_buckets):
    pair = np.array([hashes, hashes[::-1]], dtype=np.uint32)
    found = _hashing.bucket_pairs(pair, n_buckets)
    for (first, second), h0, h1 in zip(found.tolist(), *pair.tolist(), strict=True):
        assert first == h0 % n_buckets
        assert second == (-1 if n_buckets == 1 else (first + 1 + h1 % (n_buckets - 1)) % n_buckets)
        assert first != second


@given(st.text(max_size=9) | st.binary(max_size=9), st.integers(1, 2**31 - 1) | st.integers(1, 5), SEEDS)
def test_buckets_of_one_key_are_the_same_as_in_a_batch(key, n_buckets, seed):
    raw = key.encode() if isinstance(key, str) else key
    for n_hashes in (1, 2):
        seeds = _hashing.seeds_of(seed, n_hashes)
        [expected] = _hashing.bucket_pairs(hash_all([raw], seeds), n_buckets).tolist()
        assert _hashing.buckets_of(key, n_buckets, seeds) == [b for b in expected if b >= 0]


def test_one_hash_gives_one_bucket():
    assert _hashing.bucket_pairs(np.array([[7, 12]], dtype=np.uint32), 5).tolist() == [[2], [2]]


def test_all_pairs_of_buckets_are_about_as_likely():
    hashes = _hashing.hash_words(np.arange(100_000, dtype=np.uint64), _hashing.seeds_of(0, 2))
    pairs = np.sort(_hashing.bucket_pairs(hashes, 20), axis=1)
    counts = np.unique(pairs, axis=0, return_counts=True)[1]
    assert len(counts) == 190
    expected = 100_000 / 190
    chi_squared = ((counts - expected) ** 2 / expected).sum()
    assert chi_squared < 260  # 189 degrees of freedom: 1 in 2,000


def number_with_the_same_hashes(key):
    """Another number with the same hash for every seed, as described in SECURITY.md."""
    mask, multipliers = 2**32 - 1, (0xCC9E2D51, 0x1B873593)

    def rotated(word, bits):
        return (word << bits | word >> 32 - bits) & mask

    def changed(word, bit):
        """The block that changes one bit more of the state."""
        mixed = rotated(word * multipliers[0] & mask, 15) * multipliers[1] & mask
        mixed ^= 1 << bit
        mixed = rotated(mixed * pow(multipliers[1], -1, 2**32) & mask, 17)
        return mixed * pow(multipliers[0], -1, 2**32) & mask

    # A rotation by 13 makes bit 18 the highest, which a multiplication by 5 does not change.
    return changed(key & mask, 18) | changed(key >> 32, 31) << 32


@given(st.integers(0, 2**64 - 1), SEEDS)
def test_numbers_that_collide_for_every_seed(key, seed):
    other = number_with_the_same_hashes(key)
    assert other != key
    hashes = _hashing.hash_words(np.array([key, other], dtype=np.uint64), _hashing.seeds_of(seed, 2))
    assert hashes[:, 0].tolist() == hashes[:, 1].tolist()


def test_the_number_in_security_md():
    assert number_with_the_same_hashes(42) == 4301219123228090754
