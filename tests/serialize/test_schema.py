"""The checks of `first_fault` agree with a full implementation of JSON Schema."""

import copy
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._serialize import schema as _schema
from tests.sample import LABELS, PARAMETERS, ROWS
from tests.serialize.nested import at, paths


def document():
    encoder = HybridHashEncoder(**PARAMETERS).set_params(top_k={0: 2, 3: "auto"})
    # Through JSON, so that no two parts are the same object.
    return json.loads(json.dumps(encoder.partial_fit(ROWS, LABELS).to_dict(counts=True)))


def altered(path, value):
    """The document with one part of it replaced."""
    found = document()
    at(found, path[:-1])[path[-1]] = value
    return found


def without(path):
    found = document()
    del at(found, path[:-1])[path[-1]]
    return found


def test_a_document_has_no_fault():
    assert _schema.first_fault(document()) is None


FAULTS = [
    ([], "it is [], and must be of type object"),
    (altered(["format"], "x"), "format is 'x', and must be 'hybrid_encoder'"),
    (altered(["n_hashes"], 3), "n_hashes is 3, and must be at least 1 and at most 2"),
    (altered(["n_hashes"], True), "n_hashes is True, and must be of type integer"),
    (altered(["n_hashes"], 1.5), "n_hashes is 1.5, and must be of type integer"),
    (altered(["tail_weight"], 0), "tail_weight is 0, and must be above 0"),
    (altered(["tail_weight"], "1"), "tail_weight is '1', and must be of type number"),
    (altered(["tail_weight"], float("nan")), "tail_weight is nan, and must be at least"),
    (altered(["seeds"], [1]), "seeds has 1 entries, and must have 2 to 2"),
    (altered(["seeds"], [1, 2**32]), "seeds[1] is 4294967296, and must be at least 0"),
    (altered(["handle_missing"], "Value"), "handle_missing is 'Value', and must be one of 'value', "),
    (altered(["dtype"], "float16"), "dtype is 'float16', and must be one of"),
    (altered(["columns"], []), "columns has 0 entries, and must have 1 to 0"),
    (altered(["columns", 1, "kind"], "date"), "columns[1].kind is 'date', and must be one of"),
    (altered(["columns", 1, "head"], [3, [1]]), "columns[1].head[1] is [1], and must be of type string"),
    (altered(["columns", 1, "head"], [True]), "columns[1].head[0] is True, and must be of type string"),
    (altered(["columns", 0, "n_slots"], -1), "columns[0].n_slots is -1, and must be at least 0"),
    (altered(["columns", 0], 7), "columns[0] is 7, and must be of type object"),
    (
        altered(["checksum"], "sha256:12"),
        "checksum is 'sha256:12', and must match ^sha256:[0-9a-f]{64}$",
    ),
    (altered(["parameters", "top_k"], [[1, 2, 3]]), "parameters.top_k is [[1, 2, 3]], and has none of"),
    (altered(["counts", "classes"], 3), "counts.classes is 3, and has none of the allowed forms"),
    (without(["columns", 2, "head"]), "head is missing in columns[2]"),
    (without(["checksum"]), "checksum is missing"),
    (without(["fit"]), "fit is missing"),
    (altered(["fit", "max_features"], "x"), "fit.max_features is 'x', and must be of type integer"),
    (without(["columns", 0, "coverage", "distinct"]), "distinct is missing in columns[0].coverage"),
    (without(["counts", "columns", 0, "lost"]), "lost is missing in counts.columns[0]"),
]


@pytest.mark.parametrize(("wrong", "words"), FAULTS, ids=[words for _, words in FAULTS])
def test_faults_are_found(wrong, words):
    fault = _schema.first_fault(wrong)
    assert fault is not None
    assert fault.startswith(words)


# JSON has no NaN.
IN_JSON = [(wrong, words) for wrong, words in FAULTS if "nan" not in words]


@pytest.mark.parametrize("wrong", [wrong for wrong, _ in IN_JSON], ids=[words for _, words in IN_JSON])
def test_jsonschema_finds_the_same_faults(wrong):
    jsonschema = pytest.importorskip("jsonschema")
    assert not jsonschema.Draft202012Validator(_schema.schema()).is_valid(wrong)


def test_the_schema_is_valid():
    jsonschema = pytest.importorskip("jsonschema")
    jsonschema.Draft202012Validator.check_schema(_schema.schema())
    jsonschema.Draft202012Validator(_schema.schema()).validate(document())


JUNK = st.sampled_from(
    [None, True, -1, 1.5, 2, 2**40, "", "text", "a\n", [], [[]], [1, "a"], {}, {"function": 1}]
)


@given(st.sampled_from(sorted(paths(document()), key=str)[1:]), JUNK)
def test_it_accepts_what_jsonschema_accepts(path, junk):
    jsonschema = pytest.importorskip("jsonschema")
    wrong = altered(path, copy.deepcopy(junk))
    valid = jsonschema.Draft202012Validator(_schema.schema()).is_valid(wrong)
    assert (_schema.first_fault(wrong) is None) == valid


def test_every_keyword_of_the_schema_is_checked():
    known = {"type", "const", "enum", "anyOf", "pattern", "minimum", "maximum", "exclusiveMinimum"}
    known |= {
        "required",
        "properties",
        "additionalProperties",
        "items",
        "minItems",
        "maxItems",
        "$ref",
        "description",
    }

    def keywords(rule):
        yield from rule
        for part in ("properties", "$defs"):
            for inner in rule.get(part, {}).values():
                yield from keywords(inner)
        single = [rule[part] for part in ("items", "additionalProperties") if part in rule]
        for inner in [*rule.get("anyOf", ()), *single]:
            yield from keywords(inner)

    assert set(keywords(_schema.schema())) - known == {"$schema", "$id", "title", "$defs"}
