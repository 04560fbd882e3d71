"""Tables with a target, for the studies of quality."""

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.model_selection import train_test_split

from hybrid_encoder.datasets import load_flights

Labelled = tuple[pd.DataFrame, np.ndarray]


def flights(folder: Path | None) -> tuple[pd.DataFrame, pd.Series]:
    """Whether a flight is late: dates, flight numbers and aircraft are many and flat."""
    return load_flights(return_X_y=True)


def flights_crossed(folder: Path | None) -> tuple[pd.DataFrame, pd.Series]:
    """The same with crosses, whose frequent values repeat the information of other columns."""
    return load_flights(crosses=True, return_X_y=True)


def loans(folder: Path) -> tuple[pd.DataFrame, pd.Series]:
    """Whether a small firm defaults on its loan: places, banks and industries with long tails."""
    table = pd.read_parquet(folder / "loans.parquet")
    target = table.pop("defaulted")
    table["Year"] = table.pop("ApprovalDate").dt.year
    return table, target


def retail(folder: Path) -> tuple[pd.DataFrame, pd.Series]:
    """Whether a line of an invoice orders ten or more: products and customers."""
    table = pd.read_parquet(folder / "online_retail.parquet")
    when = table["InvoiceDate"]
    columns = table[["StockCode", "Description", "CustomerID", "Country", "UnitPrice"]].assign(
        Day=when.dt.strftime("%Y-%m-%d"), Hour=when.dt.hour, Weekday=when.dt.weekday
    )
    return columns, (table["Quantity"] >= 10).astype(int)


SHIPPED: dict[str, Callable[..., tuple[pd.DataFrame, pd.Series]]] = {
    "flights": flights,
    "flights, crossed": flights_crossed,
}
OTHERS: dict[str, Callable[..., tuple[pd.DataFrame, pd.Series]]] = {"loans": loans, "retail": retail}


def names(folder: Path | None) -> list[str]:
    """The tables there are, with a folder of loans.parquet and online_retail.parquet or without."""
    return [*SHIPPED, *([] if folder is None else OTHERS)]


@lru_cache(maxsize=2)
def table(folder: Path | None, name: str, n_rows: int) -> Labelled:
    """`n_rows` random rows of a table, the same ones each time."""
    X, y = (SHIPPED | OTHERS)[name](folder)
    chosen = np.random.default_rng(0).permutation(len(X))[:n_rows]
    return X.iloc[chosen].reset_index(drop=True), y.to_numpy()[chosen]


def split(X: pd.DataFrame, y: np.ndarray, seed: int) -> tuple[Labelled, Labelled, Labelled]:
    """Rows to train on, to tune on, and to test on: 68, 12 and 20 %."""
    X_fit, X_test, y_fit, y_test = train_test_split(X, y, test_size=0.2, random_state=seed)
    X_train, X_valid, y_train, y_valid = train_test_split(
        X_fit, y_fit, test_size=0.15, random_state=seed
    )
    return (X_train, y_train), (X_valid, y_valid), (X_test, y_test)
