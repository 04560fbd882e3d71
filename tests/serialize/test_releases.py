"""Files of every release, which later releases must read.

A failure of one of these tests means that the saved form has changed, which needs a new format version
once the release is out.
"""

import json
from pathlib import Path

import pytest

from hybrid_encoder import HybridHashEncoder
from tests.data.make_release import ENCODERS, FORMS, ROWS, in_form, output_of, update
from tests.fitted import fitted

RELEASES = sorted((Path(__file__).parents[1] / "data").glob("release_*"))
WITH_COUNTS = [form for form in FORMS if form != "json"]

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
    """The fitted state without `column_changes_`, which JSON documents do not hold."""
    return fitted(encoder)["_fitted"]


def test_there_is_a_release():
    assert RELEASES


@of_each_release
@of_each_encoder
@pytest.mark.parametrize("form", FORMS)
def test_a_file_encodes_rows_as_when_it_was_written(release, name, form):
    assert output_of(read(release, name, form)) == expected(release, name)["fitted"]


@of_each_release
@of_each_encoder
def test_fit_has_the_same_result_as_in_the_release(release, name):
    assert output_of(ENCODERS[name]()) == expected(release, name)["fitted"]
    assert output_of(update(ENCODERS[name]())) == expected(release, name)["updated"]


@of_each_release
@of_each_encoder
@pytest.mark.parametrize("form", WITH_COUNTS)
def test_a_file_holds_the_same_state_as_a_new_fit(release, name, form):
    found, new = read(release, name, form), ENCODERS[name]()
    state = without_changes if form == "counts.json" else fitted
    assert state(found) == state(new)
    assert found.get_params() == new.get_params()


@of_each_release
@of_each_encoder
def test_a_document_without_counts_is_that_of_a_new_fit(release, name):
    assert read(release, name, "json").to_dict() == ENCODERS[name]().to_dict()


@of_each_release
@of_each_encoder
@pytest.mark.parametrize("form", WITH_COUNTS)
def test_partial_fit_continues_from_a_file(release, name, form):
    found = update(read(release, name, form))
    assert output_of(found) == expected(release, name)["updated"]
    assert fitted(found) == fitted(update(ENCODERS[name]()))


@of_each_release
@of_each_encoder
@pytest.mark.parametrize(("form", "counts"), [("json", False), ("counts.json", True)])
def test_a_document_is_written_as_in_the_release(release, name, form, counts):
    written = json.loads((release / f"{name}.{form}").read_text())
    assert ENCODERS[name]().to_dict(counts=counts) == written


@of_each_encoder
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("updated", [False, True], ids=["fitted", "updated"])
def test_every_form_is_written_and_read(name, form, updated):
    if form == "skops":
        pytest.importorskip("skops.io")
    encoder = update(ENCODERS[name]()) if updated else ENCODERS[name]()
    writer, reader = FORMS[form]
    found = reader(writer(encoder))
    assert output_of(found) == output_of(encoder)
    if form in WITH_COUNTS:
        state = without_changes if form == "counts.json" else fitted
        assert state(found) == state(encoder)


def test_the_files_cover_names_kinds_classes_dropped_counts_and_replacements():
    supervised, streamed = (make() for make in ENCODERS.values())
    assert supervised.report()["kind"].tolist() == ["text", "number", "number", "list of text"]
    assert len(supervised._fitted.class_labels) == 3
    assert hasattr(streamed, "feature_names_in_")
    assert not hasattr(supervised, "feature_names_in_")
    assert streamed.report()["count_error"].max() > 0
    assert len(streamed.column_changes_) > 0
    for encoder in (supervised, streamed):
        assert len(update(encoder).column_changes_) > 0
        assert (encoder.transform(in_form(encoder, ROWS)).data != 1).any()


def test_a_release_has_files_of_this_format_version():
    version = HybridHashEncoder().fit([["a"]]).format_version_
    assert version in {read(release, "streamed", "json").format_version_ for release in RELEASES}
