"""The checks of saved encoders: format version, checksum, and number of output columns.

Any alteration changes the checksum, so values are not checked further (see test_fuzz.py).
"""

import copy
import re

import numpy as np
import pytest

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._serialize import validation as _validation
from hybrid_encoder._serialize.checksum import of_document, of_values
from hybrid_encoder._serialize.state import CHECKSUM_KEY
from tests.sample import encoder, from_state

REMEDY = "the file is damaged or was altered. Load it from a good copy, or fit again."


def test_this_version_is_accepted():
    _validation.check_version(encoder().format_version_)


@pytest.mark.parametrize("version", [0, 2, None, "1", True, 1.0])
def test_other_versions_are_refused(version):
    words = (
        rf"format version {re.escape(repr(version))}, and .* reads version 1\. Load it with the release"
    )
    with pytest.raises(ValueError, match=words):
        _validation.check_version(version)


@pytest.mark.parametrize("version", [0, 2, None, "1", True])
def test_files_of_other_versions_are_refused(version):
    words = rf"saved in format version {re.escape(repr(version))}"
    state = copy.deepcopy(encoder().__getstate__())
    state["_fitted"]["format_version"] = version
    with pytest.raises(ValueError, match=words):
        from_state(state)
    with pytest.raises(ValueError, match=words):
        HybridHashEncoder.from_dict(encoder().to_dict() | {"format_version": version})


@pytest.mark.parametrize(
    ("saved", "words"),
    [
        (None, "its checksum is missing"),
        ("sha256:1", "its checksum does not fit"),
        (7, "its checksum does not fit"),
        (np.array([]), "its checksum does not fit"),
        (np.array(["sha256:0"]), "its checksum does not fit"),
    ],
    ids=str,
)
def test_other_checksums_are_refused(saved, words):
    _validation.check_checksum("sha256:0", "sha256:0")
    with pytest.raises(ValueError, match=re.escape(f"as {words}: {REMEDY}")):
        _validation.check_checksum(saved, "sha256:0")


@pytest.mark.parametrize("width", [31, None, "32", 0], ids=str)
def test_another_width_is_refused(width):
    fitted = encoder()._fitted
    assert _validation.check_width(fitted, 32) is fitted
    words = f"as n_features_out is {width!r}, and slots, buckets and indicators are 32: {REMEDY}"
    with pytest.raises(ValueError, match=re.escape(words)):
        _validation.check_width(fitted, width)


def test_the_width_of_files_is_checked_even_if_their_checksum_fits():
    state = copy.deepcopy(encoder().__getstate__())
    del state[CHECKSUM_KEY]
    state["_fitted"]["n_features_out"] = 31
    document = encoder().to_dict() | {"n_features_out": 31}
    with pytest.raises(ValueError, match="n_features_out is 31, and slots"):
        from_state(state | {CHECKSUM_KEY: of_values(state)})
    with pytest.raises(ValueError, match="n_features_out is 31, and slots"):
        HybridHashEncoder.from_dict(document | {"checksum": of_document(document)})
