import numpy as np
import pytest

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit.from_table import count_columns, count_partition, fit_table
from hybrid_encoder._fit.history import counts_from_history
from hybrid_encoder._input import parallel as _parallel
from hybrid_encoder._input.tables import open_table
from tests.fit.builders import by_class, make_settings

TABLE = np.array([["a", 1], ["b", 1], ["a", None]], dtype=object)
SETTINGS = make_settings((0, 1), importance="auto")

# By class the weights of each value of the columns, and of their missing values.
CASES = pytest.mark.parametrize(
    ("y", "sample_weight", "values", "missing"),
    [
        (None, None, [{"a": [2], "b": [1]}, {1: [2]}], [[0], [1]]),
        (None, [0.5, 1, 2], [{"a": [2.5], "b": [1]}, {1: [1.5]}], [[0], [2]]),
        (["x", "y", "y"], None, [{"a": [1, 1], "b": [0, 1]}, {1: [1, 1]}], [[0, 0], [0, 1]]),
        (["x", "y", "y"], [0.5, 1, 2], [{"a": [0.5, 2], "b": [0, 1]}, {1: [0.5, 1]}], [[0, 0], [0, 2]]),
    ],
    ids=["rows", "weights", "classes", "weights-by-class"],
)


def missing_of(tables):
    return [counts.missing_counts.tolist() for counts in tables]


@CASES
def test_a_partition_is_counted_by_weight_and_class(y, sample_weight, values, missing):
    found = count_partition(open_table(TABLE), y, sample_weight, SETTINGS, [0, 1])
    assert [by_class(counts) for counts in found] == values
    assert missing_of(found) == missing
    for counts in found:
        assert (None if counts.labels is None else counts.labels.tolist()) == (y and ["x", "y"])


@pytest.mark.parametrize("n_jobs", [None, 2])
@CASES
def test_a_fit_counts_every_column(y, sample_weight, values, missing, n_jobs, monkeypatch):
    monkeypatch.setattr(_parallel, "_MIN_ROWS_PER_THREAD", 1)
    fitted = fit_table(
        open_table(TABLE), y, sample_weight, SETTINGS, None, streaming=True, n_jobs=n_jobs
    )
    tables = [
        counts_from_history(history, column, fitted.class_labels)
        for history, column in zip(fitted.histories, fitted.columns, strict=True)
    ]
    assert [by_class(counts) for counts in tables] == values
    assert missing_of(tables) == missing


@pytest.mark.parametrize("n_jobs", [None, 2])
@pytest.mark.parametrize("sample_weight", [None, [0.5, 1, 2]])
def test_rows_to_encode_are_counted_without_classes(sample_weight, n_jobs, monkeypatch):
    monkeypatch.setattr(_parallel, "_MIN_ROWS_PER_THREAD", 1)
    fitted = HybridHashEncoder().fit(TABLE, ["x", "y", "y"])._fitted
    rows = np.array([["a", 7], ["z", 1], [None, 1]], dtype=object)
    found = list(count_columns(open_table(rows), fitted.columns, sample_weight, n_jobs))
    one, two, three = sample_weight or [1, 1, 1]
    expected = [{"a": [one], "z": [two]}, {7: [one], 1: [two + three]}]
    assert [by_class(counts) for counts in found] == expected
    assert missing_of(found) == [[three], [0]]


def test_weights_of_a_partition_may_be_0():
    (counts,) = count_partition(open_table(TABLE[:, :1]), None, [0, 0, 0], SETTINGS, ["c"])
    assert (counts.n_values, counts.rows) == (0, 0)


@pytest.mark.parametrize(
    ("cells", "handle_missing", "error", "words"),
    [
        (["a", 1, None], "value", TypeError, "Column 'c', row 1: 1 is a number in a column of text"),
        (["a", None, "b"], "error", ValueError, "Column 'c', row 1: .*missing"),
    ],
)
@pytest.mark.parametrize("count", [count_partition, fit_table])
def test_errors_name_the_column_and_the_row(cells, handle_missing, error, words, count):
    table = open_table(np.array(cells, dtype=object)[:, None])
    settings = make_settings("c", handle_missing=handle_missing)
    with pytest.raises(error, match=words):
        count(table, None, None, settings, np.array(["c"], dtype=object))


def test_steps_receive_the_candidates_of_each_column():
    seen = []

    def steps(results, name):
        for candidates in results:
            seen.append((name, candidates.counts.n_values))
            yield candidates

    fit_table(open_table(TABLE), None, None, SETTINGS, None, steps=steps)
    assert seen == [("count-column", 2), ("count-column", 1)]
