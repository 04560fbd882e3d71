"""The portable form: an encoder's state as a dict that JSON can hold, for other languages to read.

It says in words what docs/how_it_works/format.md describes, and what Python needs beside that to make
the same encoder again.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from numbers import Integral
from typing import Any

import numpy as np
from numpy.typing import NDArray

from . import _checksum, _hashing, _json_values, _schema
from ._canonical_json import NoForm, canonical
from ._layout import Layout
from ._state import check_seal, check_version, damaged

# The columns of report() in order, and their types: in JSON members have no order, and 1.0 may be 1.
_REPORT: dict[str, Callable[[Any], Any]] = {
    "kind": str,
    "distinct": int,
    "slots": int,
    "free_slots": int,
    "buckets": int,
    "output_columns": int,
    "head_share": float,
    "tail_share": float,
    "missing_share": float,
    "tail_values": int,
    "expected_collisions": float,
    "starved": bool,
    "count_error": float,
}
_FRACTIONS = ("tail_weight", "decay")  # parameters that may be whole without being integers
_SETTINGS = ("n_hashes", "tail_weight", "tail_indicator", "handle_missing", "dtype")


def document_of(
    state: Mapping[str, Any], parameters: Mapping[str, Any], *, counts: bool
) -> dict[str, Any]:
    """The portable form of a fitted encoder's state.

    Parameters
    ----------
    state : mapping
        What is saved of it, not yet sealed.
    parameters : mapping
        Those of its constructor.
    counts : bool
        Whether to write what `partial_fit` goes on from.

    Raises
    ------
    ValueError
        If a parameter or a label of the target has no form in JSON, or if there are no counts.
    """
    settings = state["_settings"]
    document: dict[str, Any] = {
        "format": "hybrid_encoder",
        "format_version": state["format_version_"],
        "hash": "MurmurHash3_x86_32",
        "seeds": list(_hashing.seeds_of(settings["seed"], 2)),
        **{name: settings[name] for name in _SETTINGS},
        "n_features_out": int(state["n_features_out_"]),
        "columns": _columns(state),
        "parameters": {name: _parameter(name, value) for name, value in parameters.items()},
    }
    if "importance_" in state:
        document["importance"] = _parameter("importance", state["importance_"])
        functions = [f for f in (state["importance_"], parameters["importance"]) if callable(f)]
        if len(functions) == 2 and functions[0] is not functions[1]:
            raise ValueError("importance is not the function of fit any more. Fit again, then write.")
    if "most_classes" in settings:
        document["most_classes"] = settings["most_classes"]
    if "transform" in state.get("_sklearn_output_config", ()):
        document["set_output"] = state["_sklearn_output_config"]["transform"]
    if counts:
        document["counts"] = _counts(state)
    return document | {"checksum": checksum_of(document)}


def state_of(document: Any, functions: Mapping[str, Any]) -> dict[str, Any]:
    """The state of an encoder from its portable form.

    Parameters
    ----------
    document : dict
        What `document_of` gave, or JSON gave back.
    functions : mapping
        Functions that JSON could not hold, by the names of the parameters.

    Raises
    ------
    ValueError
        If the document is not as it was written, or if a function is wanting.
    """
    if isinstance(document, str | bytes):
        raise ValueError("The document is text. Pass what json.loads makes of it.")
    if not isinstance(document, dict):
        damaged(f"this is of type {type(document).__name__}, not the dict that to_dict gave")
    if _is_text(document.get("format"), "hybrid_encoder"):  # or it is none of ours at all
        check_version(_json_values.whole(document.get("format_version")))
    fault = _schema.first_fault(document)
    if fault is not None:
        damaged(fault)
    try:
        check_seal(document["checksum"], checksum_of(document))
    except NoForm as error:
        damaged(f"JSON cannot have made it ({error})")
    _check_functions(document, functions)
    state = {name: _parameter_of(name, item, functions) for name, item in document["parameters"].items()}
    state |= _columns_of(document["columns"]) | {
        "format_version_": _json_values.whole(document["format_version"]),
        "n_features_out_": _json_values.whole(document["n_features_out"]),
        "_settings": _settings_of(document),
    }
    _check_places(document, state)
    if "importance" in document:
        state["importance_"] = _parameter_of("importance", document["importance"], functions)
    if "set_output" in document:
        state["_sklearn_output_config"] = {"transform": document["set_output"]}
    if "counts" in document:
        state |= _histories_of(document["counts"], state["_kinds"])
    return state


def _is_text(item: Any, text: str) -> bool:
    return isinstance(item, str) and item == text


def checksum_of(document: Mapping[str, Any]) -> str:
    """The checksum of a document; one that it has already plays no part."""
    signed = {name: item for name, item in document.items() if name != "checksum"}
    return _checksum.of_bytes(canonical(signed).encode())


# --- Columns ---


def _columns(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    n_columns = state["n_features_in_"]
    layout = Layout(state["n_slots_"], state["n_buckets_"], state["_settings"]["tail_indicator"])
    names = state.get("feature_names_in_", np.full(n_columns, None)).tolist()
    starts, heads, kinds = layout.starts.tolist(), state["vocabularies_"], state["_kinds"]
    columns = [
        {
            "name": names[number],
            "kind": kinds[number],
            "lists": state["_multi_hot"][number],
            "first_column": starts[number],
            "n_slots": int(layout.n_slots[number]),
            "n_buckets": int(layout.n_buckets[number]),
            "head": _json_values.values(heads[number], kinds[number]),
            "report": {name: items[number] for name, items in state["_description"].items()},
        }
        for number in range(n_columns)
    ]
    for column, shares in zip(columns, state.get("_shares_slots", ()), strict=False):
        column["shares_slots"] = shares
    return columns


def _columns_of(columns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    state: dict[str, Any] = {
        "n_features_in_": len(columns),
        "vocabularies_": [
            _json_values.values_of(column["head"], column["kind"], f"columns[{number}].head")
            for number, column in enumerate(columns)
        ],
        "n_slots_": np.array(
            [_json_values.whole(column["n_slots"]) for column in columns], dtype=np.int64
        ),
        "n_buckets_": np.array(
            [_json_values.whole(column["n_buckets"]) for column in columns], dtype=np.int64
        ),
        "_kinds": [column["kind"] for column in columns],
        "_multi_hot": [column["lists"] for column in columns],
        "_description": _description_of([column["report"] for column in columns]),
    }
    names = [column["name"] for column in columns]
    if names.count(None) < len(names):
        # If only some of them have one, the look at the state will tell.
        state["feature_names_in_"] = np.array(names, dtype=object)
    if all("shares_slots" in column for column in columns):
        state["_shares_slots"] = [column["shares_slots"] for column in columns]
    return state


def _check_places(document: Mapping[str, Any], state: Mapping[str, Any]) -> None:
    """What is written for readers that need not compute it must be what we compute."""
    starts = Layout(
        state["n_slots_"], state["n_buckets_"], state["_settings"]["tail_indicator"]
    ).starts.tolist()
    for number, (column, start) in enumerate(zip(document["columns"], starts, strict=False)):
        if column["first_column"] != start:
            damaged(f"columns[{number}].first_column is {column['first_column']}, and must be {start}")
    if document["seeds"] != list(_hashing.seeds_of(state["_settings"]["seed"], 2)):
        damaged(f"seeds are {document['seeds']}, and the second must be the first XOR 0x9E3779B9")


def _description_of(reports: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    return {
        name: [form(report[name]) for report in reports]
        for name, form in _REPORT.items()
        if all(name in report for report in reports)
    }


def _settings_of(document: Mapping[str, Any]) -> dict[str, Any]:
    settings = {name: document[name] for name in _SETTINGS}
    settings |= {
        "n_hashes": int(document["n_hashes"]),
        "tail_weight": float(document["tail_weight"]),
        "seed": int(document["seeds"][0]),
    }
    if "most_classes" in document:
        settings["most_classes"] = _json_values.whole(document["most_classes"])
    return settings


# --- Parameters ---


def _parameter(name: str, value: Any) -> Any:
    """A parameter of the constructor as JSON; a mapping as pairs, as its keys may be positions."""
    if isinstance(value, np.generic):
        value = value.item()
    if name == "dtype":
        with suppress(TypeError):
            return np.dtype(value).name
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, int | float) and value == value:
        return _json_values.number(value)
    if isinstance(value, Mapping) and all(isinstance(key, str | Integral) for key in value):
        return [[_key(key), _parameter(name, own)] for key, own in value.items()]
    if callable(value):
        return {"function": getattr(value, "__qualname__", type(value).__qualname__)}
    raise ValueError(f"{name}={value!r} has no form in JSON. Set {name} to one that fit would take.")


def _key(key: Any) -> str | int:
    return key if isinstance(key, str) else int(key)


def _check_functions(document: Mapping[str, Any], functions: Mapping[str, Any]) -> None:
    """Whether functions are given where the encoder had some, and nowhere else."""
    for name, function in functions.items():
        written = [document["parameters"].get(name), document.get(name)]
        if not any(isinstance(item, dict) for item in written) or not callable(function):
            raise ValueError(
                f"{name}={function!r} cannot be given: it is for a function, which JSON cannot hold, "
                f"and {name} was {written[0]!r}. Leave it out, or use set_params afterwards."
            )


def _parameter_of(name: str, item: Any, functions: Mapping[str, Any]) -> Any:
    if isinstance(item, dict):
        if functions.get(name) is None:
            raise ValueError(
                f"{name} was the function {item.get('function')!r}, which JSON cannot hold. Give it "
                f"again: from_dict(..., {name}=...)."
            )
        return functions[name]
    if name == "dtype":
        with suppress(TypeError):
            return np.dtype(item).type
    if isinstance(item, list):
        return {_json_values.whole(column): _parameter_of(name, own, functions) for column, own in item}
    if isinstance(item, str):
        found = _json_values.number_of(item)
        return item if found is None else found
    return item if name in _FRACTIONS else _json_values.whole(item)


# --- Counts ---


def _counts(state: Mapping[str, Any]) -> dict[str, Any]:
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


def _histories_of(counts: Mapping[str, Any], kinds: Sequence[str | None]) -> dict[str, Any]:
    classes = counts["classes"]
    labels = None
    if classes is not None:
        values, kind = classes["values"], classes["kind"]
        labels = (
            np.array(values)
            if kind == "boolean"
            else _json_values.values_of(values, kind, "counts.classes")
        )
    n_classes = 1 if labels is None else len(labels)
    columns = counts["columns"]
    if len(columns) != len(kinds):
        damaged(f"counts.columns has {len(columns)} entries for {len(kinds)} input columns")
    histories = []
    for number, (column, kind) in enumerate(zip(columns, kinds, strict=True)):
        name = f"counts.columns[{number}]"
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
        histories.append(history)
    return {"_class_labels": labels, "_histories": histories}


def _table(rows: Sequence[Sequence[float]], n_classes: int, name: str) -> NDArray[np.float64]:
    for number, row in enumerate(rows):
        if len(row) != n_classes:
            damaged(f"{name}[{number}] has {len(row)} weights for {n_classes} classes")
    return np.array(rows, dtype=np.float64).reshape(len(rows), n_classes)
