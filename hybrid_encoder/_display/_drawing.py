"""How the displays draw: lines of many columns, marked points, and a legend that stays readable.

Nothing here knows of encoders. matplotlib is imported only when something is drawn.
"""

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure, SubFigure
    from matplotlib.lines import Line2D

T = TypeVar("T")

_MOST_POINTS = 400  # on one line: more would not be seen
_COLOURS = 10  # in matplotlib's cycle
_STYLES = ("-", "--", ":", "-.")  # each with all the colours before the next
_LEGEND_ROWS = 32  # what fits beside a picture as high as a page
_LONGEST_NAME = 32  # characters in the legend


def not_empty(columns: Sequence[T]) -> Sequence[T]:
    """The numbers of a display, of which there must be some."""
    if len(columns) == 0:
        raise ValueError("columns is empty: a display needs the numbers of at least one column.")
    return columns


def axes_of(ax: "Axes | None", n_lines: int) -> "tuple[Axes, Figure | SubFigure]":
    """The axes to draw on and their figure. A new figure is high enough for its legend."""
    try:
        import matplotlib.pyplot as plt
        from matplotlib.axes import Axes
    except ImportError as error:
        raise ImportError('Displays need matplotlib: pip install "hybrid-encoder[plot]"') from error
    if ax is None:
        rows = min(n_lines, _LEGEND_ROWS)
        _, ax = plt.subplots(figsize=(10, max(5, 0.8 + 0.18 * rows)), layout="constrained")
    if not isinstance(ax, Axes):
        raise TypeError(
            f"ax must be one matplotlib Axes; it is a {type(ax).__name__}. Of an array of axes, as "
            "plt.subplots(2, 2) returns, pass one element: axes[0, 0]."
        )
    return ax, ax.figure


def style_of(number: int) -> dict[str, Any]:
    """Colour and style of the line of a column, by its number."""
    return {
        "color": f"C{number % _COLOURS}",
        "linestyle": _STYLES[number // _COLOURS % len(_STYLES)],
    }


def dot(ax: "Axes", x: float, y: float, line: "Line2D") -> "Line2D":
    """A dot in the colour of a line."""
    (point,) = ax.plot(x, y, "o", color=line.get_color(), markersize=7, zorder=3)
    return point


def log_spaced(first: int, last: int) -> NDArray[np.int64]:
    """Whole numbers evenly spaced on a logarithmic axis, including both ends; none if last is 0."""
    if last == 0:
        return np.empty(0, dtype=np.int64)
    return np.unique(np.geomspace(first, last, _MOST_POINTS).round().astype(np.int64))


def percent(share: float) -> str:
    """A share in per cent.

    Examples
    --------
    >>> percent(0.0467)
    '4.67 %'
    """
    return f"{100 * share:.3g} %"


def many(number: int, what: str) -> str:
    """So many of something.

    Examples
    --------
    >>> many(1, "slot"), many(1200, "slot")
    ('1 slot', '1,200 slots')
    """
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def short(name: str) -> str:
    """A name that fits into the legend."""
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def finish(
    ax: "Axes", drawn: "list[list[Line2D]]", texts: list[str], urgency: NDArray[np.float64], title: str
) -> None:
    """Format the axis, and add a legend beside the picture, where there is room for it.

    Of many columns only the most urgent ones are listed there, and the others are drawn in grey.
    """
    listed = np.sort(np.argsort(-urgency, kind="stable")[:_LEGEND_ROWS])
    others = np.delete(np.arange(len(drawn)), listed)
    for artist in itertools.chain.from_iterable(drawn[number] for number in others):
        artist.set(color="0.85", zorder=1)
    from matplotlib.ticker import LogFormatter

    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.xaxis.set_minor_formatter(LogFormatter())  # labels only where few powers of ten are shown
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
    # Set afterwards, as a legend leaves out labels that begin with an underscore, and reads dollars as
    # formulas.
    for text, number in zip(legend.get_texts(), listed, strict=True):
        text.set(text=texts[number], parse_math=False)
