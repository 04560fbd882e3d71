"""Collisions of hashed values: the paper's figures, and theory against counts on real columns.

    python benchmarks/collisions.py [--data FOLDER] [--quick]

The figures are those of docs/how_it_works/collisions.md. FOLDER has ``loans.parquet`` (US Small
Business Administration 7(a) loans 1990-2014). Without it the command uses values and counts from
``tests/data``, which give the same figures.
"""

import functools
import itertools
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import results
from matplotlib.axes import Axes
from pack_loans_values import count_values, unpack
from pictures import panels

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.collisions import (
    code_space,
    collision_deviation,
    collision_rate,
    expected_collisions,
    half_collision_rate,
)
from hybrid_encoder.datasets import load_flights

N_VALUES = 4_000_000
TOP_K = 105_000
BUCKETS = 2 ** np.arange(6, 15)
N_SEEDS = 40
HASHES = {1: ("one hash", "#c1440e"), 2: ("two hashes", "#1f6f8b")}

# The paper's cells, by the size it gives: number of buckets, full and half collisions of hybrid hashing.
HYBRID = {
    "100 %": (2**22, "2.27e-14", "0.32"),
    "25 %": (2**20, "6.27e-12", "2.74"),
    "10 %": (2**19, "1.00e-10", "6.43"),
}
REGULAR = (2**22, "0.34")


def printed(rate: float, like: str) -> str:
    """A rate with as many digits as a cell of the paper."""
    return f"{rate:.2e}" if "e" in like else f"{rate:.2f}"


def the_paper() -> pd.DataFrame:
    """Every cell beside the exact rate, the formula as written, and the rate of sums of two weights."""
    tail = N_VALUES - TOP_K
    rows = [cell("regular, 100 %", REGULAR[1], N_VALUES, REGULAR[0], REGULAR[0])]
    for size, (buckets, full, half) in HYBRID.items():
        rows.append(cell(f"hybrid, {size}, full", full, tail, buckets**2, float(code_space(buckets))))
        rows.append(cell(f"hybrid, {size}, half", half, tail, buckets, buckets))
    return pd.DataFrame(rows)


def cell(name: str, paper: str, n: int, codes: int, codes_of_sums: float) -> dict[str, str]:
    """A row of the table: a cell of the paper."""
    exact = float(expected_collisions(n, codes)) / codes
    collisions = float(expected_collisions(n, codes_of_sums))
    return {
        "cell": name,
        "paper": paper,
        "exact": f"{exact:.4g}",
        "as printed": "yes" if printed(exact, paper) == paper else "**no**",
        "as written": f"{n / codes - 1 + (1 - 1 / codes) ** n:.4g}",
        "sums of two": f"{collisions / codes_of_sums:.4g}",
        "values": f"{collisions:,.4g}" if collisions < 1 else f"{collisions:,.0f}",
    }


def which_k() -> pd.DataFrame:
    """For each cell, the numbers of slots whose rate is printed as the paper prints it."""
    k = np.arange(0, N_VALUES + 1, 100)
    fits = {}
    for size, (buckets, full, half) in HYBRID.items():
        rates = {
            full: collision_rate(N_VALUES, buckets, scheme="hybrid", top_k=k),
            half: half_collision_rate(N_VALUES, buckets, top_k=k),
        }
        for kind, (paper, found) in zip(("full", "half"), rates.items(), strict=True):
            fits[f"{size}, {kind}"] = k[[printed(rate, paper) == paper for rate in found.tolist()]]
    fits["all six"] = functools.reduce(np.intersect1d, fits.values())
    fits["all but 100 %, full"] = functools.reduce(np.intersect1d, list(fits.values())[1:6])
    limits = {
        name: [f"{fit[0]:,}", f"{fit[-1]:,}"] if len(fit) else ["none", "none"]
        for name, fit in fits.items()
    }
    table = pd.DataFrame.from_dict(limits, orient="index", columns=["least k", "greatest k"])
    return table.rename_axis("cell").reset_index()


def real_columns(folder: Path | None) -> dict[str, pd.Series]:
    """How often each value occurs, of columns with long tails."""
    columns = unpack() if folder is None else count_values(folder)
    flights = load_flights().data
    return columns | {name: flights[name].value_counts() for name in ("tailnum", "flight")}


def measure(counts: pd.Series, n_buckets: int, n_hashes: int, seed: int) -> tuple[int, int]:
    """Values in the tail of an encoder, and its collisions, as its own report counts them."""
    values = pd.DataFrame({"value": counts.index})
    encoder = HybridHashEncoder(len(counts) // 10, n_buckets, n_hashes=n_hashes, seed=seed)
    report = encoder.fit(values, sample_weight=counts.to_numpy()).report(values)
    return int(report["measured_tail_values"].iloc[0]), int(report["measured_collisions"].iloc[0])


def against_counts(columns: dict[str, pd.Series], n_seeds: int) -> pd.DataFrame:
    """Theory and counts: a row for each column, number of buckets, number of hashes, and seed."""
    rows = []
    for name, counts in columns.items():
        for n_buckets, n_hashes in itertools.product(BUCKETS.tolist(), HASHES):
            # Different seeds for each combination, and the default seed for all of them.
            first = zlib.crc32(f"{name} {n_buckets} {n_hashes}".encode()) // 2
            for seed in (0, *range(first, first + n_seeds)):
                n, collisions = measure(counts, n_buckets, n_hashes, seed)
                codes = float(code_space(n_buckets, n_hashes))
                rows.append((name, n_buckets, n_hashes, seed, n, codes, collisions))
        print(f"{name} measured", flush=True)
    names = ["column", "buckets", "hashes", "seed", "tail", "codes", "measured"]
    found = pd.DataFrame(rows, columns=names)
    found["expected"] = expected_collisions(found["tail"], found["codes"])
    found["deviation"] = collision_deviation(found["tail"], found["codes"])
    found["z"] = (found["measured"] - found["expected"]) / found["deviation"].clip(lower=1e-9)
    return found


def altogether(found: pd.DataFrame) -> pd.DataFrame:
    """How many standard deviations the counts are off, over all seeds but the default."""
    kept = found[(found["seed"] != 0) & (found["deviation"] >= 3)]
    rows = []
    for name, cells in [*kept.groupby("column", sort=False), ("all", kept)]:
        z, n = cells["z"], len(cells)
        rows.append(
            {
                "column": name,
                "counts": str(n),
                "mean of z": f"{z.mean():+.2f} ± {1 / np.sqrt(n):.2f}",
                "mean of z²": f"{(z**2).mean():.2f} ± {np.sqrt(2 / n):.2f}",
                "greatest": f"{z.abs().max():.2f}",
            }
        )
    return pd.DataFrame(rows)


def by_column(found: pd.DataFrame) -> pd.DataFrame:
    """The counts with the default seed: a row for each column and number of buckets."""
    rows = []
    for (name, n_buckets), cells in found[found["seed"] == 0].groupby(["column", "buckets"], sort=False):
        row = {"column": name, "tail": f"{cells['tail'].iloc[0]:,}", "buckets": f"{n_buckets:,}"}
        for one in cells.itertuples():
            hashes = HASHES[one.hashes][0]
            row |= {
                f"{hashes}: expected": f"{one.expected:,.1f}",
                f"{hashes}: deviation": f"{one.deviation:,.1f}",
                f"{hashes}: measured": f"{one.measured:,}",
                f"{hashes}: z": f"{one.z:+.1f}" if one.deviation >= 0.05 else "",
            }
        rows.append(row)
    return pd.DataFrame(rows)


def draw(found: pd.DataFrame, path: Path) -> None:
    """Share of the tail that collides, by buckets: lines for the theory, points for the counts."""
    columns = found.groupby("column", sort=False)
    with panels(path, 1, len(columns), 2, figsize=(11, 3), sharey=True) as grid:
        for panel, (name, cells) in zip(grid[0], columns, strict=True):
            for n_hashes, counted in cells.groupby("hashes"):
                draw_points(panel, counted, *HASHES[n_hashes])
            panel.set_title(f"{name}, tail of {cells['tail'].iloc[0]:,}", fontsize=9)
            panel.set(xscale="log", xlabel="buckets")
        grid[0, 0].set_ylabel("values whose code is taken, %")


def draw_points(panel: Axes, counted: pd.DataFrame, label: str, colour: str) -> None:
    n, n_hashes = counted["tail"].iloc[0], counted["hashes"].iloc[0]
    buckets = np.rint(np.geomspace(BUCKETS[0], BUCKETS[-1], 40))
    theory = expected_collisions(n, code_space(buckets, n_hashes))
    panel.plot(buckets, 100 * theory / n, color=colour, label=label)
    panel.plot(counted["buckets"], 100 * counted["measured"] / n, "o", color=colour, markersize=4)


def main() -> None:
    arguments = results.parse(results.parser(__doc__, data="loans.parquet"))
    out = arguments.out
    found = against_counts(real_columns(arguments.data), n_seeds=1 if arguments.quick else N_SEEDS)
    results.write(the_paper(), out, "collisions_paper")
    results.write(which_k(), out, "collisions_k")
    results.write(altogether(found), out, "collisions_deviations")
    results.write(by_column(found), out, "collisions_columns")
    draw(found[found["seed"] == 0], out / "collisions.svg")


if __name__ == "__main__":
    main()
