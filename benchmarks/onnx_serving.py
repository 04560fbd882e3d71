"""Size of an ONNX model compared with its head and weights, and its time for one row and for many.

    python benchmarks/onnx_serving.py [--quick] [--data FOLDER]

``--data`` adds the loans. The figures are those of docs/guide/onnx.md.
"""

import pickle
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
import pandas as pd
import results
import skl2onnx
from skl2onnx.common.data_types import DoubleTensorType, Int64TensorType, StringTensorType
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline
from timing import Job, interleaved, ratio

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights
from hybrid_encoder.onnx import feed, register_converter, to_onnx

TYPES = {7: Int64TensorType, 8: StringTensorType, 11: DoubleTensorType}

Data = tuple[pd.DataFrame, pd.Series, int]  # rows, target, and the encoder's size
Rows = list[dict[str, str]]


def flights() -> Data:
    """Nine columns, and a tenth of their one-hot columns."""
    X, late = load_flights(crosses=True, return_X_y=True)
    return X, late, round(0.1 * X.nunique().sum())


def loans(folder: Path) -> Data:
    """Fourteen columns, and the encoder's default size."""
    X = pd.read_parquet(folder / "loans.parquet").drop(columns="ApprovalDate")
    return X, X.pop("defaulted"), 2**16


def fitted(X: pd.DataFrame, y: pd.Series, size: int) -> Pipeline:
    """The encoder and a linear model, whose quality does not matter here."""
    model = SGDClassifier(loss="log_loss", alpha=1e-6, random_state=0)
    return Pipeline([("encoder", HybridHashEncoder(max_features=size)), ("model", model)]).fit(X, y)


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    """A session on one thread, as Python uses one."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def head_bytes(encoder: HybridHashEncoder) -> int:
    """Bytes of the values that have a slot: UTF-8 for a text, eight for a number."""
    values = [value for head in encoder.vocabularies_ for value in head.tolist() if value is not None]
    return sum(len(value.encode()) if isinstance(value, str) else 8 for value in values)


def sizes(name: str, pipeline: Pipeline) -> Rows:
    """Bytes of everything that could be deployed."""
    encoder = pipeline["encoder"]
    width = encoder.n_features_out_
    rows = []
    for what, exported, stored, weights in (
        ("encoder", to_onnx(encoder), encoder, 0),
        ("pipeline", to_onnx(pipeline), pipeline, 8 * width),
        ("pipeline, float32", to_onnx(pipeline, dtype=np.float32), None, 4 * width),
    ):
        size, least = exported.ByteSize(), head_bytes(encoder) + weights
        rows.append(
            {
                "model": f"{name}, {what}",
                "slots": f"{encoder.n_slots_.sum():,}",
                "head and weights": f"{least:,}",
                "ONNX": f"{size:,}",
                "against these": f"{size / least:.2f} x",
                "pickle": "" if stored is None else f"{len(pickle.dumps(stored)):,}",
            }
        )
    return rows


def times(name: str, X: pd.DataFrame, pipeline: Pipeline, quick: bool) -> Rows:
    """Microseconds of one row, milliseconds of many, in ONNX Runtime and in Python."""
    rows: Rows = []
    encoder = pipeline["encoder"]
    scores, indices = session(to_onnx(pipeline)), session(to_onnx(encoder))
    dense = None
    if encoder.n_features_out_ <= 2**10:
        dense = session(by_skl2onnx(pipeline, to_onnx(pipeline)))
    n_many = 1_000 if quick else 10_000
    shuffled = X.sample(n_many, random_state=0)
    for n_rows, rounds, calls, unit, scale in ((1, 20, 50, "us", 1e6), (n_many, 20, 1, "ms", 1e3)):
        batch = shuffled.iloc[:n_rows]
        tensors = feed(batch, scores)

        def predict(batch: pd.DataFrame = batch) -> np.ndarray:
            return pipeline.predict_proba(batch)

        pairs: dict[str, tuple[Job, Job]] = {
            "probabilities": (lambda fed=tensors: scores.run(["probabilities"], fed), predict),
            "probabilities, from a DataFrame": (
                lambda batch=batch: scores.run(["probabilities"], feed(batch, scores)),
                predict,
            ),
            "indices": (
                lambda fed=tensors: indices.run(None, fed),
                lambda batch=batch: encoder.encode_indices(batch),
            ),
        }
        if dense is not None:
            pairs["probabilities, by skl2onnx's dense row"] = (
                lambda fed=tensors: dense.run(None, fed),
                predict,
            )
        for what, (served, python) in pairs.items():
            jobs = {"ONNX Runtime": served, "Python": python}
            measured = interleaved(jobs, 2 if quick else rounds, 2 if quick else calls)
            row = {"what": f"{name}, {what}", "rows": f"{n_rows:,}"}
            for runtime, seconds in measured.items():
                row[runtime] = f"{np.median(seconds) * scale:,.{0 if n_rows == 1 else 1}f} {unit}"
            rows.append(row | {"ratio": f"{ratio(*measured.values()):.2g} x"})
    return rows


def by_skl2onnx(pipeline: Pipeline, ours: onnx.ModelProto) -> onnx.ModelProto:
    """The same pipeline with a dense row between encoder and model, for the same inputs."""
    register_converter()
    types = [
        (column.name, TYPES[column.type.tensor_type.elem_type]([None, 1])) for column in ours.graph.input
    ]
    return skl2onnx.to_onnx(pipeline, initial_types=types, options={"zipmap": False})


def greatest_difference(X: pd.DataFrame, pipeline: Pipeline) -> float:
    """The greatest difference between the probabilities of ONNX Runtime and of Python."""
    running = session(to_onnx(pipeline))
    served = running.run(["probabilities"], feed(X, running))[0]
    return float(np.abs(served - pipeline.predict_proba(X)).max())


def main() -> None:
    arguments = results.parse(results.parser(__doc__, data="loans.parquet"))
    quick, out = arguments.quick, arguments.out
    data = {"flights": flights()}
    if arguments.data is not None:
        data["loans"] = loans(arguments.data)
    of_sizes, of_times = [], []
    for name, (X, y, size) in data.items():
        if quick:
            X, y, size = X[:5_000], y[:5_000], min(size, 500)
        pipeline = fitted(X, y, size)
        difference = greatest_difference(X[-100_000:], pipeline)
        print(f"{name}: no probability differs by more than {difference:.0e}")
        of_sizes += sizes(name, pipeline)
        of_times += times(name, X, pipeline, quick)
    results.write(pd.DataFrame(of_sizes), out, "onnx_bytes")
    results.write(pd.DataFrame(of_times), out, "onnx_times")
    results.write_setup(out, "onnx setup", ["polars", "onnx", "onnxruntime", "skl2onnx"])


if __name__ == "__main__":
    main()
