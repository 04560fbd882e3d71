"""Write the distinct zip codes, cities and banks of the loans with their counts, for the tests.

    python benchmarks/pack_loans_values.py --data FOLDER

FOLDER has ``loans.parquet``: US Small Business Administration 7(a) loans 1990-2014, a work of the United
States government, in the public domain. For each of the columns Zip, City and Bank the written file has
``NAME_values``, the bytes of the sorted values, separated by newlines, and ``NAME_counts``.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

COLUMNS = ("Zip", "City", "Bank")
PACKED = Path(__file__).parents[1] / "tests" / "data" / "loans_values.npz"


def count_values(folder: Path) -> dict[str, pd.Series]:
    """Number of loans by value of each column, without missing values."""
    loans = pd.read_parquet(folder / "loans.parquet", columns=list(COLUMNS))
    return {name: loans[name].value_counts().sort_index() for name in COLUMNS}


def pack(counts: dict[str, pd.Series]) -> dict[str, np.ndarray]:
    arrays = {}
    for name, table in counts.items():
        values = "\n".join(table.index)
        if values.count("\n") != len(table) - 1:
            raise ValueError(f"A value of {name} holds a newline, which separates the values.")
        arrays[f"{name}_values"] = np.frombuffer(values.encode(), dtype=np.uint8)
        arrays[f"{name}_counts"] = table.to_numpy().astype(np.min_scalar_type(table.max()))
    return arrays


def unpack() -> dict[str, pd.Series]:
    """The result of `count_values` when the file was made."""
    packed = np.load(PACKED)
    return {
        name: pd.Series(
            packed[f"{name}_counts"].astype(np.int64),
            index=packed[f"{name}_values"].tobytes().decode().split("\n"),
        )
        for name in COLUMNS
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of loans.parquet")
    np.savez_compressed(PACKED, **pack(count_values(parser.parse_args().data)))
    print(f"{PACKED}: {PACKED.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
