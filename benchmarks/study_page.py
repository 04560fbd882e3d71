"""The page of the study behind the defaults, made from its results."""

import markdown
import pandas as pd
from regimes import REGIMES
from systems import DEFAULT, DEMANDS, MEASURES, ONE_HOT, POOLED, RIVALS, SHARES, WEIGHTS

SAME = "head only, same importance"
SHOWN = [ONE_HOT, DEFAULT, *RIVALS, SAME, "equal K", "frequency, equal K"]
HASHED = ["double hashing", "regular hashing"]
CELL = ["regime", "data", "budget"]

PAGE = """# The study behind the defaults

Made by `python benchmarks/study_defaults.py --data FOLDER`: {n_rows:,} random rows of each table, 68 %
of them to train on, 12 % to tune, 20 % to test; {n_seeds} random splits. Quality is relative cross
entropy (RCE) in per cent: what a model saves of the cross entropy of the base rate. "Budget" is the
number of output columns, in per cent of those of one-hot encoding. "Converged" is an L2 logistic
regression with its C tuned; "one pass" is one pass of AdaGrad in batches of 128 with its learning rate
tuned, the paper's regime.

"Default" is `HybridHashEncoder(max_features=...)`, fitted with the target. "Head only" has no buckets
and ranks by frequency, "{same}" ranks as the default does;
"OneHotEncoder(max_categories)" is scikit-learn's with the same K for every column; "FeatureHasher" is
scikit-learn's on tokens `column=value`.

## What the defaults are held to

Never more than 1 % below the best of three rivals of the same size (head only, uniform one-hot,
FeatureHasher) at 3 and 10 %, and above them all in one pass. "Margin" is by how much of the best
rival's RCE the default is above it, in per cent, with the standard error over the paired splits; the
last columns hold the default against a head of the same size that is ranked as its own is.

{rule}

## Every system by size

![RCE by the number of columns, for every table and regime](study_defaults.svg)

RCE, mean of the splits. "Equal K" gives every column the same number of slots, ranked by the default
importance or by frequency.

{systems}

{hashed}

## Measures of importance

RCE of the encoder with each measure, all else as by default.

{measures}

## One setting at a time

By how much of its RCE, in per cent, the default changes with one other setting: mean over the tables,
with the standard error over the splits. "Pooled" is the factor of the column's average in
`pooled_info`, 2 by default; "bucket share" is the part of the shared budget that goes to the buckets,
by default a fiftieth; "bucket demand" is the power of the number of tail values by which columns share
them, by default a half.

{settings}

## What follows

{conclusions}
"""


def page(results: pd.DataFrame, n_rows: int) -> str:
    """All tables, and what follows from them."""
    scores = by_system(results)
    means = scores.groupby(level=[*CELL, "system"]).mean().unstack("system")
    one_hot = means.xs(1.0, level="budget")[ONE_HOT]
    sized = means.drop(index=1.0, level="budget").assign(**{ONE_HOT: 0.0})
    sized[ONE_HOT] = [one_hot[key[:2]] for key in sized.index]
    sized = _by_name(sized)
    return PAGE.format(
        n_rows=n_rows,
        n_seeds=results["seed"].nunique(),
        same=SAME,
        rule=_rule(scores),
        systems=markdown.frame(sized[SHOWN]),
        hashed=markdown.frame(sized[[DEFAULT, *HASHED]]),
        measures=markdown.frame(sized[[DEFAULT, *MEASURES]].rename(columns={DEFAULT: "pooled_info"})),
        settings=_settings(scores),
        conclusions=CONCLUSIONS,
    )


def by_system(results: pd.DataFrame) -> pd.Series:
    """RCE by regime, data, budget, system and seed."""
    keys = ["data", "budget", "system", "seed"]
    scores = results.set_index(keys)[list(REGIMES)].rename_axis(columns="regime").stack()
    return scores.reorder_levels(["regime", *keys]).sort_index()


def _by_name(table: pd.DataFrame) -> pd.DataFrame:
    """Budgets as per cent, without the name of the columns."""
    index = table.index.to_frame()
    index["budget"] = index["budget"].map("{:.0%}".format)
    return table.set_axis(pd.MultiIndex.from_frame(index)).rename_axis(columns=None)


def _rule(scores: pd.Series) -> str:
    rows = []
    for cell in scores.index.droplevel(["system", "seed"]).unique():
        if cell[2] == 1.0:
            continue
        own = scores[cell].unstack("system")
        best = own[list(RIVALS)].mean().idxmax()
        rows.append(
            [
                *cell[:2],
                f"{cell[2]:.0%}",
                f"{own[DEFAULT].mean():.2f}",
                best,
                f"{own[best].mean():.2f}",
                _margin(own[DEFAULT], own[best]),
                f"{own[SAME].mean():.2f}",
                _margin(own[DEFAULT], own[SAME]),
            ]
        )
    header = [*CELL, DEFAULT, "best rival", "its RCE", "margin, %", SAME, "margin, %"]
    return markdown.table(header, rows, n_names=3)


def _margin(own: pd.Series, other: pd.Series) -> str:
    """By how much of the other's mean RCE our own is above it, and the error over the pairs."""
    mean, error = markdown.with_error((100 * (own - other) / other.mean()).to_numpy())
    return f"{mean:+.1f} ± {error:.1f}"


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


def _settings(scores: pd.Series) -> str:
    systems = scores.unstack("system")
    default = systems[DEFAULT].groupby(level=CELL).transform("mean")
    changes = systems[SETTINGS].sub(systems[DEFAULT], axis=0).div(default, axis=0).mul(100).dropna()
    by_seed = changes.groupby(level=["regime", "budget", "seed"]).mean()
    columns = by_seed.index.droplevel("seed").unique()
    rows = []
    for name in SETTINGS:
        found = [markdown.with_error(by_seed.loc[column, name].to_numpy()) for column in columns]
        rows.append([name, *(f"{mean:+.2f} ± {error:.2f}" for mean, error in found)])
    return markdown.table(["setting", *(f"{r}, {b:.0%}" for r, b in columns)], rows)


CONCLUSIONS = ""
