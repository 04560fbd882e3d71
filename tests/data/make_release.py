"""Make the files that every later release must still read: ``python tests/data/make_release.py``.

Run once per release, before its version is set to the next one, and never again for that release: the
files are the promise. They go into a folder that is named after the version.
"""

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd

import hybrid_encoder
from hybrid_encoder import HybridHashEncoder

HERE = Path(__file__).parent
TRUSTED = ["hybrid_encoder._encoder.HybridHashEncoder"]

CITIES = ["Oslo", "Lima", "Oslo", "naïve café", None, "日本語", "Lima", "Oslo", "Rome", "", "Oslo", "😀"]
BANKS = [7, 7, None, -1, 2**40, 7, 3, 3, 2**53, 7, -1, 11]
RATES = [0.5, 0.1, 0.5, None, 1e300, 0.1, 2.0, -0.25, 0.5, 3.0, 0.1, 7.75]
TAGS = [["a", "b"], [], ["b", "b"], None, [None, "a"], ["c"], ["a"], ["b", "d"], ["a"], ["é"], [], ["a"]]
LABELS = ["no", "yes", "no", "yes", "no", "maybe", "yes", "no", "maybe", "no", "yes", "yes"]


def table(first: int = 0, step: int = 1) -> pd.DataFrame:
    """Text, integers, fractions and lists, with missing ones; the rows turned by some places."""
    order = [(first + step * i) % len(CITIES) for i in range(len(CITIES))]
    columns = {"city": CITIES, "bank": BANKS, "rate": RATES, "tags": TAGS}
    return pd.DataFrame(
        {name: pd.Series([values[i] for i in order], dtype=object) for name, values in columns.items()}
    )


# What is encoded: the rows that were learnt from, and values that were not among them.
ROWS = pd.concat(
    [
        table(),
        pd.DataFrame(
            {
                "city": ["Quito", "lima"],
                "bank": [5, 2**60],
                "rate": [0.3, -7.5],
                "tags": [["z"], ["a", "z"]],
            },
            dtype=object,
        ),
    ],
    ignore_index=True,
)
MORE = pd.concat([ROWS.tail(4)] * 4, ignore_index=True)


def supervised() -> HybridHashEncoder:
    """By class, everything shared out."""
    return HybridHashEncoder(max_features=24, seed=42).fit(table(), LABELS)


def streamed() -> HybridHashEncoder:
    """After three calls, with forgetting, counts that are pruned, and slots that changed hands."""
    encoder = HybridHashEncoder(
        top_k={"city": 3, "bank": 2, "rate": 2, "tags": 2},
        n_buckets=5,
        tail_weight=0.3,
        tail_indicator=True,
        max_tracked=6,
        decay=0.5,
    )
    for first, step in ((0, 1), (3, 5), (8, 1)):
        rows = table(first, step)
        encoder.partial_fit(rows.head(8), sample_weight=[1.0, 2.0, 0.5, 3.0, 1.0, 1.5, 4.0, 1.0])
    return encoder


ENCODERS: dict[str, Callable[[], HybridHashEncoder]] = {"supervised": supervised, "streamed": streamed}


def go_on(encoder: HybridHashEncoder) -> HybridHashEncoder:
    """What a reader does with an encoder that has its counts."""
    labels = LABELS[-4:] * 4 if encoder.importance_ == "pooled_info" else None
    return encoder.partial_fit(MORE, labels)


def as_json(**counts: bool) -> Callable[[HybridHashEncoder], bytes]:
    """The way to write the document, with counts or without."""
    return lambda encoder: json.dumps(encoder.to_dict(**counts), indent=1).encode()


def from_json(data: bytes) -> HybridHashEncoder:
    """What was written so."""
    return HybridHashEncoder.from_dict(json.loads(data))


def as_skops(encoder: HybridHashEncoder) -> bytes:
    """The file of skops."""
    import skops.io

    return skops.io.dumps(encoder, compression=zipfile.ZIP_DEFLATED)


def from_skops(data: bytes) -> HybridHashEncoder:
    """What was written so."""
    import skops.io

    return skops.io.loads(data, trusted=TRUSTED)


# Ending of the file, how it is written, and how it is read.
FORMS: dict[str, tuple[Callable[[HybridHashEncoder], bytes], Callable[[bytes], HybridHashEncoder]]] = {
    "pickle": (lambda encoder: pickle.dumps(encoder, protocol=5), pickle.loads),
    "skops": (as_skops, from_skops),
    "json": (as_json(), from_json),
    "counts.json": (as_json(counts=True), from_json),
}


def told(encoder: HybridHashEncoder) -> dict[str, Any]:
    """What an encoder says of fixed rows."""
    encoded = encoder.transform(ROWS)
    return {
        "names": encoder.get_feature_names_out().tolist(),
        "indptr": encoded.indptr.tolist(),
        "indices": encoded.indices.tolist(),
        "values": encoded.data.tolist(),
    }


if __name__ == "__main__":
    folder = HERE / f"release_{hybrid_encoder.__version__}"
    folder.mkdir()
    for name, make in ENCODERS.items():
        for ending, (write, _) in FORMS.items():
            (folder / f"{name}.{ending}").write_bytes(write(make()))
        expected = {"fitted": told(make()), "gone_on": told(go_on(make()))}
        (folder / f"{name}.expected.json").write_text(json.dumps(expected))
