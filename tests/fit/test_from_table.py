from functools import partial

import numpy as np
import pytest

from hybrid_encoder._fit.from_table import Sample
from hybrid_encoder._input import parallel as _blocks
from hybrid_encoder._transform.fitted_column import read_new
from tests.fit.test_merging import by_class

TABLE = np.array([["a", 1], ["b", 1], ["a", None]], dtype=object)
READERS = [partial(read_new, label=label, no_missing=False) for label in range(2)]


def counted(sample, n_jobs=None):
    """For each column its number, its values by class, and its missing ones."""

    def work(counts, number):
        return number, by_class(counts), counts.missing_counts.tolist()

    return list(sample.over_counts(READERS, work, n_jobs))


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize(
    ("y", "sample_weight", "expected"),
    [
        (None, None, [(0, {"a": [2], "b": [1]}, [0]), (1, {1: [2]}, [1])]),
        (None, [0.5, 1, 2], [(0, {"a": [2.5], "b": [1]}, [0]), (1, {1: [1.5]}, [2])]),
        (
            ["x", "y", "y"],
            [0.5, 1, 2],
            [(0, {"a": [0.5, 2], "b": [0, 1]}, [0, 0]), (1, {1: [0.5, 1]}, [0, 2])],
        ),
    ],
    ids=["rows", "weights", "classes"],
)
def test_columns_are_counted_by_weight_and_class(n_jobs, y, sample_weight, expected, monkeypatch):
    monkeypatch.setattr(_blocks, "_LEAST_BLOCK_ROWS", 1)
    assert counted(Sample.to_fit(TABLE, y, sample_weight, "auto"), n_jobs) == expected


def test_tallies_know_their_classes():
    sample = Sample.to_fit(TABLE, ["x", "y", "y"], None, "auto")
    tallies = sample.tallies(READERS, None)
    assert [by_class(tally.counts) for tally in tallies] == [{"a": [1, 1], "b": [0, 1]}, {1: [1, 1]}]
    assert [tally.labels.tolist() for tally in tallies] == [["x", "y"]] * 2


@pytest.mark.parametrize(
    ("y", "known", "labels", "where"),
    [
        (None, None, None, None),
        (["x", "y", "y"], None, None, None),
        (["x", "y", "y"], ["x", "y"], ["x", "y"], [0, 1]),
        (["w", "y", "y"], ["x"], ["w", "x", "y"], [1]),
    ],
    ids=str,
)
def test_a_batch_has_the_classes_of_all(y, known, labels, where):
    known = None if known is None else np.array(known, dtype=object)
    sample, found = Sample.to_go_on_with(TABLE, y, None, "pooled_info", known, most_classes=3)
    assert (None if sample.labels is None else sample.labels.tolist()) == labels
    assert (None if found is None else found.tolist()) == where


def test_too_many_classes_are_looked_at_no_longer():
    known = np.array(["v", "w", "x"], dtype=object)
    with pytest.warns(UserWarning, match="y has had 4 classes by now"):
        sample, where = Sample.to_go_on_with(TABLE, ["x", "y", "y"], None, "pooled_info", known, 3)
    assert (sample.labels, where) == (None, None)
    assert counted(sample) == [(0, {"a": [2], "b": [1]}, [0]), (1, {1: [2]}, [1])]
