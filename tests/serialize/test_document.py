import copy
import json
import math
import shutil
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
from tests.data.make_golden import PARAMETERS, ROWS
from tests.test_invariants import ENCODERS, FLOATS, TEXTS, fit, heads, same

LABELS = ["no", "yes"] * 3
ROOT = Path(__file__).parents[2]
PORTABLE = ROOT / "examples" / "portable"


def version_of_node():
    if shutil.which("node") is None:
        return 0
    told = subprocess.run(["node", "--version"], capture_output=True, text=True, check=True).stdout
    return int(told.lstrip("v").split(".")[0])


needs_node = pytest.mark.skipif(version_of_node() < 20, reason="Node.js 20 or newer is not installed")


def through_json(encoder, **counts):
    text = json.dumps(encoder.to_dict(**counts), allow_nan=False)
    return HybridHashEncoder.from_dict(json.loads(text))


def assert_same(found, expected, X):
    """Two encoders that nobody can tell apart."""
    assert same(found.transform(X), expected.transform(X))
    assert found.get_feature_names_out().tolist() == expected.get_feature_names_out().tolist()
    assert heads(found) == heads(expected)
    assert [head.dtype for head in found.vocabularies_] == [
        head.dtype for head in expected.vocabularies_
    ]
    encoded = expected.transform(X)
    assert found.inverse_transform(encoded).tolist() == expected.inverse_transform(encoded).tolist()
    pd.testing.assert_frame_equal(found.report(), expected.report())
    assert found.get_params() == expected.get_params()
    assert repr(found) == repr(expected)
    names = [{name for name in vars(e) if name.endswith("_")} for e in (found, expected)]
    assert names[0] ^ names[1] <= {"column_changes_"}


INTEGERS = st.integers(-(2**63), 2**64 - 1) | st.sampled_from([2**53, 2**53 + 1, -(2**53) - 1, 0, 1])
UNSIGNED = st.integers(2**63, 2**64 - 1)
WIDE = st.floats(allow_nan=False) | st.sampled_from([2.0**60, 2.0**64, 1e300, -0.0, float("inf")])
KINDS = st.sampled_from([TEXTS, INTEGERS, UNSIGNED, WIDE, FLOATS, st.booleans(), INTEGERS | WIDE])


@st.composite
def tables(draw):
    """A few columns, of lists among them, with numbers that not every reader of JSON keeps."""
    columns = {}
    for number in range(draw(st.integers(1, 3))):
        cells = st.none() | draw(KINDS)
        if draw(st.booleans()):
            cells = st.lists(cells, max_size=3)
        columns[f"c{number}"] = draw(st.lists(cells, min_size=12, max_size=12))
    return columns


@given(tables(), ENCODERS)
def test_an_encoder_comes_back_as_it_was(columns, encoder):
    X = array(columns)
    fit(encoder, X)
    found = through_json(encoder)
    assert_same(found, encoder, X)
    if not any(encoder._multi_hot):
        assert found.encode_indices(X).tolist() == encoder.encode_indices(X).tolist()


@given(tables(), ENCODERS, st.integers(1, 2), st.sampled_from([None, 20]))
def test_partial_fit_goes_on_as_if_nothing_had_been_written(columns, encoder, n_classes, max_tracked):
    # Of fewer values than there are slots, so that some stay free.
    X, y = array(columns), [i % n_classes for i in range(12)]
    encoder.set_params(max_features=10_000, max_tracked=max_tracked)
    encoder.set_params(top_k=20 if encoder.top_k == "auto" else encoder.top_k)
    encoder.partial_fit(X[:6], y[:6])
    assert_same(through_json(encoder), encoder, X[:6])
    found = through_json(encoder, counts=True)
    for e in (encoder, found):
        e.partial_fit(X, y)
    assert_same(found, encoder, X)
    assert found.to_dict(counts=True) == encoder.to_dict(counts=True)


@pytest.mark.parametrize(
    ("parameters", "X"),
    [
        (PARAMETERS, ROWS),
        ({"dtype": np.float32, "tail_weight": 0.1, "sparse_output": True}, ROWS),
        (
            {"top_k": {"a": 1, "1": None}, "n_buckets": {"1": 0}},
            pd.DataFrame({"a": [1, 2], "1": [3, 4]}),
        ),
        ({"top_k": {0: 1, 1: "auto"}, "n_jobs": 2, "min_frequency": 0.01}, [[1, "a"], [2, "b"]]),
        ({"n_buckets": 0, "handle_missing": "ignore"}, ROWS),
        ({"top_k": 2, "seed": 2**32 - 1, "max_tracked": 2**60}, ROWS),
        ({"importance": "entropy", "decay": 0.5, "n_hashes": 1}, ROWS),
        ({}, pd.DataFrame({"naïve\n日本": [None, None]})),
        ({}, pd.DataFrame({"number": [2**63, -1, 2**64 - 1, -(2**63)]}, dtype=object)),
    ],
)
def test_parameters(parameters, X):
    encoder = HybridHashEncoder(**parameters).fit(X)
    assert_same(through_json(encoder), encoder, X)


def test_parameters_that_are_numbers_of_numpy():
    parameters = {"top_k": np.int64(2), "tail_weight": np.float32(0.5), "tail_indicator": np.bool_(True)}
    encoder = HybridHashEncoder(**parameters).fit(ROWS)
    assert through_json(encoder).get_params() == encoder.get_params()


def test_numbers_are_written_as_every_reader_of_json_keeps_them():
    cells = [2**53, 2**53 + 1, -(2**53) - 1, 2**64 - 1, np.inf, -np.inf, 0.1, 2.0**60, 1e300, True, None]
    encoder = HybridHashEncoder(top_k=None, n_buckets=2).fit(array({"x": cells}))
    assert encoder.to_dict()["columns"][0]["head"] == [
        *("-Infinity", "-9007199254740993", 0.1, 1, 9007199254740992, "9007199254740993"),
        *("1152921504606846976", "18446744073709551615", 1e300, "Infinity", None),
    ]


def test_a_document_that_other_software_has_written_again():
    encoder = HybridHashEncoder(**PARAMETERS).partial_fit(ROWS, LABELS)
    text = json.dumps(encoder.to_dict(counts=True))
    # All numbers as floats, members in another order, as some do.
    again = json.loads(json.dumps(json.loads(text, parse_int=float), sort_keys=True))
    assert_same(HybridHashEncoder.from_dict(again), encoder, ROWS)


def test_set_output_is_kept():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2, sparse_output=False).set_output(transform="pandas")
    found = through_json(encoder.fit([["a"], ["a"], ["b"]]))
    assert found.transform([["a"]]).columns.tolist() == ["x0_a", "x0#0", "x0#1"]


def test_a_parameter_that_was_set_later_waits_for_the_next_fit():
    encoder = HybridHashEncoder(**PARAMETERS).fit(ROWS).set_params(seed=7, dtype=np.float32)
    found = through_json(encoder)
    assert_same(found, encoder, ROWS)
    assert found.transform(ROWS).dtype == np.float64


# --- Functions ---


def upper(column, value):
    return f"{column}={value}".upper()


def by_count(class_counts, class_totals):
    return class_counts.sum(axis=1)


def test_functions_are_named_and_must_be_given_again():
    encoder = HybridHashEncoder(top_k=1, n_buckets=2, feature_name_combiner=upper, importance=by_count)
    document = encoder.fit([["a"], ["a"], ["b"]]).to_dict()
    assert document["parameters"]["feature_name_combiner"] == {"function": "upper"}
    assert document["importance"] == {"function": "by_count"}
    found = HybridHashEncoder.from_dict(document, feature_name_combiner=upper, importance=by_count)
    assert found.get_feature_names_out().tolist() == ["X0=A", "x0#0", "x0#1"]
    assert found.get_params() == encoder.get_params()
    assert found.importance_ is by_count
    with pytest.raises(ValueError, match=r"importance was the function 'by_count'.*importance=\.\.\."):
        HybridHashEncoder.from_dict(document, feature_name_combiner=upper)


@pytest.mark.parametrize("given", [{"importance": by_count}, {"feature_name_combiner": "concat"}])
def test_functions_where_there_were_none_are_refused(given):
    document = HybridHashEncoder(**PARAMETERS).fit(ROWS).to_dict()
    (name,) = given
    with pytest.raises(ValueError, match=rf"{name}=.* cannot be given: .*Leave it out"):
        HybridHashEncoder.from_dict(document, **given)


def test_a_function_of_importance_that_was_set_later():
    encoder = HybridHashEncoder(importance=by_count).fit(ROWS)
    document = encoder.set_params(importance="gini").to_dict()
    found = HybridHashEncoder.from_dict(document, importance=by_count)
    assert (found.importance, found.importance_) == ("gini", by_count)
    encoder.set_params(importance=lambda counts, totals: totals)
    with pytest.raises(ValueError, match="not the function of fit any more"):
        encoder.to_dict()


# --- What cannot be written ---


@pytest.mark.parametrize(
    ("later", "words"),
    [
        ({"tail_weight": float("nan")}, "tail_weight=nan has no form in JSON. Set tail_weight to"),
        ({"top_k": {("a", "b"): 3}}, r"top_k=\{\('a', 'b'\): 3\} has no form in JSON"),
        ({"decay": 1j}, "decay=1j has no form in JSON"),
    ],
)
def test_parameters_without_a_form(later, words):
    encoder = HybridHashEncoder(**PARAMETERS).fit(ROWS).set_params(**later)
    with pytest.raises(ValueError, match=words):
        encoder.to_dict()


def test_text_that_is_no_unicode():
    encoder = HybridHashEncoder(**PARAMETERS).fit(ROWS).set_params(top_k={"a\udc80": 3})
    with pytest.raises(ValueError, match=r"JSON has no form for a lone surrogate.*a\\udc80"):
        encoder.to_dict()


def test_without_counts_partial_fit_does_not_go_on():
    found = through_json(HybridHashEncoder(**PARAMETERS).fit(ROWS))
    with pytest.raises(
        ValueError, match=r"was saved without counts.*Fit it again.*to_dict\(counts=True\)"
    ):
        found.partial_fit(ROWS)
    with pytest.raises(ValueError, match="no counts to write"):
        found.to_dict(counts=True)
    assert_same(through_json(found), found, ROWS)


@pytest.mark.parametrize(
    ("labels", "expected"),
    [
        ([True, False], {"kind": "boolean", "values": [False, True]}),
        (["b", "a"], {"kind": "text", "values": ["a", "b"]}),
        ([2**60, 3], {"kind": "number", "values": [3, "1152921504606846976"]}),
        ([1.0, 0.0], {"kind": "number", "values": [0, 1]}),
    ],
    ids=str,
)
def test_labels(labels, expected):
    encoder = HybridHashEncoder(**PARAMETERS).partial_fit(ROWS, labels * 3)
    document = encoder.to_dict(counts=True)
    assert document["counts"]["classes"] == expected
    found = HybridHashEncoder.from_dict(document).partial_fit(ROWS, labels * 3)
    assert_same(found, encoder.partial_fit(ROWS, labels * 3), ROWS)


# --- What is refused ---


def test_an_unfitted_encoder_has_no_document():
    with pytest.raises(ValueError, match="not fitted yet"):
        HybridHashEncoder().to_dict()


@pytest.mark.parametrize("document", [None, [], 3], ids=str)
def test_what_is_no_dict(document):
    with pytest.raises(
        ValueError, match=r"of type .*, not the dict that to_dict gave.*Load it from a good"
    ):
        HybridHashEncoder.from_dict(document)


@pytest.mark.parametrize("document", ["{}", b"{}"])
def test_the_text_of_a_document(document):
    with pytest.raises(ValueError, match=r"The document is text. Pass what json\.loads makes of it"):
        HybridHashEncoder.from_dict(document)


@pytest.mark.parametrize("version", [0, 2, "1", None, True])
def test_another_version(version):
    document = HybridHashEncoder(**PARAMETERS).fit(ROWS).to_dict() | {"format_version": version}
    with pytest.raises(ValueError, match=rf"saved in format version {version!r}, and.*Load it with the"):
        HybridHashEncoder.from_dict(document)


def test_a_document_is_not_changed():
    document = HybridHashEncoder(**PARAMETERS).fit(ROWS).to_dict()
    before = copy.deepcopy(document)
    HybridHashEncoder.from_dict(document).set_params(top_k=7).fit(ROWS)
    assert document == before


def signed(document):
    """The document as a writer of one's own would write it."""
    from hybrid_encoder._serialize import document as _portable

    return document | {"checksum": _portable.checksum_of(document)}


@pytest.mark.parametrize(
    ("number", "part", "value", "words"),
    [
        (1, "first_column", 9, r"columns\[1\].first_column is 9, and must be 8"),
        (3, "n_slots", 1, r"vocabularies_\[3\] has 2 values for 1 slots"),
        (1, "n_slots", 1, r"columns\[2\].first_column is 16, and must be 15"),
        (1, "head", [3, "x"], r"columns\[1\].head holds 'x', which is no number"),
        (1, "head", [3, "9" * 20], r"columns\[1\].head holds 99999999999999999999, which has no key"),
        (1, "head", [3, 3.0], r"vocabularies_\[1\] has 3 twice"),
        (1, "head", [-1, "18446744073709551615"], r"vocabularies_\[1\] has 18446744073709551615 twice"),
        (0, "head", ["a", "a"], r"vocabularies_\[0\] has 'a' twice"),
        (0, "head", ["a", 3], r"vocabularies_\[0\] holds 3, no text value"),
        (0, "head", [None, None], r"vocabularies_\[0\] has missing twice"),
        (0, "kind", None, r"vocabularies_\[0\] holds 'US', no missing value"),
        (0, "n_buckets", 6, r"n_features_out_ is 32, and .* are 33|first_column is 8, and must be 9"),
    ],
)
def test_what_another_writer_got_wrong(number, part, value, words):
    document = HybridHashEncoder(**PARAMETERS).fit(ROWS).to_dict()
    document["columns"][number][part] = value
    with pytest.raises(ValueError, match=words):
        HybridHashEncoder.from_dict(signed(document))


# --- Another language ---


def node(*arguments, **more):
    command = ["node", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, check=True, encoding="utf-8", **more).stdout


@needs_node
def test_golden_vectors_in_javascript():
    output = node(PORTABLE / "check.mjs", "vectors", ROOT / "tests" / "golden_vectors.json")
    assert output == "22 golden vectors are the same\n"


@needs_node
def test_ten_thousand_rows_in_javascript(tmp_path):
    subprocess.run([sys.executable, PORTABLE / "export.py", tmp_path], check=True, capture_output=True)
    output = node(PORTABLE / "check.mjs", "rows", tmp_path)
    assert output.startswith("10000 rows, ")
    assert output.endswith(" entries are the same\n")


@needs_node
def test_javascript_finds_what_differs(tmp_path):
    command = [sys.executable, PORTABLE / "export.py", tmp_path, "--rows", "50"]
    subprocess.run(command, check=True, capture_output=True)
    expected = json.loads((tmp_path / "expected.json").read_text())
    expected["indices"][100] += 1
    (tmp_path / "expected.json").write_text(json.dumps(expected))
    with pytest.raises(subprocess.CalledProcessError) as failed:
        node(PORTABLE / "check.mjs", "rows", tmp_path)
    assert "not as in Python: the columns of row" in failed.value.stderr


ENCODE = """
import { HybridHashEncoder } from "./transform.mjs";
let text = "";
for await (const part of process.stdin) text += part;
const told = JSON.parse(text).map(({ document, rows }) => {
  const encoder = new HybridHashEncoder(document);
  return rows.map((row) => {
    try { return encoder.transformRow(row); } catch (error) { return error.constructor.name; }
  });
});
process.stdout.write(JSON.stringify(told));
"""


def in_javascript(cases):
    """What transform.mjs makes of the rows of some encoders."""
    script = ["--input-type=module", "-e", ENCODE]
    return json.loads(node(*script, cwd=PORTABLE, input=json.dumps(cases, allow_nan=False)))


def plain(cell):
    if isinstance(cell, list):
        return [plain(element) for element in cell]
    if isinstance(cell, float) and math.isinf(cell):
        return str(cell).replace("inf", "Infinity")
    is_large = isinstance(cell, int) and abs(cell) > 2**53
    return str(cell) if is_large else cell


@needs_node
def test_any_encoder_and_any_rows_in_javascript():
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
        if encoded is None or None in encoder._kinds:
            # The first rows did not tell the kind, and JSON does not tell large integers from text.
            encoded, X = encoder.transform(X[:n_fit]), X[:n_fit]
        rows = [[plain(cell) for cell in row] for row in X.tolist()]
        cases.append({"document": encoder.to_dict(), "rows": rows})
        expected.append([encoded[[i]] for i in range(len(rows))])

    collect()
    assert sum(len(case["rows"]) for case in cases) > 300
    for told, rows in zip(in_javascript(cases), expected, strict=True):
        for row, encoded in zip(told, rows, strict=True):
            assert row == {"indices": encoded.indices.tolist(), "values": encoded.data.tolist()}


@needs_node
def test_what_is_refused_in_javascript():
    X = pd.DataFrame({"text": ["a"], "number": [1], "lists": [["a"]]})
    encoder = HybridHashEncoder(n_buckets=2, handle_missing="error", dtype=np.int8, tail_weight=1).fit(X)
    rows = [
        ["a", 1, ["a"]],
        [1, 1, []],
        ["a", "x", []],
        ["a", 1, "a"],
        [["a"], 1, []],
        [None, 1, []],
        ["a", "Infinity", []],
        ["Infinity", 1, []],
        ["a", "18446744073709551616", []],
        ["a", 1, ["a"] * 128],
        ["a", 1],
    ]
    expected = [
        None,
        *["TypeError"] * 4,
        "RangeError",
        "RangeError",
        None,
        "RangeError",
        "RangeError",
        "Error",
    ]
    (told,) = in_javascript([{"document": encoder.to_dict(), "rows": rows}])
    assert [None if isinstance(row, dict) else row for row in told] == expected


@needs_node
@pytest.mark.parametrize(
    "changed", [{"tail_weight": 0.5}, {"format_version": 2}, {"format": "x"}], ids=str
)
def test_documents_that_are_refused_in_javascript(changed):
    document = HybridHashEncoder(**PARAMETERS).fit(ROWS).to_dict() | changed
    with pytest.raises(subprocess.CalledProcessError):
        in_javascript([{"document": document, "rows": []}])


def test_seeds_that_another_writer_got_wrong():
    document = HybridHashEncoder(**PARAMETERS).fit(ROWS).to_dict()
    first, second = document["seeds"]
    document["seeds"] = [first, second + 1]
    words = rf"seeds are \[{first}, {second + 1}\], and the second must be the first XOR 0x9E3779B9"
    with pytest.raises(ValueError, match=words):
        HybridHashEncoder.from_dict(signed(document))


def test_labels_without_a_form():
    y = np.array(["2013-01-01", "2013-01-02"] * 3, dtype="M8[D]")
    encoder = HybridHashEncoder(**PARAMETERS).partial_fit(ROWS, y)
    words = r"The label datetime.date\(2013, 1, 1\) of y has no form in JSON\. Set counts=False, or fit"
    with pytest.raises(ValueError, match=words):
        encoder.to_dict(counts=True)
    assert_same(through_json(encoder, counts=False), encoder, ROWS)
