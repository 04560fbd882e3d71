import copy
import re

import numpy as np
import pytest

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._serialize import attributes as _attributes
from hybrid_encoder._serialize import state as _state
from tests.data.make_golden import PARAMETERS, ROWS
from tests.serialize.test_state import loaded


def objects(*values):
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return cells


WRONG = [
    (["n_features_in_"], "4", "n_features_in_ is '4'"),
    (["n_features_in_"], 3, "vocabularies_ has 4 entries for 3 input columns"),
    (["n_features_out_"], 31, "n_features_out_ is 31, and slots, buckets and indicators are 32"),
    (["vocabularies_"], None, "vocabularies_ is no list"),
    (["vocabularies_", 0], ["US"], "vocabularies_[0] is no array of text values"),
    (["vocabularies_", 1], np.array(["3", "-1"]), "vocabularies_[1] is no array of number values"),
    (["vocabularies_", 0], objects("a", "b", "c"), "vocabularies_[0] has 3 values for 2 slots"),
    (
        ["vocabularies_", 0, "utf8"],
        np.array([0xFF] * 12, dtype=np.uint8),
        "the lengths of vocabularies_[0] are not those of its texts",
    ),
    (["vocabularies_", 0, "utf8", 0], 0xFF, "vocabularies_[0] holds text that is no UTF-8"),
    (["vocabularies_", 0, "forms", 0], 3, "vocabularies_[0] has other values than it has forms"),
    (
        ["vocabularies_", 0, "lengths"],
        np.array([2, 12], dtype=np.int64),
        "lengths of vocabularies_[0] is no array that values are packed into",
    ),
    (
        ["_histories", 0, "tail_values"],
        {},
        "tail_values of _histories[0] is no array of text or numbers",
    ),
    (
        ["_histories", 0, "tail_values"],
        {"forms": np.array([1], dtype=np.uint8)},
        "tail_values of _histories[0] has other values than it has forms",
    ),
    (["_kinds", 1], "date", "_kinds[1] is 'date'"),
    (["_kinds", 1], None, "vocabularies_[1] is no array of missing values"),
    (["_kinds"], ["text"], "_kinds has 1 entries for 4 input columns"),
    (["_multi_hot", 3], 1, "_multi_hot[3] is 1"),
    (["n_slots_"], np.array([2, 2, 2]), "n_slots_ has 3 entries for 4 input columns"),
    (["n_buckets_"], [5, 5, 5, 5], "n_buckets_ is no array of integers"),
    (["n_buckets_", 2], -5, "n_buckets_ has [5, 5, -5, 5]"),
    (["_settings"], [], "_settings is no dict"),
    (["_settings", "n_hashes"], 3, "n_hashes of _settings is 3"),
    (["_settings", "seed"], 2**32, "seed of _settings is 4294967296"),
    (["_settings", "tail_weight"], 0.0, "tail_weight of _settings is 0.0"),
    (["_settings", "handle_missing"], "drop", "handle_missing of _settings is 'drop'"),
    (["_settings", "dtype"], "float16", "dtype of _settings is 'float16'"),
    (["_settings", "dtype"], "number", "dtype of _settings is 'number'"),
    (["_description", "slots"], [2, 2, 2], "_description['slots'] has 3 entries for 4 input columns"),
    (["importance_"], "fame", "importance_ is 'fame'"),
    (["feature_names_in_"], objects("a", "b"), "feature_names_in_ has 2 names for 4 input columns"),
    (["feature_names_in_"], objects("a", "b", "c", 4), "feature_names_in_ holds more than text"),
    (["_histories", 0, "head"], np.zeros((1, 1)), "head of _histories[0] is no array of 2 x 1 weights"),
    (["_histories", 0, "head", 0], -1.0, "head of _histories[0] has weights below 0"),
    (["_histories", 0, "totals"], [1.0, 2.0], "totals of _histories[0] is no list of 1 weights"),
    (["_histories", 0, "error"], -1.0, "error of _histories[0] is -1.0"),
    (["_histories"], [], "_histories has 0 entries for 4 input columns"),
]


@pytest.mark.parametrize(("path", "value", "words"), WRONG, ids=[words for *_, words in WRONG])
@pytest.mark.parametrize("sealed", [False, True], ids=["no-checksum", "checksum"])
def test_what_is_wrong_is_told(path, value, words, sealed):
    state = copy.deepcopy(HybridHashEncoder(**PARAMETERS).fit(ROWS).__getstate__())
    state["_histories"][0]["head"] = state["_histories"][0]["head"].astype(float)
    part = state
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    words = (
        f"{re.escape(words)}.*the file is damaged or was altered. Load it from a good copy, or fit again"
    )
    if not sealed:
        del state["_checksum"]
    with pytest.raises(ValueError, match=words):
        loaded(state)


# What a checksum vouches for in a file, and what else is looked for value by value.
HEADS = [
    (0, objects("a", "a"), "vocabularies_[0] has 'a' twice"),
    (0, objects(None, None), "vocabularies_[0] has missing twice"),
    (0, objects("a", 3), "vocabularies_[0] holds 3, no text value"),
    (1, np.array([3, 3]), "vocabularies_[1] has 3 twice"),
    (1, np.array([0.5, np.nan]), "vocabularies_[1] holds NaN"),
    (1, objects(1, 2**64), "vocabularies_[1] holds 18446744073709551616, which has no"),
    (1, objects(-1, 2**64 - 1), "vocabularies_[1] has 18446744073709551615 twice"),
]


@pytest.mark.parametrize(("number", "head", "words"), HEADS, ids=[words for *_, words in HEADS])
def test_what_is_wrong_in_a_head_is_told(number, head, words):
    state = _attributes.plain(vars(HybridHashEncoder(**PARAMETERS).fit(ROWS)))
    state["vocabularies_"] = [*state["vocabularies_"]]
    state["vocabularies_"][number] = head
    with pytest.raises(ValueError, match=re.escape(words)):
        _state.checked(state)


@pytest.mark.parametrize(
    "name",
    [
        "n_features_in_",
        "n_features_out_",
        "n_buckets_",
        "_kinds",
        "_multi_hot",
        "_settings",
        "_description",
    ],
)
def test_what_is_missing_is_told(name):
    state = HybridHashEncoder(**PARAMETERS).fit(ROWS).__getstate__()
    del state[name], state["_checksum"]
    with pytest.raises(ValueError, match=f"as {name} is missing: the file is damaged or was altered"):
        loaded(state)


@pytest.mark.parametrize("name", ["n_hashes", "tail_weight", "tail_indicator", "seed", "dtype"])
def test_settings_that_are_missing_are_told(name):
    state = HybridHashEncoder(**PARAMETERS).fit(ROWS).__getstate__()
    state["_settings"] = {key: value for key, value in state["_settings"].items() if key != name}
    with pytest.raises(ValueError, match=f"as {name} is missing in _settings: the file is damaged"):
        loaded(state)
