"""Plots of the paper's experiments."""

from pathlib import Path

import numpy as np
import pandas as pd

COLOURS = {
    "frequency hashing": "#7a5195",
    "hybrid hashing": "#c1440e",
    "hybrid hashing, the paper's share": "#e8a33d",
    "double hashing": "#1f6f8b",
    "regular hashing": "#8a8a8a",
    "one-hot": "#2f2f2f",
}


def axes(n_rows: int, n_columns: int, **settings: object) -> tuple:
    """A figure that is the same file whenever it is drawn from the same data."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams |= {"svg.hashsalt": "paper", "svg.fonttype": "none"}
    figure, panels = plt.subplots(n_rows, n_columns, squeeze=False, layout="constrained", **settings)
    for panel in panels.flat:
        panel.spines[["top", "right"]].set_visible(False)
    return figure, panels


def save(figure, path: Path) -> None:
    import matplotlib.pyplot as plt

    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def draw_quality(runs: pd.DataFrame, path: Path) -> None:
    """Quality against size, a panel for every table, split and model."""
    places = list(dict.fromkeys(zip(runs["data"], runs["split"])))
    models = list(dict.fromkeys(runs["model"]))
    figure, panels = axes(len(models), len(places), figsize=(3 * len(places), 2.8 * len(models)))
    for row, model in enumerate(models):
        for column, (data, split) in enumerate(places):
            panel = panels[row, column]
            cell = runs[(runs["model"] == model) & (runs["data"] == data) & (runs["split"] == split)]
            draw_cell(panel, cell)
            panel.set_title(f"{data}, {split}, {model}", fontsize=9)
            panel.set_xlim(0, 103)
        panels[row, 0].set_ylabel("RCE in per cent")
    for panel in panels[-1]:
        panel.set_xlabel("model size, % of baseline")
    handles = panels[0, 0].get_legend_handles_labels()
    figure.legend(*handles, loc="outside upper center", ncols=7, frameon=False, fontsize=9)
    save(figure, path)


def draw_cell(panel, cell: pd.DataFrame) -> None:
    """Every family as a line with the standard errors of its means, the baseline as a level."""
    base = cell[cell["name"].str.contains("baseline")]["test"].mean()
    panel.axhline(base, color="#8a8a8a", linewidth=0.8, linestyle=":", label="baseline, 100 %")
    for name, colour in COLOURS.items():
        family = cell[cell["name"] == name].groupby("label")
        means = family[["model_size", "test"]].mean().assign(error=family["test"].sem())
        means = means.sort_values("model_size")
        panel.errorbar(
            means["model_size"],
            means["test"],
            means["error"],
            color=colour,
            marker="o",
            markersize=3,
            linewidth=1,
            label=name,
        )


def draw_speed(times: pd.DataFrame, path: Path) -> None:
    """Steps per second as a multiple of the baseline's, bars for every table and model."""
    cells = list(dict.fromkeys(zip(times["data"], times["model"])))
    systems = [name for name in COLOURS if name in set(times["name"])]
    figure, panels = axes(1, 2, figsize=(9, 3), sharey=True)
    for panel, (part, title) in zip(
        panels[0], (("training", "training alone"), ("whole", "encoding and training")), strict=True
    ):
        for shift, name in enumerate(systems):
            own = times[times["name"] == name].groupby(["data", "model"])[f"{part}_ratio"].median()
            panel.bar(
                np.arange(len(cells)) + 0.25 * shift,
                [own[cell] for cell in cells],
                width=0.22,
                color=COLOURS[name],
                label=name,
            )
        panel.axhline(1, color="#8a8a8a", linewidth=0.8, linestyle=":")
        panel.set_xticks(np.arange(len(cells)) + 0.25, [f"{data}\n{model}" for data, model in cells])
        panel.set_title(title, fontsize=9)
    panels[0, 0].set_ylabel("steps per second,\nbaseline = 1")
    figure.legend(
        *panels[0, 0].get_legend_handles_labels(), loc="outside upper center", ncols=3, frameon=False
    )
    save(figure, path)
