"""Fit and transform Spark DataFrames, with the same results as in memory.

Spark counts each column in a separate aggregation. Tasks on executors select the values that may get a
slot, and send their counts and the sums of all others to the driver. Executors encode rows in batches of
Arrow arrays. The guide is docs/guide/spark.md.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.utils.validation import check_is_fitted

from .._encoder import HybridHashEncoder, check_encoder
from .._fit.fit import fit_candidates
from .._fit.fitted import Fitted
from .._fit.importance import uses_target
from .._fit.target import check_weights, read_classes
from .._input.tables import open_table
from .._transform.settings import Settings

try:
    from pyspark.sql import DataFrame
    from pyspark.sql import functions as F

    from ._candidates import select_all
    from ._frame import Rows, classes_of, numbered, position_of, readable
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
    """Fit an encoder to a Spark DataFrame, with the result of `fit` on the same rows in memory.

    Parameters
    ----------
    encoder : HybridHashEncoder
        The encoder to fit, in place.
    df : pyspark.sql.DataFrame
        The columns to encode, in order: text, integers, floats, booleans, or arrays of these. Spark
        reads the DataFrame once per column, and up to three times more.
    y : str, default=None
        Name of the column of `df` with the target; it is not encoded.
    sample_weight : str, default=None
        Name of the column of `df` with the weights of the rows; it is not encoded.

    Returns
    -------
    encoder : HybridHashEncoder
        The same encoder, fitted. If fitting fails, it is left unchanged.

    Raises
    ------
    TypeError
        If a column is of a type that is neither text nor a number, nor an array of these.
    ValueError
        If `y` or `sample_weight` is not a column of `df`, if two columns have the same name, or if `df`
        returns different rows each time it is read; also as in `HybridHashEncoder.fit`.

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
    target = None if y is None else position_of(y, df, "y")
    weight = None if sample_weight is None else position_of(sample_weight, df, "sample_weight")
    features = [place for place in range(len(df.columns)) if place not in (target, weight)]
    names = [df.columns[place] for place in features]
    header = pd.DataFrame(index=[0], columns=names, dtype=object)
    open_table(header)
    for name in names:
        position_of(name, df, "a column to encode")
    feature_names, settings = encoder._prepare(header)
    used = target if uses_target(settings.importance) else None
    rows = Rows.of(df, features, used, weight)
    encoder._set_fitted(_fit_rows(rows, settings, feature_names))
    return encoder


def _fit_rows(rows: Rows, settings: Settings, feature_names: NDArray[Any] | None) -> Fitted:
    """Fit to the columns of a DataFrame."""
    totals = rows.totals()
    if totals["rows"] == 0:
        open_table(pd.DataFrame(columns=rows.names, dtype=object))
    if rows.weighted:
        # If any weight is invalid, the smallest weight or the sum is invalid too.
        weights = np.array([totals["least_weight"], totals["weight"]])
        check_weights(weights, weights)
    if rows.target is None:
        read_classes(None, settings.importance, None)
    classes = None if rows.target is None else classes_of(rows, settings.importance, totals)
    labels = None if classes is None else classes.labels
    weights = np.array([totals["weight"]]) if classes is None else classes.weights
    multi_hot = [totals.get(column, 0) > 0 for column in rows.columns]
    candidates = select_all(rows, settings, labels, weights, multi_hot)
    return fit_candidates(candidates, settings, feature_names)


def transform(
    encoder: HybridHashEncoder,
    df: DataFrame,
    *,
    output: Output = "vector",
    output_cols: Sequence[str] | None = None,
) -> DataFrame:
    """Encode the rows of a Spark DataFrame, as `HybridHashEncoder.transform`.

    Parameters
    ----------
    encoder : HybridHashEncoder
        A fitted encoder, fitted in Spark or in memory.
    df : pyspark.sql.DataFrame
        A DataFrame with the columns of `fit`, in any order. Other columns are kept.
    output : {"vector", "arrays"}, default="vector"
        "vector": one column of sparse vectors for the models of :mod:`pyspark.ml`. "arrays": a column
        with the positions of the non-zero output columns, ascending, as ``array<int>``, and a column
        with their values, as ``array<double>``.
    output_cols : sequence of str, default=None
        Names of the new columns: by default "features", or "indices" and "values".

    Returns
    -------
    df_out : pyspark.sql.DataFrame
        All columns of `df`, followed by the new ones. Rows are encoded when an action needs them; a cell
        that cannot be encoded raises an error then.

    Raises
    ------
    TypeError
        If a column is of a type that is neither text nor a number, nor an array of these.
    ValueError
        If a column is missing or exists twice, or if a new column exists already.

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
    places = [position_of(name, df, "a column that the encoder was fitted on") for name in names]
    cells = [
        readable(F.col(str(place)), df.schema[place].dataType, name)
        for place, name in zip(places, names, strict=True)
    ]
    encode = encoding(encoder, output)
    # The column of structs is passed twice, so that Spark computes it in a separate step. Otherwise
    # Spark 4.3 passes rows of columnar files to Python in a form that cannot return vectors.
    together = numbered(df).withColumn("cells", F.struct(*cells))
    encoded = together.withColumn("encoded", encode("cells", "cells")).drop("cells")
    if output == "arrays":
        encoded = encoded.select("*", "encoded.indices", "encoded.values").drop("encoded")
    return encoded.toDF(*df.columns, *new)


def _check_frame(df: object) -> None:
    if not isinstance(df, DataFrame):
        raise TypeError(
            f"df must be a Spark DataFrame; it is a {type(df).__name__}. For tables in memory use "
            "encoder.fit and encoder.transform."
        )


def _new_columns(df: DataFrame, output: str, given: Sequence[str] | None) -> tuple[str, ...]:
    """Names of the new columns."""
    if output not in _OUTPUT_NAMES:
        raise ValueError(f"output must be 'vector' or 'arrays'; it is {output!r}.")
    default = _OUTPUT_NAMES[output]
    new = default if given is None else (given,) if isinstance(given, str) else tuple(given)
    if len(new) != len(default):
        raise ValueError(
            f"output={output!r} makes {len(default)} new columns, by default {', '.join(default)}; "
            f"output_cols names {len(new)}."
        )
    taken = {name.lower() for name in df.columns}
    for name in new:
        if not isinstance(name, str):
            raise TypeError(f"output_cols must be strings; one is {name!r}.")
        if name.lower() in taken:
            raise ValueError(
                f"df has a column {name!r} already (Spark ignores case). Pass other output_cols, or "
                "drop it first."
            )
        taken.add(name.lower())
    return new


def _names_at_fit(encoder: HybridHashEncoder) -> list[str]:
    names = encoder._fitted.feature_names
    if names is None:
        raise ValueError(
            "The encoder was fitted on columns without names, and columns of a Spark DataFrame are "
            "found by name. Fit it on a dataframe, or with hybrid_encoder.spark.fit."
        )
    return names.tolist()
