"""Fit and transform where the data is: over Spark DataFrames, and the same as in memory.

Spark counts every column with its own aggregation. Tasks then look at the counts where they are, and
send to the driver those of values that may get a slot, and what the others add up to. Rows are encoded
on the executors, as Arrow, batch by batch. The guide is docs/guide/spark.md.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from .._encoder import HybridHashEncoder
from .._fit.importance import takes_target
from .._fit.plan import Plan
from .._fit.selection import Findings
from .._fit.target import read_classes
from .._fit.weights import check_weights
from .._input import tables as _tables
from .._inside import check_encoder

try:
    from pyspark.sql import DataFrame
    from pyspark.sql import functions as F

    from ._candidates import find
    from ._frame import Rows, classes_of, numbered, place_of, readable
    from ._udf import Output, encoding
except ImportError as error:
    raise ImportError(
        'hybrid_encoder.spark needs PySpark 4.1 and pyarrow: pip install "hybrid-encoder[spark]"'
    ) from error

__all__ = ["fit", "transform"]

_OUTPUT_NAMES = {"vector": ("features",), "arrays": ("indices", "values")}


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
    target = None if y is None else place_of(y, df, "y")
    weight = None if sample_weight is None else place_of(sample_weight, df, "sample_weight")
    features = [place for place in range(len(df.columns)) if place not in (target, weight)]
    names = [df.columns[place] for place in features]
    header = pd.DataFrame(index=[0], columns=names, dtype=object)
    _tables.open_table(header)
    for name in names:
        place_of(name, df, "a column to encode")

    def look(plan: Plan) -> Findings:
        looked_at = target if takes_target(plan.importance) else None
        rows = Rows.of(df, features, looked_at, weight)
        totals = rows.totals()
        if totals["rows"] == 0:
            _tables.open_table(header[:0])
        if rows.weighted:
            # What is wrong with any weight is wrong with these.
            weights = np.array([totals["least_weight"], totals["weight"]])
            check_weights(weights, weights)
        if rows.target is None:
            read_classes(None, plan.importance, None)
        classes = None if rows.target is None else classes_of(rows, plan.importance, totals)
        labels = None if classes is None else classes.labels
        weights = np.array([totals["weight"]]) if classes is None else classes.weights
        multi_hot = [totals.get(column, 0) > 0 for column in rows.columns]
        no_missing = encoder.handle_missing == "error"
        return labels, find(rows, plan.with_classes(labels), labels, weights, multi_hot, no_missing)

    return encoder._fit_by(look, header)


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
    places = [place_of(name, df, "a column that the encoder was fitted on") for name in names]
    cells = [
        readable(F.col(str(place)), df.schema[place].dataType, name)
        for place, name in zip(places, names, strict=True)
    ]
    encode = encoding(encoder, output)
    # A column of structs that is asked for twice is made in a step of its own. Without one, Spark 4.3
    # hands Python the rows of columnar files in a way that cannot take vectors back.
    together = numbered(df).withColumn("cells", F.struct(*cells))
    encoded = together.withColumn("encoded", encode("cells", "cells")).drop("cells")
    if output == "arrays":
        encoded = encoded.select("*", "encoded.indices", "encoded.values").drop("encoded")
    return encoded.toDF(*df.columns, *new)


def _check_frame(df: object) -> None:
    if not isinstance(df, DataFrame):
        raise TypeError(
            f"df must be a Spark DataFrame; it is a {type(df).__name__}. For tables in memory there are "
            "encoder.fit and encoder.transform."
        )


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
        if not isinstance(name, str):
            raise TypeError(f"output_cols are names; one is {name!r}.")
        if name.lower() in taken:
            raise ValueError(
                f"There is a column {name!r} already (Spark does not mind case). Pass other "
                "output_cols, or drop it first."
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
