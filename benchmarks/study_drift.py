"""Vocabularies on data that drifts: a month at a time, each tested on the next one.

    python benchmarks/study_drift.py [--data FOLDER] [--quick | --page-only]

Every system begins with the first months of a stream (its learning rate is tuned on these alone), is
tested on each month after them, and then learns it. Every result is kept in build/drift.csv; the page is
docs/drift.md, the picture docs/drift.svg.
"""

import argparse
import time
from itertools import product
from pathlib import Path

import drift_runs
import pandas as pd
from drift import STREAMS, SYSTEMS
from drift_page import draw, page
from joblib import Parallel, delayed

ROOT = Path(__file__).parents[1]
BUDGETS = (0.10, 0.03)
SEEDS = (0, 1, 2)


def study(folder: Path | None, streams: list[str], seeds: tuple[int, ...], n_jobs: int) -> pd.DataFrame:
    """A row per system, size, seed and month."""
    keys = list(product(streams, seeds, BUDGETS, SYSTEMS))
    found = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(drift_runs.run)(folder, *key) for key in keys
    )
    start, parts = time.perf_counter(), []
    for key, result in zip(keys, found, strict=True):
        print(f"{time.perf_counter() - start:6.0f} s  {key}  rate {result['rate'].iloc[0]}", flush=True)
        parts.append(
            result.assign(**dict(zip(("stream", "seed", "budget", "system"), key, strict=True)))
        )
    return pd.concat(parts, ignore_index=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of loans.parquet and online_retail.parquet")
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="the flights alone, with one seed")
    parser.add_argument("--page-only", action="store_true", help="from the results that are kept")
    arguments = parser.parse_args()
    kept = ROOT / "build" / "drift.csv"
    if arguments.page_only:
        results = pd.read_csv(kept)
    else:
        at_hand = ["flights"] if arguments.data is None or arguments.quick else list(STREAMS)
        seeds = SEEDS[:1] if arguments.quick else SEEDS
        results = study(arguments.data, at_hand, seeds, arguments.n_jobs)
    text = page(results)
    print(text)
    if not arguments.quick:
        kept.parent.mkdir(exist_ok=True)
        results.to_csv(kept, index=False)
        (ROOT / "docs" / "drift.md").write_text(text, encoding="utf-8")
        draw(results, ROOT / "docs" / "drift.svg")


if __name__ == "__main__":
    main()
