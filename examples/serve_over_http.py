"""
What does a prediction over HTTP cost?
======================================

Will the flight be late? A pipeline is fitted, pickled, and served by FastAPI and uvicorn in a process of
its own. Known rows, new ones and broken ones are sent to it, and then several clients at once. Beside it
stands the same service with a one-hot encoder in its pipeline: same rows, same model, as many columns.

It needs ``fastapi`` and ``uvicorn``. The service is a file to copy,
:download:`app.py <../../examples/service/app.py>`; it stands in a folder ``service`` beside this script,
with :download:`clients.py <../../examples/service/clients.py>`, which starts it and puts it under load.
Nothing leaves this machine, and both servers are ended, come what may.
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
# Two pipelines, pickled. The date is left out: one that has never been seen tells nothing. With
# ``max_categories`` the one-hot encoder has 1,602 columns; it holds all 8,000 values all the same, and
# looks them through at every call.

X, y = load_flights(return_X_y=True)
X = X.drop(columns="date")
folder = tempfile.TemporaryDirectory()
models = Path(folder.name)
for name, encoder in ENCODERS.items():
    pipeline = make_pipeline(encoder, LogisticRegression(max_iter=300, tol=1e-3)).fit(X, y)
    (models / name).write_bytes(pickle.dumps(pipeline))
    print(f"{name}: {pipeline[-1].n_features_in_:,} columns, {(models / name).stat().st_size:,} bytes")

# %%
# What is sent: a row that was seen in fit, rows with a value that was not or with none, and rows that
# no honest answer can be given to.

row = X.iloc[-1].to_dict()
REQUESTS = {
    "a known row": row,
    "an aircraft never seen": row | {"tailnum": "N00NEW"},
    "no aircraft": row | {"tailnum": None},
    "no hour": {name: value for name, value in row.items() if name != "hour"},
    "a list": row | {"hour": [5, 6]},
    "text for a number": row | {"hour": "five"},
    "a number for text": row | {"carrier": 7},
    "a column too many": row | {"gate": "B12"},
    "nothing": b"",
    "half of the JSON": b'{"hour": 5, "carr',
}


def told(answer: dict) -> str:
    """A probability, or the first thing that is wrong."""
    if "probability" in answer:
        return f"late with a probability of {answer['probability']:.4f}"
    return answer["detail"][0]["msg"]


# %%
# The answers. A row that cannot be right gets status 422 and a message with the column, the value and
# what to do. The shape of a request is checked by pydantic, its values by the encoder.

with running(models / "HybridHashEncoder") as port:
    for name, request in REQUESTS.items():
        status, answer = post(port, "/predict", request)
        print(f"\n{name}: {status}\n    {told(answer)}")

# %%
# Several clients at once. Both services get the same requests, round by round in turns, so that what
# else runs on the machine falls on both. Every tenth row has an aircraft that is new.
#
# Before that, the mistakes of a caller again: given rows as lists, the one-hot encoder takes text for a
# number, and a number for text, as values that it does not know, and what comes back is a prediction.

rows = X.sample(150, random_state=0).reset_index(drop=True)
rows.loc[::10, "tailnum"] = "N00NEW"
requests = rows.to_dict("records")

with running(models / "HybridHashEncoder") as ours, running(models / "OneHotEncoder") as one_hot:
    for name in ("text for a number", "a number for text"):
        status, answer = post(one_hot, "/predict", REQUESTS[name])
        print(f"OneHotEncoder, {name}: {status}, {told(answer)}")
    ports = {"HybridHashEncoder": ours, "OneHotEncoder": one_hot}
    rounds = [
        {name: load(port, requests, n_clients=4) for name, port in ports.items()} for _ in range(4)
    ]

# %%
# Every request was answered, and in every round alike: threads and connections share the pipeline, which
# answering does not change.

seconds, figures = {}, {}
for name in ENCODERS:
    loads = [one[name] for one in rounds]
    assert {status for one in loads for status in one.statuses} == {200}, f"{name} refused a row"
    assert all(one.answers == loads[0].answers for one in loads), f"{name} answered otherwise later"
    seconds[name] = np.concatenate([one.seconds for one in loads])
    p50, p99 = np.percentile(seconds[name], [50, 99]) * 1e3
    per_second = len(seconds[name]) / sum(one.wall for one in loads)
    figures[name] = {"p50, ms": p50, "p99, ms": p99, "requests per second": per_second}
print(pd.DataFrame(figures).T.to_string(float_format="{:.1f}".format))

# %%
# The picture: the share of requests that are answered by then. What separates the two is the encoder, as
# all else is the same. With four clients and one process a request also waits for those before it.

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
