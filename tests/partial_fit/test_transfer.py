import copy
import itertools

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression, SGDClassifier

from hybrid_encoder import HybridHashEncoder, transfer_weights
from hybrid_encoder._partial_fit.transfer import changes_of, join_changes
from hybrid_encoder._transform.layout import Layout
from tests import reference
from tests.conftest import array


def repeated(*pairs):
    """Values, each so many times."""
    return [value for value, times in pairs for _ in range(times)]


# In every call but the first some values are promoted and some displaced; missing is both.
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
    """Tables of several columns, of as many rows as the longest has."""
    for parts in zip(*(COLUMNS[name] for name in names), strict=True):
        n_rows = max(map(len, parts))
        yield array({name: (part * n_rows)[:n_rows] for name, part in zip(names, parts, strict=True)})


def all_rows(*names):
    """Rows of everything that occurs, together with what never does."""
    cells = [[*itertools.chain(*COLUMNS[name]), UNSEEN[name]] for name in names]
    n_rows = max(map(len, cells))
    return array({name: (own * n_rows)[:n_rows] for name, own in zip(names, cells, strict=True)})


def displaced_from(changes, encoder):
    """Per input column, the values that have lost a slot."""
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


def untouched(X, displaced):
    """Which rows hold no value that has lost its slot."""

    def holds(cell, gone):
        return any((None if reference.is_missing(v) else v) in gone for v in reference.elements(cell))

    return np.array(
        [not any(holds(cell, gone) for cell, gone in zip(row, displaced, strict=True)) for row in X]
    )


SYSTEMS = [
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
    """Labels that the first column decides, so that its values tell something."""
    return np.array([sum(map(ord, repr(row[0]))) % 2 for row in X])


@pytest.mark.parametrize("names", [["text"], ["numbers"], ["lists"], ["text", "lists", "numbers"]])
@pytest.mark.parametrize("system", SYSTEMS, ids=str)
def test_decisions_do_not_move_when_values_are_promoted(system, names):
    first, *later = batches_of(*names)
    encoder = HybridHashEncoder(**{"top_k": 3} | system).partial_fit(first, targets(first))
    weights = np.random.default_rng(0).normal(size=(3, encoder.n_features_out_))
    X, n_changes = all_rows(*names), 0
    for batch in later:
        before = encoder.transform(X) @ weights.T
        encoder.partial_fit(batch, targets(batch))
        moved = transfer_weights(weights, encoder.column_changes_)
        same = untouched(X, displaced_from(encoder.column_changes_, encoder))
        assert np.abs(encoder.transform(X) @ moved.T - before)[same].max(initial=0) < 1e-12
        n_changes += len(encoder.column_changes_)
        weights = moved
    assert n_changes > 0


@pytest.mark.parametrize("system", [{}, {"tail_indicator": True}, {"n_hashes": 1}], ids=str)
def test_displaced_values_get_what_their_buckets_give(system):
    first, second, *_ = batches_of("text")
    encoder = HybridHashEncoder(top_k=2, n_buckets=7, **system).partial_fit(first)
    weights = np.random.default_rng(0).normal(size=encoder.n_features_out_)
    never_there = HybridHashEncoder(top_k=0, n_buckets=7, **system).fit(first)
    encoder.partial_fit(second)
    assert encoder.column_changes_.old_values.tolist() == ["b"]
    moved = transfer_weights(weights, encoder.column_changes_)
    expected = never_there.transform([["b"]]) @ weights[2:]
    assert encoder.transform([["b"]]) @ moved == pytest.approx(expected, abs=1e-12)


def test_other_weights_stay():
    first, second, *_ = batches_of("text", "numbers")
    encoder = HybridHashEncoder(top_k=3, n_buckets=4).partial_fit(first).partial_fit(second)
    weights = np.random.default_rng(0).normal(size=encoder.n_features_out_)
    moved = transfer_weights(weights, encoder.column_changes_)
    others = np.setdiff1d(np.arange(len(weights)), encoder.column_changes_.output_columns)
    assert moved[others].tolist() == weights[others].tolist()
    assert (moved != weights).sum() == len(encoder.column_changes_) > 0


def changed():
    first, second, *_ = batches_of("text")
    return HybridHashEncoder(top_k=3, n_buckets=5).partial_fit(first).partial_fit(second)


ENCODER = changed()
WIDTH = ENCODER.n_features_out_
COEF = np.random.default_rng(1).normal(size=WIDTH)
EXPECTED = transfer_weights(COEF, ENCODER.column_changes_)


@pytest.mark.parametrize(
    ("shape", "axis"),
    [
        ((WIDTH,), -1),
        ((WIDTH,), 0),
        ((1, WIDTH), -1),
        ((3, WIDTH), 1),
        ((WIDTH, 4), 0),
        ((WIDTH, 4), -2),
        ((2, WIDTH, 3), 1),
        ((WIDTH, WIDTH), 0),
        ((0, WIDTH), -1),
    ],
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_shape_dtype_and_memory_layout(shape, axis, dtype, order):
    weights = np.zeros(shape, dtype, order)
    np.moveaxis(weights, axis, -1)[:] = COEF
    given = weights.copy()
    weights.flags.writeable = False
    moved = transfer_weights(weights, ENCODER.column_changes_, axis)
    assert (moved.shape, moved.dtype) == (weights.shape, dtype)
    assert moved.flags.writeable
    assert not np.shares_memory(moved, weights)
    assert weights.tolist() == given.tolist()
    by_column = np.moveaxis(moved, axis, -1)
    assert by_column == pytest.approx(np.broadcast_to(EXPECTED, by_column.shape), rel=4e-3)
    if dtype == np.float64:
        assert (by_column == EXPECTED).all()


@pytest.mark.parametrize("make", [list, pd.Series, lambda w: pd.Series(w, dtype="float64")])
def test_anything_that_is_an_array(make):
    assert transfer_weights(make(COEF), ENCODER.column_changes_).tolist() == EXPECTED.tolist()


def test_tensors():
    torch = pytest.importorskip("torch")
    for dtype in (torch.float64, torch.float32, torch.bfloat16):
        weights = torch.tensor(np.stack([COEF, -COEF], axis=1)).to(dtype).requires_grad_()
        given = weights.detach().clone()
        moved = transfer_weights(weights, ENCODER.column_changes_, axis=0)
        assert (moved.dtype, moved.shape, moved.requires_grad) == (dtype, weights.shape, False)
        assert torch.equal(weights, given)
        expected = torch.tensor(np.stack([EXPECTED, -EXPECTED], axis=1))
        assert torch.allclose(moved.double(), expected, rtol=2e-2, atol=1e-2)


@pytest.mark.parametrize("n_calls", [1, 2])
def test_without_changes_weights_are_copied(n_calls):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3)
    for _ in range(n_calls):
        encoder.partial_fit([["a"], ["b"], ["a"]])
    assert len(encoder.column_changes_) == 0
    weights = np.arange(5.0)
    moved = transfer_weights(weights, encoder.column_changes_)
    assert moved.tolist() == weights.tolist()
    assert not np.shares_memory(moved, weights)


class Module:
    """Something that holds weights, and is none."""


@pytest.mark.parametrize(
    ("weights", "axis", "error", "words"),
    [
        (sp.csr_matrix(COEF[None]), -1, TypeError, r"sparse. Pass weights.toarray\(\), or call densify"),
        (sp.csr_array(COEF[None]), -1, TypeError, "densify"),
        (
            Module(),
            -1,
            TypeError,
            "not a Module of object. Pass coef_ of a model, or weight of a module",
        ),
        (LogisticRegression(), -1, TypeError, "not a LogisticRegression.*Pass coef_"),
        (np.arange(WIDTH), -1, TypeError, "not a ndarray of int64. Pass coef_"),
        (COEF.astype(complex), -1, TypeError, "complex128"),
        (COEF.astype(object), -1, TypeError, "object"),
        (COEF, 1, ValueError, rf"shape \({WIDTH},\) have no axis 1"),
        (COEF[None], -3, ValueError, "have no axis -3"),
        (np.float64(1), -1, ValueError, r"shape \(\) have no axis -1"),
        (COEF[:-1], -1, ValueError, rf"have {WIDTH - 1} entries on axis -1.*{WIDTH} output columns"),
        (COEF[:, None], -1, ValueError, r"have 1 entries.*the axis on which they lie"),
    ],
)
def test_what_is_refused(weights, axis, error, words):
    with pytest.raises(error, match=words):
        transfer_weights(weights, ENCODER.column_changes_, axis)


def test_a_torch_module_is_refused():
    nn = pytest.importorskip("torch.nn")
    with pytest.raises(TypeError, match=r"not a Linear of object\. Pass coef_"):
        transfer_weights(nn.Linear(WIDTH, 1), ENCODER.column_changes_)


def test_a_model_goes_on_learning():
    generator = np.random.default_rng(0)
    # The favourites change every 500 rows.
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
            same = untouched(X, displaced_from(changes, encoder))
            after = model.decision_function(encoder.transform(X))
            assert np.abs(after - before)[same].max() < 1e-12
            n_changes += len(changes)
        coef = None if start == 0 else model.coef_.copy()
        model.partial_fit(encoder.transform(X[rows]), y[rows], classes=[0, 1])
        assert coef is None or (model.coef_ != coef).any()
    assert n_changes > 0


@pytest.mark.parametrize("indicator", [True, False])
def test_changes_of_one_column(indicator):
    layout = Layout(np.array([2, 4]), np.array([3, 5]), indicator)
    changes = changes_of(
        "c",
        layout,
        1,
        np.array([3, 0]),
        np.array(["a", "b"], dtype=object),
        np.array(["x", "y"], dtype=object),
        np.array([[4, 0], [2, -1]], dtype=np.int32),
        0.25,
        2,
    )
    start = 5 + indicator
    assert changes.output_columns.tolist() == [start, start + 3]
    assert changes.old_values.tolist() == ["a", None]
    assert changes.new_values.tolist() == ["y", "x"]
    assert changes.was_free.tolist() == [False, True]
    assert changes.old_buckets.tolist() == [[start + 4 + 2, -1], [start + 4 + 4, start + 4]]
    assert changes.old_indicators.tolist() == ([15, 15] if indicator else [-1, -1])
    assert changes.n_features_out == layout.n_features_out
    both = join_changes([changes, changes])
    assert len(both) == 4
    assert both.input_columns.tolist() == ["c"] * 4


@pytest.mark.parametrize("n_hashes", [1, 2])
def test_changes_as_a_table(n_hashes):
    encoder = HybridHashEncoder(top_k=2, n_buckets=4, n_hashes=n_hashes)
    encoder.partial_fit(pd.DataFrame({"city": ["a", "a"], "zip": [1, 2]}))
    empty = encoder.column_changes_.to_frame()
    before = copy.deepcopy(encoder)
    encoder.partial_fit(pd.DataFrame({"city": [None, *["b"] * 8], "zip": [3] * 9}))
    frame = encoder.column_changes_.to_frame()
    buckets = [f"old_bucket_{i}" for i in range(n_hashes)]
    assert list(frame) == list(empty) == [
        "input_column", "output_column", "old_value", "new_value", "was_free", *buckets
    ]  # fmt: skip
    assert len(empty) == 0
    assert frame[["input_column", "output_column", "new_value", "was_free"]].values.tolist() == [
        ["city", 1, "b", True],
        ["zip", 7, 3, False],
    ]
    assert [value is None for value in frame["old_value"]] == [True, False]
    assert frame["old_value"][1] == 2
    lit = before.encode_indices(pd.DataFrame({"city": ["b"], "zip": [3]}))[0]
    assert frame[buckets].values.tolist() == lit.tolist()


def test_weights_that_a_short_number_type_rounds():
    encoder = HybridHashEncoder(
        top_k=1, n_buckets=5, tail_weight=0.1, dtype=np.float32, importance="frequency"
    ).partial_fit([["a"]] * 3 + [["b"]])
    weights = np.random.default_rng(0).normal(size=6)
    before = encoder.transform([["b"]]) @ weights
    encoder.partial_fit([["b"]] * 30)
    moved = transfer_weights(weights, encoder.column_changes_)
    assert encoder.transform([["b"]]) @ moved == pytest.approx(before, abs=1e-12)


@pytest.mark.parametrize("changes", [None, 3, "frame", "encoder"], ids=str)
def test_what_are_no_changes(changes):
    encoder = HybridHashEncoder(top_k=1, n_buckets=5).partial_fit([["a"], ["b"]])
    given = {"frame": encoder.column_changes_.to_frame(), "encoder": encoder}.get(changes, changes)
    with pytest.raises(TypeError, match=r"changes must be ColumnChanges, not a .*Pass column_changes_"):
        transfer_weights(np.zeros(6), given)


@pytest.mark.parametrize("axis", [None, "0", 1.0])
def test_an_axis_that_is_none(axis):
    encoder = HybridHashEncoder(top_k=1, n_buckets=5).partial_fit([["a"], ["b"]])
    with pytest.raises(TypeError, match="axis must be a number"):
        transfer_weights(np.zeros(6), encoder.column_changes_, axis=axis)


def test_frames_of_changes_are_of_the_same_types_with_and_without_rows():
    encoder = HybridHashEncoder(top_k=1, n_buckets=5).partial_fit([["a"], ["b"]])
    none = encoder.column_changes_.to_frame()
    some = encoder.partial_fit([["b"]] * 9).column_changes_.to_frame()
    assert len(some) == 1
    assert none.dtypes.equals(some.dtypes)
