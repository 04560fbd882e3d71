import itertools

import numpy as np
import pytest
from sklearn.linear_model import SGDClassifier

from hybrid_encoder import HybridHashEncoder, transfer_weights
from tests import reference
from tests.conftest import array


def repeated(*pairs):
    """Each value repeated."""
    return [value for value, times in pairs for _ in range(times)]


# In every batch but the first some values get a slot and others lose theirs; a missing value does
# both.
TEXT = [
    repeated(("a", 5), ("b", 4), ("c", 3), ("x", 2), (None, 1)),
    repeated((None, 9), ("x", 1), ("y", 3), ("a", 2)),
    repeated(("y", 6), ("z", 20), ("w", 1), (None, 4)),
    repeated(("c", 50), ("b", 40), ("a", 30)),
]
NUMBERS = [
    repeated((1, 5), (2, 4), (0.5, 3), (7, 2), (None, 1)),
    repeated((None, 9), (7, 1), (2**60, 3), (1, 2)),
    repeated((2**60, 6), (8, 20), (9, 1), (None, 4)),
    repeated((0.5, 50), (2, 40), (1, 30)),
]
LISTS = [
    repeated((["a", "a", "b"], 5), (["c"], 3), (["x", None], 2), ([], 1)),
    repeated((["y", "y", None], 9), (["x", "y"], 2), (None, 3)),
    repeated((["z", "z", "z"], 20), (["w", "a"], 1), (["b", "y"], 1)),
    repeated((["c", "c"], 50), (["b", "z"], 40)),
]
COLUMNS = {"text": TEXT, "numbers": NUMBERS, "lists": LISTS}
UNSEEN = {"text": "never", "numbers": 0.25, "lists": ["never", "a", "a", None]}


def batches_of(*names):
    """Batches of several columns, all as long as the longest."""
    for parts in zip(*(COLUMNS[name] for name in names), strict=True):
        n_rows = max(map(len, parts))
        yield array({name: (part * n_rows)[:n_rows] for name, part in zip(names, parts, strict=True)})


def all_rows(*names):
    """Rows with all values of the batches, and one that does not occur."""
    cells = [[*itertools.chain(*COLUMNS[name]), UNSEEN[name]] for name in names]
    n_rows = max(map(len, cells))
    return array({name: (own * n_rows)[:n_rows] for name, own in zip(names, cells, strict=True)})


def values_without_slot(changes, encoder):
    """The values of each input column that lost their slot."""
    columns = [f"x{number}" for number in range(encoder.n_features_in_)]
    return [
        [
            value
            for name, value, was_free in zip(
                changes.input_columns, changes.old_values, changes.was_free, strict=True
            )
            if name == column and not was_free
        ]
        for column in columns
    ]


def rows_without(X, values):
    """Mask of the rows without any of the values of each column."""

    def holds(cell, own):
        return any((None if reference.is_missing(v) else v) in own for v in reference.elements(cell))

    return np.array(
        [not any(holds(cell, own) for cell, own in zip(row, values, strict=True)) for row in X]
    )


PARAMETERS = [
    {"n_buckets": 6},
    {"n_buckets": 6, "tail_indicator": True},
    {"n_buckets": 6, "n_hashes": 1},
    {"n_buckets": 6, "n_hashes": 1, "tail_indicator": True, "tail_weight": 1},
    {"n_buckets": 1},
    {"n_buckets": 2, "tail_weight": 0.5},
    {"n_buckets": 0},
    {"n_buckets": 0, "tail_indicator": True},
    {"n_buckets": 50, "seed": 7, "top_k": 5},
    {"n_buckets": 6, "handle_missing": "ignore"},
    {"n_buckets": 6, "importance": "mutual_info"},
    {"n_buckets": 6, "max_tracked": 4},
    {"n_buckets": 6, "decay": 0.25},
    {"top_k": "auto", "n_buckets": "auto", "max_features": 25},
]


def targets(X):
    """Classes that depend on the first column, so that its values are informative."""
    return np.array([sum(map(ord, repr(row[0]))) % 2 for row in X])


@pytest.mark.parametrize("names", [["text"], ["numbers"], ["lists"], ["text", "lists", "numbers"]])
@pytest.mark.parametrize("parameters", PARAMETERS, ids=str)
def test_predictions_for_values_that_get_a_slot_do_not_change(parameters, names):
    first, *later = batches_of(*names)
    encoder = HybridHashEncoder(**{"top_k": 3} | parameters).partial_fit(first, targets(first))
    weights = np.random.default_rng(0).normal(size=(3, encoder.n_features_out_))
    X, n_changes = all_rows(*names), 0
    for batch in later:
        before = encoder.transform(X) @ weights.T
        encoder.partial_fit(batch, targets(batch))
        moved = transfer_weights(weights, encoder.column_changes_)
        same = rows_without(X, values_without_slot(encoder.column_changes_, encoder))
        assert np.abs(encoder.transform(X) @ moved.T - before)[same].max(initial=0) < 1e-12
        n_changes += len(encoder.column_changes_)
        weights = moved
    assert n_changes > 0


@pytest.mark.parametrize("parameters", [{}, {"tail_indicator": True}, {"n_hashes": 1}], ids=str)
def test_a_value_that_lost_its_slot_gets_the_weights_of_its_buckets(parameters):
    first, second, *_ = batches_of("text")
    encoder = HybridHashEncoder(top_k=2, n_buckets=7, **parameters).partial_fit(first)
    weights = np.random.default_rng(0).normal(size=encoder.n_features_out_)
    without_slots = HybridHashEncoder(top_k=0, n_buckets=7, **parameters).fit(first)
    encoder.partial_fit(second)
    assert encoder.column_changes_.old_values.tolist() == ["b"]
    moved = transfer_weights(weights, encoder.column_changes_)
    expected = without_slots.transform([["b"]]) @ weights[2:]
    assert encoder.transform([["b"]]) @ moved == pytest.approx(expected, abs=1e-12)


def test_other_weights_are_kept():
    first, second, *_ = batches_of("text", "numbers")
    encoder = HybridHashEncoder(top_k=3, n_buckets=4).partial_fit(first).partial_fit(second)
    weights = np.random.default_rng(0).normal(size=encoder.n_features_out_)
    moved = transfer_weights(weights, encoder.column_changes_)
    others = np.setdiff1d(np.arange(len(weights)), encoder.column_changes_.output_columns)
    assert moved[others].tolist() == weights[others].tolist()
    assert (moved != weights).sum() == len(encoder.column_changes_) > 0


def test_a_model_is_trained_and_updated_in_turn():
    generator = np.random.default_rng(0)
    # The most frequent values change every 500 rows.
    cells = [f"v{i}" for i in (generator.zipf(1.5, 3000) + np.arange(3000) // 500 * 4) % 40]
    X, y = array({"a": cells}), np.array([len(cell) % 2 for cell in cells])
    encoder = HybridHashEncoder(top_k=3, n_buckets=6, decay=0.25)
    model = SGDClassifier(random_state=0)
    n_changes = 0
    for start in range(0, 3000, 250):
        rows = slice(start, start + 250)
        before = None if start == 0 else model.decision_function(encoder.transform(X))
        encoder.partial_fit(X[rows])
        if before is not None:
            changes = encoder.column_changes_
            model.coef_ = transfer_weights(model.coef_, changes)
            same = rows_without(X, values_without_slot(changes, encoder))
            after = model.decision_function(encoder.transform(X))
            assert np.abs(after - before)[same].max() < 1e-12
            n_changes += len(changes)
        coef = None if start == 0 else model.coef_.copy()
        model.partial_fit(encoder.transform(X[rows]), y[rows], classes=[0, 1])
        assert coef is None or (model.coef_ != coef).any()
    assert n_changes > 0


def test_a_tail_weight_that_the_dtype_rounds():
    encoder = HybridHashEncoder(
        top_k=1, n_buckets=5, tail_weight=0.1, dtype=np.float32, importance="frequency"
    ).partial_fit([["a"]] * 3 + [["b"]])
    weights = np.random.default_rng(0).normal(size=6)
    before = encoder.transform([["b"]]) @ weights
    encoder.partial_fit([["b"]] * 30)
    moved = transfer_weights(weights, encoder.column_changes_)
    assert encoder.transform([["b"]]) @ moved == pytest.approx(before, abs=1e-12)
