"""Tables in time order, and the systems that learn from them a month at a time.

A system learns a month, the next one tests it, then it learns that one, and so on. All have the same
model, scikit-learn's SGDClassifier, which sees every row once; they differ in who has a column.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from labelled import Labelled
from scipy import special
from sklearn.base import clone
from sklearn.linear_model import SGDClassifier
from systems import HashedTokens

from hybrid_encoder import HybridHashEncoder, transfer_weights
from hybrid_encoder.datasets import load_flights

# Months of fewer rows are joined to the next: a handful of loans tells nothing of how good a model is.
LEAST_ROWS = 1_000

HandOver = Callable[[np.ndarray, Any], np.ndarray]  # weights, changes -> weights
Dated = tuple[pd.DataFrame, pd.Series, pd.Series]


def loans(folder: Path) -> Dated:
    """Whether a small firm defaults on its loan: what the application says."""
    table = pd.read_parquet(folder / "loans.parquet")
    return table, table.pop("defaulted"), table.pop("ApprovalDate")


def retail(folder: Path) -> Dated:
    """Whether a line of an invoice orders ten or more; the price, which falls with that, is left out."""
    table = pd.read_parquet(folder / "online_retail.parquet")
    when = table["InvoiceDate"]
    columns = table[["StockCode", "Description", "CustomerID", "Country"]].assign(
        Hour=when.dt.hour, Weekday=when.dt.weekday
    )
    return columns, (table["Quantity"] >= 10).astype(int), when


def flights(folder: Path | None) -> Dated:
    """Whether a flight is late: what the timetable says."""
    table, late = load_flights(return_X_y=True)
    when = pd.to_datetime(table.pop("date"))
    return table.assign(weekday=when.dt.weekday), late, when


@dataclass(frozen=True)
class Stream:
    """How a table is read.

    Attributes
    ----------
    read : callable
        The folder of the data -> columns, target, time, in time order.
    n_first : int
        Months that every system begins with.
    """

    read: Callable[..., Dated]
    n_first: int


STREAMS = {"loans": Stream(loans, 12), "retail": Stream(retail, 2), "flights": Stream(flights, 3)}


def months(dated: Dated) -> dict[pd.Period, Labelled]:
    """The rows of each month, by its name."""
    table, target, when = dated
    periods = when.dt.to_period("M")
    starts = np.flatnonzero(periods.ne(periods.shift()))
    kept = [0]
    for start in starts[1:]:
        if start - kept[-1] >= LEAST_ROWS:
            kept.append(int(start))
    if len(table) - kept[-1] < LEAST_ROWS:
        kept.pop()
    ends = [*kept[1:], len(table)]
    return {
        periods.iloc[start]: (table.iloc[start:end].reset_index(drop=True), target.to_numpy()[start:end])
        for start, end in zip(kept, ends, strict=True)
    }


def together(parts: list[Labelled]) -> Labelled:
    """Several months as one."""
    tables, targets = zip(*parts, strict=True)
    return pd.concat(tables, ignore_index=True), np.concatenate(targets)


class Clock(dict[str, float]):
    """Seconds by what they were spent on."""

    @contextmanager
    def of(self, work: str) -> Iterator[None]:
        """Add what the block takes."""
        start = time.perf_counter()
        yield
        self[work] = self.get(work, 0.0) + time.perf_counter() - start


class Frozen:
    """The vocabulary of the first months for good; the model goes on learning."""

    def __init__(self, encoder: Any, model: SGDClassifier) -> None:
        self.encoder, self.model = encoder, model
        self.clock, self.n_changes = Clock(), 0
        self.begun = False

    def learn(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Learn the next month."""
        self.clock.clear()
        self.follow(X, y)
        with self.clock.of("transform"):
            encoded = self.encoder.transform(X)
        with self.clock.of("model"):
            if not self.begun:
                _begin_at(self.model, y.mean(), encoded.shape[1])
            self.model.partial_fit(encoded, y)
        self.begun = True

    def follow(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """See to the vocabulary before the model learns."""
        if not self.begun:
            with self.clock.of("encoder"):
                self.encoder.fit(X, y)

    def predict(self, X: pd.DataFrame) -> np.ndarray:
        """Probabilities of the rows of a month that is not learnt yet."""
        return self.model.predict_proba(self.encoder.transform(X))[:, 1]


class Refitted(Frozen):
    """All from scratch each month, on all rows so far; the model sees them once, in random order."""

    def __init__(self, encoder: Any, model: SGDClassifier) -> None:
        super().__init__(encoder, model)
        self.past: list[Labelled] = []

    def learn(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Forget everything, and learn all months so far."""
        self.past = [together([*self.past, (X, y)])]
        self.begun, self.model = False, clone(self.model)
        super().learn(*self.past[0])


class Following(Frozen):
    """The vocabulary learns each month too; the weights of slots that change hands are seen to."""

    def __init__(self, encoder: Any, model: SGDClassifier, hand_over: HandOver) -> None:
        super().__init__(encoder, model)
        self.hand_over = hand_over

    def follow(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Revise the vocabulary, and the weights with it."""
        with self.clock.of("encoder"):
            self.encoder.partial_fit(X, y)
        changes = self.encoder.column_changes_
        self.n_changes = len(changes)
        if self.begun:
            with self.clock.of("transfer"):
                self.model.coef_ = self.hand_over(self.model.coef_, changes)


def _begin_at(model: SGDClassifier, share: float, n_columns: int) -> None:
    """Begin with the base rate, or the learning rate is tuned to how fast a model finds it."""
    model.partial_fit(np.zeros((1, n_columns)), [0], classes=[0, 1])
    model.coef_ = np.zeros((1, n_columns))
    model.intercept_ = np.array([special.logit(share)])


def emptied(weights: np.ndarray, changes: Any) -> np.ndarray:
    """The weights with 0 for every slot that has changed hands."""
    weights = weights.copy()
    weights[..., changes.output_columns] = 0
    return weights


def left_alone(weights: np.ndarray, changes: Any) -> np.ndarray:
    """The weights as they are: a newcomer has that of the value it has displaced."""
    return weights


Make = Callable[[int, int, float], Frozen]  # columns, seed and learning rate -> a system


def _model(seed: int, rate: float) -> SGDClassifier:
    return SGDClassifier(
        loss="log_loss", alpha=1e-6, learning_rate="constant", eta0=rate, random_state=seed
    )


def following(hand_over: HandOver = transfer_weights, **parameters: Any) -> Make:
    """Vocabularies that learn, a tenth of each count fading every month."""
    return lambda size, seed, rate: Following(
        HybridHashEncoder(max_features=size, seed=seed, **{"decay": 0.9} | parameters),
        _model(seed, rate),
        hand_over,
    )


def fixed(kind: type[Frozen] = Frozen, **parameters: Any) -> Make:
    """Vocabularies that are fitted, once or from scratch each month."""
    return lambda size, seed, rate: kind(
        HybridHashEncoder(max_features=size, seed=seed, **parameters), _model(seed, rate)
    )


OURS = "follows, weights transferred"
HASHING = {"top_k": 0, "tail_weight": 1.0}
SYSTEMS: dict[str, Make] = {
    OURS: following(),
    "the same with decay=1": following(decay=1.0),
    'the same by importance="frequency"': following(importance="frequency"),
    "follows, weights left alone": following(left_alone),
    "follows, weights set to 0": following(emptied),
    "frozen after the first months": fixed(),
    "refitted each month, all from scratch": fixed(Refitted),
    "hashing, one bucket": fixed(n_hashes=1, **HASHING),
    "hashing, two buckets": fixed(n_hashes=2, **HASHING),
    "FeatureHasher": lambda size, seed, rate: Frozen(
        HashedTokens(size, pd.DataFrame()), _model(seed, rate)
    ),
}
