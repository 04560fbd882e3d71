"""Base class of both displays: draws a line per column with a dot on it, and a legend."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

_LINE_POINTS = 400
_N_COLOURS = 10  # in the colour cycle of matplotlib
_LINE_STYLES = ("-", "--", ":", "-.")
_LEGEND_ROWS = 32  # fit beside a figure that is as high as a page
_NAME_LENGTH = 32  # characters in the legend


@dataclass(frozen=True)
class Curve:
    """Line of a column, a dot for the encoder, and crosses for measured collisions.

    Attributes
    ----------
    name, note : str
        Name of the column, and the text that follows it in the legend.
    line, dot, crosses : tuple of array-like
        The x and y of each.
    priority : float
        If there are too many columns for the legend, it lists those with the highest priority.
    style : dict, default=None
        Style of the line; by default it depends on the position of the column.
    """

    name: str
    note: str
    line: tuple[NDArray[Any], NDArray[np.float64]]
    dot: tuple[float, float]
    priority: float
    crosses: tuple[ArrayLike, ArrayLike] | None = None
    style: dict[str, Any] | None = None

    def draw(self, ax: "Axes", number: int) -> "list[Line2D]":
        colour = f"C{number % _N_COLOURS}"
        linestyle = _LINE_STYLES[number // _N_COLOURS % len(_LINE_STYLES)]
        style = self.style or {"color": colour, "linestyle": linestyle}
        artists = ax.plot(*self.line, label=self.name, **style)
        artists += ax.plot(*self.dot, "o", color=style["color"], markersize=7, zorder=3)
        return artists + (ax.plot(*self.crosses, "x", color=style["color"]) if self.crosses else [])

    @property
    def text(self) -> str:
        cut = len(self.name) > _NAME_LENGTH
        return f"{self.name[: _NAME_LENGTH - 1] + '…' if cut else self.name}: {self.note}"


class Display:
    """Base class. A subclass returns curves, and defines labels, limits and scale of the axes."""

    ax_: "Axes"
    figure_: "Figure | SubFigure"
    lines_: "list[Line2D]"
    points_: "list[Line2D]"
    crosses_: "list[Line2D]"

    _axes: ClassVar[dict[str, Any]]  # arguments of Axes.set
    _log_base: ClassVar[int]
    _x_start: ClassVar[float | None] = None
    _legend_title: ClassVar[str]

    def _curves(self) -> list[Curve]:
        raise NotImplementedError

    def plot(self, ax: "Axes | None" = None) -> Self:
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, default=None
            Axes to draw on; by default those of a new figure.

        Returns
        -------
        self : object
            The display itself, with the attributes that end in an underscore.

        Raises
        ------
        ImportError
            If matplotlib is not installed.
        TypeError
            If `ax` is not an Axes.
        """
        curves = self._curves()
        self.ax_ = _axes_for(ax, len(curves))
        self.figure_ = self.ax_.figure
        artists = [curve.draw(self.ax_, number) for number, curve in enumerate(curves)]
        self.lines_ = [line for line, *_ in artists]
        self.points_ = [point for _, point, *_ in artists]
        self.crosses_ = [cross for _, _, *crosses in artists for cross in crosses]
        if any(len(curve.line[0]) or curve.dot[0] for curve in curves):
            self.ax_.set_xscale("log", base=self._log_base)  # this needs data
            if self._x_start is not None:
                self.ax_.set_xlim(left=self._x_start)
        self.ax_.set(**self._axes)
        self.ax_.grid(alpha=0.3)
        title = self._legend_title + ("; crosses: measured" if self.crosses_ else "")
        _add_legend(self.ax_, curves, artists, title)
        return self


def _axes_for(ax: "Axes | None", n_lines: int) -> "Axes":
    """The axes to draw on; by default those of a new figure, with enough height for the legend."""
    try:
        import matplotlib.pyplot as plt
        from matplotlib.axes import Axes
    except ImportError as error:
        raise ImportError('Displays need matplotlib: pip install "hybrid-encoder[plot]"') from error
    if ax is None:
        height = max(5, 0.8 + 0.18 * min(n_lines, _LEGEND_ROWS))
        ax = plt.subplots(figsize=(10, height), layout="constrained")[1]
    if not isinstance(ax, Axes):
        raise TypeError(
            f"ax must be one matplotlib Axes; it is a {type(ax).__name__}. Pass one element of an array "
            "of axes from plt.subplots: axes[0, 0]."
        )
    return ax


def _add_legend(ax: "Axes", curves: Sequence[Curve], artists: "list[list[Line2D]]", title: str) -> None:
    """Add a legend beside the axes. Columns that it does not list are drawn in grey."""
    from matplotlib.ticker import LogFormatter

    ranked = np.argsort([-curve.priority for curve in curves], kind="stable").tolist()
    listed, others = sorted(ranked[:_LEGEND_ROWS]), ranked[_LEGEND_ROWS:]
    for artist in [artist for number in others for artist in artists[number]]:
        artist.set(color="0.85", zorder=1)
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.xaxis.set_minor_formatter(LogFormatter())  # adds labels only if the axis has few powers
    legend = ax.legend(
        [tuple(artists[number][:2]) for number in listed],
        [""] * len(listed),
        title=title + (f"\n{len(others):,} other columns in grey" if others else ""),
        alignment="left",
        loc="upper left",
        bbox_to_anchor=(1.01, 1.01),
        fontsize="small",
        title_fontsize="small",
        frameon=False,
        handlelength=3.5,
    )
    # Set later: a legend omits labels that begin with an underscore, and reads dollars as formulas.
    for text, number in zip(legend.get_texts(), listed, strict=True):
        text.set(text=curves[number].text, parse_math=False)


def log_spaced(first: int, last: int) -> NDArray[np.int64]:
    """Whole numbers from `first` to `last`, evenly spaced on a log scale; none if `last` is 0."""
    if last == 0:
        return np.empty(0, dtype=np.int64)
    return np.unique(np.geomspace(first, last, _LINE_POINTS).round().astype(np.int64))


def quantity(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
