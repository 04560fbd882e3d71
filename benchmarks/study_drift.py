"""Vocabularies on data that drifts: systems are tested on each month before they are trained on it.

    python benchmarks/study_drift.py [--data FOLDER] [--quick]

Results are saved in build/benchmarks, so that a stopped run can continue. The figures are those of
docs/benchmarks/drift.md.
"""

from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd
import results
import studies
from drift import FROM_SCRATCH, OURS, STREAMS, SYSTEMS, Make, monthly, updated
from pictures import panels
from sklearn.metrics import log_loss

from hybrid_encoder._fit import budget as _budget
from hybrid_encoder._partial_fit import replacement as _replacement

BUDGETS = (0.10, 0.03)
SEEDS = (0, 1, 2)
MARGINS = (0.0, 0.5, 1.0, 2.0, 4.0)
DECAYS = (1.0, 0.9)
LEAST_SLOTS = (0, 4, 8, 16)

WORK = ("encoder", "transfer", "encode", "model")
DRAWN = {  # label, colour and dashes
    OURS: (OURS, "#c1440e", "-"),
    "updated, weights unchanged": ("updated, weights unchanged", "#c1440e", ":"),
    "frozen after the first months": ("frozen", "#1f6f8b", "-"),
    "refitted each month, rows in order": ("refitted from scratch", "#5b8c5a", "--"),
    "FeatureHasher": ("FeatureHasher", "#8a8a8a", "-"),
}

Rows = list[dict[str, Any]]


def by_month(folder: Path | None, name: str, seed: int, budget: float, make: Make) -> Rows:
    """Loss, slots changed and seconds of a system, a row per month."""
    parts, n_values = monthly(folder, name)
    size, n_first = round(budget * n_values), STREAMS[name].n_first
    learner = make(size, seed)
    learner.begin(list(parts.values())[:n_first])
    rows = []
    for month, (X, y) in list(parts.items())[n_first:]:
        loss = learner.loss(X, y)
        learner.clock.clear()
        learner.learn(X, y)
        base = log_loss(y, np.full(len(y), y.mean()), labels=[0, 1])
        tested = {"month": str(month), "rows": len(y), "loss": loss, "base": base, "columns": size}
        work = {name: learner.clock.get(name) for name in WORK}
        rows.append(tested | {"changes": learner.n_changes} | work)
    return rows


def of_system(folder: Path | None, stream: str, seed: int, budget: float, system: str) -> Rows:
    """The months of a system."""
    return by_month(folder, stream, seed, budget, (SYSTEMS | FROM_SCRATCH)[system])


def of_margin(
    folder: Path | None, stream: str, seed: int, budget: float, margin: float, decay: float
) -> Rows:
    """The months of an updated vocabulary with another margin for new values."""
    with patch.object(_replacement, "MARGIN", margin):
        return by_month(folder, stream, seed, budget, updated(decay=decay))


def of_least_slots(folder: Path | None, stream: str, seed: int, budget: float, least: int) -> Rows:
    """The months of an updated vocabulary with another minimum of slots for every column."""
    with patch.object(_budget, "LEAST_SLOTS", least):
        return by_month(folder, stream, seed, budget, updated())


def summary(found: pd.DataFrame) -> pd.DataFrame:
    """A row for each size and system of a stream."""
    rows = []
    for (budget, n_columns), part in found.groupby(["budget", "columns"], sort=False):
        scores = overall(part, "system")
        for system in [name for name in (*SYSTEMS, *FROM_SCRATCH) if name in scores]:
            ours = part[part["system"] == system]
            own = scores[system].dropna()
            ahead = (scores[OURS] - scores[system]).dropna()
            row = {
                "columns": f"{n_columns:,} ({budget:.0%})",
                "system": f"**{system}**" if system == OURS else system,
                "RCE, %": f"{own.mean():.2f}{plus_minus(own.std())}",
                "difference": "" if system == OURS else f"{ahead.mean():+.2f}{plus_minus(ahead.sem())}",
                "slots changed a month": f"{ours['changes'].mean():.0f}"
                if ours["changes"].any()
                else "",
            }
            seconds = ours[list(WORK)].median()
            rows.append(row | {f"{w}, s": "" if np.isnan(s) else f"{s:.3f}" for w, s in seconds.items()})
    return pd.DataFrame(rows)


def overall(part: pd.DataFrame, by: str) -> pd.DataFrame:
    """RCE over all months: a row per seed, a column per system or setting."""
    saved = part.assign(loss=part["rows"] * part["loss"], base=part["rows"] * part["base"])
    sums = saved.groupby(["seed", by])[["loss", "base"]].sum()
    return (100 * (1 - sums["loss"] / sums["base"])).unstack()


def plus_minus(spread: float) -> str:
    """A standard deviation or error; nothing where there is a single seed."""
    return "" if np.isnan(spread) else f" ± {spread:.2f}"


def by_setting(found: pd.DataFrame, setting: str, beside: str) -> pd.DataFrame:
    """Slots changed and RCE, a column per value of a setting."""
    rows = []
    for (stream, other), part in found.groupby(["stream", beside], sort=False):
        scores = overall(part, setting).mean()
        changes = part.groupby(setting)["changes"].mean()
        cells = {f"{value:g}": f"{changes[value]:.0f}: {scores[value]:.2f}" for value in scores.index}
        rows.append({"slots changed: RCE, %": f"{stream}, {beside}={other:g}"} | cells)
    return pd.DataFrame(rows)


def draw(found: pd.DataFrame, path: Path) -> None:
    """RCE by month, a panel per stream, at a tenth of the columns."""
    streams = list(found["stream"].unique())
    with panels(path, len(streams), 1, 3, figsize=(8, 3 * len(streams))) as grid:
        for panel, stream in zip(grid[:, 0], streams, strict=True):
            part = found[(found["stream"] == stream) & (found["budget"] == max(BUDGETS))]
            for system, (label, colour, dashes) in DRAWN.items():
                line, window = over_time(part[part["system"] == system])
                panel.plot(line.index.to_timestamp(), line, dashes, color=colour, label=label)
            smoothed = f", means of {window} months" if window > 1 else ""
            panel.set(ylabel="RCE, %", title=f"{stream}, a tenth of the columns{smoothed}")


def over_time(found: pd.DataFrame) -> tuple[pd.Series, int]:
    """RCE by month, the mean over seeds; over a year's rows where there are many years."""
    sums = found.assign(loss=found["rows"] * found["loss"], base=found["rows"] * found["base"])
    monthly = sums.groupby("month")[["loss", "base"]].sum()
    monthly.index = pd.PeriodIndex(monthly.index, freq="M")
    window = 12 if len(monthly) > 60 else 1
    rolled = monthly.sort_index().rolling(window, min_periods=window).sum().dropna()
    return 100 * (1 - rolled["loss"] / rolled["base"]), window


def main() -> None:
    parser = studies.parser(__doc__, data="loans.parquet and online_retail.parquet")
    arguments = results.parse(parser)
    quick, out, folder = arguments.quick, arguments.out, arguments.data
    streams = ["flights"] if folder is None or quick else list(STREAMS)
    one, seeds = SEEDS[:1], SEEDS[:1] if quick else SEEDS

    def study(name: str, work: studies.Work, todo: list[studies.Combination]) -> pd.DataFrame:
        path = studies.kept(name, quick)
        return studies.measure(partial(work, folder), todo, path, arguments.n_jobs)

    todo = studies.combinations(stream=streams, seed=one, budget=BUDGETS, system=FROM_SCRATCH)
    todo += studies.combinations(stream=streams, seed=seeds, budget=BUDGETS, system=SYSTEMS)
    found = study("drift", of_system, todo)
    for stream in streams:
        part = found[found["stream"] == stream]
        n_rows = part.groupby("month")["rows"].first()
        print(f"{stream}: {len(n_rows)} months, {n_rows.sum():,} rows")
        results.write(summary(part), out, f"drift_{stream}", n_names=2)
    draw(found, out / "drift.svg")
    settings = {"stream": streams, "seed": one}
    margins = studies.combinations(**settings, budget=BUDGETS[:1], margin=MARGINS, decay=DECAYS)
    table = by_setting(study("drift_margins", of_margin, margins), "margin", "decay")
    results.write(table, out, "drift_margins")
    least = studies.combinations(**settings, budget=BUDGETS, least=LEAST_SLOTS)
    table = by_setting(study("drift_least_slots", of_least_slots, least), "least", "budget")
    results.write(table, out, "drift_least_slots")


if __name__ == "__main__":
    main()
