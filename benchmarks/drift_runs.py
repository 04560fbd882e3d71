"""One system over the months of one stream."""

from functools import lru_cache
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
from drift import FROM_SCRATCH, STREAMS, SYSTEMS, Make, following, months
from labelled import Labelled
from sklearn.metrics import log_loss

from hybrid_encoder._fit import budget as _budget
from hybrid_encoder._partial_fit import update as _revision


@lru_cache(maxsize=1)
def stream(folder: Path | None, name: str) -> tuple[dict[Any, Labelled], int]:
    """The months of a stream, and how many different values all its columns have together."""
    dated = STREAMS[name].read(folder)
    return months(dated), int(dated[0].nunique(dropna=False).sum())


def run(folder: Path | None, name: str, seed: int, budget: float, system: str) -> pd.DataFrame:
    """What a system does, by its name."""
    return measured(folder, name, seed, budget, (SYSTEMS | FROM_SCRATCH)[system])


def with_margin(
    folder: Path | None, name: str, seed: int, budget: float, margin: float, decay: float
) -> pd.DataFrame:
    """What a vocabulary that follows does if newcomers must be ahead by another margin."""
    with patch.object(_revision, "MARGIN", margin):
        return measured(folder, name, seed, budget, following(decay=decay))


def with_least_slots(
    folder: Path | None, name: str, seed: int, budget: float, least: int
) -> pd.DataFrame:
    """What it does if every column has so many slots at least."""
    with patch.object(_budget, "LEAST_SLOTS", least):
        return measured(folder, name, seed, budget, following())


def measured(folder: Path | None, name: str, seed: int, budget: float, make: Make) -> pd.DataFrame:
    """Loss, slots changed and seconds, a row per month."""
    parts, n_values = stream(folder, name)
    size, n_first = round(budget * n_values), STREAMS[name].n_first
    learner = make(size, seed)
    learner.begin(list(parts.values())[:n_first])
    rows = []
    for month, (X, y) in list(parts.items())[n_first:]:
        loss, rate = learner.loss(X, y)
        learner.clock.clear()
        learner.learn(X, y)
        work = {f"{what}_s": seconds for what, seconds in learner.clock.items()}
        base = log_loss(y, np.full(len(y), y.mean()), labels=[0, 1])
        tested = {"month": str(month), "rows": len(y), "loss": loss, "base": base, "rate": rate}
        rows.append(tested | {"changes": learner.n_changes} | work)
    return pd.DataFrame(rows).assign(columns=size)
