import numpy as np
import pytest

from hybrid_encoder._fit.plan import per_column


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (3, [3, 3]),
        (np.int64(3), [3, 3]),
        ("auto", ["auto", "auto"]),
        (None, [None, None]),
        ({}, ["auto", "auto"]),
        ({"b": 5}, ["auto", 5]),
        ({"a": None, "b": "auto"}, [None, "auto"]),
    ],
    ids=str,
)
def test_a_parameter_per_column(given, expected):
    found = per_column("top_k", given, ["a", "b"])
    assert found == expected
    assert not any(isinstance(value, np.generic) for value in found)


@pytest.mark.parametrize(
    ("name", "given", "words"),
    [
        (
            "top_k",
            {"c": 1},
            r"top_k names the column 'c', which X does not have. Its columns are 'a', 'b'",
        ),
        ("top_k", {"a": -1}, r"top_k\['a'\] is -1; it must be a number.*'auto' or None"),
        ("n_buckets", {"a": None}, r"n_buckets\['a'\] is None; it must be a number.*or 'auto'|'auto'\."),
        ("n_buckets", {"a": True}, r"n_buckets\['a'\] is True"),
    ],
)
def test_a_parameter_that_is_refused(name, given, words):
    with pytest.raises(ValueError, match=words):
        per_column(name, given, ["a", "b"])
