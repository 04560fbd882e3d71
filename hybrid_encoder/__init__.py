"""Hybrid hashing of categorical columns: a slot for important values, two buckets for all others."""

from ._display import CollisionDisplay, CoverageDisplay
from ._encoder import HybridHashEncoder
from ._partial_fit.transfer import ColumnChanges, transfer_weights

__version__ = "0.2.0.dev0"

__all__ = [
    "CollisionDisplay",
    "ColumnChanges",
    "CoverageDisplay",
    "HybridHashEncoder",
    "transfer_weights",
]
