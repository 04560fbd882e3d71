"""Where one way becomes quicker than another: the measurements behind two constants of the package.

    python benchmarks/crossovers.py [--quick]

``_text.FEW``: rows encoded cell by cell, against column by column. ``_vocabulary._BULK``: look-up of
Arrow text by a dict that is kept, against Arrow's hash table, which every call builds anew.
"""

import argparse
import time
from collections.abc import Callable
from functools import partial

import numpy as np
import pandas as pd

from hybrid_encoder import HybridHashEncoder, _encoder, _text
from hybrid_encoder._vocabulary import Vocabulary


def microseconds(work: Callable[[], object], repeats: int) -> float:
    """Median time of a call."""
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return 1e6 * float(np.median(times))


def users(numbers: np.ndarray) -> list[str]:
    """Texts of about a dozen letters."""
    return [f"user_{number * 7919:x}" for number in numbers.tolist()]


def few_rows(repeats: int) -> None:
    """Cell by cell or column by column, for frames of ten columns of text and integers."""
    ids = np.random.default_rng(0).integers(0, 20_000, (100_000, 10))
    table = pd.DataFrame({f"c{j}": users(ids[:, j]) if j < 7 else ids[:, j] for j in range(10)})
    encoder = HybridHashEncoder(top_k=10_000, n_buckets=4_000).fit(table)
    print(f"{'rows':>10}{'by cell':>12}{'by column':>12}   microseconds")
    for n_rows in (1, 4, 16, 64, 256):
        part, found = table.iloc[:n_rows], []
        for limit in (n_rows, 0):
            _encoder.FEW = limit
            found.append(microseconds(partial(encoder.transform, part), repeats))
        print(f"{n_rows:10}{found[0]:12,.0f}{found[1]:12,.0f}")


def look_ups(sizes: list[int], repeats: int) -> None:
    """A kept dict or Arrow's table, by the size of the batch and of the vocabulary."""
    print(f"{'slots':>10}{'rows':>10}{'dict':>12}{'Arrow':>12}   microseconds")
    for n_slots in sizes:
        head = np.array(users(np.arange(n_slots)), dtype=object)
        vocabulary = Vocabulary(head, "text")
        for part in (0.1, 0.2, 0.5, 1.0):
            wanted = np.random.default_rng(0).integers(0, 2 * n_slots, int(part * n_slots))
            text = _text.pa.array(users(wanted), _text.pa.large_string())
            ways = (partial(by_dict, vocabulary, text), partial(by_arrow, vocabulary, text))
            times = [microseconds(way, repeats) for way in ways]
            print(f"{n_slots:10,}{len(wanted):10,}{times[0]:12,.0f}{times[1]:12,.0f}")


def by_dict(vocabulary: Vocabulary, text: _text.Text) -> np.ndarray:
    """Slots by the dict that the vocabulary keeps."""
    return vocabulary._probe(_text.objects(text).tolist())


def by_arrow(vocabulary: Vocabulary, text: _text.Text) -> np.ndarray:
    """Slots by Arrow's hash table."""
    return _text.find(text, vocabulary._arrow)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    arguments = parser.parse_args()
    few_rows(repeats=3 if arguments.quick else 200)
    sizes = [1_000] if arguments.quick else [1_000, 10_000, 100_000, 1_000_000]
    look_ups(sizes, repeats=3 if arguments.quick else 7)


if __name__ == "__main__":
    main()
