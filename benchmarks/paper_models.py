"""The two models of the paper's experiments, and how they are trained."""

import io
import pickle
from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor, nn

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.torch import HybridHashEmbedding

DIM = 8
HIDDEN = (64, 32)
BATCH = 128
OPTIMISERS = {"adagrad": torch.optim.Adagrad, "sgd": torch.optim.SGD}

# Adagrad builds sparse tensors, and warns unless the check of them is switched on or off.
torch.sparse.check_sparse_tensor_invariants.disable()


class Mlp(nn.Module):
    """A multi-layer perceptron on the embeddings of all columns."""

    def __init__(self, encoder: HybridHashEncoder, combine: str, base_rate: float) -> None:
        super().__init__()
        self.embedding = HybridHashEmbedding.from_encoder(encoder, DIM, combine, sparse=True)
        sizes = (DIM * encoder.n_features_in_, *HIDDEN)
        layers = [(nn.Linear(*pair), nn.ReLU()) for pair in zip(sizes, HIDDEN)]
        self.layers = nn.Sequential(*(layer for pair in layers for layer in pair))
        self.output = nn.Linear(HIDDEN[-1], 1)
        # One pass is too short to learn the base rate besides.
        nn.init.constant_(self.output.bias, float(np.log(base_rate / (1 - base_rate))))

    def forward(self, indices: Tensor) -> Tensor:
        """Logits of rows."""
        return self.output(self.layers(self.embedding(indices).flatten(1)))[:, 0]


class WideAndDeep(Mlp):
    """The same, plus a linear model on the encoding."""

    def __init__(self, encoder: HybridHashEncoder, combine: str, base_rate: float) -> None:
        super().__init__(encoder, combine, base_rate)
        self.wide = HybridHashEmbedding.from_encoder(encoder, 1, sparse=True)
        nn.init.zeros_(self.wide.weight)

    def forward(self, indices: Tensor) -> Tensor:
        """Logits of rows."""
        return super().forward(indices) + self.wide(indices).sum(dim=(1, 2))


MODELS = {"MLP": Mlp, "wide and deep": WideAndDeep}


def steps(
    model: nn.Module, indices: Tensor, target: Tensor, optimiser: str, rate: float
) -> Iterator[None]:
    """Train on one batch after the other, in the order of the rows."""
    update = OPTIMISERS[optimiser](model.parameters(), lr=rate)
    for rows, labels in zip(indices.split(BATCH), target.split(BATCH), strict=True):
        update.zero_grad()
        nn.functional.binary_cross_entropy_with_logits(model(rows), labels).backward()
        update.step()
        yield


def probabilities(model: nn.Module, indices: Tensor) -> np.ndarray:
    """Predictions of a model for rows."""
    with torch.no_grad():
        logits = torch.cat([model(rows) for rows in indices.split(8192)])
    return torch.sigmoid(logits.double()).numpy()


def n_bytes(model: nn.Module, encoder: HybridHashEncoder) -> tuple[int, int]:
    """Sizes of the saved model, and of the pickled encoder that belongs to it."""
    stream = io.BytesIO()
    torch.save(model.state_dict(), stream)
    return stream.tell(), len(pickle.dumps(encoder))
