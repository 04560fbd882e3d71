"""
Will a new value break my service?
==================================

Flights may have a new aircraft, a missing airport, or a flight number that has not occurred before.
What a model does with them depends on the encoder. Here three encoders are fitted to the flights of
January to March, and encode the flights of the rest of the year.
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
# We take a flight of April, and change one of its cells at a time. The table has the probability of a
# late arrival, or the type of the error.

flight = X[month == 4].iloc[[100]]
cells = {
    "as it is": {},
    "an unseen aircraft": {"tailnum": "N00NEW"},
    "no aircraft": {"tailnum": None},
    "an unseen flight number": {"flight": 9999},
    "an unseen airport": {"dest": "XXX"},
    "a number in a text column": {"carrier": 7},
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
# ``HybridHashEncoder`` accepts unseen and missing values. A column of another kind raises an error,
# because it is a mistake of the caller. The message names the column and the row:

try:
    models["HybridHashEncoder"].predict_proba(flight.assign(carrier=7))
except TypeError as error:
    print(error)

# %%
# The rest of the year
# --------------------
# New flight numbers are frequent, new aircraft are less frequent. ``OneHotEncoder()`` with its default
# parameters raises an error for every flight with a new value. In December these are a third of the
# flights.

is_new = X.apply(lambda column: ~column.isin(column[month <= 3]))[month > 3]
share = 100 * is_new.groupby(month).mean()
share["any"] = 100 * is_new.any(axis=1).groupby(month).mean()
print(share.rename_axis("month").round(1).to_string())

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
bars = ax.bar(share.index, share["any"], color="#D55E00", label="OneHotEncoder() raises")
ax.bar_label(bars, fmt="{:.0f}", padding=2)
ax.bar(share.index, 100 - share["any"], bottom=share["any"], color="#56B4E9", label="both encode")
ax.set(xlabel="month", ylabel="flights, %", xticks=share.index, ylim=(0, 100))
ax.set_title("Fitted to January to March: what comes later")
fig.legend(loc="outside lower center", ncols=2, frameon=False)
plt.show()

# %%
# How good are the predictions?
# -----------------------------
# For flights with new values the predictions are worse than for others. One reason is that these
# flights are of later months. But the predictions are useful with both encoders, because the other
# cells are still informative.

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
# So ``handle_unknown="ignore"`` is enough to accept new values, and with all its columns it is even a
# little better here. The encoders differ in the number of columns, and in later training. A value
# without a column is all zeros in a one-hot encoding, so a model cannot learn anything about it.
# ``HybridHashEncoder`` sets two buckets. A model learns their weights from all rare values that share
# them, also in later training.
