"""A pickled pipeline behind HTTP: what a request waits for, by encoder, size of the head, and clients.

    python benchmarks/serving.py [--quick]

The service is examples/service/app.py, in a process of its own on 127.0.0.1; the clients are threads of
this one. All encoders get the same requests, in turns. Each stands before the same linear model, of as
many columns as it gives. The table stands in docs/guide/serving.md.
"""

import argparse
import pickle
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from importlib.metadata import version
from pathlib import Path
from typing import Any

import markdown
import numpy as np
import pandas as pd
from clock import side_by_side
from figures import put
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder
from tables import text

from hybrid_encoder import HybridHashEncoder

sys.path.append(str(Path(__file__).parents[1] / "examples"))
from service.clients import Load, load, running

N_COLUMNS = 6
CLIENTS = (1, 4, 16)


def table_of(n_rows: int, n_values: int) -> pd.DataFrame:
    """Four columns of text and two of integers; every value occurs, and some often."""
    random = np.random.default_rng(0)
    every = np.arange(n_rows) % n_values
    some = (n_values * random.random((n_rows, N_COLUMNS)) ** 3).astype(int)
    ids = np.where(np.arange(n_rows)[:, None] < n_values, every[:, None], some)
    return pd.DataFrame({f"c{j}": text(ids[:, j]) if j < 4 else ids[:, j] for j in range(N_COLUMNS)})


def encoders(n_values: int) -> dict[str, Any]:
    """Half of the values have a column of their own; by the last encoder, all of them."""
    n_slots = n_values // 2
    return {
        "HybridHashEncoder": HybridHashEncoder(top_k=n_slots, n_buckets=n_values // 10),
        "OneHotEncoder, `max_categories`": OneHotEncoder(
            handle_unknown="infrequent_if_exist", max_categories=n_slots
        ),
        "OneHotEncoder": OneHotEncoder(handle_unknown="ignore"),
    }


def fitted(encoder: Any, X: pd.DataFrame) -> Pipeline:
    """An encoder, and a linear model behind it that has seen the rows once."""
    y = np.random.default_rng(1).integers(0, 2, len(X))
    return make_pipeline(encoder, SGDClassifier(loss="log_loss", max_iter=1, tol=None)).fit(X, y)


def requests(X: pd.DataFrame, n: int) -> list[dict[str, Any]]:
    """Rows of the table, every tenth with a value that is new."""
    rows = X.sample(n, random_state=0).to_dict("records")
    return [row | {"c0": "new"} if number % 10 == 0 else row for number, row in enumerate(rows)]


def served(models: dict[str, Path], rows: list[dict[str, Any]], rounds: int) -> dict[Any, list[Load]]:
    """What came of the rounds, by model and number of clients; all servers are up, and one is asked."""
    found: dict[Any, list[Load]] = {(name, n): [] for name in models for n in CLIENTS}
    with ExitStack() as servers:
        ports = {
            name: servers.enter_context(running(path, longest=900)) for name, path in models.items()
        }
        for _ in range(rounds):
            for n_clients in CLIENTS:
                for name, port in ports.items():
                    found[name, n_clients].append(load(port, rows, n_clients))
    return found


def line(n_values: int, name: str, n_clients: int, loads: list[Load]) -> list[str]:
    """A row of the table."""
    assert {status for one in loads for status in one.statuses} == {200}, f"{name} refused a row"
    assert all(one.answers == loads[0].answers for one in loads), f"{name} answered otherwise later"
    seconds = np.concatenate([one.seconds for one in loads])
    p50, p99 = np.percentile(seconds, [50, 99]) * 1e3
    per_second = np.median([len(one.seconds) / one.wall for one in loads])
    return [f"{n_values:,}", name, f"{n_clients}", f"{p50:,.1f}", f"{p99:,.1f}", f"{per_second:,.0f}"]


def over_http(n_values: int, n_rows: int, n_requests: int, rounds: int) -> list[list[str]]:
    """A row per encoder and number of clients."""
    X = table_of(n_rows, n_values)
    with tempfile.TemporaryDirectory() as folder:
        models = {}
        for number, (name, encoder) in enumerate(encoders(n_values).items()):
            models[name] = Path(folder) / f"{number}.pkl"
            models[name].write_bytes(pickle.dumps(fitted(encoder, X)))
        found = served(models, requests(X, n_requests), rounds)
    return [line(n_values, *key, loads) for key, loads in found.items()]


def containers(n_values: int, n_rows: int, rounds: int) -> list[list[str]]:
    """Microseconds of a row by what it comes in, its making included, and of the model behind."""
    X = table_of(n_rows, n_values)
    pipeline = fitted(encoders(n_values)["HybridHashEncoder"], X.to_numpy(dtype=object))
    named = fitted(encoders(n_values)["HybridHashEncoder"], X)
    encoder, model, names = pipeline[0], pipeline[-1], list(X)
    cells = X.iloc[0].tolist()
    encoded = encoder.transform([cells])
    jobs: dict[str, Callable[[], Any]] = {
        "a list of a list": lambda: encoder.transform([cells]),
        "an object array, and its making": lambda: encoder.transform(np.array([cells], dtype=object)),
        "a DataFrame, and its making": lambda: named[0].transform(pd.DataFrame([cells], columns=names)),
        "`encode_indices` of a list of a list": lambda: encoder.encode_indices([cells]),
        "the linear model behind": lambda: model.predict_proba(encoded),
    }
    times = side_by_side(jobs, rounds, calls=20)
    return [
        [name, *(f"{1e6 * share:,.0f}" for share in np.percentile(seconds, [50, 99]))]
        for name, seconds in times.items()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    quick = parser.parse_args().quick
    # Requests per round by size: one-hot takes a fifth of a second for a row at the largest.
    sizes = {100: 16} if quick else {1_000: 160, 10_000: 96, 50_000: 32}
    rows = []
    for n_values, n_requests in sizes.items():
        rows += over_http(n_values, 3 * n_values, n_requests, rounds=1 if quick else 5)
    header = ["values per column", "encoder", "clients", "p50, ms", "p99, ms", "requests/s"]
    packages = ("scikit-learn", "fastapi", "uvicorn", "pydantic")
    releases = ", ".join(f"{package} {version(package)}" for package in packages)
    python = f"Python {sys.version_info.major}.{sys.version_info.minor}"
    table = markdown.table(header, rows, n_names=2) + f"\n\n{python}, {releases}."
    by_container = containers(max(sizes), 3 * max(sizes), rounds=2 if quick else 100)
    one_row = markdown.table(["one row", "p50, microseconds", "p99"], by_container)
    print(f"{one_row}\n\n{table}")
    if not quick:
        put("guide/serving.md", "one row", one_row)
        put("guide/serving.md", "figures", table)


if __name__ == "__main__":
    main()
