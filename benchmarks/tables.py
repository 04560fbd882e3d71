"""Generated tables of ids with a long tail, and real tables, for measurements of speed and memory."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd


def scattered(numbers: np.ndarray, bits: int = 40) -> np.ndarray:
    """Integers in no order: different ones below ``2**bits`` stay different, as the factor is odd."""
    return numbers * 2_654_435_761 % 2**bits


def ids(n_rows: int, seed: int, most: int = 200_000) -> np.ndarray:
    """Identifiers by a power law with exponent 1.15, of up to `most` different values."""
    ranks = np.minimum(np.random.default_rng(seed).zipf(1.15, n_rows), most)
    return scattered(ranks, bits=31)


def uniform(n_rows: int, n_values: int) -> np.ndarray:
    """Identifiers drawn uniformly from `n_values` different ones."""
    return scattered(np.random.default_rng(0).integers(0, n_values, n_rows))


def text(numbers: np.ndarray) -> pd.Series:
    """Texts of about twelve characters, in the dtype that pandas reads text in."""
    distinct, codes = np.unique(numbers, return_inverse=True)
    values = pd.Series([f"user_{number:x}" for number in distinct.tolist()])
    return values.take(codes).reset_index(drop=True)


def of_ids(columns: Iterable[np.ndarray], n_text: int) -> pd.DataFrame:
    """A table of identifiers, the first `n_text` columns as text."""
    return pd.DataFrame(
        {f"c{j}": text(column) if j < n_text else column for j, column in enumerate(columns)}
    )


def mixed(n_rows: int, n_text: int = 4, n_integers: int = 3) -> pd.DataFrame:
    """Columns of text and of integers, each by a power law."""
    return of_ids((ids(n_rows, seed) for seed in range(n_text + n_integers)), n_text)


def ten_columns(n_rows: int, n_values: int = 20_000) -> pd.DataFrame:
    """Ten columns of values drawn uniformly, seven of text and three of integers."""
    return of_ids(np.random.default_rng(0).integers(0, n_values, (n_rows, 10)).T, n_text=7)


def near_unique(n_rows: int) -> pd.DataFrame:
    """A column of text and one of integers; every value occurs once."""
    numbers = scattered(np.arange(n_rows))
    return pd.DataFrame({"text": text(numbers), "integers": numbers})


def loans(folder: Path) -> pd.DataFrame:
    """866,079 loans of the US Small Business Administration: ten columns of text, four of integers."""
    return pd.read_parquet(folder / "loans.parquet").drop(columns=["ApprovalDate", "defaulted"])


def as_objects(table: pd.DataFrame) -> pd.DataFrame:
    """The same with text as Python objects, as pandas 2 reads it."""
    return table.astype({name: object for name in table if table[name].dtype.kind not in "biuf"})
