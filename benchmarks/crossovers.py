"""Where one way becomes quicker than another: the measurements behind the constants of the package.

    python benchmarks/crossovers.py [--quick]

``_text.FEW``: rows encoded cell by cell, against column by column. ``_vocabulary._WORTH_A_TABLE``,
``_MOST_IN_A_TABLE`` and ``_WORTH_FINGERPRINTS``: look-up of Arrow text by a dict or by fingerprints,
which are kept, against Arrow's hash table, which every call builds anew. ``_hashing._CHUNK`` and
``_entries._PART_ROWS``: keys hashed and rows written at a time.
"""

import argparse
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import pandas as pd
import rivals
import tables
from clock import side_by_side
from growth import uniform

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._input import text as _text
from hybrid_encoder._transform import encode as _encoding
from hybrid_encoder._transform import entries as _entries
from hybrid_encoder._transform import hashing as _hashing
from hybrid_encoder._transform.vocabulary import Vocabulary


def show(heading: str, names: Sequence[str], rows: dict[str, list[float]]) -> None:
    """Print times in a table."""
    print(f"\n{heading:>24}" + "".join(f"{name:>16}" for name in names))
    for label, row in rows.items():
        print(f"{label:>24}" + "".join(f"{figure:16,.1f}" for figure in row))


def medians(jobs: Sequence[Callable[[], object]], rounds: int) -> list[float]:
    """Median seconds of each job, taken side by side."""
    times = side_by_side({str(i): job for i, job in enumerate(jobs)}, rounds)
    return [float(np.median(measured)) for measured in times.values()]


def few_rows(rounds: int) -> None:
    """Cell by cell or column by column, for frames of ten columns of text and integers."""
    ids = np.random.default_rng(0).integers(0, 20_000, (100_000, 10))
    table = pd.DataFrame({f"c{j}": tables.text(ids[:, j]) if j < 7 else ids[:, j] for j in range(10)})
    encoder = rivals.ours().fit(table)
    rows = {}
    for n_rows in (1, 16, 64, 128, 256, 512):
        part = table.iloc[:n_rows]
        jobs = [partial(with_few, limit, encoder, part) for limit in (n_rows, 0)]
        rows[f"{n_rows}"] = [1e6 * seconds for seconds in medians(jobs, rounds)]
    show("rows, microseconds", ("by cell", "by column"), rows)


def with_few(limit: int, encoder: HybridHashEncoder, rows: pd.DataFrame) -> None:
    """Encode, up to `limit` rows cell by cell."""
    _encoding.FEW = limit
    encoder.transform(rows)


def look_ups(sizes: Sequence[int], rounds: int) -> None:
    """A kept dict, kept fingerprints or Arrow's table, by the sizes of batch and vocabulary."""
    rows = {}
    for n_slots in sizes:
        numbers = np.random.default_rng(1).permutation(2 * n_slots)[:n_slots]
        head = tables.text(numbers * 2_654_435_761 % 2**40).to_numpy(dtype=object)
        vocabulary = Vocabulary(head, "text")
        for n_rows in (300, 1_000, 4_000, 16_000, 64_000, 131_072):
            wanted = _text.one_chunk(
                _text.pa.array(tables.text(uniform(n_rows, 2 * n_slots)), _text.pa.large_string())
            )
            jobs = (
                partial(by_dict, vocabulary, wanted),
                partial(vocabulary._fingerprints.find, wanted),
                partial(_text.find, wanted, vocabulary._arrow),
            )
            label = f"{n_slots:,} / {n_rows:,}"
            rows[label] = [1e9 * seconds / n_rows for seconds in medians(jobs, rounds)]
    show("slots / texts, ns each", ("dict", "fingerprints", "Arrow"), rows)


def by_dict(vocabulary: Vocabulary, text: _text.Text) -> np.ndarray:
    """Slots by the dict that the vocabulary keeps."""
    return vocabulary._probe(_text.objects(text).tolist())


def chunks(n_rows: int, rounds: int) -> None:
    """Nanoseconds per cell of transform, by the keys hashed and the rows written at a time."""
    table = tables.mixed(n_rows)
    encoder = rivals.ours(top_k=100).fit(table)
    sizes = [1 << bits for bits in (12, 13, 14, 15, 16)]
    for module, name in ((_hashing, "_CHUNK"), (_entries, "_PART_ROWS")):
        chosen = getattr(module, name)

        def encode(size: int, module: object = module, name: str = name) -> None:
            setattr(module, name, size)
            encoder.transform(table)

        seconds = medians([partial(encode, size) for size in sizes], rounds)
        setattr(module, name, chosen)
        rows = {f"{size:,}": [1e9 * s / table.size] for size, s in zip(sizes, seconds, strict=True)}
        show(name, ["ns per cell"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    quick = parser.parse_args().quick
    few_rows(rounds=3 if quick else 100)
    look_ups([1_000] if quick else [1_000, 10_000, 100_000, 1_000_000], rounds=3 if quick else 7)
    chunks(5_000 if quick else 500_000, rounds=2 if quick else 7)


if __name__ == "__main__":
    main()
