"""The tables of the paper's experiments, from the results on disk."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from report import Table
from scipy import stats

CELL = ["data", "split", "model"]
SYSTEM = ["name", "head", "power", "merged", "combine", "tail_weight", "std"]


def label(system: Any) -> str:
    """Name of a system with what it was swept over."""
    parts = [system.name]
    if 0 < system.head < 1:
        parts.append(f"k = {system.head:.0%}")
    if system.power:
        parts.append(f"B = 2^-{system.power:g}")
    if (system.combine, system.tail_weight) != ("sum", 1):
        parts.append(f"{system.combine}, tail_weight {system.tail_weight:g}")
    if system.std is not None:
        parts.append(f"beginning with {system.std:g}")
    return ", ".join(parts)


def read(path: Path) -> pd.DataFrame:
    """All runs, with sizes and quality beside the baseline's run of the same number."""
    runs = pd.read_csv(path)
    runs[["power", "std"]] = runs[["power", "std"]].astype(object).where(runs.notna(), None)
    runs["saved_bytes"] = runs["model_bytes"] + runs["encoder_bytes"]
    runs["label"] = [label(run) for run in runs.itertuples()]
    baseline = runs[runs["name"].str.contains("baseline")]
    same = [*CELL, "optimiser", "run"]
    values = ["test", "model_bytes", "saved_bytes"]
    runs = runs.merge(baseline[same + values], on=same, suffixes=("", "_base"))
    runs["gain"] = runs["test"] - runs["test_base"]
    runs["model_size"] = 100 * runs["model_bytes"] / runs["model_bytes_base"]
    runs["saved_size"] = 100 * runs["saved_bytes"] / runs["saved_bytes_base"]
    return runs


def plain(runs: pd.DataFrame) -> pd.DataFrame:
    """The runs of the main tables: Adagrad, the paper's sum, the table begun as shipped."""
    return runs[
        (runs["optimiser"] == "adagrad")
        & (runs["combine"] == "sum")
        & (runs["tail_weight"] == 1)
        & runs["std"].isna()
    ]


def spread(values: pd.Series) -> str:
    """Mean and standard deviation over runs."""
    return f"{values.mean():.2f} ± {values.std():.2f}"


def gain(values: pd.Series) -> str:
    """Mean of paired differences and its standard error, bold where chance does not explain it."""
    mean, error = values.mean(), values.sem()
    shown = f"{mean:+.2f} ± {error:.2f}"
    beyond = abs(mean) > stats.t.ppf(0.975, len(values) - 1) * error > 0
    return f"**{shown}**" if beyond else shown


def one_line(runs: pd.DataFrame) -> tuple[str, ...]:
    """A system's row in a table of one cell."""
    return (
        f"{runs['table_rows'].mean():,.0f}",
        f"{runs['model_size'].mean():.1f}",
        f"{runs['saved_size'].mean():.1f}",
        f"{runs['rate'].iloc[0]:g}",
        f"{runs['valid'].mean():.2f}",
        spread(runs["test"]),
        gain(runs["gain"]),
    )


def details(cell: pd.DataFrame, title: str, names: Sequence[str]) -> str:
    """One cell's systems of some families, in the form of the paper's tables."""
    chosen = cell[cell["name"].isin(names)]
    rows = [(name, *one_line(runs)) for name, runs in chosen.groupby("label", sort=False)]
    header = ("", "table rows", "model %", "with encoder %", "rate", "RCE valid", "RCE", "to baseline")
    table = Table(title, "", header, rows).markdown()
    return f"#### {title}\n\n{table[table.index('|') :]}"


IN_SHORT = """\
RCE of the baseline, mean ± standard deviation of 5 runs. The others: what they gain on it, ± the
standard error of the 5 paired differences, and the size of the saved model in per cent of the
baseline's. Bold: chance (t with 4 degrees of freedom, 95 %) does not explain it. "As hybrid 2^-3"
is of the same size as that, k slots turned into buckets."""

SGD = """\
One pass of SGD at a rate of 0.001 in batches of 128, as the paper does over far more rows. RCE,
mean ± standard deviation. Every model begins with the base rate of its training rows."""

BEGINNINGS = """\
MLP, hybrid hashing with B = 2^-3, split at random: standard deviation of the normal numbers that
the embeddings begin with. RCE, mean ± standard deviation; the learning rate is tuned for each."""

SPEED = """\
The paper's Figure 4: steps per second of the baseline, and those of the others as a multiple of it;
in brackets with the encoding of the rows. One thread, {n_steps} steps per round, medians of
{n_rounds} rounds in which the systems take turns in changing order. Double and hybrid hashing are
of one size, B = 2^-3. The paper has 0.78 for double hashing and finds hybrid hashing on a par."""

BASE, FREQUENCY, HYBRID = "regular hashing (baseline)", "frequency hashing", "hybrid hashing"
TABLE_1 = (BASE, FREQUENCY, "one-hot")
SMALL = "hybrid hashing, the paper's share"
BY_TARGET = f"{SMALL}, by target"
TABLE_2 = (BASE, HYBRID, SMALL, BY_TARGET, "double hashing", "regular hashing", "head only")


def all_details(runs: pd.DataFrame) -> str:
    """Tables 1 and 2 of every cell."""
    sections = []
    for (data, split, model), cell in plain(runs).groupby(CELL, sort=False):
        sections += [
            f"### {data.capitalize()}, {'split at random' if split == 'random' else split}, {model}\n",
            details(cell, "One hash: the size of the head", TABLE_1),
            details(cell, "Two hashes: the number of buckets", TABLE_2),
        ]
    return "\n".join(sections)


def summary(runs: pd.DataFrame) -> Table:
    """What each system gains on the baseline, at what size, in every cell."""
    wanted = {
        "frequency, B = 2^-1": lambda cell: best_head(cell),
        "hybrid, B = 2^-3": lambda cell: of_power(cell, HYBRID, 3),
        "hybrid, B = 2^-5": lambda cell: of_power(cell, HYBRID, 5),
        "hybrid, k = 3 %, B = 2^-3": lambda cell: of_power(cell, SMALL, 3),
        "hybrid, k = 3 %, B = 2^-5": lambda cell: of_power(cell, SMALL, 5),
        "k = 3 % by target, B = 2^-3": lambda cell: of_power(cell, BY_TARGET, 3),
        "k = 3 % by target, B = 2^-5": lambda cell: of_power(cell, BY_TARGET, 5),
        "double, as hybrid 2^-3": lambda cell: of_power(cell, "double hashing", 3),
        "regular, as hybrid 2^-3": lambda cell: of_power(cell, "regular hashing", 3),
        "head only": lambda cell: cell[cell["name"] == "head only"],
        "one-hot": lambda cell: cell[cell["name"] == "one-hot"],
    }

    def row(cell: pd.DataFrame) -> tuple[str, ...]:
        base = spread(cell[cell["name"] == BASE]["test"])
        found = (choose(cell) for choose in wanted.values())
        return base, *(f"{gain(one['gain'])} ({one['model_size'].mean():.0f} %)" for one in found)

    return table_of(
        "In short",
        IN_SHORT,
        plain(runs),
        CELL,
        ("baseline", *wanted),
        row,
    )


def best_head(cell: pd.DataFrame) -> pd.DataFrame:
    """Frequency hashing with the head that is best on validation rows."""
    swept = cell[cell["name"] == FREQUENCY]
    return swept[swept["head"] == swept.groupby("head")["valid"].mean().idxmax()]


def of_power(cell: pd.DataFrame, name: str, power: int) -> pd.DataFrame:
    """One family with so few of the buckets, or of the size that hybrid hashing has with them."""
    return cell[(cell["name"] == name) & (cell["power"] == power)]


def table_of(
    title: str,
    text: str,
    runs: pd.DataFrame,
    by: list[str],
    header: Sequence[str],
    row: Callable[[pd.DataFrame], tuple[str, ...]],
) -> Table:
    """A table with a row per group of runs."""
    rows = [(", ".join(key), *row(group)) for key, group in runs.groupby(by, sort=False)]
    return Table(title, text, ("", *header), rows)


def plain_sgd(runs: pd.DataFrame) -> Table:
    """The paper's own optimiser."""
    names = (BASE, "double hashing", FREQUENCY, HYBRID)

    def row(cell: pd.DataFrame) -> tuple[str, ...]:
        return tuple(spread(cell[cell["name"] == name]["test"]) for name in names)

    return table_of(
        "Plain SGD as in the paper",
        SGD,
        runs[runs["optimiser"] == "sgd"],
        CELL,
        names,
        row,
    )


def aggregations(runs: pd.DataFrame) -> Table:
    """Sum and concatenation of the pair."""
    ways = {
        "sum": ("sum", 1.0),
        "sum, tail_weight 0.25": ("sum", 0.25),
        "concat": ("concat", 1.0),
    }
    several = runs[
        (runs["model"] == "MLP")
        & (runs["optimiser"] == "adagrad")
        & (runs["power"] == 3)
        & runs["std"].isna()
        & runs["name"].isin([HYBRID, "double hashing"])
    ]

    def row(cell: pd.DataFrame) -> tuple[str, ...]:
        by_run = {
            way: cell[(cell["combine"] == combine) & (cell["tail_weight"] == weight)].set_index("run")[
                "test"
            ]
            for way, (combine, weight) in ways.items()
        }
        first = by_run["sum"]
        return spread(first), *(gain(by_run[way] - first) for way in list(ways)[1:])

    return table_of(
        "How the pair is joined",
        "MLP, buckets of 2^-3. RCE of the paper's sum, and what the others gain on it.",
        several,
        ["data", "split", "name"],
        list(ways),
        row,
    )


def beginnings(runs: pd.DataFrame) -> Table:
    """Standard deviations that the table begins with."""
    swept = runs[
        (runs["model"] == "MLP")
        & (runs["split"] == "random")
        & (runs["optimiser"] == "adagrad")
        & (runs["name"] == HYBRID)
        & (runs["power"] == 3)
        & (runs["combine"] == "sum")
        & (runs["tail_weight"] == 1)
    ]
    stds = sorted({*swept["std"].dropna(), 0.05})

    def row(cell: pd.DataFrame) -> tuple[str, ...]:
        begun = cell["std"].astype(float).fillna(0.05)
        return tuple(spread(cell[begun == std]["test"]) for std in stds)

    return table_of(
        "What the table begins with",
        BEGINNINGS,
        swept,
        ["data"],
        [f"{std:g}" for std in stds],
        row,
    )


def ratios(times: pd.DataFrame) -> pd.DataFrame:
    """Steps per second over the baseline's of the same round, with and without encoding."""
    times["whole"] = times["training"] + times["encoding"]
    base = times[times["name"] == BASE]
    same = [*CELL, "round"]
    times = times.merge(base[[*same, "training", "whole"]], on=same, suffixes=("", "_base"))
    for part in ("training", "whole"):
        times[f"{part}_ratio"] = times[f"{part}_base"] / times[part]
    return times


def speeds(times: pd.DataFrame) -> Table:
    """The paper's Figure 4."""
    systems = list(dict.fromkeys(times["name"]))

    def row(cell: pd.DataFrame) -> tuple[str, ...]:
        base = cell[cell["name"] == BASE]
        shown = [f"{base['steps'].iloc[0] / base['training'].median():,.0f}"]
        for name in systems:
            if name != BASE:
                found = cell[cell["name"] == name]
                ratio, whole = found["training_ratio"].median(), found["whole_ratio"].median()
                shown.append(f"{ratio:.2f} ({whole:.2f})")
        return tuple(shown)

    n_steps, n_rounds = times["steps"].iloc[0], times["round"].nunique()
    return table_of(
        "Speed of training",
        SPEED.format(n_steps=n_steps, n_rounds=n_rounds),
        times,
        ["data", "model"],
        ("baseline, steps/s", *(name for name in systems if name != BASE)),
        row,
    )


def sizes(runs: pd.DataFrame) -> Table:
    """How many values there are, and how many buckets the baseline has."""

    def row(cell: pd.DataFrame) -> tuple[str, ...]:
        return tuple(
            f"{cell[cell['name'] == name]['table_rows'].iloc[0]:,.0f}" for name in ("one-hot", BASE)
        )

    header = ("distinct values", "baseline's buckets")
    return table_of("The tables", "In the training rows.", plain(runs), ["data", "split"], header, row)
