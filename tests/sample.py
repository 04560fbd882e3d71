"""A small table with columns of every kind, and an encoder for it."""

from typing import Any

from hybrid_encoder import HybridHashEncoder

ROWS = [
    ["US", 3, 0.5, ["a", "b"]],
    ["US", -1, None, []],
    ["FR", 3, 0.5, ["b", "b"]],
    [None, 2**40, 2.0, None],
    ["naïve café", 3, 0.1, ["c"]],
    ["日本語", None, 1e300, [None, "a"]],
]
LABELS = ["no", "yes"] * 3
PARAMETERS = {"top_k": 2, "n_buckets": 5, "tail_weight": 0.25, "tail_indicator": True, "seed": 42}


def encoder(**parameters: Any) -> HybridHashEncoder:
    """An encoder fitted to `ROWS`."""
    return HybridHashEncoder(**(PARAMETERS | parameters)).fit(ROWS)


def from_state(state: Any) -> HybridHashEncoder:
    """The encoder of which `__getstate__` returned a state."""
    found = HybridHashEncoder.__new__(HybridHashEncoder)
    found.__setstate__(state)
    return found
