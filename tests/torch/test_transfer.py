import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder, transfer_weights

torch = pytest.importorskip("torch")
from tests.layers import OTHER, ROWS, SETTINGS, TRAIN, assert_close, fit_encoder, make_frame, make_layer  # noqa: E402


@given(SETTINGS, st.lists(ROWS, min_size=2, max_size=4), st.sampled_from(["sum", "concat"]))
def test_follow_changes_the_vectors_of_displaced_values_only(settings, batches, combine):
    encoder = HybridHashEncoder(**settings, decay=0.5).partial_fit(make_frame(batches[0]))
    embedding = make_layer(encoder, combine)
    values = make_frame([(value, value) for value in [None, *"abcdef", "never seen"]])
    for batch in batches[1:]:
        before = embedding(encoder.encode_indices(values))
        changes = encoder.partial_fit(make_frame(batch)).column_changes_
        after = embedding.follow(changes)(encoder.encode_indices(values))
        for column, name in enumerate(values):
            displaced = changes.old_values[(changes.input_columns == name) & ~changes.was_free]
            same = ~values[name].isin(displaced).to_numpy()
            assert_close(after[same, column], before[same, column])


def test_follow_with_columns_of_lists():
    encoder = HybridHashEncoder(top_k=1, n_buckets=7)
    encoder.partial_fit(pd.DataFrame({"tags": [["a", "b"], ["a"], ["c"]]}))
    embedding = make_layer(encoder)
    rows = pd.DataFrame({"tags": [["b", "c", "b"], ["z"]]})
    before = embedding(encoder.transform(rows))
    encoder.partial_fit(pd.DataFrame({"tags": [["b", "b"], ["b"]]}))
    assert encoder.column_changes_.new_values.tolist() == ["b"]
    assert_close(embedding.follow(encoder.column_changes_)(encoder.transform(rows)), before)


def test_follow_keeps_the_parameter_and_its_gradient():
    encoder = HybridHashEncoder(top_k=1, n_buckets=7).partial_fit(TRAIN)
    embedding = make_layer(encoder)
    weight = embedding.weight
    embedding(encoder.encode_indices(TRAIN)).sum().backward()
    changes = encoder.partial_fit(pd.concat([OTHER] * 5)).column_changes_
    assert len(changes)
    assert embedding.follow(changes) is embedding
    assert embedding.weight is weight
    assert weight.requires_grad
    assert weight.grad is not None


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"top_k": 1}, r"16 output columns, n_hashes=2.*this layer has 18, 2"),
        ({"n_hashes": 1}, "n_hashes=1 and .*this layer has 18, 2 and"),
        ({"tail_weight": 0.5}, "tail_weight=0.5; this layer has 18, 2 and 0.25"),
        ({"top_k": {"city": 1, "device": 3}}, "slots or buckets that the columns of this layer do not"),
    ],
    ids=str,
)
def test_changes_of_another_encoder_raise(settings, message):
    other = HybridHashEncoder(**{"top_k": 2, "n_buckets": 7} | settings).partial_fit(TRAIN)
    other.partial_fit(pd.concat([OTHER] * 9))
    assert len(other.column_changes_)
    with pytest.raises(ValueError, match=message + ".* Pass column_changes_ of the encoder"):
        make_layer(fit_encoder()).follow(other.column_changes_)


def test_follow_needs_changes():
    with pytest.raises(TypeError, match="changes must be ColumnChanges, not a NoneType"):
        make_layer(fit_encoder()).follow(None)


def test_transfer_weights_of_another_module():
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
