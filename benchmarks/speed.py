"""Fit and transform beside OneHotEncoder(max_categories) and FeatureHasher, in one run.

    python benchmarks/speed.py [--rows 500000] [--repeats 5] [--quick]

500k rows of seven columns, text and integers mixed, ids drawn by a power law from 200k values; 10k
slots per column, and 4k buckets for ours. Every round times the rivals one after the other, so that
a noisy machine touches all of them; medians and the ratios of each round's pair are printed.
"""

import argparse
import time
from collections.abc import Callable

import numpy as np
import pandas as pd
from sklearn.feature_extraction import FeatureHasher
from sklearn.preprocessing import OneHotEncoder

from hybrid_encoder import HybridHashEncoder

SLOTS, BUCKETS = 10_000, 4_000


def make_table(n_rows: int, seed: int = 0) -> pd.DataFrame:
    """Four columns of text, as pandas reads it today, and three of integers."""
    rng = np.random.default_rng(seed)
    columns = {}
    for number in range(7):
        ids = np.minimum(rng.zipf(1.15, n_rows), 200_000) * 2_654_435_761 % 2**31
        columns[f"c{number}"] = ids if number >= 4 else pd.Series(ids).map("user_{:x}".format)
    return pd.DataFrame(columns)


def tokens(table: pd.DataFrame) -> list[list[str]]:
    """What FeatureHasher takes: a list of ``column=value`` per row."""
    prefixed = [(f"{name}=" + column.astype(str)).tolist() for name, column in table.items()]
    return list(map(list, zip(*prefixed, strict=True)))


def seconds(work: Callable[[], object], calls: int) -> float:
    """Wall-clock seconds of one call, on the mean of a few."""
    start = time.perf_counter()
    for _ in range(calls):
        work()
    return (time.perf_counter() - start) / calls


def rivals(table: pd.DataFrame) -> dict[str, Callable[[], object]]:
    """Every timed piece of work, with its name."""
    ours = HybridHashEncoder(top_k=SLOTS, n_buckets=BUCKETS)
    as_objects = table.astype({name: object for name in table if table[name].dtype.kind != "i"})
    one_hot = OneHotEncoder(max_categories=SLOTS, handle_unknown="infrequent_if_exist")
    hasher = FeatureHasher(2**17, input_type="string")
    rows = tokens(table)
    one_row = table.iloc[[0]]
    ours.fit(table)
    one_hot.fit(table)
    return {
        "fit: ours": lambda: ours.fit(table),
        "fit: ours, object columns": lambda: ours.fit(as_objects),
        "fit: OneHotEncoder(max_categories)": lambda: one_hot.fit(table),
        "transform: ours": lambda: ours.transform(table),
        "transform: ours, object columns": lambda: ours.transform(as_objects),
        "transform: OneHotEncoder(max_categories)": lambda: one_hot.transform(table),
        "transform: FeatureHasher": lambda: hasher.transform(rows),
        "transform: FeatureHasher and its tokens": lambda: hasher.transform(tokens(table)),
        "one row: ours": lambda: ours.transform(one_row),
        "one row: OneHotEncoder(max_categories)": lambda: one_hot.transform(one_row),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=500_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    arguments = parser.parse_args()
    n_rows, repeats = (5_000, 2) if arguments.quick else (arguments.rows, arguments.repeats)
    table = make_table(n_rows)
    work = rivals(table)
    times: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(repeats):
        for name, job in work.items():
            times[name].append(seconds(job, calls=20 if name.startswith("one row") else 1))
    print(f"{n_rows:,} rows x {table.shape[1]} columns, medians of {repeats} rounds")
    print(f"{'':45}{'ms':>9}{'ns/cell':>12}{'ours is faster by':>20}")
    for name, measured in times.items():
        base = times[f"{name.split(':')[0]}: ours"]
        ratio = np.median(np.array(measured) / base)
        median = np.median(measured)
        cells = table.shape[1] if name.startswith("one row") else table.size
        print(f"{name:45}{median * 1e3:9,.2f}{median / cells * 1e9:12,.0f}{ratio:19.1f}x")


if __name__ == "__main__":
    main()
