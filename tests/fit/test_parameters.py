from dataclasses import astuple

import numpy as np
import pytest

from hybrid_encoder._fit.parameters import per_column
from hybrid_encoder._transform.settings import Settings
from tests.fit.builders import make_settings


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (3, (3, 3)),
        (np.int64(3), (3, 3)),
        ("auto", ("auto", "auto")),
        (None, (None, None)),
        ({}, ("auto", "auto")),
        ({"b": 5}, ("auto", 5)),
        ({"b": np.int64(5)}, ("auto", 5)),
        ({"a": None, "b": "auto"}, (None, "auto")),
    ],
    ids=str,
)
def test_a_parameter_per_column(given, expected):
    found = per_column("top_k", given, ["a", "b"])
    assert found == expected
    assert not any(isinstance(value, np.generic) for value in found)


@pytest.mark.parametrize(
    ("name", "given", "labels", "words"),
    [
        ("top_k", {"c": 1}, "ab", r"top_k names the column 'c', which X does not have.*are 'a', 'b'\."),
        ("top_k", {"a": 1}, (0, 1), r"top_k names the column 'a'.*are 0, 1 \(by position: X has no col"),
        ("top_k", {"c": 1}, [*"abdefghijkl"], r"'a', 'b', 'd', .*'k', \.\.\."),
        ("top_k", {"a": -1}, "ab", r"top_k\['a'\] is -1; it must be a number from 0 .*'auto' or None"),
        ("top_k", {"a": 2**31}, "ab", r"top_k\['a'\] is 2147483648; it must be a number .* 2147483647"),
        ("n_buckets", {"a": None}, "ab", r"n_buckets\['a'\] is None; it must be a number.*'auto'\."),
        ("n_buckets", {"a": True}, "ab", r"n_buckets\['a'\] is True"),
        ("n_buckets", {"a": "all"}, "ab", r"n_buckets\['a'\] is 'all'"),
    ],
)
def test_invalid_mappings_raise(name, given, labels, words):
    with pytest.raises(ValueError, match=words):
        per_column(name, given, labels)


def test_settings_hold_plain_values():
    settings = make_settings(
        "ab",
        top_k={"a": np.int64(1)},
        n_buckets=np.int32(3),
        max_features=np.int64(50),
        min_frequency=np.float64(0.5),
        max_tracked=np.int64(9),
        tail_indicator=np.True_,
        seed=np.uint32(7),
        dtype=np.float32,
        decay=1,
    )
    assert settings == Settings(
        top_k=(1, "auto"),
        n_buckets=(3, 3),
        max_features=50,
        n_hashes=2,
        min_frequency=0.5,
        importance="frequency",
        tail_weight=0.25,
        tail_indicator=True,
        handle_missing="value",
        seed=7,
        dtype="float32",
        max_tracked=9,
        decay=1.0,
    )
    values = [*astuple(settings), *settings.top_k, *settings.n_buckets]
    assert {type(value) for value in values} == {int, float, bool, str, tuple}


def test_a_dtype_that_cannot_hold_the_tail_weight_raises():
    with pytest.raises(ValueError, match=r"dtype=<class .numpy.int8.> cannot hold tail_weight=0.25"):
        make_settings(dtype=np.int8, tail_weight=0.25)
