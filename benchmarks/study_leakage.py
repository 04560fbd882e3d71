"""What it costs that the head is chosen by the labels that it then serves.

    python benchmarks/study_leakage.py [--data FOLDER] [--rows 100000] [--quick]

The training rows are cut in two. The model always learns from the one half; the encoder is fitted on
that half too, as `fit_transform` does, or on the other one, whose labels the model never sees. The
difference of the two in RCE on the test rows is what the choice by one's own labels costs, for measures
that look at labels and, to compare, for frequency, which does not. The page is docs/guide/importance.md.
"""

import argparse
import time
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Parallel, delayed
from labelled import names, split, table
from leakage_page import page
from regimes import REGIMES
from scipy import special

from hybrid_encoder import HybridHashEncoder

BUDGETS = (0.03, 0.10, 0.25)
SEEDS = (0, 1, 2, 3)
DOCS = Path(__file__).parents[1] / "docs" / "guide"


def unsmoothed(class_counts: np.ndarray, class_totals: np.ndarray) -> np.ndarray:
    """Mutual information of the class shares as they are, not drawn towards the base."""
    n = class_counts.sum(axis=1, keepdims=True)
    base = class_totals / class_totals.sum()
    return special.rel_entr(class_counts, n * base).sum(axis=1)


IMPORTANCES: dict[str, Any] = {
    "frequency": "frequency",
    "mutual_info": "mutual_info",
    "pooled_info": "pooled_info",
    "mutual_info, not smoothed": unsmoothed,
}
Key = tuple[str, int, float, str, bool]


def quality(folder: Path | None, n_rows: int, key: Key) -> list[dict[str, Any]]:
    """RCE with the encoder fitted on the model's own rows, and on others; and who got the slots."""
    data, seed, budget, importance, indicator = key
    X, y = table(folder, data, n_rows)
    size = round(budget * HybridHashEncoder(top_k=None, n_buckets=0).fit(X).n_features_out_)
    (X_train, y_train), valid, test = split(X, y, seed)
    half = len(X_train) // 2
    halves = [(X_train[:half], y_train[:half]), (X_train[half:], y_train[half:])]
    found = []
    for labels, rows in zip(("own", "others"), halves, strict=True):
        encoder = HybridHashEncoder(
            max_features=size, importance=IMPORTANCES[importance], tail_indicator=indicator
        ).fit(*rows)
        parts = [(encoder.transform(some), target) for some, target in (halves[0], valid, test)]
        scores = {name: regime(*parts) for name, regime in REGIMES.items()}
        found.append({"labels": labels, "rare": rare_slots(encoder, rows[0]), **scores})
    return found


def rare_slots(encoder: HybridHashEncoder, X: pd.DataFrame) -> float:
    """The part of the slots, in per cent, whose values occur up to three times."""
    rare = n_slots = 0
    for name, values in zip(X, encoder.vocabularies_, strict=True):
        counts = X[name].value_counts(dropna=False)
        rare += int(counts.reindex(values).le(3).sum())
        n_slots += len(values)
    return 100 * rare / max(n_slots, 1)


def study(
    folder: Path | None, n_rows: int, seeds: tuple[int, ...], n_jobs: int
) -> Iterator[dict[str, Any]]:
    """Every result as it is found."""
    keys = list(product(names(folder), seeds, BUDGETS, IMPORTANCES, (False, True)))
    found = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(quality)(folder, n_rows, key) for key in keys
    )
    start = time.perf_counter()
    for key, results in zip(keys, found, strict=True):
        for result in results:
            print(f"{time.perf_counter() - start:6.0f} s  {key}: {result}", flush=True)
            yield dict(zip(("data", "seed", "budget", "importance", "indicator"), key)) | result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of loans.parquet and online_retail.parquet")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    arguments = parser.parse_args()
    n_rows, seeds = (2_000, SEEDS[:2]) if arguments.quick else (arguments.rows, SEEDS)
    results = pd.DataFrame(study(arguments.data, n_rows, seeds, arguments.n_jobs))
    text = page(results, n_rows)
    print(text)
    if not arguments.quick:
        (DOCS / "importance.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
