"""Columns of a Spark DataFrame in types that an encoder reads, with target and weights."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from .._fit.target import MOST_BY_DEFAULT, read_labels
from .._transform.settings import Measure

_TEXT = (T.StringType, T.CharType, T.VarcharType)


def position_of(name: object, df: DataFrame, role: str) -> int:
    """Position of a column. Spark's look-up by name interprets dots and ignores case."""
    if not isinstance(name, str):
        raise TypeError(f"{role} is the name of a column of df; it is a {type(name).__name__}.")
    places = [place for place, other in enumerate(df.columns) if other == name]
    if not places:
        columns = ", ".join(map(repr, df.columns[:10])) + (", ..." if len(df.columns) > 10 else "")
        raise ValueError(f"df has no column {name!r}, named as {role}. Its columns are {columns}.")
    if len(places) > 1:
        raise ValueError(f"df has {len(places)} columns {name!r}. Rename them, with df.toDF(...).")
    return places[0]


def readable(column: Column, data_type: T.DataType, name: str) -> Column:
    """A column in a type that an encoder reads; text is compared by bytes, not by collation.

    Raises
    ------
    TypeError
        If it holds neither text nor numbers, nor arrays of these.
    """
    is_list = isinstance(data_type, T.ArrayType)
    element = data_type.elementType if isinstance(data_type, T.ArrayType) else data_type
    if isinstance(element, _TEXT):
        return column.cast("array<string>" if is_list else "string")
    if isinstance(element, T.IntegralType | T.FloatType | T.DoubleType | T.BooleanType | T.NullType):
        return column
    raise TypeError(
        f"Column {name!r} has the Spark type {data_type.simpleString()}; argument must be a string or a "
        f"number, or an array of these. {_remedy(element)}"
    )


def _remedy(data_type: T.DataType) -> str:
    if isinstance(data_type, T.DecimalType):
        return "Cast it to string, which keeps all digits, or to bigint or double."
    if isinstance(data_type, T.StructType | T.MapType):
        return "Select its fields as columns."
    if isinstance(data_type, T.ArrayType):
        return "Flatten it, with pyspark.sql.functions.flatten."
    return 'Cast it, with .cast("string") for example.'


def _label(column: Column, data_type: T.DataType, name: str) -> Column:
    """The target, with null as the only missing value."""
    if isinstance(data_type, T.FloatType | T.DoubleType):
        return F.when(~F.isnan(column), column)
    if isinstance(data_type, _TEXT):
        return column.cast("string")
    if isinstance(data_type, T.IntegralType | T.BooleanType | T.NullType):
        return column
    raise TypeError(
        f"y={name!r} has the Spark type {data_type.simpleString()}; classes are text or numbers. "
        "Cast it, or set importance='frequency'."
    )


def _weight(column: Column, data_type: T.DataType, name: str) -> Column:
    """The weights of rows. A missing weight becomes NaN, so that the sum of the weights is NaN too."""
    if not isinstance(data_type, T.NumericType):
        raise TypeError(
            f"sample_weight={name!r} has the Spark type {data_type.simpleString()}; weights are numbers."
        )
    return F.coalesce(column.cast("double"), F.lit(float("nan")))


@dataclass(frozen=True, slots=True)
class Rows:
    """A DataFrame with numbered columns, as names may hold dots or differ only in case.

    Attributes
    ----------
    frame : DataFrame
        The columns to encode as c0, c1, ..., and the target and the weights by these names.
    names : list of str
        Names of the columns to encode.
    target : str or None
        Name of the target, if it is used.
    weighted : bool
        Whether rows have weights.
    """

    frame: DataFrame
    names: list[str]
    target: str | None
    weighted: bool

    @classmethod
    def of(cls, df: DataFrame, features: list[int], target: int | None, weight: int | None) -> "Rows":
        """Columns of a DataFrame, given by their positions."""

        def read(how: Callable[[Column, T.DataType, str], Column], place: int, alias: str) -> Column:
            return how(F.col(str(place)), df.schema[place].dataType, df.columns[place]).alias(alias)

        columns = [read(readable, place, f"c{number}") for number, place in enumerate(features)]
        if target is not None:
            columns.append(read(_label, target, "target"))
        if weight is not None:
            columns.append(read(_weight, weight, "weight"))
        return cls(
            _with_all_columns(numbered(df)).select(*columns),
            [df.columns[place] for place in features],
            None if target is None else df.columns[target],
            weight is not None,
        )

    @property
    def columns(self) -> list[str]:
        return [f"c{number}" for number in range(len(self.names))]

    @property
    def weight(self) -> Column:
        """The sum of the weights of rows, or their number."""
        return F.sum("weight") if self.weighted else F.count(F.lit(1)).cast("double")

    def data_type(self, column: str) -> T.DataType:
        """The type of a column."""
        return self.frame.schema[column].dataType

    def totals(self) -> dict[str, Any]:
        """Number and weight of all rows, number of labels, and number of list cells per column."""
        asked = [F.count(F.lit(1)).alias("rows"), self.weight.alias("weight")]
        if self.weighted:
            asked.append(F.min("weight").alias("least_weight"))
        if self.target is not None:
            asked.append(F.count("target").alias("labelled"))
        lists = [name for name in self.columns if isinstance(self.data_type(name), T.ArrayType)]
        asked += [F.count(name).alias(name) for name in lists]
        return self.frame.agg(*asked).collect()[0].asDict()

    def classes(self, most: int | None) -> "Labels":
        """At most `most` labels of the target; numbers with fractions, which are not classes, first."""
        groups = self.frame.groupBy("target").agg(self.weight.alias("weight"))
        groups = groups.filter(F.col("target").isNotNull())
        if most is not None:
            if is_float(self.data_type("target")):
                groups = groups.orderBy((F.col("target") % 1 != 0).desc())
            groups = groups.limit(most)
        found = groups.toArrow()
        return Labels(found["target"].to_numpy(), found["weight"].to_numpy())

    def groups(self, column: str, by_class: bool) -> DataFrame:
        """The distinct values of a column, perhaps by class, and the weight of their rows."""
        value = F.col(column)
        if isinstance(self.data_type(column), T.ArrayType):
            value = F.explode(F.coalesce(value, F.array(F.lit(None))))
        by = ["target"] if by_class else []
        weights = ["weight"] if self.weighted else []
        elements = self.frame.select(value.alias("value"), *by, *weights)
        return elements.groupBy("value", *by).agg(self.weight.alias("weight"))


def _with_all_columns(df: DataFrame) -> DataFrame:
    """The same rows; Spark reads all columns even if later steps use only some.

    Spark drops unused columns as early as possible. The rows that `repartition` sends to a partition
    depend on the remaining columns, and the rows that `sample` and `limit` select depend on the
    partitions. Without this filter, columns would be counted over different rows.
    """
    hashed = F.xxhash64(*(F.col(f.name) for f in df.schema if not isinstance(f.dataType, T.MapType)))
    return df.filter(hashed >= F.lit(-(2**63)))  # always true, but Spark must read all columns


def numbered(df: DataFrame) -> DataFrame:
    """The same columns, renamed to 0, 1, ..."""
    return df.toDF(*map(str, range(len(df.columns))))


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels of the classes of the target, and the weights of their rows."""

    labels: NDArray[Any]
    weights: NDArray[np.float64]

    def ascending(self) -> "Labels":
        """The same labels, sorted."""
        order = np.argsort(self.labels)
        return Labels(self.labels[order], self.weights[order])


def classes_of(rows: Rows, importance: str | Measure, totals: dict[str, Any]) -> Labels | None:
    """The classes that a measure uses, by the rules of `fit`; None if it does not use the target."""
    some = rows.classes(MOST_BY_DEFAULT + 1)
    if read_labels(some.labels[:MOST_BY_DEFAULT], importance) is None:
        return None
    missing = totals["rows"] - totals["labelled"]
    if missing:
        raise ValueError(
            f"y={rows.target!r} is missing in {missing} rows, and importance={importance!r} ranks "
            "values by it. Remove these rows, or set importance='frequency'."
        )
    if len(some.labels) <= MOST_BY_DEFAULT:
        return some.ascending()
    if importance == "auto":
        return None
    every = rows.classes(None).ascending()
    read_labels(every.labels, importance)
    return every


def is_float(data_type: T.DataType) -> bool:
    element = data_type.elementType if isinstance(data_type, T.ArrayType) else data_type
    return isinstance(element, T.FloatType | T.DoubleType)
