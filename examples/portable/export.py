"""An encoder for other languages
================================

A model is trained in Python and served in another language. This example fits an encoder on flights and
writes it as JSON, with 10,000 other rows and the result of `transform`, to test an implementation in
another language. ``transform.mjs`` in the same folder is an implementation in plain JavaScript::

    python examples/portable/export.py FOLDER
    node examples/portable/check.mjs rows FOLDER

docs/how_it_works/format.md is the specification of such an implementation.
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
# The columns are of every kind: text, some of it empty or beyond ASCII; integers, some too large for a
# float; fractions; missing values; lists. Half of the rows are for fitting, so that the others hold new
# values.


def columns() -> pd.DataFrame:
    """Flights, with additional columns of other kinds."""
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
# Integers beyond 2**53, which not every reader of JSON keeps, and infinities become text, as in
# `to_dict`.


def plain(value: Any) -> Any:
    """A cell as JSON."""
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
# The example writes the encoder, the rows, and the matrix that `transform` returns.


def export(folder: Path, n_rows: int, **parameters: Any) -> None:
    """Write the files into a folder."""
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
