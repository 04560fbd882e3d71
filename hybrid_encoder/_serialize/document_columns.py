"""The input columns in the JSON document, and their counts."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .._fit.fitted import Fitted
from .._fit.history import History
from .._transform import hashing as _hashing
from . import json_values as _json
from .validation import raise_damaged

_COUNTS = ("distinct", "tail_values")  # the integers in a coverage


def write(fitted: Fitted) -> list[dict[str, Any]]:
    """The entries of the document for the input columns."""
    names = fitted.feature_names
    return [
        {
            "name": None if names is None else names[number],
            "kind": column.kind,
            "lists": column.multi_hot,
            "first_column": column.start,
            "n_slots": column.n_slots,
            "n_buckets": column.locator.n_buckets,
            "head": _json.values(column.vocabulary.values, column.kind),
            "coverage": asdict(coverage),
        }
        for number, (column, coverage) in enumerate(zip(fitted.columns, fitted.coverages, strict=True))
    ]


def read(columns: Sequence[Mapping[str, Any]]) -> tuple[NDArray[Any] | None, list[dict[str, Any]]]:
    """Names of the input columns, and their entries in the form that `build_fitted` takes."""
    names = [column["name"] for column in columns]
    plain = [
        {
            "kind": column["kind"],
            "multi_hot": column["lists"],
            "n_slots": _json.whole(column["n_slots"]),
            "n_buckets": _json.whole(column["n_buckets"]),
            "head": _json.values_of(column["head"], column["kind"], f"columns[{number}].head"),
            "coverage": {
                name: _json.whole(item) if name in _COUNTS else float(item)
                for name, item in column["coverage"].items()
            },
        }
        for number, column in enumerate(columns)
    ]
    return None if None in names else np.array(names, dtype=object), plain


def seeds_of(seed: int) -> list[int]:
    """The seeds of both hash functions."""
    return list(_hashing.seeds_of(seed, 2))


def check_derived(document: Mapping[str, Any], fitted: Fitted) -> None:
    """Check members that are computed from others; they are written so that readers need not do that."""
    starts = [column.start for column in fitted.columns]
    for number, (column, start) in enumerate(zip(document["columns"], starts, strict=True)):
        if column["first_column"] != start:
            raise_damaged(
                f"columns[{number}].first_column is {column['first_column']}, and must be {start}"
            )
    if document["seeds"] != seeds_of(fitted.settings.seed):
        raise_damaged(f"seeds are {document['seeds']}, and the second must be the first XOR 0x9E3779B9")


def write_counts(fitted: Fitted) -> dict[str, Any]:
    """The counts of all columns by class."""
    if fitted.histories is None:
        raise ValueError("This encoder has no counts to write. Fit it again, or set counts=False.")
    columns = []
    for history, column in zip(fitted.histories, fitted.columns, strict=True):
        plain = history.plain()
        values = plain.get("tail_values", np.empty(0))
        columns.append(
            {
                **plain,
                "head": plain["head"].tolist(),
                "tail_values": _json.values(values, column.kind),
                "tail": plain.get("tail", values).tolist(),
            }
        )
    return {"classes": _classes(fitted.class_labels), "columns": columns}


def _classes(labels: NDArray[Any] | None) -> dict[str, Any] | None:
    if labels is None:
        return None
    values = labels.tolist()
    types = set(map(type, values))
    if types == {bool}:
        return {"kind": "boolean", "values": values}
    if types == {str}:
        return {"kind": "text", "values": values}
    if types <= {int, float}:
        return {"kind": "number", "values": _json.values(labels, "number")}
    raise ValueError(
        f"JSON cannot hold the label {values[0]!r} of y. Set counts=False, or fit with labels that are "
        "text or numbers."
    )


def read_counts(
    counts: Mapping[str, Any] | None, columns: Sequence[Mapping[str, Any]]
) -> tuple[NDArray[Any] | None, list[History | None]]:
    """Labels of the classes, and the history of each input column; None if there are no counts."""
    if counts is None:
        return None, [None] * len(columns)
    labels = _read_classes(counts["classes"])
    n_classes = 1 if labels is None else len(labels)
    if len(counts["columns"]) != len(columns):
        raise_damaged(
            f"counts.columns has {len(counts['columns'])} entries for {len(columns)} input columns"
        )
    histories: list[History | None] = [
        _history(part, column["kind"], n_classes, f"counts.columns[{number}]")
        for number, (part, column) in enumerate(zip(counts["columns"], columns, strict=True))
    ]
    return labels, histories


def _read_classes(classes: Mapping[str, Any] | None) -> NDArray[Any] | None:
    if classes is None:
        return None
    values, kind = classes["values"], classes["kind"]
    if kind == "boolean":
        return np.array(values)
    return _json.values_of(values, kind, "counts.classes")


def _history(part: Mapping[str, Any], kind: str | None, n_classes: int, name: str) -> History:
    history = {
        "head": _table(part["head"], n_classes, f"{name}.head"),
        "missing": list(map(float, part["missing"])),
        "totals": list(map(float, part["totals"])),
        "error": float(part["error"]),
        "lost": float(part["lost"]),
    }
    if part["tail_values"]:
        history["tail_values"] = _json.values_of(part["tail_values"], kind, f"{name}.tail_values")
        history["tail"] = _table(part["tail"], n_classes, f"{name}.tail")
    return History.from_plain(history)


def _table(rows: Sequence[Sequence[float]], n_classes: int, name: str) -> NDArray[np.float64]:
    for number, row in enumerate(rows):
        if len(row) != n_classes:
            raise_damaged(f"{name}[{number}] has {len(row)} weights for {n_classes} classes")
    return np.array(rows, dtype=np.float64).reshape(len(rows), n_classes)
