"""The page of the study on data that drifts, and its picture."""

from pathlib import Path

import numpy as np
import pandas as pd
from drift import FROM_SCRATCH, OURS, SYSTEMS
from markdown import table

SHOWN = {
    OURS: ("follows, weights transferred", "#c1440e", "-"),
    "follows, weights left alone": ("follows, weights left alone", "#c1440e", ":"),
    "frozen after the first months": ("frozen", "#1f6f8b", "-"),
    "refitted each month, rows in order": ("refitted from scratch", "#5b8c5a", "--"),
    "FeatureHasher": ("FeatureHasher", "#8a8a8a", "-"),
}
ABOUT = {
    "loans": "Whether a small firm in the US defaults on its loan, by what the application says.",
    "retail": "Whether a line of an invoice of a British shop orders ten or more: by product, customer, "
    "country, hour\nand weekday.",
    "flights": "Whether a departure from New York is late, by what the timetable says.",
}
WORK = ("encoder_s", "transfer_s", "encode_s", "model_s")


def page(results: pd.DataFrame, by_margin: pd.DataFrame, by_least: pd.DataFrame) -> str:
    """The whole page."""
    streams = list(results["stream"].unique())
    sections = "\n\n".join(_section(results[results["stream"] == stream], stream) for stream in streams)
    return f"""# A month at a time, on data that drifts

A system begins with the first months of a stream, is tested on the next month, learns it, is tested on
the month after it, and so on to the end: what the paper's Figure 5 shows for an advertising system, here
on public data. All systems have the same model, scikit-learn's `SGDClassifier` with log loss and a
constant learning rate, which sees every row once; they differ in who has a column of their own. How to
build such a thing: [vocabularies that keep learning](../guide/streaming.md).

![RCE on each month before it is learnt](drift.svg)

- Follows: `encoder.partial_fit`, `transfer_weights`, `model.partial_fit`. Counts fade by a tenth a month
  (`decay=0.9`), values rank by what they tell of the target (the default).
- Weights left alone: the same without `transfer_weights`, so that a newcomer begins with the weight of
  the value it has displaced; set to 0: it begins with none.
- Frozen: the head of the first months; the model goes on learning.
- FeatureHasher: scikit-learn's plain hashing, which has no vocabulary.
- Refitted: encoder and model from scratch each month, on all rows so far, which the model sees once: in
  order, the newest last, or at random. It takes longer every month, and has the first seed alone.

All have the same number of columns, a tenth or 3 % of the different values in the whole table. Each
system keeps four models, with learning rates from 0.005 to 0.05, and the one that has done best so far
speaks: neither the first months nor hindsight choose a rate. RCE is what the predictions save of the
cross entropy of each month's own base rate, over all rows tested, in per cent; mean and standard
deviation over {results["seed"].nunique()} seeds (of the hash functions, and of the order in which the
model sees a month's rows). "Ours less it" is the paired difference with its standard error over the
seeds, and of what is refitted the difference to the first seed of ours. Seconds are medians per month
and for four models, on one core of a shared machine. That a loan has defaulted is known years later in
truth, and here at once. `python benchmarks/study_drift.py --data FOLDER` makes this page, in about half
an hour on two cores.

## What it shows

- To follow beats the frozen vocabulary on the loans and in the shop, by 1.4 to 3.6, and plain hashing
  everywhere, by 0.3 to 6.3. On the flights new values come too, flight numbers above all, but they tell
  little, and a frozen vocabulary is as good.
- The gain is that newcomers get slots at all. It matters little for RCE what weight they begin with:
  transferred, left alone and set to 0 are within 0.2 of each other, and on the loans at 3 % transferred
  is 0.03 to 0.06 behind. What `transfer_weights` gives is that no prediction for them jumps.
- To forget a tenth a month is worth 0.2 in the shop, 0.04 on the loans, and nothing on the flights.
- To refit everything each month, in order, is better by up to 0.9, takes three to eleven times as long,
  and needs all rows so far. Random order is worse by 6 on the loans, whose base rate drifts, and better
  by 1.0 to 1.4 in the shop and on the flights.
- By what a value tells of the target, or by frequency, is much the same on the loans; in the shop the
  target is worth 1.7 to 2.6.

{sections}

## The margin

By how many standard errors of its score a value of the head must be behind to lose its slot
(`hybrid_encoder/_revision.py`, `errors_of` in `_importance.py`): slots changed a month, and RCE of the
system that follows, at a tenth of the columns. Without a margin values of about the same score take
turns, and the more so the shorter the memory. Chosen: one standard error. With the first seed alone.

{_by_setting(by_margin, "margin", "decay")}

## A few slots for every column

How many slots every column has at least (`LEAST_SLOTS` in `_budget.py`), in the same figures. On the
loans three columns are of almost one value at first and of several later; without a slot that they could
ever take, their values share one pair of buckets for good. The slots come out of buckets where nothing
is left. Chosen: four. With the first seed alone.

{_by_setting(by_least, "least", "budget")}
"""


def _section(results: pd.DataFrame, stream: str) -> str:
    n_months = results["month"].nunique()
    tables = []
    for budget, part in results.groupby("budget", sort=False):
        header = (
            f"{stream}, {part['columns'].iloc[0]:,} columns ({budget:.0%})",
            "RCE, %",
            "ours less it",
            "slots changed a month",
            "encoder, s",
            "transfer, s",
            "encode, s",
            "model, s",
        )
        tables.append(table(header, _rows(part)))
    n_rows = results["rows"].groupby(results["month"]).first().sum()
    words = (
        f"{n_months} months tested, {n_rows:,} rows; a month of fewer than 1,000 is joined to the next."
    )
    return f"## {stream.capitalize()}\n\n{ABOUT[stream]}\n{words}\n\n" + "\n\n".join(tables)


def _rows(part: pd.DataFrame) -> list[list[str]]:
    scores = overall(part)
    rows = []
    for system in sorted(part["system"].unique(), key=[*SYSTEMS, *FROM_SCRATCH].index):
        own = part[part["system"] == system]
        ahead = (scores[OURS] - scores[system]).dropna().to_numpy()
        seconds = [own[work].median() if work in own else np.nan for work in WORK]
        rows.append(
            [
                f"**{system}**" if system == OURS else system,
                f"{scores[system].mean():.2f}{_spread(scores[system].dropna().to_numpy(), 1)}",
                "" if system == OURS else f"{ahead.mean():+.2f}{_spread(ahead, len(ahead))}",
                f"{own['changes'].mean():.0f}" if own["changes"].any() else "",
                *("" if np.isnan(value) else f"{value:.3f}" for value in seconds),
            ]
        )
    return rows


def overall(part: pd.DataFrame, by: str = "system") -> pd.DataFrame:
    """RCE over all months: a row per seed, a column per system."""
    saved = part.assign(loss=part["rows"] * part["loss"], base=part["rows"] * part["base"])
    sums = saved.groupby(["seed", by])[["loss", "base"]].sum()
    return (100 * (1 - sums["loss"] / sums["base"])).unstack()


def _by_setting(results: pd.DataFrame, setting: str, beside: str) -> str:
    """Slots changed and RCE, a column per value of a setting."""
    rows = []
    for (stream, other), part in results.groupby(["stream", beside], sort=False):
        scores = overall(part, setting)
        changes = part.groupby(setting)["changes"].mean()
        found = (f"{changes[value]:.0f}: {scores[value].mean():.2f}" for value in sorted(changes.index))
        rows.append([f"{stream}, {beside}={other:g}", *found])
    header = ["slots changed: RCE, %", *(f"{value:g}" for value in sorted(results[setting].unique()))]
    return table(header, rows)


def _spread(values: np.ndarray, n: int) -> str:
    """The standard deviation, or the error of a mean of n; nothing for a single value."""
    return f" ± {values.std(ddof=1) / np.sqrt(n):.2f}" if len(values) > 1 else ""


def draw(results: pd.DataFrame, path: Path) -> None:
    """RCE by month, a panel per stream, at a tenth of the columns."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams |= {"svg.hashsalt": "drift", "svg.fonttype": "none"}
    streams = list(results["stream"].unique())
    figure, panels = plt.subplots(
        len(streams), 1, figsize=(8, 3 * len(streams)), layout="constrained", squeeze=False
    )
    for panel, stream in zip(panels[:, 0], streams, strict=True):
        part = results[(results["stream"] == stream) & (results["budget"] == results["budget"].max())]
        for system, (label, colour, dashes) in SHOWN.items():
            by_month, window = over_time(part[part["system"] == system])
            panel.plot(by_month.index.to_timestamp(), by_month, dashes, color=colour, label=label)
        smoothed = f", means of {window} months" if window > 1 else ""
        panel.set(ylabel="RCE, %", title=f"{stream}, a tenth of the columns{smoothed}")
        panel.spines[["top", "right"]].set_visible(False)
    figure.legend(
        *panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3, frameon=False
    )
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def over_time(own: pd.DataFrame) -> tuple[pd.Series, int]:
    """RCE by month, the mean over seeds; over a year's rows where there are many years."""
    sums = own.assign(loss=own["rows"] * own["loss"], base=own["rows"] * own["base"])
    by_month = sums.groupby("month")[["loss", "base"]].sum()
    by_month.index = pd.PeriodIndex(by_month.index, freq="M")
    window = 12 if len(by_month) > 60 else 1
    rolled = by_month.sort_index().rolling(window, min_periods=window).sum().dropna()
    return 100 * (1 - rolled["loss"] / rolled["base"]), window
