"""Data sets to try the encoder on: real flights, and generated clicks."""

from collections.abc import Callable
from importlib.resources import files
from numbers import Integral
from typing import Any, NamedTuple, cast

import numpy as np
import pandas as pd
from numpy.random import RandomState
from numpy.typing import NDArray
from scipy.special import expit
from sklearn.utils import Bunch, check_random_state
from sklearn.utils._param_validation import Interval, validate_parameter_constraints

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
Generated clicks
================

Rows are impressions, drawn independently. The target is whether the impression was clicked (17 % were).
The frequencies of the values follow power laws. Each value changes the log odds of a click by a normal
random number, with the same standard deviation for frequent and rare values.

user        user, "u9e3779b1"; many occur once or twice
item        number of the item shown
site        site it was shown on, "site7.example"; missing in a tenth of the rows
campaign    number of the campaign, 1 to 300
device      "phone", "desktop", "tablet" or "console"
hour        hour of the day, 0 to 23
"""


def _bunch(data: pd.DataFrame, target: "pd.Series[Any]", description: str, **more: Any) -> Bunch:
    return Bunch(
        data=data,
        target=target,
        frame=data.assign(**{str(target.name): target}),
        feature_names=list(data),
        DESCR=description,
        **more,
    )


def load_flights(
    *, crosses: bool = False, return_X_y: bool = False
) -> "Bunch | tuple[pd.DataFrame, pd.Series[int]]":
    """Load a year of flights: categorical columns, text and integers.

    The data is part of the package; nothing is downloaded.

    Parameters
    ----------
    crosses : bool, default=False
        Whether to add two columns that combine others: the route, and the airport with the hour.
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


class _Column(NamedTuple):
    """A column of the click log. Its values are numbered by popularity: rank 0 is the most frequent.

    Attributes
    ----------
    n_values : int
        Number of values.
    exponent : float
        The probability of rank r is proportional to (r + 1)**-exponent.
    spread : float
        Standard deviation of the effects of the values on the log odds of a click, at every rank.
    """

    n_values: int
    exponent: float
    spread: float


_CLICK_PARAMETERS = {
    "n_samples": [Interval(Integral, 1, None, closed="left")],
    "n_users": [Interval(Integral, 1, 2**31, closed="left")],
    "n_items": [Interval(Integral, 1, 2**31, closed="left")],
    "random_state": ["random_state"],
    "return_X_y": ["boolean"],
}
_DEVICES = ("phone", "desktop", "tablet", "console")
_LOG_ODDS = -2.2  # log odds of a click if all effects are 0
_MISSING_SITES = 0.1  # share of rows
_BUSIEST_HOUR = 20
# Ranks are multiplied by this odd number, modulo a power of two: different ranks get different numbers.
_MULTIPLIER = 2_654_435_761


def make_click_log(
    n_samples: int = 100_000,
    *,
    n_users: int = 100_000,
    n_items: int = 20_000,
    random_state: int | RandomState | None = None,
    return_X_y: bool = False,
) -> "Bunch | tuple[pd.DataFrame, pd.Series[int]]":
    """Generate a log of clicks of any size; rare users, items and sites predict the target too.

    Rare values have effects as strong as those of frequent values, so much of the information is in
    values that occur only a few times. The probability of each click, which is the best possible
    prediction, is returned too.

    Parameters
    ----------
    n_samples : int, default=100_000
        Number of rows.
    n_users : int, default=100_000
        Number of different users; some may not occur.
    n_items : int, default=20_000
        Number of different items; some may not occur.
    random_state : int, RandomState instance or None, default=None
        Random state for drawing the rows. Values and their effects do not depend on it, see Notes.
    return_X_y : bool, default=False
        Whether to return only the columns and the target.

    Returns
    -------
    data : Bunch
        With ``data`` (DataFrame of shape (n_samples, 6)), ``target`` (Series of 0 and 1, named
        "clicked"), ``probability`` (ndarray of shape (n_samples,), the probability of each click),
        ``frame`` (data and target), ``feature_names`` and ``DESCR``.
    (X, y) : tuple of DataFrame and Series
        With ``return_X_y=True``.

    Raises
    ------
    ValueError
        If a number is below 1 or too large, or if `random_state` is invalid.

    See Also
    --------
    load_flights : Real data.

    Notes
    -----
    A user has the same name, popularity and effect with every `random_state`; likewise for the other
    columns. So a model fitted on one log can be evaluated on another, and a data set larger than memory
    can be generated in parts, with a different state for each.

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
    >>> f"{(X['user'].value_counts() == 1).mean():.0%} of the users occur once"
    '86% of the users occur once'
    """
    validate_parameter_constraints(_CLICK_PARAMETERS, locals(), "make_click_log")
    random = check_random_state(random_state)
    columns = {
        "user": _Column(int(n_users), 0.8, 0.8),
        "item": _Column(int(n_items), 1.0, 0.8),
        "site": _Column(5_000, 1.2, 0.5),
        "campaign": _Column(300, 0.7, 0.4),
        "device": _Column(len(_DEVICES), 1.0, 0.3),
        "hour": _Column(24, 0.5, 0.2),
    }
    ranks: dict[str, NDArray[np.int64]] = {}
    log_odds = np.full(int(n_samples), _LOG_ODDS)
    for number, (name, column) in enumerate(columns.items()):
        ranks[name] = _draw_ranks(column, len(log_odds), random)
        if name == "site":
            ranks[name][random.random_sample(len(log_odds)) < _MISSING_SITES] = -1
        # Rank -1 is a missing value, whose effect is 0.
        log_odds += np.append(_effects(column, number), 0.0)[ranks[name]]
    probability = expit(log_odds)
    clicked = pd.Series((random.random_sample(len(log_odds)) < probability).astype(int), name="clicked")
    data = _click_frame(ranks)
    if return_X_y:
        return data, clicked
    return _bunch(data, clicked, _CLICKS, probability=probability)


def _draw_ranks(column: _Column, n_samples: int, random: RandomState) -> NDArray[np.int64]:
    shares = np.cumsum(np.arange(1, column.n_values + 1, dtype=np.float64) ** -column.exponent)
    return np.searchsorted(shares, random.random_sample(n_samples) * shares[-1], side="right")


def _effects(column: _Column, number: int) -> NDArray[np.float64]:
    """Effect of each value on the log odds of a click. An effect does not depend on `n_values`."""
    return RandomState(number).standard_normal(column.n_values) * column.spread


def _click_frame(ranks: dict[str, NDArray[np.int64]]) -> pd.DataFrame:
    hours = (ranks["hour"] + 1) // 2 * (-1) ** (ranks["hour"] % 2)  # 0, -1, 1, -2, 2, ...
    return pd.DataFrame(
        {
            "user": _names(ranks["user"], lambda rank: f"u{rank * _MULTIPLIER % 2**32:08x}"),
            "item": ranks["item"] * _MULTIPLIER % 2**31,
            "site": _names(ranks["site"], lambda rank: None if rank < 0 else f"site{rank}.example"),
            "campaign": ranks["campaign"] + 1,
            "device": _names(ranks["device"], lambda rank: _DEVICES[rank]),
            "hour": (_BUSIEST_HOUR + hours) % 24,
        }
    )


def _names(ranks: NDArray[np.int64], name: Callable[[int], str | None]) -> "pd.Series[Any]":
    codes, distinct = pd.factorize(ranks)
    return pd.Series([name(rank) for rank in distinct.tolist()]).take(codes).reset_index(drop=True)
