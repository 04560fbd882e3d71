"""Collisions among the values of the tail, by the number of buckets: numbers, table and picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .. import _report
from .._encoder import HybridHashEncoder
from .._fit.counts import Counts
from .._inside import check_encoder
from ..collisions import code_space, expected_collisions, whole_numbers
from . import _fitted
from ._drawing import axes_of, dot, finish, log_spaced, many, not_empty, percent, short, style_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

# Powers of two below the encoder's own number of buckets that are shown, and above it: with two hashes
# collisions fall with the square of the buckets, so a hundred times as many leave next to none.
_HALVINGS, _DOUBLINGS = 3, 6


@dataclass(frozen=True, slots=True)
class TailCollisions:
    """Collisions among the values of one column's tail, by the number of buckets.

    Attributes
    ----------
    name : str
        Name of the column.
    tail_values : int
        Number of different values in the tail.
    n_hashes : {1, 2}
        Buckets per value.
    chosen : int
        The encoder's own number of buckets.
    n_buckets : ndarray of int64 of shape (n_counts,)
        Numbers of buckets to compare, in ascending order, including the encoder's own.
    measured : ndarray of float64 of shape (n_counts,)
        Number of collisions counted for each of `n_buckets`; NaN where nothing was counted.
    """

    name: str
    tail_values: int
    n_hashes: int
    chosen: int
    n_buckets: NDArray[np.int64]
    measured: NDArray[np.float64]

    def expected(self, n_buckets: ArrayLike) -> NDArray[np.float64]:
        """Number of collisions that random hashes would have with so many buckets."""
        return expected_collisions(self.tail_values, code_space(n_buckets, self.n_hashes))


class CollisionDisplay:
    """Collisions among the values of the tail, by the number of buckets.

    Two values collide if all their buckets are the same: a model cannot tell them apart. A line per
    column shows the share of the tail's values that are expected to collide with an earlier one. Dots
    mark the encoder's own number of buckets, and crosses the collisions that were counted in rows.

    Use `from_estimator` to make one.

    Parameters
    ----------
    columns : sequence of TailCollisions
        The collisions in each column; at least one column.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes that `plot` drew on.
    figure_ : matplotlib.figure.Figure
        The figure of these axes.
    lines_ : list of matplotlib.lines.Line2D
        The expected collisions, one line per column that can have any.
    points_ : list of matplotlib.lines.Line2D
        The encoder's own numbers of buckets, in the same order.
    crosses_ : list of matplotlib.lines.Line2D
        The collisions counted, in the same order; empty without rows.

    Raises
    ------
    ValueError
        If `columns` is empty.

    See Also
    --------
    CoverageDisplay : The values that have a slot, and so no collisions.
    hybrid_encoder.collisions : The formulas behind the expected collisions.

    Notes
    -----
    Values that share only one of their two buckets are not counted: where a tail has more values than
    buckets, nearly every value shares a bucket with another.

    Examples
    --------
    >>> import numpy as np
    >>> from hybrid_encoder import CollisionDisplay, HybridHashEncoder
    >>> X = np.arange(1000)[:, None]
    >>> encoder = HybridHashEncoder(top_k=0, n_buckets=100).fit(X)
    >>> CollisionDisplay.from_estimator(encoder, X, n_buckets=[50, 200]).frame().round(1)
      column  buckets  tail_values  expected  measured  chosen
    0     x0       50         1000     316.3     336.0   False
    1     x0      100         1000      94.5      95.0    True
    2     x0      200         1000      24.7      27.0   False
    """

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    lines_: "list[Line2D]"
    points_: "list[Line2D]"
    crosses_: "list[Line2D]"

    def __init__(self, columns: Sequence[TailCollisions]) -> None:
        self.columns = not_empty(columns)

    @classmethod
    def from_estimator(
        cls, encoder: HybridHashEncoder, X: Any = None, *, n_buckets: ArrayLike | None = None
    ) -> Self:
        """Make a display of an encoder, and of rows if any are given.

        Parameters
        ----------
        encoder : HybridHashEncoder
            A fitted encoder, with buckets. Columns without any are left out.
        X : dataframe or array-like of shape (n_samples, n_features), default=None
            Rows to count collisions in; they need not be those of `fit`. The expected collisions are
            those of the tail of these rows too. Without rows they are those of the tail at `fit`, and
            nothing is counted.
        n_buckets : int or array-like of int, default=None
            Numbers of buckets to show beside the encoder's own; by default the powers of two from
            about an eighth of it to 64 times as many.

        Returns
        -------
        display : CollisionDisplay
            With nothing drawn yet.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the encoder is not fitted.
        TypeError
            If `encoder` is something else, such as a pipeline or a search that holds it.
        ValueError
            If the columns of `X` are not those of `fit`, if the encoder has no buckets at all, or if
            `n_buckets` holds anything but whole numbers from 1 to 2**31 - 1.
        """
        report = check_encoder(encoder).report()
        if not report["buckets"].any():
            raise ValueError(
                "This encoder has no buckets, so nothing can collide: n_buckets=0 has dropped the tail. "
                "Fit it with n_buckets='auto' or a number to see collisions."
            )
        given = (
            None if n_buckets is None else whole_numbers("n_buckets", n_buckets, least=1, most=2**31 - 1)
        )
        grids = [_grid(own, given) for own in report["buckets"].tolist()]
        if X is None:
            unknown = [np.full(len(grid), np.nan) for grid in grids]
            tails = list(zip(report["tail_values"].tolist(), unknown, strict=True))
        else:

            def measure_column(counts: Counts, number: int) -> tuple[int, NDArray[np.float64]]:
                return _measured(encoder, counts, number, grids[number])

            tails = _fitted.over_rows(encoder, measure_column, X)
        rows = zip(report.index.tolist(), report["buckets"].tolist(), grids, tails, strict=True)
        n_hashes = _fitted.n_hashes(encoder)
        return cls(
            [
                TailCollisions(name, n_values, n_hashes, own, grid, measured)
                for name, own, grid, (n_values, measured) in rows
                if own
            ]
        )

    def frame(self) -> pd.DataFrame:
        """The numbers as a table, a row per column and number of buckets.

        Returns
        -------
        frame : pandas.DataFrame
            With the columns

            - ``column``, ``buckets``: the column, and a number of buckets;
            - ``tail_values``: number of different values in the tail;
            - ``expected``: number of collisions among them that random hashes would have;
            - ``measured``: number of collisions counted; NaN without rows;
            - ``chosen``: whether this is the encoder's own number of buckets.
        """
        sizes = [len(part.n_buckets) for part in self.columns]
        buckets = np.concatenate([part.n_buckets for part in self.columns])
        return pd.DataFrame(
            {
                "column": np.repeat(np.array([part.name for part in self.columns], object), sizes),
                "buckets": buckets,
                "tail_values": np.repeat([part.tail_values for part in self.columns], sizes),
                "expected": np.concatenate([part.expected(part.n_buckets) for part in self.columns]),
                "measured": np.concatenate([part.measured for part in self.columns]),
                "chosen": buckets == np.repeat([part.chosen for part in self.columns], sizes),
            }
        )

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw the picture.

        Columns whose tail has fewer than two values have no collisions, and are left out.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; by default those of a new figure.

        Returns
        -------
        self : CollisionDisplay
            The display itself, with the attributes that end in an underscore.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `ax` is something else, such as an array of several axes.
        """
        drawn = [part for part in self.columns if part.tail_values > 1]
        self.ax_, self.figure_ = axes_of(ax, len(drawn))
        artists = [_draw(self.ax_, part, style_of(number)) for number, part in enumerate(drawn)]
        self.lines_, self.points_ = [line for line, *_ in artists], [point for _, point, *_ in artists]
        self.crosses_ = [cross for _, _, *crosses in artists for cross in crosses]
        self.ax_.set(
            ylim=(-2, 103),
            xlabel="buckets of the column",
            ylabel="tail values that find their buckets taken, %",
        )
        self.ax_.set_xscale("log", base=2)
        collisions = np.array([float(part.expected(part.chosen)) for part in drawn])
        title = "dots: the encoder's own buckets" + ("; crosses: measured" if self.crosses_ else "")
        finish(self.ax_, artists, list(map(_text, drawn)), collisions, title)
        return self


def _grid(own: int, given: NDArray[np.float64] | None) -> NDArray[np.int64]:
    """The numbers of buckets to show for a column, including its own; none if it has no buckets."""
    if own == 0:
        return np.empty(0, dtype=np.int64)
    if given is None:
        middle = own.bit_length() - 1
        octaves = np.arange(max(0, middle - _HALVINGS), min(middle + _DOUBLINGS, 30) + 1)
        given = np.exp2(octaves)
    return np.unique(np.append(given, own)).astype(np.int64)


def _measured(
    encoder: HybridHashEncoder, counts: Counts, number: int, grid: NDArray[np.int64]
) -> tuple[int, NDArray[np.float64]]:
    """The number of tail values in a column of given rows, and their collisions by number of buckets."""
    n_tail, collisions = 0, []
    for n_buckets in grid.tolist():
        places = _fitted.places(encoder, counts, number, n_buckets)
        n_tail = len(places.tail)
        collisions.append(_report.collisions(places.buckets))
    return n_tail, np.array(collisions, dtype=np.float64)


def _draw(ax: "Axes", part: TailCollisions, style: dict[str, Any]) -> "list[Line2D]":
    """The line of expected collisions, the dot of the encoder's own, and crosses where counted."""
    per_cent = 100 / part.tail_values
    smooth = log_spaced(*part.n_buckets[[0, -1]].tolist())
    (line,) = ax.plot(smooth, per_cent * part.expected(smooth), label=part.name, **style)
    point = dot(ax, part.chosen, per_cent * float(part.expected(part.chosen)), line)
    if np.isnan(part.measured).all():
        return [line, point]
    return [line, point, *ax.plot(part.n_buckets, per_cent * part.measured, "x", color=style["color"])]


def _text(part: TailCollisions) -> str:
    collided = percent(float(part.expected(part.chosen)) / part.tail_values)
    buckets = many(part.chosen, "bucket")
    return f"{short(part.name)}: {buckets} for {part.tail_values:,} values, {collided}"
