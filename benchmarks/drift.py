"""Tables in time order, and systems that learn from them month by month.

A system is tested on each month before it is trained on it. All systems have the same model,
scikit-learn's SGDClassifier, which is trained on every row once. They differ in which values have a
slot.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
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

LEAST_ROWS = 1_000  # a month of fewer rows is joined to the next: its loss would be mostly noise
RATES = (0.005, 0.01, 0.02, 0.05)

Transfer = Callable[[np.ndarray, ColumnChanges], np.ndarray]  # weights -> weights
Dated = tuple[pd.DataFrame, pd.Series, pd.Series]


def loans(folder: Path) -> Dated:
    """Whether a small firm defaults on its loan, with the columns of the application."""
    table = pd.read_parquet(folder / "loans.parquet")
    return table, table.pop("defaulted"), table.pop("ApprovalDate")


def retail(folder: Path) -> Dated:
    """Whether a line of an invoice orders ten or more; without the price, which falls with that."""
    table = pd.read_parquet(folder / "online_retail.parquet")
    when = table["InvoiceDate"]
    columns = table[["StockCode", "Description", "CustomerID", "Country"]].assign(
        Hour=when.dt.hour, Weekday=when.dt.weekday
    )
    return columns, (table["Quantity"] >= 10).astype(int), when


def flights(folder: Path | None) -> Dated:
    """Whether a flight is late, with the columns of the timetable."""
    table, late = load_flights(return_X_y=True)
    when = pd.to_datetime(table.pop("date"))
    return table.assign(weekday=when.dt.weekday), late, when


@dataclass(frozen=True)
class Stream:
    """A table in time order.

    Attributes
    ----------
    read : callable
        The folder of the data -> columns, target, time, in time order.
    n_first : int
        Months that every system is fitted on before the first test.
    """

    read: Callable[..., Dated]
    n_first: int


STREAMS = {"loans": Stream(loans, 12), "retail": Stream(retail, 2), "flights": Stream(flights, 3)}


def months(dated: Dated) -> dict[pd.Period, Labelled]:
    """The rows of each month."""
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


@lru_cache(maxsize=1)
def monthly(folder: Path | None, name: str) -> tuple[dict[Any, Labelled], int]:
    """The months of a stream, and how many different values all its columns have together."""
    dated = STREAMS[name].read(folder)
    return months(dated), int(dated[0].nunique(dropna=False).sum())


def together(parts: list[Labelled]) -> Labelled:
    """Several months as one."""
    tables, targets = zip(*parts, strict=True)
    return pd.concat(tables, ignore_index=True), np.concatenate(targets)


class Clock(dict[str, float]):
    """Seconds by kind of work."""

    @contextmanager
    def of(self, work: str) -> Iterator[None]:
        """Add the time of the block."""
        start = time.perf_counter()
        yield
        self[work] = self.get(work, 0.0) + time.perf_counter() - start


class Models:
    """The same model with several learning rates; the one with the least loss so far predicts.

    So neither the first months nor hindsight choose the learning rate of a system.
    """

    def __init__(self, seed: int, rates: Sequence[float] = RATES) -> None:
        self.seed = seed
        self.lost = dict.fromkeys(rates, 0.0)
        self.models: dict[float, SGDClassifier] = {}

    def begin(self, share: float, n_columns: int) -> None:
        """Start from the base rate, so that the speed of learning the intercept does not matter."""
        for rate in self.lost:
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

    def transfer(self, transfer: Transfer, changes: ColumnChanges) -> None:
        """Adapt the weights of slots whose value has changed."""
        for model in self.models.values():
            model.coef_ = transfer(model.coef_, changes)

    def loss(self, encoded: csr_matrix, y: np.ndarray) -> float:
        """Cross entropy per row of the model with the least loss before these rows."""
        best = min(self.lost, key=self.lost.__getitem__)
        losses = {
            rate: log_loss(y, model.predict_proba(encoded)[:, 1], labels=[0, 1])
            for rate, model in self.models.items()
        }
        for rate, loss in losses.items():
            self.lost[rate] += len(y) * loss
        return losses[best]


class Frozen:
    """The vocabulary of the first months throughout; the model goes on learning."""

    def __init__(self, encoder: Any, models: Models) -> None:
        self.encoder, self.models = encoder, models
        self.clock, self.n_changes = Clock(), 0

    def begin(self, parts: list[Labelled]) -> None:
        """Learn the first months."""
        X, y = together(parts)
        encoded = self.fit(X, y).transform(X)
        self.models.begin(y.mean(), encoded.shape[1])
        self.models.learn(encoded, y)

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> Any:
        """Fit the encoder to the first months."""
        return self.encoder.fit(X, y)

    def learn(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Learn the next month."""
        with self.clock.of("encode"):
            encoded = self.encoder.transform(X)
        with self.clock.of("model"):
            self.models.learn(encoded, y)

    def loss(self, X: pd.DataFrame, y: np.ndarray) -> float:
        """Cross entropy per row of a month before it is learnt."""
        return self.models.loss(self.encoder.transform(X), y)


class Updated(Frozen):
    """A vocabulary updated each month; the weights of slots whose value changes are adapted."""

    def __init__(self, encoder: Any, models: Models, transfer: Transfer) -> None:
        super().__init__(encoder, models)
        self.transfer = transfer

    def fit(self, X: pd.DataFrame, y: np.ndarray) -> Any:
        """Fit the encoder to the first months as one batch."""
        return self.encoder.partial_fit(X, y)

    def learn(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Update the vocabulary, adapt the weights, and learn the month."""
        with self.clock.of("encoder"):
            self.encoder.partial_fit(X, y)
        changes = self.encoder.column_changes_
        self.n_changes = len(changes)
        with self.clock.of("transfer"):
            self.models.transfer(self.transfer, changes)
        super().learn(X, y)


class Refitted(Frozen):
    """Encoder and model from scratch each month, on all rows so far, which the model sees once.

    In order it learns month after month, the newest last; otherwise all rows in random order.
    """

    def __init__(self, encoder: Any, models: Models, in_order: bool) -> None:
        super().__init__(encoder, models)
        self.in_order = in_order

    def begin(self, parts: list[Labelled]) -> None:
        """Learn the first months, and keep them."""
        self.past, self.ends = together(parts), [sum(len(y) for _, y in parts)]
        super().begin(parts)

    def learn(self, X: pd.DataFrame, y: np.ndarray) -> None:
        """Learn all months so far from scratch."""
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


def set_to_zero(weights: np.ndarray, changes: ColumnChanges) -> np.ndarray:
    """The weights with 0 for every slot whose value has changed."""
    weights = weights.copy()
    weights[..., changes.output_columns] = 0
    return weights


def unchanged(weights: np.ndarray, changes: ColumnChanges) -> np.ndarray:
    """The weights as they are: a new value begins with that of the value it replaces."""
    return weights


Make = Callable[[int, int], Frozen]  # columns and seed -> a system


def updated(transfer: Transfer = transfer_weights, **parameters: Any) -> Make:
    """A vocabulary updated each month; counts decay by a tenth, unless the parameters say otherwise."""
    return lambda size, seed: Updated(
        HybridHashEncoder(max_features=size, seed=seed, **{"decay": 0.9} | parameters),
        Models(seed),
        transfer,
    )


def refitted(in_order: bool) -> Make:
    """Encoder and model from scratch each month."""
    return lambda size, seed: Refitted(
        HybridHashEncoder(max_features=size, seed=seed), Models(seed), in_order
    )


OURS = "updated, weights transferred"
SYSTEMS: dict[str, Make] = {
    OURS: updated(),
    "the same with decay=1": updated(decay=1.0),
    'the same with importance="frequency"': updated(importance="frequency"),
    "updated, weights unchanged": updated(unchanged),
    "updated, weights set to 0": updated(set_to_zero),
    "frozen after the first months": lambda size, seed: Frozen(
        HybridHashEncoder(max_features=size, seed=seed), Models(seed)
    ),
    "FeatureHasher": lambda size, seed: Frozen(HashedTokens(size, pd.DataFrame()), Models(seed)),
}
# These see all rows again every month, and so take many times as long: measured with one seed.
FROM_SCRATCH: dict[str, Make] = {
    "refitted each month, rows in order": refitted(in_order=True),
    "refitted each month, rows in random order": refitted(in_order=False),
}
