"""The share of rows that the most frequent values cover."""

from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .._encoder import HybridHashEncoder, check_encoder
from ._data import Ranking, all_columns, concatenate, rankings
from ._plot import Curve, Display, log_spaced, quantity


class CoverageDisplay(Display):
    """Share of rows covered by the most frequent values, and by the values that have a slot.

    The line of a column shows the share of rows that its 1, 2, 3, ... most frequent values cover. The
    dot shows the number and the coverage of its slots. A dot below the line means that the slots do not
    hold the most frequent values: `importance` was not "frequency", or `fit` saw other rows. If there
    are several columns, a thick black line shows the values of all columns, ranked together.

    Use `from_estimator` to create a display.

    Parameters
    ----------
    columns : list
        The values of each column, as `from_estimator` reads them.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes that `plot` drew on.
    figure_ : matplotlib.figure.Figure
        The figure of these axes.
    lines_ : list of matplotlib.lines.Line2D
        One line per column and, if there are several columns, a last one for all together.
    points_ : list of matplotlib.lines.Line2D
        The dots in the same order. With 0 slots the dot is outside the axes.

    See Also
    --------
    CollisionDisplay : Collisions among the values that have no slot.
    HybridHashEncoder.report : Coverage and collisions as a table, a row per column.

    Notes
    -----
    A missing value counts like any other value, unless the encoder ignores missing values; then they are
    left out. In a column of lists every element counts.

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

    _axes: ClassVar = {
        "ylim": (0, 103),
        "xlabel": "values, most frequent first",
        "ylabel": "rows covered, %",
    }
    _log_base = 10
    _x_start = 0.9
    _legend_title = "dots: the encoder's heads"

    def __init__(self, columns: list[Ranking]) -> None:
        self.columns = columns

    @classmethod
    def from_estimator(
        cls, encoder: HybridHashEncoder, X: Any = None, *, sample_weight: ArrayLike | None = None
    ) -> Self:
        """Create a display of an encoder and of rows.

        Parameters
        ----------
        encoder : HybridHashEncoder
            A fitted encoder.
        X : dataframe or array-like of shape (n_samples, n_features), default=None
            Rows whose values are ranked; they need not be those of `fit`. By default only the values
            that have a slot are ranked, by their weights at `fit`.
        sample_weight : array-like of shape (n_samples,), default=None
            Weights of these rows.

        Returns
        -------
        display : CoverageDisplay
            The display; `plot` draws it.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the encoder is not fitted.
        TypeError
            If `encoder` is not a HybridHashEncoder, for example a pipeline that contains one.
        ValueError
            If the columns of `X` are not those of `fit`; without `X`, if `sample_weight` is given or if
            the encoder was saved without counts.
        """
        return cls(rankings(check_encoder(encoder), X, sample_weight))

    def frame(self, *, total: bool = False) -> pd.DataFrame:
        """The numbers of the display as a table, a row per value.

        Parameters
        ----------
        total : bool, default=False
            Whether to rank the values of all columns together.

        Returns
        -------
        frame : pandas.DataFrame
            With the columns

            - ``column``, ``value``: the value and its column; None is a missing value;
            - ``rank``: 1, 2, 3, ... by weight; ties are broken by value; without `X`, by slot;
            - ``share``: share of the value in the weight of its column, or of all columns;
            - ``coverage``: sum of the shares up to this rank;
            - ``in_head``: whether the value has a slot.
        """
        columns = [all_columns(self.columns)] if total else self.columns
        names = ["column", "value", "rank", "share", "coverage", "in_head"]
        return concatenate([ranking.table for ranking in columns])[names]

    def _curves(self) -> list[Curve]:
        curves = [_curve(ranking, priority=1 - ranking.head_coverage) for ranking in self.columns]
        if len(curves) > 1:
            style = {"color": "black", "linewidth": 2.5}
            curves.append(_curve(all_columns(self.columns), priority=np.inf, style=style))
        return curves


def _curve(ranking: Ranking, priority: float, style: dict[str, Any] | None = None) -> Curve:
    ranks = log_spaced(1, len(ranking.table))
    covered = 100 * ranking.head_coverage
    return Curve(
        name=ranking.name,
        note=f"{quantity(ranking.n_slots, 'slot')}, {covered:.3g} %",
        line=(ranks, 100 * ranking.table["coverage"].to_numpy()[ranks - 1]),
        dot=(ranking.n_slots, covered),
        priority=priority,
        style=style,
    )
