import itertools
import json
import pickle
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hybrid_encoder._serialize.checksum import of_document, of_values
from tests.conftest import objects
from tests.serialize.node import needs_node, run_script


def measure(counts, totals):
    return counts


def another(counts, totals):
    return counts


# All different.
VALUES = [
    None,
    True,
    False,
    0,
    1,
    1.0,
    -0.0,
    0.0,
    "",
    "1",
    "None",
    "\udc80",
    2**70,
    float("inf"),
    [],
    [[]],
    [1],
    [1, 1],
    [[1], 1],
    ["ab", "c"],
    ["a", "bc"],
    {},
    {"a": 1},
    {"a": 2},
    {"b": 1},
    {1: "a"},
    {"1": "a"},
    np.array([]),
    np.array([1]),
    np.array([1.0]),
    np.array([[1]]),
    np.array([1], dtype=np.int32),
    np.array(["1"]),
    objects([]),
    objects([1]),
    objects([1.0]),
    objects(["1"]),
    objects([None]),
    objects(["a", "b"]),
    objects(["ab"]),
    objects(["a\0b"]),
    objects(["a\0", "b"]),
    objects(["a", "\0b"]),
    objects(["", ""]),
    objects(["\0"]),
    objects(["", "", ""]),
    objects(["a", None]),
    objects([None, "a"]),
    objects(["a", None, "b"]),
    objects(["a", "b", None]),
    objects([1, 2, 0.5]),
    objects([1, 0.5, 2]),
    objects([1, 2, None]),
    objects([2**63, 1]),
    objects([2**63, 1, None]),
    np.float32,
    np.float64,
    measure,
    another,
]


def equal_pairs(values, checksums):
    """The pairs of values that have the same checksum."""
    pairs = itertools.combinations(range(len(values)), 2)
    return [(values[i], values[j]) for i, j in pairs if checksums[i] == checksums[j]]


def test_different_values_have_different_checksums():
    assert equal_pairs(VALUES, list(map(of_values, VALUES))) == []


@pytest.mark.parametrize("value", VALUES, ids=map(str, range(len(VALUES))))
def test_a_pickled_value_has_the_same_checksum(value):
    again = pickle.loads(pickle.dumps(value))
    assert of_values(again) == of_values(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.arange(3).astype(">i8"), np.arange(3).astype("<i8")),
        (np.array(["US"]).astype(">U2"), np.array(["US"]).astype("<U2")),
        (np.asfortranarray(np.eye(3) * np.arange(3)), np.ascontiguousarray(np.eye(3) * np.arange(3))),
        (np.arange(6)[::2], np.array([0, 2, 4])),
        (np.float64(0.25), 0.25),
        (np.int32(7), 7),
        (np.bool_(True), True),
        (np.dtype("float32"), np.float32),
        ((1, 2), [1, 2]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
    ],
    ids=str,
)
def test_byte_order_layout_and_number_type_do_not_matter(one, other):
    assert of_values(one) == of_values(other)


def test_nan_has_a_checksum():
    (nan,) = struct.unpack("<d", struct.pack("<d", float("nan")))
    assert of_values([nan]) == of_values([float("nan")])


# --- JSON documents ---

# All different.
DOCUMENTS = [
    {},
    {"a": None},
    {"a": True},
    {"a": False},
    {"a": 0},
    {"a": 1},
    {"a": 0.5},
    {"a": -1},
    {"a": 1e300},
    {"a": 5e-324},
    {"a": 2**60},
    {"a": "1"},
    {"a": ""},
    {"a": "né"},
    {"a": "\0"},
    {"a": []},
    {"a": {}},
    {"a": [1]},
    {"a": [1, 1]},
    {"a": [[1], 1]},
    {"a": ["x", "y"]},
    {"a": ["x,y"]},
    {"a": ["x", None, True]},
    {"b": 1},
    {"a": 1, "b": 1},
    {"a": {"b": 1}},
    {"a": {"checksum": 1}},
]


def test_different_documents_have_different_checksums():
    assert equal_pairs(DOCUMENTS, list(map(of_document, DOCUMENTS))) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"a": 1, "b": [2]}, {"b": [2.0], "a": 1.0}),
        ({"a": 1, "checksum": "x"}, {"a": 1}),
        ({"a": 1e22}, {"a": 10**22}),
        ({"a": 2**53 + 1}, {"a": 2**53}),
    ],
    ids=["order and floats", "the checksum itself", "digits", "integers beyond 2**53"],
)
def test_how_a_document_is_written_does_not_matter(one, other):
    assert of_document(one) == of_document(other)


def test_the_checksum_is_as_the_specification_says():
    # printf '{"a":[true,"3ff8000000000000",null],"b":"x"}' | sha256sum
    expected = "sha256:85b3ab2bb72b5a3c840a2d9921d26759b812d395fd85b42c5e815249b6d4b9dc"
    assert of_document({"b": "x", "a": [True, 1.5, None]}) == expected


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (10**400, "int too large to convert to float"),
        (object(), "object is not JSON serializable"),
        ([b""], "bytes is not JSON serializable"),
        (np.float32(1), "float32 is not JSON serializable"),
        ({1: 2, "a": 3}, "not supported between instances"),
        (["\udc80"], r"a lone surrogate, as in .*\\udc80"),
    ],
    ids=["large integer", "object", "bytes", "numpy", "mixed names", "surrogate"],
)
def test_documents_that_json_cannot_hold_are_refused(value, words):
    with pytest.raises(ValueError, match=f"JSON cannot hold .*{words}"):
        of_document({"a": value})


# Languages differ in the order of names beyond ASCII, and documents have none.
NAMES = st.text("abc-_", max_size=3)
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-(2**80), 2**80)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner),
)


@given(st.dictionaries(NAMES, JSON))
def test_a_document_read_with_floats_only_has_the_same_checksum(document):
    again = json.loads(json.dumps(document), parse_int=float)
    assert of_document(again) == of_document(document)


@needs_node
def test_checksums_in_javascript():
    documents = []

    @given(st.dictionaries(NAMES, JSON))
    def collect(document):
        documents.append(document)

    collect()
    script = 'import { checksumOf } from "./transform.mjs"; run((document) => checksumOf(document));'
    assert run_script(script, documents) == list(map(of_document, documents))
