import itertools
import pickle
import struct

import numpy as np
import pytest

from hybrid_encoder._serialize import checksum as _checksum


def objects(*values):
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells


def measure(counts, totals):
    return counts


def another(counts, totals):
    return counts


# No two of these are the same.
VALUES = [
    None,
    True,
    False,
    0,
    1,
    1.0,
    -0.0,
    0.0,
    "",
    "1",
    "None",
    "\udc80",
    2**70,
    float("inf"),
    [],
    [[]],
    [1],
    [1, 1],
    [[1], 1],
    ["ab", "c"],
    ["a", "bc"],
    {},
    {"a": 1},
    {"a": 2},
    {"b": 1},
    {1: "a"},
    {"1": "a"},
    np.array([]),
    np.array([1]),
    np.array([1.0]),
    np.array([[1]]),
    np.array([1], dtype=np.int32),
    np.array(["1"]),
    objects(),
    objects(1),
    objects(1.0),
    objects("1"),
    objects(None),
    objects("a", "b"),
    objects("ab"),
    objects("a\0b"),
    objects("a\0", "b"),
    objects("a", "\0b"),
    objects("", ""),
    objects("\0"),
    objects("", "", ""),
    objects("a", None),
    objects(None, "a"),
    objects("a", None, "b"),
    objects("a", "b", None),
    objects(1, 2, 0.5),
    objects(1, 0.5, 2),
    objects(1, 2, None),
    objects(2**63, 1),
    objects(2**63, 1, None),
    np.float32,
    np.float64,
    measure,
    another,
]


def test_values_that_differ_have_different_checksums():
    sums = [_checksum.of_values(value) for value in VALUES]
    pairs = itertools.combinations(range(len(VALUES)), 2)
    assert [(VALUES[i], VALUES[j]) for i, j in pairs if sums[i] == sums[j]] == []


@pytest.mark.parametrize("value", VALUES, ids=map(str, range(len(VALUES))))
def test_what_is_saved_and_read_has_the_same_checksum(value):
    again = pickle.loads(pickle.dumps(value))
    assert _checksum.of_values(again) == _checksum.of_values(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.arange(3).astype(">i8"), np.arange(3).astype("<i8")),
        (np.array(["US"]).astype(">U2"), np.array(["US"]).astype("<U2")),
        (np.asfortranarray(np.eye(3) * np.arange(3)), np.ascontiguousarray(np.eye(3) * np.arange(3))),
        (np.arange(6)[::2], np.array([0, 2, 4])),
        (np.float64(0.25), 0.25),
        (np.int32(7), 7),
        (np.bool_(True), True),
        (np.dtype("float32"), np.float32),
        ((1, 2), [1, 2]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ],
    ids=str,
)
def test_how_a_value_lies_in_memory_does_not_matter(one, other):
    assert _checksum.of_values(one) == _checksum.of_values(other)


def test_nan_is_equal_to_itself():
    (nan,) = struct.unpack("<d", struct.pack("<d", float("nan")))
    assert _checksum.of_values([nan]) == _checksum.of_values([float("nan")])
