"""The tables that are measured."""

from pathlib import Path

import numpy as np
import pandas as pd


def ids(n_rows: int, seed: int, most: int = 200_000) -> np.ndarray:
    """Identifiers as logs have them: drawn by a power law from so many, with no order in them."""
    ranks = np.minimum(np.random.default_rng(seed).zipf(1.15, n_rows), most)
    return ranks * 2_654_435_761 % 2**31


def text(numbers: np.ndarray) -> pd.Series:
    """Texts of about a dozen letters, in the dtype that pandas reads them in today."""
    distinct, which = np.unique(numbers, return_inverse=True)
    return (
        pd.Series([f"user_{number:x}" for number in distinct.tolist()])
        .take(which)
        .reset_index(drop=True)
    )


def mixed(n_rows: int, n_text: int = 4, n_integers: int = 3) -> pd.DataFrame:
    """Columns of text and of integers."""
    columns = [ids(n_rows, seed) for seed in range(n_text + n_integers)]
    return pd.DataFrame(
        {f"c{i}": text(column) if i < n_text else column for i, column in enumerate(columns)}
    )


def near_unique(n_rows: int) -> pd.DataFrame:
    """A column of text and one of integers, every value of which occurs once."""
    numbers = np.arange(n_rows) * 2_654_435_761 % 2**40
    return pd.DataFrame({"text": text(numbers), "integers": numbers})


def loans(folder: Path) -> pd.DataFrame:
    """866,079 loans of the US Small Business Administration, ten columns of text, four of integers."""
    return pd.read_parquet(folder / "loans.parquet").drop(columns=["ApprovalDate", "defaulted"])


def as_objects(table: pd.DataFrame) -> pd.DataFrame:
    """The same with text as Python objects, as pandas 2 reads it."""
    return table.astype({name: object for name in table if table[name].dtype.kind not in "biuf"})
