"""Sizes from which one implementation is faster than another: measurements for internal constants.

    python benchmarks/crossovers.py [--quick]

The constants are in ``hybrid_encoder/_transform``, and ``FEW`` in ``hybrid_encoder/_input/text.py``:

- ``FEW``: rows that are encoded cell by cell instead of column by column;
- ``_ARROW_MIN_TEXTS_PER_SLOT``, ``_ARROW_MAX_SLOTS`` and ``_FINGERPRINTS_MIN_TEXTS`` of ``vocabulary``:
  look-up of Arrow text by a dict or by fingerprints, which are built once, or by Arrow's hash table,
  which every call builds;
- ``hashing._CHUNK`` and ``csr._PART_ROWS``: number of keys hashed, and of rows written, at a time.

No page shows the figures.
"""

from collections.abc import Sequence
from functools import partial

import numpy as np
import pandas as pd
import peers
import results
import tables
from timing import Job, interleaved

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._input import text as _text
from hybrid_encoder._transform import csr as _csr
from hybrid_encoder._transform import encode as _encode
from hybrid_encoder._transform import hashing as _hashing
from hybrid_encoder._transform.vocabulary import Vocabulary


def medians(jobs: dict[str, Job], rounds: int, per_second: float) -> dict[str, str]:
    """Median time of each job, in units of which a second has `per_second`."""
    times = interleaved(jobs, rounds)
    return {name: f"{per_second * np.median(measured):,.1f}" for name, measured in times.items()}


def few_rows(rounds: int) -> pd.DataFrame:
    """Microseconds cell by cell and column by column, for tables of ten columns."""
    table = tables.ten_columns(100_000)
    encoder = peers.ours().fit(table)
    rows = []
    for n_rows in (1, 16, 64, 128, 256, 512):
        part = table.iloc[:n_rows]
        jobs: dict[str, Job] = {
            "by cell": partial(encode, encoder, part, few=n_rows),
            "by column": partial(encode, encoder, part, few=0),
        }
        rows.append({"rows": f"{n_rows}"} | medians(jobs, rounds, 1e6))
    return pd.DataFrame(rows)


def encode(encoder: HybridHashEncoder, rows: pd.DataFrame, few: int) -> None:
    """Encode rows cell by cell if there are at most `few`."""
    _encode.FEW = few
    encoder.transform(rows)


def look_ups(sizes: Sequence[int], rounds: int) -> pd.DataFrame:
    """Nanoseconds per text by a dict, fingerprints or Arrow's table, by number of slots and of texts."""
    rows = []
    for n_slots in sizes:
        numbers = np.random.default_rng(1).permutation(2 * n_slots)[:n_slots]
        head = tables.text(tables.scattered(numbers)).to_numpy(dtype=object)
        vocabulary = Vocabulary(head, "text")
        for n_texts in (300, 1_000, 4_000, 16_000, 64_000, 131_072):
            texts = _text.one_chunk(
                _text.pa.array(
                    tables.text(tables.uniform(n_texts, 2 * n_slots)), _text.pa.large_string()
                )
            )
            jobs: dict[str, Job] = {
                "dict": partial(by_dict, vocabulary, texts),
                "fingerprints": partial(vocabulary._fingerprints.find, texts),
                "Arrow": partial(_text.find, texts, vocabulary._arrow),
            }
            names = {"slots": f"{n_slots:,}", "texts": f"{n_texts:,}"}
            rows.append(names | medians(jobs, rounds, 1e9 / n_texts))
    return pd.DataFrame(rows)


def by_dict(vocabulary: Vocabulary, text: _text.Text) -> np.ndarray:
    """Slots by the dict that the vocabulary keeps."""
    return vocabulary._probe(_text.objects(text).tolist())


def chunks(n_rows: int, rounds: int) -> pd.DataFrame:
    """Nanoseconds per cell of transform, by the keys hashed and the rows written at a time."""
    table = tables.mixed(n_rows)
    encoder = peers.ours(top_k=100).fit(table)
    rows = []
    for module, name in ((_hashing, "_CHUNK"), (_csr, "_PART_ROWS")):
        chosen = getattr(module, name)

        def encode(size: int, module: object = module, name: str = name) -> None:
            setattr(module, name, size)
            encoder.transform(table)

        jobs: dict[str, Job] = {f"{1 << bits:,}": partial(encode, 1 << bits) for bits in range(12, 17)}
        rows.append({"constant": name} | medians(jobs, rounds, 1e9 / table.size))
        setattr(module, name, chosen)
    return pd.DataFrame(rows)


def main() -> None:
    parser = results.parser(__doc__)
    parser.set_defaults(out=results.BUILD / "crossovers")
    arguments = results.parse(parser)
    quick, out = arguments.quick, arguments.out
    sizes = [1_000] if quick else [1_000, 10_000, 100_000, 1_000_000]
    results.write(few_rows(rounds=3 if quick else 100), out, "few_rows")
    results.write(look_ups(sizes, rounds=3 if quick else 7), out, "look_ups")
    results.write(chunks(5_000 if quick else 500_000, rounds=2 if quick else 7), out, "chunks")


if __name__ == "__main__":
    main()
