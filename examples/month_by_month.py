"""A vocabulary and a model that keep learning
=============================================

Products come and go, shops open and close: a head chosen in January misses more and more of what comes.
Here an encoder and a linear model learn a stream month by month, each month is first
predicted and then learnt, and slots change hands without the model's predictions jumping. Beside it
stand the same model on a vocabulary that is frozen after the first months, and on plain hashing.

Run it with ``python examples/month_by_month.py``, which takes the flights that ship with the package.
On one year of flights to follow gains nothing over the frozen vocabulary; with ``--data FOLDER`` it
takes the loans and the lines of a shop too (loans.parquet, online_retail.parquet), where it gains much.
"""

# %%

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.linear_model import SGDClassifier

from hybrid_encoder import HybridHashEncoder, transfer_weights
from hybrid_encoder.datasets import load_flights
from hybrid_encoder.metrics import relative_cross_entropy

OUTPUT = Path(__file__).parent / "output"

Month = tuple[pd.Period, pd.DataFrame, np.ndarray]

# %%
# The streams: columns, target and time, in time order. Dates are no columns: one that has never been
# seen tells nothing.


def flights(folder: Path | None) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Whether a departure from New York is late."""
    X, late = load_flights(return_X_y=True)
    return X, late, pd.to_datetime(X.pop("date"))


def loans(folder: Path) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Whether a small firm defaults on its loan."""
    X = pd.read_parquet(folder / "loans.parquet")
    return X, X.pop("defaulted"), X.pop("ApprovalDate")


def retail(folder: Path) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """Whether a line of an invoice orders ten or more."""
    X = pd.read_parquet(folder / "online_retail.parquet")
    columns = X[["StockCode", "Description", "CustomerID", "Country"]]
    return columns, (X["Quantity"] >= 10).astype(int), X["InvoiceDate"]


def months(X: pd.DataFrame, y: pd.Series, when: pd.Series, least_rows: int = 500) -> Iterator[Month]:
    """The rows of each month; months of fewer than 500 rows are left out."""
    for month, rows in X.groupby(when.dt.to_period("M"), sort=True):
        if len(rows) >= least_rows:
            yield month, rows.reset_index(drop=True), y.loc[rows.index].to_numpy()


# %%
# What learns. Nothing is ever refitted: model and encoder see every month once.


class Learner:
    """An encoder, and a linear model behind it that goes on learning."""

    def __init__(self, encoder: HybridHashEncoder, rate: float) -> None:
        self.encoder = encoder
        self.model = SGDClassifier(
            loss="log_loss", alpha=1e-7, learning_rate="constant", eta0=rate, random_state=0
        )

    def begin(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Choose the head, and learn the first months."""
        self.encoder.partial_fit(X, y)
        self.model.partial_fit(self.encoder.transform(X), y, classes=[0, 1])

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Probabilities of a month that is yet to be learnt."""
        return self.model.predict_proba(self.encoder.transform(X))[:, 1]

    def learn(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Go on with the next month; the vocabulary stays."""
        self.model.partial_fit(self.encoder.transform(X), y)


class Follower(Learner):
    """The same with a vocabulary that learns too."""

    def learn(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Revise the head, make the weights follow, and go on."""
        self.encoder.partial_fit(X, y)
        self.model.coef_ = transfer_weights(self.model.coef_, self.encoder.column_changes_)
        super().learn(X, y)


def learners(max_features: int, rate: float) -> dict[str, Learner]:
    """The same size and model for all; hashing puts its values in one bucket each, with full weight."""
    following = HybridHashEncoder(max_features=max_features, decay=0.9)
    frozen = HybridHashEncoder(max_features=max_features)
    hashing = HybridHashEncoder(top_k=0, max_features=max_features, n_hashes=1, tail_weight=1)
    return {
        "following": Follower(following, rate),
        "frozen": Learner(frozen, rate),
        "hashing": Learner(hashing, rate),
    }


# %%
# Each month is predicted, then learnt.


def run(stream: list[Month], n_first: int, max_features: int, rate: float) -> pd.DataFrame:
    """RCE of every learner on every month after the first ones, in per cent, and the slots changed."""
    X, y = (
        pd.concat([X for _, X, _ in stream[:n_first]]),
        np.concatenate([y for *_, y in stream[:n_first]]),
    )
    systems = learners(max_features, rate)
    for system in systems.values():
        system.begin(X, y)
    lines = {}
    for month, X, y in stream[n_first:]:
        lines[month] = {
            name: relative_cross_entropy(y, system.predict(X)) for name, system in systems.items()
        }
        for system in systems.values():
            system.learn(X, y)
        lines[month]["slots changed"] = len(systems["following"].encoder.column_changes_)
    return pd.DataFrame(lines).T


# %%
# The picture: one line per learner.


def draw(name: str, table: pd.DataFrame, path: Path) -> None:
    """RCE over time."""
    import matplotlib.pyplot as plt

    figure, ax = plt.subplots(figsize=(7, 3.5), layout="constrained")
    smoothed = (
        table.drop(columns="slots changed").rolling(max(1, len(table) // 20), min_periods=1).mean()
    )
    smoothed.plot(ax=ax, xlabel="", ylabel="RCE on the next month, %", title=name)
    figure.savefig(path, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of loans.parquet and online_retail.parquet")
    arguments = parser.parse_args()
    # How to read it, months to begin with, columns (a tenth of the values it has in all), and the pace.
    streams = {"flights": (flights, 3, 800, 0.005)}
    if arguments.data is not None:
        streams |= {"loans": (loans, 12, 7_500, 0.02), "retail": (retail, 2, 1_300, 0.05)}
    OUTPUT.mkdir(exist_ok=True)
    for name, (read, n_first, max_features, rate) in streams.items():
        table = run(list(months(*read(arguments.data))), n_first, max_features, rate)
        print(f"\n{name}, {max_features:,} columns: RCE on each month before it is learnt, %\n")
        print(table.to_string(max_rows=24, float_format="{:.1f}".format))
        print("\nmean", *(f"{system} {mean:.2f}" for system, mean in table.mean().items()), sep="  ")
        path = OUTPUT / f"month_by_month_{name}.png"
        draw(name, table, path)
        print(f"picture: {path}")
