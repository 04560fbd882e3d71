"""Latency of a pickled pipeline behind HTTP, by encoder, size of the vocabulary, and number of clients.

    python benchmarks/serving.py [--quick]

The service is examples/service/app.py, in a separate process on 127.0.0.1; the clients are threads of
this process. All encoders get the same requests, in turns, and are followed by the same linear model.
The figures are those of docs/guide/serving.md.
"""

import pickle
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import results
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import OneHotEncoder
from tables import of_ids
from timing import Job, interleaved, microseconds

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
    return of_ids(np.where(np.arange(n_rows)[:, None] < n_values, every[:, None], some).T, n_text=4)


def encoders(n_values: int) -> dict[str, Any]:
    """Encoders that give half of the values a column of their own; the last one gives it to all."""
    n_slots = n_values // 2
    return {
        "HybridHashEncoder": HybridHashEncoder(top_k=n_slots, n_buckets=n_values // 10),
        "OneHotEncoder, `max_categories`": OneHotEncoder(
            handle_unknown="infrequent_if_exist", max_categories=n_slots
        ),
        "OneHotEncoder": OneHotEncoder(handle_unknown="ignore"),
    }


def fitted(encoder: Any, X: Any) -> Pipeline:
    """An encoder, followed by a linear model that has seen the rows once."""
    y = np.random.default_rng(1).integers(0, 2, len(X))
    return make_pipeline(encoder, SGDClassifier(loss="log_loss", max_iter=1, tol=None)).fit(X, y)


def requests(X: pd.DataFrame, n: int) -> list[dict[str, Any]]:
    """Rows of the table, every tenth with a value that is new."""
    rows = X.sample(n, random_state=0).to_dict("records")
    return [row | {"c0": "new"} if number % 10 == 0 else row for number, row in enumerate(rows)]


def serve(models: dict[str, Path], rows: list[dict[str, Any]], rounds: int) -> dict[Any, list[Load]]:
    """Responses by model and number of clients; all servers run, and one at a time gets requests."""
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


def line(n_values: int, name: str, n_clients: int, loads: list[Load]) -> dict[str, str]:
    """A row of the table."""
    assert {status for one in loads for status in one.statuses} == {200}, f"{name} refused a row"
    assert all(one.answers == loads[0].answers for one in loads), f"{name}: answers differ"
    seconds = np.concatenate([one.seconds for one in loads])
    p50, p99 = np.percentile(seconds, [50, 99]) * 1e3
    per_second = np.median([len(one.seconds) / one.wall for one in loads])
    return {
        "values per column": f"{n_values:,}",
        "encoder": name,
        "clients": f"{n_clients}",
        "p50, ms": f"{p50:,.1f}",
        "p99, ms": f"{p99:,.1f}",
        "requests/s": f"{per_second:,.0f}",
    }


def over_http(n_values: int, n_requests: int, rounds: int) -> list[dict[str, str]]:
    """A row per encoder and number of clients."""
    X = table_of(3 * n_values, n_values)
    with tempfile.TemporaryDirectory() as folder:
        models = {}
        for number, (name, encoder) in enumerate(encoders(n_values).items()):
            models[name] = Path(folder) / f"{number}.pkl"
            models[name].write_bytes(pickle.dumps(fitted(encoder, X)))
        found = serve(models, requests(X, n_requests), rounds)
    return [line(n_values, *key, loads) for key, loads in found.items()]


def containers(n_values: int, rounds: int) -> pd.DataFrame:
    """Microseconds of a row by its container, which is made each time, and of the model."""
    X = table_of(3 * n_values, n_values)
    pipeline = fitted(encoders(n_values)["HybridHashEncoder"], X.to_numpy(dtype=object))
    named = fitted(encoders(n_values)["HybridHashEncoder"], X)
    encoder, model, names = pipeline[0], pipeline[-1], list(X)
    cells = X.iloc[0].tolist()
    encoded = encoder.transform([cells])
    jobs: dict[str, Job] = {
        "a list of a list": lambda: encoder.transform([cells]),
        "an object array, and its making": lambda: encoder.transform(np.array([cells], dtype=object)),
        "a DataFrame, and its making": lambda: named[0].transform(pd.DataFrame([cells], columns=names)),
        "`encode_indices` of a list of a list": lambda: encoder.encode_indices([cells]),
        "the linear model behind": lambda: model.predict_proba(encoded),
    }
    rows = [[name, *microseconds(times)] for name, times in interleaved(jobs, rounds, calls=20).items()]
    return pd.DataFrame(rows, columns=["one row", "p50, microseconds", "p99"])


def main() -> None:
    arguments = results.parse(results.parser(__doc__))
    quick, out = arguments.quick, arguments.out
    # Requests per round by size: one-hot encoding takes a fifth of a second for a row at the largest.
    sizes = {100: 16} if quick else {1_000: 160, 10_000: 96, 50_000: 32}
    rows = []
    for n_values, n_requests in sizes.items():
        rows += over_http(n_values, n_requests, rounds=1 if quick else 5)
    results.write(containers(max(sizes), rounds=2 if quick else 100), out, "serving_one_row")
    results.write(pd.DataFrame(rows), out, "serving_http", n_names=2)
    results.write_setup(out, "serving setup", ["fastapi", "uvicorn", "pydantic"])


if __name__ == "__main__":
    main()
