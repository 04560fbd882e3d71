"""Growth of the time per cell with rows, with slots and with distinct values."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import peers
import tables
from pictures import panels
from timing import interleaved

STYLES = {
    "fit, text": ("#c1440e", "--"),
    "transform, text": ("#c1440e", "-"),
    "fit, integers": ("#1f6f8b", "--"),
    "transform, integers": ("#1f6f8b", "-"),
}


def measure(quick: bool) -> pd.DataFrame:
    """Nanoseconds per cell: a row for each size of each quantity, a column for each piece of work."""
    scale, rounds = (100, 1) if quick else (1, 3)
    sizes = {
        "rows": [100_000, 1_000_000, 10_000_000],
        "slots": [1_000, 10_000, 100_000, 1_000_000],
        "distinct values": [1_000, 10_000, 100_000, 1_000_000],
    }
    n_rows = 2_000_000 // scale
    make: dict[str, Callable[[int], tuple[np.ndarray, int]]] = {
        "rows": lambda size: (tables.ids(size, seed=0), peers.SLOTS),
        "slots": lambda size: (tables.uniform(n_rows, 2 * size), size),
        "distinct values": lambda size: (tables.uniform(n_rows, size), 500 // scale),
    }
    parts = []
    for quantity, among in sizes.items():
        scaled = [size // scale for size in among]
        times = per_cell([make[quantity](size) for size in scaled], rounds)
        parts.append(times.set_index(pd.MultiIndex.from_product([[quantity], scaled])))
    return pd.concat(parts)


def per_cell(cases: Sequence[tuple[np.ndarray, int]], rounds: int) -> pd.DataFrame:
    """Nanoseconds per cell of every piece of work, a row per case; all cases share their rounds."""
    jobs = {}
    for i, (numbers, n_slots) in enumerate(cases):
        for kind, column in (("text", tables.text(numbers)), ("integers", numbers)):
            table = pd.DataFrame({"c": column})
            encoder = peers.ours(top_k=n_slots).fit(table)
            for work in ("fit", "transform"):
                method = getattr(encoder, work)
                jobs[i, f"{work}, {kind}"] = lambda method=method, table=table: method(table)
    times = interleaved(jobs, rounds)
    found = {
        (i, name): 1e9 * float(np.median(measured)) / len(cases[i][0])
        for (i, name), measured in times.items()
    }
    return pd.Series(found).unstack()


def shown(points: pd.DataFrame) -> pd.DataFrame:
    """The same as the page shows it."""
    names = [f"{quantity}: {size:,}" for quantity, size in points.index]
    return points.map("{:,.0f}".format).set_axis(names).rename_axis("size").reset_index()


def draw(points: pd.DataFrame, path: Path) -> None:
    """Time per cell against size, a panel for each quantity."""
    quantities = points.index.unique(0)
    with panels(path, 1, len(quantities), 4, figsize=(10, 3.2), sharey=True) as grid:
        for panel, quantity in zip(grid[0], quantities, strict=True):
            for name, (colour, dashes) in STYLES.items():
                line = points.loc[quantity, name]
                panel.plot(line.index, line, dashes, color=colour, marker="o", markersize=4, label=name)
            panel.set(xscale="log", yscale="log", xlabel=quantity)
        grid[0, 0].set_ylabel("nanoseconds per cell")
