"""How the time per cell grows with rows, with slots and with distinct values."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import rivals
import tables
from clock import side_by_side
from report import Table

Points = dict[str, tuple[Sequence[int], dict[str, list[float]]]]

NOTE = """What grows is the cache's doing. Up to some ten thousand slots the table of the head lies in a
core's cache; beyond, a look-up waits for memory, a few times per text (its fingerprint, where the
value lies, its bytes) and once or twice per integer. `fit` makes the head's tables and names, so
its time per cell grows with the slots per row, and it counts distinct values in a hash table that
outgrows the cache too; integers are sorted instead, which does not. Values drawn evenly are the
worst case: real heads are hit unevenly, and their most frequent part stays in the cache."""


def measure(quick: bool) -> tuple[Table, Points]:
    """A table, and the points of the plot: sizes, and nanoseconds per cell of each piece of work."""
    scale, rounds = (100, 1) if quick else (1, 3)
    sizes = {
        "rows": [100_000 // scale, 1_000_000 // scale, 10_000_000 // scale],
        "slots": [1_000 // scale, 10_000 // scale, 100_000 // scale, 1_000_000 // scale],
        "distinct values": [1_000 // scale, 10_000 // scale, 100_000 // scale, 1_000_000 // scale],
    }
    n_rows = 2_000_000 // scale
    make: dict[str, Callable[[int], tuple[dict[str, pd.DataFrame], int]]] = {
        "rows": lambda size: (by_kind(tables.ids(size, seed=0)), rivals.SLOTS),
        "slots": lambda size: (by_kind(uniform(n_rows, 2 * size)), size),
        "distinct values": lambda size: (by_kind(uniform(n_rows, size)), 500 // scale),
    }
    points = {
        what: (among, per_cell([make[what](size) for size in among], rounds))
        for what, among in sizes.items()
    }
    text = f"""
One column of text, or of integers. Rows: values by a power law out of 200,000, 10,000 slots. Slots:
{n_rows:,} rows, values drawn evenly out of twice as many as slots, so that half of them are in the
tail at every size. Distinct values: as many rows, drawn evenly, 500 slots. Nanoseconds per cell,
medians of {rounds} rounds."""
    rows = [
        (f"{what}: {size:,}", *(f"{series[name][i]:,.0f}" for name in series))
        for what, (among, series) in points.items()
        for i, size in enumerate(among)
    ]
    header = ("", *next(iter(points.values()))[1])
    return Table("Growth", text.strip(), header, rows), points


def uniform(n_rows: int, n_values: int) -> np.ndarray:
    """Identifiers drawn evenly from so many."""
    return np.random.default_rng(0).integers(0, n_values, n_rows) * 2_654_435_761 % 2**40


def by_kind(numbers: np.ndarray) -> dict[str, pd.DataFrame]:
    """One column of the identifiers as text, and as integers."""
    return {
        "text": pd.DataFrame({"c": tables.text(numbers)}),
        "integers": pd.DataFrame({"c": numbers}),
    }


def per_cell(
    cases: Sequence[tuple[dict[str, pd.DataFrame], int]], rounds: int
) -> dict[str, list[float]]:
    """Nanoseconds per cell of every piece of work, for each case; all cases share their rounds."""
    jobs, cells = {}, {}
    for i, (kinds, n_slots) in enumerate(cases):
        for kind, table in kinds.items():
            encoder = rivals.ours(top_k=n_slots).fit(table)
            jobs[i, f"fit, {kind}"] = lambda encoder=encoder, table=table: encoder.fit(table)
            jobs[i, f"transform, {kind}"] = lambda encoder=encoder, table=table: encoder.transform(table)
            cells[i] = table.size
    times = side_by_side(jobs, rounds)
    series: dict[str, list[float]] = {}
    for (i, name), measured in times.items():
        series.setdefault(name, []).append(float(np.median(measured)) / cells[i] * 1e9)
    return dict(sorted(series.items()))


def draw(points: Points, path: Path) -> None:
    """Time per cell against size, a panel each for rows, slots and distinct values."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams |= {"svg.hashsalt": "growth", "svg.fonttype": "none"}
    figure, panels = plt.subplots(1, len(points), figsize=(10, 3.2), sharey=True, layout="constrained")
    styles = {
        "fit, text": ("#c1440e", "--"),
        "transform, text": ("#c1440e", "-"),
        "fit, integers": ("#1f6f8b", "--"),
        "transform, integers": ("#1f6f8b", "-"),
    }
    for panel, (what, (sizes, series)) in zip(panels, points.items(), strict=True):
        for name, measured in series.items():
            colour, dashes = styles[name]
            panel.plot(sizes, measured, dashes, color=colour, marker="o", markersize=4, label=name)
        panel.set(xscale="log", yscale="log", xlabel=what)
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("nanoseconds per cell")
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=4, frameon=False
    )
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
