"""
How does my model keep up with new values?
==========================================

Products come and go, shops open and close: a head chosen in January misses more and more of what comes.
``partial_fit`` revises the head month by month in place: the width stays, a value that stays keeps its
column, and ``transfer_weights`` makes a model's weights follow those that change hands, so that its
predictions do not jump.

A linear model learns two streams month by month. One is of a shop where every month some
products leave and others come, one is the year of flights, where little comes and goes.
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
# A stream is a list of months, each its rows and their target. In the shop 3,000 products are on
# the shelves at any time, most of them sell rarely, and every month 6 % of them make room for new
# ones. Every product has its own odds of coming back.


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
# Of the flights the date is no column: one that has never been seen tells nothing.


def flights():
    X, late = load_flights(return_X_y=True)
    for month, rows in X.groupby(pd.to_datetime(X.pop("date")).dt.to_period("M")):
        yield month, rows, late.loc[rows.index].to_numpy()


# %%
# Three learners
# --------------
# They have the same width and the same model, and see each month once. One's vocabulary follows,
# one's is frozen after the first months, and one has none: plain hashing, a bucket per value.


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
# This is the loop: score a month, then learn it. What it says of a month is honest, as it has
# seen nothing of it.


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
# In the shop the frozen head knows fewer and fewer of the products that sell, and soon falls
# behind plain hashing, whose every column goes on learning. The one that follows keeps its lead
# over both.

tables = {
    "a shop whose products change": run(shop(), 2, 300, 0.02),
    "flights of one year": run(flights(), 3, 800, 0.005),
}
for name, table in tables.items():
    print(f"\n{name}: RCE on each month before it is learnt, %\n")
    print(table.to_string(float_format="{:.1f}".format))
    print("\nmean", *(f"{column} {mean:.2f}" for column, mean in table.mean().items()), sep="  ")

# %%
# On the flights nothing is gained. Flight numbers come and go there too, but carriers, airports
# and hours, which tell more, stay; and what moves the curves is the weather of the month, for all
# three alike, below the base rate in September and December. Whether your data are of the one
# kind or the other, a few months of them and this loop will tell.

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
