"""Pictures of an encoder: how much its heads cover, and how often its tails collide.

A display holds the numbers of its picture, draws them (`plot`), and gives them as a table (`frame`).
matplotlib is imported only when something is drawn.
"""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from . import _report
from ._counts import Counts
from ._encoder import HybridHashEncoder
from ._placement import Places
from ._ranking import rank
from ._vocabulary import head_values
from .collisions import code_space, expected_collisions

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

_MOST_POINTS = 400  # of one line: more than a picture has pixels for
_COLOURS = 10  # of matplotlib's cycle
_STYLES = ("-", "--", ":", "-.")  # then the colours come again, in the next style
_LEGEND_ROWS = 32  # as many fit beside a picture of a page's height
_LONGEST_NAME = 32  # characters of it in the legend
# Powers of two below the encoder's own number of buckets that are shown, and above it: with two hashes
# collisions fall with the square of the buckets, so a hundred times as many leave next to none.
_HALVINGS, _DOUBLINGS = 3, 6


@dataclass(frozen=True, slots=True)
class RankedValues:
    """The values of one column, or of several together, by weight, greatest first.

    Attributes
    ----------
    name : str
        What to call them.
    columns : ndarray of object of shape (n_values,)
        The column that each value is of.
    values : ndarray of shape (n_values,)
        The values; None stands for missing.
    weights : ndarray of float64 of shape (n_values,)
        How often each occurs, or the sum of its rows' weights.
    in_head : ndarray of bool of shape (n_values,)
        Which of them have a slot.
    n_slots : int
        Number of slots, those included whose values are not among `values`.
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
        """The share of all weight that the first so many values have together."""
        return np.cumsum(self.weights) / self.total

    @property
    def head_coverage(self) -> float:
        """The share of all weight that the head has."""
        return float(self.weights[self.in_head].sum()) / self.total


class CoverageDisplay:
    """The share of rows that the most frequent values cover, and where the head stands.

    A line per column shows what a head of its so many most frequent values would cover, a dot the
    head that was chosen. Under the line, it holds values that are not the most frequent: it was
    chosen by another importance, or for other rows. A thick line shows the cells of all columns,
    whose values are ranked together, as a shared budget ranks them.

    Mostly made by `from_estimator`.

    Parameters
    ----------
    columns : sequence of RankedValues
        The values of each column.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        What was drawn on, by `plot`.
    figure_ : matplotlib.figure.Figure
        Its figure.
    lines_ : list of matplotlib.lines.Line2D
        One per column, and the last for all together if there are several.
    points_ : list of matplotlib.lines.Line2D
        The heads in the same order; one without slots is drawn off the picture, at 0.

    See Also
    --------
    CollisionDisplay : What becomes of the values that have no slot.
    HybridHashEncoder.report : Coverage and collisions in figures, a row per column.

    Notes
    -----
    A missing value is a value like any other; where the encoder ignores missing values, they are left
    out altogether. In a column of lists every element counts.

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
        self.columns = columns

    @classmethod
    def from_estimator(
        cls, encoder: HybridHashEncoder, X: Any = None, *, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Take the numbers from an encoder, and from rows if there are any.

        Parameters
        ----------
        encoder : HybridHashEncoder
            A fitted encoder.
        X : dataframe or array-like of shape (n_samples, n_features), default=None
            Rows to rank the values of, perhaps others than those of `fit`. Without them only the
            head is known, with its weights at `fit`, and lines end where it does.
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
            If `encoder` is something else, such as the pipeline that holds it.
        ValueError
            If the columns of `X` are not those of `fit`; without `X`, if there are weights of rows, or
            if the encoder was saved before the weights of heads were kept.
        """
        names = _report_of(encoder).index.tolist()
        if X is None:
            if sample_weight is not None:
                raise ValueError("sample_weight is that of the rows of X: pass X too, or neither.")
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

            - ``column``, ``value``: what is ranked; None is missing;
            - ``rank``: from 1 on, by weight; equals in the order of their values, or of their slots;
            - ``share``: of its column's weight, or of that of all columns;
            - ``coverage``: the shares up to this rank together;
            - ``in_head``: whether it has a slot.
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
            What to draw on; a new figure by default.

        Returns
        -------
        self : CoverageDisplay
            With the attributes that end in an underscore.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        drawn = list(self.columns)
        if len(drawn) > 1:
            drawn.append(_together(drawn))
        self.ax_, self.figure_ = _axes(ax, len(drawn))
        styles = [*map(_style, range(len(self.columns))), {"color": "black", "linewidth": 2.5}]
        artists = [_draw_coverage(self.ax_, *pair) for pair in zip(drawn, styles, strict=False)]
        self.lines_, self.points_ = [line for line, _ in artists], [point for _, point in artists]
        self.ax_.set(
            xscale="log",
            xlim=(0.9, None),
            ylim=(0, 103),
            xlabel="values, most frequent first",
            ylabel="rows covered, %",
        )
        uncovered = np.array([1 - part.head_coverage for part in drawn])
        uncovered[len(self.columns) :] = np.inf  # all together always have their place in the legend
        _finish(
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
        Numbers of buckets to compare with it, in order, it among them.
    measured : ndarray of float64 of shape (n_counts,)
        How many of the values find their buckets taken; NaN where that is not known.
    """

    name: str
    tail_values: int
    n_hashes: int
    chosen: int
    n_buckets: NDArray[np.int64]
    measured: NDArray[np.float64]

    def expected(self, n_buckets: ArrayLike) -> NDArray[np.float64]:
        """How many of the values find their buckets taken, if hashes are random."""
        return expected_collisions(self.tail_values, code_space(n_buckets, self.n_hashes))


class CollisionDisplay:
    """Collisions among the values of the tail, by the number of buckets.

    A line per column shows how many of its tail's values are expected to find all their buckets
    taken by another one: such values the model cannot tell apart. The dot is the number of buckets
    that the encoder has, and crosses are what its hash functions really do.

    Mostly made by `from_estimator`.

    Parameters
    ----------
    columns : sequence of TailCollisions
        The collisions in each column.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        What was drawn on, by `plot`.
    figure_ : matplotlib.figure.Figure
        Its figure.
    lines_ : list of matplotlib.lines.Line2D
        The expected collisions, one line per column that can have any.
    points_ : list of matplotlib.lines.Line2D
        The encoder's own numbers of buckets, in the same order.
    crosses_ : list of matplotlib.lines.Line2D
        What was measured, in the same order; empty if nothing was.

    See Also
    --------
    CoverageDisplay : Which values have a slot, and so no collisions.
    hybrid_encoder.collisions : The theory.

    Notes
    -----
    Pairs of values that share one of two buckets are not shown: where a tail has more values than
    buckets, nearly every value has such a partner, at any number of buckets that one would choose.

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
        self.columns = columns

    @classmethod
    def from_estimator(
        cls, encoder: HybridHashEncoder, X: Any = None, *, n_buckets: ArrayLike | None = None
    ) -> Self:
        """Take the numbers from an encoder, and from rows if there are any.

        Parameters
        ----------
        encoder : HybridHashEncoder
            A fitted encoder, with buckets. Columns without any are left out.
        X : dataframe or array-like of shape (n_samples, n_features), default=None
            Rows to measure, perhaps others than those of `fit`: their tail counts then, in the
            expected collisions too. Without them it is the tail at `fit`, and nothing is measured.
        n_buckets : int or array-like of int, default=None
            Numbers of buckets to show beside the column's own; by default the powers of two from
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
            If `encoder` is something else, such as the pipeline that holds it.
        ValueError
            If the columns of `X` are not those of `fit`, if the encoder has no buckets at all, or if
            `n_buckets` holds something else than numbers of buckets.
        """
        report = _report_of(encoder)
        if not report["buckets"].any():
            raise ValueError(
                "This encoder has no buckets, so nothing can collide: n_buckets=0 has dropped the tail. "
                "Fit it with n_buckets='auto' or a number to see collisions."
            )
        given = None if n_buckets is None else _check_bucket_counts(n_buckets)
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

            - ``column``, ``buckets``: of what;
            - ``tail_values``: different values in the tail;
            - ``expected``: how many of these find their buckets taken, if hashes are random;
            - ``measured``: how many do; NaN without rows;
            - ``chosen``: whether it is the encoder's own number of buckets.
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
            What to draw on; a new figure by default.

        Returns
        -------
        self : CollisionDisplay
            With the attributes that end in an underscore.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        """
        drawn = [part for part in self.columns if part.tail_values > 1]
        self.ax_, self.figure_ = _axes(ax, len(drawn))
        artists = [_draw_collisions(self.ax_, part, _style(number)) for number, part in enumerate(drawn)]
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
        _finish(self.ax_, artists, list(map(_collision_text, drawn)), collisions, title)
        return self


def _report_of(encoder: HybridHashEncoder) -> pd.DataFrame:
    if isinstance(encoder, HybridHashEncoder):
        return encoder.report()
    held = [name for name, step in getattr(encoder, "steps", []) if isinstance(step, HybridHashEncoder)]
    remedy = f"pass model[{held[0]!r}] of it" if held else "if it holds one, pass that: model['step']"
    raise TypeError(f"encoder must be a HybridHashEncoder; it is a {type(encoder).__name__}: {remedy}.")


def _known(encoder: HybridHashEncoder, number: int, name: str) -> RankedValues:
    """What an encoder knows of a column by itself: the head."""
    if not hasattr(encoder, "_head_weights"):
        raise ValueError(
            "This encoder was saved by an earlier release, which did not keep the weights of the head: "
            "pass rows as X."
        )
    values = encoder.vocabularies_[number]
    *_, unlisted = weights = encoder._head_weights[number].astype(np.float64)
    order = np.argsort(-weights[:-1], kind="stable")
    in_head = np.ones(len(values), dtype=bool)
    columns = _all(name, values)
    return RankedValues(
        name, columns, values[order], weights[order], in_head, len(values), float(unlisted)
    )


def _ranked(encoder: HybridHashEncoder, counts: Counts, number: int, name: str) -> RankedValues:
    """All values counted in a column of some rows."""
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


def _check_bucket_counts(n_buckets: ArrayLike) -> NDArray[np.int64]:
    counts = np.asarray(n_buckets, dtype=np.float64).ravel()
    wrong = ~((counts >= 1) & (counts < 2**31) & (counts == np.floor(counts)))
    if wrong.any():
        raise ValueError(
            f"n_buckets must hold whole numbers from 1 to 2**31 - 1; it holds {counts[wrong][0]:g}."
        )
    return counts.astype(np.int64)


def _grid(own: int, given: NDArray[np.int64] | None) -> NDArray[np.int64]:
    """The numbers of buckets to show, a column's own among them; none if it has none."""
    if own == 0:
        return np.empty(0, dtype=np.int64)
    if given is None:
        middle = own.bit_length() - 1
        octaves = np.arange(max(0, middle - _HALVINGS), min(middle + _DOUBLINGS, 30) + 1)
        given = np.left_shift(np.int64(1), octaves)
    return np.unique(np.append(given, own))


def _measured(
    encoder: HybridHashEncoder, counts: Counts, number: int, grid: NDArray[np.int64]
) -> tuple[int, NDArray[np.float64]]:
    """The number of tail values in a column of some rows, and their collisions in each of the grid."""
    n_tail, collisions = 0, []
    for n_buckets in grid.tolist():
        places = _places(encoder, counts, number, n_buckets)
        n_tail = len(places.tail)
        collisions.append(_report.collisions(places.buckets))
    return n_tail, np.array(collisions, dtype=np.float64)


def _places(encoder: HybridHashEncoder, counts: Counts, number: int, n_buckets: int) -> Places:
    """Where the values counted in a column go, if it has so many buckets."""
    ignore_missing = encoder._settings["handle_missing"] == "ignore"
    return _report.places_of_values(
        counts, encoder._vocabularies[number], n_buckets, encoder._seeds, ignore_missing
    )


def _axes(ax: "Axes | None", n_lines: int) -> "tuple[Axes, Figure | SubFigure]":
    """What to draw on, and its figure: a new one is high enough for its legend."""
    try:
        import matplotlib.pyplot as plt
    except ImportError as error:
        raise ImportError('Displays need matplotlib: pip install "hybrid-encoder[plot]"') from error
    if ax is None:
        rows = min(n_lines, _LEGEND_ROWS)
        _, ax = plt.subplots(figsize=(10, max(5, 0.8 + 0.18 * rows)), layout="constrained")
    return ax, ax.figure


def _style(number: int) -> dict[str, Any]:
    return {
        "color": f"C{number % _COLOURS}",
        "linestyle": _STYLES[number // _COLOURS % len(_STYLES)],
    }


def _draw_coverage(ax: "Axes", part: RankedValues, style: dict[str, Any]) -> "list[Line2D]":
    """The line of what heads cover, and the dot of the encoder's own."""
    ranks = _log_spaced(1, len(part.weights))
    (line,) = ax.plot(ranks, 100 * part.coverage[ranks - 1], label=part.name, **style)
    return [line, _point(ax, part.n_slots, 100 * part.head_coverage, line)]


def _coverage_text(part: RankedValues) -> str:
    return f"{_short(part.name)}: {_many(part.n_slots, 'slot')}, {_percent(part.head_coverage)}"


def _draw_collisions(ax: "Axes", part: TailCollisions, style: dict[str, Any]) -> "list[Line2D]":
    """The line of expected collisions, the dot of the encoder's own, and crosses where measured."""
    per_cent = 100 / part.tail_values
    smooth = _log_spaced(*part.n_buckets[[0, -1]].tolist())
    (line,) = ax.plot(smooth, per_cent * part.expected(smooth), label=part.name, **style)
    point = _point(ax, part.chosen, per_cent * float(part.expected(part.chosen)), line)
    if np.isnan(part.measured).all():
        return [line, point]
    return [line, point, *ax.plot(part.n_buckets, per_cent * part.measured, "x", color=style["color"])]


def _collision_text(part: TailCollisions) -> str:
    collided = _percent(float(part.expected(part.chosen)) / part.tail_values)
    buckets = _many(part.chosen, "bucket")
    return f"{_short(part.name)}: {buckets} for {part.tail_values:,} values, {collided}"


def _point(ax: "Axes", x: float, y: float, line: "Line2D") -> "Line2D":
    """A dot in the colour of a line."""
    (point,) = ax.plot(x, y, "o", color=line.get_color(), markersize=7, zorder=3)
    return point


def _log_spaced(first: int, last: int) -> NDArray[np.int64]:
    """Whole numbers at even distances on a logarithmic axis, both ends among them; none if last is 0."""
    if last == 0:
        return np.empty(0, dtype=np.int64)
    return np.unique(np.geomspace(first, last, _MOST_POINTS).round().astype(np.int64))


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _finish(
    ax: "Axes", drawn: "list[list[Line2D]]", texts: list[str], urgency: NDArray[np.float64], title: str
) -> None:
    """Whole numbers along the axis, and a legend beside the picture, which is too full to hold one.

    Of many columns the most urgent ones have a place in it, and the others turn grey.
    """
    listed = np.sort(np.argsort(-urgency, kind="stable")[:_LEGEND_ROWS])
    others = np.delete(np.arange(len(drawn)), listed)
    for artist in itertools.chain.from_iterable(drawn[number] for number in others):
        artist.set(color="0.85", zorder=1)
    from matplotlib.ticker import LogFormatter

    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.xaxis.set_minor_formatter(LogFormatter())  # speaks up within a power of ten only
    ax.grid(alpha=0.3)
    legend = ax.legend(
        [tuple(drawn[number][:2]) for number in listed],
        [""] * len(listed),
        title=title + (f"\n{len(others):,} other columns in grey" if len(others) else ""),
        alignment="left",
        loc="upper left",
        bbox_to_anchor=(1.01, 1.01),
        fontsize="small",
        title_fontsize="small",
        frameon=False,
        handlelength=3.5,
    )
    # Set afterwards: a label with an underscore before it is left out, and dollars would mean formulas.
    for text, number in zip(legend.get_texts(), listed, strict=True):
        text.set(text=texts[number], parse_math=False)
