"""Which importance, weight, indicator and share of buckets serve best? The study behind the defaults.

    python benchmarks/study_defaults.py [--data FOLDER] [--rows 100000] [--results FILE] [--quick]

Four data sets (flights with and without crosses, loans, online retail; without ``--data`` the flights
alone), 3, 10 and 25 % of the one-hot columns, two regimes: L2 logistic regression that converges, and
one pass of AdaGrad, both tuned. Quality is relative cross entropy (RCE) in per cent on a random fifth
of the rows; systems are compared split by split. Every result is printed as it comes and kept in the
file of results, from which a run that was broken off goes on. The page is
docs/benchmarks/study_defaults.md.
"""

import argparse
import csv
import time
from collections.abc import Iterable, Iterator
from itertools import product
from pathlib import Path
from unittest import mock

import pandas as pd
from joblib import Parallel, delayed
from labelled import names, split, table
from regimes import REGIMES
from study_page import by_system, page
from study_plot import draw
from systems import CONSTANTS, ONE_HOT, SYSTEMS

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit import budget as _budget

BUDGETS = (0.03, 0.10, 0.25)
SEEDS = (0, 1, 2, 3)
DOCS = Path(__file__).parents[1] / "docs" / "benchmarks"
KEY = ["data", "seed", "budget", "system"]

Key = tuple[str, int, float, str]


def quality(folder: Path | None, n_rows: int, key: Key) -> dict[str, float]:
    """RCE of one system in every regime."""
    data, seed, budget, system = key
    X, y = table(folder, data, n_rows)
    parts = split(X, y, seed)
    one_hot = HybridHashEncoder(top_k=None, n_buckets=0)
    module, constants = CONSTANTS.get(system, (_budget, {}))
    with mock.patch.dict(vars(module), constants):
        if system == ONE_HOT:
            encoder = one_hot
        else:
            size = round(budget * one_hot.fit(X).n_features_out_)
            encoder = SYSTEMS[system](size, parts[0][0])
        encoder.fit(*parts[0])
    encoded = [(encoder.transform(rows), target) for rows, target in parts]
    return {name: regime(*encoded) for name, regime in REGIMES.items()}


def keys(data: Iterable[str], seeds: Iterable[int]) -> list[Key]:
    """All that is to be measured."""
    sized = product(data, seeds, BUDGETS, SYSTEMS)
    return sorted([*product(data, seeds, [1.0], [ONE_HOT]), *sized], key=lambda key: key[:3])


def measure(
    folder: Path | None, n_rows: int, todo: list[Key], n_jobs: int
) -> Iterator[tuple[Key, dict[str, float]]]:
    """The quality of every system, as it is found."""
    found = Parallel(n_jobs=n_jobs, return_as="generator")(
        delayed(quality)(folder, n_rows, key) for key in todo
    )
    yield from zip(todo, found, strict=True)


def study(
    folder: Path | None, n_rows: int, results: Path, seeds: Iterable[int], n_jobs: int
) -> pd.DataFrame:
    """All results: those in the file, and, added to it, those that it lacks."""
    header = [*KEY, *REGIMES]
    if not results.exists():
        results.parent.mkdir(parents=True, exist_ok=True)
        results.write_text(",".join(header) + "\n", encoding="utf-8")
    done = set(pd.read_csv(results)[KEY].itertuples(index=False, name=None))
    todo = [key for key in keys(names(folder), seeds) if key not in done]
    start = time.perf_counter()
    with results.open("a", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        for key, found in measure(folder, n_rows, todo, n_jobs):
            writer.writerow([*key, *found.values()])
            stream.flush()
            shown = ", ".join(f"{name} {value:.2f}" for name, value in found.items())
            print(f"{time.perf_counter() - start:6.0f} s  {key}: {shown}", flush=True)
    return pd.read_csv(results)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of loans.parquet and online_retail.parquet")
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--n-jobs", type=int, default=2)
    parser.add_argument("--results", type=Path, default=Path("build/study_defaults.csv"))
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    arguments = parser.parse_args()
    n_rows, seeds, results = arguments.rows, SEEDS, arguments.results
    if arguments.quick:
        n_rows, seeds = 2_000, SEEDS[:2]
        results = results.with_name("study_defaults_quick.csv")
        results.unlink(missing_ok=True)
    found = study(arguments.data, n_rows, results, seeds, arguments.n_jobs)
    text = page(found, n_rows)
    print(text)
    if not arguments.quick:
        (DOCS / "study_defaults.md").write_text(text, encoding="utf-8")
        draw(by_system(found), DOCS / "study_defaults.svg")


if __name__ == "__main__":
    main()
