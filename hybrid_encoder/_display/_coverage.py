"""The share of rows that the most frequent values cover: numbers, table and picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from .._encoder import HybridHashEncoder, check_encoder
from .._fit.counts import Counts
from .._fit.ranking import rank
from .._fit.slots import values_at
from . import _fitted
from ._drawing import axes_of, dot, finish, log_spaced, many, not_empty, percent, short, style_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D


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
        self.columns = not_empty(columns)

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

        return cls(_fitted.over_rows(encoder, rank_column, X, sample_weight))

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
        artists = [_draw(self.ax_, *pair) for pair in zip(drawn, styles, strict=False)]
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
        finish(self.ax_, artists, list(map(_text, drawn)), uncovered, "dots: the encoder's heads")
        return self


def _known(encoder: HybridHashEncoder, number: int, name: str) -> RankedValues:
    """The values of a column that the encoder itself keeps: the head."""
    values = encoder.vocabularies_[number]
    weights, unlisted = _fitted.head_and_tail(encoder, number)
    order = np.argsort(-weights, kind="stable")
    in_head = np.ones(len(values), dtype=bool)
    columns = _all(name, values)
    return RankedValues(name, columns, values[order], weights[order], in_head, len(values), unlisted)


def _ranked(encoder: HybridHashEncoder, counts: Counts, number: int, name: str) -> RankedValues:
    """All values of a column of given rows."""
    ranking = rank(counts, "frequency", 1, _fitted.ignores_missing(encoder), None)
    values = values_at(counts, ranking.order)
    in_head = _fitted.places(encoder, counts, number, 0).slots[ranking.order] >= 0
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


def _draw(ax: "Axes", part: RankedValues, style: dict[str, Any]) -> "list[Line2D]":
    """The line of coverage by rank, and the dot of the encoder's head."""
    ranks = log_spaced(1, len(part.weights))
    (line,) = ax.plot(ranks, 100 * part.coverage[ranks - 1], label=part.name, **style)
    return [line, dot(ax, part.n_slots, 100 * part.head_coverage, line)]


def _text(part: RankedValues) -> str:
    return f"{short(part.name)}: {many(part.n_slots, 'slot')}, {percent(part.head_coverage)}"
