"""The JSON document of a fitted encoder, for other languages and for storage.

docs/how_it_works/format.md describes how to encode rows with it. Further members restore the encoder in
Python.
"""

from collections.abc import Mapping
from typing import Any

from .._fit.fitted import Fitted
from .._transform.settings import Settings
from . import document_columns as _columns
from . import json_values as _json
from . import schema as _schema
from .checksum import of_document
from .state import build_fitted
from .validation import check_checksum, check_release, check_version, check_width, raise_damaged

# Settings needed to encode rows are members of the document; all others are in its member "fit".
_OUTPUT = ("n_hashes", "tail_weight", "tail_indicator", "handle_missing", "dtype")
_PER_COLUMN = ("top_k", "n_buckets")


def document_of(
    fitted: Fitted, parameters: Mapping[str, Any], container: str | None, *, counts: bool
) -> dict[str, Any]:
    """The document of a fitted encoder.

    Parameters
    ----------
    fitted : Fitted
        The fitted state.
    parameters : mapping
        The parameters of the constructor.
    container : str or None
        The container that `set_output` requested.
    counts : bool
        Whether to write the counts from which `partial_fit` continues.

    Raises
    ------
    ValueError
        If JSON cannot hold a parameter or a label of the target, or if `counts` is set and the encoder
        has no counts.
    """
    settings = fitted.settings.plain()
    seed, output = settings.pop("seed"), {name: settings.pop(name) for name in _OUTPUT}
    importances = [f for f in (settings["importance"], parameters["importance"]) if callable(f)]
    if len(importances) == 2 and importances[0] is not importances[1]:
        raise ValueError("importance is not the function used in fit. Fit again before writing.")
    document: dict[str, Any] = {
        "format": "hybrid_encoder",
        "format_version": fitted.format_version,
        "hash": "MurmurHash3_x86_32",
        "seeds": _columns.seeds_of(seed),
        **output,
        "n_features_out": fitted.layout.n_features_out,
        "columns": _columns.write(fitted),
        "importance": _json.parameter("importance", fitted.importance),
        "fit": {
            name: value if name in _PER_COLUMN else _json.parameter(name, value)
            for name, value in settings.items()
        },
        "parameters": {name: _json.parameter(name, value) for name, value in parameters.items()},
    }
    if container is not None:
        document["set_output"] = container
    if counts:
        document["counts"] = _columns.write_counts(fitted)
    return document | {"checksum": of_document(document)}


def read_document(
    document: Any, functions: Mapping[str, Any]
) -> tuple[Fitted, dict[str, Any], str | None]:
    """A fitted state from its document.

    Parameters
    ----------
    document : dict
        The result of `document_of`, perhaps written to JSON and read again.
    functions : mapping
        Functions, which JSON cannot hold, by the name of the parameter.

    Returns
    -------
    fitted, parameters, container
        As in `document_of`.

    Raises
    ------
    ValueError
        If the document was altered, or if a function is missing.
    """
    if isinstance(document, str | bytes):
        raise ValueError("The document is text. Pass the result of json.loads.")
    if not isinstance(document, dict):
        raise_damaged(f"this is of type {type(document).__name__}, not a dict from to_dict")
    if document.get("format") == "hybrid_encoder":
        check_version(_json.whole(document.get("format_version")))
        check_release("fit" not in document and "most_classes" in document)
    fault = _schema.first_fault(document)
    if fault is not None:
        raise_damaged(fault)
    try:
        checksum = of_document(document)
    except ValueError as error:
        raise_damaged(str(error))
    check_checksum(document["checksum"], checksum)
    _json.check_functions(document, functions)
    settings = _read_settings(document, functions)
    names, columns = _columns.read(document["columns"])
    labels, histories = _columns.read_counts(document.get("counts"), columns)
    importance = _json.read_parameter("importance", document["importance"], functions)
    fitted = build_fitted(settings, names, columns, histories, importance, labels)
    _columns.check_derived(document, fitted)
    parameters = {
        name: _json.read_parameter(name, item, functions)
        for name, item in document["parameters"].items()
    }
    check_width(fitted, _json.whole(document["n_features_out"]))
    return fitted, parameters, document.get("set_output")


def _read_settings(document: Mapping[str, Any], functions: Mapping[str, Any]) -> Settings:
    settings = {
        name: list(map(_json.whole, item))
        if name in _PER_COLUMN
        else _json.read_parameter(name, item, functions)
        for name, item in document["fit"].items()
    }
    settings |= {name: document[name] for name in _OUTPUT}
    settings |= {
        "n_hashes": int(document["n_hashes"]),
        "tail_weight": float(document["tail_weight"]),
        "seed": int(document["seeds"][0]),
    }
    return Settings.from_plain(settings)
