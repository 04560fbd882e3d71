"""Size of a saved encoder, and the time to save and to load it, by form.

    python benchmarks/saving.py [--quick]

The figures are those of docs/guide/saving.md. Times are the minimum of a few rounds, because other load
on the machine can only make a round slower.
"""

import io
import json
import pickle
from collections.abc import Callable
from typing import Any

import joblib
import numpy as np
import pandas as pd
import results
import skops.io
from tables import scattered, text
from timing import interleaved

from hybrid_encoder import HybridHashEncoder

TRUSTED = ["hybrid_encoder._encoder.HybridHashEncoder"]

Save, Load = Callable[[Any], bytes], Callable[[bytes], Any]


def dump(encoder: HybridHashEncoder) -> bytes:
    """The bytes of joblib, compressed."""
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


def measure(values: pd.Series, kind: str, rounds: int) -> list[dict[str, str]]:
    """A row per form."""
    n_values = len(values)
    encoder = HybridHashEncoder(top_k=n_values, n_buckets=1_000).fit(pd.DataFrame({"id": values}))
    files = {form: save(encoder) for form, (save, _) in FORMS.items()}
    saves = {form: lambda save=save: save(encoder) for form, (save, _) in FORMS.items()}
    loads = {form: lambda form=form, load=load: load(files[form]) for form, (_, load) in FORMS.items()}
    saving, loading = interleaved(saves, rounds), interleaved(loads, rounds)
    return [
        {
            "head": f"{n_values:,} {kind}",
            "form": form,
            "MB": f"{len(files[form]) / 1e6:.2f}",
            "save, ms": f"{1e3 * saving[form].min():.1f}",
            "load, ms": f"{1e3 * loading[form].min():.1f}",
        }
        for form in FORMS
    ]


def main() -> None:
    arguments = results.parse(results.parser(__doc__))
    rows = []
    for n_values in [1_000] if arguments.quick else [64_000, 1_000_000]:
        numbers = scattered(np.arange(n_values))
        for kind, values in (("texts", text(numbers)), ("integers", pd.Series(numbers))):
            rows += measure(values, kind, rounds=1 if arguments.quick else 3)
    results.write(pd.DataFrame(rows), arguments.out, "saving", n_names=2)


if __name__ == "__main__":
    main()
