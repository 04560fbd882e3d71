"""The counts that `partial_fit` goes on from, in the portable form."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import json_values as _json_values
from .validation import damaged


def write(state: Mapping[str, Any]) -> dict[str, Any]:
    """The counts of all columns by the same classes, from the state of an encoder."""
    if "_histories" not in state:
        raise ValueError("This encoder has no counts to write. Fit it again, or set counts=False.")
    columns = []
    for history, kind in zip(state["_histories"], state["_kinds"], strict=True):
        values = history.get("tail_values", np.empty(0))
        columns.append(
            {
                **history,
                "head": history["head"].tolist(),
                "tail_values": _json_values.values(values, kind),
                "tail": history.get("tail", values).tolist(),
            }
        )
    return {"classes": _classes(state["_class_labels"]), "columns": columns}


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
        return {"kind": "number", "values": _json_values.values(labels, "number")}
    raise ValueError(
        f"The label {values[0]!r} of y has no form in JSON. Set counts=False, or fit with labels that "
        "are text or numbers."
    )


def read(counts: Mapping[str, Any], kinds: Sequence[str | None]) -> dict[str, Any]:
    """What the state has of the counts, of columns of these kinds."""
    labels = _labels(counts["classes"])
    n_classes = 1 if labels is None else len(labels)
    columns = counts["columns"]
    if len(columns) != len(kinds):
        damaged(f"counts.columns has {len(columns)} entries for {len(kinds)} input columns")
    histories = [
        _history(column, kind, n_classes, f"counts.columns[{number}]")
        for number, (column, kind) in enumerate(zip(columns, kinds, strict=True))
    ]
    return {"_class_labels": labels, "_histories": histories}


def _labels(classes: Mapping[str, Any] | None) -> NDArray[Any] | None:
    if classes is None:
        return None
    values, kind = classes["values"], classes["kind"]
    if kind == "boolean":
        return np.array(values)
    return _json_values.values_of(values, kind, "counts.classes")


def _history(column: Mapping[str, Any], kind: str | None, n_classes: int, name: str) -> dict[str, Any]:
    history = {
        "head": _table(column["head"], n_classes, f"{name}.head"),
        "missing": list(map(float, column["missing"])),
        "totals": list(map(float, column["totals"])),
        "error": float(column["error"]),
        "lost": float(column["lost"]),
    }
    if column["tail_values"]:
        history["tail_values"] = _json_values.values_of(
            column["tail_values"], kind, f"{name}.tail_values"
        )
        history["tail"] = _table(column["tail"], n_classes, f"{name}.tail")
    return history


def _table(rows: Sequence[Sequence[float]], n_classes: int, name: str) -> NDArray[np.float64]:
    for number, row in enumerate(rows):
        if len(row) != n_classes:
            damaged(f"{name}[{number}] has {len(row)} weights for {n_classes} classes")
    return np.array(rows, dtype=np.float64).reshape(len(rows), n_classes)
