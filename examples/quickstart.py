"""A year of flights at a tenth of the one-hot size
=====================================================

The script predicts whether a flight will be late, from seven categorical columns, for example the
airline and the tail number. One-hot encoding needs more than eight thousand columns for them. The
script fits the same logistic regression on several encodings, prints the size and the quality of each
model, saves the small one, and scores a row in a new process.

Run it with ``make demo``, or ``python examples/quickstart.py [--rows 20000] [--crosses]``.
"""

# %%
# The package contains the data: 327,346 departures from New York in 2013.

import argparse
import os
import pickle
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix
from sklearn.feature_extraction import FeatureHasher
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import d2_log_loss_score, roc_auc_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder

from hybrid_encoder import CoverageDisplay, HybridHashEncoder
from hybrid_encoder.datasets import load_flights

OUTPUT = Path(__file__).parent / "output"

# %%
# The encodings. ``OneHotEncoder`` with all values is the reference; the others have a tenth or 3 % of
# its columns. ``HybridHashEncoder`` ranks values by the target and, for comparison, by frequency.
# ``max_categories`` applies to each column: we use the largest number that stays within the budget.


def hash_tokens(X: pd.DataFrame, n_features: int) -> csr_matrix:
    """Rows encoded by FeatureHasher, from tokens ``column=value``."""
    columns = [(f"{name}=" + X[name].astype(str)).tolist() for name in X]
    tokens = list(map(list, zip(*columns, strict=True)))
    return FeatureHasher(n_features, input_type="string").transform(tokens)


def largest_max_categories(X: pd.DataFrame, budget: int) -> int:
    """The most categories per column with which all columns together stay within the budget."""
    distinct = X.nunique().to_numpy()
    return max(k for k in range(2, budget) if np.minimum(distinct, k).sum() <= budget)


def encodings(X: pd.DataFrame, n_one_hot: int) -> dict[str, object]:
    """Name and encoder of every line of the table."""
    one_hot = {"handle_unknown": "infrequent_if_exist"}
    rivals: dict[str, object] = {"OneHotEncoder": OneHotEncoder(handle_unknown="ignore")}
    for share in (0.10, 0.03):
        budget = round(share * n_one_hot)
        rivals |= {
            f"HybridHashEncoder, {share:.0%}": HybridHashEncoder(max_features=budget),
            f"HybridHashEncoder(frequency), {share:.0%}": HybridHashEncoder(
                max_features=budget, importance="frequency"
            ),
            f"OneHotEncoder(max_categories), {share:.0%}": OneHotEncoder(
                max_categories=largest_max_categories(X, budget), **one_hot
            ),
            f"FeatureHasher, {share:.0%}": FunctionTransformer(
                hash_tokens, kw_args={"n_features": budget}
            ),
        }
    return rivals


# %%
# The model is the same for every encoder, but its C is tuned for each of them: models trained on about a
# third of the training rows are compared on a tenth. The best C is then used for all training rows.


def tuned(encoder: object, X: pd.DataFrame, y: pd.Series) -> Pipeline:
    """A fitted pipeline of the encoder and a logistic regression with the best C."""
    some, rest = train_test_split(np.arange(len(X)), train_size=0.35, random_state=0)
    valid = rest[: len(X) // 10]
    encoder.fit(X, y)
    encoded = encoder.transform(X)
    target = y.to_numpy()
    models = [
        LogisticRegression(C=C, max_iter=200, tol=1e-3).fit(encoded[some], target[some])
        for C in (0.1, 0.3, 1.0)
    ]
    best = max(models, key=lambda m: d2_log_loss_score(target[valid], m.predict_proba(encoded[valid])))
    return Pipeline([("encoder", encoder), ("model", best.fit(encoded, target))])


def compare(X: pd.DataFrame, y: pd.Series) -> tuple[pd.DataFrame, dict[str, Pipeline]]:
    """Fit every encoding and its model, and print each line of the table when it is ready."""
    n_one_hot = int(X.nunique().sum())
    X_train, X_test, y_train, y_test = train_test_split(X, y, test_size=0.2, random_state=0)
    rows, pipelines = [], {}
    columns = ["encoder", "columns", "model bytes", "RCE %", "AUC", "seconds"]
    print("{:36}{:>9}{:>13}{:>8}{:>8}{:>9}".format(*columns), flush=True)
    for name, encoder in encodings(X_train, n_one_hot).items():
        start = time.perf_counter()
        pipeline = tuned(encoder, X_train, y_train)
        probability = pipeline.predict_proba(X_test)
        row = [
            name,
            pipeline["model"].n_features_in_,
            len(pickle.dumps(pipeline)),
            # Relative cross entropy: the reduction compared with predicting the base rate.
            100 * d2_log_loss_score(y_test, probability),
            roc_auc_score(y_test, probability[:, 1]),
            time.perf_counter() - start,
        ]
        print("{:36}{:9,}{:13,}{:8.2f}{:8.3f}{:9.1f}".format(*row), flush=True)
        rows.append(row)
        pipelines[name] = pipeline
    return pd.DataFrame(rows, columns=columns).set_index("encoder"), pipelines


# %%
# Serving: a new process loads the pickled pipeline and scores one row.

SERVE = """
import pickle, sys, time
import pandas as pd
from scipy.sparse import csr_matrix
with open(sys.argv[1], "rb") as stream:
    pipeline = pickle.load(stream)
row = pd.DataFrame([{
    "date": "2013-12-31", "hour": 18, "carrier": "UA", "flight": 9999, "tailnum": "N00NEW",
    "origin": "EWR", "dest": "SFO", "route": "EWR-SFO", "origin_hour": "EWR-18",
}])[pipeline.feature_names_in_]
pipeline.predict_proba(row)
times = []
for _ in range(200):
    start = time.perf_counter()
    probability = pipeline.predict_proba(row)[0, 1]
    times.append(time.perf_counter() - start)
print(f"fresh process: EWR to SFO at 18 h, an unseen aircraft: {probability:.0%} late, "
      f"{sorted(times)[100] * 1e3:.2f} ms a row")
"""


def serve(pipeline: Pipeline) -> None:
    """Save a pipeline and score one row with it in another process."""
    path = OUTPUT / "flights.pickle"
    path.write_bytes(pickle.dumps(pipeline))
    print(f"\nsaved {path} ({path.stat().st_size:,} bytes)", flush=True)
    subprocess.run([sys.executable, "-c", SERVE, str(path)], check=True)


# %%
# The plot shows the share of rows that a head of each size covers, and the size that the encoder chose.
# The values of all columns are ranked together. So a column with a few frequent values gets slots for
# all of them, and the many rare tail numbers get the remaining slots.


def plot(X: pd.DataFrame, encoder: HybridHashEncoder) -> None:
    """Plot the coverage by rank, with the chosen head of every column."""
    import matplotlib

    matplotlib.use("Agg")
    display = CoverageDisplay.from_estimator(encoder, X).plot()
    display.ax_.set_title(f"What heads cover, within {encoder.max_features:,} columns")
    display.figure_.savefig(OUTPUT / "coverage.png", dpi=120)
    print(f"saved {OUTPUT / 'coverage.png'}")


def main() -> None:
    parser = argparse.ArgumentParser(description="A year of flights at a tenth of the one-hot size.")
    parser.add_argument("--rows", type=int, help="number of rows, for a quick run")
    parser.add_argument("--crosses", action="store_true", help="add the route and the airport's hour")
    arguments = parser.parse_args()
    OUTPUT.mkdir(exist_ok=True)
    X, y = load_flights(crosses=arguments.crosses, return_X_y=True)
    if arguments.rows:
        X, y = X.sample(arguments.rows, random_state=0), y.sample(arguments.rows, random_state=0)
    print(f"{len(X):,} flights, {X.shape[1]} columns, {X.nunique().sum():,} different values; "
          f"{os.cpu_count()} cores")  # fmt: skip
    _, pipelines = compare(X, y)
    small = pipelines["HybridHashEncoder, 10%"]
    print("\nreport of the encoder:")
    print(
        small["encoder"].report()[["distinct", "slots", "buckets", "head_share", "tail_share"]].round(3)
    )
    serve(small)
    plot(X, small["encoder"])


if __name__ == "__main__":
    main()
