import copy
import io
import pickle
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from hybrid_encoder.torch import HybridHashEmbedding  # noqa: E402
from tests.layers import TRAIN, assert_close, fit_encoder, from_encoder, make_layer  # noqa: E402


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_dtypes_and_size(dtype):
    encoder = fit_encoder()
    embedding = from_encoder(encoder, 4).to(dtype)
    assert embedding(encoder.encode_indices(TRAIN)).dtype == dtype
    assert embedding(encoder.transform(TRAIN)).dtype == dtype
    assert embedding.n_bytes == encoder.n_features_out_ * 4 * dtype.itemsize


def test_meta_device():
    embedding = from_encoder(fit_encoder(), 4).to("meta")
    assert {buffer.device.type for buffer in embedding.buffers()} == {"meta"}


def on_meta(encoder):
    return make_layer(encoder, device="meta")


def uninitialized(encoder):
    """A layer made on the meta device and then allocated, with arbitrary contents."""
    embedding = on_meta(encoder).to_empty(device="cpu")
    for tensor in (*embedding.parameters(), *embedding.buffers()):
        tensor.detach().fill_(77)
    return embedding


@pytest.mark.parametrize(
    ("make", "assign"),
    [(uninitialized, False), (uninitialized, True), (on_meta, True)],
    ids=["copy", "assign", "assign on meta"],
)
def test_a_state_loads_into_a_layer_made_on_meta(make, assign):
    encoder = fit_encoder(tail_indicator=True)
    embedding, other = make_layer(encoder), make(encoder)
    other.load_state_dict(embedding.state_dict(), assign=assign)
    indices = encoder.encode_indices(TRAIN)
    assert torch.equal(other(indices), embedding(indices))


def test_reset_parameters_restores_the_buffers():
    encoder = fit_encoder()
    embedding = uninitialized(encoder)
    embedding.reset_parameters()
    assert torch.equal(make_layer(encoder).layout, embedding.layout)
    assert_close(embedding(encoder.encode_indices(TRAIN)), embedding(encoder.transform(TRAIN)))


COMPILERS = {
    "compile": lambda layer, _: torch.compile(layer, backend="aot_eager", fullgraph=True),
    "export": lambda layer, example: torch.export.export(
        layer, (example,), dynamic_shapes=({0: torch.export.Dim.DYNAMIC},)
    ).module(),
}


@pytest.mark.parametrize("name", COMPILERS)
@pytest.mark.parametrize("combine", ["sum", "concat"])
def test_compile_and_export_without_graph_breaks(name, combine):
    encoder = fit_encoder(tail_indicator=True, handle_missing="ignore")
    embedding = make_layer(encoder, combine)
    indices = torch.from_numpy(encoder.encode_indices(TRAIN))
    assert_close(COMPILERS[name](embedding, indices[:5])(indices), embedding(indices))


def saved(module):
    stream = io.BytesIO()
    torch.save(module.state_dict(), stream)
    stream.seek(0)
    return torch.load(stream, weights_only=True)


def loaded(embedding, encoder):
    other = make_layer(encoder, embedding.combine)
    other.load_state_dict(saved(embedding))
    return other


COPIES = {
    "state": loaded,
    "from_state_dict": lambda embedding, _: HybridHashEmbedding.from_state_dict(saved(embedding)),
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
def test_copies_are_equal(name, combine):
    encoder = fit_encoder(tail_indicator=True, seed=2**32 - 1)
    embedding = make_layer(encoder, combine)
    other = COPIES[name](embedding, encoder)
    indices = encoder.encode_indices(TRAIN)
    assert other.config == embedding.config
    assert torch.equal(other(indices), embedding(indices))


@pytest.mark.parametrize(
    ("settings", "combine", "names"),
    [
        ({"top_k": 1, "n_buckets": 8}, "sum", "n_slots, n_buckets"),
        ({"seed": 1}, "sum", "seed"),
        ({"tail_weight": 1}, "sum", "tail_weight"),
        ({"n_hashes": 1}, "sum", "n_hashes"),
        ({"handle_missing": "ignore"}, "sum", "ignore_missing"),
        ({}, "concat", "combine"),
    ],
)
def test_a_state_of_another_layout_raises(settings, combine, names):
    embedding = make_layer(fit_encoder())
    before = embedding.weight.detach().clone()
    model = torch.nn.Sequential(embedding)
    other = torch.nn.Sequential(make_layer(fit_encoder(**settings), combine))
    with pytest.raises(RuntimeError, match=rf"0\.layout: .* another encoder: {names} differ"):
        model.load_state_dict(other.state_dict())
    assert torch.equal(embedding.weight, before)


SAVED_STATE = {
    "weight": torch.arange(20, dtype=torch.float32).reshape(10, 2),
    "layout": torch.tensor(
        list(
            b'{"combine": "sum", "embedding_dim": 2, "ignore_missing": false, "n_buckets": [3, 2], '
            b'"n_hashes": 2, "n_slots": [1, 2], "seed": 7, "tail_indicator": true, "tail_weight": 0.5}'
        ),
        dtype=torch.uint8,
    ),
}


def test_the_format_of_a_state_is_stable():
    embedding = HybridHashEmbedding.from_state_dict(SAVED_STATE)
    cells = np.array([[[0, -1], [7, 8]], [[1, 3], [6, -1]]])
    vectors = [[[0, 1], [15 + 18, 16 + 19]], [[4 + 8, 5 + 9], [12, 13]]]
    assert embedding(cells).tolist() == vectors
    state = embedding.state_dict()
    assert list(state) == list(SAVED_STATE)
    assert all(torch.equal(state[name], SAVED_STATE[name]) for name in state)


def test_a_state_of_another_module_raises():
    with pytest.raises(ValueError, match=r"entries \['weight'\], and 'weight' and 'layout' are needed"):
        HybridHashEmbedding.from_state_dict(torch.nn.Embedding(3, 2).state_dict())


def test_without_torch_the_error_names_the_extra():
    program = (
        "import sys, hybrid_encoder\n"
        "sys.modules['torch'] = None\n"
        "try:\n    import hybrid_encoder.torch\nexcept ImportError as error:\n    print(error)"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert 'pip install "hybrid-encoder[torch]"' in shown.stdout
