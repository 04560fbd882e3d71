"""A world of users, items and sites, and rows of clicks drawn from it.

How popular a value is and how much it moves a click follow from its rank alone, never from the state
that draws the rows: so logs of any two states are of the same world, and may be put together.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

_DEVICES = ("phone", "desktop", "tablet", "console")
_LOG_ODDS = -2.2  # of a click that nothing moves
_NO_SITE = 0.1  # share of rows
_BUSIEST_HOUR = 20
_SCATTER = 2_654_435_761  # odd: what it makes of different ranks is different, and shows no order

Ranks = NDArray[np.int64]


class Values(NamedTuple):
    """The values of a column, by rank.

    Attributes
    ----------
    number : int
        How many there are.
    exponent : float
        The popularity of the r-th falls with r to this power.
    spread : float
        Standard deviation of what a value adds to the log odds of a click: the same at every rank, so
        that all values of the tail together tell as much as their share of the rows.
    """

    number: int
    exponent: float
    spread: float


def world(n_users: int, n_items: int) -> dict[str, Values]:
    """The columns, in order."""
    return {
        "user": Values(n_users, 0.8, 0.8),
        "item": Values(n_items, 1.0, 0.8),
        "site": Values(5_000, 1.2, 0.5),
        "campaign": Values(300, 0.7, 0.4),
        "device": Values(len(_DEVICES), 1.0, 0.3),
        "hour": Values(24, 0.5, 0.2),
    }


def draw(
    columns: Mapping[str, Values], n_samples: int, random: np.random.RandomState
) -> tuple[dict[str, Ranks], NDArray[np.float64]]:
    """The ranks of each row's values, by column, -1 for a missing one; and how likely it is clicked."""
    ranks: dict[str, Ranks] = {}
    log_odds = np.full(n_samples, _LOG_ODDS)
    for number, (name, values) in enumerate(columns.items()):
        ranks[name] = _by_popularity(values, n_samples, random)
        if name == "site":
            ranks[name][random.random_sample(n_samples) < _NO_SITE] = -1
        # A missing value moves nothing.
        log_odds += np.append(_moves(values, number), 0.0)[ranks[name]]
    return ranks, expit(log_odds)


def _by_popularity(values: Values, n_samples: int, random: np.random.RandomState) -> Ranks:
    shares = np.cumsum(np.arange(1, values.number + 1, dtype=np.float64) ** -values.exponent)
    return np.searchsorted(shares, random.random_sample(n_samples) * shares[-1], side="right")


def _moves(values: Values, column: int) -> NDArray[np.float64]:
    """What each value adds to the log odds; that of the first is the same however many there are."""
    return np.random.RandomState(column).standard_normal(values.number) * values.spread


def frame_of(ranks: Mapping[str, Ranks]) -> pd.DataFrame:
    """The rows as a table of text and integers."""
    steps = (ranks["hour"] + 1) // 2 * (-1) ** (ranks["hour"] % 2)  # 0, -1, 1, -2, 2, ...
    return pd.DataFrame(
        {
            "user": _named(ranks["user"], lambda rank: f"u{rank * _SCATTER % 2**32:08x}"),
            "item": ranks["item"] * _SCATTER % 2**31,
            "site": _named(ranks["site"], lambda rank: None if rank < 0 else f"site{rank}.example"),
            "campaign": ranks["campaign"] + 1,
            "device": _named(ranks["device"], lambda rank: _DEVICES[rank]),
            "hour": (_BUSIEST_HOUR + steps) % 24,
        }
    )


def _named(ranks: Ranks, name: Callable[[int], Any]) -> "pd.Series[Any]":
    codes, distinct = pd.factorize(ranks)
    return pd.Series([name(rank) for rank in distinct.tolist()]).take(codes).reset_index(drop=True)
