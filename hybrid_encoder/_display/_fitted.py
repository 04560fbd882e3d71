"""What a fitted encoder knows of the values of its columns: all that the displays ask it for."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .. import _report
from .._encoder import HybridHashEncoder
from .._fit.counts import Counts
from .._transform.lookup import Locations as Places

T = TypeVar("T")


def over_rows(
    encoder: HybridHashEncoder,
    work: Callable[[Counts, int], T],
    X: Any,
    sample_weight: ArrayLike | None = None,
) -> list[T]:
    """What `work` makes of the values of each column of given rows."""
    return [work(counts, number) for number, counts in enumerate(encoder._count(X, sample_weight))]


def ignores_missing(encoder: HybridHashEncoder) -> bool:
    return encoder._fitted.settings.ignore_missing


def n_hashes(encoder: HybridHashEncoder) -> int:
    return encoder._fitted.settings.n_hashes


def places(encoder: HybridHashEncoder, counts: Counts, number: int, n_buckets: int) -> Places:
    """The slots and buckets of a column's values, if it has so many buckets."""
    locator = replace(encoder._fitted.columns[number].locator, n_buckets=n_buckets)
    return _report.locate_distinct(counts, locator)


def head_and_tail(encoder: HybridHashEncoder, number: int) -> tuple[NDArray[np.float64], float]:
    """The weight of each value of a column's head, and that of all others.

    Raises
    ------
    ValueError
        If the encoder was saved without them.
    """
    if encoder._fitted.histories is None:
        raise ValueError(
            "This encoder was saved without counts: pass rows as X, fit it again, or write it with "
            "to_dict(counts=True)."
        )
    history = encoder._fitted.histories[number]
    in_head = encoder._fitted.columns[number].vocabulary.missing_slot >= 0
    missing = 0.0 if ignores_missing(encoder) or in_head else float(history.missing.sum())
    return history.head_weights, history.tail_weight + missing
