"""
What does a prediction over HTTP cost?
======================================

We fit a pipeline that predicts whether a flight will be late, pickle it, and serve it with FastAPI and
uvicorn in a separate process. We send known rows, new rows and malformed rows, first from one client and
then from several. We compare the service with that of a pipeline with a one-hot encoder: the same rows,
the same model, the same number of columns.

The example needs ``fastapi`` and ``uvicorn``. You can copy the service,
:download:`app.py <../../examples/service/app.py>`. It is in the folder ``service`` beside this script,
with :download:`clients.py <../../examples/service/clients.py>`, which starts the service and sends
requests.
The servers accept connections from this machine only, and stop at the end, also after an error.
"""

# %%

import pickle
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.ticker import LogLocator, NullFormatter
from service.clients import load, post, running
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights

ENCODERS = {
    "HybridHashEncoder": HybridHashEncoder(max_features=1_600),
    "OneHotEncoder": OneHotEncoder(handle_unknown="infrequent_if_exist", max_categories=730),
}

# %%
# Fit and pickle the two pipelines. We leave the date out: every later date is unseen, and not
# informative. With ``max_categories`` the one-hot encoder has 1,602 columns, but it still stores all
# 8,000 values, and processes them in every call.

X, y = load_flights(return_X_y=True)
X = X.drop(columns="date")
folder = tempfile.TemporaryDirectory()
models = Path(folder.name)
for name, encoder in ENCODERS.items():
    pipeline = make_pipeline(encoder, LogisticRegression(max_iter=300, tol=1e-3)).fit(X, y)
    (models / name).write_bytes(pickle.dumps(pipeline))
    print(f"{name}: {pipeline[-1].n_features_in_:,} columns, {(models / name).stat().st_size:,} bytes")

# %%
# The requests: a row that ``fit`` has seen, rows with an unseen or a missing value, and malformed rows.

row = X.iloc[-1].to_dict()
REQUESTS = {
    "a known row": row,
    "an unseen aircraft": row | {"tailnum": "N00NEW"},
    "no aircraft": row | {"tailnum": None},
    "no hour": {name: value for name, value in row.items() if name != "hour"},
    "a list": row | {"hour": [5, 6]},
    "text for a number": row | {"hour": "five"},
    "a number for text": row | {"carrier": 7},
    "a column too many": row | {"gate": "B12"},
    "an empty body": b"",
    "half of the JSON": b'{"hour": 5, "carr',
}


def text_of(answer: dict) -> str:
    """The probability, or the first error."""
    if "probability" in answer:
        return f"late with a probability of {answer['probability']:.4f}"
    return answer["detail"][0]["msg"]


# %%
# The answers. A malformed row gets status 422 and a message with the column, the value and a remedy.
# pydantic checks the shape of a request, the encoder checks its values.

with running(models / "HybridHashEncoder") as port:
    for name, request in REQUESTS.items():
        status, answer = post(port, "/predict", request)
        print(f"\n{name}: {status}\n    {text_of(answer)}")

# %%
# Several clients at once. Both services get the same requests in alternating rounds, so that other
# processes on the machine affect both. Every tenth row has a new aircraft.
#
# First we send two of the malformed rows to the service with the one-hot encoder. The rows are lists,
# and in lists this encoder encodes text in place of a number, and a number in place of text, as unknown
# values. So the service returns a prediction instead of an error.

rows = X.sample(150, random_state=0).reset_index(drop=True)
rows.loc[::10, "tailnum"] = "N00NEW"
requests = rows.to_dict("records")

with running(models / "HybridHashEncoder") as ours, running(models / "OneHotEncoder") as one_hot:
    for name in ("text for a number", "a number for text"):
        status, answer = post(one_hot, "/predict", REQUESTS[name])
        print(f"OneHotEncoder, {name}: {status}, {text_of(answer)}")
    ports = {"HybridHashEncoder": ours, "OneHotEncoder": one_hot}
    rounds = [
        {name: load(port, requests, n_clients=4) for name, port in ports.items()} for _ in range(4)
    ]

# %%
# Check that every request was answered, with the same answer in every round. Threads and connections may
# share the pipeline, because a prediction does not change it.

seconds, figures = {}, {}
for name in ENCODERS:
    loads = [one[name] for one in rounds]
    assert {status for one in loads for status in one.statuses} == {200}, f"{name} rejected a row"
    assert all(one.answers == loads[0].answers for one in loads), f"{name} gave another answer later"
    seconds[name] = np.concatenate([one.seconds for one in loads])
    p50, p99 = np.percentile(seconds[name], [50, 99]) * 1e3
    per_second = len(seconds[name]) / sum(one.wall for one in loads)
    figures[name] = {"p50, ms": p50, "p99, ms": p99, "requests per second": per_second}
print(pd.DataFrame(figures).T.to_string(float_format="{:.1f}".format))

# %%
# The plot shows the share of requests that are answered within a given time. The two services differ
# only in the encoder. With four clients and one process a request also waits for earlier requests.

figure, ax = plt.subplots(figsize=(7, 3.6), layout="constrained")
for name, times in seconds.items():
    color = ax.ecdf(times * 1e3, linewidth=2).get_color()
    p50, p99 = np.percentile(times, [50, 99]) * 1e3
    ax.plot([p50, p99], [0.5, 0.99], "o", color=color)
    label = f"{name}\np50 {p50:.1f} ms\np99 {p99:.1f} ms"
    ax.annotate(label, (p50, 0.5), (9, -2), textcoords="offset points", va="top", color=color)
ax.set_xscale("log")
ax.set_xlim(right=4 * max(times.max() for times in seconds.values()) * 1e3)
ax.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
ax.xaxis.set_major_formatter("{x:g}")
ax.xaxis.set_minor_formatter(NullFormatter())
ax.set(xlabel="time to the answer, ms", ylabel="share of requests", ylim=(0, 1.03))
ax.set_title("One row over HTTP, four clients at once", loc="left")
ax.grid(alpha=0.3)

folder.cleanup()
