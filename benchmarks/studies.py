"""Studies of many combinations, measured in parallel. Results are saved: a stopped run can continue."""

import argparse
import json
import time
from collections.abc import Callable, Iterable, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd
import results
from joblib import Parallel, delayed

Combination = dict[str, Any]  # names and values of what is varied
Work = Callable[..., Sequence[dict[str, Any]]]  # takes a combination, gives one or more rows


def parser(description: str | None, data: str, rows: int | None = None) -> argparse.ArgumentParser:
    """Arguments of a study of tables of `rows` rows."""
    parser = results.parser(description, data)
    parser.add_argument("--n-jobs", type=int, default=2, help="combinations measured at a time")
    if rows is not None:
        parser.add_argument("--rows", type=int, default=rows, help="of each table, drawn at random")
    return parser


def combinations(**values: Iterable[Any]) -> list[Combination]:
    """Every combination of the values of each name."""
    return [dict(zip(values, chosen, strict=True)) for chosen in product(*values.values())]


def kept(name: str, quick: bool) -> Path:
    """The file of a study's results in build/benchmarks; a quick run begins with an empty one."""
    path = results.BUILD / ("quick" if quick else "") / f"{name}_results.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    if quick:
        path.unlink(missing_ok=True)
    return path


def measure(work: Work, todo: Sequence[Combination], path: Path, n_jobs: int) -> pd.DataFrame:
    """Results of all combinations: those that the file has, and those that are measured now.

    Parameters
    ----------
    work : callable
        Takes the values of a combination by name and gives rows of results, all with the same names.
    todo : sequence of dict
        The combinations.
    path : Path
        CSV file to which every result is added. Delete it to measure anew.
    n_jobs : int
        Combinations measured at a time, each in a process.

    Returns
    -------
    DataFrame
        The rows of results, each with its combination.
    """
    done = set(pd.read_csv(path)["combination"]) if path.exists() else set()
    missing = [one for one in todo if json.dumps(one) not in done]
    found = Parallel(n_jobs=n_jobs, return_as="generator")(delayed(work)(**one) for one in missing)
    start = time.perf_counter()
    for number, (one, rows) in enumerate(zip(missing, found, strict=True), 1):
        table = pd.DataFrame(rows).assign(**one, combination=json.dumps(one))
        table.to_csv(path, mode="a", header=not path.exists(), index=False)
        print(f"{time.perf_counter() - start:6.0f} s  {number}/{len(missing)}  {one}", flush=True)
    table = pd.read_csv(path)
    return table[table["combination"].isin(map(json.dumps, todo))]
