"""Vocabularies on data that drifts: a month at a time, each tested on the next one.

    python benchmarks/study_drift.py [--data FOLDER] [--quick | --page-only | --only PART]

Every system begins with the first months of a stream, is tested on each month after them, and then
learns it. Every result is kept in build/drift*.csv; the page is docs/benchmarks/drift.md, the picture
docs/benchmarks/drift.svg.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import drift_runs
import pandas as pd
from drift import FROM_SCRATCH, STREAMS, SYSTEMS
from drift_page import draw, page
from joblib import Parallel, delayed

ROOT = Path(__file__).parents[1]
BUDGETS = (0.10, 0.03)
SEEDS = (0, 1, 2)
MARGINS = (0.0, 0.5, 1.0, 2.0, 4.0)
DECAYS = (1.0, 0.9)
LEAST_SLOTS = (0, 4, 8, 16)


Key = tuple[Any, ...]


def study(
    folder: Path | None,
    work: Callable[..., pd.DataFrame],
    names: Sequence[str],
    keys: list[Key],
    n_jobs: int,
) -> pd.DataFrame:
    """A row per key and month; the names say what the keys are."""
    found = Parallel(n_jobs=n_jobs, return_as="generator")(delayed(work)(folder, *key) for key in keys)
    start, parts = time.perf_counter(), []
    for key, result in zip(keys, found, strict=True):
        print(f"{time.perf_counter() - start:6.0f} s  {key}", flush=True)
        parts.append(result.assign(**dict(zip(names, key, strict=True))))
    return pd.concat(parts, ignore_index=True)


def systems(
    folder: Path | None, streams: list[str], seeds: tuple[int, ...], n_jobs: int
) -> pd.DataFrame:
    """All systems, sizes and seeds."""
    keys = list(product(streams, SEEDS[:1], BUDGETS, FROM_SCRATCH))
    keys += product(streams, seeds, BUDGETS, SYSTEMS)
    return study(folder, drift_runs.run, ("stream", "seed", "budget", "system"), keys, n_jobs)


def margins(
    folder: Path | None, streams: list[str], seeds: tuple[int, ...], n_jobs: int
) -> pd.DataFrame:
    """A vocabulary that follows, by the margin that newcomers must be ahead."""
    keys = list(product(streams, seeds[:1], BUDGETS[:1], MARGINS, DECAYS))
    names = ("stream", "seed", "budget", "margin", "decay")
    return study(folder, drift_runs.with_margin, names, keys, n_jobs)


def least_slots(
    folder: Path | None, streams: list[str], seeds: tuple[int, ...], n_jobs: int
) -> pd.DataFrame:
    """A vocabulary that follows, by how many slots every column has at least."""
    keys = list(product(streams, seeds[:1], BUDGETS, LEAST_SLOTS))
    names = ("stream", "seed", "budget", "least")
    return study(folder, drift_runs.with_least_slots, names, keys, n_jobs)


PARTS = {"drift": systems, "drift_margins": margins, "drift_least_slots": least_slots}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of loans.parquet and online_retail.parquet")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="the flights alone, with one seed")
    parser.add_argument("--page-only", action="store_true", help="from the results that are kept")
    parser.add_argument("--only", choices=PARTS, help="measure one part, keep the others' results")
    arguments = parser.parse_args()
    at_hand = ["flights"] if arguments.data is None or arguments.quick else list(STREAMS)
    seeds = SEEDS[:1] if arguments.quick else SEEDS
    results = {}
    for name, part in PARTS.items():
        kept = ROOT / "build" / f"{name}.csv"
        if arguments.page_only or arguments.only not in (None, name):
            results[name] = pd.read_csv(kept)
            continue
        results[name] = part(arguments.data, at_hand, seeds, arguments.n_jobs)
        if not arguments.quick:
            kept.parent.mkdir(exist_ok=True)
            results[name].to_csv(kept, index=False)
    text = page(*results.values())
    print(text)
    if not arguments.quick:
        (ROOT / "docs" / "benchmarks" / "drift.md").write_text(text, encoding="utf-8")
        draw(results["drift"], ROOT / "docs" / "benchmarks" / "drift.svg")


if __name__ == "__main__":
    main()
