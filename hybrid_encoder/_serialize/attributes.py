"""What a fitted encoder holds, as plain values for a file, and as it is used."""

from typing import Any

from .._fit.history import History
from .._partial_fit.transfer import ColumnChanges

# What is made anew from the others.
DERIVED = ("_layout", "_settled")


def plain(attributes: dict[str, Any]) -> dict[str, Any]:
    """Attributes as arrays of NumPy, and lists, dicts and numbers of Python; derived ones are left out.

    Examples
    --------
    >>> plain({"seed": 7, "_layout": object()})
    {'seed': 7}
    """
    state = {name: value for name, value in attributes.items() if name not in DERIVED}
    if "_histories" in state:
        state["_histories"] = [history.plain() for history in state["_histories"]]
    if "column_changes_" in state:
        state["column_changes_"] = state["column_changes_"].plain()
    return state


def revived(state: dict[str, Any]) -> dict[str, Any]:
    """What `plain` gave, as attributes.

    Examples
    --------
    >>> revived({"seed": 7})
    {'seed': 7}
    """
    attributes = dict(state)
    if "_histories" in state:
        attributes["_histories"] = [History.from_plain(plain) for plain in state["_histories"]]
    if "column_changes_" in state:
        attributes["column_changes_"] = ColumnChanges(**state["column_changes_"])
    return attributes
