"""Hybrid hashing of categorical columns: a slot for the values that matter, two buckets for the rest."""

from ._display import CollisionDisplay, CoverageDisplay
from ._encoder import HybridHashEncoder
from ._partial_fit.transfer import ColumnChanges, transfer_weights

__version__ = "0.1.0"

__all__ = [
    "CollisionDisplay",
    "ColumnChanges",
    "CoverageDisplay",
    "HybridHashEncoder",
    "transfer_weights",
]
