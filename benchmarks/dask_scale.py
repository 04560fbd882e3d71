"""Fit, transform and a model over Parquet files: two Dask workers compared with one process in memory.

    python benchmarks/dask_scale.py [--rows 10000000] [--quick]

Each of the two runs in a separate process. The command checks that both give the same encoder and the
same matrix. It reads the peak memory of a process from Linux. The figures are those of
docs/guide/dask.md.
"""

import argparse
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import clicks
import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
import results
from distributed import Client, LocalCluster
from memory import peak
from sklearn.linear_model import SGDClassifier
from timing import in_own_process, timed

import hybrid_encoder.dask
from hybrid_encoder import HybridHashEncoder

GIGABYTE = 1e9
ROUNDS = 3


def column_sums(block: Any) -> np.ndarray:
    """Sums by column, by which two matrices are compared."""
    return np.asarray(block.sum(axis=0)).ravel()


def digest(encoder: HybridHashEncoder, sums: np.ndarray) -> str:
    """A hash by which two encoders and their matrices are compared."""
    heads = [values.tolist() for values in encoder.vocabularies_]
    parts = [heads, encoder.n_buckets_.tolist(), encoder.report().to_json(), sums.tolist()]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def by_dask(folder: Path) -> dict[str, Any]:
    """Two worker processes of one thread each; this process only schedules."""
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, memory_limit=0
    )
    with cluster, Client(cluster) as client:
        ddf = dd.read_parquet(folder)
        encoder = HybridHashEncoder()
        fit, _ = timed(lambda: hybrid_encoder.dask.fit(encoder, ddf, "clicked"))
        X, y = hybrid_encoder.dask.transform(encoder, ddf, "clicked")
        sums = dask.delayed(column_sums)
        encode, by_block = timed(lambda: dask.compute(*map(sums, X.to_delayed().ravel())))
        learn, _ = timed(lambda: train(X, y))
        workers = client.run(peak)
    return {
        "fit": fit,
        "transform": encode,
        "learn": learn,
        "worker": max(workers.values()) / GIGABYTE,
        "process": peak() / GIGABYTE,
        "digest": digest(encoder, np.sum(by_block, axis=0)),
    }


def train(X: Any, y: Any) -> None:
    """Update a linear model block by block, in order."""
    model = SGDClassifier(loss="log_loss", random_state=0)
    for block in zip(X.blocks, y.blocks, strict=True):
        model.partial_fit(*dask.compute(*block), classes=[0, 1])


def in_memory(folder: Path) -> dict[str, Any]:
    """All rows at once."""
    rows = pd.read_parquet(folder)
    X, y = rows[clicks.COLUMNS], rows["clicked"]
    encoder = HybridHashEncoder()
    fit, _ = timed(lambda: encoder.fit(X, y))
    encode, encoded = timed(lambda: encoder.transform(X))
    return {
        "fit": fit,
        "transform": encode,
        "process": peak() / GIGABYTE,
        "users": float(encoder.report()["distinct"].iloc[0]),
        "digest": digest(encoder, column_sums(encoded)),
    }


WAYS = {"dask": by_dask, "memory": in_memory}


def comparison(n_rows: int, runs: pd.DataFrame) -> pd.DataFrame:
    """The medians of all runs, a column per way."""
    medians = runs.drop(columns="digest").groupby("way").median()
    medians["users"] = medians["users"].max()
    shown = {
        "different users": ("users", ",.0f"),
        "fit, seconds": ("fit", ".1f"),
        "transform, seconds": ("transform", ".1f"),
        "`partial_fit` of a model, seconds": ("learn", ".1f"),
        "peak of a worker, GB": ("worker", ".2f"),
        "peak of the process itself, GB": ("process", ".2f"),
    }
    rows = [
        [name, *("" if np.isnan(value) else f"{value:{form}}" for value in medians.loc[[*WAYS], column])]
        for name, (column, form) in shown.items()
    ]
    return pd.DataFrame(rows, columns=[f"{n_rows:,} rows of 5 columns", "Dask, 2 workers", "in memory"])


def main() -> None:
    parser = results.parser(__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = results.parse(parser)
    if arguments.way:
        print(json.dumps(WAYS[arguments.way](arguments.folder)))
        return
    n_rows = 20_000 if arguments.quick else arguments.rows
    with tempfile.TemporaryDirectory() as folder:
        clicks.write(Path(folder), n_rows)
        runs = [
            {"way": way} | in_own_process(__file__, "--way", way, "--folder", folder)
            for _ in range(1 if arguments.quick else ROUNDS)
            for way in WAYS
        ]
    assert len({run["digest"] for run in runs}) == 1, (
        "Dask and memory give different encoders or matrices"
    )
    results.write(comparison(n_rows, pd.DataFrame(runs)), arguments.out, "dask")


if __name__ == "__main__":
    main()
