"""The tables and the encoders of the paper's experiments."""

import warnings
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import KBinsDiscretizer

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights

CONTINUOUS = ["NoEmp", "CreateJob", "RetainedJob"]
YEARS = (1998, 2003)
HEADS = (0.01, 0.03, 0.1, 0.2, 0.4)
POWERS = (2, 3, 4, 5)


@dataclass(frozen=True)
class Task:
    """A table, its target, and which rows train, validate and test."""

    X: pd.DataFrame
    y: np.ndarray
    train: np.ndarray
    valid: np.ndarray
    test: np.ndarray

    @property
    def distinct(self) -> dict[str, int]:
        """Distinct values of each column in the training rows, missing among them."""
        return self.X.iloc[self.train].nunique(dropna=False).to_dict()


@dataclass(frozen=True)
class System:
    """One encoder, by its number of slots and of buckets relative to the baseline.

    Attributes
    ----------
    name : str
        Family it belongs to.
    head : float or None
        Slots as a share of all distinct values, 1 for all of them.
    power : int or None
        The buckets are the baseline's, divided by two to this; None: no buckets.
    n_hashes : int
        1 or 2.
    merged : bool
        Whether the slots become buckets: the same size without a head.
    combine, tail_weight, std :
        Aggregation of the pair, and the standard deviation of the initial embeddings, None for the
        default.
    importance : str
        Measure that ranks the values.
    """

    name: str
    head: float = 0.0
    power: int | None = None
    n_hashes: int = 1
    merged: bool = False
    combine: str = "sum"
    tail_weight: float = 1.0
    std: float | None = None
    importance: str = "frequency"


BASELINE = System("regular hashing (baseline)", power=0)
ONE_HOT = System("one-hot", head=1.0)


def frequency(head: float) -> System:
    return System("frequency hashing", head, power=1)


def hybrid(head: float, power: int) -> System:
    return System("hybrid hashing", head, power, n_hashes=2)


def with_the_papers_head(power: int) -> System:
    """Hybrid hashing with 3 % of the values in the head: the paper's 120,000 of 4 million."""
    return System("hybrid hashing, the paper's share", 0.03, power, n_hashes=2)


def ranked_by_the_target(power: int) -> System:
    """The same with values ranked by their information about the target, which the paper does not do."""
    system = with_the_papers_head(power)
    return replace(system, name=f"{system.name}, by target", importance="pooled_info")


def without_head(system: System, n_hashes: int) -> System:
    """Double or regular hashing of the same size as a system with a head."""
    name = "double hashing" if n_hashes == 2 else "regular hashing"
    return replace(system, name=name, n_hashes=n_hashes, merged=True)


def head_only(head: float) -> System:
    return System("head only", head)


@lru_cache(maxsize=4)
def load(data: str, split: str, folder: Path | None, n_rows: int) -> Task:
    """A table with its split: 70 % of the rows train, 10 % validate, 20 % test."""
    X, y = flights(split) if data == "flights" else loans(folder)
    chosen = np.sort(np.random.default_rng(0).permutation(len(X))[:n_rows])
    X, y = X.iloc[chosen].reset_index(drop=True), y[chosen]
    order = np.arange(len(X))
    if split == "random":
        order = np.random.default_rng(1).permutation(order)
    train, valid, test = np.split(order, [int(0.7 * len(X)), int(0.8 * len(X))])
    return Task(binned(X, train), y, train, valid, test)


def flights(split: str) -> tuple[pd.DataFrame, np.ndarray]:
    X, y = load_flights(crosses=True, return_X_y=True)
    # A date does not come again, so in time order it is useless.
    return (X.drop(columns="date") if split == "in time" else X), y.to_numpy()


def loans(folder: Path) -> tuple[pd.DataFrame, np.ndarray]:
    table = pd.read_parquet(folder / "loans.parquet")
    table = table[table["ApprovalDate"].dt.year.between(*YEARS)].drop(columns="ApprovalDate")
    return table.drop(columns="defaulted"), table["defaulted"].to_numpy()


def binned(X: pd.DataFrame, train: np.ndarray) -> pd.DataFrame:
    """Continuous columns cut at the percentiles of the training rows, the others as they are."""
    continuous = [name for name in CONTINUOUS if name in X]
    if not continuous:
        return X
    cut = KBinsDiscretizer(20, encode="ordinal", strategy="quantile", dtype=np.float64)
    bins = make_column_transformer(
        (cut, continuous), remainder="passthrough", verbose_feature_names_out=False
    ).set_output(transform="pandas")
    with warnings.catch_warnings():
        # A value that covers several percentiles makes bins of no width, which are joined.
        warnings.filterwarnings("ignore", "Bins whose width are too small")
        bins.fit(X.iloc[train])
    return bins.transform(X)[list(X)]


def baseline_buckets(task: Task) -> int:
    """The power of two at or above the number of distinct values, as in the paper."""
    return 2 ** int(np.ceil(np.log2(sum(task.distinct.values()))))


def shared(total: float, task: Task) -> dict[str, int]:
    """Buckets of each column, by its distinct values; two at least."""
    distinct = task.distinct
    return {
        name: max(2, round(total * count / sum(distinct.values()))) for name, count in distinct.items()
    }


def encoder(system: System, task: Task, seed: int) -> HybridHashEncoder:
    """The encoder of a system, not yet fitted."""
    settings = {
        "n_hashes": system.n_hashes,
        "tail_weight": system.tail_weight,
        "importance": system.importance,
        "seed": seed,
    }
    if system.head == 1:
        return HybridHashEncoder(top_k=None, n_buckets=0, **settings)
    n_slots = round(system.head * sum(task.distinct.values()))
    total = 0 if system.power is None else baseline_buckets(task) / 2**system.power
    if system.merged or not system.head:
        return HybridHashEncoder(top_k=0, n_buckets=shared(n_slots + total, task), **settings)
    buckets = shared(total, task) if total else dict.fromkeys(task.X, 0)
    return HybridHashEncoder(
        top_k="auto", n_buckets=buckets, max_features=n_slots + sum(buckets.values()), **settings
    )
