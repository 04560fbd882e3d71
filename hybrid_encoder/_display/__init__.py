"""Displays of a fitted encoder: coverage of the heads, and collisions in the tails.

A display reads numbers from an encoder, draws them (`plot`) and returns them as a table (`frame`).
matplotlib is imported only for drawing.
"""

from ._collisions import CollisionDisplay
from ._coverage import CoverageDisplay

__all__ = ["CollisionDisplay", "CoverageDisplay"]
