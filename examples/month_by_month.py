"""
How does my model keep up with new values?
==========================================

Every month there are new products and new shops, and a head from January has none of them.
``partial_fit`` updates the head every month: the number of columns stays the same, and a value that
stays in the head keeps its column. ``transfer_weights`` adapts the weights of the model to the changed
slots, so that its predictions do not jump.

Here a linear model learns from two streams, month by month. In a shop, some products are replaced by new
ones every month. In the year of flights, few values change.
"""

# %%

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import SGDClassifier

from hybrid_encoder import HybridHashEncoder, transfer_weights
from hybrid_encoder.datasets import load_flights
from hybrid_encoder.metrics import relative_cross_entropy

# %%
# Two streams
# -----------
# A stream is a list of months, each with its rows and their target. The shop always has 3,000 products,
# most of which are rarely bought. Every month 6 % of them are replaced by new ones. The target is
# whether a product is returned; every product has a different probability.


def shop(n_months=24, rows_per_month=15_000, n_products=3_000):
    rng = np.random.default_rng(0)
    popularity = 1 / np.arange(5, n_products + 5)
    shelves = np.arange(n_products)
    effect = rng.normal(size=n_products)
    for month in pd.period_range("2024-01", periods=n_months, freq="M"):
        renewed = rng.random(n_products) < 0.06
        shelves[renewed] = shelves.max() + 1 + np.arange(renewed.sum())
        effect[renewed] = rng.normal(size=renewed.sum())
        sold = rng.choice(n_products, rows_per_month, p=popularity / popularity.sum())
        returned = rng.random(rows_per_month) < 1 / (1 + np.exp(1 - effect[sold]))
        yield month, pd.DataFrame({"product": shelves[sold]}), returned.astype(int)


# %%
# We leave the date of the flights out: every later date is unseen, and not informative.


def flights():
    X, late = load_flights(return_X_y=True)
    for month, rows in X.groupby(pd.to_datetime(X.pop("date")).dt.to_period("M")):
        yield month, rows, late.loc[rows.index].to_numpy()


# %%
# Three learners
# --------------
# All three have the same number of columns and the same model, which is trained on each month once. The
# first ("following") updates its vocabulary. The second ("frozen") keeps the vocabulary of the first
# months. The third ("hashing") has no vocabulary: it is plain hashing, with one bucket per value.


def learners(max_features):
    return {
        "following": HybridHashEncoder(max_features=max_features, decay=0.9),
        "frozen": HybridHashEncoder(max_features=max_features),
        "hashing": HybridHashEncoder(top_k=0, max_features=max_features, n_hashes=1, tail_weight=1),
    }


def linear_model(rate):
    return SGDClassifier(
        loss="log_loss", alpha=1e-7, learning_rate="constant", eta0=rate, random_state=0
    )


# %%
# The loop scores a month, and then trains on it. The scores are unbiased, because the model has not yet
# seen the rows of the month.


def run(stream, n_first, max_features, rate):
    """RCE of every learner on every month after the first ones, in per cent."""
    stream = list(stream)
    X_first = pd.concat([X for _, X, _ in stream[:n_first]])
    y_first = np.concatenate([y for *_, y in stream[:n_first]])
    lines = {}
    for name, encoder in learners(max_features).items():
        encoder.partial_fit(X_first, y_first)
        model = linear_model(rate)
        model.partial_fit(encoder.transform(X_first), y_first, classes=[0, 1])
        for month, X, y in stream[n_first:]:
            probability = model.predict_proba(encoder.transform(X))[:, 1]
            line = lines.setdefault(month, {})
            line[name] = relative_cross_entropy(y, probability)
            if name == "following":
                encoder.partial_fit(X, y)
                model.coef_ = transfer_weights(model.coef_, encoder.column_changes_)
                line["slots changed"] = len(encoder.column_changes_)
            model.partial_fit(encoder.transform(X), y)
    return pd.DataFrame.from_dict(lines, orient="index")


# %%
# The answer
# ----------
# In the shop the frozen head has fewer of the current products every month. It soon becomes worse than
# plain hashing, in which every column is still used. The updated vocabulary stays better than both.

tables = {
    "a shop whose products change": run(shop(), 2, 300, 0.02),
    "flights of one year": run(flights(), 3, 800, 0.005),
}
for name, table in tables.items():
    print(f"\n{name}: RCE on each month before the model learns from it, %\n")
    print(table.to_string(float_format="{:.1f}".format))
    print("\nmean", *(f"{column} {mean:.2f}" for column, mean in table.mean().items()), sep="  ")

# %%
# On the flights the update gains nothing. Flight numbers change there too, but carriers, airports and
# hours, which are more informative, do not. All three curves depend mostly on the weather of the month;
# in September and December the models are worse than the base rate. Run this loop on a few months of
# your data to find out whether updates improve your model.

fig, axes = plt.subplots(1, 2, figsize=(10, 4), layout="constrained")
for ax, (name, table) in zip(axes, tables.items(), strict=True):
    months = table.index.to_timestamp()
    for column, colour, line in (
        ("following", "#0072B2", "-"),
        ("frozen", "#D55E00", "--"),
        ("hashing", "#666666", ":"),
    ):
        ax.plot(months, table[column], line, color=colour, linewidth=2, label=column)
    ax.set(title=name, ylim=(min(0, table.min().min()), None))
    ax.tick_params(axis="x", rotation=30)
    ax.grid(alpha=0.3)
axes[0].set_ylabel("RCE on the next month, %")
axes[0].legend(loc="lower left")
plt.show()
