import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder, transfer_weights

torch = pytest.importorskip("torch")
from tests.layers import OTHER, ROWS, SETTINGS, TRAIN, close, double, encode, frame, from_encoder  # noqa: E402


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
