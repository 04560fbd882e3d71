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
sched_dep_time  scheduled time of departure, 515 for 5:15
carrier         code of the airline
flight          number of the flight
tailnum         registration of the aircraft
origin, dest    codes of the airports
hour            of scheduled departure               (made from sched_dep_time)
route           origin and destination, "EWR-IAH"    (made from origin and dest)
origin_hour     origin and hour, "EWR-05"            (made from origin and sched_dep_time)

Source: Bureau of Transportation Statistics, United States Department of Transportation; CC0.
"""


def load_flights(*, return_X_y: bool = False) -> "Bunch | tuple[pd.DataFrame, pd.Series[int]]":
    """Load a year of flights: ten categorical columns, text and integers.

    The data comes with the package; nothing is fetched.

    Parameters
    ----------
    return_X_y : bool, default=False
        Whether to return only the columns and the target.

    Returns
    -------
    data : Bunch
        With ``data`` (DataFrame of shape (327346, 10)), ``target`` (Series of 0 and 1, named
        "late"), ``frame`` (both), ``feature_names`` and ``DESCR``.
    (X, y) : tuple of DataFrame and Series
        With ``return_X_y=True``.

    Examples
    --------
    >>> from hybrid_encoder.datasets import load_flights
    >>> X, y = load_flights(return_X_y=True)
    >>> X.shape, round(y.mean(), 3)
    ((327346, 10), 0.237)
    >>> X[["carrier", "flight", "route"]].head(2)
      carrier  flight    route
    0      UA    1545  EWR-IAH
    1      UA    1714  LGA-IAH
    """
    with (files("hybrid_encoder") / "data" / "flights.npz").open("rb") as stream:
        packed = np.load(cast(Any, stream))
        names = [name.removesuffix("_codes") for name in packed.files if name.endswith("_codes")]
        table = {
            name.removesuffix("_codes"): pd.Series(packed[name.replace("_codes", "_values")].tolist())
            .take(packed[name])
            .reset_index(drop=True)
            for name in packed.files
            if name.endswith("_codes")
        }
    late = table.pop("late").rename("late")
    plain = pd.DataFrame(table)
    hour = plain["sched_dep_time"] // 100
    plain["hour"] = hour
    plain["route"] = plain["origin"] + "-" + plain["dest"]
    plain["origin_hour"] = plain["origin"] + "-" + hour.astype(str).str.zfill(2)
    if return_X_y:
        return plain, late
    return Bunch(
        data=plain,
        target=late,
        frame=plain.assign(late=late),
        feature_names=list(plain),
        DESCR=_DESCRIPTION,
    )
