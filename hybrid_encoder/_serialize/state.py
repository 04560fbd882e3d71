"""What an encoder is saved as: plain values, sealed by a checksum, and looked at before they are used.

A file that was cut off, damaged or altered must not become an encoder that encodes otherwise. The
checksum finds any change; what is looked at besides tells what is wrong.
"""

from typing import Any

from . import checksum as _checksum
from . import packing as _packed
from .validation import check, check_values, damaged

FORMAT_VERSION = 1
SEAL = "_checksum"

_VALUES = ("vocabularies_", "_histories", "column_changes_")  # where values of columns are


def sealed(state: dict[str, Any]) -> dict[str, Any]:
    """A state as it is saved: its values packed, with a checksum.

    Examples
    --------
    >>> unsealed(sealed({"seed": 7}))
    {'seed': 7}
    >>> unsealed(sealed({"seed": 7}) | {"seed": 8})
    Traceback (most recent call last):
        ...
    ValueError: The encoder cannot be loaded, as its checksum does not fit: the file is damaged or was
    altered. Load it from a good copy, or fit again.
    """
    packed = state | {name: _packed.pack(state[name]) for name in _VALUES if name in state}
    return packed | {SEAL: _checksum.of_values(packed)}


def unsealed(state: Any) -> dict[str, Any]:
    """The state that was sealed, after a look at it.

    Raises
    ------
    ValueError
        If it is not as it was, or of another format version.
    """
    if not isinstance(state, dict):
        damaged(f"its state is of type {type(state).__name__}, not a dict")
    packed = {key: value for key, value in state.items() if key != SEAL}
    fitted = "vocabularies_" in packed
    if fitted:
        check_version(packed.get("format_version_"))
    try:
        plain = packed | {name: _unpacked(packed[name], name) for name in _VALUES if name in packed}
        if fitted:
            check(plain)
        check_seal(state.get(SEAL), _checksum.of_values(packed))
    except RecursionError:
        damaged("its values hold themselves")
    return plain


def checked(state: dict[str, Any]) -> dict[str, Any]:
    """A fitted encoder's state whose checksum was another one, after a look at it."""
    check(state)
    check_values(state)
    return state


def _unpacked(packed: Any, name: str) -> Any:
    try:
        return _packed.unpack(packed, name)
    except ValueError as error:
        damaged(str(error))


def check_version(version: object) -> None:
    """Whether this release knows a format version."""
    if type(version) is not int or version != FORMAT_VERSION:
        raise ValueError(
            f"This encoder was saved in format version {version!r}, and this release of hybrid_encoder "
            f"reads version {FORMAT_VERSION}. Load it with the release that saved it, or fit it again."
        )


def check_seal(seal: object, checksum: str) -> None:
    """Whether the checksum that was saved is that of what was saved with it."""
    if seal is None:
        damaged("its checksum is missing")
    if seal != checksum:
        damaged("its checksum does not fit")
