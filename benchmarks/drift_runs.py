"""One system over the months of one stream."""

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from drift import STREAMS, SYSTEMS, Frozen, Make, months, together
from labelled import Labelled
from sklearn.metrics import log_loss

RATES = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1)


@lru_cache(maxsize=1)
def stream(folder: Path | None, name: str) -> tuple[dict[Any, Labelled], int]:
    """The months of a stream, and how many different values all its columns have together."""
    dated = STREAMS[name].read(folder)
    return months(dated), int(dated[0].nunique(dropna=False).sum())


def run(folder: Path | None, name: str, seed: int, budget: float, system: str) -> pd.DataFrame:
    """Loss, slots changed and seconds, a row per month."""
    parts, n_values = stream(folder, name)
    size, n_first, make = round(budget * n_values), STREAMS[name].n_first, SYSTEMS[system]
    rate = tuned(make, size, seed, list(parts.values())[:n_first])
    learner = make(size, seed, rate)
    learner.learn(*together(list(parts.values())[:n_first]))
    rows = []
    for month, part in list(parts.items())[n_first:]:
        tested = losses(learner, part)
        learner.learn(*part)
        work = {f"{what}_s": seconds for what, seconds in learner.clock.items()}
        rows.append({"month": str(month), **tested, "changes": learner.n_changes, **work})
    return pd.DataFrame(rows).assign(rate=rate, columns=size)


def losses(learner: Frozen, part: Labelled) -> dict[str, float]:
    """Rows, and cross entropies per row: of the predictions, and of the month's own base rate."""
    X, y = part
    share = y.mean()
    return {
        "rows": len(y),
        "loss": log_loss(y, learner.predict(X), labels=[0, 1]),
        "base": log_loss(y, np.full(len(y), share), labels=[0, 1]),
    }


def tuned(make: Make, size: int, seed: int, parts: list[Labelled]) -> float:
    """The learning rate that does best on the second half of the first months."""
    half = len(parts) // 2
    found = dict.fromkeys(RATES, 0.0)
    for rate in RATES:
        learner = make(size, seed, rate)
        learner.learn(*together(parts[:half]))
        for part in parts[half:]:
            tested = losses(learner, part)
            found[rate] += tested["rows"] * tested["loss"]
            learner.learn(*part)
    return min(found, key=found.__getitem__)
