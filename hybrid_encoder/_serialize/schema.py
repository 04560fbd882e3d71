"""The JSON Schema of the document, and a check that a document is valid.

Programs in any language can use the schema. This module implements the few keywords of JSON Schema that
it uses, so that no further package is needed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

_TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


@cache
def schema() -> dict[str, Any]:
    """Read the schema, which is part of the package."""
    path = files("hybrid_encoder") / "data" / "encoder.schema.json"
    return json.loads(path.read_text(encoding="utf-8"))


def first_fault(document: Any) -> str | None:
    """The first error in a document, as text; None if the document is valid.

    Examples
    --------
    >>> first_fault({"format": "hybrid_encoder", "format_version": "1"})
    "format_version is '1', and must be of type integer"
    """
    return next(_faults(document, schema(), ""), None)


def _faults(value: Any, rule: Mapping[str, Any], path: str) -> Iterator[str]:
    if "$ref" in rule:
        rule = schema()["$defs"][rule["$ref"].removeprefix("#/$defs/")]
    name = path or "it"
    if not _is_of(value, list(_TYPES)):
        yield f"{name} is {_shown(value)}, which JSON cannot hold"
        return
    if "type" in rule and not _is_of(value, rule["type"]):
        allowed = rule["type"] if isinstance(rule["type"], list) else [rule["type"]]
        yield f"{name} is {_shown(value)}, and must be of type {' or '.join(allowed)}"
        return
    if "const" in rule and value != rule["const"]:
        yield f"{name} is {_shown(value)}, and must be {rule['const']!r}"
    if "enum" in rule and value not in rule["enum"]:
        yield f"{name} is {_shown(value)}, and must be one of {', '.join(map(repr, rule['enum']))}"
    if "anyOf" in rule and all(any(_faults(value, choice, path)) for choice in rule["anyOf"]):
        yield f"{name} is {_shown(value)}, and has none of the allowed forms"
    if isinstance(value, str) and "pattern" in rule and not re.search(rule["pattern"], value):
        yield f"{name} is {_shown(value)}, and must match {rule['pattern']}"
    if _is_of(value, "number"):
        yield from _faults_of_number(value, rule, name)
    if isinstance(value, dict):
        for member, inner in rule.get("properties", {}).items():
            if member in value:
                yield from _faults(value[member], inner, f"{path}.{member}" if path else member)
        others = [member for member in value if member not in rule.get("properties", {})]
        for member in others if "additionalProperties" in rule else ():
            yield from _faults(value[member], rule["additionalProperties"], f"{path}.{member}")
        for member in rule.get("required", ()):
            if member not in value:
                yield f"{member} is missing" + (f" in {path}" if path else "")
    if isinstance(value, list):
        yield from _faults_of_array(value, rule, name)


def _faults_of_number(value: float, rule: Mapping[str, Any], name: str) -> Iterator[str]:
    least, most = rule.get("minimum", value), rule.get("maximum", value)
    # A comparison with NaN does not hold.
    if not least <= value <= most:
        yield f"{name} is {value!r}, and must be at least {least} and at most {most}"
    if not value > rule.get("exclusiveMinimum", float("-inf")):
        yield f"{name} is {value!r}, and must be above {rule.get('exclusiveMinimum')}"


def _faults_of_array(values: list[Any], rule: Mapping[str, Any], name: str) -> Iterator[str]:
    least, most = rule.get("minItems", 0), rule.get("maxItems", len(values))
    if not least <= len(values) <= most:
        yield f"{name} has {len(values)} entries, and must have {least} to {most}"
    items = rule.get("items")
    if items is None or _are_all_of(values, items):
        return
    for number, value in enumerate(values):
        yield from _faults(value, items, f"{name}[{number}]")


def _are_all_of(values: list[Any], rule: Mapping[str, Any]) -> bool:
    """Whether the rule allows certain types only, and all values have them. Fast for long arrays."""
    if set(rule) != {"type"}:
        return False
    samples = {type(value): value for value in values}
    return "integer" not in rule["type"] and all(_is_of(v, rule["type"]) for v in samples.values())


def _is_of(value: Any, names: str | list[str]) -> bool:
    if isinstance(names, list):
        return any(_is_of(value, name) for name in names)
    if isinstance(value, bool):
        return names == "boolean"
    if names == "integer":
        return isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    return isinstance(value, _TYPES[names])


def _shown(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 80 else shown[:77] + "..."
