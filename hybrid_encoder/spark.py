"""Fit and transform where the data is: over Spark DataFrames, and the same as in memory.

Spark counts every column with its own aggregation. One task per column then looks at the counts where
they are, and sends to the driver those of values that may get a slot, and what the others add up to.
Rows are encoded on the executors, as Arrow, batch by batch.
"""

import copy
import functools
import pickle
import traceback
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from . import _tables
from ._classes import MOST_BY_DEFAULT, read_classes
from ._counts import Classes, Counts, count
from ._encoder import Findings, HybridHashEncoder
from ._heads import Candidates, Plan, candidates
from ._importance import UNSUPERVISED, Measure, takes_target
from ._inside import check_encoder
from ._reading import read_column
from ._summaries import merge

try:
    import pyarrow as pa
    import pyarrow.compute as pc
    from pyspark.ml.linalg import VectorUDT
    from pyspark.sql import Column, DataFrame
    from pyspark.sql import functions as F
    from pyspark.sql import types as T
    from pyspark.sql.functions import arrow_udf
except ImportError as error:
    raise ImportError(
        'hybrid_encoder.spark needs PySpark 4.1 and pyarrow: pip install "hybrid-encoder[spark]"'
    ) from error

Output = Literal["vector", "arrays"]

_OUTPUT_NAMES = {"vector": ("features",), "arrays": ("indices", "values")}

_TEXT = (T.StringType, T.CharType, T.VarcharType)

_ARRAYS = T.StructType(
    [
        T.StructField("indices", T.ArrayType(T.IntegerType(), containsNull=False)),
        T.StructField("values", T.ArrayType(T.DoubleType(), containsNull=False)),
    ]
)

# A row per column: its number, and what a task has found of it.
_FOUND = T.StructType([T.StructField("number", T.IntegerType()), T.StructField("found", T.BinaryType())])

# Groups of which a task looks at a time, where it may.
_SOME_GROUPS = 1 << 20

# Sums of the same weights in another order differ by less than this share of them.
_ROUNDING = 1e-9


def fit(
    encoder: HybridHashEncoder, df: DataFrame, y: str | None = None, sample_weight: str | None = None
) -> HybridHashEncoder:
    """Fit an encoder to a Spark DataFrame: what its own `fit` makes of the same rows.

    Parameters
    ----------
    encoder : HybridHashEncoder
        What to fit.
    df : pyspark.sql.DataFrame
        The columns to encode, in order: text, integers, floats, booleans, or arrays of these. It is read
        once per column, and up to three times more.
    y : str, default=None
        The column of `df` that is the target; it is not encoded.
    sample_weight : str, default=None
        The column of `df` with the weights of the rows; it is not encoded.

    Returns
    -------
    encoder : HybridHashEncoder
        The same encoder, fitted. If fitting fails it is as it was.

    Raises
    ------
    TypeError
        If a column is of a type that is neither text nor a number, nor an array of these.
    ValueError
        If `y` or `sample_weight` is no column of `df`, if two columns share a name, or if the rows are
        others each time they are read; also as in `HybridHashEncoder.fit`.

    See Also
    --------
    transform : Encode the rows of a Spark DataFrame.

    Examples
    --------
    >>> from pyspark.sql import SparkSession  # doctest: +SKIP
    >>> from hybrid_encoder import HybridHashEncoder, spark  # doctest: +SKIP
    >>> clicks = SparkSession.builder.getOrCreate().read.parquet("clicks")  # doctest: +SKIP
    >>> encoder = spark.fit(HybridHashEncoder(), clicks, y="clicked")  # doctest: +SKIP
    """
    check_encoder(encoder)
    _check_frame(df)
    encoder._validate_params()
    target = None if y is None else _place_of(y, df, "y")
    weight = None if sample_weight is None else _place_of(sample_weight, df, "sample_weight")
    features = [place for place in range(len(df.columns)) if place not in (target, weight)]
    names = [df.columns[place] for place in features]
    header = pd.DataFrame(index=[0], columns=names, dtype=object)
    _tables.open_table(header)
    for name in names:
        _place_of(name, df, "a column to encode")

    def look(plan: Plan) -> Findings:
        looked_at = target if takes_target(plan.importance) else None
        rows = _Rows.of(df, features, looked_at, weight)
        totals = rows.totals()
        if totals["rows"] == 0:
            _tables.open_table(header[:0])
        if rows.weighted:
            # What is wrong with any weight is wrong with these.
            weights = np.array([totals["least_weight"], totals["weight"]])
            encoder._check_weights(weights, weights)
        if rows.target is None:
            read_classes(None, plan.importance, None)
        classes = None if rows.target is None else _classes(rows, plan.importance, totals)
        labels = None if classes is None else classes.labels
        weights = np.array([totals["weight"]]) if classes is None else classes.weights
        multi_hot = [totals.get(column, 0) > 0 for column in rows.columns]
        no_missing = encoder.handle_missing == "error"
        return labels, _look(rows, plan.with_classes(labels), labels, weights, multi_hot, no_missing)

    return encoder._fit_by(look, header)


def _check_frame(df: object) -> None:
    if not isinstance(df, DataFrame):
        raise TypeError(
            f"df must be a Spark DataFrame; it is a {type(df).__name__}. For tables in memory there are "
            "encoder.fit and encoder.transform."
        )


def _place_of(name: object, df: DataFrame, role: str) -> int:
    """Where a column is. Spark's own look-up minds dots, and does not mind case."""
    if not isinstance(name, str):
        raise TypeError(f"{role} is the name of a column of df; it is a {type(name).__name__}.")
    places = [place for place, other in enumerate(df.columns) if other == name]
    if not places:
        columns = ", ".join(map(repr, df.columns[:10])) + (", ..." if len(df.columns) > 10 else "")
        raise ValueError(f"df has no column {name!r}, named as {role}. Its columns are {columns}.")
    if len(places) > 1:
        raise ValueError(f"df has {len(places)} columns {name!r}. Rename them, with df.toDF(...).")
    return places[0]


def _readable(column: Column, data_type: T.DataType, name: str) -> Column:
    """A column in a type that an encoder reads; text is told apart by its bytes, whatever its collation.

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
        f"Column {name!r} is of Spark's type {data_type.simpleString()}; argument must be a string or a "
        f"number, or an array of these. {_remedy(element)}"
    )


def _remedy(data_type: T.DataType) -> str:
    if isinstance(data_type, T.DecimalType):
        return "Cast it to string, which keeps all digits, or to bigint or double."
    if isinstance(data_type, T.StructType | T.MapType):
        return "Select what is in it as columns of their own."
    if isinstance(data_type, T.ArrayType):
        return "Make one list of every cell, with pyspark.sql.functions.flatten."
    return 'Cast it, with .cast("string") for example.'


def _label(column: Column, data_type: T.DataType, name: str) -> Column:
    """The target, with but one way to be missing."""
    if isinstance(data_type, T.FloatType | T.DoubleType):
        return F.when(~F.isnan(column), column)
    if isinstance(data_type, _TEXT):
        return column.cast("string")
    if isinstance(data_type, T.IntegralType | T.BooleanType | T.NullType):
        return column
    raise TypeError(
        f"y={name!r} is of Spark's type {data_type.simpleString()}; classes are text or numbers. "
        "Cast it, or set importance='frequency'."
    )


def _weight(column: Column, data_type: T.DataType, name: str) -> Column:
    """The weights of rows; one that is missing makes their sum so."""
    if not isinstance(data_type, T.NumericType):
        raise TypeError(
            f"sample_weight={name!r} is of Spark's type {data_type.simpleString()}; weights are numbers."
        )
    return F.coalesce(column.cast("double"), F.lit(float("nan")))


@dataclass(frozen=True, slots=True)
class _Rows:
    """A DataFrame whose columns go by numbers: names may hold dots, or differ in case alone.

    Attributes
    ----------
    frame : DataFrame
        The columns to encode as c0, c1, ..., and the target and the weights by these names.
    names : list of str
        What messages call the columns to encode.
    target : str or None
        What they call the target, if it is looked at.
    weighted : bool
        Whether there are weights.
    """

    frame: DataFrame
    names: list[str]
    target: str | None
    weighted: bool

    @classmethod
    def of(cls, df: DataFrame, features: list[int], target: int | None, weight: int | None) -> "_Rows":
        """These columns of a DataFrame, given by their places."""

        def read(how: Callable[[Column, T.DataType, str], Column], place: int, alias: str) -> Column:
            return how(F.col(str(place)), df.schema[place].dataType, df.columns[place]).alias(alias)

        columns = [read(_readable, place, f"c{number}") for number, place in enumerate(features)]
        if target is not None:
            columns.append(read(_label, target, "target"))
        if weight is not None:
            columns.append(read(_weight, weight, "weight"))
        return cls(
            _numbered(df).select(*columns),
            [df.columns[place] for place in features],
            None if target is None else df.columns[target],
            weight is not None,
        )

    @property
    def columns(self) -> list[str]:
        return [f"c{number}" for number in range(len(self.names))]

    @property
    def weight(self) -> Column:
        """What rows count together."""
        return F.sum("weight") if self.weighted else F.count(F.lit(1)).cast("double")

    def data_type(self, column: str) -> T.DataType:
        """The type of a column."""
        return self.frame.schema[column].dataType

    def totals(self) -> dict[str, Any]:
        """What all rows tell: how many they are, their weight, and how many cells are lists."""
        asked = [F.count(F.lit(1)).alias("rows"), self.weight.alias("weight")]
        if self.weighted:
            asked.append(F.min("weight").alias("least_weight"))
        if self.target is not None:
            asked.append(F.count("target").alias("labelled"))
        lists = [name for name in self.columns if isinstance(self.data_type(name), T.ArrayType)]
        asked += [F.count(name).alias(name) for name in lists]
        return self.frame.agg(*asked).collect()[0].asDict()

    def classes(self, most: int | None) -> "_Labels":
        """The labels of the target, or so many of them: first those that are of no class."""
        groups = self.frame.groupBy("target").agg(self.weight.alias("weight"))
        groups = groups.filter(F.col("target").isNotNull())
        if most is not None:
            if _is_float(self.data_type("target")):
                groups = groups.orderBy((F.col("target") % 1 != 0).desc())
            groups = groups.limit(most)
        found = groups.toArrow()
        return _Labels(found["target"].to_numpy(), found["weight"].to_numpy())

    def groups(self, column: str, by_class: bool) -> DataFrame:
        """The different values of a column, by class perhaps, and what their rows weigh."""
        value = F.col(column)
        if isinstance(self.data_type(column), T.ArrayType):
            value = F.explode(F.coalesce(value, F.array(F.lit(None))))
        by = ["target"] if by_class else []
        weights = ["weight"] if self.weighted else []
        elements = self.frame.select(value.alias("value"), *by, *weights)
        return elements.groupBy("value", *by).agg(self.weight.alias("weight"))


def _numbered(df: DataFrame) -> DataFrame:
    """The same columns, called 0, 1, ..."""
    return df.toDF(*map(str, range(len(df.columns))))


@dataclass(frozen=True, slots=True)
class _Labels:
    """What the classes of the target are called, and what their rows weigh."""

    labels: NDArray[Any]
    weights: NDArray[np.float64]

    def ascending(self) -> "_Labels":
        """The same in the order of the labels."""
        order = np.argsort(self.labels)
        return _Labels(self.labels[order], self.weights[order])


def _classes(rows: _Rows, importance: str | Measure, totals: dict[str, Any]) -> _Labels | None:
    """The classes that a measure looks at, by the rules of `fit`; None if it looks at none."""
    some = rows.classes(MOST_BY_DEFAULT + 1)
    if _read_labels(some.labels[:MOST_BY_DEFAULT], importance) is None:
        return None
    missing = totals["rows"] - totals["labelled"]
    if missing:
        raise ValueError(
            f"y={rows.target!r} is missing in {missing} rows, and importance={importance!r} ranks by "
            "it. Leave out such rows, or set importance='frequency'."
        )
    if len(some.labels) <= MOST_BY_DEFAULT:
        return some.ascending()
    if importance == "auto":
        return None
    every = rows.classes(None).ascending()
    _read_labels(every.labels, importance)
    return every


def _read_labels(labels: NDArray[Any], importance: str | Measure) -> Classes | None:
    # Several times each, as labels of rows would be: scikit-learn warns of labels that come once.
    some = np.tile(labels, 3)
    return read_classes(some, importance, some)


def _look(
    rows: _Rows,
    plan: Plan,
    labels: NDArray[Any] | None,
    weights: NDArray[np.float64],
    multi_hot: list[bool],
    no_missing: bool,
) -> list[Candidates]:
    """The candidates of every column: all of them are one job."""
    one_by_one = isinstance(plan.importance, str) and plan.importance in UNSUPERVISED
    finders = [
        _Finder(
            plan,
            number,
            labels,
            weights,
            is_list,
            no_missing,
            # Two floats from 2**63 on may share a key, and so be one value.
            one_by_one and plan.limit(number) is not None and not _is_float(rows.data_type(column)),
        )
        for number, (column, is_list) in enumerate(zip(rows.columns, multi_hot, strict=True))
    ]
    tasks = [
        _asked(rows.groups(column, labels is not None), finder)
        for finder, column in zip(finders, rows.columns, strict=True)
    ]
    answers: dict[int, bytes] = dict(iter(functools.reduce(DataFrame.union, tasks).collect()))
    return [_answer(answers.get(finder.number), finder) for finder in finders]


def _asked(groups: DataFrame, finder: "_Finder") -> DataFrame:
    """One row with what is found of a column."""
    if finder.one_by_one:
        # Each task keeps its own best alone, and one puts these together.
        return groups.mapInArrow(finder.part, _FOUND).repartition(1).mapInArrow(finder.whole, _FOUND)
    return groups.coalesce(1).mapInArrow(finder.all, _FOUND)


def _answer(pickled: bytes | None, finder: "_Finder") -> Candidates:
    """What a task has found; if Spark asked none, as it saw no groups, it is found here."""
    return finder.candidates([]) if pickled is None else _unpickled_or_raised(pickled)


def _unpickled_or_raised(pickled: bytes) -> Any:
    found = pickle.loads(pickled)
    if isinstance(found, Exception):
        raise found
    return found


def _is_float(data_type: T.DataType) -> bool:
    element = data_type.elementType if isinstance(data_type, T.ArrayType) else data_type
    return isinstance(element, T.FloatType | T.DoubleType)


# Counts of some values of a column, beside the weight of all rows; and the weight of those counted.
_Part = tuple[Counts, NDArray[np.float64]]


@dataclass(frozen=True, slots=True)
class _Finder:
    """Finds the candidates of one column, on executors.

    Attributes
    ----------
    plan : Plan
        What the parameters ask for.
    number : int
        Which column it is.
    labels : ndarray of shape (n_classes,), or None
        What the classes are called, if they are told apart.
    totals : ndarray of float64 of shape (n_classes,) or (1,)
        The weight of all rows.
    multi_hot : bool
        Whether the cells are lists.
    no_missing : bool
        Whether missing values are refused.
    one_by_one : bool
        Whether a value ranks as it does whatever the others are. Then every task keeps the best of
        its own values alone, and the column may have any number.
    """

    plan: Plan
    number: int
    labels: NDArray[Any] | None
    totals: NDArray[np.float64]
    multi_hot: bool
    no_missing: bool
    one_by_one: bool

    def all(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The candidates, from all groups of the column."""
        return self._row(lambda: self.candidates(self._parts(batches, None)))

    def part(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """What may be among the candidates of some of the groups, the others summed up."""
        return self._row(lambda: self._best(self._parts(batches, _SOME_GROUPS)))

    def whole(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The candidates, from what `part` has found."""
        return self._row(lambda: self.candidates(_unpacked(batches)))

    def _row(self, find: Callable[[], Any]) -> Iterator[pa.RecordBatch]:
        """One row with what is found, or with the error that is to be raised on the driver."""
        found: Any
        try:
            found = find()
        except (TypeError, ValueError) as error:
            error.add_note(f"On an executor:\n{traceback.format_exc()}")
            found = error
        yield pa.RecordBatch.from_pydict(
            {"number": pa.array([self.number], pa.int32()), "found": [pickle.dumps(found)]}
        )

    def _parts(self, batches: Iterable[pa.RecordBatch], most: int | None) -> Iterator[_Part]:
        """The counts of groups, so many of these at a time."""
        for groups in _some_at_a_time(batches, most):
            counts = self.count(groups)
            yield replace(counts, class_totals=self.totals), counts.class_totals

    def _best(self, parts: Iterable[_Part]) -> _Part:
        """What may be among the candidates of several parts."""
        best, seen = self.nothing(), np.zeros(len(self.totals))
        for counts, weight in parts:
            best, seen = _joined(best, counts), seen + weight
            if self.one_by_one:
                best = candidates(best, self.plan, self.number).counts
        return best, seen

    def candidates(self, parts: Iterable[_Part]) -> Candidates:
        """The candidates among all parts, if their rows are those that were counted before."""
        counts, weight = self._best(parts)
        changed = np.abs(weight - self.totals) > _ROUNDING * self.totals.sum()
        if changed.any() and not self.multi_hot:
            raise self.other_rows()
        return candidates(counts, self.plan, self.number)

    def nothing(self) -> Counts:
        """The counts of no values."""
        none = np.zeros(len(self.totals))
        return Counts(None, np.zeros(0), none[None, :][:0], none, self.totals, self.multi_hot)

    def count(self, groups: pa.Table) -> Counts:
        """The counts of some groups of equal rows."""
        values, label = groups["value"], self.plan.labels[self.number]
        if pa.types.is_string(values.type):
            values = values.cast(pa.large_string())  # whose offsets do for any number of bytes
        column = read_column(values, label)
        if self.no_missing:
            missing = column.missing_elements().any()
            if missing or column.infinite_elements().any():
                what = "missing (NaN or null)" if missing else "infinite (inf)"
                raise ValueError(
                    f"Column {label!r} has values that are {what}, and handle_missing='error'. Replace "
                    "them, or set handle_missing to 'value' or 'ignore'."
                )
        return count(column, groups["weight"].to_numpy(), self.classes(groups))

    def classes(self, groups: pa.Table) -> Classes | None:
        """The class of every group."""
        if self.labels is None:
            return None
        known = pa.array(self.labels).cast(groups["target"].type)
        codes = pc.index_in(groups["target"], value_set=known).fill_null(-1).to_numpy()
        if (codes < 0).any():
            raise self.other_rows()
        return Classes(codes.astype(np.intp), self.labels)

    def other_rows(self) -> ValueError:
        """The error for rows that change from job to job."""
        return ValueError(
            f"Column {self.plan.labels[self.number]!r}: df had other rows when they were counted "
            "before. It is read once per column, and must be the same each time: seed what is random in "
            "it, or write it to a table first."
        )


def _unpacked(batches: Iterable[pa.RecordBatch]) -> Iterator[_Part]:
    """What `_Finder.part` has found; its errors are raised."""
    for batch in batches:
        yield from map(_unpickled_or_raised, batch["found"].to_pylist())


def _some_at_a_time(batches: Iterable[pa.RecordBatch], most: int | None) -> Iterator[pa.Table]:
    """Groups in tables of about so many, or all in one."""
    some: list[pa.RecordBatch] = []
    for batch in batches:
        some.append(batch)
        if most is not None and sum(map(len, some)) >= most:
            yield pa.Table.from_batches(some)
            some = []
    if some:
        yield pa.Table.from_batches(some)


def _joined(one: Counts, other: Counts) -> Counts:
    """The counts of two parts of the values of a column, beside the weight of all rows."""
    return replace(
        merge(one, other),
        class_totals=one.class_totals,
        unlisted=one.unlisted + other.unlisted,
        most_unlisted=max(one.most_unlisted, other.most_unlisted),
    )


def transform(
    encoder: HybridHashEncoder,
    df: DataFrame,
    *,
    output: Output = "vector",
    output_cols: Sequence[str] | None = None,
) -> DataFrame:
    """Encode the rows of a Spark DataFrame: what the encoder's own `transform` makes of them.

    Parameters
    ----------
    encoder : HybridHashEncoder
        A fitted encoder, whether Spark or any table in memory has fitted it.
    df : pyspark.sql.DataFrame
        Has the columns that the encoder was fitted on, in any order. Others are kept.
    output : {"vector", "arrays"}, default="vector"
        One column of sparse vectors, as the models of :mod:`pyspark.ml` take them; or one with the
        numbers of the output columns that are not 0, ascending, as ``array<int>``, and one with what
        stands there, as ``array<double>``.
    output_cols : sequence of str, default=None
        What the new columns are called: by default "features", or "indices" and "values".

    Returns
    -------
    df_out : pyspark.sql.DataFrame
        All columns of `df`, and the new ones after them. Rows are encoded once an action asks for them,
        as ever with Spark; a cell that cannot be encoded is an error then.

    Raises
    ------
    TypeError
        If a column is of a type that is neither text nor a number, nor an array of these.
    ValueError
        If a column is not there or there twice, or if a new column would be.

    See Also
    --------
    fit : Fit an encoder to a Spark DataFrame.

    Examples
    --------
    >>> from pyspark.ml.classification import LogisticRegression  # doctest: +SKIP
    >>> rows = spark.transform(encoder, clicks)  # doctest: +SKIP
    >>> model = LogisticRegression(labelCol="clicked").fit(rows)  # doctest: +SKIP
    """
    check_encoder(encoder)
    _check_frame(df)
    check_is_fitted(encoder)
    new = _new_columns(df, output, output_cols)
    names = _names_at_fit(encoder)
    places = [_place_of(name, df, "a column that the encoder was fitted on") for name in names]
    cells = [
        _readable(F.col(str(place)), df.schema[place].dataType, name)
        for place, name in zip(places, names, strict=True)
    ]
    encode = _encoding(_served(encoder), output)
    # A column of structs that is asked for twice is made in a step of its own. Without one, Spark 4.3
    # hands Python the rows of columnar files in a way that cannot take vectors back.
    together = _numbered(df).withColumn("cells", F.struct(*cells))
    encoded = together.withColumn("encoded", encode("cells", "cells")).drop("cells")
    if output == "arrays":
        encoded = encoded.select("*", "encoded.indices", "encoded.values").drop("encoded")
    return encoded.toDF(*df.columns, *new)


def _new_columns(df: DataFrame, output: str, given: Sequence[str] | None) -> tuple[str, ...]:
    """What the new columns are called."""
    if output not in _OUTPUT_NAMES:
        raise ValueError(f"output must be 'vector' or 'arrays'; it is {output!r}.")
    default = _OUTPUT_NAMES[output]
    new = default if given is None else (given,) if isinstance(given, str) else tuple(given)
    if len(new) != len(default):
        raise ValueError(
            f"output={output!r} makes {len(default)} new columns, such as {', '.join(default)}; "
            f"output_cols names {len(new)}."
        )
    taken = {name.lower() for name in df.columns}
    for name in new:
        if name.lower() in taken:
            raise ValueError(
                f"df has a column {name!r} already (Spark does not mind case). Pass other output_cols, "
                "or drop it first."
            )
        taken.add(name.lower())
    return new


def _names_at_fit(encoder: HybridHashEncoder) -> list[str]:
    names = getattr(encoder, "feature_names_in_", None)
    if names is None:
        raise ValueError(
            "The encoder was fitted on columns without names, and those of a Spark DataFrame go by "
            "names. Fit it on a dataframe, or with hybrid_encoder.spark.fit."
        )
    return names.tolist()


def _served(encoder: HybridHashEncoder) -> bytes:
    """What executors need of an encoder, and no more: no counts, and no functions of one's own."""
    served = copy.deepcopy(encoder).set_output(transform="default")
    served.set_params(
        importance="frequency", feature_name_combiner="concat", sparse_output=True, n_jobs=1
    )
    vars(served).pop("_histories", None)
    return pickle.dumps(served)


@functools.lru_cache(maxsize=4)
def _unpickled(served: bytes) -> HybridHashEncoder:
    """An encoder, once per Python process of an executor, which serves one task after the other."""
    return pickle.loads(served)


def _encoding(served: bytes, output: Output) -> Callable[..., Column]:
    """A function of Spark's that encodes a column of structs of cells."""

    def encode(cells: pa.Array, _: pa.Array) -> pa.Array:
        return _encode(_unpickled(served), cells, output)

    # Without a number its form is read from the types above, which PySpark's own stubs do not know.
    return arrow_udf(encode, VectorUDT() if output == "vector" else _ARRAYS)  # type: ignore[call-overload]


def _encode(encoder: HybridHashEncoder, cells: pa.StructArray, output: Output) -> pa.StructArray:
    """The rows of a batch as Spark holds them, made of the arrays of a CSR matrix as they are."""
    names = encoder.feature_names_in_.tolist()
    rows = encoder.transform(pa.RecordBatch.from_arrays(cells.flatten(), names))
    offsets = pa.array(rows.indptr, pa.int32())
    indices = pa.ListArray.from_arrays(offsets, pa.array(rows.indices, pa.int32()))
    values = pa.ListArray.from_arrays(offsets, pa.array(rows.data.astype(np.float64, copy=False)))
    if output == "arrays":
        return pa.StructArray.from_arrays([indices, values], ["indices", "values"])
    sparse = pa.array(np.zeros(len(cells), dtype=np.int8))  # how Spark ML marks a sparse vector
    size = pa.array(np.full(len(cells), rows.shape[1], dtype=np.int32))
    return pa.StructArray.from_arrays(
        [sparse, size, indices, values], ["type", "size", "indices", "values"]
    )
