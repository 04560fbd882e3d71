"""Hybrid hashing of categorical columns: a slot for the values that matter, two buckets for the rest."""

from ._encoder import HybridHashEncoder

__version__ = "0.1.0.dev0"

__all__ = ["HybridHashEncoder"]
