import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given

torch = pytest.importorskip("torch")
from tests.layers import (  # noqa: E402
    INDICES,
    ROWS,
    SETTINGS,
    TRAIN,
    assert_close,
    fit_encoder,
    make_frame,
    make_layer,
)


@given(SETTINGS, ROWS, ROWS)
def test_csr_times_table(settings, fitted, rows):
    encoder = fit_encoder(make_frame(fitted), **settings)
    embedding = make_layer(encoder)
    csr = encoder.transform(make_frame(rows))
    product = torch.from_numpy(csr @ embedding.weight.detach().numpy())
    assert_close(embedding(csr).sum(dim=1), product)


def test_columns_of_lists():
    X = pd.DataFrame({"tags": [["a", "b"], ["a"], [], None, ["c", "c", "d"]]})
    encoder = fit_encoder(X, top_k=1, tail_indicator=True)
    embedding = make_layer(encoder)
    table = embedding.weight.detach()
    expected = torch.from_numpy(encoder.transform(X).toarray()) @ table
    assert_close(embedding(encoder.transform(X))[:, 0], expected)


@pytest.mark.parametrize(
    "settings",
    [{}, {"tail_weight": 1}, {"n_hashes": 1, "tail_weight": 1}, {"tail_indicator": True}],
    ids=["hybrid", "plain sum", "frequency", "indicator"],
)
def test_sum(settings):
    encoder = fit_encoder(TRAIN[["city"]], top_k=1, **settings)
    embedding = make_layer(encoder)
    table = embedding.weight.detach()
    rows = pd.DataFrame({"city": ["Oslo", "Lima"]})
    (slot, *_), pair = encoder.encode_indices(rows)[:, 0].tolist()
    head, tail = embedding(encoder.encode_indices(rows))[:, 0]
    assert_close(head, table[slot])
    buckets = encoder.tail_weight * table[pair].sum(dim=0)
    assert_close(tail, buckets + table[-1] if encoder.tail_indicator else buckets)


@pytest.mark.parametrize("n_hashes", [1, 2])
def test_concat(n_hashes):
    encoder = fit_encoder(TRAIN[["city"]], top_k=1, n_hashes=n_hashes, tail_indicator=True)
    embedding = make_layer(encoder, "concat")
    table = embedding.weight.detach()
    rows = pd.DataFrame({"city": ["Oslo", "Lima"]})
    (slot, *_), pair = encoder.encode_indices(rows)[:, 0].tolist()
    head, tail = embedding(encoder.encode_indices(rows))[:, 0]
    assert_close(head, table[slot])
    assert_close(tail, torch.cat([table[pair[0], :2], table[pair[-1], 2:]]))


def test_concat_depends_on_the_order_of_buckets():
    encoder = fit_encoder(TRAIN[["city"]])
    pair = np.array([[[3, 5]], [[5, 3]]], dtype=np.int32)
    vectors, swapped = make_layer(encoder, "concat")(pair)
    assert not torch.allclose(vectors, swapped)
    vectors, swapped = make_layer(encoder, "sum")(pair)
    assert_close(vectors, swapped)


@pytest.mark.parametrize("combine", ["sum", "concat"])
def test_a_single_bucket_gives_its_full_vector(combine):
    encoder = fit_encoder(TRAIN[["city"]], top_k=0, n_buckets=1, tail_weight=1)
    embedding = make_layer(encoder, combine)
    vectors = embedding(encoder.encode_indices(TRAIN[["city"]]))
    assert_close(vectors, embedding.weight.detach().expand_as(vectors))


@pytest.mark.parametrize("combine", ["sum", "concat"])
def test_ignored_missing_values_give_zeros_and_no_gradient(combine):
    encoder = fit_encoder(handle_missing="ignore")
    embedding = make_layer(encoder, combine, sparse=True)
    missing = encoder.encode_indices(pd.DataFrame({"city": [None], "device": [None]}))
    vectors = embedding(missing)
    assert not vectors.any()
    vectors.sum().backward()
    assert embedding.weight.grad.coalesce().indices().numel() == 0


@pytest.mark.parametrize("combine", ["sum", "concat"])
@pytest.mark.parametrize("sparse", [False, True])
def test_gradients(combine, sparse):
    encoder = fit_encoder()
    embedding = make_layer(encoder, combine, sparse=sparse)
    indices = encoder.encode_indices(TRAIN)
    weights = torch.randn(len(TRAIN), 2, 4, dtype=torch.float64)
    (embedding(indices) * weights).sum().backward()
    assert embedding.weight.grad.is_sparse == sparse
    assert_close(embedding.weight.grad.to_dense(), expected_gradient(encoder, indices, weights, combine))


def expected_gradient(encoder, indices, weights, combine):
    """Gradient of a weighted sum of all vectors, cell by cell."""
    grad = torch.zeros(encoder.n_features_out_, 4, dtype=torch.float64)
    for cell, (first, second) in zip(weights.reshape(-1, 4), indices.reshape(-1, 2).tolist()):
        if second < 0:
            grad[first] += cell
        elif combine == "sum":
            grad[[first, second]] += encoder.tail_weight * cell
        else:
            grad[first, :2] += cell[:2]
            grad[second, 2:] += cell[2:]
    return grad


@pytest.mark.parametrize("optimizer_class", [torch.optim.SGD, torch.optim.SparseAdam])
def test_sparse_training_updates_only_the_rows_used(optimizer_class):
    encoder = fit_encoder()
    embedding = make_layer(encoder, sparse=True)
    before = embedding.weight.detach().clone()
    indices = encoder.encode_indices(TRAIN[:3])
    optimizer = optimizer_class(embedding.parameters(), lr=0.1)
    embedding(indices).square().sum().backward()
    optimizer.step()
    changed = (embedding.weight.detach() != before).any(dim=1).nonzero().ravel().tolist()
    assert changed == sorted(set(indices[indices >= 0].tolist()))


@pytest.mark.parametrize("n_rows", [0, 1])
def test_few_rows(n_rows):
    embedding = make_layer(fit_encoder())
    assert embedding(INDICES[:n_rows]).shape == (n_rows, 2, 4)
    csr = sp.csr_array((n_rows, len(embedding.weight)))
    assert embedding(csr).shape == (n_rows, 2, 4)


def test_an_encoder_without_output_columns():
    encoder = fit_encoder(top_k=0, n_buckets=0)
    embedding = make_layer(encoder)
    assert not embedding(encoder.encode_indices(TRAIN)).any()
    assert not embedding(encoder.transform(TRAIN)).any()
