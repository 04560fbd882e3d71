import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given

torch = pytest.importorskip("torch")
from tests.layers import GOOD, ROWS, SETTINGS, TRAIN, close, double, encode, frame  # noqa: E402


@given(SETTINGS, ROWS, ROWS)
def test_csr_gives_the_product_with_the_table(settings, fitted, rows):
    encoder = encode(frame(fitted), **settings)
    embedding = double(encoder)
    csr = encoder.transform(frame(rows))
    product = torch.from_numpy(csr @ embedding.weight.detach().numpy())
    close(embedding(csr).sum(dim=1), product)


def test_lists_come_as_csr():
    X = pd.DataFrame({"tags": [["a", "b"], ["a"], [], None, ["c", "c", "d"]]})
    encoder = encode(X, top_k=1, tail_indicator=True)
    embedding = double(encoder)
    table = embedding.weight.detach()
    expected = torch.from_numpy(encoder.transform(X).toarray()) @ table
    close(embedding(encoder.transform(X))[:, 0], expected)


@pytest.mark.parametrize(
    "settings",
    [{}, {"tail_weight": 1}, {"n_hashes": 1, "tail_weight": 1}, {"tail_indicator": True}],
    ids=["hybrid", "plain sum", "frequency", "indicator"],
)
def test_sum(settings):
    encoder = encode(TRAIN[["city"]], top_k=1, **settings)
    embedding = double(encoder)
    table = embedding.weight.detach()
    rows = pd.DataFrame({"city": ["Oslo", "Lima"]})
    (slot, *_), pair = encoder.encode_indices(rows)[:, 0].tolist()
    head, tail = embedding(encoder.encode_indices(rows))[:, 0]
    close(head, table[slot])
    buckets = encoder.tail_weight * table[pair].sum(dim=0)
    close(tail, buckets + table[-1] if encoder.tail_indicator else buckets)


@pytest.mark.parametrize("n_hashes", [1, 2])
def test_concat(n_hashes):
    encoder = encode(TRAIN[["city"]], top_k=1, n_hashes=n_hashes, tail_indicator=True)
    embedding = double(encoder, "concat")
    table = embedding.weight.detach()
    rows = pd.DataFrame({"city": ["Oslo", "Lima"]})
    (slot, *_), pair = encoder.encode_indices(rows)[:, 0].tolist()
    head, tail = embedding(encoder.encode_indices(rows))[:, 0]
    close(head, table[slot])
    close(tail, torch.cat([table[pair[0], :2], table[pair[-1], 2:]]))


def test_concat_knows_the_order_of_a_pair():
    encoder = encode(TRAIN[["city"]])
    pair = np.array([[[3, 5]], [[5, 3]]], dtype=np.int32)
    there, back = double(encoder, "concat")(pair)
    assert not torch.allclose(there, back)
    there, back = double(encoder, "sum")(pair)
    close(there, back)


@pytest.mark.parametrize("combine", ["sum", "concat"])
def test_a_single_bucket_gives_its_whole_vector(combine):
    encoder = encode(TRAIN[["city"]], top_k=0, n_buckets=1, tail_weight=1)
    embedding = double(encoder, combine)
    vectors = embedding(encoder.encode_indices(TRAIN[["city"]]))
    close(vectors, embedding.weight.detach().expand_as(vectors))


@pytest.mark.parametrize("combine", ["sum", "concat"])
def test_nothing_gives_zeros_and_no_gradient(combine):
    encoder = encode(handle_missing="ignore")
    embedding = double(encoder, combine, sparse=True)
    nothing = encoder.encode_indices(pd.DataFrame({"city": [None], "device": [None]}))
    vectors = embedding(nothing)
    assert not vectors.any()
    vectors.sum().backward()
    assert embedding.weight.grad.coalesce().indices().numel() == 0


@pytest.mark.parametrize("combine", ["sum", "concat"])
@pytest.mark.parametrize("sparse", [False, True])
def test_gradients(combine, sparse):
    encoder = encode()
    embedding = double(encoder, combine, sparse=sparse)
    indices = encoder.encode_indices(TRAIN)
    weights = torch.randn(len(TRAIN), 2, 4, dtype=torch.float64)
    (embedding(indices) * weights).sum().backward()
    assert embedding.weight.grad.is_sparse == sparse
    close(embedding.weight.grad.to_dense(), by_hand(encoder, indices, weights, combine))


def by_hand(encoder, indices, weights, combine):
    """The gradient of a weighted sum of all vectors, cell by cell."""
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


@pytest.mark.parametrize("optimiser", [torch.optim.SGD, torch.optim.SparseAdam])
def test_sparse_training_moves_only_what_was_met(optimiser):
    encoder = encode()
    embedding = double(encoder, sparse=True)
    before = embedding.weight.detach().clone()
    indices = encoder.encode_indices(TRAIN[:3])
    update = optimiser(embedding.parameters(), lr=0.1)
    embedding(indices).square().sum().backward()
    update.step()
    moved = (embedding.weight.detach() != before).any(dim=1).nonzero().ravel().tolist()
    assert moved == sorted(set(indices[indices >= 0].tolist()))


@pytest.mark.parametrize("n_rows", [0, 1])
def test_few_rows(n_rows):
    embedding = double(encode())
    assert embedding(GOOD[:n_rows]).shape == (n_rows, 2, 4)
    csr = sp.csr_array((n_rows, len(embedding.weight)))
    assert embedding(csr).shape == (n_rows, 2, 4)


def test_an_encoder_without_output_columns():
    encoder = encode(top_k=0, n_buckets=0)
    embedding = double(encoder)
    assert not embedding(encoder.encode_indices(TRAIN)).any()
    assert not embedding(encoder.transform(TRAIN)).any()
