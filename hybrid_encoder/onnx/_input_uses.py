"""How the parts of a pipeline use each input column, and a type that all of these uses accept."""

from collections.abc import Mapping, Sequence
from typing import Literal

from ._input_types import check_columns, check_vocabulary, type_of
from ._models import Encoded, Numbers, Part

# As a category of an encoder ("key") a value must be exact. As a "number" it may be rounded to double.
Use = Literal["key", "number"]


def uses_of(parts: Sequence[Part], types: Mapping[int, str]) -> dict[int, set[Use]]:
    """Uses of each input column, by position."""
    uses: dict[int, set[Use]] = {column: set() for column in types}
    for part in parts:
        for column in _number_columns(part):
            uses[column].add("number")
        if isinstance(part, Encoded):
            is_double = _is_double_matrix(part, types)
            for source in part.sources:
                if source.bins is None:
                    # In Python, a matrix of doubles rounds integers too.
                    rounded = is_double and source.in_matrix and types[source.column] == "double"
                    uses[source.column].add("number" if rounded else "key")
    return uses


def types_of(
    names: Sequence[str], parts: Sequence[Part], requested: Mapping[int, str], missing: str | None
) -> dict[int, str]:
    """Types of the input columns that the parts use, by position.

    Parameters
    ----------
    names : sequence of str
        Names of all columns.
    parts : sequence of Encoded or Numbers
        The parts of the pipeline.
    requested : mapping of int to str
        Types that the user requests, by position.
    missing : str or None
        Text that stands for missing values.

    Raises
    ------
    ValueError
        If the uses of a column need different types, or if one does not accept the requested type.
    """
    types: dict[int, str] = {}
    encoded = [part for part in parts if isinstance(part, Encoded)]
    for part in encoded:
        check_columns(part.encoder, missing)
        for number, source in enumerate(part.sources):
            if source.bins is None:
                kind = type_of(part.encoder, number, requested.get(source.column))
                other = types.setdefault(source.column, kind)
                if kind != other:
                    _check_compatible(names[source.column], kind, other)
                    types[source.column] = "double"
    for column in (column for part in parts for column in _number_columns(part)):
        if column in types:
            _check_compatible(names[column], types[column], "double")
        elif requested.get(column) == "string":
            raise ValueError(
                f"Column {names[column]!r} is used as a number and cannot have the type 'string'. Use "
                "'int64', 'double' or 'float'."
            )
        else:
            types[column] = requested.get(column, "double")
    for part in encoded:
        if _is_double_matrix(part, types):
            _use_doubles(names, part, types, requested)
    uses = uses_of(parts, types)
    for part in encoded:
        for number, source in enumerate(part.sources):
            if source.bins is None:
                is_number = "number" in uses[source.column]
                check_vocabulary(part.encoder, number, types[source.column], is_number)
    return types


def _number_columns(part: Part) -> list[int]:
    """Input columns that a part uses as numbers."""
    if isinstance(part, Numbers):
        return part.columns
    return [source.column for source in part.sources if source.bins is not None]


def _check_compatible(label: str, kind: str, other: str) -> None:
    if "string" in (kind, other) and kind != other:
        raise ValueError(
            f"Column {label!r} is text to one step and a number to another; a tensor cannot hold both. "
            "Pass the column twice, under two names."
        )


def _is_double_matrix(part: Encoded, types: Mapping[int, str]) -> bool:
    """Whether columns reach an encoder in one NumPy array of doubles, as one of them has fractions."""
    sources = [source for source in part.sources if source.in_matrix]
    kinds = {types[source.column] for source in sources if source.bins is None}
    # Text makes an array of objects. The booleans of a MissingIndicator leave integers unchanged.
    has_bins = any(source.bins is not None and not source.bins.is_indicator for source in sources)
    return "string" not in kinds and (has_bins or bool(kinds & {"double", "float"}))


def _use_doubles(
    names: Sequence[str], part: Encoded, types: dict[int, str], requested: Mapping[int, str]
) -> None:
    for source in part.sources:
        column = source.column
        if source.in_matrix and source.bins is None and types[column] == "int64":
            if requested.get(column) == "int64":
                raise ValueError(
                    f"Column {names[column]!r} reaches the encoder as a double, in one NumPy array with "
                    "columns that have fractions, and cannot have the type 'int64'. Leave its type out; "
                    "or call .set_output(transform='pandas') on the ColumnTransformer before fit."
                )
            types[column] = "double"
