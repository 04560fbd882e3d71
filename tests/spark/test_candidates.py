"""The tasks on executors that select candidates, run without Spark."""

from itertools import pairwise

import numpy as np
import pytest

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit.parameters import settings_of

pa = pytest.importorskip("pyarrow")
pytest.importorskip("pyspark")

from hybrid_encoder.spark import _candidates  # noqa: E402  needs PySpark


def selector(encoder, total, *, splittable):
    """The task that selects candidates of column "a", without a target; `total` rows in all."""
    settings = settings_of(encoder.get_params(), ["a"])
    (limit,) = settings.slot_limits
    totals = np.array([total])
    return _candidates.Selector(settings, 0, "a", limit, None, totals, False, splittable)


def result(rows):
    """The result in the one row that a task returns."""
    (row,) = rows
    return _candidates.unpickled_or_raised(row["found"][0].as_py())


@pytest.mark.parametrize(
    "parameters",
    [
        {"top_k": 3},
        {"top_k": 0},
        {"top_k": 40},
        {"top_k": 5, "min_frequency": 0.1},
        {"top_k": 5, "handle_missing": "ignore"},
        {"top_k": 4, "importance": "entropy"},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "values",
    [[*range(31)], [*map(str, range(9)), None, *map(str, range(9, 30))]],
    ids=["numbers", "text and missing"],
)
@pytest.mark.parametrize("ends", [[0, 8], [0, 3, 3, 8], range(9)], ids=["one", "three", "eight"])
def test_several_tasks_select_the_same_candidates_as_one(monkeypatch, parameters, values, ends):
    encoder, weights = HybridHashEncoder(**parameters), np.arange(31.0) % 7 + 1
    batches = pa.table({"value": values, "weight": weights}).to_batches(max_chunksize=4)
    expected = result(selector(encoder, weights.sum(), splittable=False).all(batches))
    monkeypatch.setattr(_candidates, "GROUPS_PER_TABLE", 8)
    task = selector(encoder, weights.sum(), splittable=True)
    parts = [row for begin, end in pairwise(ends) for row in task.part(batches[begin:end])]
    found = result(task.combine(parts))
    assert found.counts.values.tolist() == expected.counts.values.tolist()
    assert found.ranking.order.tolist() == expected.ranking.order.tolist()
    for part in ("weights", "missing", "rows", "unlisted", "lost", "most_unlisted"):
        assert np.array_equal(getattr(found.counts, part), getattr(expected.counts, part)), part


def test_rows_that_change_between_jobs_are_refused():
    batches = pa.table({"value": ["a", "b"], "weight": [2.0, 1.0]}).to_batches()
    with pytest.raises(ValueError, match="Column 'a': df had other rows when they were counted before"):
        result(selector(HybridHashEncoder(), 4.0, splittable=False).all(batches))


def test_an_error_in_one_of_several_tasks_is_raised():
    batches = pa.table({"value": ["a", None], "weight": [2.0, 1.0]}).to_batches(max_chunksize=1)
    task = selector(HybridHashEncoder(handle_missing="error"), 3.0, splittable=True)
    parts = [row for batch in batches for row in task.part([batch])]
    with pytest.raises(ValueError, match="Column 'a': it has values that are missing"):
        result(task.combine(parts))
