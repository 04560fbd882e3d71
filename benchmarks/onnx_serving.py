"""What an ONNX model costs: bytes beside the head's, and the time of a row and of ten thousand.

    python benchmarks/onnx_serving.py [--quick] [--data FOLDER] [--out FOLDER]

It writes the last section of docs/guide/onnx.md. ``--data`` adds the loans. ``--quick`` takes seconds,
shows that all of it runs, and writes nothing unless told where.
"""

import argparse
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import skl2onnx
from clock import faster, side_by_side
from report import Table, machine
from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights
from hybrid_encoder.onnx import feed, register_converter, to_onnx

PAGE = Path(__file__).resolve().parents[1] / "docs" / "guide" / "onnx.md"
HEADING = "## What it costs"
SECTION = """{heading}

Made by `python benchmarks/onnx_serving.py`: {machine}

{tables}"""

TIMES = """
Medians of calls in turn: ONNX Runtime on one thread, given tensors, or a DataFrame that `feed` makes
into tensors first, and Python on the DataFrame with `n_jobs=None`. The ratio is how many times as long
Python takes. Rows are drawn at random.

A row alone, which is what a request waits for, is quicker by what Python takes to look at a DataFrame at
all. In bulk Python is ahead: it looks whole columns up, and hashes only what has no slot, while a graph
hashes every value.

Both give the same: over the last 100,000 rows of each table no probability differs by more than
{:.0e}."""

TYPES = {7: Int64TensorType, 8: StringTensorType, 11: DoubleTensorType}

Rows = list[tuple[str, ...]]


def flights() -> tuple[pd.DataFrame, pd.Series, int]:
    """Nine columns, and a tenth of the columns that they have one-hot."""
    X, late = load_flights(crosses=True, return_X_y=True)
    return X, late, round(0.1 * X.nunique().sum())


def loans(folder: Path) -> tuple[pd.DataFrame, pd.Series, int]:
    """Fourteen columns, and the encoder's default size."""
    X = pd.read_parquet(folder / "loans.parquet").drop(columns="ApprovalDate")
    return X, X.pop("defaulted"), 2**16


def fitted(X: pd.DataFrame, y: pd.Series, size: int) -> Pipeline:
    """The encoder and a linear model. How well it does is not asked here."""
    model = SGDClassifier(loss="log_loss", alpha=1e-6, random_state=0)
    return Pipeline([("encoder", HybridHashEncoder(max_features=size)), ("model", model)]).fit(X, y)


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    """One thread, so that it is held against one of Python's."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def head_bytes(encoder: HybridHashEncoder) -> int:
    """UTF-8 of the texts that have a slot, eight bytes for a number."""
    values = [value for head in encoder.vocabularies_ for value in head.tolist() if value is not None]
    return sum(len(value.encode()) if isinstance(value, str) else 8 for value in values)


def sizes(name: str, pipeline: Pipeline) -> Rows:
    """Bytes of everything that could be deployed."""
    encoder = pipeline["encoder"]
    head, width = head_bytes(encoder), encoder.n_features_out_
    slots = sum(map(len, encoder.vocabularies_))
    rows = []
    for what, exported, stored, weights in (
        ("encoder", to_onnx(encoder), encoder, 0),
        ("pipeline", to_onnx(pipeline), pipeline, 8 * width),
        ("pipeline, float32", to_onnx(pipeline, dtype=np.float32), None, 4 * width),
    ):
        size, least = exported.ByteSize(), head + weights
        pickled = "" if stored is None else f"{len(pickle.dumps(stored)):,}"
        figures = (f"{least:,}", f"{size:,}", f"{size / least:.2f} x", pickled)
        rows.append((f"{name}, {what}", f"{slots:,}", *figures))
    return rows


def times(name: str, X: pd.DataFrame, pipeline: Pipeline, quick: bool) -> Rows:
    """Microseconds of one row, milliseconds of many, in the runtime and in Python."""
    rows: Rows = []
    encoder = pipeline["encoder"]
    scores, indices = session(to_onnx(pipeline)), session(to_onnx(encoder))
    dense = None
    if encoder.n_features_out_ <= 2**10:
        dense = session(as_skl2onnx_has_it(pipeline, to_onnx(pipeline)))
    n_many = 1_000 if quick else 10_000
    shuffled = X.sample(n_many, random_state=0)
    for n_rows, rounds, calls in ((1, 20, 50), (n_many, 20, 1)):
        batch = shuffled.iloc[:n_rows]
        given = feed(batch, scores)
        pairs: dict[str, tuple[Callable[[], Any], Callable[[], Any]]] = {
            "probabilities": (
                lambda given=given: scores.run(["probabilities"], given),
                lambda batch=batch: pipeline.predict_proba(batch),
            ),
            "probabilities, from a DataFrame": (
                lambda batch=batch: scores.run(["probabilities"], feed(batch, scores)),
                lambda batch=batch: pipeline.predict_proba(batch),
            ),
            "indices": (
                lambda given=given: indices.run(None, given),
                lambda batch=batch: encoder.encode_indices(batch),
            ),
        }
        if dense is not None:
            pairs["probabilities, by skl2onnx's dense row"] = (
                lambda given=given: dense.run(None, given),
                lambda batch=batch: pipeline.predict_proba(batch),
            )
        for what, (served, python) in pairs.items():
            jobs = {"onnx": served, "python": python}
            measured = side_by_side(jobs, 2 if quick else rounds, 2 if quick else calls)
            unit, scale = ("us", 1e6) if n_rows == 1 else ("ms", 1e3)
            found = (
                f"{np.median(measured[which]) * scale:,.{0 if n_rows == 1 else 1}f} {unit}"
                for which in jobs
            )
            ratio = faster(measured["onnx"], measured["python"])
            rows.append((f"{name}, {what}", f"{n_rows:,}", *found, f"{ratio:.2g} x"))
    return rows


def as_skl2onnx_has_it(pipeline: Pipeline, ours: onnx.ModelProto) -> onnx.ModelProto:
    """The same pipeline with a dense row between encoder and model, for the same inputs."""
    register_converter()
    types = [
        (column.name, TYPES[column.type.tensor_type.elem_type]([None, 1])) for column in ours.graph.input
    ]
    options = {"zipmap": False}
    return skl2onnx.to_onnx(pipeline, initial_types=types, options=options)


def parity(X: pd.DataFrame, pipeline: Pipeline) -> float:
    """The greatest difference of a probability."""
    running = session(to_onnx(pipeline))
    served = running.run(["probabilities"], feed(X, running))[0]
    return float(np.abs(served - pipeline.predict_proba(X)).max())


def section(data: dict[str, tuple[pd.DataFrame, pd.Series, int]], quick: bool) -> str:
    """The tables, with what must be known to read them."""
    of_sizes, of_times, differences = [], [], []
    for name, (X, y, size) in data.items():
        if quick:
            X, y, size = X[:5_000], y[:5_000], min(size, 500)
        pipeline = fitted(X, y, size)
        differences.append(parity(X[-100_000:], pipeline))
        of_sizes += sizes(name, pipeline)
        of_times += times(name, X, pipeline, quick)
    found = [
        Table(
            "Bytes",
            "What must be there at least is the head, its texts in UTF-8 and eight bytes per number, "
            "and the weights, eight or four bytes per output column.",
            ("", "slots", "head and weights", "ONNX", "against these", "pickle"),
            of_sizes,
        ),
        Table(
            "Time",
            TIMES.strip().format(max(differences)),
            ("", "rows", "ONNX Runtime", "Python", "ratio"),
            of_times,
        ),
    ]
    tables = "\n".join(table.markdown().replace("## ", "### ", 1) for table in found)
    of_whom = machine("onnx", "onnxruntime", "skl2onnx")
    return SECTION.format(heading=HEADING, machine=of_whom, tables=tables)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    parser.add_argument("--data", type=Path, help="folder of loans.parquet")
    parser.add_argument("--out", type=Path, help="folder that the page goes to")
    arguments = parser.parse_args()
    data = {"flights": flights()}
    if arguments.data is not None:
        data["loans"] = loans(arguments.data)
    text = section(data, arguments.quick)
    print(text)
    out = arguments.out or (None if arguments.quick else PAGE.parent)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        above, _, _ = PAGE.read_text(encoding="utf-8").partition(HEADING)
        (out / PAGE.name).write_text(above + text, encoding="utf-8")


if __name__ == "__main__":
    main()
