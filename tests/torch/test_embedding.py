import copy
import io
import pickle
import subprocess
import sys

import numpy as np
import pytest

torch = pytest.importorskip("torch")
from hybrid_encoder.torch import HybridHashEmbedding  # noqa: E402
from tests.layers import TRAIN, close, double, encode, from_encoder  # noqa: E402


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


FIRST_STATE = {
    "weight": torch.arange(20, dtype=torch.float32).reshape(10, 2),
    "layout": torch.tensor(
        list(
            b'{"combine": "sum", "embedding_dim": 2, "ignore_missing": false, "n_buckets": [3, 2], '
            b'"n_hashes": 2, "n_slots": [1, 2], "seed": 7, "tail_indicator": true, "tail_weight": 0.5}'
        ),
        dtype=torch.uint8,
    ),
}


def test_a_state_stays_as_it_was_first_saved():
    embedding = HybridHashEmbedding.from_state_dict(FIRST_STATE)
    cells = np.array([[[0, -1], [7, 8]], [[1, 3], [6, -1]]])
    vectors = [[[0, 1], [15 + 18, 16 + 19]], [[4 + 8, 5 + 9], [12, 13]]]
    assert embedding(cells).tolist() == vectors
    state = embedding.state_dict()
    assert list(state) == list(FIRST_STATE)
    assert all(torch.equal(state[name], FIRST_STATE[name]) for name in state)


def test_a_pickle_names_the_public_path():
    assert b"chybrid_encoder.torch\nHybridHashEmbedding\n" in pickle.dumps(double(encode()), protocol=0)


def test_another_state_is_refused():
    with pytest.raises(ValueError, match=r"entries \['weight'\], not those of a HybridHashEmbedding"):
        HybridHashEmbedding.from_state_dict(torch.nn.Embedding(3, 2).state_dict())


def test_without_torch_the_error_names_the_extra():
    program = (
        "import sys, hybrid_encoder\n"
        "sys.modules['torch'] = None\n"
        "try:\n    import hybrid_encoder.torch\nexcept ImportError as error:\n    print(error)"
    )
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert 'pip install "hybrid-encoder[torch]"' in shown.stdout
