"""Checks of saved encoders: format version, checksum, and the width of the output."""

from typing import NoReturn

from .._fit.fitted import FORMAT_VERSION, Fitted


def raise_damaged(what: str) -> NoReturn:
    """Raise the error for a damaged file."""
    raise ValueError(
        f"The encoder cannot be loaded, as {what}: the file is damaged or was altered. Load it from a "
        "good copy, or fit again."
    )


def check_version(version: object) -> None:
    """Check that this release can read a format version."""
    if type(version) is not int or version != FORMAT_VERSION:
        raise ValueError(
            f"This encoder was saved in format version {version!r}, and this release of hybrid_encoder "
            f"reads version {FORMAT_VERSION}. Load it with the release that saved it, or fit it again."
        )


def check_release(is_of_first_form: bool) -> None:
    """Raise for files of the first version, whose form differed."""
    if is_of_first_form:
        raise ValueError(
            "This encoder was saved by hybrid_encoder 0.1.0, whose files this release cannot read. Fit "
            "and save it again."
        )


def check_checksum(saved: object, checksum: str) -> None:
    """Check the saved checksum."""
    if saved is None:
        raise_damaged("its checksum is missing")
    if not isinstance(saved, str) or saved != checksum:  # an array compares element by element
        raise_damaged("its checksum does not fit")


def check_width(fitted: Fitted, n_features_out: object) -> Fitted:
    """Check that slots, buckets and indicators add up to the saved number of output columns."""
    width = fitted.layout.n_features_out
    if n_features_out != width:
        raise_damaged(
            f"n_features_out is {n_features_out!r}, and slots, buckets and indicators are {width}"
        )
    return fitted
