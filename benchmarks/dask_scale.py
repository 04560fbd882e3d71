"""Rows that no process holds: fit, transform and a model, over Parquet, by two workers of Dask.

    python benchmarks/dask_scale.py [--rows 10000000] [--quick]

The same is done in memory, in a process of its own, and must give the same encoder and the same matrix.
It reads the peak of a process's memory from Linux. The figures are those of docs/guide/dask.md.
"""

import argparse
import hashlib
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import clicks
import dask
import dask.dataframe as dd
import numpy as np
import pandas as pd
from distributed import Client, LocalCluster
from figures import put
from markdown import table
from memory import peak
from sklearn.linear_model import SGDClassifier

import hybrid_encoder.dask
from hybrid_encoder import HybridHashEncoder

GIGABYTE = 1e9
ROUNDS = 3


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def of_matrix(block: Any) -> np.ndarray:
    """What is told of a matrix, so that two can be held against each other: sums by column."""
    return np.asarray(block.sum(axis=0)).ravel()


def of_encoder(encoder: HybridHashEncoder) -> str:
    heads = [values.tolist() for values in encoder.vocabularies_]
    told = [heads, encoder.n_buckets_.tolist(), encoder.report().to_json()]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def model() -> SGDClassifier:
    return SGDClassifier(loss="log_loss", random_state=0)


def by_dask(folder: Path) -> dict[str, Any]:
    """Two processes of one thread each, and this one, which only tells them what to do."""
    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None, memory_limit=0
    )
    with cluster, Client(cluster) as client:
        ddf = dd.read_parquet(folder)
        encoder = HybridHashEncoder()
        fit, _ = timed(lambda: hybrid_encoder.dask.fit(encoder, ddf, "clicked"))
        X, y = hybrid_encoder.dask.transform(encoder, ddf, "clicked")
        sums = dask.delayed(of_matrix)
        encode, by_block = timed(lambda: dask.compute(*map(sums, X.to_delayed().ravel())))
        follower = model()
        learn, _ = timed(lambda: follow(follower, X, y))
        workers = client.run(peak)
    return {
        "fit": fit,
        "transform": encode,
        "learn": learn,
        "worker": max(workers.values()),
        "client": peak(),
        "encoder": of_encoder(encoder),
        "matrix": hashlib.sha256(np.sum(by_block, axis=0)).hexdigest(),
    }


def follow(follower: SGDClassifier, X: Any, y: Any) -> None:
    """Learn block by block, in order."""
    for block in zip(X.blocks, y.blocks, strict=True):
        follower.partial_fit(*dask.compute(*block), classes=[0, 1])


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
        "client": peak(),
        "users": float(encoder.report()["distinct"].iloc[0]),
        "encoder": of_encoder(encoder),
        "matrix": hashlib.sha256(of_matrix(encoded)).hexdigest(),
    }


WAYS = {"dask": by_dask, "memory": in_memory}


def in_its_own_process(way: str, folder: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--way", way, "--folder", str(folder)]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return json.loads(output.splitlines()[-1])


def medians(runs: Sequence[dict[str, Any]]) -> dict[str, float]:
    return pd.DataFrame(runs).select_dtypes("number").median().to_dict()


def figures(n_rows: int, dasked: dict[str, float], whole: dict[str, float]) -> str:
    rows = [
        ("different users", f"{whole['users']:,.0f}", f"{whole['users']:,.0f}"),
        ("fit, seconds", f"{dasked['fit']:.1f}", f"{whole['fit']:.1f}"),
        ("transform, seconds", f"{dasked['transform']:.1f}", f"{whole['transform']:.1f}"),
        ("a model that follows, seconds", f"{dasked['learn']:.1f}", ""),
        ("peak of a worker, GB", f"{dasked['worker'] / GIGABYTE:.2f}", ""),
        (
            "peak of the process itself, GB",
            *(f"{it['client'] / GIGABYTE:.2f}" for it in (dasked, whole)),
        ),
    ]
    header = (f"{n_rows:,} rows of 5 columns", "Dask, 2 workers", "in memory")
    return table(header, rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    parser.add_argument("--way", choices=WAYS, help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.way:
        print(json.dumps(WAYS[arguments.way](arguments.folder)))
        return
    n_rows = 20_000 if arguments.quick else arguments.rows
    with tempfile.TemporaryDirectory() as folder:
        clicks.write(Path(folder), n_rows)
        rounds = [
            {way: in_its_own_process(way, Path(folder)) for way in WAYS}
            for _ in range(1 if arguments.quick else ROUNDS)
        ]
    for what in ("encoder", "matrix"):
        assert len({found[way][what] for found in rounds for way in WAYS}) == 1, f"not the same {what}"
    text = figures(n_rows, *(medians([found[way] for found in rounds]) for way in WAYS))
    print(text)
    if not arguments.quick:
        put("guide/dask.md", "figures", text)


if __name__ == "__main__":
    main()
