"""Quality by importance, tail weight, indicator and share of buckets: the study behind the defaults.

    python benchmarks/study_defaults.py [--data FOLDER] [--rows 100000] [--quick]

There are four data sets (flights with and without crosses, loans, online retail; without ``--data`` only
the flights), three sizes (3, 10 and 25 % of the one-hot columns), and two ways to train a linear model.
Quality is relative cross entropy (RCE) in per cent on a random fifth of the rows. Systems are compared
split by split. Results are saved in build/benchmarks, so that a stopped run can continue. The figures
are those of docs/benchmarks/study_defaults.md.
"""

from functools import partial
from pathlib import Path
from unittest import mock

import pandas as pd
import results
import studies
from labelled import names, split, table
from matplotlib.axes import Axes
from pictures import panels
from regimes import REGIMES
from systems import (
    CONSTANTS,
    DEFAULT,
    DEMANDS,
    MEASURES,
    ONE_HOT,
    OTHERS,
    POOLED,
    SHARES,
    SYSTEMS,
    WEIGHTS,
)

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit import budget as _budget

BUDGETS = (0.03, 0.10, 0.25)
SEEDS = (0, 1, 2, 3)
CELL = ["regime", "data", "budget"]

SAME = "head only, same importance"
SHOWN = [ONE_HOT, DEFAULT, *OTHERS, SAME, "equal K", "frequency, equal K"]
HASHED = [DEFAULT, "double hashing", "regular hashing"]
SETTINGS = [
    *(f"tail_weight={weight}" for weight in WEIGHTS),
    "tail_indicator=True",
    *(f"pooled {factor}" for factor in POOLED),
    *(f"bucket share {share}" for share in SHARES),
    *(f"bucket demand {power}" for power in DEMANDS),
    "equal K",
    "frequency",
    "frequency, tail_indicator=True",
]
STYLES = {
    DEFAULT: {"color": "C3", "linewidth": 2.5, "marker": "o"},
    "frequency": {"color": "C3", "linestyle": "--", "marker": "o", "markerfacecolor": "white"},
    **{name: {"color": f"C{i}", "marker": "."} for i, name in enumerate(OTHERS)},
}


def quality(
    folder: Path | None, n_rows: int, data: str, seed: int, budget: float, system: str
) -> list[dict[str, float]]:
    """RCE of one system after each way of training."""
    X, y = table(folder, data, n_rows)
    parts = split(X, y, seed)
    one_hot = HybridHashEncoder(top_k=None, n_buckets=0)
    module, constants = CONSTANTS.get(system, (_budget, {}))
    with mock.patch.dict(vars(module), constants):
        if system == ONE_HOT:
            encoder = one_hot
        else:
            size = round(budget * one_hot.fit(X).n_features_out_)
            encoder = SYSTEMS[system](size, parts[0][0])
        encoder.fit(*parts[0])
    encoded = [(encoder.transform(rows), target) for rows, target in parts]
    return [{name: regime(*encoded) for name, regime in REGIMES.items()}]


def by_system(found: pd.DataFrame) -> pd.DataFrame:
    """RCE by regime, data, budget and seed, a column for each system."""
    keys = ["data", "budget", "seed", "system"]
    scores = found.set_index(keys)[list(REGIMES)].rename_axis(columns="regime").stack()
    return scores.unstack("system").reorder_levels([*CELL, "seed"]).sort_index()


def margins(scores: pd.DataFrame) -> pd.DataFrame:
    """The default against the best of three others, and against a head ranked in the same way."""
    rows = []
    for (regime, data, budget), cell in scores.groupby(level=CELL):
        best = cell[list(OTHERS)].mean().idxmax()
        rows.append(
            {
                "regime": regime,
                "data": data,
                "budget": f"{budget:.0%}",
                "default": f"{cell[DEFAULT].mean():.2f}",
                "best other encoder": best,
                "its RCE": f"{cell[best].mean():.2f}",
                "margin over it, %": margin(cell[DEFAULT], cell[best]),
                SAME: f"{cell[SAME].mean():.2f}",
                "margin over that, %": margin(cell[DEFAULT], cell[SAME]),
            }
        )
    return pd.DataFrame(rows)


def margin(ours: pd.Series, other: pd.Series) -> str:
    """By how much of the other's mean RCE ours is above it, and the error over the pairs."""
    return results.mean_and_error(100 * (ours - other) / other.mean(), digits=1)


def shown(means: pd.DataFrame, systems: list[str]) -> pd.DataFrame:
    """Mean RCE of some systems as a page shows it."""
    table = means[systems].map("{:.2f}".format).reset_index()
    return table.assign(budget=table["budget"].map("{:.0%}".format))


def settings(scores: pd.DataFrame) -> pd.DataFrame:
    """By how much of its RCE the default changes with one other setting."""
    default = scores[DEFAULT].groupby(level=CELL).transform("mean")
    changes = scores[SETTINGS].sub(scores[DEFAULT], axis=0).div(default, axis=0).mul(100)
    by_seed = changes.groupby(level=["regime", "budget", "seed"]).mean()
    table = by_seed.groupby(level=["regime", "budget"]).agg(results.mean_and_error).T
    table.columns = [f"{regime}, {budget:.0%}" for regime, budget in table.columns]
    return table.rename_axis("setting").reset_index()


def draw(means: pd.DataFrame, one_hot: pd.Series, path: Path) -> None:
    """RCE by the number of columns, a panel for each way of training and table."""
    regimes, tables = (means.index.unique(level) for level in ("regime", "data"))
    size = {"figsize": (3 * len(tables), 5.5), "sharex": True}
    with panels(path, len(regimes), len(tables), 3, **size) as grid:
        for regime, row in zip(regimes, grid, strict=True):
            for data, panel in zip(tables, row, strict=True):
                panel.axhline(one_hot[regime, data], color="black", linewidth=1, label=ONE_HOT)
                draw_lines(panel, means.loc[regime, data])
                panel.set_title(f"{data}, {regime}", fontsize=10)
        for panel in grid[-1]:
            panel.set_xlabel("columns, % of one-hot")
        for panel in grid[:, 0]:
            panel.set_ylabel("RCE, %")


def draw_lines(panel: Axes, means: pd.DataFrame) -> None:
    for name, style in STYLES.items():
        panel.plot(100 * means.index, means[name], label=name, **style)
    panel.set(xscale="log", ylim=(0, None))
    panel.set_xticks([3, 10, 25], ["3", "10", "25"])
    panel.minorticks_off()


def main() -> None:
    data = "loans.parquet and online_retail.parquet"
    arguments = results.parse(studies.parser(__doc__, data, rows=100_000))
    quick, out = arguments.quick, arguments.out
    n_rows, seeds = (2_000, SEEDS[:2]) if quick else (arguments.rows, SEEDS)
    tables = names(arguments.data)
    todo = studies.combinations(data=tables, seed=seeds, budget=[1.0], system=[ONE_HOT])
    todo += studies.combinations(data=tables, seed=seeds, budget=BUDGETS, system=SYSTEMS)
    todo.sort(key=lambda one: (one["data"], one["seed"], one["budget"]))
    path = studies.kept(f"study_defaults_{n_rows}", quick)
    found = studies.measure(partial(quality, arguments.data, n_rows), todo, path, arguments.n_jobs)
    scores = by_system(found)
    one_hot = scores.xs(1.0, level="budget")[ONE_HOT].groupby(level=["regime", "data"]).mean()
    scores = scores.drop(index=1.0, level="budget")
    means = scores.groupby(level=CELL).mean()
    means[ONE_HOT] = one_hot.reindex(means.index.droplevel("budget")).to_numpy()
    results.write(margins(scores), out, "study_margins", n_names=3)
    results.write(shown(means, SHOWN), out, "study_systems", n_names=3)
    results.write(shown(means, HASHED), out, "study_hashing", n_names=3)
    by_measure = shown(means, [DEFAULT, *MEASURES]).rename(columns={DEFAULT: "pooled_info"})
    results.write(by_measure, out, "study_importance", n_names=3)
    results.write(settings(scores), out, "study_settings")
    draw(means, one_hot, out / "study_defaults.svg")


if __name__ == "__main__":
    main()
