"""Tables in time order, and the systems that learn from them a month at a time.

A system learns a month, the next one tests it, then it learns that one, and so on. All have the same
model, scikit-learn's SGDClassifier, which sees every row once; they differ in who has a column.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from labelled import Labelled
from scipy import special
from scipy.sparse import csr_matrix
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import log_loss
from systems import HashedTokens

from hybrid_encoder import ColumnChanges, HybridHashEncoder, transfer_weights
from hybrid_encoder.datasets import load_flights

# Months of fewer rows are joined to the next: a handful of loans tells nothing of how good a model is.
LEAST_ROWS = 1_000

HandOver = Callable[[np.ndarray, ColumnChanges], np.ndarray]  # weights -> weights
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


class Models:
    """The same model with several learning rates; the one that has done best so far speaks.

    So that no system is judged by a rate that its first months, or hindsight, have chosen for it.
    """

    def __init__(self, seed: int, rates: Sequence[float]) -> None:
        self.seed, self.rates = seed, rates
        self.lost = dict.fromkeys(rates, 0.0)
        self.models: dict[float, SGDClassifier] = {}

    def begin(self, share: float, n_columns: int) -> None:
        """Begin with the base rate, or what is compared is how fast a model finds it."""
        for rate in self.rates:
            model = SGDClassifier(
                loss="log_loss",
                alpha=1e-6,
                learning_rate="constant",
                eta0=rate,
                random_state=self.seed,
            )
            model.partial_fit(np.zeros((1, n_columns)), [0], classes=[0, 1])
            model.coef_ = np.zeros((1, n_columns))
            model.intercept_ = np.array([special.logit(share)])
            self.models[rate] = model

    def learn(self, encoded: csr_matrix, y: np.ndarray) -> None:
        """Learn rows, each once."""
        for model in self.models.values():
            model.partial_fit(encoded, y)

    def hand_over(self, transfer: HandOver, changes: ColumnChanges) -> None:
        """See to the weights of slots that have changed hands."""
        for model in self.models.values():
            model.coef_ = transfer(model.coef_, changes)

    def loss(self, encoded: csr_matrix, y: np.ndarray) -> tuple[float, float]:
        """Cross entropy per row of the model that has done best so far, and its rate."""
        best = min(self.lost, key=self.lost.__getitem__)
        losses = {
            rate: log_loss(y, model.predict_proba(encoded)[:, 1], labels=[0, 1])
            for rate, model in self.models.items()
        }
        for rate, loss in losses.items():
            self.lost[rate] += len(y) * loss
        return losses[best], best


class Frozen:
    """The vocabulary of the first months for good; the model goes on learning."""

    def __init__(self, encoder: Any, models: Models) -> None:
        self.encoder, self.models = encoder, models
        self.clock, self.n_changes = Clock(), 0

    def begin(self, parts: list[Labelled]) -> None:
        """Learn the first months."""
        X, y = together(parts)
        self.encoder.fit(X, y)
        encoded = self.encoder.transform(X)
        self.models.begin(y.mean(), encoded.shape[1])
        self.models.learn(encoded, y)

    def learn(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Learn the next month."""
        with self.clock.of("encode"):
            encoded = self.encoder.transform(X)
        with self.clock.of("model"):
            self.models.learn(encoded, y)

    def loss(self, X: pd.DataFrame, y: np.ndarray) -> tuple[float, float]:
        """Cross entropy per row of a month that is not learnt yet, and the learning rate that spoke."""
        return self.models.loss(self.encoder.transform(X), y)


class Following(Frozen):
    """The vocabulary learns each month too; the weights of slots that change hands are seen to."""

    def __init__(self, encoder: Any, models: Models, transfer: HandOver) -> None:
        super().__init__(encoder, models)
        self.transfer = transfer

    def begin(self, parts: list[Labelled]) -> None:
        """Learn the first months as one batch."""
        X, y = together(parts)
        encoded = self.encoder.partial_fit(X, y).transform(X)
        self.models.begin(y.mean(), encoded.shape[1])
        self.models.learn(encoded, y)

    def learn(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Revise the vocabulary, and the weights with it, and learn the month."""
        with self.clock.of("encoder"):
            self.encoder.partial_fit(X, y)
        changes = self.encoder.column_changes_
        self.n_changes = len(changes)
        with self.clock.of("transfer"):
            self.models.hand_over(self.transfer, changes)
        super().learn(X, y)


class Refitted(Frozen):
    """All from scratch each month, on all rows so far, each of which the model sees once.

    In order it learns a month after the other, the newest last; otherwise all rows in random order.
    """

    def __init__(self, encoder: Any, models: Models, in_order: bool) -> None:
        super().__init__(encoder, models)
        self.in_order = in_order

    def begin(self, parts: list[Labelled]) -> None:
        """Learn the first months, and keep them."""
        self.past, self.ends = together(parts), [sum(len(y) for _, y in parts)]
        super().begin(parts)

    def learn(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Forget everything, and learn all months so far."""
        self.past = together([self.past, (X, y)])
        X, y = self.past
        self.ends.append(len(y))
        with self.clock.of("encoder"):
            self.encoder.fit(X, y)
        with self.clock.of("encode"):
            encoded = self.encoder.transform(X)
        with self.clock.of("model"):
            self.models.begin(y.mean(), encoded.shape[1])
            for start, end in pairwise([0, *self.ends]) if self.in_order else [(0, len(y))]:
                self.models.learn(encoded[start:end], y[start:end])


def emptied(weights: np.ndarray, changes: ColumnChanges) -> np.ndarray:
    """The weights with 0 for every slot that has changed hands."""
    weights = weights.copy()
    weights[..., changes.output_columns] = 0
    return weights


def left_alone(weights: np.ndarray, changes: ColumnChanges) -> np.ndarray:
    """The weights as they are: a newcomer has that of the value it has displaced."""
    return weights


Make = Callable[[int, int], Frozen]  # columns and seed -> a system

RATES = (0.005, 0.01, 0.02, 0.05)


def following(transfer: HandOver = transfer_weights, **parameters: Any) -> Make:
    """Vocabularies that learn, a tenth of each count fading every month."""
    return lambda size, seed: Following(
        HybridHashEncoder(max_features=size, seed=seed, **{"decay": 0.9} | parameters),
        Models(seed, RATES),
        transfer,
    )


def refitted(in_order: bool) -> Make:
    """All from scratch each month."""
    return lambda size, seed: Refitted(
        HybridHashEncoder(max_features=size, seed=seed), Models(seed, RATES), in_order
    )


OURS = "follows, weights transferred"
SYSTEMS: dict[str, Make] = {
    OURS: following(),
    "the same with decay=1": following(decay=1.0),
    'the same by importance="frequency"': following(importance="frequency"),
    "follows, weights left alone": following(left_alone),
    "follows, weights set to 0": following(emptied),
    "frozen after the first months": lambda size, seed: Frozen(
        HybridHashEncoder(max_features=size, seed=seed), Models(seed, RATES)
    ),
    "FeatureHasher": lambda size, seed: Frozen(HashedTokens(size, pd.DataFrame()), Models(seed, RATES)),
}
# These see all rows again every month, and so take as many times as long: with one seed.
FROM_SCRATCH: dict[str, Make] = {
    "refitted each month, rows in order": refitted(in_order=True),
    "refitted each month, rows in random order": refitted(in_order=False),
}
