"""Which type each column of the input has, and what it is used for, from all that takes it."""

from collections.abc import Mapping, Sequence
from typing import Literal

from ._input_types import check_columns, check_held, kind_of
from ._parts import Encoded, Numbers
from ._steps import Binned, Change, Flagged, in_float32, rounds

# As an encoder's own value it has to be exact; as a number to a step it has to be one of that size;
# and where steps round it before an encoder or bins see it, to the last bit as Python does.
Use = Literal["key", "number", "rounded"]

Part = Encoded | Numbers


def uses_of(parts: Sequence[Part], kinds: Mapping[int, str]) -> dict[int, set[Use]]:
    """What each column of the input is used for, by its position."""
    uses: dict[int, set[Use]] = {number: set() for number in kinds}
    for part in parts:
        for number, changes in _ways(part):
            if changes or isinstance(part, Numbers):
                uses[number].add("number")
            if _rounded(part, changes):
                uses[number].add("rounded")
        if isinstance(part, Encoded):
            in_doubles = _comes_as_doubles(part, kinds)
            for source in part.sources:
                if not source.changes:
                    # A matrix of doubles rounds integers in Python too.
                    same = in_doubles and source.in_matrix and kinds[source.column] == "double"
                    uses[source.column].add("number" if same else "key")
    return uses


def kinds_of(
    names: Sequence[str], parts: Sequence[Part], given: Mapping[int, str], missing: str | None
) -> dict[int, str]:
    """The type of each column that is needed, by its position.

    Parameters
    ----------
    names : sequence of str
        Of the columns.
    parts : sequence of Encoded or Numbers
        What takes them.
    given : mapping of int to str
        The types that are asked for.
    missing : str or None
        The text that stands for a missing one.

    Raises
    ------
    ValueError
        If no type is right for all that takes a column, or if the one that is given is not.
    """
    kinds: dict[int, str] = {}
    encoded = [part for part in parts if isinstance(part, Encoded)]
    for one in encoded:
        check_columns(one.encoder, missing)
        for number, source in enumerate(one.sources):
            if not source.changes:
                kind = kind_of(one.encoder, number, given.get(source.column))
                other = kinds.setdefault(source.column, kind)
                if kind != other:
                    _refuse_both(names[source.column], kind, other)
                    kinds[source.column] = "double"  # has what is whole to one of them too
    for part in parts:
        for number, changes in _ways(part):
            if changes or isinstance(part, Numbers):
                kinds[number] = _number(names[number], kinds.get(number), given.get(number, "double"))
    for one in encoded:
        if _comes_as_doubles(one, kinds):
            _make_doubles(names, one, kinds, given)
    uses = uses_of(parts, kinds)
    for part in parts:
        _check(names, part, kinds, uses)
    return kinds


def _ways(part: Part) -> list[tuple[int, list[Change]]]:
    """The columns of the input that a part takes, and what is done to each."""
    if isinstance(part, Numbers):
        return [(number, part.changes) for number in part.columns]
    return [(source.column, source.changes) for source in part.sources]


def _rounded(part: Part, changes: Sequence[Change]) -> bool:
    """Whether numbers are rounded on their way to where the last bit counts."""
    if isinstance(part, Encoded):
        return any(map(rounds, changes))
    bins = [number for number, change in enumerate(changes) if isinstance(change, Binned)]
    return bool(bins) and any(map(rounds, changes[: bins[-1]]))


def _number(label: str, known: str | None, kind: str) -> str:
    """The type of a column that is a number to what takes it."""
    if known is not None:
        _refuse_both(label, known, "double")
        return known
    if kind == "string":
        raise ValueError(f"Column {label!r} is a number to the model, and cannot be of type 'string'.")
    return kind


def _refuse_both(label: str, kind: str, other: str) -> None:
    if "string" in (kind, other) and kind != other:
        raise ValueError(
            f"Column {label!r} is text to one step and a number to another: no tensor is both. Pass it "
            "in two columns."
        )


def _comes_as_doubles(part: Encoded, kinds: Mapping[int, str]) -> bool:
    """Whether columns come to an encoder in one matrix, and in doubles, as one of them has fractions."""
    beside = [source for source in part.sources if source.in_matrix]
    held = {kinds[source.column] for source in beside if not source.changes}
    # Flags are booleans, which leave integers as they are; texts make a matrix of objects.
    made = {type(source.changes[-1]) for source in beside if source.changes} - {Flagged}
    return "string" not in held and bool(made or held & {"double", "float"})


def _make_doubles(
    names: Sequence[str], part: Encoded, kinds: dict[int, str], given: Mapping[int, str]
) -> None:
    for source in part.sources:
        number = source.column
        if source.in_matrix and not source.changes and kinds[number] == "int64":
            if given.get(number) == "int64":
                raise ValueError(
                    f"Column {names[number]!r} comes to the encoder in one matrix with numbers that "
                    "have fractions, as a double, so that it cannot be of type 'int64'. Leave its type "
                    "out; or give the encoder a DataFrame: .set_output(transform='pandas') before fit."
                )
            kinds[number] = "double"


def _check(
    names: Sequence[str], part: Part, kinds: Mapping[int, str], uses: Mapping[int, set[Use]]
) -> None:
    """Refuse types in which a part would see other numbers than it saw at fit."""
    for number, changes in _ways(part):
        if _rounded(part, changes) and (kinds[number] == "float" or any(map(in_float32, changes))):
            raise ValueError(
                f"Column {names[number]!r} is scaled or filled before its last bit counts, for a key or "
                "at the edge of a bin. In float32 Python rounds it otherwise than the graph: fit the "
                "pipeline on float64 (X.astype(float)), and leave the type 'float' out."
            )
    if isinstance(part, Encoded):
        for number, source in enumerate(part.sources):
            if not source.changes:
                is_number = "number" in uses[source.column]
                check_held(part.encoder, number, kinds[source.column], is_number)
