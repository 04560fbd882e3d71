"""Plots of the paper's experiments."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from pictures import panels

COLOURS = {
    "frequency hashing": "#7a5195",
    "hybrid hashing": "#c1440e",
    "hybrid hashing, the paper's share": "#e8a33d",
    "double hashing": "#1f6f8b",
    "regular hashing": "#8a8a8a",
    "one-hot": "#2f2f2f",
}


def draw_quality(runs: pd.DataFrame, path: Path) -> None:
    """Quality against size, a panel for every table, split and model."""
    places = list(dict.fromkeys(zip(runs["data"], runs["split"])))
    models = list(dict.fromkeys(runs["model"]))
    size = (3 * len(places), 2.8 * len(models))
    with panels(path, len(models), len(places), 4, figsize=size) as grid:
        for row, model in zip(grid, models, strict=True):
            for panel, (data, split) in zip(row, places, strict=True):
                of_cell = (runs["model"] == model) & (runs["data"] == data) & (runs["split"] == split)
                draw_cell(panel, runs[of_cell])
                panel.set_title(f"{data}, {split}, {model}", fontsize=9)
                panel.set_xlim(0, 103)
            row[0].set_ylabel("RCE in per cent")
        for panel in grid[-1]:
            panel.set_xlabel("model size, % of baseline")


def draw_cell(panel: Axes, cell: pd.DataFrame) -> None:
    """Every family as a line with the standard errors of its means, and the baseline."""
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
    parts = {"training": "training alone", "whole": "encoding and training"}
    with panels(path, 1, 2, 3, figsize=(9, 3), sharey=True) as grid:
        for panel, (part, title) in zip(grid[0], parts.items(), strict=True):
            for shift, name in enumerate(systems):
                of_name = times[times["name"] == name].groupby(["data", "model"])
                heights = of_name[f"{part}_ratio"].median()
                places = np.arange(len(cells)) + 0.25 * shift
                panel.bar(places, heights[cells], width=0.22, color=COLOURS[name], label=name)
            panel.axhline(1, color="#8a8a8a", linewidth=0.8, linestyle=":")
            panel.set_xticks(np.arange(len(cells)) + 0.25, [f"{data}\n{model}" for data, model in cells])
            panel.set_title(title, fontsize=9)
        grid[0, 0].set_ylabel("steps per second,\nbaseline = 1")
