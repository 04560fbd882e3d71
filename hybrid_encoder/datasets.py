"""Data to try the encoder on."""

from importlib.resources import files
from numbers import Integral
from typing import Any, cast

import numpy as np
import pandas as pd
from numpy.random import RandomState
from sklearn.utils import Bunch, check_random_state
from sklearn.utils._param_validation import Interval, validate_parameter_constraints

from . import _click_log

__all__ = ["load_flights", "make_click_log"]

_FLIGHTS = """\
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

_CLICKS = """\
Clicks that were made up
========================

Rows are impressions, each drawn by itself; the target is whether it was clicked (17 % were). Values are
drawn by power laws, and each moves the log odds of a click by a normal number of its own, whose spread
is the same for frequent and rare values.

user        who saw it, "u9e3779b1"; many are seen once or twice
item        number of what was shown
site        where it was shown, "site7.example"; missing in a tenth of the rows
campaign    number of the campaign, 1 to 300
device      "phone", "desktop", "tablet" or "console"
hour        of the day, 0 to 23
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
    return _bunch(data, late, _FLIGHTS)


_LOG_PARAMETERS = {
    "n_samples": [Interval(Integral, 1, None, closed="left")],
    "n_users": [Interval(Integral, 1, 2**31, closed="left")],
    "n_items": [Interval(Integral, 1, 2**31, closed="left")],
    "random_state": ["random_state"],
    "return_X_y": ["boolean"],
}


def _bunch(data: pd.DataFrame, target: "pd.Series[Any]", description: str, **more: Any) -> Bunch:
    """A data set in the form in which scikit-learn's loaders give theirs."""
    return Bunch(
        data=data,
        target=target,
        frame=data.assign(**{str(target.name): target}),
        feature_names=list(data),
        DESCR=description,
        **more,
    )


def make_click_log(
    n_samples: int = 100_000,
    *,
    n_users: int = 100_000,
    n_items: int = 20_000,
    random_state: int | RandomState | None = None,
    return_X_y: bool = False,
) -> "Bunch | tuple[pd.DataFrame, pd.Series[int]]":
    """Make up a log of clicks of any size: users, items and sites with long tails that matter.

    Frequent and rare values move a click alike, so that a good part of what can be known lies in values
    that are seen a few times only. How likely each click was is told, and with it how good a model can
    be at the best.

    Parameters
    ----------
    n_samples : int, default=100_000
        Number of rows.
    n_users : int, default=100_000
        How many users there are; not all of them need occur.
    n_items : int, default=20_000
        How many items there are.
    random_state : int, RandomState instance or None, default=None
        What draws the rows. Users, items and all else are the same for every state, see Notes.
    return_X_y : bool, default=False
        Whether to return only the columns and the target.

    Returns
    -------
    data : Bunch
        With ``data`` (DataFrame of shape (n_samples, 6)), ``target`` (Series of 0 and 1, named
        "clicked"), ``probability`` (ndarray of shape (n_samples,), how likely each row was clicked),
        ``frame`` (data and target), ``feature_names`` and ``DESCR``.
    (X, y) : tuple of DataFrame and Series
        With ``return_X_y=True``.

    Raises
    ------
    ValueError
        If a number is below 1 or too large, or `random_state` is none.

    See Also
    --------
    load_flights : Real data.

    Notes
    -----
    Logs of different states are of one world: a user has the same name, and likes the same, in all of
    them. So one log can be learnt from and another predicted, and a log that is larger than memory can
    be made part by part, a state each.

    Examples
    --------
    >>> from hybrid_encoder.datasets import make_click_log
    >>> X, y = make_click_log(10_000, random_state=0, return_X_y=True)
    >>> X.shape, f"{y.mean():.1%} clicked"
    ((10000, 6), '16.5% clicked')
    >>> X.head(2)
            user        item           site  campaign device  hour
    0  u10060d77   732580101  site3.example        23  phone     9
    1  ud189f903  1520856339  site0.example         7  phone     6
    >>> f"{(X['user'].value_counts() == 1).mean():.0%} of the users are seen once"
    '86% of the users are seen once'
    """
    validate_parameter_constraints(_LOG_PARAMETERS, locals(), "make_click_log")
    random = check_random_state(random_state)
    columns = _click_log.world(int(n_users), int(n_items))
    ranks, probability = _click_log.draw(columns, int(n_samples), random)
    data = _click_log.frame_of(ranks)
    clicked = pd.Series((random.random_sample(n_samples) < probability).astype(np.int64), name="clicked")
    if return_X_y:
        return data, clicked
    return _bunch(data, clicked, _CLICKS, probability=probability)
