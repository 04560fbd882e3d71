import numpy as np
import pandas as pd
import pytest

from hybrid_encoder._input.reading import read_column
from hybrid_encoder._transform.hashing import seeds_of
from hybrid_encoder._transform.lookup import IGNORED, TAIL, CodedLocations, Locations, Locator
from hybrid_encoder._transform.vocabulary import Vocabulary
from tests import reference
from tests.conftest import objects

AS_CODES = pytest.mark.parametrize("as_codes", [False, True], ids=["values", "codes"])


def locator(head, kind="text", n_buckets=50, n_hashes=2, ignore_missing=False):
    return Locator(Vocabulary(objects(head), kind), n_buckets, seeds_of(0, n_hashes), ignore_missing)


def column(values, as_codes=False):
    raw = objects(values)
    return read_column(pd.Categorical(raw) if as_codes else raw)


@pytest.mark.parametrize("times", [1, 100])
@pytest.mark.parametrize("n_hashes", [1, 2])
@AS_CODES
@pytest.mark.parametrize(
    ("head", "values"),
    [
        (["a", "b"], ["b", "z", "a", "y", "naïve"]),
        (["a"], ["b", None, "a"]),
        (["a", None], [None, "z"]),
        ([3, 5], [5, 7, 3, -1]),
        ([3], [3.0, 0.5, None]),
        ([], ["a", None]),
    ],
)
def test_slots_and_buckets(head, values, as_codes, n_hashes, times, without_arrow):
    kind = "text" if any(isinstance(value, str) for value in values) else "number"
    found = locator(head, kind, n_hashes=n_hashes).locate(column(values * times, as_codes))
    expected = [head.index(value) if value in head else TAIL for value in values] * times
    assert found.slots.tolist() == expected
    assert found.tail.tolist() == [row for row, slot in enumerate(expected) if slot == TAIL]
    tail = [value for value in values * times if value not in head]
    assert found.buckets.tolist() == [reference.buckets(value, 50, n_hashes, 0) for value in tail]
    assert found.lengths is None


@AS_CODES
def test_ignored_missing_values(as_codes):
    found = locator(["a"], n_buckets=5, ignore_missing=True).locate(column(["a", None, "b"], as_codes))
    assert found.slots.tolist() == [0, IGNORED, TAIL]
    assert found.tail.tolist() == [2]
    assert found.buckets.tolist() == [reference.buckets("b", 5, 2, 0)]


@AS_CODES
def test_without_buckets(as_codes):
    found = locator(["a"], n_buckets=0).locate(column(["a", "b", None], as_codes))
    assert found.slots.tolist() == [0, TAIL, TAIL]
    assert found.buckets.shape == (2, 0)


@pytest.mark.parametrize(
    ("head", "ignore_missing", "expected"),
    [
        (["a", None], False, 1),
        (["a"], False, TAIL),
        (["a"], True, IGNORED),
        (["a", None], True, IGNORED),
    ],
)
def test_the_slot_of_a_missing_value(head, ignore_missing, expected):
    found = locator(head, ignore_missing=ignore_missing)
    assert found.missing_slot == expected
    assert found.locate(column(["b", None])).slots.tolist() == [TAIL, expected]


@pytest.mark.parametrize("n_hashes", [1, 2])
@pytest.mark.parametrize("n_buckets", [0, 50])
def test_the_buckets_of_a_missing_value(n_buckets, n_hashes):
    found = locator([], None, n_buckets, n_hashes).buckets_of_missing()
    assert found.tolist() == [reference.buckets(None, n_buckets, n_hashes, 0)]
    assert found.dtype == np.int32


def test_elements_of_lists():
    found = locator(["a"]).locate(column([["a", "b"], [], None, ["b"]]))
    assert found.slots.tolist() == [0, TAIL, TAIL, TAIL]
    assert found.lengths.tolist() == [2, 0, 1, 1]
    assert found.n_cells == 4
    assert found.buckets.tolist() == [reference.buckets(value, 50, 2, 0) for value in ("b", None, "b")]


def test_coded_values_are_located_once_for_any_rows():
    coded = column(["b", "a", None, "c"], as_codes=True)
    locations = CodedLocations(coded, locator(["a"]))
    for codes in ([], [-1, 0, 0], [2, 1]):
        found = locations.locate(np.array(codes, dtype=np.int8), None)
        values = [None if code < 0 else "abc"[code] for code in codes]
        assert found.slots.tolist() == [0 if value == "a" else TAIL for value in values]
        tail = [value for value in values if value != "a"]
        assert found.buckets.tolist() == [reference.buckets(value, 50, 2, 0) for value in tail]


def listed(parts):
    return [
        (
            part.slots.tolist(),
            part.tail.tolist(),
            part.buckets[:, 0].tolist(),
            None if part.lengths is None else part.lengths.tolist(),
        )
        for part in parts
    ]


SLOTS = np.array([TAIL, 0, TAIL, IGNORED, 2], dtype=np.int32)
BUCKETS = np.array([[7], [8]], dtype=np.int32)


@pytest.mark.parametrize(
    ("lengths", "cuts", "expected"),
    [
        (None, [0], [([-1, 0, -1, -2, 2], [0, 2], [7, 8], None)]),
        (
            None,
            [0, 2, 4],
            [([-1, 0], [0], [7], None), ([-1, -2], [0], [8], None), ([2], [], [], None)],
        ),
        (
            [0, 3, 0, 2],
            [0, 1, 3],
            [([], [], [], [0]), ([-1, 0, -1], [0, 2], [7, 8], [3, 0]), ([-2, 2], [], [], [2])],
        ),
    ],
    ids=["one part", "single values", "lists"],
)
def test_locations_are_split_by_cells(lengths, cuts, expected):
    lengths = None if lengths is None else np.array(lengths)
    locations = Locations(SLOTS, np.array([0, 2]), BUCKETS, lengths)
    assert listed(locations.split(cuts)) == expected
