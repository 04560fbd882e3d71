"""examples/portable: the encoder in JavaScript has the same output as in Python."""

import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from tests.conftest import array
from tests.sample import encoder
from tests.serialize.node import PORTABLE, needs_node, node, run_script
from tests.serialize.strategies import tables
from tests.test_invariants import ENCODERS, fit

VECTORS = Path(__file__).parents[1] / "golden_vectors.json"

pytestmark = needs_node


def export(folder, *arguments):
    command = [sys.executable, PORTABLE / "export.py", folder, *arguments]
    subprocess.run(command, check=True, capture_output=True)


def test_golden_vectors():
    assert node(PORTABLE / "check.mjs", "vectors", VECTORS) == "22 golden vectors are the same\n"


def test_ten_thousand_rows(tmp_path):
    export(tmp_path)
    output = node(PORTABLE / "check.mjs", "rows", tmp_path)
    assert output.startswith("10000 rows, ")
    assert output.endswith(" entries are the same\n")


def test_a_difference_is_reported(tmp_path):
    export(tmp_path, "--rows", "50")
    expected = json.loads((tmp_path / "expected.json").read_text())
    expected["indices"][100] += 1
    (tmp_path / "expected.json").write_text(json.dumps(expected))
    with pytest.raises(subprocess.CalledProcessError) as failed:
        node(PORTABLE / "check.mjs", "rows", tmp_path)
    assert "not as in Python: the columns of row" in failed.value.stderr


TRANSFORM = """
import { HybridHashEncoder } from "./transform.mjs";
run(({ document, rows }) => {
  const encoder = new HybridHashEncoder(document);
  return rows.map((row) => {
    try { return encoder.transformRow(row); } catch (error) { return error.constructor.name; }
  });
});
"""


def in_json(cell):
    """A cell as transform.mjs reads it."""
    if isinstance(cell, list):
        return [in_json(element) for element in cell]
    if isinstance(cell, float) and math.isinf(cell):
        return str(cell).replace("inf", "Infinity")
    is_large = isinstance(cell, int) and abs(cell) > 2**53
    return str(cell) if is_large else cell


def test_any_encoder_and_any_rows():
    cases, expected = [], []

    @given(tables(), ENCODERS, st.sampled_from(["float64", "float32"]), st.integers(1, 11))
    def collect(columns, encoder, dtype, n_fit):
        X = array(columns)
        encoder.set_params(dtype=dtype, tail_weight=encoder.tail_weight * 0.3)
        fit(encoder, X[:n_fit])
        try:
            encoded = encoder.transform(X)
        except TypeError:
            encoded = None
        if encoded is None or None in [column.kind for column in encoder._fitted.columns]:
            # JSON does not distinguish large integers from text, so the kind must be known from fit.
            encoded, X = encoder.transform(X[:n_fit]), X[:n_fit]
        rows = [[in_json(cell) for cell in row] for row in X.tolist()]
        cases.append({"document": encoder.to_dict(), "rows": rows})
        expected.append([encoded[[i]] for i in range(len(rows))])

    collect()
    assert sum(len(case["rows"]) for case in cases) > 300
    for found, rows in zip(run_script(TRANSFORM, cases), expected, strict=True):
        for row, encoded in zip(found, rows, strict=True):
            assert row == {"indices": encoded.indices.tolist(), "values": encoded.data.tolist()}


ROWS = [
    (["a", 1, ["a"]], None),
    ([1, 1, []], "TypeError"),
    (["a", "x", []], "TypeError"),
    (["a", 1, "a"], "TypeError"),
    ([["a"], 1, []], "TypeError"),
    ([None, 1, []], "RangeError"),
    (["a", "Infinity", []], "RangeError"),
    (["Infinity", 1, []], None),
    (["a", "18446744073709551616", []], "RangeError"),
    (["a", 1, ["a"] * 128], "RangeError"),
    (["a", 1], "Error"),
]


def test_rows_that_are_refused():
    X = pd.DataFrame({"text": ["a"], "number": [1], "lists": [["a"]]})
    encoder = HybridHashEncoder(n_buckets=2, handle_missing="error", dtype=np.int8, tail_weight=1).fit(X)
    case = {"document": encoder.to_dict(), "rows": [row for row, _ in ROWS]}
    (found,) = run_script(TRANSFORM, [case])
    assert [None if isinstance(row, dict) else row for row in found] == [error for _, error in ROWS]


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"tail_weight": 0.5}, "the document is damaged"),
        ({"format_version": 2}, "format version 2 is not known here"),
        ({"format": "x"}, "is not known here"),
    ],
    ids=str,
)
def test_documents_that_are_refused(changed, words):
    with pytest.raises(subprocess.CalledProcessError) as failed:
        run_script(TRANSFORM, [{"document": encoder().to_dict() | changed, "rows": []}])
    assert words in failed.value.stderr
