"""Synthetic click logs of any number of rows: five columns of ids with long tails, and the clicks."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from tables import scattered, text

COLUMNS = ["user", "item", "page", "campaign", "hour"]
PART = 250_000  # rows of a file


def parts(n_rows: int) -> Iterator[pd.DataFrame]:
    """The rows, `PART` at a time: users and items by power laws, two thirds of the users seen once."""
    for part, first in enumerate(range(0, n_rows, PART)):
        random = np.random.default_rng(part)
        n = min(PART, n_rows - first)
        user, item = random.zipf(1.2, n) % 2**40, random.zipf(1.4, n) % 2**30
        page, campaign = random.zipf(1.6, n) % 50_000, random.integers(0, 300, n)
        odds = -2 + 1.5 * np.sin(item % 97) + np.cos(campaign) + 0.5 * (user % 3 == 0)
        yield pd.DataFrame(
            {
                "user": text(scattered(user)),
                "item": scattered(item, bits=31),
                "page": text(page),
                "campaign": text(campaign),
                "hour": random.integers(0, 24, n),
                "clicked": (random.random(n) < 1 / (1 + np.exp(-odds))).astype(np.int64),
            }
        )


def write(folder: Path, n_rows: int) -> None:
    """Write the rows as Parquet, a file per part."""
    for number, part in enumerate(parts(n_rows)):
        part.to_parquet(folder / f"{number:05}.parquet")
