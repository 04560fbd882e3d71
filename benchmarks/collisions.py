"""How often hashed values collide: the paper's figures, and theory against counts on real columns.

    python benchmarks/collisions.py [--data FOLDER] [--quick]

FOLDER holds ``loans.parquet`` (US Small Business Administration 7(a) loans 1990-2014); without it the
values and counts that the tests keep stand in, and the page is the same. It is written to
``docs/how_it_works/collisions.md``, and its picture beside it; with ``--quick`` nothing is written.
"""

import argparse
import functools
import itertools
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
from pack_loans_values import count_values, unpack
from report import Table

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.collisions import (
    code_space,
    collision_deviation,
    collision_rate,
    expected_collisions,
    half_collision_rate,
)
from hybrid_encoder.datasets import load_flights

DOCS = Path(__file__).parents[1] / "docs" / "how_it_works"
N_VALUES = 4_000_000
TOP_K = 105_000
BUCKETS = 2 ** np.arange(6, 15)
N_SEEDS = 40

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


def rate(n: int, codes: float) -> float:
    return float(expected_collisions(n, codes)) / codes


def as_written(n: int, codes: float) -> float:
    return n / codes - 1 + (1 - 1 / codes) ** n


def the_paper() -> Table:
    """Every cell beside the exact rate, the formula as written, and the rate of sums of two weights."""
    tail = N_VALUES - TOP_K
    rows = [cell("regular, 100 %", REGULAR[1], N_VALUES, REGULAR[0], REGULAR[0])]
    for size, (buckets, full, half) in HYBRID.items():
        rows.append(cell(f"hybrid, {size}, full", full, tail, buckets**2, float(code_space(buckets))))
        rows.append(cell(f"hybrid, {size}, half", half, tail, buckets, buckets))
    text = f"""\
The rate is n/C - 1 + (1 - 1/C)^n: the expected number of collisions over the number of codes
(`collision_rate`, `half_collision_rate`). n values are hashed: all {N_VALUES:,} in regular hashing,
all but the k in the head in hybrid hashing; k = {TOP_K:,} is a guess (see below). C is B for one
hash, regular or half, and B^2 for both hashes, full. "100 %" are B = 2^22 buckets, "25 %" 2^20, and
"10 %" 2^19, which is 12.5 % of 2^22.

"As written" is the formula in 64-bit floating point. It keeps a few digits here, because 1/C is a
power of two; a million values and 10^14 codes make it {as_written(10**6, 10**14):.2g} instead of
{rate(10**6, 10**14):.2g}. "Sums of two" counts B (B - 1) / 2 codes for both hashes: two different
buckets, and a sum of two weights or embeddings does not know their order. "Values" are the
collisions expected in such an encoder, among the n."""
    header = ["", "paper", "exact", "as printed", "as written", "sums of two", "values"]
    return Table("The paper's figures, cell by cell", text, header, rows)


def cell(name: str, paper: str, n: int, codes: int, codes_of_sums: float) -> list[str]:
    exact = rate(n, codes)
    collisions = float(expected_collisions(n, codes_of_sums))
    return [
        name,
        paper,
        f"{exact:.4g}",
        "yes" if printed(exact, paper) == paper else "**no**",
        f"{as_written(n, codes):.4g}",
        f"{rate(n, codes_of_sums):.4g}",
        f"{collisions:,.4g}" if collisions < 1 else f"{collisions:,.0f}",
    ]


def which_k() -> Table:
    """For each cell, the numbers of slots whose rate is printed as the paper prints it."""
    k = np.arange(0, N_VALUES + 1, 100)
    fits = {}
    for size, (buckets, full, half) in HYBRID.items():
        rates = collision_rate(N_VALUES, buckets, scheme="hybrid", top_k=k)
        fits[f"{size}, full"] = k[[printed(rate, full) == full for rate in rates.tolist()]]
        rates = half_collision_rate(N_VALUES, buckets, top_k=k)
        fits[f"{size}, half"] = k[[printed(rate, half) == half for rate in rates.tolist()]]
    together = {
        "all six": functools.reduce(np.intersect1d, fits.values()),
        "all but 100 %, full": functools.reduce(np.intersect1d, list(fits.values())[1:]),
    }
    rows = [
        [name, f"{fit[0]:,}", f"{fit[-1]:,}"] if len(fit) else [name, "none", "none"]
        for name, fit in (fits | together).items()
    ]
    text = f"""\
The paper does not say how many values the heads of these figures hold; the 120,000 of its
experiments do not print them. For every k in steps of 100 the rates were
computed and printed with the paper's digits; these are the first and the last k that print its
cell. The full collisions at 100 % ask for more slots than the half collisions of the same model
allow, so that cell does not follow from the formula; one k serves all the others, and {TOP_K:,} is
a round number among those."""
    return Table("Which k fits", text, ["cell", "least k", "greatest k"], rows)


def space() -> Table:
    """What the paper says of the four systems' size, and the columns that it comes to."""
    rows = [
        ["regular", "B", "all", "O(B)", f"{2**22:,}", f"{2**19:,}"],
        ["double", "B^2", "all", "O(B)", f"{2**22:,}", f"{2**19:,}"],
        ["frequency", "one each", "none", "O(\\|T\\|)", f"{N_VALUES:,}", ""],
        ["hybrid", "B^2", "all but k", "O(B + k)", f"{2**22 + TOP_K:,}", f"{2**19 + TOP_K:,}"],
    ]
    part = (2**19 + TOP_K) / (2**22 + TOP_K)
    text = f"""\
As the paper states it, |T| being the number of values, and the columns that it comes to at both
ends of the table above. The head included, the "10 %" model has {100 * part:.1f} % of the columns
of the largest one. What the paper calls frequency hashing here gives every value a column,
and so has no collisions at all; in its experiments it is k slots, and B buckets with one hash."""
    header = ["system", "codes", "hashed", "space", "columns, B = 2^22", "columns, B = 2^19"]
    return Table("Space", text, header, rows)


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
        for n_buckets, n_hashes in itertools.product(BUCKETS.tolist(), (1, 2)):
            # Seeds that no other cell has, beside the default, which all of them share.
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


def altogether(found: pd.DataFrame) -> Table:
    """How far off the counts are, over the seeds that no two cells share."""
    sure = found[(found["seed"] != 0) & (found["deviation"] >= 3)]
    rows = []
    for name, cells in [*sure.groupby("column", sort=False), ("all", sure)]:
        z, n = cells["z"], len(cells)
        mean = f"{z.mean():+.2f} ± {1 / np.sqrt(n):.2f}"
        square = f"{(z**2).mean():.2f} ± {np.sqrt(2 / n):.2f}"
        rows.append([str(name), str(n), mean, square, f"{z.abs().max():.2f}"])
    text = f"""\
z is by how many standard deviations (`collision_deviation`) a count is off. Were the hashes random,
its mean would be 0 and its mean square 1, within the standard errors that follow the ±. Each cell
(column, buckets, hashes) was counted with {N_SEEDS} seeds of its own. Cells with a deviation below
3 are left out: so small counts are not normally distributed. All cells together lie two standard
errors below 0: if anything, slightly fewer collisions than random."""
    header = ["column", "counts", "mean of z", "mean of z²", "greatest"]
    return Table("Theory against counts", text, header, rows)


def one_column(name: str, found: pd.DataFrame) -> Table:
    """The counts with the encoder's default seed, by number of buckets."""
    rows = []
    for n_buckets, cells in found[found["seed"] == 0].groupby("buckets"):
        rows.append([f"{n_buckets:,}"])
        for row in cells.sort_values("hashes").itertuples():
            expected, deviation = f"{row.expected:,.1f}", f"{row.deviation:,.1f}"
            z = f"{row.z:+.1f}" if row.deviation >= 0.05 else ""
            rows[-1] += [expected, deviation, f"{row.measured:,}", z]
    n = found["tail"].iloc[0]
    text = f"""\
The tail has {n:,} values, all but the most frequent tenth; seed 0, which all cells share, and
powers of two share bits: neighbouring rows are not independent."""
    header = ["buckets", "one hash: expected", "deviation", "measured", "z"]
    header += ["two hashes: expected", *header[2:]]
    return Table(name, text, header, rows)


def draw(found: pd.DataFrame, path: Path) -> None:
    """Share of the tail that collides, by buckets: lines for the theory, points for the counts."""
    import matplotlib

    matplotlib.use("svg")
    import matplotlib.pyplot as plt

    plt.rcParams |= {"svg.hashsalt": "collisions", "svg.fonttype": "none"}
    columns = found.groupby("column", sort=False)
    figure, panels = plt.subplots(1, len(columns), figsize=(11, 3), sharey=True, layout="constrained")
    for panel, (name, cells) in zip(panels, columns, strict=True):
        for (n_hashes, counted), colour in zip(
            cells.groupby("hashes"), ("#c1440e", "#1f6f8b"), strict=True
        ):
            draw_points(panel, counted, n_hashes, colour)
        panel.set_title(f"{name}, tail of {cells['tail'].iloc[0]:,}", fontsize=9)
        panel.set(xscale="log", xlabel="buckets")
        panel.spines[["top", "right"]].set_visible(False)
    panels[0].set_ylabel("values that find their code taken, %")
    figure.legend(
        *panels[0].get_legend_handles_labels(), loc="outside upper center", ncols=2, frameon=False
    )
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)


def draw_points(panel, counted: pd.DataFrame, n_hashes: int, colour: str) -> None:
    n = counted["tail"].iloc[0]
    buckets = np.rint(np.geomspace(BUCKETS[0], BUCKETS[-1], 40))
    theory = expected_collisions(n, code_space(buckets, n_hashes))
    label = "one hash" if n_hashes == 1 else "two hashes"
    panel.plot(buckets, 100 * theory / n, color=colour, label=label)
    panel.plot(counted["buckets"], 100 * counted["measured"] / n, "o", color=colour, markersize=4)


def page(found: pd.DataFrame) -> str:
    columns = [one_column(str(name), cells) for name, cells in found.groupby("column", sort=False)]
    tables = [the_paper(), which_k(), space(), altogether(found), *columns]
    sections = "\n".join(table.markdown() for table in tables)
    return f"""# Collisions: the theory, and what real columns do

Made by `python benchmarks/collisions.py`. The paper is Zhang, C. et al. "Model Size Reduction Using
Frequency Based Double Hashing for Recommender Systems", RecSys 2020,
[doi:10.1145/3383313.3412227](https://doi.org/10.1145/3383313.3412227), section 3. The columns are
Zip, City and Bank of the US Small Business Administration's 7(a) loans 1990-2014, and aircraft and
flight numbers of the flights that come with the package. The counts are those of
`HybridHashEncoder.report`.

![Share of the tail's values that find their code taken, by number of buckets](collisions.svg)

Lines are expected, points counted.

{sections}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="folder of loans.parquet")
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    arguments = parser.parse_args()
    columns = real_columns(arguments.data)
    found = against_counts(columns, n_seeds=1 if arguments.quick else N_SEEDS)
    text = page(found)
    print(text)
    if not arguments.quick:
        (DOCS / "collisions.md").write_text(text, encoding="utf-8")
        draw(found[found["seed"] == 0], DOCS / "collisions.svg")


if __name__ == "__main__":
    main()
