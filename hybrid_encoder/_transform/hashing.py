"""Hash canonical keys, and compute buckets from the hashes.

The hash is MurmurHash3_x86_32, which other runtimes have too (ONNX Runtime, Guava, Go, JavaScript,
C++). ``mmh3`` is the reference; the functions for many keys return the same bits.

References
----------
Appleby, A. MurmurHash3 (2011), public domain.
Zhang, C. et al. "Model Size Reduction Using Frequency Based Double Hashing for Recommender Systems",
RecSys 2020, section 2. https://doi.org/10.1145/3383313.3412227
"""

from collections.abc import Sequence

import mmh3
import numpy as np
from numpy.typing import NDArray

MISSING_KEY = b"\xff"  # no UTF-8 text starts with this byte

_C1, _C2 = np.uint32(0xCC9E2D51), np.uint32(0x1B873593)
_SECOND_SEED = 0x9E3779B9  # the golden ratio in 32 bits

# Up to 32 keys longer than this are hashed one at a time: the vectorised code makes a pass over the
# batch for every four bytes of the longest key.
_LONG_KEY = 256  # bytes
_FEW_LONG_KEYS = 32
_LONGEST_KEY = 1 << 17  # bytes: the blocks of a key are counted in 16 bits
# Keys hashed at a time, so that intermediate words stay in a core's cache.
_CHUNK = 1 << 14


def seeds_of(seed: int, n_hashes: int) -> tuple[int, ...]:
    """Seeds of the hash functions: `seed` itself, then `seed` XOR 0x9E3779B9.

    Examples
    --------
    >>> seeds_of(0, 2)
    (0, 2654435769)
    """
    return (seed, seed ^ _SECOND_SEED)[:n_hashes]


def hash_key(key: bytes, seeds: Sequence[int]) -> NDArray[np.uint32]:
    """Hash one key with every seed: shape (n_seeds, 1)."""
    return np.array([[mmh3.hash(key, seed, signed=False)] for seed in seeds], dtype=np.uint32)


def hash_words(keys: NDArray[np.uint64], seeds: Sequence[int]) -> NDArray[np.uint32]:
    """Hash keys of eight bytes, given as numbers: shape (n_seeds, n_keys).

    Examples
    --------
    >>> hash_words(np.array([42], dtype=np.uint64), seeds_of(0, 2))
    array([[1871679806],
           [ 648442705]], dtype=uint32)
    """
    hashes = np.empty((len(seeds), len(keys)), dtype=np.uint32)
    for start in range(0, len(keys), _CHUNK):
        chunk = keys[start : start + _CHUNK]
        blocks = [_scramble(chunk.astype(np.uint32)), _scramble((chunk >> 32).astype(np.uint32))]
        for row, seed in zip(hashes, seeds):
            state = row[start : start + _CHUNK]
            state[:] = seed
            for block in blocks:
                _mix(state, block)
            _finish(state, np.uint32(8))
    return hashes


def hash_texts(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    seeds: Sequence[int],
) -> NDArray[np.uint32]:
    """Hash keys in one buffer: shape (n_seeds, n_keys).

    Parameters
    ----------
    data : ndarray of uint8
        A buffer that holds the bytes of all keys.
    starts, lengths : ndarray of int64 of shape (n_keys,)
        Start of each key in `data`, and its length in bytes.
    seeds : sequence of int
        One seed per hash function.

    Examples
    --------
    >>> data = np.frombuffer(b"USa", dtype=np.uint8)
    >>> hash_texts(data, np.array([0, 2]), np.array([2, 1]), [0])
    array([[3665442060, 1009084850]], dtype=uint32)
    """
    long = np.flatnonzero(lengths > _LONG_KEY)
    if len(long) > _FEW_LONG_KEYS:
        # Hash the longest keys one at a time, and vectorise all others.
        longest = int(np.partition(lengths, -_FEW_LONG_KEYS)[-_FEW_LONG_KEYS])
        long = np.flatnonzero(lengths > min(longest, _LONGEST_KEY))
    if not len(long):
        return _hash_in_chunks(data, starts, lengths, seeds)
    hashes = np.empty((len(seeds), len(starts)), dtype=np.uint32)
    for i in long:
        key = data[starts[i] : starts[i] + lengths[i]].tobytes()
        hashes[:, i] = hash_key(key, seeds)[:, 0]
    short = np.delete(np.arange(len(starts)), long)
    hashes[:, short] = _hash_in_chunks(data, starts[short], lengths[short], seeds)
    return hashes


def _hash_in_chunks(
    data: NDArray[np.uint8],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    seeds: Sequence[int],
) -> NDArray[np.uint32]:
    hashes = np.empty((len(seeds), len(starts)), dtype=np.uint32)
    words, begin = _aligned_words(data, starts, lengths)
    for start in range(0, len(starts), _CHUNK):
        part = slice(start, start + _CHUNK)
        _hash_short_texts(words, starts[part] - begin, lengths[part], seeds, hashes[:, part])
    return hashes


def bucket_pairs(hashes: NDArray[np.uint32], n_buckets: int) -> NDArray[np.int32]:
    """Buckets of hashed keys, in hash order: shape (n_keys, n_hashes).

    The first bucket is ``h0 mod B``; the second is one of the B - 1 others,
    ``(b0 + 1 + h1 mod (B - 1)) mod B``. With a single bucket the second is -1.

    Examples
    --------
    >>> bucket_pairs(np.array([[3665442060], [1420018707]], dtype=np.uint32), 1000)
    array([[ 60, 208]], dtype=int32)
    """
    buckets = np.empty(hashes.shape, dtype=np.int32)
    first = _modulo(hashes[0], n_buckets)
    buckets[0] = first
    if len(hashes) == 2 and n_buckets == 1:
        buckets[1] = -1
    elif len(hashes) == 2:
        # The sum is at most 2 B - 1, and B is below 2**31, so it cannot overflow.
        second = _modulo(hashes[1], n_buckets - 1)
        second += first
        second += np.uint32(1)
        second -= np.uint32(n_buckets) * (second >= n_buckets)
        buckets[1] = second
    return buckets.T


def _modulo(hashes: NDArray[np.uint32], divisor: int) -> NDArray[np.uint32]:
    """The remainder, by NumPy's vectorised division, three times as fast as ``%``."""
    quotients = hashes // np.uint32(divisor)
    quotients *= np.uint32(divisor)
    return hashes - quotients


def buckets_of(key: str | bytes, n_buckets: int, seeds: Sequence[int]) -> list[int]:
    """Buckets of one key, in hash order, as `bucket_pairs` but without an array.

    Examples
    --------
    >>> buckets_of("US", 1000, seeds_of(0, 2))
    [60, 208]
    """
    first: int = mmh3.hash(key, seeds[0], signed=False) % n_buckets
    if len(seeds) == 1 or n_buckets == 1:
        return [first]
    step = mmh3.hash(key, seeds[1], signed=False) % (n_buckets - 1)
    return [first, (first + 1 + step) % n_buckets]


def _aligned_words(
    data: NDArray[np.uint8], starts: NDArray[np.int64], lengths: NDArray[np.int64]
) -> tuple[NDArray[np.uint32], int]:
    """The part of `data` that holds the keys, as little-endian words, and where it starts in `data`."""
    begin, end = (int(starts.min()), int((starts + lengths).max())) if len(starts) else (0, 0)
    begin -= (data.ctypes.data + begin) % 4
    # The last word of a key is assembled from two words; the second may be past its end.
    n_bytes = (end - begin + 8) // 4 * 4
    if begin < 0 or begin + n_bytes > len(data):
        begin = max(begin, 0)
        window = np.zeros(n_bytes, dtype=np.uint8)
        window[: end - begin] = data[begin:end]
        return window.view("<u4"), begin
    return data[begin : begin + n_bytes].view("<u4"), begin


def _hash_short_texts(
    words: NDArray[np.uint32],
    starts: NDArray[np.int64],
    lengths: NDArray[np.int64],
    seeds: Sequence[int],
    out: NDArray[np.uint32],
) -> None:
    """MurmurHash3 of one batch that fits into the cache, four bytes of every key per round.

    Keys are sorted by length, longest first, so the keys with a block left are always the first ones.
    """
    # NumPy sorts integers of one or two bytes in linear time.
    n_blocks = (lengths >> 2).astype(np.uint8 if lengths.max() < 1024 else np.uint16)
    least, most = int(n_blocks.min()), int(n_blocks.max())
    order: NDArray[np.intp] | slice = slice(None)
    n_left = [len(starts)] * most
    if least < most:
        order = np.argsort(np.invert(n_blocks), kind="stable")
        starts, lengths, n_blocks = starts[order], lengths[order], n_blocks[order]
        n_left = (len(starts) - np.searchsorted(n_blocks[::-1], np.arange(1, most + 1))).tolist()
    states = [np.full(len(starts), seed, dtype=np.uint32) for seed in seeds]
    rest = np.empty(len(starts), dtype=np.uint32)
    # A key may start inside a word: its words are assembled from two adjacent ones.
    at = starts >> 2
    low_bits = (starts & 3).astype(np.uint32) << np.uint32(3)
    high_bits = np.uint32(31) - low_bits
    low = words[at]
    for n in [*n_left, 0]:
        at += 1
        high = words[at]
        block = high << np.uint32(1)
        block <<= high_bits[: len(at)]
        low >>= low_bits[: len(at)]
        block |= low
        rest[n : len(at)] = block[n:]
        at, low = at[:n], high[:n]
        block = _scramble(block[:n])
        for state in states:
            _mix(state[:n], block)
    rest &= _LOW_BYTES[lengths & 3]
    rest = _scramble(rest)
    length = lengths.astype(np.uint32)
    for hashes, state in zip(out, states):
        state ^= rest
        _finish(state, length)
        hashes[order] = state


_LOW_BYTES = np.array([0, 0xFF, 0xFFFF, 0xFFFFFF], dtype=np.uint32)


def _rotate(words: NDArray[np.uint32], bits: int) -> NDArray[np.uint32]:
    high = words << np.uint32(bits)
    high |= words >> np.uint32(32 - bits)
    return high


def _scramble(block: NDArray[np.uint32]) -> NDArray[np.uint32]:
    """Transform a block before it is mixed into the state; the same for every seed."""
    block *= _C1
    block = _rotate(block, 15)
    block *= _C2
    return block


def _mix(state: NDArray[np.uint32], block: NDArray[np.uint32]) -> None:
    state ^= block
    state[:] = _rotate(state, 13)
    state *= np.uint32(5)
    state += np.uint32(0xE6546B64)


def _finish(state: NDArray[np.uint32], length: NDArray[np.uint32] | np.uint32) -> None:
    state ^= length
    state ^= state >> np.uint32(16)
    state *= np.uint32(0x85EBCA6B)
    state ^= state >> np.uint32(13)
    state *= np.uint32(0xC2B2AE35)
    state ^= state >> np.uint32(16)
