import json

import numpy as np
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from hybrid_encoder import HybridHashEncoder

torch = pytest.importorskip("torch")
from hybrid_encoder.torch import HybridHashEmbedding  # noqa: E402
from tests.layers import TRAIN, fit_encoder, from_encoder  # noqa: E402


@pytest.mark.parametrize(
    ("layout", "message"),
    [
        (b"{x", "cannot be read: the state is damaged"),
        (b"\xff\xfe\x01", "cannot be read: the state is damaged"),
        (b"[1]", "cannot be read: the state is damaged"),
        (json.dumps(from_encoder(fit_encoder(), 4).config | {"newer": 1}).encode(), "entries newer"),
        (b"{}", "entries combine, embedding_dim, ignore_missing"),
    ],
    ids=["not JSON", "not text", "a list", "unknown entry", "no entries"],
)
@pytest.mark.parametrize(
    "load",
    [HybridHashEmbedding.from_state_dict, from_encoder(fit_encoder(), 4).load_state_dict],
    ids=["from_state_dict", "load_state_dict"],
)
def test_an_invalid_layout_raises(layout, message, load):
    state = from_encoder(fit_encoder(), 4).state_dict()
    state["layout"] = torch.tensor(list(layout), dtype=torch.uint8)
    with pytest.raises(ValueError, match=message):
        load(state)


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
        ({"n_slots": [1, 2]}, "n_slots has 2 entries and n_buckets 1"),
    ],
)
def test_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        HybridHashEmbedding(**{"embedding_dim": 4, "n_slots": [1], "n_buckets": [2]} | arguments)


def test_numpy_scalars():
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


def test_defaults_equal_those_of_the_encoder():
    layer, encoder = HybridHashEmbedding(4, [1], [2]).config, HybridHashEncoder().get_params()
    shared = ("n_hashes", "tail_weight", "tail_indicator", "seed")
    assert [layer[name] for name in shared] == [encoder[name] for name in shared]


@pytest.mark.parametrize(
    ("encoder", "message"),
    [
        (
            make_pipeline(fit_encoder()),
            r"it is a Pipeline\. Pass the fitted encoder itself",
        ),
        (OneHotEncoder().fit(TRAIN), r"it is a OneHotEncoder\. Pass the fitted encoder itself"),
    ],
)
def test_another_encoder_raises(encoder, message):
    with pytest.raises(TypeError, match=f"must be a HybridHashEncoder; {message}"):
        from_encoder(encoder, 4)


def test_an_unfitted_encoder_raises():
    with pytest.raises(NotFittedError):
        from_encoder(HybridHashEncoder(), 4)
