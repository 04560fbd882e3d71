"""The tables of the paper's experiments, from the results of all runs."""

from collections.abc import Callable
from typing import Any

import pandas as pd
from scipy import stats

CELL = ["data", "split", "model"]
BASE, FREQUENCY, HYBRID = "regular hashing (baseline)", "frequency hashing", "hybrid hashing"
SMALL = "hybrid hashing, the paper's share"
BY_TARGET = f"{SMALL}, by target"
# The paper's Tables 1 and 2: one hash and a varying head, two hashes and varying buckets.
DETAILS = {
    "paper_heads": (BASE, FREQUENCY, "one-hot"),
    "paper_buckets": (
        BASE,
        HYBRID,
        SMALL,
        BY_TARGET,
        "double hashing",
        "regular hashing",
        "head only",
    ),
}

Row = dict[str, str]


def label(system: Any) -> str:
    """Name of a system with its parameters."""
    parts = [system.name]
    if 0 < system.head < 1:
        parts.append(f"k = {system.head:.0%}")
    if system.power > 0:
        parts.append(f"B = 2^-{system.power:g}")
    return ", ".join(parts)


def beside_the_baseline(found: pd.DataFrame) -> pd.DataFrame:
    """All runs, with size and quality relative to the baseline's run of the same number."""
    runs = found.assign(saved_bytes=found["model_bytes"] + found["encoder_bytes"])
    runs["label"] = [label(run) for run in runs.itertuples()]
    same = [*CELL, "optimiser", "run"]
    values = ["test", "model_bytes", "saved_bytes"]
    baseline = runs.loc[runs["name"] == BASE, same + values]
    runs = runs.merge(baseline, on=same, suffixes=("", "_base"))
    runs["gain"] = runs["test"] - runs["test_base"]
    runs["model_size"] = 100 * runs["model_bytes"] / runs["model_bytes_base"]
    runs["saved_size"] = 100 * runs["saved_bytes"] / runs["saved_bytes_base"]
    return runs


def main_runs(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs of the main tables: Adagrad, the paper's sum, default initial values."""
    return runs[(runs["optimiser"] == "adagrad") & is_sum(runs) & runs["std"].isna()]


def is_sum(runs: pd.DataFrame) -> pd.Series:
    """Which runs join the pair as the paper does, by a sum of full weight."""
    return (runs["combine"] == "sum") & (runs["tail_weight"] == 1)


def spread(values: pd.Series) -> str:
    """Mean and standard deviation over runs."""
    return f"{values.mean():.2f} ± {values.std():.2f}"


def gain(values: pd.Series) -> str:
    """Mean of paired differences and its standard error, bold where chance does not explain it."""
    mean, error = values.mean(), values.sem()
    shown = f"{mean:+.2f} ± {error:.2f}"
    significant = abs(mean) > stats.t.ppf(0.975, len(values) - 1) * error > 0
    return f"**{shown}**" if significant else shown


def table_of(runs: pd.DataFrame, by: list[str], row: Callable[[pd.DataFrame], Row]) -> pd.DataFrame:
    """A table with a row per group of runs."""
    rows = [{", ".join(by): ", ".join(key)} | row(group) for key, group in runs.groupby(by, sort=False)]
    return pd.DataFrame(rows)


def of_quality(runs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """All tables of quality, by name."""
    plain = main_runs(runs)
    mlp = runs[(runs["model"] == "MLP") & (runs["optimiser"] == "adagrad") & (runs["power"] == 3)]
    several = mlp[mlp["std"].isna() & mlp["name"].isin([HYBRID, "double hashing"])]
    initial = mlp[(mlp["split"] == "random") & (mlp["name"] == HYBRID) & is_sum(mlp)]
    return {
        "paper_summary": table_of(plain, CELL, in_short),
        "paper_data": table_of(plain, ["data", "split"], sizes),
        "paper_sgd": table_of(runs[runs["optimiser"] == "sgd"], CELL, plain_sgd),
        "paper_aggregation": table_of(several, ["data", "split", "name"], aggregation),
        "paper_initial": table_of(initial, ["data"], initial_values),
        **{name: details(plain, systems) for name, systems in DETAILS.items()},
    }


def in_short(cell: pd.DataFrame) -> Row:
    """Gain of each system on the baseline, and its size, in one cell."""

    def of(name: str, power: int) -> pd.DataFrame:
        return cell[(cell["name"] == name) & (cell["power"] == power)]

    chosen = {
        "frequency, B = 2^-1": best_head(cell),
        "hybrid, B = 2^-3": of(HYBRID, 3),
        "hybrid, B = 2^-5": of(HYBRID, 5),
        "hybrid, k = 3 %, B = 2^-3": of(SMALL, 3),
        "hybrid, k = 3 %, B = 2^-5": of(SMALL, 5),
        "k = 3 % by target, B = 2^-3": of(BY_TARGET, 3),
        "k = 3 % by target, B = 2^-5": of(BY_TARGET, 5),
        "double, as hybrid 2^-3": of("double hashing", 3),
        "regular, as hybrid 2^-3": of("regular hashing", 3),
        "head only": cell[cell["name"] == "head only"],
        "one-hot": cell[cell["name"] == "one-hot"],
    }
    baseline = {"baseline": spread(cell[cell["name"] == BASE]["test"])}
    return baseline | {
        name: f"{gain(runs['gain'])} ({runs['model_size'].mean():.0f} %)"
        for name, runs in chosen.items()
    }


def best_head(cell: pd.DataFrame) -> pd.DataFrame:
    """Frequency hashing with the head that is best on validation rows."""
    varied = cell[(cell["name"] == FREQUENCY) & (cell["optimiser"] == "adagrad")]
    return varied[varied["head"] == varied.groupby("head")["valid"].mean().idxmax()]


def sizes(cell: pd.DataFrame) -> Row:
    """How many values there are, and how many buckets the baseline has."""
    names = {"distinct values": "one-hot", "baseline's buckets": BASE}
    return {
        shown: f"{cell[cell['name'] == name]['table_rows'].iloc[0]:,.0f}"
        for shown, name in names.items()
    }


def plain_sgd(cell: pd.DataFrame) -> Row:
    """RCE with the paper's own optimiser."""
    names = (BASE, "double hashing", FREQUENCY, HYBRID)
    return {name: spread(cell[cell["name"] == name]["test"]) for name in names}


def aggregation(cell: pd.DataFrame) -> Row:
    """RCE of the sum of the pair, and the gain of other ways to join it."""
    ways = cell.set_index("run").groupby(["combine", "tail_weight"])["test"]
    by_run = dict(iter(ways))
    first = by_run["sum", 1.0]
    return {
        "sum": spread(first),
        "sum, tail_weight 0.25": gain(by_run["sum", 0.25] - first),
        "concat": gain(by_run["concat", 1.0] - first),
    }


def initial_values(cell: pd.DataFrame) -> Row:
    """RCE by the standard deviation of the initial embeddings."""
    by_std = cell.groupby(cell["std"].fillna(0.05))["test"]
    return {f"{std:g}": spread(scores) for std, scores in by_std}


def details(plain: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """All systems of some families in every cell, in the form of the paper's tables."""
    chosen = plain[plain["name"].isin(names)]
    rows = [
        {
            ", ".join(CELL): ", ".join(cell),
            "system": system,
            "table rows": f"{runs['table_rows'].mean():,.0f}",
            "model %": f"{runs['model_size'].mean():.1f}",
            "with encoder %": f"{runs['saved_size'].mean():.1f}",
            "rate": f"{runs['rate'].iloc[0]:g}",
            "RCE valid": f"{runs['valid'].mean():.2f}",
            "RCE": spread(runs["test"]),
            "to baseline": gain(runs["gain"]),
        }
        for cell, of_cell in chosen.groupby(CELL, sort=False)
        for system, runs in of_cell.groupby("label", sort=False)
    ]
    return pd.DataFrame(rows)


def steps_beside_the_baseline(times: pd.DataFrame) -> pd.DataFrame:
    """Steps per second over the baseline's of the same round, with and without encoding."""
    times = times.assign(whole=times["training"] + times["encoding"])
    same = [*CELL, "round"]
    baseline = times.loc[times["name"] == BASE, [*same, "training", "whole"]]
    times = times.merge(baseline, on=same, suffixes=("", "_base"))
    for part in ("training", "whole"):
        times[f"{part}_ratio"] = times[f"{part}_base"] / times[part]
    return times


def speeds(times: pd.DataFrame) -> pd.DataFrame:
    """The paper's Figure 4: steps per second."""

    def row(cell: pd.DataFrame) -> Row:
        base = cell[cell["name"] == BASE]
        shown = {"baseline, steps/s": f"{base['steps'].iloc[0] / base['training'].median():,.0f}"}
        for name in (FREQUENCY, HYBRID, "double hashing"):
            found = cell[cell["name"] == name]
            ratio, whole = found["training_ratio"].median(), found["whole_ratio"].median()
            shown[name] = f"{ratio:.2f} ({whole:.2f})"
        return shown

    return table_of(times, ["data", "model"], row)
