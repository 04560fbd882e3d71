"""The portable form: an encoder's state as a dict that JSON can hold, for other languages to read.

It says in words what docs/how_it_works/format.md describes, and what Python needs beside that to make
the same encoder again.
"""

from collections.abc import Mapping
from typing import Any

from .._transform import hashing as _hashing
from . import checksum as _checksum
from . import (
    document_columns as _columns,
)
from . import (
    document_counts as _counts,
)
from . import (
    document_parameters as _parameters,
)
from . import (
    json_values as _json_values,
)
from . import (
    schema as _schema,
)
from .canonical_json import NoForm, canonical
from .state import check_seal, check_version
from .validation import damaged

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
        "columns": _columns.write(state),
        "parameters": {name: _parameters.write(name, value) for name, value in parameters.items()},
    }
    if "importance_" in state:
        document["importance"] = _parameters.write("importance", state["importance_"])
        functions = [f for f in (state["importance_"], parameters["importance"]) if callable(f)]
        if len(functions) == 2 and functions[0] is not functions[1]:
            raise ValueError("importance is not the function of fit any more. Fit again, then write.")
    if "most_classes" in settings:
        document["most_classes"] = settings["most_classes"]
    if "transform" in state.get("_sklearn_output_config", ()):
        document["set_output"] = state["_sklearn_output_config"]["transform"]
    if counts:
        document["counts"] = _counts.write(state)
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
    _parameters.check_functions(document, functions)
    state = {
        name: _parameters.read(name, item, functions) for name, item in document["parameters"].items()
    }
    state |= _columns.read(document["columns"]) | {
        "format_version_": _json_values.whole(document["format_version"]),
        "n_features_out_": _json_values.whole(document["n_features_out"]),
        "_settings": _settings_of(document),
    }
    _columns.check_places(document, state)
    if "importance" in document:
        state["importance_"] = _parameters.read("importance", document["importance"], functions)
    if "set_output" in document:
        state["_sklearn_output_config"] = {"transform": document["set_output"]}
    if "counts" in document:
        state |= _counts.read(document["counts"], state["_kinds"])
    return state


def _is_text(item: Any, text: str) -> bool:
    return isinstance(item, str) and item == text


def checksum_of(document: Mapping[str, Any]) -> str:
    """The checksum of a document; one that it has already plays no part."""
    signed = {name: item for name, item in document.items() if name != "checksum"}
    return _checksum.of_bytes(canonical(signed).encode())


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
