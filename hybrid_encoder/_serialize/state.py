"""The state of a pickle: plain arrays, lists and numbers, with a checksum."""

from collections.abc import Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np

from .._fit.coverage import Coverage
from .._fit.fit import labels_of
from .._fit.fitted import Fitted
from .._fit.history import History
from .._partial_fit.transfer import ColumnChanges
from .._transform.fitted_column import ColumnContent, fitted_columns
from .._transform.layout import Layout
from .._transform.settings import Settings
from .._transform.vocabulary import Vocabulary
from .checksum import of_values
from .packing import pack, unpack
from .validation import check_checksum, check_release, check_version, check_width, raise_damaged

CHECKSUM_KEY = "_checksum"

_PACKED = ("_fitted", "column_changes_")  # attributes that hold values of columns


def state_of(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes of an encoder as plain values, with a checksum.

    Examples
    --------
    >>> attributes_of(state_of({"seed": 7}))
    {'seed': 7}
    >>> attributes_of(state_of({"seed": 7}) | {"seed": 8})
    Traceback (most recent call last):
        ...
    ValueError: The encoder cannot be loaded, as its checksum does not fit: the file is damaged or was
    altered. Load it from a good copy, or fit again.
    """
    state = dict(attributes)
    if "_fitted" in state:
        state["_fitted"] = _plain_fitted(state["_fitted"])
    if "column_changes_" in state:
        changes = state["column_changes_"]
        state["column_changes_"] = {
            field.name: getattr(changes, field.name) for field in fields(changes)
        }
    packed = state | {name: pack(state[name]) for name in _PACKED if name in state}
    return packed | {CHECKSUM_KEY: of_values(packed)}


def attributes_of(state: Any) -> dict[str, Any]:
    """The attributes of an encoder, from the result of `state_of`.

    Raises
    ------
    ValueError
        If the state was altered, or has another format version.
    """
    if not isinstance(state, dict):
        raise_damaged(f"its state is of type {type(state).__name__}, not a dict")
    attributes = {name: value for name, value in state.items() if name != CHECKSUM_KEY}
    check_release("vocabularies_" in attributes)
    fitted = attributes.get("_fitted")
    if "_fitted" in attributes:
        check_version(fitted.get("format_version") if isinstance(fitted, dict) else None)
    try:
        check_checksum(state.get(CHECKSUM_KEY), of_values(attributes))
    except RecursionError:
        raise_damaged("its values contain themselves")
    plain = {name: unpack(attributes[name]) for name in _PACKED if name in attributes}
    if "_fitted" in plain:
        attributes["_fitted"] = _fitted(plain["_fitted"])
    if "column_changes_" in plain:
        attributes["column_changes_"] = ColumnChanges(**plain["column_changes_"])
    return attributes


def _plain_fitted(fitted: Fitted) -> dict[str, Any]:
    """A fitted state as arrays, lists, dicts, numbers and text."""
    histories: Sequence[History | None] = fitted.histories or [None] * len(fitted.columns)
    return {
        "format_version": fitted.format_version,
        "settings": fitted.settings.plain(),
        "feature_names": fitted.feature_names,
        "importance": fitted.importance,
        "class_labels": fitted.class_labels,
        "n_features_out": fitted.layout.n_features_out,
        "columns": [
            {
                "kind": column.kind,
                "multi_hot": column.multi_hot,
                "n_slots": column.n_slots,
                "n_buckets": column.locator.n_buckets,
                "head": column.vocabulary.values,
                "coverage": asdict(coverage),
                "counts": None if history is None else history.plain(),
            }
            for column, coverage, history in zip(
                fitted.columns, fitted.coverages, histories, strict=True
            )
        ],
    }


def _fitted(plain: dict[str, Any]) -> Fitted:
    """A fitted state, from the result of `_plain_fitted`."""
    columns = plain["columns"]
    settings = Settings.from_plain(plain["settings"])
    counts = [column["counts"] for column in columns]
    fitted = build_fitted(
        settings,
        plain["feature_names"],
        columns,
        [None if part is None else History.from_plain(part) for part in counts],
        plain["importance"],
        plain["class_labels"],
    )
    return check_width(fitted, plain["n_features_out"])


def build_fitted(
    settings: Settings,
    feature_names: Any,
    columns: list[dict[str, Any]],
    histories: list[History | None],
    importance: Any,
    class_labels: Any,
) -> Fitted:
    """A fitted state, from the plain columns of a pickle or a document.

    Parameters
    ----------
    settings, feature_names, importance, class_labels
        As in `Fitted`.
    columns : list of dict
        With the keys ``kind``, ``multi_hot``, ``n_slots``, ``n_buckets``, ``head`` and ``coverage``.
    histories : list of History or None
        The counts of each column; None if they were not saved.
    """
    sizes = [[column[name] for column in columns] for name in ("n_slots", "n_buckets")]
    n_slots, n_buckets = np.array(sizes, dtype=np.int64)
    layout = Layout(n_slots, n_buckets, settings.tail_indicator)
    contents = [
        ColumnContent(kind := column["kind"], column["multi_hot"], Vocabulary(column["head"], kind))
        for column in columns
    ]
    known = [history for history in histories if history is not None]
    return Fitted(
        settings,
        feature_names,
        layout,
        fitted_columns(labels_of(feature_names, len(columns)), contents, layout, settings),
        [Coverage(**column["coverage"]) for column in columns],
        known if len(known) == len(columns) else None,
        importance,
        class_labels,
    )
