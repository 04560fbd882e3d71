"""Pictures of an encoder: how much its heads cover, and how often the values of its tails collide.

A display holds the numbers of a picture, draws them (`plot`) and returns them as a table (`frame`).
matplotlib is imported only when something is drawn.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from . import _report
from ._counts import Counts
from ._drawing import axes_of, dot, finish, log_spaced, many, percent, short, style_of
from ._encoder import HybridHashEncoder
from ._inside import check_encoder
from ._placement import Places
from ._ranking import rank
from ._vocabulary import head_values
from .collisions import _whole, code_space, expected_collisions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

# Powers of two below the encoder's own number of buckets that are shown, and above it: with two hashes
# collisions fall with the square of the buckets, so a hundred times as many leave next to none.
_HALVINGS, _DOUBLINGS = 3, 6


@dataclass(frozen=True, slots=True)
class RankedValues:
    """The values of one column, or of several together, by weight, greatest first.

    Attributes
    ----------
    name : str
        Name of the column, or of the group of columns.
    columns : ndarray of object of shape (n_values,)
        The column that each value belongs to.
    values : ndarray of shape (n_values,)
        The values; None stands for missing.
    weights : ndarray of float64 of shape (n_values,)
        How often each occurs, or the sum of its rows' weights.
    in_head : ndarray of bool of shape (n_values,)
        Which of them have a slot.
    n_slots : int
        Number of slots, including those whose values are not listed in `values`.
    unlisted : float, default=0
        Weight of all values that are not listed.
    """

    name: str
    columns: NDArray[np.object_]
    values: NDArray[Any]
    weights: NDArray[np.float64]
    in_head: NDArray[np.bool_]
    n_slots: int
    unlisted: float = 0.0

    @property
    def total(self) -> float:
        """The weight of all values."""
        return (float(self.weights.sum()) + self.unlisted) or 1.0

    @property
    def coverage(self) -> NDArray[np.float64]:
        """The cumulative share of the weight, from the most frequent value on."""
        return np.cumsum(self.weights) / self.total

    @property
    def head_coverage(self) -> float:
        """The share of the weight that the head has."""
        return float(self.weights[self.in_head].sum()) / self.total


class CoverageDisplay:
    """The share of rows that the most frequent values cover, and where the head stands.

    A line per column shows the share of rows that its 1, 2, 3, ... most frequent values cover, and a
    dot shows the size and the coverage of the encoder's head. A dot below the line means that the head
    holds values that are not the most frequent ones: it was ranked by another importance, or fitted on
    other rows. A thick line ranks the values of all columns together, as a shared budget does.

    Use `from_estimator` to make one.

    Parameters
    ----------
    columns : sequence of RankedValues
        The values of each column; at least one column.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes that `plot` drew on.
    figure_ : matplotlib.figure.Figure
        The figure of these axes.
    lines_ : list of matplotlib.lines.Line2D
        One line per column and, if there are several columns, a last one for all together.
    points_ : list of matplotlib.lines.Line2D
        The heads in the same order; a head without slots lies at 0, outside the picture.

    Raises
    ------
    ValueError
        If `columns` is empty.

    See Also
    --------
    CollisionDisplay : Collisions among the values that have no slot.
    HybridHashEncoder.report : Coverage and collisions as a table, a row per column.

    Notes
    -----
    A missing value counts like any other value, unless the encoder ignores missing values; then they
    are left out. In a column of lists every element counts.

    Examples
    --------
    >>> import pandas as pd
    >>> from hybrid_encoder import CoverageDisplay, HybridHashEncoder
    >>> X = pd.DataFrame({"country": ["US", "US", "US", "FR", "FR", "NZ"]})
    >>> encoder = HybridHashEncoder(top_k=2, n_buckets=3).fit(X)
    >>> CoverageDisplay.from_estimator(encoder, X).frame().round(2)
        column value  rank  share  coverage  in_head
    0  country    US     1   0.50      0.50     True
    1  country    FR     2   0.33      0.83     True
    2  country    NZ     3   0.17      1.00    False
    """

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    lines_: "list[Line2D]"
    points_: "list[Line2D]"

    def __init__(self, columns: Sequence[RankedValues]) -> None:
        self.columns = _not_empty(columns)

    @classmethod
    def from_estimator(
        cls, encoder: HybridHashEncoder, X: Any = None, *, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Make a display of an encoder, and of rows if any are given.

        Parameters
        ----------
        encoder : HybridHashEncoder
            A fitted encoder.
        X : dataframe or array-like of shape (n_samples, n_features), default=None
            Rows whose values are ranked; they need not be those of `fit`. Without rows only the head
            is known, with its weights at `fit`, and the lines end with the head.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of these rows.

        Returns
        -------
        display : CoverageDisplay
            With nothing drawn yet.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the encoder is not fitted.
        TypeError
            If `encoder` is something else, such as a pipeline or a search that holds it.
        ValueError
            If the columns of `X` are not those of `fit`; without `X`, if `sample_weight` is given, or
            if the encoder was saved by a release that did not keep the weights of heads.
        """
        names = check_encoder(encoder).report().index.tolist()
        if X is None:
            if sample_weight is not None:
                raise ValueError("sample_weight needs the rows that it weighs: pass X too, or neither.")
            return cls([_known(encoder, number, name) for number, name in enumerate(names)])

        def rank_column(counts: Counts, number: int) -> RankedValues:
            return _ranked(encoder, counts, number, names[number])

        return cls(list(encoder._over_counts(rank_column, X, sample_weight)))

    def frame(self, *, total: bool = False) -> pd.DataFrame:
        """The numbers as a table, a row per value.

        Parameters
        ----------
        total : bool, default=False
            Whether to rank the values of all columns together.

        Returns
        -------
        frame : pandas.DataFrame
            With the columns

            - ``column``, ``value``: the value and its column; None is a missing value;
            - ``rank``: 1, 2, 3, ... by weight; ties are broken by value, or by slot without rows;
            - ``share``: the value's share of the weight of its column, or of all columns;
            - ``coverage``: the sum of the shares up to this rank;
            - ``in_head``: whether the value has a slot.
        """
        parts = [_together(self.columns)] if total else self.columns
        values = np.concatenate([part.values.astype(object) for part in parts])
        return pd.DataFrame(
            {
                "column": np.concatenate([part.columns for part in parts]),
                "value": pd.Series(values, dtype=object),  # or pandas would make NaN of None
                "rank": np.concatenate([np.arange(1, len(part.weights) + 1) for part in parts]),
                "share": np.concatenate([part.weights / part.total for part in parts]),
                "coverage": np.concatenate([part.coverage for part in parts]),
                "in_head": np.concatenate([part.in_head for part in parts]),
            }
        )

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw the picture.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; by default those of a new figure.

        Returns
        -------
        self : CoverageDisplay
            The display itself, with the attributes that end in an underscore.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `ax` is something else, such as an array of several axes.
        """
        drawn = list(self.columns)
        if len(drawn) > 1:
            drawn.append(_together(drawn))
        self.ax_, self.figure_ = axes_of(ax, len(drawn))
        styles = [*map(style_of, range(len(self.columns))), {"color": "black", "linewidth": 2.5}]
        artists = [_draw_coverage(self.ax_, *pair) for pair in zip(drawn, styles, strict=False)]
        self.lines_, self.points_ = [line for line, _ in artists], [point for _, point in artists]
        self.ax_.set(
            ylim=(0, 103),
            xlabel="values, most frequent first",
            ylabel="rows covered, %",
        )
        if any(len(part.weights) or part.n_slots for part in drawn):  # a logarithmic axis must have data
            self.ax_.set(xscale="log", xlim=(0.9, None))
        uncovered = np.array([1 - part.head_coverage for part in drawn])
        uncovered[len(self.columns) :] = np.inf  # the line of all columns is always in the legend
        finish(
            self.ax_, artists, list(map(_coverage_text, drawn)), uncovered, "dots: the encoder's heads"
        )
        return self


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
        self.columns = _not_empty(columns)

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
        given = None if n_buckets is None else _whole("n_buckets", n_buckets, least=1, most=2**31 - 1)
        grids = [_grid(own, given) for own in report["buckets"].tolist()]
        if X is None:
            unknown = [np.full(len(grid), np.nan) for grid in grids]
            tails = list(zip(report["tail_values"].tolist(), unknown, strict=True))
        else:

            def measure_column(counts: Counts, number: int) -> tuple[int, NDArray[np.float64]]:
                return _measured(encoder, counts, number, grids[number])

            tails = list(encoder._over_counts(measure_column, X))
        rows = zip(report.index.tolist(), report["buckets"].tolist(), grids, tails, strict=True)
        n_hashes = encoder._settings["n_hashes"]
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
        artists = [
            _draw_collisions(self.ax_, part, style_of(number)) for number, part in enumerate(drawn)
        ]
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
        finish(self.ax_, artists, list(map(_collision_text, drawn)), collisions, title)
        return self


def _not_empty(columns: Sequence[Any]) -> Sequence[Any]:
    if len(columns) == 0:
        raise ValueError("columns is empty: a display needs the numbers of at least one column.")
    return columns


def _known(encoder: HybridHashEncoder, number: int, name: str) -> RankedValues:
    """The values of a column that the encoder itself keeps: the head."""
    if not hasattr(encoder, "_histories"):
        raise ValueError(
            "This encoder was saved by an earlier release, which did not keep the weights of the head, "
            "or without counts: pass rows as X, or fit it again."
        )
    values = encoder.vocabularies_[number]
    weights = encoder._histories[number].head_weights
    order = np.argsort(-weights, kind="stable")
    in_head = np.ones(len(values), dtype=bool)
    columns = _all(name, values)
    return RankedValues(
        name, columns, values[order], weights[order], in_head, len(values), _unlisted(encoder, number)
    )


def _unlisted(encoder: HybridHashEncoder, number: int) -> float:
    """The weight of all values of a column that are in the tail."""
    history = encoder._histories[number]
    ignored = encoder._settings["handle_missing"] == "ignore"
    in_head = encoder._settled[number].vocabulary.missing_slot >= 0
    return history.tail_weight + (0.0 if ignored or in_head else float(history.missing.sum()))


def _ranked(encoder: HybridHashEncoder, counts: Counts, number: int, name: str) -> RankedValues:
    """All values of a column of given rows."""
    ignore_missing = encoder._settings["handle_missing"] == "ignore"
    ranking = rank(counts, "frequency", 1, ignore_missing, None)
    values = head_values(counts, ranking.order)
    in_head = _places(encoder, counts, number, 0).slots[ranking.order] >= 0
    n_slots = len(encoder.vocabularies_[number])
    return RankedValues(name, _all(name, values), values, ranking.weights, in_head, n_slots)


def _all(name: str, values: NDArray[Any]) -> NDArray[np.object_]:
    return np.full(len(values), name, dtype=object)


def _together(parts: Sequence[RankedValues]) -> RankedValues:
    weights = np.concatenate([part.weights for part in parts])
    order = np.argsort(-weights, kind="stable")
    return RankedValues(
        "all columns",
        np.concatenate([part.columns for part in parts])[order],
        np.concatenate([part.values.astype(object) for part in parts])[order],
        weights[order],
        np.concatenate([part.in_head for part in parts])[order],
        sum(part.n_slots for part in parts),
        sum(part.unlisted for part in parts),
    )


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
        places = _places(encoder, counts, number, n_buckets)
        n_tail = len(places.tail)
        collisions.append(_report.collisions(places.buckets))
    return n_tail, np.array(collisions, dtype=np.float64)


def _places(encoder: HybridHashEncoder, counts: Counts, number: int, n_buckets: int) -> Places:
    """The slots and buckets of a column's values, if it has so many buckets."""
    settled = encoder._settled[number]
    return _report.places_of_values(
        counts, settled.vocabulary, n_buckets, settled.seeds, settled.ignore_missing
    )


def _draw_coverage(ax: "Axes", part: RankedValues, style: dict[str, Any]) -> "list[Line2D]":
    """The line of coverage by rank, and the dot of the encoder's head."""
    ranks = log_spaced(1, len(part.weights))
    (line,) = ax.plot(ranks, 100 * part.coverage[ranks - 1], label=part.name, **style)
    return [line, dot(ax, part.n_slots, 100 * part.head_coverage, line)]


def _coverage_text(part: RankedValues) -> str:
    return f"{short(part.name)}: {many(part.n_slots, 'slot')}, {percent(part.head_coverage)}"


def _draw_collisions(ax: "Axes", part: TailCollisions, style: dict[str, Any]) -> "list[Line2D]":
    """The line of expected collisions, the dot of the encoder's own, and crosses where counted."""
    per_cent = 100 / part.tail_values
    smooth = log_spaced(*part.n_buckets[[0, -1]].tolist())
    (line,) = ax.plot(smooth, per_cent * part.expected(smooth), label=part.name, **style)
    point = dot(ax, part.chosen, per_cent * float(part.expected(part.chosen)), line)
    if np.isnan(part.measured).all():
        return [line, point]
    return [line, point, *ax.plot(part.n_buckets, per_cent * part.measured, "x", color=style["color"])]


def _collision_text(part: TailCollisions) -> str:
    collided = percent(float(part.expected(part.chosen)) / part.tail_values)
    buckets = many(part.chosen, "bucket")
    return f"{short(part.name)}: {buckets} for {part.tail_values:,} values, {collided}"
