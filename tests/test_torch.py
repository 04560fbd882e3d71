import copy
import io
import json
import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from hybrid_encoder import HybridHashEncoder, transfer_weights

torch = pytest.importorskip("torch")
from hybrid_encoder.torch import HybridHashEmbedding  # noqa: E402

from_encoder = HybridHashEmbedding.from_encoder

TRAIN = pd.DataFrame(
    {
        "city": ["Oslo", "Oslo", "Rome", "Lima", "Pisa", None, "Bonn", "Oslo", "Nice", "Cork"],
        "device": [7.0, 7.0, 3.0, 1.0, 2.0, None, 5.0, 7.0, 3.0, 9.0],
    }
)
OTHER = pd.DataFrame(
    {
        "city": ["Rome", "Rome", "Rome", "Lima", "Lima", None, "Genoa", "Oslo", "Nice", "Cork"],
        "device": [3.0, 3.0, 3.0, 1.0, 2.0, None, 5.0, 7.0, 4.0, 4.0],
    }
)


def encode(X=TRAIN, **settings):
    return HybridHashEncoder(**{"top_k": 2, "n_buckets": 7} | settings).fit(X)


GOOD = encode().encode_indices(TRAIN)[:3]


def double(encoder, combine="sum", dim=4, **settings):
    """A layer in double precision, so that the order of a sum does not show."""
    return from_encoder(encoder, dim, combine, dtype=torch.float64, **settings)


def close(a, b):
    torch.testing.assert_close(a, b, rtol=0, atol=1e-12)


CELLS = st.sampled_from([None, "a", "b", "c", "d", "e", "f", "never seen"])
ROWS = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=20)
SETTINGS = st.fixed_dictionaries(
    {
        "top_k": st.integers(0, 4) | st.none(),
        "n_buckets": st.integers(1, 6),
        "n_hashes": st.integers(1, 2),
        "tail_weight": st.sampled_from([0.3, 0.5, 1.0]),
        "tail_indicator": st.booleans(),
        "handle_missing": st.sampled_from(["value", "ignore"]),
        "seed": st.integers(0, 2**32 - 1),
    }
)


def frame(rows):
    return pd.DataFrame(rows, columns=["x", "y"], dtype=object)


@given(SETTINGS, ROWS, ROWS, st.booleans())
def test_indices_and_csr_give_the_same(settings, fitted, rows, no_buckets):
    # A dropped tail and an ignored missing value look alike in indices, see below.
    ambiguous = settings["tail_indicator"] and settings["handle_missing"] == "ignore"
    if no_buckets and not ambiguous:
        settings["n_buckets"] = 0
    encoder = encode(frame(fitted), **settings)
    embedding = double(encoder)
    close(
        embedding(encoder.encode_indices(frame(rows))),
        embedding(encoder.transform(frame(rows))),
    )


@given(SETTINGS, ROWS, ROWS)
def test_csr_gives_the_product_with_the_table(settings, fitted, rows):
    encoder = encode(frame(fitted), **settings)
    embedding = double(encoder)
    csr = encoder.transform(frame(rows))
    product = torch.from_numpy(csr @ embedding.weight.detach().numpy())
    close(embedding(csr).sum(dim=1), product)


def as_matrix(csr):
    return sp.csr_matrix(csr)


def as_array(csr):
    return sp.csr_array(csr)


def as_unsorted(csr):
    order = np.concatenate(
        [np.arange(begin, end)[::-1] for begin, end in zip(csr.indptr, csr.indptr[1:])]
    )
    return sp.csr_array((csr.data[order], csr.indices[order], csr.indptr), shape=csr.shape)


def as_tensor(csr):
    parts = (torch.from_numpy(part) for part in (csr.indptr, csr.indices, csr.data))
    return torch.sparse_csr_tensor(*parts, size=csr.shape, check_invariants=True)


@pytest.mark.parametrize("form", [as_matrix, as_array, as_unsorted, as_tensor])
# PyTorch says once per process that its sparse CSR tensors are in beta.
@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta")
def test_forms_of_csr(form):
    encoder = encode()
    embedding = double(encoder)
    close(embedding(form(encoder.transform(TRAIN))), embedding(encoder.encode_indices(TRAIN)))


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy])
def test_forms_of_indices(dtype, form):
    encoder = encode()
    embedding = double(encoder)
    indices = form(encoder.encode_indices(TRAIN).astype(dtype))
    assert embedding(indices).shape == (len(TRAIN), 2, 4)
    close(embedding(indices), embedding(encoder.encode_indices(TRAIN)))


def test_arrays_that_torch_cannot_share():
    encoder = encode()
    embedding = double(encoder)
    indices, csr = encoder.encode_indices(TRAIN), encoder.transform(TRAIN)
    for array in (indices, csr.data, csr.indices, csr.indptr):
        array.flags.writeable = False
    close(embedding(indices[::-1]), embedding(csr).flip(0))


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


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_dtypes_and_size(dtype):
    encoder = encode()
    embedding = from_encoder(encoder, 4).to(dtype)
    assert embedding(encoder.encode_indices(TRAIN)).dtype == dtype
    assert embedding(encoder.transform(TRAIN)).dtype == dtype
    assert embedding.n_bytes == encoder.n_features_out_ * 4 * dtype.itemsize


def test_a_device_without_memory():
    embedding = from_encoder(encode(), 4).to("meta")
    assert {buffer.device.type for buffer in embedding.buffers()} == {"meta"}


def garbage(encoder):
    """A layer that was made without memory and then given some, with anything in it."""
    embedding = double(encoder, device="meta").to_empty(device="cpu")
    for tensor in (*embedding.parameters(), *embedding.buffers()):
        tensor.detach().fill_(77)
    return embedding


@pytest.mark.parametrize(
    ("make", "assign"),
    [(garbage, False), (garbage, True), (lambda encoder: double(encoder, device="meta"), True)],
    ids=["copied", "assigned", "assigned without memory"],
)
def test_a_state_loads_into_a_layer_made_without_memory(make, assign):
    encoder = encode(tail_indicator=True)
    embedding, other = double(encoder), make(encoder)
    other.load_state_dict(embedding.state_dict(), assign=assign)
    indices = encoder.encode_indices(TRAIN)
    assert torch.equal(other(indices), embedding(indices))


def test_reset_parameters_makes_a_layer_whole():
    encoder = encode()
    embedding = garbage(encoder)
    embedding.reset_parameters()
    assert torch.equal(double(encoder).layout, embedding.layout)
    close(embedding(encoder.encode_indices(TRAIN)), embedding(encoder.transform(TRAIN)))


COMPILERS = {
    "compile": lambda layer, _: torch.compile(layer, backend="aot_eager", fullgraph=True),
    "export": lambda layer, example: torch.export.export(
        layer, (example,), dynamic_shapes=({0: torch.export.Dim.DYNAMIC},)
    ).module(),
}


@pytest.mark.parametrize("name", COMPILERS)
@pytest.mark.parametrize("combine", ["sum", "concat"])
def test_compilers_take_the_layer_whole(name, combine):
    encoder = encode(tail_indicator=True, handle_missing="ignore")
    embedding = double(encoder, combine)
    indices = torch.from_numpy(encoder.encode_indices(TRAIN))
    close(COMPILERS[name](embedding, indices[:5])(indices), embedding(indices))


def saved(module):
    stream = io.BytesIO()
    torch.save(module.state_dict(), stream)
    stream.seek(0)
    return torch.load(stream, weights_only=True)


def loaded(embedding, encoder):
    other = double(encoder, embedding.combine)
    other.load_state_dict(saved(embedding))
    return other


COPIES = {
    "state": loaded,
    "state alone": lambda embedding, _: HybridHashEmbedding.from_state_dict(saved(embedding)),
    "config": lambda embedding, _: with_weight(embedding, HybridHashEmbedding(**embedding.config)),
    "pickle": lambda embedding, _: pickle.loads(pickle.dumps(embedding)),
    "deepcopy": lambda embedding, _: copy.deepcopy(embedding),
}


def with_weight(embedding, other):
    other = other.double()
    other.load_state_dict(embedding.state_dict())
    return other


@pytest.mark.parametrize("name", COPIES)
@pytest.mark.parametrize("combine", ["sum", "concat"])
def test_copies(name, combine):
    encoder = encode(tail_indicator=True, seed=2**32 - 1)
    embedding = double(encoder, combine)
    other = COPIES[name](embedding, encoder)
    indices = encoder.encode_indices(TRAIN)
    assert other.config == embedding.config
    assert torch.equal(other(indices), embedding(indices))


@pytest.mark.parametrize(
    ("settings", "combine", "named"),
    [
        ({"top_k": 1, "n_buckets": 8}, "sum", "n_slots, n_buckets"),
        ({"seed": 1}, "sum", "seed"),
        ({"tail_weight": 1}, "sum", "tail_weight"),
        ({"n_hashes": 1}, "sum", "n_hashes"),
        ({"handle_missing": "ignore"}, "sum", "ignore_missing"),
        ({}, "concat", "combine"),
    ],
)
def test_a_state_of_another_layout_is_refused(settings, combine, named):
    embedding = double(encode())
    before = embedding.weight.detach().clone()
    model = torch.nn.Sequential(embedding)
    other = torch.nn.Sequential(double(encode(**settings), combine))
    with pytest.raises(RuntimeError, match=rf"0\.layout: .* another encoder: {named} differ"):
        model.load_state_dict(other.state_dict())
    assert torch.equal(embedding.weight, before)


def test_another_state_is_refused():
    with pytest.raises(ValueError, match=r"entries \['weight'\], not those of a HybridHashEmbedding"):
        HybridHashEmbedding.from_state_dict(torch.nn.Embedding(3, 2).state_dict())


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        (b"{x", "cannot be read: the state is damaged"),
        (b"\xff\xfe\x01", "cannot be read: the state is damaged"),
        (b"[1]", "cannot be read: the state is damaged"),
        (json.dumps(from_encoder(encode(), 4).config | {"newer": 1}).encode(), "entries newer"),
        (b"{}", "entries combine, embedding_dim, ignore_missing"),
    ],
    ids=["not JSON", "not text", "a list", "a newer one", "empty"],
)
@pytest.mark.parametrize(
    "load",
    [HybridHashEmbedding.from_state_dict, from_encoder(encode(), 4).load_state_dict],
    ids=["alone", "into a layer"],
)
def test_a_layout_that_cannot_be_read(layout, message, load):
    state = from_encoder(encode(), 4).state_dict()
    state["layout"] = torch.tensor(list(layout), dtype=torch.uint8)
    with pytest.raises(ValueError, match=message):
        load(state)


@given(SETTINGS, SETTINGS, ROWS, ROWS, st.sampled_from(["sum", "concat"]))
def test_transfer_does_not_move_the_new_head(settings, new_settings, fitted, refitted, combine):
    old, new = encode(frame(fitted), **settings), encode(frame(refitted), **new_settings)
    embedding = double(old, combine)
    moved = embedding.transfer(old, new)
    for column, values in enumerate(new.vocabularies_):
        rows = frame([(value, value) for value in values.tolist()])
        if len(rows):
            before = embedding(old.encode_indices(rows))[:, column]
            after = moved(new.encode_indices(rows))[:, column]
            close(after, before)


@given(SETTINGS, ROWS, ROWS, st.sampled_from(["sum", "concat"]))
def test_transfer_between_equals_moves_nothing(settings, fitted, rows, combine):
    old, new = encode(frame(fitted), **settings), encode(frame(fitted), **settings)
    embedding = double(old, combine)
    assert torch.equal(embedding.transfer(old, new).weight, embedding.weight)


def buckets_of(encoder, embedding, column):
    begin = int(encoder._layout.starts[column] + encoder._layout.n_slots[column])
    return embedding.weight[begin : begin + int(encoder.n_buckets_[column])]


@pytest.mark.parametrize(
    ("settings", "kept"),
    [
        ({}, [True, True]),
        ({"top_k": 4, "tail_indicator": True}, [True, True]),
        ({"n_buckets": {"city": 7, "device": 8}}, [True, False]),
        ({"seed": 1}, [False, False]),
        ({"n_hashes": 1}, [False, False]),
    ],
)
def test_transfer_keeps_buckets_that_mean_the_same(settings, kept):
    old, new = encode(), encode(OTHER, **settings)
    embedding = double(old)
    moved = embedding.transfer(old, new)
    assert kept == [
        torch.equal(buckets_of(old, embedding, column), buckets_of(new, moved, column))
        for column in range(2)
    ]


@pytest.mark.parametrize("combine", ["sum", "concat"])
@pytest.mark.parametrize(
    ("settings", "new_settings"),
    [
        ({"tail_weight": 0.25}, {"tail_weight": 1}),
        ({}, {"tail_indicator": True}),
        ({"tail_indicator": True}, {"tail_weight": 0.1, "tail_indicator": True}),
    ],
    ids=["weight", "new indicator", "weight and indicator"],
)
def test_transfer_to_other_settings_moves_nothing(settings, new_settings, combine):
    old, new = encode(**settings), encode(**new_settings)
    embedding = double(old, combine)
    moved = embedding.transfer(old, new)
    close(moved(new.encode_indices(OTHER)), embedding(old.encode_indices(OTHER)))


def test_transfer_keeps_indicators():
    old, new = encode(tail_indicator=True), encode(OTHER, top_k=3, tail_indicator=True)
    embedding = double(old)
    moved = embedding.transfer(old, new)
    ends, new_ends = old._layout.starts[1:] - 1, new._layout.starts[1:] - 1
    assert torch.equal(moved.weight[new_ends.tolist()], embedding.weight[ends.tolist()])


def test_transfer_in_columns_of_lists():
    old = encode(pd.DataFrame({"tags": [["a", "b"], ["a"], ["c"]]}), top_k=1)
    new = encode(pd.DataFrame({"tags": [["a", "b"], ["b"], ["b"]]}), top_k=2)
    embedding = double(old)
    moved = embedding.transfer(old, new)
    rows = pd.DataFrame({"tags": [["b", "a", "b"], ["z"]]})
    close(moved(new.transform(rows)), embedding(old.transform(rows)))


@given(SETTINGS, st.lists(ROWS, min_size=2, max_size=4), st.sampled_from(["sum", "concat"]))
def test_following_changes_moves_no_value_but_those_displaced(settings, batches, combine):
    encoder = HybridHashEncoder(**settings, decay=0.5).partial_fit(frame(batches[0]))
    embedding = double(encoder, combine)
    everything = frame([(value, value) for value in [None, *"abcdef", "never seen"]])
    for batch in batches[1:]:
        before = embedding(encoder.encode_indices(everything))
        changes = encoder.partial_fit(frame(batch)).column_changes_
        after = embedding.follow(changes)(encoder.encode_indices(everything))
        for column, name in enumerate(everything):
            own = (changes.input_columns == name) & ~changes.was_free
            stays = ~everything[name].isin(changes.old_values[own]).to_numpy()
            close(after[stays, column], before[stays, column])


def test_following_keeps_the_parameter_and_its_gradient():
    encoder = HybridHashEncoder(top_k=1, n_buckets=7).partial_fit(TRAIN)
    embedding = double(encoder)
    weight = embedding.weight
    embedding(encoder.encode_indices(TRAIN)).sum().backward()
    changes = encoder.partial_fit(pd.concat([OTHER] * 5)).column_changes_
    assert len(changes)
    assert embedding.follow(changes) is embedding
    assert embedding.weight is weight
    assert weight.requires_grad
    assert weight.grad is not None


def test_changes_of_another_width_are_refused():
    encoder = HybridHashEncoder(top_k=1, n_buckets=7).partial_fit(TRAIN)
    with pytest.raises(ValueError, match=r"16 output columns, n_hashes=2.*this layer is for 18, 2"):
        double(encode()).follow(encoder.column_changes_)


@pytest.mark.parametrize(
    ("settings", "X"),
    [
        ({"n_hashes": 1}, TRAIN),
        ({"tail_weight": 0.5}, TRAIN),
        ({"top_k": {"city": 1, "device": 3}, "n_buckets": 7}, TRAIN),
    ],
    ids=str,
)
def test_changes_of_another_encoder_of_the_same_width_are_refused(settings, X):
    other = HybridHashEncoder(**{"top_k": 2, "n_buckets": 7} | settings).partial_fit(X)
    other.partial_fit(pd.concat([OTHER] * 9))
    assert len(other.column_changes_)
    with pytest.raises(ValueError, match="Pass column_changes_ of the encoder that it was made from"):
        double(encode()).follow(other.column_changes_)


def test_weights_of_other_modules_are_transferred_as_tensors():
    encoder = HybridHashEncoder(top_k=1, n_buckets=7, dtype=np.float32).partial_fit(TRAIN)
    linear = torch.nn.Linear(encoder.n_features_out_, 2)
    promoted = pd.DataFrame({"city": ["Rome"], "device": [3.0]})

    def decision():
        return linear(torch.tensor(encoder.transform(promoted).toarray()))

    before = decision()
    encoder.partial_fit(pd.concat([OTHER] * 5))
    weight = transfer_weights(linear.weight, encoder.column_changes_)
    assert (weight.dtype, weight.requires_grad) == (torch.float32, False)
    with torch.no_grad():
        linear.weight.copy_(weight)
    torch.testing.assert_close(decision(), before)


def test_a_new_layer_for_an_encoder_with_free_slots():
    old = encode()
    new = HybridHashEncoder(top_k=9, n_buckets=7).partial_fit(TRAIN)
    embedding = double(old)
    close(embedding.transfer(old, new)(new.encode_indices(TRAIN)), embedding(old.encode_indices(TRAIN)))


@pytest.mark.parametrize("learning", [True, False])
def test_transfer_keeps_what_is_not_learnt(learning):
    old = encode()
    embedding = from_encoder(old, 4, "concat", sparse=True).half().train(learning)
    embedding.weight.requires_grad_(learning)
    moved = embedding.transfer(old, encode(OTHER))
    assert (moved.weight.dtype, moved.combine, moved.sparse) == (torch.float16, "concat", True)
    assert (moved.weight.requires_grad, moved.training) == (learning, learning)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (encode(seed=1), encode(), "not of old_encoder: they differ in seed"),
        (encode(), encode(TRAIN[["city"]]), "different columns"),
        (encode(), encode(TRAIN.rename(columns={"city": "town"})), "different columns"),
        (encode(), encode(TRAIN.astype({"device": "string"})), "'device' is of number in old_encoder"),
    ],
    ids=["another layer", "fewer", "names", "kinds"],
)
def test_transfer_refuses(old, new, message):
    with pytest.raises(ValueError, match=message):
        from_encoder(encode(), 4).transfer(old, new)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"embedding_dim": 0}, "'embedding_dim' .* int in the range .* Got 0"),
        ({"embedding_dim": 2.5}, "'embedding_dim' .* Got 2.5"),
        ({"embedding_dim": None}, "'embedding_dim' .* Got None"),
        ({"embedding_dim": float("nan")}, "'embedding_dim' .* Got nan"),
        ({"embedding_dim": 3, "combine": "concat"}, "embedding_dim=3 must be even"),
        ({"combine": "mean"}, "'combine' .* Got 'mean'"),
        ({"n_hashes": 3}, r"'n_hashes' .* range \[1, 2\]. Got 3"),
        ({"tail_weight": float("nan")}, "'tail_weight' .* Got nan"),
        ({"seed": -1}, "'seed' .* Got -1"),
        ({"n_slots": [-1]}, r"n_slots=\[-1\] must be whole numbers of at least 0"),
        ({"n_slots": [1.5]}, r"n_slots=\[1.5\] must be whole numbers"),
        ({"n_slots": []}, r"n_slots=\[\] must be whole numbers"),
        ({"n_buckets": 2}, "n_buckets=2 must be whole numbers of at least 0, one per column"),
        ({"n_slots": [1, 2]}, "n_slots is of 2 columns and n_buckets of 1"),
    ],
)
def test_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        HybridHashEmbedding(**{"embedding_dim": 4, "n_slots": [1], "n_buckets": [2]} | arguments)


def test_numbers_of_numpy():
    settings = {
        "n_hashes": np.int64(2),
        "tail_weight": np.float32(0.5),
        "tail_indicator": np.bool_(True),
    }
    embedding = HybridHashEmbedding(
        np.int64(4), np.array([1]), np.array([2]), seed=np.uint32(7), **settings
    )
    assert embedding.config == HybridHashEmbedding.from_state_dict(embedding.state_dict()).config
    assert {type(value) for value in embedding.config.values()} == {int, float, bool, str, list}


def test_defaults_are_those_of_the_encoder():
    ours, theirs = HybridHashEmbedding(4, [1], [2]).config, HybridHashEncoder().get_params()
    shared = ("n_hashes", "tail_weight", "tail_indicator", "seed")
    assert [ours[name] for name in shared] == [theirs[name] for name in shared]


@pytest.mark.parametrize(
    ("encoder", "words"),
    [
        (
            make_pipeline(encode()),
            r"it is a Pipeline\. Pass the one in it: model\['hybridhashencoder'\]",
        ),
        (OneHotEncoder().fit(TRAIN), r"it is a OneHotEncoder\. Pass a fitted HybridHashEncoder"),
    ],
)
def test_another_encoder_is_refused(encoder, words):
    with pytest.raises(TypeError, match=f"must be a HybridHashEncoder; {words}"):
        from_encoder(encoder, 4)


def test_an_encoder_that_is_not_fitted():
    with pytest.raises(NotFittedError):
        from_encoder(HybridHashEncoder(), 4)


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (GOOD[0], ValueError, r"shape \(2, 2\), and this layer takes \(n_samples, 2, 2\)"),
        (GOOD[:, :1], ValueError, r"shape \(3, 1, 2\)"),
        (GOOD[..., :1], ValueError, r"shape \(3, 2, 1\)"),
        (GOOD.astype(np.int16), TypeError, "of torch.int16, and must be of int32 or int64"),
        (GOOD.astype(float), TypeError, "of torch.float64"),
        (GOOD + 99, ValueError, "Row 0, column 0: index 99 is of no slot or bucket of this column"),
        (GOOD - 2, ValueError, "Row 0, column 0: index -2 is of no slot"),
        (GOOD[:, ::-1], ValueError, "Row 0, column 0: index 9 is of no slot"),
        (np.repeat(GOOD[:, :1], 2, axis=1), ValueError, "Row 0, column 1: index 0 is of no slot"),
        (TRAIN, TypeError, "not a DataFrame"),
        (sp.csr_array((3, 17)), ValueError, r"shape \(3, 17\), and this layer takes \(n_samples, 18\)"),
        (sp.csr_array(([1.0], [18], [0, 1]), (1, 18)), ValueError, "column number 18, outside its 18"),
        (sp.csc_array((3, 18)), TypeError, "in the format csc"),
        (torch.zeros(3, 18).to_sparse(), TypeError, "in the format torch.sparse_coo"),
    ],
)
def test_input_that_is_refused(X, error, message):
    with pytest.raises(error, match=message):
        from_encoder(encode(), 4)(X)


def test_concat_refuses_csr():
    encoder = encode()
    with pytest.raises(ValueError, match="Pass what encode_indices gave"):
        from_encoder(encoder, 4, "concat")(encoder.transform(TRAIN))


def test_indices_that_do_not_tell_tail_from_missing_are_refused():
    encoder = encode(n_buckets=0, tail_indicator=True, handle_missing="ignore")
    embedding = double(encoder)
    with pytest.raises(ValueError, match="Pass what transform gave"):
        embedding(encoder.encode_indices(TRAIN))
    assert embedding(encoder.transform(TRAIN)).shape == (len(TRAIN), 2, 4)


def test_without_torch_the_error_names_the_extra():
    program = (
        "import sys, hybrid_encoder\n"
        "sys.modules['torch'] = None\n"
        "try:\n    import hybrid_encoder.torch\nexcept ImportError as error:\n    print(error)"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert 'pip install "hybrid-encoder[torch]"' in shown.stdout
