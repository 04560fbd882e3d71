"""Write the flights that the package ships: codes and distinct values of each column.

    python benchmarks/pack_flights.py flights.csv.gz

Small integers stand for the sorted distinct values of a column, which compresses to a third of the CSV
and needs only NumPy to read.
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

TARGET = Path(__file__).parents[1] / "hybrid_encoder" / "data" / "flights.npz"


def main(source: str) -> None:
    flights = pd.read_csv(source)
    arrays = {}
    for name, column in flights.items():
        codes, values = pd.factorize(column, sort=True)
        arrays[f"{name}_codes"] = codes.astype(np.min_scalar_type(len(values)))
        arrays[f"{name}_values"] = np.array(values.tolist())
    np.savez_compressed(TARGET, **arrays)
    print(f"{TARGET}: {TARGET.stat().st_size:,} bytes, {len(flights):,} rows")


if __name__ == "__main__":
    main(sys.argv[1])
