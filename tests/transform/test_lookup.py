import numpy as np
import pandas as pd
import pytest

from hybrid_encoder._input.reading import read_column
from hybrid_encoder._transform.hashing import seeds_of
from hybrid_encoder._transform.lookup import NOWHERE, TAIL, place
from hybrid_encoder._transform.vocabulary import Vocabulary
from tests import reference

SEEDS = seeds_of(0, 2)


def objects(values):
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells


@pytest.mark.parametrize("times", [1, 100])
@pytest.mark.parametrize("as_codes", [False, True], ids=["values", "codes"])
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
def test_slots_and_buckets(head, values, as_codes, times, without_arrow):
    kind = "text" if any(isinstance(value, str) for value in values) else "number"
    raw = objects(values * times)
    column = read_column(pd.Categorical(raw) if as_codes else raw, "c")
    places = place(column, Vocabulary(objects(head), kind), 50, SEEDS, ignore_missing=False)
    expected = [head.index(value) if value in head else TAIL for value in values] * times
    assert places.slots.tolist() == expected
    tail = [value for value in values * times if value not in head]
    assert places.buckets.tolist() == [reference.buckets(value, 50, 2, 0) for value in tail]


@pytest.mark.parametrize("as_codes", [False, True], ids=["values", "codes"])
def test_ignored_missing_values_go_nowhere(as_codes):
    raw = objects(["a", None, "b"])
    column = read_column(pd.Categorical(raw) if as_codes else raw, "c")
    places = place(column, Vocabulary(objects(["a"]), "text"), 5, SEEDS, ignore_missing=True)
    assert places.slots.tolist() == [0, NOWHERE, TAIL]
    assert len(places.buckets) == 1


@pytest.mark.parametrize("as_codes", [False, True], ids=["values", "codes"])
def test_no_buckets(as_codes):
    raw = objects(["a", "b", None])
    column = read_column(pd.Categorical(raw) if as_codes else raw, "c")
    places = place(column, Vocabulary(objects(["a"]), "text"), 0, SEEDS, ignore_missing=False)
    assert places.buckets.shape == (2, 0)
