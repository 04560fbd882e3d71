"""Pictures of an encoder: how much its heads cover, and how often the values of its tails collide.

A display holds the numbers of a picture, draws them (`plot`) and returns them as a table (`frame`).
matplotlib is imported only when something is drawn.
"""

from ._collisions import CollisionDisplay, TailCollisions
from ._coverage import CoverageDisplay, RankedValues

__all__ = ["CollisionDisplay", "CoverageDisplay", "RankedValues", "TailCollisions"]
