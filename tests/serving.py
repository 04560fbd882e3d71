"""Run exported models and compare them with Python; tables and pipelines for this."""

from typing import Any

import numpy as np
import onnx
import onnxruntime
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.onnx import feed, to_onnx


def session(model: onnx.ModelProto) -> onnxruntime.InferenceSession:
    onnx.checker.check_model(model, full_check=True)
    onnx.shape_inference.infer_shapes(model, check_type=True, strict_mode=True, data_prop=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 4  # errors are raised; do not print them too
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


def outputs(model: onnx.ModelProto, X: Any) -> dict[str, np.ndarray]:
    """Outputs of a model for a table, by name."""
    running = session(model)
    names = [output.name for output in running.get_outputs()]
    return dict(zip(names, running.run(names, feed(X, running)), strict=True))


def unused(model: onnx.ModelProto) -> set[str]:
    """Constants and results of nodes that nothing uses. ONNX Runtime warns of unused constants."""
    graph = model.graph
    made = {tensor.name for tensor in graph.initializer} | {node.output[0] for node in graph.node}
    used = {name for node in graph.node for name in node.input}
    return made - used - {output.name for output in graph.output}


CATEGORIES = ["city", "device"]
NUMBERS = ["amount", "age"]


def table(n_rows, seed):
    rng = np.random.default_rng(seed)
    city = pd.Series([f"city {number}" for number in rng.zipf(1.4, n_rows) % 500], dtype=object)
    city[rng.random(n_rows) < 0.05] = None
    device = rng.zipf(1.4, n_rows) % 300
    X = pd.DataFrame(
        {
            "city": city,
            "amount": rng.lognormal(3, 1, n_rows),
            "device": device,
            "age": np.where(rng.random(n_rows) < 0.1, np.nan, rng.integers(18, 90, n_rows)),
        }
    )
    signal = city.str.len().fillna(3) + device % 7 + np.log(X["amount"]) + rng.normal(0, 1, n_rows)
    return X, signal.to_numpy()


X, SIGNAL = table(600, seed=0)
LATER, _ = table(4_000, seed=1)
YES_NO = (np.median(SIGNAL) < SIGNAL).astype(int)
CLASSES = np.digitize(SIGNAL, np.quantile(SIGNAL, [0.25, 0.5, 0.75]))
NAMED = np.array(["low", "middle", "high", "top"])[CLASSES]
LOGISTIC = LogisticRegression(max_iter=500)


def encoded_and_scaled(**settings):
    return ColumnTransformer(
        [
            ("categories", HybridHashEncoder(max_features=80, **settings), CATEGORIES),
            ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), NUMBERS),
        ]
    )


def check(pipeline, X, tolerance=1e-12, **parameters):
    """Compare the outputs of the exported pipeline with those of Python."""
    model = to_onnx(pipeline, **parameters)
    assert unused(model) == set()
    found = outputs(model, X)
    if "variable" in found:
        expected = pipeline.predict(X).reshape(len(X), -1)
        np.testing.assert_allclose(found["variable"], expected, rtol=tolerance, atol=tolerance)
        return found
    np.testing.assert_array_equal(found["label"], pipeline.predict(X))
    if hasattr(pipeline, "predict_proba"):
        expected = pipeline.predict_proba(X)
        np.testing.assert_allclose(found["probabilities"], expected, rtol=0, atol=tolerance)
    else:
        expected = pipeline.decision_function(X)
        assert found["scores"].shape == expected.shape
        np.testing.assert_allclose(found["scores"], expected, rtol=tolerance, atol=tolerance)
    return found
