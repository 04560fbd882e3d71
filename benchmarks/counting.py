"""Time and memory of partial_fit along a stream, and accuracy of a head with a limited number of counts.

    python benchmarks/counting.py [--data FOLDER] [--quick]

The figures are those of docs/benchmarks/counting.md. It reads the memory of the process from Linux.
"""

import pickle
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
import results
from memory import MEGABYTE, status
from tables import scattered, text
from timing import timed

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights

Batches = Callable[[], Iterator[pd.DataFrame]]

KILOBYTE = 1e3
PERMANENT = 1_000  # the most frequent ids of the stream, which never change
ERA = 50  # batches, after which all other ids are replaced
ERA_OFFSET = 40_503 * 2**20 + 1  # odd, so that the ids of different eras differ
MULTIPLES = (1, 2, 4, 16, None)  # values counted per slot; None: all values
STRETCHES = 5  # of calls, that a table shows


def drifting(n_batches: int, n_rows: int) -> Iterator[pd.DataFrame]:
    """Ids by a power law; a thousand stay, new ones replace all others era by era."""
    random = np.random.default_rng(0)
    for batch in range(n_batches):
        ranks = random.zipf(1.3, n_rows) % 2**40
        era = np.where(ranks > PERMANENT, batch // ERA, 0)
        yield pd.DataFrame({"id": text((scattered(ranks) + era * ERA_OFFSET) % 2**40)})


def steady(n_batches: int, n_rows: int) -> Iterator[pd.DataFrame]:
    """Ids by the same power law, which do not change."""
    random = np.random.default_rng(1)
    for _ in range(n_batches):
        yield pd.DataFrame({"id": text(scattered(random.zipf(1.3, n_rows) % 2**40))})


def in_batches(table: pd.DataFrame, n_rows: int) -> Iterator[pd.DataFrame]:
    """The rows of a table in order, `n_rows` at a time."""
    for start in range(0, len(table), n_rows):
        yield table.iloc[start : start + n_rows]


def costs(name: str, max_tracked: int | None, n_batches: int, n_rows: int) -> list[dict[str, str]]:
    """Time, memory and size of an encoder along a stream that drifts: a row per stretch of calls."""
    encoder = HybridHashEncoder(top_k=4_000, n_buckets=1_000, max_tracked=max_tracked)
    found = []
    for batch in drifting(n_batches, n_rows):
        seconds, _ = timed(lambda batch=batch: encoder.partial_fit(batch))
        changed = len(encoder.column_changes_)
        found.append({"ms": 1e3 * seconds, "MB": status("VmRSS") / MEGABYTE, "changed": changed})
    rows = []
    for calls in np.array_split(np.arange(n_batches), STRETCHES):
        part = pd.DataFrame(found).iloc[calls]
        rows.append(
            {
                "counted": name,
                "calls": f"{calls[0] + 1:,} to {calls[-1] + 1:,}",
                "ms": f"{part['ms'].median():.1f}",
                "ms, 95 %": f"{part['ms'].quantile(0.95):.1f}",
                "process, MB": f"{part['MB'].median():.0f}",
                "slots changed": f"{part['changed'].median():.0f}",
                "pickle, kB": "",
            }
        )
    rows[-1]["pickle, kB"] = f"{len(pickle.dumps(encoder)) / KILOBYTE:,.0f}"
    return rows


def recall(stream: str, batches: Batches, n_head: int) -> Iterator[dict[str, str]]:
    """How much of the true head an encoder finds, by the number of values counted per slot."""
    for name in next(batches()):
        counts = pd.concat([batch[name].value_counts() for batch in batches()]).groupby(level=0).sum()
        # Values that are as frequent as the last one of the head would do as well.
        head = set(counts.index[counts >= counts.nlargest(n_head).iloc[-1]])
        for multiple in MULTIPLES:
            max_tracked = None if multiple is None else n_head * multiple
            encoder, seconds = counted(batches, name, n_head, max_tracked)
            right = len(head.intersection(encoder.vocabularies_[0].tolist())) / n_head
            report = encoder.report().iloc[0]
            yield {
                "stream, column": f"{stream}, {name}",
                "counted": "all" if multiple is None else f"{multiple} per slot",
                "values": f"{report['distinct']:,}",
                "slots right, %": f"{100 * right:.1f}",
                "error": f"{report['count_error']:,.0f}",
                "bound": "" if max_tracked is None else f"{counts.sum() / (max_tracked + 1):,.0f}",
                "pickle, kB": f"{len(pickle.dumps(encoder)) / KILOBYTE:,.0f}",
                "s": f"{seconds:.1f}",
            }


def counted(
    batches: Batches, name: str, top_k: int, max_tracked: int | None
) -> tuple[HybridHashEncoder, float]:
    """An encoder updated with a column of all batches, and the seconds of these updates."""
    encoder = HybridHashEncoder(
        top_k=top_k, n_buckets=100, handle_missing="ignore", max_tracked=max_tracked
    )
    times = [timed(lambda batch=batch: encoder.partial_fit(batch[[name]]))[0] for batch in batches()]
    return encoder, sum(times)


def main() -> None:
    arguments = results.parse(results.parser(__doc__, data="loans.parquet"))
    n_batches, n_rows = (20, 1_000) if arguments.quick else (1_000, 10_000)
    streams: dict[str, Batches] = {f"{n_batches * n_rows:,} ids": lambda: steady(n_batches, n_rows)}
    flights = load_flights(return_X_y=True)[0][["flight", "tailnum"]]
    streams["flights"] = lambda: in_batches(flights, n_rows)
    if arguments.data is not None:
        loans = pd.read_parquet(arguments.data / "loans.parquet", columns=["City", "Zip", "Bank"])
        streams["loans"] = lambda: in_batches(loans, n_rows)
    recalls = [
        row
        for stream, batches in streams.items()
        for row in recall(stream, batches, 100 if arguments.quick else 1_000)
    ]
    results.write(pd.DataFrame(recalls), arguments.out, "counting_recall", n_names=2)
    bounded = costs("20,000 values", 20_000, n_batches, n_rows)
    unbounded = costs("all values", None, n_batches // 2, n_rows)
    results.write(pd.DataFrame(bounded + unbounded), arguments.out, "counting_cost", n_names=2)


if __name__ == "__main__":
    main()
