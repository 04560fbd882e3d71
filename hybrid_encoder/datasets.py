"""Data to try the encoder on."""

from importlib.resources import files
from typing import Any, cast

import numpy as np
import pandas as pd
from sklearn.utils import Bunch

_DESCRIPTION = """\
Departures from New York City in 2013
=====================================

327,346 flights from EWR, JFK and LGA, in the order of departure. The target is whether the flight
arrived late (24 % did).

date            day of departure, "2013-01-01"
hour            scheduled hour of departure
carrier         code of the airline
flight          number of the flight
tailnum         registration of the aircraft
origin, dest    codes of the airports

With crosses=True also

route           origin and destination, "EWR-IAH"
origin_hour     origin and hour, "EWR-05"

Source: Bureau of Transportation Statistics, United States Department of Transportation; CC0.
"""


def load_flights(
    *, crosses: bool = False, return_X_y: bool = False
) -> "Bunch | tuple[pd.DataFrame, pd.Series[int]]":
    """Load a year of flights: categorical columns, text and integers.

    The data comes with the package; nothing is fetched.

    Parameters
    ----------
    crosses : bool, default=False
        Whether to add two columns that join others: the route, and the hour at each airport.
    return_X_y : bool, default=False
        Whether to return only the columns and the target.

    Returns
    -------
    data : Bunch
        With ``data`` (DataFrame of shape (327346, 7), or 9 columns with crosses), ``target`` (Series
        of 0 and 1, named "late"), ``frame`` (both), ``feature_names`` and ``DESCR``.
    (X, y) : tuple of DataFrame and Series
        With ``return_X_y=True``.

    Examples
    --------
    >>> from hybrid_encoder.datasets import load_flights
    >>> X, y = load_flights(return_X_y=True)
    >>> X.shape, f"{y.mean():.1%} late"
    ((327346, 7), '23.7% late')
    >>> X.head(2)
             date  hour carrier  flight tailnum origin dest
    0  2013-01-01     5      UA    1545  N14228    EWR  IAH
    1  2013-01-01     5      UA    1714  N24211    LGA  IAH
    """
    with (files("hybrid_encoder") / "data" / "flights.npz").open("rb") as stream:
        packed = np.load(cast(Any, stream))
        columns = {
            name.removesuffix("_codes"): pd.Series(packed[name.replace("_codes", "_values")].tolist())
            .take(packed[name])
            .reset_index(drop=True)
            for name in packed.files
            if name.endswith("_codes")
        }
    late = columns.pop("late").rename("late")
    data = pd.DataFrame({"date": columns.pop("date"), "hour": columns.pop("sched_dep_time") // 100})
    data = data.assign(**columns)
    if crosses:
        data["route"] = data["origin"] + "-" + data["dest"]
        data["origin_hour"] = data["origin"] + "-" + data["hour"].astype(str).str.zfill(2)
    if return_X_y:
        return data, late
    return Bunch(
        data=data,
        target=late,
        frame=data.assign(late=late),
        feature_names=list(data),
        DESCR=_DESCRIPTION,
    )
