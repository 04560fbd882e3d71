"""
How many columns do I need?
===========================

One-hot encoding gives every value a column. How many of these columns does a model need? The answer
depends on the encoder. Here we compare four encoders with the same number of columns, from 60 to 4,000,
and the same logistic regression.
"""

# %%
# The data has seven columns of flights from New York; the target is whether the flight arrived late. To
# save time we take 60,000 of the 327,346 flights at random, and keep a quarter of them for testing.

import pickle

import matplotlib.pyplot as plt
import pandas as pd
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights
from hybrid_encoder.metrics import relative_cross_entropy

X, late = load_flights(return_X_y=True)
X, late = X.sample(60_000, random_state=0), late.sample(60_000, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, late, random_state=0)

distinct = X_train.nunique()
print(distinct.to_string(), f"{distinct.sum()} values in all", sep="\n")

# %%
# The encoders
# ------------
# Each function takes a limit on the number of columns and returns the steps of a pipeline.
# ``max_categories`` applies to each column, so ``OneHotEncoder`` gets the largest one with which all
# columns together stay within the limit. ``FeatureHasher`` needs dicts of text.


def as_dicts(X):
    return X.astype(str).to_dict("records")


def max_categories(n_columns):
    return max(k for k in range(2, n_columns) if distinct.clip(upper=k).sum() <= n_columns)


encoders = {
    "HybridHashEncoder": lambda n: [HybridHashEncoder(max_features=n)],
    "HybridHashEncoder, by frequency": lambda n: [
        HybridHashEncoder(max_features=n, importance="frequency")
    ],
    "OneHotEncoder(max_categories)": lambda n: [
        OneHotEncoder(max_categories=max_categories(n), handle_unknown="infrequent_if_exist")
    ],
    "FeatureHasher": lambda n: [FunctionTransformer(as_dicts), FeatureHasher(n)],
}

# %%
# Quality is the relative cross entropy (RCE): the reduction in cross entropy compared with predicting
# the base rate, in per cent. The size is that of the pickled pipeline, encoder and model together.


def measure(name, *encoder):
    model = make_pipeline(*encoder, LogisticRegression(C=0.3, max_iter=200, tol=1e-3))
    probability = model.fit(X_train, y_train).predict_proba(X_test)[:, 1]
    return {
        "encoder": name,
        "columns": model[-1].n_features_in_,
        "model bytes": len(pickle.dumps(model)),
        "RCE": relative_cross_entropy(y_test, probability),
        "AUC": roc_auc_score(y_test, probability),
    }


one_hot = measure("OneHotEncoder", OneHotEncoder(handle_unknown="ignore"))
results = pd.DataFrame(
    [
        measure(name, *make(n_columns))
        for name, make in encoders.items()
        for n_columns in (60, 125, 250, 500, 1000, 2000, 4000)
    ]
)
table = pd.concat([results, pd.DataFrame([one_hot])])
print(table.round({"RCE": 2, "AUC": 3}).to_string(index=False))

# %%
# The answer
# ----------
# Five hundred columns are as good as all the 7,000, and 125 keep three quarters of the RCE. If values
# rank by frequency, as in the paper, the encoder is as good with 1,000 columns or more, and much worse
# with 250 or fewer: a frequent flight number is hardly informative, but a day of snow is.
# ``OneHotEncoder`` needs 2,000 columns for the same quality, because its limit is the same for every
# input column. Plain hashing is never as good, because all values share columns.

COLOURS = dict(zip(encoders, ["#0072B2", "#56B4E9", "#D55E00", "#666666"], strict=True))
MARKERS = dict(zip(encoders, "oDs^", strict=True))


def draw(ax, x):
    for name, curve in results.groupby("encoder", sort=False):
        ax.plot(curve[x], curve["RCE"], color=COLOURS[name], marker=MARKERS[name], label=name)
    ax.axhline(one_hot["RCE"], color="black", linestyle="--", label="OneHotEncoder, all values")
    ax.set(xscale="log", ylabel="RCE on test rows, %", ylim=0)
    ax.grid(alpha=0.3)


fig, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
draw(ax, "columns")
ax.set(xlabel="output columns", title="How many columns do I need?")
ax.xaxis.set_major_formatter("{x:,.0f}")
ax.legend(loc="lower right", fontsize="small")
plt.show()

# %%
# The second plot has bytes instead of columns. ``OneHotEncoder`` stores all categories of ``fit``, with
# any ``max_categories``, so its pickle is never small. ``FeatureHasher`` stores nothing, so its pickle
# is the smallest, but its quality is low.

fig, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
draw(ax, "model bytes")
ax.scatter(one_hot["model bytes"], one_hot["RCE"], color="black", zorder=3)
ax.set(xlabel="bytes of the pickled pipeline", title="How many bytes?", xlim=(200, None))
ax.xaxis.set_major_formatter("{x:,.0f}")
ax.legend(loc="center left", fontsize="small")
plt.show()

# %%
# How many columns are enough depends on the data. If thousands of rare values are informative together,
# like the products and customers of a shop, a model needs more of them: plot this curve for your data.
# The test rows here are of the same days as the training rows. To predict rows of later days, leave the
# date out.
