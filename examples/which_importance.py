"""
Which importance should I choose?
=================================

``importance`` decides which values get a slot. With a large budget nearly every measure is good. With a
small budget it is the most important parameter. Here we compare three named measures and a function,
with 250 and with 2,000 columns.
"""

# %%

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights
from hybrid_encoder.metrics import relative_cross_entropy

X, late = load_flights(return_X_y=True)
X, late = X.sample(80_000, random_state=0), late.sample(80_000, random_state=0)
X_train, X_test, y_train, y_test = train_test_split(X, late, random_state=0)

# %%
# Write a measure
# ---------------
# The function gets the counts of one column: how often each value occurs with each class, and how often
# each class occurs. It returns a score per value. The encoder compares the scores of all columns, so
# they must have the same meaning in each column. Our score is the difference between the number of late
# flights and the number expected at the base rate.
#
# A measure must shrink rare values towards the base rate: a value that occurs twice, late both times, is
# not informative yet. Here we add ten rows of the base rate to each value.


def excess(class_counts, class_totals):
    base = class_totals / class_totals.sum()
    n = class_counts.sum(axis=1)
    share = (class_counts[:, 1] + 10 * base[1]) / (n + 10)
    return n * np.abs(share - base[1])


measures = {
    "frequency": "frequency",
    "mutual_info": "mutual_info",
    "pooled_info": "pooled_info",
    "excess (our own)": excess,
}

# %%
# The model is the same logistic regression for every encoder. The default, ``"auto"``, means
# "pooled_info" if ``fit`` gets a target of classes.

budgets = (250, 2000)
rce, slots = {}, {}
for n_columns in budgets:
    for name, importance in measures.items():
        model = make_pipeline(
            HybridHashEncoder(max_features=n_columns, importance=importance),
            LogisticRegression(C=0.3, max_iter=200, tol=1e-3),
        ).fit(X_train, y_train)
        probability = model.predict_proba(X_test)[:, 1]
        rce[name, n_columns] = relative_cross_entropy(y_test, probability)
        slots[name, n_columns] = pd.Series(model[0].n_slots_, index=X.columns)

rce = pd.Series(rce).unstack().reindex(measures)
print(rce.rename(columns="{:,} columns".format).round(2).to_string())

# %%
# The answer
# ----------
# Pass a target to ``fit``, and keep "auto". With 250 columns the measures that use the target are
# similar, and nearly twice as good as frequency. With 2,000 all four are equally good.

fig, ax = plt.subplots(figsize=(7, 4), layout="constrained")
position = np.arange(len(measures))
for offset, n_columns, colour in ((-0.2, budgets[0], "#0072B2"), (0.2, budgets[1], "#E69F00")):
    bars = ax.bar(position + offset, rce[n_columns], 0.38, color=colour, label=f"{n_columns:,} columns")
    ax.bar_label(bars, fmt="{:.1f}", padding=2)
ax.set_xticks(position, measures)
ax.set(ylabel="RCE on test rows, %", title="Which importance should I choose?")
ax.margins(y=0.25)
ax.legend(loc="upper center", ncols=2, frameon=False)
plt.show()

# %%
# Why
# ---
# Dates are informative here, because a storm delays all flights. Measures that use the target give
# dates more of the 250 slots than frequency does. They also choose better dates: days on which many
# flights were late, or few. Frequency chooses days with a few more flights than others. With 2,000
# columns every date has a slot. The other slots go to flight numbers and aircraft, which are not
# informative with any measure.

fig, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
for ax, n_columns in zip(axes, budgets, strict=True):
    shares = pd.DataFrame({name: slots[name, n_columns] for name in measures}).T
    shares.div(shares.sum(axis=1), axis=0).mul(100).plot.barh(
        stacked=True, ax=ax, legend=False, colormap="viridis", width=0.8
    )
    ax.set(title=f"{n_columns:,} columns", xlabel="slots that each column gets, %", xlim=(0, 100))
axes[0].invert_yaxis()
fig.legend(*axes[0].get_legend_handles_labels(), loc="outside right center", frameon=False)
plt.show()

# %%
# Choose frequency if labels are few or arrive late, or if the head must not depend on labels, for
# example if several models share an encoder. The head of a measure that uses labels depends on the
# labels of the training rows. With "pooled_info" this costs almost nothing. With other measures it may
# cost more; do not combine these with ``tail_indicator``.
