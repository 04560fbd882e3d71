"""Write the files that every later release must read: ``python tests/data/make_release.py``.

They go into the folder ``release_VERSION``, where a development version is that of the coming release.
Until that release they are written again whenever the saved form changes; after it never, and files of
released versions are not deleted.
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
    """Text, integers, fractions and lists, some of them missing; rows start at `first`."""
    order = [(first + step * i) % len(CITIES) for i in range(len(CITIES))]
    columns = {"city": CITIES, "bank": BANKS, "rate": RATES, "tags": TAGS}
    return pd.DataFrame(
        {name: pd.Series([values[i] for i in order], dtype=object) for name, values in columns.items()}
    )


# The rows of fit, and rows with new values.
NEW = pd.DataFrame(
    {"city": ["Quito", "lima"], "bank": [5, 2**60], "rate": [0.3, -7.5], "tags": [["z"], ["a", "z"]]},
    dtype=object,
)
ROWS = pd.concat([table(), NEW], ignore_index=True)
BATCH = pd.concat([ROWS.tail(4)] * 4, ignore_index=True)


def supervised() -> HybridHashEncoder:
    """Columns without names, ranked by classes; slots and buckets are shares of the budget."""
    return HybridHashEncoder(max_features=24, seed=42).fit(table().to_numpy(), LABELS)


def streamed() -> HybridHashEncoder:
    """After three calls of partial_fit, with decay, dropped counts and replaced values."""
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


def in_form(encoder: HybridHashEncoder, rows: pd.DataFrame) -> Any:
    """The rows as the encoder expects them, with names or without."""
    return rows if hasattr(encoder, "feature_names_in_") else rows.to_numpy()


def update(encoder: HybridHashEncoder) -> HybridHashEncoder:
    """Add a batch to an encoder that has its counts."""
    labels = LABELS[-4:] * 4 if encoder.importance_ == "pooled_info" else None
    return encoder.partial_fit(in_form(encoder, BATCH), labels)


def output_of(encoder: HybridHashEncoder) -> dict[str, Any]:
    """The names of the output columns and the encoded rows, as JSON."""
    encoded = encoder.transform(in_form(encoder, ROWS))
    return {
        "names": encoder.get_feature_names_out().tolist(),
        "indptr": encoded.indptr.tolist(),
        "indices": encoded.indices.tolist(),
        "values": encoded.data.tolist(),
    }


def to_json(**counts: bool) -> Callable[[HybridHashEncoder], bytes]:
    """A writer of the JSON document, with counts or without."""
    return lambda encoder: json.dumps(encoder.to_dict(**counts), indent=1).encode()


def from_json(data: bytes) -> HybridHashEncoder:
    """Read what `to_json` wrote."""
    return HybridHashEncoder.from_dict(json.loads(data))


def to_skops(encoder: HybridHashEncoder) -> bytes:
    """Write a file of skops."""
    import skops.io

    return skops.io.dumps(encoder, compression=zipfile.ZIP_DEFLATED)


def from_skops(data: bytes) -> HybridHashEncoder:
    """Read what `to_skops` wrote."""
    import skops.io

    return skops.io.loads(data, trusted=TRUSTED)


# Suffix of the file, its writer and its reader.
FORMS: dict[str, tuple[Callable[[HybridHashEncoder], bytes], Callable[[bytes], HybridHashEncoder]]] = {
    "pickle": (lambda encoder: pickle.dumps(encoder, protocol=5), pickle.loads),
    "skops": (to_skops, from_skops),
    "json": (to_json(), from_json),
    "counts.json": (to_json(counts=True), from_json),
}


if __name__ == "__main__":
    folder = HERE / f"release_{hybrid_encoder.__version__.partition('.dev')[0]}"
    folder.mkdir(exist_ok=True)
    for name, make in ENCODERS.items():
        for suffix, (write, _) in FORMS.items():
            (folder / f"{name}.{suffix}").write_bytes(write(make()))
        expected = {"fitted": output_of(make()), "updated": output_of(update(make()))}
        (folder / f"{name}.expected.json").write_text(json.dumps(expected))
