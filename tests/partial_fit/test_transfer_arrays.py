"""`transfer_weights` of weights of any shape and container, and its errors."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from sklearn.linear_model import LogisticRegression

from hybrid_encoder import HybridHashEncoder, transfer_weights

# "c" takes a free slot, and "d" replaces "b".
ENCODER = HybridHashEncoder(top_k=3, n_buckets=5).partial_fit([["a"], ["a"], ["b"]])
ENCODER.partial_fit([["c"]] * 9 + [["d"]] * 8)
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
def test_any_shape_dtype_and_memory_layout(shape, axis, dtype, order):
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
def test_weights_in_any_container(make):
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
    """An object that is not an array."""


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
def test_invalid_weights_raise(weights, axis, error, words):
    with pytest.raises(error, match=words):
        transfer_weights(weights, ENCODER.column_changes_, axis)


def test_a_torch_module_raises():
    nn = pytest.importorskip("torch.nn")
    with pytest.raises(TypeError, match=r"not a Linear of object\. Pass coef_"):
        transfer_weights(nn.Linear(WIDTH, 1), ENCODER.column_changes_)


@pytest.mark.parametrize("changes", [None, 3, "frame", "encoder"], ids=str)
def test_invalid_changes_raise(changes):
    encoder = HybridHashEncoder(top_k=1, n_buckets=5).partial_fit([["a"], ["b"]])
    given = {"frame": encoder.column_changes_.to_frame(), "encoder": encoder}.get(changes, changes)
    with pytest.raises(TypeError, match=r"changes must be ColumnChanges, not a .*Pass column_changes_"):
        transfer_weights(np.zeros(6), given)


@pytest.mark.parametrize("axis", [None, "0", 1.0])
def test_an_invalid_axis_raises(axis):
    encoder = HybridHashEncoder(top_k=1, n_buckets=5).partial_fit([["a"], ["b"]])
    with pytest.raises(TypeError, match="axis must be a number"):
        transfer_weights(np.zeros(6), encoder.column_changes_, axis=axis)
