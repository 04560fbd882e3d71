import json
from dataclasses import replace

import numpy as np
import pytest

from hybrid_encoder._transform.settings import Settings
from tests.transform.builders import SETTINGS


@pytest.mark.parametrize(
    ("seed", "n_hashes", "expected"),
    [
        (0, 2, (0, 0x9E3779B9)),
        (0, 1, (0,)),
        (5, 2, (5, 0x9E3779BC)),
        (2**32 - 1, 2, (2**32 - 1, 0x61C88646)),
    ],
)
def test_seeds(seed, n_hashes, expected):
    assert replace(SETTINGS, seed=seed, n_hashes=n_hashes).seeds == expected


@pytest.mark.parametrize(
    ("dtype", "tail_weight", "expected"),
    [
        ("float64", 0.1, 0.1),
        ("float32", 0.1, float(np.float32(0.1))),
        ("float32", 0.5, 0.5),
        ("int8", 2.0, 2.0),
    ],
)
def test_the_stored_tail_weight_is_rounded_to_the_dtype(dtype, tail_weight, expected):
    found = replace(SETTINGS, dtype=dtype, tail_weight=tail_weight).stored_tail_weight
    assert (type(found), found) == (float, expected)


@pytest.mark.parametrize(
    ("handle_missing", "ignore", "refuse"),
    [("value", False, False), ("ignore", True, False), ("error", False, True)],
)
def test_missing_values(handle_missing, ignore, refuse):
    settings = replace(SETTINGS, handle_missing=handle_missing)
    assert (settings.ignore_missing, settings.refuse_missing) == (ignore, refuse)


@pytest.mark.parametrize(
    ("top_k", "max_tracked", "shares", "limits"),
    [
        (("auto", "auto"), None, [True, True], [100, 100]),
        (("auto", 7), 10, [True, False], [10, 7]),
        (("auto", 200), 1000, [True, False], [100, 200]),
        ((None, 0), 10, [False, False], [None, 0]),
    ],
)
def test_limits_of_the_slots(top_k, max_tracked, shares, limits):
    settings = replace(SETTINGS, top_k=top_k, max_features=100, max_tracked=max_tracked)
    assert settings.shares_slots == shares
    assert settings.slot_limits == limits


def test_partial_fit_reads_some_parameters_anew():
    current = SETTINGS.with_current(min_frequency=3, max_tracked=50, decay=1)
    assert current == replace(SETTINGS, min_frequency=3, max_tracked=50, decay=1.0)
    assert type(current.decay) is float


@pytest.mark.parametrize("importance", ["frequency", len], ids=["text", "callable"])
def test_settings_as_plain_values(importance):
    settings = replace(
        SETTINGS, top_k=(3, None, "auto"), n_buckets=(0, "auto", 2), importance=importance, max_tracked=9
    )
    plain = settings.plain()
    assert plain == {
        "top_k": [3, None, "auto"],
        "n_buckets": [0, "auto", 2],
        "max_features": 100,
        "n_hashes": 2,
        "min_frequency": 1,
        "importance": importance,
        "tail_weight": 0.5,
        "tail_indicator": False,
        "handle_missing": "value",
        "seed": 0,
        "dtype": "float64",
        "max_tracked": 9,
        "decay": 1.0,
    }
    assert Settings.from_plain(plain) == settings


def test_settings_after_json():
    settings = Settings.from_plain(json.loads(json.dumps(SETTINGS.plain())))
    assert settings == SETTINGS
    assert hash(settings) == hash(SETTINGS)
