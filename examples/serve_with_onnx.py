"""
How do I serve a model without Python?
======================================

This example trains an encoder, a scaled number and a logistic regression, writes them as one ONNX file,
and serves it with ONNX Runtime, which is available for C++, C#, Java, JavaScript and Rust too. The
probabilities are those of Python, and a request takes a fraction of the time. Install it with
``pip install "hybrid-encoder[onnx]"``.
"""

# %%
# Training
# --------
# The target is whether a flight is late. Five columns are categories, and the hour is a number.

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import onnx
import onnxruntime
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import SGDClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights
from hybrid_encoder.onnx import feed, to_onnx

X, late = load_flights(crosses=True, return_X_y=True)
columns = ColumnTransformer(
    [
        (
            "categories",
            HybridHashEncoder(max_features=800),
            ["carrier", "flight", "tailnum", "dest", "origin_hour"],
        ),
        ("numbers", StandardScaler(), ["hour"]),
    ]
)
pipeline = make_pipeline(columns, SGDClassifier(loss="log_loss", random_state=0)).fit(X, late)

# %%
# The whole pipeline becomes one file.

folder = tempfile.TemporaryDirectory()
path = Path(folder.name) / "flights.onnx"
onnx.save(to_onnx(pipeline), path)
print(f"{path.name}: {path.stat().st_size:,} bytes")

# %%
# Serving
# -------
# A server in any language has to make one tensor per input, by its name. Here we start a process that
# imports neither scikit-learn nor this package.

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

flight = X.iloc[-1].to_dict() | {"tailnum": "N00NEW"}  # an aircraft never seen
command = [sys.executable, "-c", SERVE, str(path), json.dumps(flight)]
served = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
python = pipeline.predict_proba(pd.DataFrame([flight]))[0, 1]
print(f"late with a probability of {served:.6f}, by ONNX Runtime")
print(f"                           {python:.6f}, by scikit-learn")

# %%
# Are the results the same?
# -------------------------
# On 10,000 flights they agree, except for the last digits. ``feed`` makes the tensors from a table.

session = onnxruntime.InferenceSession(path)
some = X.sample(10_000, random_state=0)
(by_onnx,) = session.run(["probabilities"], feed(some, session))
print(f"largest difference: {np.abs(by_onnx - pipeline.predict_proba(some)).max():.1e}")

# %%
# How fast is it?
# ---------------
# One request is one row. Python needs nearly all of the time for ``ColumnTransformer`` and for checks.
# ONNX Runtime does only the arithmetic. Its input here is tensors, as a server would make them. To make
# them from a DataFrame with ``feed`` takes longer than the model itself.

requests = [X.iloc[[row]] for row in range(0, len(X), len(X) // 300)]
tensors = [feed(request, session) for request in requests]


def milliseconds(answer, requests):
    times = []
    for request in requests:
        start = time.perf_counter()
        answer(request)
        times.append(1e3 * (time.perf_counter() - start))
    return times


latency = pd.DataFrame(
    {
        "scikit-learn": milliseconds(pipeline.predict_proba, requests),
        "ONNX Runtime": milliseconds(lambda row: session.run(["probabilities"], row), tensors),
    }
)
print(latency.quantile([0.5, 0.9, 0.99]).round(3).to_string())

fig, ax = plt.subplots(figsize=(7, 3.2), layout="constrained")
bins = np.geomspace(latency.min().min(), latency.max().max(), 60)
for (name, times), colour in zip(latency.items(), ["#0072B2", "#D55E00"], strict=True):
    label = f"{name}: median {times.median():.2f} ms"
    ax.hist(times, bins, color=colour, alpha=0.8, label=label)
ax.set(xscale="log", xlabel="milliseconds per request of one row", ylabel="requests")
ax.set_title("How do I serve a model without Python?")
ax.xaxis.set_major_formatter("{x:g}")
ax.legend(fontsize="small")
plt.show()

# %%
# For thousands of rows at once Python is faster, because the encoder then processes whole columns.

folder.cleanup()
