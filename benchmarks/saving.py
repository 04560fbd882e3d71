"""Size of a saved encoder, and how long it takes to save and to load, by the form that it is saved in.

    python benchmarks/saving.py [--quick]

The table stands in docs/guide/saving.md. Times are the least of a few rounds: what else runs only adds.
"""

import argparse
import io
import json
import pickle
from collections.abc import Callable
from typing import Any

import joblib
import markdown
import numpy as np
import pandas as pd
import skops.io
from clock import side_by_side
from figures import put
from tables import text

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._serialize import state as _state

TRUSTED = ["hybrid_encoder._encoder.HybridHashEncoder"]

Save, Load = Callable[[Any], bytes], Callable[[bytes], Any]


def dump(encoder: Any) -> bytes:
    """What joblib writes, compressed."""
    stream = io.BytesIO()
    joblib.dump(encoder, stream, compress=3)
    return stream.getvalue()


FORMS: dict[str, tuple[Save, Load]] = {
    "pickle": (pickle.dumps, pickle.loads),
    "joblib, `compress=3`": (dump, lambda saved: joblib.load(io.BytesIO(saved))),
    "skops": (skops.io.dumps, lambda saved: skops.io.loads(saved, trusted=TRUSTED)),
    "JSON": (
        lambda encoder: json.dumps(encoder.to_dict(), ensure_ascii=False).encode(),
        lambda saved: HybridHashEncoder.from_dict(json.loads(saved)),
    ),
}


def times(n_values: int, values: pd.Series, kind: str, rounds: int) -> list[list[str]]:
    """A row per form."""
    encoder = HybridHashEncoder(top_k=n_values, n_buckets=1_000).fit(pd.DataFrame({"id": values}))
    files = {form: save(encoder) for form, (save, _) in FORMS.items()}
    saving = side_by_side(
        {form: lambda save=save: save(encoder) for form, (save, _) in FORMS.items()}, rounds
    )
    loading = side_by_side(
        {form: lambda form=form, load=load: load(files[form]) for form, (_, load) in FORMS.items()},
        rounds,
    )
    sealing = side_by_side({"seal": lambda: _state.unsealed(encoder.__getstate__())}, rounds)["seal"]
    rows = [
        [
            f"{n_values:,} {kind}",
            form,
            f"{len(files[form]) / 1e6:.2f}",
            f"{1e3 * saving[form].min():.1f}",
            f"{1e3 * loading[form].min():.1f}",
        ]
        for form in FORMS
    ]
    print(f"{n_values:,} {kind}: packed and unpacked, with checksums, in {1e3 * sealing.min():.1f} ms")
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a small run that only shows it works")
    quick = parser.parse_args().quick
    sizes = [1_000] if quick else [64_000, 1_000_000]
    rows = []
    for n_values in sizes:
        numbers = np.arange(n_values) * 2_654_435_761 % 2**40
        rounds = 1 if n_values == 1_000 else 3
        rows += times(n_values, text(numbers), "texts", rounds)
        rows += times(n_values, pd.Series(numbers), "integers", rounds)
    table = markdown.table(["head", "form", "MB", "save, ms", "load, ms"], rows, n_names=2)
    print(table)
    if not quick:
        put("guide/saving.md", "figures", table)


if __name__ == "__main__":
    main()
