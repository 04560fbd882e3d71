"""Small tables, encoders and embedding layers for the tests of PyTorch."""

import pandas as pd
import torch
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.torch import HybridHashEmbedding

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


def fit_encoder(X=TRAIN, **settings):
    return HybridHashEncoder(**{"top_k": 2, "n_buckets": 7} | settings).fit(X)


INDICES = fit_encoder().encode_indices(TRAIN)[:3]


def make_layer(encoder, combine="sum", dim=4, **settings):
    """A layer in double precision, in which the order of a sum does not matter to `assert_close`."""
    return from_encoder(encoder, dim, combine, dtype=torch.float64, **settings)


def assert_close(a, b):
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


def make_frame(rows):
    return pd.DataFrame(rows, columns=["x", "y"], dtype=object)
