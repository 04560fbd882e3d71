"""An encoder for other languages
================================

You can train a model in Python and serve it in another language. This script fits an encoder on flights
and writes it as JSON, with 10,000 other rows and the output of `transform` for them. With these files
you can test an implementation in another language, for example ``transform.mjs``, in plain JavaScript::

    python examples/portable/export.py FOLDER
    node examples/portable/check.mjs rows FOLDER

docs/how_it_works/format.md specifies the implementation.
"""

# %%

import argparse
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights

OUTPUT = Path(__file__).parents[1] / "output" / "portable"

# %%
# The columns have values of every kind: text, including empty text and text beyond ASCII; integers,
# some too large for a float; fractions; missing values; lists. The encoder is fitted on half of the
# rows, so that the other half has new values.


def columns() -> pd.DataFrame:
    """Flights, with additional columns of the missing kinds."""
    X = load_flights(crosses=True).data
    draw = np.random.default_rng(0)
    number = np.arange(len(X))
    names = {"JFK": "Jamaica, Königin ☕", "LGA": "", "EWR": "纽瓦克 🛫"}
    X["airport"] = X["origin"].map(names).where(number % 11 > 0)
    X["ticket"] = pd.Series(2**62 + (number % 5_000) ** 3 * 7_919, dtype="UInt64")
    X["delay"] = pd.Series(np.round(draw.standard_t(2, len(X)) * 20, 1)).where(number % 7 > 0)
    X.loc[::1000, "delay"] = np.inf
    words = (X["carrier"] + " " + X["dest"] + " " + X["tailnum"]).str.split()
    X["words"] = [
        None if i % 13 == 0 else [*cell, None][: i % 5] + cell[: i % 2] for i, cell in enumerate(words)
    ]
    return X


# %%
# Integers beyond 2**53, which some JSON parsers round, and infinities are text, as in `to_dict`.


def plain(value: Any) -> Any:
    """Return a cell as a value for JSON."""
    if isinstance(value, list):
        return [plain(element) for element in value]
    if value is None or value is pd.NA or (isinstance(value, float) and math.isnan(value)):
        return None
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, int | np.integer):
        return int(value) if abs(int(value)) <= 2**53 else str(value)
    return value


# %%
# Write the encoder, the rows, and the matrix that `transform` returns for them.


def export(folder: Path, n_rows: int, **parameters: Any) -> None:
    """Write the three files into a folder."""
    X = columns().sample(2 * n_rows, random_state=0)
    encoder = HybridHashEncoder(**{"max_features": 3_000, "n_buckets": 60} | parameters)
    encoder.fit(X.iloc[:n_rows])
    rows = X.iloc[n_rows:]
    encoded = encoder.transform(rows)
    folder.mkdir(parents=True, exist_ok=True)
    document = encoder.to_dict()
    (folder / "encoder.json").write_text(
        json.dumps(document, ensure_ascii=False, allow_nan=False), encoding="utf-8"
    )
    with (folder / "rows.jsonl").open("w", encoding="utf-8") as lines:
        for cells in zip(*(rows[name].tolist() for name in rows), strict=True):
            line = json.dumps([plain(cell) for cell in cells], ensure_ascii=False, allow_nan=False)
            print(line, file=lines)
    matrix = {part: getattr(encoded, part).tolist() for part in ("indptr", "indices", "data")}
    (folder / "expected.json").write_text(json.dumps(matrix))
    unseen = encoder.report(rows)["measured_tail_share"]
    print(f"{len(rows)} rows, {encoded.shape[1]} output columns, {encoded.nnz} entries in {folder}")
    print(f"in the tail: {unseen.min():.0%} to {unseen.max():.0%} of the values of a column")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, nargs="?", default=OUTPUT)
    parser.add_argument("--rows", type=int, default=10_000)
    arguments = parser.parse_args()
    export(arguments.folder, arguments.rows)
