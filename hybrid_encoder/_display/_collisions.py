"""Collisions among the values of the tail, by the number of buckets."""

from typing import Any, ClassVar, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from .._encoder import HybridHashEncoder, check_encoder
from ..collisions import code_space, expected_collisions
from ._data import tail_collisions
from ._plot import Curve, Display, log_spaced, quantity


class CollisionDisplay(Display):
    """Collisions among the values of the tail, by the number of buckets.

    Two values collide if all their buckets are the same: a model cannot distinguish them. The line of a
    column shows the share of its tail values that are expected to collide with an earlier value. The
    dot marks the encoder's number of buckets, and crosses mark the collisions measured in given rows.

    Use `from_estimator` to create a display.

    Parameters
    ----------
    table : DataFrame
        The collisions, as `frame` returns them.
    n_hashes : {1, 2}
        Buckets per value.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes that `plot` drew on.
    figure_ : matplotlib.figure.Figure
        The figure of these axes.
    lines_ : list of matplotlib.lines.Line2D
        The expected collisions, one line per column whose tail has at least two values.
    points_ : list of matplotlib.lines.Line2D
        The encoder's numbers of buckets, in the same order.
    crosses_ : list of matplotlib.lines.Line2D
        The measured collisions, in the same order; empty if no rows were given.

    See Also
    --------
    CoverageDisplay : Coverage of the values that have a slot; they do not collide.
    hybrid_encoder.collisions : The formulas of the expected collisions.

    Notes
    -----
    Two values that share only one of their two buckets do not collide. If the tail has more values than
    buckets, almost every value shares a bucket with another.

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

    _axes: ClassVar = {
        "ylim": (-2, 103),
        "xlabel": "buckets of the column",
        "ylabel": "tail values that collide with an earlier one, %",
    }
    _log_base = 2
    _legend_title = "dots: the encoder's number of buckets"

    def __init__(self, table: pd.DataFrame, n_hashes: int) -> None:
        self.table = table
        self.n_hashes = n_hashes

    @classmethod
    def from_estimator(
        cls, encoder: HybridHashEncoder, X: Any = None, *, n_buckets: ArrayLike | None = None
    ) -> Self:
        """Create a display of an encoder and of rows.

        Parameters
        ----------
        encoder : HybridHashEncoder
            A fitted encoder with buckets. Columns without buckets are left out.
        X : dataframe or array-like of shape (n_samples, n_features), default=None
            Rows to measure collisions in; they need not be those of `fit`. The expected collisions are
            then computed for the tail of these rows. By default they are computed for the tail at `fit`,
            and no collisions are measured.
        n_buckets : int or array-like of int, default=None
            Numbers of buckets to compare with the encoder's; by default powers of two, from about 1/8 to
            64 times the encoder's number.

        Returns
        -------
        display : CollisionDisplay
            The display; `plot` draws it.

        Raises
        ------
        sklearn.exceptions.NotFittedError
            If the encoder is not fitted.
        TypeError
            If `encoder` is not a HybridHashEncoder, for example a pipeline that contains one.
        ValueError
            If the columns of `X` are not those of `fit`, if the encoder has no buckets, or if
            `n_buckets` holds anything but whole numbers from 1 to 2**31 - 1.
        """
        table = tail_collisions(check_encoder(encoder), X, n_buckets)
        return cls(table, encoder._fitted.settings.n_hashes)

    def frame(self) -> pd.DataFrame:
        """The numbers of the display as a table, a row per column and number of buckets.

        Returns
        -------
        frame : pandas.DataFrame
            With the columns

            - ``column``, ``buckets``: the input column, and a number of buckets;
            - ``tail_values``: number of different values in the tail;
            - ``expected``: expected number of collisions among them;
            - ``measured``: measured number of collisions; NaN without rows;
            - ``chosen``: whether this is the encoder's number of buckets.
        """
        return self.table.copy()

    def _curves(self) -> list[Curve]:
        tables = [part for _, part in self.table.groupby("column", sort=False)]
        return [self._curve(part) for part in tables if part["tail_values"].iloc[0] > 1]

    def _curve(self, part: pd.DataFrame) -> Curve:
        chosen: Any = next(part[part["chosen"]].itertuples())
        buckets = log_spaced(part["buckets"].min(), part["buckets"].max())
        expected = expected_collisions(chosen.tail_values, code_space(buckets, self.n_hashes))
        per_cent = 100 / chosen.tail_values
        share = per_cent * chosen.expected
        return Curve(
            name=chosen.column,
            note=f"{quantity(chosen.buckets, 'bucket')} for {chosen.tail_values:,} values, "
            f"{share:.3g} %",
            line=(buckets, per_cent * expected),
            dot=(chosen.buckets, share),
            priority=chosen.expected,
            crosses=None
            if np.isnan(chosen.measured)
            else (part["buckets"], per_cent * part["measured"]),
        )
