"""What a release has written is read by all later ones: files of each stand in tests/data.

No file here is ever made anew. Where one of these tests fails, the form has changed and needs a format
version of its own.
"""

import json
from pathlib import Path

import pytest

from tests.data.make_release import ENCODERS, FORMS, ROWS, go_on, told
from tests.fitted import fitted

RELEASES = sorted((Path(__file__).parents[1] / "data").glob("release_*"))
KEEPS_COUNTS = [form for form in FORMS if form != "json"]

of_each_release = pytest.mark.parametrize("release", RELEASES, ids=lambda folder: folder.name)
of_each_encoder = pytest.mark.parametrize("name", ENCODERS)


def read(release, name, form):
    if form == "skops":
        pytest.importorskip("skops.io")
    _, reader = FORMS[form]
    return reader((release / f"{name}.{form}").read_bytes())


def expected(release, name):
    return json.loads((release / f"{name}.expected.json").read_text())


def without_changes(encoder):
    """All that JSON holds of an encoder with its counts."""
    return {key: value for key, value in fitted(encoder).items() if key != "column_changes_"}


def test_there_are_releases():
    assert RELEASES


@of_each_release
@of_each_encoder
@pytest.mark.parametrize("form", FORMS)
def test_rows_are_encoded_as_they_were(release, name, form):
    assert told(read(release, name, form)) == expected(release, name)["fitted"]


@of_each_release
@of_each_encoder
def test_fit_learns_what_it_did(release, name):
    assert told(ENCODERS[name]()) == expected(release, name)["fitted"]
    assert told(go_on(ENCODERS[name]())) == expected(release, name)["gone_on"]


@of_each_release
@of_each_encoder
@pytest.mark.parametrize("form", KEEPS_COUNTS)
def test_what_is_read_is_what_fit_gives(release, name, form):
    found, anew = read(release, name, form), ENCODERS[name]()
    state = without_changes if form == "counts.json" else fitted
    assert state(found) == state(anew)
    assert found.get_params() == anew.get_params()


@of_each_release
@of_each_encoder
def test_a_document_without_counts_is_what_fit_gives(release, name):
    assert read(release, name, "json").to_dict() == ENCODERS[name]().to_dict()


@of_each_release
@of_each_encoder
@pytest.mark.parametrize("form", KEEPS_COUNTS)
def test_learning_goes_on(release, name, form):
    found = go_on(read(release, name, form))
    assert told(found) == expected(release, name)["gone_on"]
    assert fitted(found) == fitted(go_on(ENCODERS[name]()))


@of_each_release
@of_each_encoder
def test_documents_are_written_as_they_were(release, name):
    encoder = ENCODERS[name]()
    for form, counts in (("json", False), ("counts.json", True)):
        assert encoder.to_dict(counts=counts) == json.loads((release / f"{name}.{form}").read_text())


@of_each_encoder
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("goes_on", [False, True], ids=["fitted", "gone-on"])
def test_what_is_written_today_is_read(name, form, goes_on):
    if form == "skops":
        pytest.importorskip("skops.io")
    encoder = go_on(ENCODERS[name]()) if goes_on else ENCODERS[name]()
    writer, reader = FORMS[form]
    found = reader(writer(encoder))
    assert told(found) == told(encoder)
    if form in KEEPS_COUNTS:
        state = without_changes if form == "counts.json" else fitted
        assert state(found) == state(encoder)


def test_what_is_frozen_is_worth_it():
    """Every kind of column, classes, lost counts and slots that changed hands are in the files."""
    supervised, streamed = (make() for make in ENCODERS.values())
    assert supervised.report()["kind"].tolist() == ["text", "number", "number", "list of text"]
    assert len(supervised._class_labels) == 3
    assert streamed.report()["count_error"].max() > 0
    assert len(streamed.column_changes_) > 0
    for encoder in (supervised, streamed):
        assert len(go_on(encoder).column_changes_) > 0
        assert (encoder.transform(ROWS).data != 1).any()
