"""Loss of quality if the labels that choose the vocabulary are also those that the model learns from.

    python benchmarks/study_leakage.py [--data FOLDER] [--rows 100000] [--quick]

The training rows are cut in two halves. The model always learns from the first half. The encoder is
fitted on the same half, as in `fit_transform`, or on the other half, whose labels the model does not
see. The loss is the difference in RCE on the test rows. It is measured for measures that use labels,
and for frequency, which does not. The figures are those of docs/guide/importance.md.
"""

from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import results
import studies
from labelled import names, split, table
from regimes import REGIMES
from scipy import special

from hybrid_encoder import HybridHashEncoder

BUDGETS = (0.03, 0.10, 0.25)
SEEDS = (0, 1, 2, 3)


def unsmoothed(class_counts: np.ndarray, class_totals: np.ndarray) -> np.ndarray:
    """Mutual information of the class shares as they are, without smoothing."""
    n = class_counts.sum(axis=1, keepdims=True)
    base = class_totals / class_totals.sum()
    return special.rel_entr(class_counts, n * base).sum(axis=1)


IMPORTANCES: dict[str, Any] = {
    "frequency": "frequency",
    "mutual_info": "mutual_info",
    "pooled_info": "pooled_info",
    "mutual_info, not smoothed": unsmoothed,
}


def quality(
    folder: Path | None,
    n_rows: int,
    data: str,
    seed: int,
    budget: float,
    importance: str,
    indicator: bool,
) -> list[dict[str, Any]]:
    """RCE with the encoder fitted on the model's rows and on others, and the share of rare values."""
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
    """The share of the slots, in per cent, whose values occur up to three times."""
    rare = n_slots = 0
    for name, values in zip(X, encoder.vocabularies_, strict=True):
        counts = X[name].value_counts(dropna=False)
        rare += int(counts.reindex(values).le(3).sum())
        n_slots += len(values)
    return 100 * rare / max(n_slots, 1)


def leaks(found: pd.DataFrame) -> pd.DataFrame:
    """RCE with the vocabulary chosen by the model's own labels, and the difference to others."""
    rows = []
    for (budget, indicator, importance), group in found.groupby(
        ["budget", "indicator", "importance"], sort=False
    ):
        row = {"budget": f"{budget:.0%}", "importance": importance}
        row["indicator"] = "yes" if indicator else ""
        for regime in REGIMES:
            scores = group.pivot_table(index="seed", columns="labels", values=regime)
            row[regime] = f"{scores['own'].mean():.2f}"
            row[f"own - others, {regime}"] = results.mean_and_error(scores["own"] - scores["others"])
        row["rare"] = f"{group.loc[group['labels'] == 'own', 'rare'].mean():.1f}"
        rows.append(row)
    return pd.DataFrame(rows)


def main() -> None:
    data = "loans.parquet and online_retail.parquet"
    arguments = results.parse(studies.parser(__doc__, data, rows=100_000))
    n_rows, seeds = (2_000, SEEDS[:2]) if arguments.quick else (arguments.rows, SEEDS)
    todo = studies.combinations(
        data=names(arguments.data),
        seed=seeds,
        budget=BUDGETS,
        indicator=(False, True),
        importance=IMPORTANCES,
    )
    path = studies.kept(f"study_leakage_{n_rows}", arguments.quick)
    found = studies.measure(partial(quality, arguments.data, n_rows), todo, path, arguments.n_jobs)
    results.write(leaks(found), arguments.out, "importance_leaks", n_names=3)


if __name__ == "__main__":
    main()
