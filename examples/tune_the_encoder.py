"""
How do I tune the encoder in a pipeline?
========================================

Like any other step: ``GridSearchCV`` and the other searches set its parameters by name, for example
``columns__categories__max_features``. The scorer is ``relative_cross_entropy_scorer``.
"""

# %%
# The columns are categories and one number. The model should predict later flights. So the flights stay
# in the order of departure, and the test rows of every fold are later than its training rows. We leave
# the date out, because no later flight has a known date.

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights
from hybrid_encoder.metrics import relative_cross_entropy_scorer

X, late = load_flights(crosses=True, return_X_y=True)
X = X.drop(columns="date").iloc[::4]
late = late.iloc[::4]
print(X.head(3).to_string())

# %%
# The pipeline
# ------------

categories = ["carrier", "flight", "tailnum", "origin", "dest", "route", "origin_hour"]
pipeline = Pipeline(
    [
        (
            "columns",
            ColumnTransformer(
                [
                    ("categories", HybridHashEncoder(), categories),
                    ("numbers", StandardScaler(), ["hour"]),
                ]
            ),
        ),
        ("model", LogisticRegression(C=0.1, max_iter=200, tol=1e-3)),
    ]
)

# %%
# The search
# ----------
# We search over three parameters: the number of columns, the measure that ranks values, and the weight
# of the tail. The search does not use the last quarter of the year.

n_past = len(X) * 3 // 4
search = GridSearchCV(
    pipeline,
    {
        "columns__categories__max_features": [30, 100, 300, 1000],
        "columns__categories__importance": ["frequency", "auto"],
        "columns__categories__tail_weight": [0.25, 1.0],
    },
    scoring=relative_cross_entropy_scorer,
    cv=TimeSeriesSplit(3),
)
search.fit(X[:n_past], late[:n_past])

parameters = ["max_features", "importance", "tail_weight"]
results = pd.DataFrame(search.cv_results_).rename(
    columns={f"param_columns__categories__{name}": name for name in parameters}
)
results = results.rename(columns={"mean_test_score": "RCE"})
folds = results.filter(regex="split._test_score")
behind = folds.iloc[search.best_index_] - folds
results["behind the best"] = behind.mean(axis=1)
results["error"] = behind.std(axis=1) / np.sqrt(search.n_splits_)
best_first = results.sort_values("RCE", ascending=False)
print(best_first[[*parameters, "RCE", "behind the best", "error"]].round(2).to_string(index=False))

# %%
# The best candidate is fitted again on all rows of the search, and scored on the last quarter:

print({name.split("__")[-1]: value for name, value in search.best_params_.items()})
print(f"RCE {search.score(X[n_past:], late[n_past:]):.2f} % on the flights after them")

# %%
# Results
# -------
# The scores differ much from fold to fold, because months differ, but in the same way for all
# candidates. So the table has the difference between the best candidate and each other one, as the mean
# over the folds with its standard error. A candidate within about twice this error is as good as the
# best. Choose the smallest of these.
#
# Here a hundred columns are enough for later months, with both measures. A thousand columns overfit,
# even more with a larger weight of the tail.

fig, ax = plt.subplots(figsize=(7, 4.5), layout="constrained")
styles = {
    ("frequency", 0.25): ("#D55E00", "s", "-"),
    ("frequency", 1.0): ("#D55E00", "s", "--"),
    ("auto", 0.25): ("#0072B2", "o", "-"),
    ("auto", 1.0): ("#0072B2", "o", "--"),
}
for (importance, weight), (colour, marker, line) in styles.items():
    curve = results[(results["importance"] == importance) & (results["tail_weight"] == weight)]
    label = f"{importance}, tail_weight={weight:g}"
    ax.plot(curve["max_features"], curve["RCE"], line, color=colour, marker=marker, label=label)
ax.set(xscale="log", xlabel="max_features", ylabel="mean RCE on later flights, %")
ax.set_title("What the search found")
ax.set_xticks(curve["max_features"].tolist(), [f"{n:,}" for n in curve["max_features"]], minor=False)
ax.grid(alpha=0.3)
ax.legend(fontsize="small")
plt.show()
