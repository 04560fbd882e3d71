"""Make the encoders that later releases must still read: ``python tests/data/make_golden.py``.

Run once per format version, and never again: the files are the promise.
"""

import json
import pickle
from pathlib import Path

from hybrid_encoder import HybridHashEncoder

HERE = Path(__file__).parent
ROWS = [
    ["US", 3, 0.5, ["a", "b"]],
    ["US", -1, None, []],
    ["FR", 3, 0.5, ["b", "b"]],
    [None, 2**40, 2.0, None],
    ["naïve café", 3, 0.1, ["c"]],
    ["日本語", None, 1e300, [None, "a"]],
]
PARAMETERS = {"top_k": 2, "n_buckets": 5, "tail_weight": 0.25, "tail_indicator": True, "seed": 42}

if __name__ == "__main__":
    encoder = HybridHashEncoder(**PARAMETERS).fit(ROWS)
    name = f"format_{encoder.format_version_}"
    (HERE / f"{name}.pickle").write_bytes(pickle.dumps(encoder, protocol=4))
    expected = {
        "encoded": encoder.transform(ROWS).toarray().tolist(),
        "names": encoder.get_feature_names_out().tolist(),
    }
    (HERE / f"{name}.json").write_text(json.dumps(expected, indent=1))
