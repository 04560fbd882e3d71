"""Values in JSON are read as they were written, by whatever library."""

import json

import numpy as np
import pytest

from hybrid_encoder._serialize import json_values as _json
from tests.conftest import objects


@pytest.mark.parametrize(
    ("array", "kind", "written"),
    [
        (objects(["US", None, "7"]), "text", ["US", None, "7"]),
        (objects([None]), None, [None]),
        (objects([]), "text", []),
        (np.array([3, -1]), "number", [3, -1]),
        (np.array([2**53, 2**53 + 1]), "number", [2**53, "9007199254740993"]),
        (np.array([1, 2**64 - 1], dtype=np.uint64), "number", [1, "18446744073709551615"]),
        (np.array([0.5, 2.0, np.inf, -np.inf]), "number", [0.5, 2, "Infinity", "-Infinity"]),
        (np.array([2.0**64, 1e300]), "number", [2.0**64, 1e300]),
        (objects([0.5, None, 2**60]), "number", [0.5, None, "1152921504606846976"]),
        (np.zeros(0, dtype=np.int64), "number", []),
    ],
    ids=str,
)
def test_values_are_written_and_read(array, kind, written):
    assert _json.values(array, kind) == written
    found = _json.values_of(json.loads(json.dumps(written)), kind, "head")
    assert found.dtype == array.dtype
    assert found.tolist() == array.tolist()


@pytest.mark.parametrize(
    ("items", "values"),
    [
        ([3.0, -1.0], [3, -1]),
        ([18446744073709552000], [2.0**64]),
        ([1152921504606846976], [2**60]),
        (["1", "-0", "007"], [1, 0, 7]),
    ],
    ids=str,
)
def test_values_in_other_forms_are_read(items, values):
    found = _json.values_of(items, "number", "head").tolist()
    assert found == values
    assert list(map(type, found)) == list(map(type, values))


@pytest.mark.parametrize(
    ("items", "words"),
    [
        ([1, "one"], "head holds 'one', which is not a number"),
        (["0.5"], "head holds '0.5', which is not a number"),
        (["1e3"], "head holds '1e3', which is not a number"),
        (["١"], "head holds '١', which is not a number"),
        (["NaN"], "head holds 'NaN', which is not a number"),
        ([""], "head holds '', which is not a number"),
        (["18446744073709551616"], "head holds 18446744073709551616, which has no key of eight bytes"),
        (["-9223372036854775809"], "head holds -9223372036854775809, which has no key"),
    ],
)
def test_text_in_a_column_of_numbers_is_refused(items, words):
    with pytest.raises(ValueError, match=rf"{words}.*: the file is damaged or was altered"):
        _json.values_of(items, "number", "head")
