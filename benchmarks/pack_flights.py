"""Write the flights for the package: codes and distinct values of each column.

    python benchmarks/pack_flights.py flights.csv.gz

The codes are small integers, the positions of values among the sorted distinct values of a column. The
compressed file has a third of the size of the CSV, and NumPy can read it.
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
