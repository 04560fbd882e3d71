"""What partial_fit costs as a stream goes on, and what it costs to count a bounded number of values.

    python benchmarks/counting.py [--data FOLDER] [--quick]

The page is docs/benchmarks/counting.md. It reads what Linux tells of a process's memory, and so needs
Linux.
"""

import argparse
import pickle
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from counting_page import page
from tables import text

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights

DOCS = Path(__file__).parents[1] / "docs" / "benchmarks"

Batches = Callable[[], Iterator[pd.DataFrame]]

# Odd numbers, so that what they make of different integers below 2**40 differs.
SCATTER, TURN = 2_654_435_761, 40_503 * 2**20 + 1
FOR_GOOD = 1_000  # the most frequent ids of the stream, which stay
MULTIPLES = (1, 2, 4, 16, 0)
AN_ERA = 50  # batches after which all others are new ones


def drifting(n_batches: int, n_rows: int) -> Iterator[pd.DataFrame]:
    """Ids by a power law without end: a thousand stay, all others give way to new ones, era by era."""
    random = np.random.default_rng(0)
    for batch in range(n_batches):
        ranks = random.zipf(1.3, n_rows) % 2**40
        era = np.where(ranks > FOR_GOOD, batch // AN_ERA, 0)
        yield pd.DataFrame({"id": text((ranks * SCATTER + era * TURN) % 2**40)})


def steady(n_batches: int, n_rows: int) -> Iterator[pd.DataFrame]:
    """Ids by the same power law that do not change."""
    random = np.random.default_rng(1)
    for _ in range(n_batches):
        yield pd.DataFrame({"id": text(random.zipf(1.3, n_rows) % 2**40 * SCATTER % 2**40)})


def in_batches(table: pd.DataFrame, n_rows: int) -> Iterator[pd.DataFrame]:
    """The rows of a table in order, so many at a time."""
    for start in range(0, len(table), n_rows):
        yield table.iloc[start : start + n_rows]


def costs(name: str, max_tracked: int | None, n_batches: int, n_rows: int) -> pd.DataFrame:
    """Seconds, memory and size of an encoder along a stream that drifts: a row per call."""
    encoder = HybridHashEncoder(top_k=4_000, n_buckets=1_000, max_tracked=max_tracked)
    found = []
    for batch in drifting(n_batches, n_rows):
        start = time.perf_counter()
        encoder.partial_fit(batch)
        seconds = time.perf_counter() - start
        changed = len(encoder.column_changes_)
        found.append({"seconds": seconds, "resident": resident(), "changed": changed})
    costs = pd.DataFrame(found).assign(counted=name, call=np.arange(1, n_batches + 1))
    return costs.assign(pickled=len(pickle.dumps(encoder)))


def resident() -> float:
    """Bytes of memory that the process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096.0


def recall(stream: str, batches: Batches, n_head: int) -> Iterator[dict[str, object]]:
    """How much of the true head is found with several times as many values counted; 0 stands for all."""
    names = list(next(batches()))
    for name in names:
        counts = pd.concat([batch[name].value_counts() for batch in batches()]).groupby(level=0).sum()
        # Values that are as frequent as the last one of the head would do as well.
        head = set(counts.index[counts >= counts.nlargest(n_head).iloc[-1]])
        for multiple in MULTIPLES:
            encoder, seconds = counted(batches, name, n_head, n_head * multiple or None)
            yield {
                "stream": stream,
                "column": name,
                "tracked": multiple,
                "slots": n_head,
                "recall": len(head.intersection(encoder.vocabularies_[0].tolist())) / n_head,
                "counted": int(encoder.report()["distinct"].iloc[0]),
                "error": encoder.report()["count_error"].iloc[0],
                "bound": counts.sum() / (n_head * multiple + 1),
                "pickled": len(pickle.dumps(encoder)),
                "seconds": seconds,
            }


def counted(
    batches: Batches, name: str, top_k: int, max_tracked: int | None
) -> tuple[HybridHashEncoder, float]:
    """An encoder that has seen a column of all batches, and how long that took it."""
    encoder = HybridHashEncoder(
        top_k=top_k, n_buckets=100, handle_missing="ignore", max_tracked=max_tracked
    )
    seconds = 0.0
    for batch in batches():
        start = time.perf_counter()
        encoder.partial_fit(batch[[name]])
        seconds += time.perf_counter() - start
    return encoder, seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of loans.parquet")
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    arguments = parser.parse_args()
    n_batches, n_rows = (20, 1_000) if arguments.quick else (1_000, 10_000)
    streams: dict[str, Batches] = {f"{n_batches * n_rows:,} ids": lambda: steady(n_batches, n_rows)}
    flights = load_flights(return_X_y=True)[0][["flight", "tailnum"]]
    streams["flights"] = lambda: in_batches(flights, n_rows)
    if arguments.data is not None:
        loans = pd.read_parquet(arguments.data / "loans.parquet", columns=["City", "Zip", "Bank"])
        streams["loans"] = lambda: in_batches(loans, n_rows)
    recalls = [
        found
        for stream, batches in streams.items()
        for found in recall(stream, batches, 100 if arguments.quick else 1_000)
    ]
    measured = [
        costs("20,000 values", 20_000, n_batches, n_rows),
        costs("all values", None, n_batches // 2, n_rows),
    ]
    text = page(pd.DataFrame(recalls), pd.concat(measured))
    print(text)
    if not arguments.quick:
        (DOCS / "counting.md").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
