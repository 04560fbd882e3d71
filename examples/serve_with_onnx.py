"""A model that serves without scikit-learn
============================================

Will the flight be late? An encoder, a scaled number and a logistic regression are trained, written as
one ONNX file, and served from a process that imports neither scikit-learn nor this package. The
probabilities are those of Python.

Run it with ``python examples/serve_with_onnx.py [--rows 20000]``; it needs the extra ``onnx``.
"""

# %%

import argparse
import json
import subprocess
import sys
from pathlib import Path

import onnx
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights
from hybrid_encoder.onnx import to_onnx

OUTPUT = Path(__file__).parent / "output"

# %%
# Training: five columns are categories, and the hour is a number.


def train(X: pd.DataFrame, y: pd.Series) -> Pipeline:
    """The encoder beside a scaled number, and a linear model behind both."""
    categories = ["carrier", "flight", "tailnum", "dest", "origin_hour"]
    columns = ColumnTransformer(
        [
            ("categories", HybridHashEncoder(max_features=800), categories),
            ("numbers", StandardScaler(), ["hour"]),
        ]
    )
    return make_pipeline(columns, SGDClassifier(loss="log_loss", random_state=0)).fit(X, y)


# %%
# Serving: a tensor of one column per input, by its name. This is all that a server in any language has
# to do.

SERVE = """
import json, sys
import numpy as np
import onnxruntime

assert "sklearn" not in sys.modules and "hybrid_encoder" not in sys.modules
session = onnxruntime.InferenceSession(sys.argv[1])
flight = json.loads(sys.argv[2])
types = {"tensor(string)": object, "tensor(int64)": np.int64, "tensor(double)": np.float64}
tensors = {
    column.name: np.array([[flight[column.name]]], dtype=types[column.type])
    for column in session.get_inputs()
}
print(session.run(["probabilities"], tensors)[0][0, 1])
"""


def serve(path: Path, flight: dict[str, object]) -> float:
    """The probability that a flight is late, from a process of its own."""
    command = [sys.executable, "-c", SERVE, str(path), json.dumps(flight)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, help="take so many rows, for a quick look")
    arguments = parser.parse_args()
    X, y = load_flights(crosses=True, return_X_y=True)
    if arguments.rows:
        X, y = X[: arguments.rows], y[: arguments.rows]
    pipeline = train(X, y)

    OUTPUT.mkdir(exist_ok=True)
    path = OUTPUT / "flights.onnx"
    onnx.save(to_onnx(pipeline), path)
    print(f"saved {path} ({path.stat().st_size:,} bytes)")

    flight = X.iloc[-1].to_dict() | {"tailnum": "N00NEW"}  # an aircraft never seen
    served = serve(path, flight)
    python = pipeline.predict_proba(pd.DataFrame([flight]))[0, 1]
    print(f"late with a probability of {served:.6f}, by ONNX Runtime")
    print(f"                           {python:.6f}, by scikit-learn")


if __name__ == "__main__":
    main()
