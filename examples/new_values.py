"""
Will a new value break my service?
==================================

A new aircraft, a missing airport, a flight number that nobody has flown yet: what a model does with
them is settled when its encoder is made. Here an encoder is fitted to the flights of January to March,
and meets what the rest of the year brings.
"""

# %%

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights
from hybrid_encoder.metrics import relative_cross_entropy

X, late = load_flights(return_X_y=True)
month = pd.to_datetime(X.pop("date")).dt.month
X_train, y_train = X[month <= 3], late[month <= 3]


def fitted(encoder):
    model = make_pipeline(encoder, LogisticRegression(C=0.1, max_iter=200, tol=1e-3))
    return model.fit(X_train, y_train)


models = {
    "HybridHashEncoder": fitted(HybridHashEncoder(max_features=800)),
    "OneHotEncoder()": fitted(OneHotEncoder()),
    'OneHotEncoder(handle_unknown="ignore")': fitted(OneHotEncoder(handle_unknown="ignore")),
}

# %%
# One cell at a time
# ------------------
# A flight of April, and what becomes of it when one of its cells is not as expected. The
# probabilities are those of being late; an error is one that the caller gets.

flight = X[month == 4].iloc[[100]]
cells = {
    "as it is": {},
    "an aircraft never seen": {"tailnum": "N00NEW"},
    "no aircraft": {"tailnum": None},
    "a flight number never seen": {"flight": 9999},
    "an airport never seen": {"dest": "XXX"},
    "a number where text was": {"carrier": 7},
}


def answer(model, row):
    try:
        return f"{model.predict_proba(row)[0, 1]:.3f}"
    except (TypeError, ValueError) as error:
        return type(error).__name__


answers = pd.DataFrame(
    {
        name: {what: answer(model, flight.assign(**cell)) for what, cell in cells.items()}
        for name, model in models.items()
    }
)
print(answers.to_string())

# %%
# A value never seen, and a missing one, are answered. A column of another kind is refused, as it
# is a fault of the caller rather than news, and the message says where:

try:
    models["HybridHashEncoder"].predict_proba(flight.assign(carrier=7))
except TypeError as error:
    print(error)

# %%
# The rest of the year
# --------------------
# Flight numbers come all the time, aircraft now and then. ``OneHotEncoder()`` as it comes refuses
# every request with a value that is new: by December a third of them.

is_new = X.apply(lambda column: ~column.isin(column[month <= 3]))[month > 3]
share = 100 * is_new.groupby(month).mean()
share["any"] = 100 * is_new.any(axis=1).groupby(month).mean()
print(share.rename_axis("month").round(1).to_string())

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
bars = ax.bar(share.index, share["any"], color="#D55E00", label="OneHotEncoder() refuses")
ax.bar_label(bars, fmt="{:.0f}", padding=2)
ax.bar(share.index, 100 - share["any"], bottom=share["any"], color="#56B4E9", label="both answer")
ax.set(xlabel="month", ylabel="flights, %", xticks=share.index, ylim=(0, 100))
ax.set_title("Fitted to January to March: what comes later")
fig.legend(loc="outside lower center", ncols=2, frameon=False)
plt.show()

# %%
# How good are the answers?
# -------------------------
# Less good than for flights of which all is known, and these are of later months too. But they
# are worth having, with either encoder: the other cells still tell.

X_later, y_later = X[month > 3], late[month > 3]
groups = {"all values known": ~is_new.any(axis=1), "some value new": is_new.any(axis=1)}
quality = {}
for name in ("HybridHashEncoder", 'OneHotEncoder(handle_unknown="ignore")'):
    probability = pd.Series(models[name].predict_proba(X_later)[:, 1], index=X_later.index)
    for group, rows in groups.items():
        quality[name, group] = {
            "flights": rows.sum(),
            "late, %": 100 * y_later[rows].mean(),
            "predicted, %": 100 * probability[rows].mean(),
            "AUC": roc_auc_score(y_later[rows], probability[rows]),
            "RCE": relative_cross_entropy(y_later[rows], probability[rows]),
        }
print(pd.DataFrame(quality).T.round(3).to_string())
print({name: f"{model[-1].n_features_in_:,} columns" for name, model in models.items()})

# %%
# So to be safe from new values, ``handle_unknown="ignore"`` will do, and with all its columns it
# is even a little ahead here. What sets the two apart is the width, and what comes next. A value
# without a column lights nothing in a one-hot encoding, and can never come to mean anything; here
# it lights two buckets, whose weights a model has learnt, and goes on learning, from all rare
# values there.
