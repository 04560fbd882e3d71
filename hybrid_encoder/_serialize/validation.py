"""Whether what was saved of an encoder can be one: the parts that it must have, and what they may hold.

What is wrong is named, and refused: a damaged file must not become an encoder that encodes otherwise.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from .._fit.importance import MEASURES
from .._input import numbers as _numbers
from .._partial_fit.transfer import ColumnChanges
from .._transform.layout import Layout
from .._transform.output import check_dtype

_MOST = 2**31 - 1
_NEEDED = (
    "n_features_in_",
    "n_features_out_",
    "vocabularies_",
    "n_slots_",
    "n_buckets_",
    "importance_",
    "_kinds",
    "_multi_hot",
    "_settings",
    "_description",
)
_NUMBERS = (np.int64, np.uint64, np.float64, object)
_DTYPES = {None: (object,), "text": (object,), "number": _NUMBERS}
_TYPES: dict[str | None, set[type]] = {None: set(), "text": {str}, "number": {int, float}}


def damaged(what: str) -> NoReturn:
    """Refuse a state."""
    raise ValueError(
        f"The encoder cannot be loaded, as {what}: the file is damaged or was altered. Load it from a "
        "good copy, or fit again."
    )


def _require(holds: object, what: str) -> None:
    if not holds:
        damaged(what)


def check(state: Mapping[str, Any]) -> None:
    """What can be told of a fitted encoder without a look at every value of its heads."""
    for name in _NEEDED:
        _require(name in state, f"{name} is missing")
    n_columns = state["n_features_in_"]
    _require(_is_integer(n_columns, 1), f"n_features_in_ is {n_columns!r}")
    for name in ("vocabularies_", "_kinds", "_multi_hot", "_shares_slots", "_histories"):
        if name in state:
            _check_list(name, state[name], n_columns)
    _check_heads(state)
    _check_settings(state["_settings"])
    n_taken = [len(head) for head in state["vocabularies_"]]
    _check_layout(state, np.array(n_taken), n_columns)
    if "feature_names_in_" in state:
        _check_names(state["feature_names_in_"], n_columns)
    _require(isinstance(state["_description"], dict), "_description is no dict")
    for name, items in state["_description"].items():
        _check_list(f"_description[{name!r}]", items, n_columns)
    importance = state["importance_"]
    known = importance in MEASURES if isinstance(importance, str) else callable(importance)
    _require(known, f"importance_ is {importance!r}")
    labels = state.get("_class_labels")
    _require(labels is None or _is_array(labels, 1), "_class_labels is no array")
    for number, history in enumerate(state.get("_histories", ())):
        _check_history(f"_histories[{number}]", history, n_taken[number], labels)
    if "column_changes_" in state:
        _check_changes(state["column_changes_"])


def _check_heads(state: Mapping[str, Any]) -> None:
    columns = zip(state["vocabularies_"], state["_kinds"], state["_multi_hot"], strict=True)
    for number, (head, kind, lists) in enumerate(columns):
        _require(kind is None or _is_one_of(kind, "text", "number"), f"_kinds[{number}] is {kind!r}")
        _require(isinstance(lists, bool), f"_multi_hot[{number}] is {lists!r}")
        _require(
            _is_array(head, 1) and head.dtype.newbyteorder("=") in _DTYPES[kind],
            f"vocabularies_[{number}] is no array of {kind or 'missing'} values",
        )


def _is_integer(value: Any, least: int, most: int = _MOST) -> bool:
    is_integer = isinstance(value, int | np.integer) and not isinstance(value, bool)
    return is_integer and least <= int(value) <= most


def _is_one_of(value: object, *texts: str) -> bool:
    return isinstance(value, str) and value in texts


def _is_array(value: object, n_dimensions: int, kinds: str | None = None) -> bool:
    return (
        isinstance(value, np.ndarray)
        and value.ndim == n_dimensions
        and (kinds is None or value.dtype.kind in kinds)
    )


def _check_list(name: str, items: Any, n_columns: int) -> None:
    _require(isinstance(items, list), f"{name} is no list")
    _require(len(items) == n_columns, f"{name} has {len(items)} entries for {n_columns} input columns")


def _check_layout(state: Mapping[str, Any], n_taken: NDArray[np.int64], n_columns: int) -> None:
    for name in ("n_buckets_", "n_slots_"):
        sizes = state[name]
        _require(_is_array(sizes, 1, "iu"), f"{name} is no array of integers")
        _require(
            len(sizes) == n_columns, f"{name} has {len(sizes)} entries for {n_columns} input columns"
        )
        _require(((sizes >= 0) & (sizes <= _MOST)).all(), f"{name} has {sizes.tolist()}")
    n_slots = state["n_slots_"]
    for number in np.flatnonzero(n_taken > n_slots).tolist():
        damaged(f"vocabularies_[{number}] has {n_taken[number]} values for {n_slots[number]} slots")
    indicator = state["_settings"]["tail_indicator"]
    width, found = (
        Layout(n_slots, state["n_buckets_"], indicator).n_features_out,
        state["n_features_out_"],
    )
    _require(
        _is_integer(found, 0) and found == width,
        f"n_features_out_ is {found!r}, and slots, buckets and indicators are {width}",
    )


def _check_settings(settings: Any) -> None:
    _require(isinstance(settings, dict), "_settings is no dict")
    allowed: dict[str, Callable[[Any], bool]] = {
        "n_hashes": lambda value: _is_integer(value, 1, 2),
        "tail_weight": lambda value: isinstance(value, float) and 0 < value < np.inf,
        "tail_indicator": lambda value: isinstance(value, bool),
        "handle_missing": lambda value: _is_one_of(value, "value", "ignore", "error"),
        "seed": lambda value: _is_integer(value, 0, 2**32 - 1),
        "dtype": lambda value: isinstance(value, str),
    }
    for name, holds in allowed.items():
        _require(name in settings, f"{name} is missing in _settings")
        _require(holds(settings[name]), f"{name} of _settings is {settings[name]!r}")
    most_classes = settings.get("most_classes")
    _require(most_classes is None or _is_integer(most_classes, 1), f"most_classes is {most_classes!r}")
    try:
        check_dtype(settings["dtype"], settings["tail_weight"])
    except (TypeError, ValueError):
        damaged(f"dtype of _settings is {settings['dtype']!r}")


def _check_names(names: Any, n_columns: int) -> None:
    _require(_is_array(names, 1, "O"), "feature_names_in_ is no array of text")
    _require(
        len(names) == n_columns,
        f"feature_names_in_ has {len(names)} names for {n_columns} input columns",
    )
    _require(all(isinstance(name, str) for name in names), "feature_names_in_ holds more than text")


def _check_history(name: str, history: Any, n_taken: int, labels: NDArray[Any] | None) -> None:
    _require(isinstance(history, dict), f"{name} is no dict")
    n_classes = 1 if labels is None else len(labels)
    for part in ("missing", "totals", "error", "lost", "head"):
        _require(part in history, f"{part} is missing in {name}")
    for part in ("missing", "totals"):
        weights = history[part]
        _require(
            isinstance(weights, list) and len(weights) == n_classes and all(map(_is_weight, weights)),
            f"{part} of {name} is no list of {n_classes} weights",
        )
    for part in ("error", "lost"):
        _require(_is_weight(history[part]), f"{part} of {name} is {history[part]!r}")
    tail, values = history.get("tail", np.empty((0, n_classes))), history.get("tail_values", np.empty(0))
    _require(_is_array(values, 1, "iufO"), f"tail_values of {name} is no array of text or numbers")
    for part, counts, n in (("head", history["head"], n_taken), ("tail", tail, len(values))):
        _require(
            _is_array(counts, 2, "iuf") and counts.shape == (n, n_classes),
            f"{part} of {name} is no array of {n} x {n_classes} weights",
        )
        # A comparison with NaN does not hold.
        _require((counts >= 0).all(), f"{part} of {name} has weights below 0")


def _is_weight(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < np.inf


def _check_changes(changes: Any) -> None:
    _require(isinstance(changes, dict), "column_changes_ is no dict")
    names = {field.name for field in fields(ColumnChanges)}
    _require(set(changes) == names, f"column_changes_ does not hold {', '.join(sorted(names))}")
    arrays = [changes[name] for name in names - {"tail_weight", "n_features_out"}]
    _require(all(isinstance(array, np.ndarray) for array in arrays), "column_changes_ holds no arrays")
    _require(len({array.shape[:1] for array in arrays}) == 1, "the lengths in column_changes_ differ")


def check_values(state: Mapping[str, Any]) -> None:
    """What a checksum vouches for: every value of the heads, and of the tails that are kept."""
    histories = state.get("_histories", [{}] * len(state["_kinds"]))
    for number, (kind, history) in enumerate(zip(state["_kinds"], histories, strict=True)):
        _check_all(f"vocabularies_[{number}]", state["vocabularies_"][number], kind)
        if "tail_values" in history:
            _check_all(f"tail_values of _histories[{number}]", history["tail_values"], kind)


def _check_all(name: str, array: NDArray[Any], kind: str | None) -> None:
    """Whether all values are of one kind, and none is there twice."""
    values = [value for value in array.tolist() if value is not None]
    _require(len(values) >= len(array) - 1, f"{name} has missing twice")
    strange = set(map(type, values)) - _TYPES[kind]
    for value in values if strange else ():
        _require(type(value) not in strange, f"{name} holds {value!r}, no {kind or 'missing'} value")
    keys = values if kind == "text" else _keys(name, array, values)
    if len(set(keys)) < len(keys):
        damaged(f"{name} has {values[_first_repeat(keys)]!r} twice")


def _keys(name: str, array: NDArray[Any], numbers: Sequence[Any]) -> list[int]:
    if array.dtype == object:
        try:
            array = _numbers.from_objects(numbers)
        except OverflowError as error:
            damaged(f"{name} holds {error.args[0]}, which has no key of eight bytes")
    _require((array == array).all(), f"{name} holds NaN")
    return _numbers.keys(array if array.dtype == object else _numbers.widen(array)).tolist()


def _first_repeat(keys: Sequence[Any]) -> int:
    seen: set[Any] = set()
    for place, key in enumerate(keys):
        if key in seen:
            return place
        seen.add(key)
    raise AssertionError("called for keys that do not repeat")
