"""Exported pipelines of encoders and a linear model."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest, f_regression
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.linear_model import (
    LogisticRegression,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
)
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    KBinsDiscretizer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    OneHotEncoder,
    RobustScaler,
    StandardScaler,
)

from hybrid_encoder import HybridHashEncoder

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from hybrid_encoder.onnx import feed, to_onnx
from tests.serving import (
    CATEGORIES,
    CLASSES,
    LATER,
    LOGISTIC,
    NAMED,
    NUMBERS,
    SIGNAL,
    YES_NO,
    X,
    check,
    encoded_and_scaled,
    outputs,
    session,
)

ENCODERS = [
    {},
    {"n_hashes": 1},
    {"handle_missing": "ignore"},
    {"tail_indicator": True},
    {"tail_indicator": True, "handle_missing": "ignore"},
    {"tail_weight": 1},
    {"tail_weight": 1 / 3, "dtype": np.float32},
    {"tail_weight": 2, "dtype": np.int32},
    {"top_k": 10, "n_buckets": 0},
    {"top_k": 10, "n_buckets": 0, "tail_indicator": True},
    {"top_k": 0, "n_buckets": 20},
    {"n_buckets": 1},
    {"sparse_output": False},
]


def without_address(step):
    """The name of a case, the same in every process."""
    return re.sub(r" at 0x\w+", "", str(step))


@pytest.mark.parametrize("settings", ENCODERS, ids=str)
@pytest.mark.parametrize("y", [YES_NO, NAMED], ids=["two-classes", "four-classes"])
def test_encoders(settings, y):
    encoder = HybridHashEncoder(**{"max_features": 80, **settings})
    pipeline = make_pipeline(encoder, LOGISTIC).fit(X[CATEGORIES], y)
    # On float32 scikit-learn fits and adds up in float32 too.
    tolerance = 1e-6 if settings.get("dtype") is np.float32 else 1e-12
    check(pipeline, LATER[CATEGORIES], tolerance, inputs={"device": "int64"})


def test_parameters_that_are_set_after_fit_have_no_effect():
    pipeline = make_pipeline(HybridHashEncoder(max_features=80), LOGISTIC).fit(X[CATEGORIES], YES_NO)
    pipeline[0].set_params(tail_weight=3, n_hashes=1, tail_indicator=True, seed=7)
    check(pipeline, LATER[CATEGORIES])


def test_free_slots_after_partial_fit():
    encoder = HybridHashEncoder(top_k=400, n_buckets=10).partial_fit(X[CATEGORIES])
    model = SGDClassifier(loss="log_loss", random_state=0)
    model.fit(encoder.transform(X[CATEGORIES]), YES_NO)
    assert encoder.report()["free_slots"].sum() > 0
    check(Pipeline([("encoder", encoder), ("model", model)]), LATER[CATEGORIES])


def test_one_row_is_its_row_in_the_batch():
    pipeline = make_pipeline(encoded_and_scaled(), LOGISTIC).fit(X, NAMED)
    running = session(to_onnx(pipeline))
    batch = running.run(["probabilities"], feed(LATER, running))[0]
    for row in range(0, 60, 3):
        alone = running.run(["probabilities"], feed(LATER.iloc[[row]], running))[0]
        np.testing.assert_allclose(alone[0], batch[row], rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    "numbers",
    [
        "passthrough",
        StandardScaler(),
        StandardScaler(with_mean=False),
        StandardScaler(with_std=False),
        MinMaxScaler(),
        MinMaxScaler((-1, 3)),
        MaxAbsScaler(),
        RobustScaler(),
        RobustScaler(with_centering=False, with_scaling=False),
        Pipeline([("nothing", "passthrough"), ("scale", RobustScaler())]),
        make_pipeline(RobustScaler(), MinMaxScaler(), StandardScaler()),
        make_pipeline(SimpleImputer(), StandardScaler(), SelectKBest(f_regression, k=1), MaxAbsScaler()),
        FunctionTransformer(),
    ],
    ids=without_address,
)
def test_numbers_beside_the_encoder(numbers):
    columns = ColumnTransformer(
        [
            ("categories", HybridHashEncoder(max_features=80), CATEGORIES),
            ("numbers", numbers, ["amount", "device"]),
        ]
    )
    check(make_pipeline(columns, Ridge()).fit(X, SIGNAL), LATER)


def test_numbers_that_are_large_compared_with_their_spread():
    seconds = 1.7e9 + X[["amount"]] / 100
    columns = ColumnTransformer(
        [("city", HybridHashEncoder(max_features=80), ["city"]), ("time", StandardScaler(), ["amount"])]
    )
    pipeline = make_pipeline(columns, Ridge()).fit(X.assign(amount=seconds), SIGNAL)
    check(pipeline, LATER.assign(amount=1.7e9 + LATER["amount"] / 100))


@pytest.mark.parametrize(
    "imputer",
    [
        SimpleImputer(),
        SimpleImputer(strategy="median"),
        SimpleImputer(strategy="most_frequent"),
        SimpleImputer(strategy="constant", fill_value=-1.0),
    ],
    ids=str,
)
def test_missing_numbers(imputer):
    columns = ColumnTransformer(
        [
            ("categories", HybridHashEncoder(max_features=80), CATEGORIES),
            ("numbers", make_pipeline(imputer, StandardScaler()), NUMBERS),
        ]
    )
    check(make_pipeline(columns, LOGISTIC).fit(X, YES_NO), LATER)


@pytest.mark.parametrize(
    "between",
    [
        StandardScaler(with_mean=False),
        MaxAbsScaler(),
        RobustScaler(with_centering=False),
        SelectKBest(k=15),
        Pipeline([("select", SelectKBest(k=15)), ("scale", MaxAbsScaler())]),
    ],
    ids=str,
)
def test_steps_between_encoder_and_model(between):
    alone = make_pipeline(HybridHashEncoder(max_features=80), between, LOGISTIC)
    check(alone.fit(X[CATEGORIES], YES_NO), LATER[CATEGORIES])
    inside = ColumnTransformer(
        [
            ("categories", make_pipeline(HybridHashEncoder(max_features=80), between), CATEGORIES),
            ("numbers", "passthrough", ["amount"]),
        ]
    )
    check(make_pipeline(inside, between, LOGISTIC).fit(X, YES_NO), LATER)


def percentiles(n_bins=10):
    return KBinsDiscretizer(n_bins, encode="ordinal", strategy="quantile", subsample=None)


def test_binned_columns_before_the_encoder():
    bins = ColumnTransformer(
        [
            ("binned", percentiles(), ["amount"]),
            ("imputed", make_pipeline(SimpleImputer(strategy="median"), percentiles(4)), ["age"]),
            ("missing", MissingIndicator(features="all"), ["age", "amount"]),
            ("dropped", "drop", ["city"]),
        ],
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    pipeline = make_pipeline(bins, HybridHashEncoder(max_features=60), LOGISTIC).fit(X, YES_NO)
    edges = bins.named_transformers_["binned"].bin_edges_[0]
    later = LATER.copy()
    later.loc[: len(edges) - 1, "amount"] = edges
    check(pipeline, later)
    found = outputs(to_onnx(pipeline[:-1]), later)["indices"]
    np.testing.assert_array_equal(found, pipeline[1].encode_indices(bins.transform(later)))


def test_an_encoder_with_bins_in_a_column_transformer():
    columns = ColumnTransformer(
        [
            ("amount", make_pipeline(percentiles(), HybridHashEncoder(max_features=15)), ["amount"]),
            ("categories", HybridHashEncoder(max_features=60), CATEGORIES),
        ]
    )
    check(make_pipeline(columns, LOGISTIC).fit(X, YES_NO), LATER)


def test_column_transformers_in_column_transformers():
    inner = ColumnTransformer([("amount", percentiles(), ["amount"])], remainder="passthrough")
    outer = ColumnTransformer(
        [("numbers", inner, ["device", "amount"]), ("city", "passthrough", ["city"])]
    )
    check(make_pipeline(outer, HybridHashEncoder(max_features=60), LOGISTIC).fit(X, YES_NO), LATER)


def test_missing_values_stay_missing_in_bins():
    encoder = HybridHashEncoder(top_k=2, n_buckets=9).fit([[0.0], [1.0], [None]])
    pipeline = Pipeline([("bins", percentiles(3).fit(X[["amount"]])), ("encoder", encoder)])
    found = outputs(to_onnx(pipeline), pd.DataFrame({"amount": [np.nan]}))["indices"]
    np.testing.assert_array_equal(found, encoder.encode_indices([[np.nan]]))


def test_a_column_with_one_bin():
    one = KBinsDiscretizer(2, encode="ordinal", strategy="uniform", subsample=None)
    one.fit(X[["amount"]])
    one.bin_edges_[0] = one.bin_edges_[0][[0, -1]]
    encoder = HybridHashEncoder(max_features=9).fit([[0.0], [0.0]])
    pipeline = Pipeline([("bins", one), ("encoder", encoder)])
    found = outputs(to_onnx(pipeline), LATER[["amount"]])["indices"]
    assert (found == [[[0, -1]]]).all()


def test_scalers_that_shift_dense_rows():
    encoder = HybridHashEncoder(max_features=80, sparse_output=False)
    for scaler in (StandardScaler(), MinMaxScaler()):
        check(make_pipeline(encoder, scaler, Ridge()).fit(X[CATEGORIES], SIGNAL), LATER[CATEGORIES])


@pytest.mark.parametrize("remainder", ["passthrough", StandardScaler()], ids=str)
def test_several_encoders_transformer_weights_and_a_remainder(remainder):
    columns = ColumnTransformer(
        [
            ("city", HybridHashEncoder(top_k=20, n_buckets=9), ["city"]),
            ("none", StandardScaler(), []),
            ("dropped", "drop", ["age"]),
            ("device", HybridHashEncoder(top_k=5, n_buckets=4, seed=7), ["device", "city"]),
        ],
        remainder=remainder,
        transformer_weights={"device": 0.5},
    )
    pipeline = make_pipeline(columns, LOGISTIC).fit(X, YES_NO)
    check(pipeline, LATER)
    inputs = [column.name for column in to_onnx(pipeline).graph.input]
    assert inputs == ["city", "amount", "device"]


def test_columns_by_position():
    columns = ColumnTransformer(
        [
            ("categories", HybridHashEncoder(max_features=80), [0, 2]),
            ("numbers", SimpleImputer(), slice(3, 4)),
        ]
    )
    pipeline = make_pipeline(columns, LOGISTIC).fit(X.to_numpy(dtype=object), YES_NO)
    check(pipeline, LATER.to_numpy(dtype=object))
    inputs = [column.name for column in to_onnx(pipeline).graph.input]
    assert inputs == ["x0", "x2", "x3"]


@pytest.mark.parametrize("step", [1, -1], ids=["category-first", "number-first"])
def test_a_column_that_is_both_a_category_and_a_number(step):
    transformers = [
        ("categories", HybridHashEncoder(max_features=80), CATEGORIES),
        ("numbers", StandardScaler(), ["device"]),
    ]
    pipeline = make_pipeline(ColumnTransformer(transformers[::step]), LOGISTIC).fit(X, YES_NO)
    check(pipeline, LATER)
    kinds = {column.name: column.type.tensor_type.elem_type for column in to_onnx(pipeline).graph.input}
    assert kinds == {"city": 8, "device": 7}
    check(pipeline, LATER, inputs={"device": "double"})


def test_pipelines_in_pipelines():
    columns = make_pipeline(encoded_and_scaled())
    check(make_pipeline(make_pipeline(columns, "passthrough"), LOGISTIC).fit(X, YES_NO), LATER)


def test_sparse_weights():
    model = SGDClassifier(loss="log_loss", penalty="l1", random_state=0)
    pipeline = make_pipeline(HybridHashEncoder(max_features=80), model).fit(X[CATEGORIES], CLASSES)
    model.sparsify()
    check(pipeline, LATER[CATEGORIES])


@pytest.mark.parametrize("y", [YES_NO, NAMED], ids=["two-classes", "four-classes"])
def test_weights_in_float32_take_half_the_bytes(y):
    encoder = HybridHashEncoder(top_k=0, n_buckets=2_000)
    pipeline = make_pipeline(encoder, LOGISTIC).fit(X[CATEGORIES], y)
    kinds = {"device": "int64"}
    double = to_onnx(pipeline, inputs=kinds)
    single = to_onnx(pipeline, inputs=kinds, dtype=np.float32)
    assert single.ByteSize() < double.ByteSize() / 2 + 2_000
    found = check(pipeline, LATER[CATEGORIES], 1e-6, inputs=kinds, dtype=np.float32)
    assert found["probabilities"].dtype == np.float32


def test_no_wide_rows():
    encoder = HybridHashEncoder(top_k=0, n_buckets=10**6)
    pipeline = make_pipeline(encoder, SGDClassifier(loss="log_loss", random_state=0))
    pipeline.fit(X[["city"]], YES_NO)
    many = pd.concat([LATER[["city"]]] * 25)  # as dense rows, 800 gigabytes
    check(pipeline, many)


@pytest.mark.parametrize("value", [None, "city"])
def test_the_run_fails_if_a_value_is_missing(value):
    rows = X[["city"]].dropna()
    encoder = HybridHashEncoder(handle_missing="error", max_features=50)
    pipeline = make_pipeline(encoder, LOGISTIC).fit(rows, YES_NO[rows.index])
    given = pd.DataFrame({"city": [value, "city 1"]})
    if value is not None:
        check(pipeline, given)
        return
    with pytest.raises(Exception, match="Column 'city': a value is missing, and handle_missing='error'"):
        outputs(to_onnx(pipeline), given)


def pipeline_of(*steps):
    return lambda: make_pipeline(*steps).fit(X[CATEGORIES], YES_NO)


def columns_with(step, columns):
    def make():
        transformer = ColumnTransformer(
            [("cats", HybridHashEncoder(max_features=50), CATEGORIES), ("more", step, columns)]
        )
        return make_pipeline(transformer, LOGISTIC).fit(X, YES_NO)

    return make


def before_an_encoder(transformers, **parameters):
    columns = ColumnTransformer(transformers, **parameters)
    return lambda: make_pipeline(columns, SMALL, LOGISTIC).fit(X, YES_NO)


def multilabel():
    y = np.stack([YES_NO, 1 - YES_NO], axis=1)
    return make_pipeline(HybridHashEncoder(max_features=50), RidgeClassifier()).fit(X[CATEGORIES], y)


def labelled(classes):
    return lambda: make_pipeline(SMALL, LOGISTIC).fit(X[CATEGORIES], classes[YES_NO])


class Doubled(HybridHashEncoder):
    def transform(self, X):
        return super().transform(X) * 2


class OtherColumns(ColumnTransformer):
    pass


SMALL = HybridHashEncoder(max_features=50)
ERRORS = [
    (
        pipeline_of(SMALL, RandomForestClassifier(3)),
        TypeError,
        "Step 'randomforestclassifier', the last, is a RandomForestClassifier, which to_onnx cannot",
    ),
    (pipeline_of(SMALL, MaxAbsScaler()), TypeError, "Step 'maxabsscaler', the last, is a MaxAbsScaler"),
    (
        columns_with(Normalizer(), ["amount"]),
        TypeError,
        "Step 'columntransformer.more' is a Normalizer, which to_onnx cannot export. Beside",
    ),
    (
        columns_with(make_pipeline(OneHotEncoder(handle_unknown="ignore")), ["city"]),
        TypeError,
        "Step 'columntransformer.more.onehotencoder' is a OneHotEncoder, which to_onnx cannot export",
    ),
    (
        columns_with(FunctionTransformer(np.log), ["amount"]),
        TypeError,
        "Step 'columntransformer.more' is a FunctionTransformer",
    ),
    (
        columns_with(SimpleImputer(add_indicator=True), NUMBERS),
        ValueError,
        "Step 'columntransformer.more': a SimpleImputer can be exported if it replaces NaN by numbers",
    ),
    (
        pipeline_of(FunctionTransformer(lambda X: X), SMALL, LOGISTIC),
        TypeError,
        "Step 'functiontransformer', a FunctionTransformer, cannot be exported before an encoder.",
    ),
    (
        pipeline_of(SMALL, Normalizer(), LOGISTIC),
        TypeError,
        "Step 'normalizer' is a Normalizer, which to_onnx cannot export. Beside encoders it exports "
        "'passthrough', 'drop', SimpleImputer as the first step, StandardScaler, MinMaxScaler, "
        "MaxAbsScaler, RobustScaler and feature selection.",
    ),
    (
        columns_with(MinMaxScaler(clip=True), ["amount"]),
        ValueError,
        "Step 'columntransformer.more': a MinMaxScaler can be exported with clip=False.",
    ),
    (
        columns_with(make_pipeline(StandardScaler(), SimpleImputer()), ["amount"]),
        TypeError,
        "Step 'columntransformer.more.simpleimputer' is a SimpleImputer, which to_onnx cannot export. "
        "Beside encoders it exports 'passthrough', 'drop', SimpleImputer as the first step",
    ),
    (
        columns_with(KBinsDiscretizer(3, encode="ordinal", subsample=None), ["amount"]),
        TypeError,
        "Step 'columntransformer.more' is a KBinsDiscretizer, which to_onnx cannot export.",
    ),
    (
        before_an_encoder([("bins", KBinsDiscretizer(3, encode="onehot-dense", subsample=None), [1])]),
        ValueError,
        "Step 'columntransformer.bins': a KBinsDiscretizer can be exported with encode='ordinal'.",
    ),
    (
        before_an_encoder([("flags", MissingIndicator(), ["age"])]),
        ValueError,
        "Step 'columntransformer.flags': a MissingIndicator can be exported with features='all' and "
        "missing_values=nan.",
    ),
    (
        before_an_encoder([("scaled", make_pipeline(StandardScaler(), percentiles()), ["amount"])]),
        TypeError,
        "Step 'columntransformer.scaled.standardscaler', a StandardScaler, cannot be exported before an "
        "encoder. Remove it, or use a KBinsDiscretizer, a SimpleImputer followed by a "
        "KBinsDiscretizer, or a MissingIndicator.",
    ),
    (
        before_an_encoder([("imputed", SimpleImputer(), ["age"])]),
        TypeError,
        "Step 'columntransformer.imputed', a SimpleImputer, cannot be exported before an encoder.",
    ),
    (
        lambda: make_pipeline(
            ColumnTransformer([("amount", "passthrough", ["amount"])]), percentiles(), SMALL, LOGISTIC
        ).fit(X, YES_NO),
        TypeError,
        "Step 'kbinsdiscretizer' and the ColumnTransformer 'columntransformer' cannot be exported one "
        "after the other. Move 'kbinsdiscretizer' into 'columntransformer'.",
    ),
    (
        before_an_encoder(
            [("city", "passthrough", ["city"]), ("flag", MissingIndicator(features="all"), ["city"])]
        ),
        ValueError,
        "Column 'city' is text to one step and a number to another; a tensor cannot hold both.",
    ),
    (
        before_an_encoder([("device", "passthrough", ["device"])], transformer_weights={"device": 2}),
        ValueError,
        "Step 'columntransformer' before an encoder has transformer_weights, which cannot be exported.",
    ),
    (
        lambda: make_pipeline(
            MaxAbsScaler().set_output(transform="pandas"),
            ColumnTransformer([("device", HybridHashEncoder(), ["device"])]),
            LOGISTIC,
        ).fit(X[["device"]], YES_NO),
        TypeError,
        "Step 'maxabsscaler' and the ColumnTransformer 'columntransformer' cannot be exported one after",
    ),
    (
        lambda: make_pipeline(SMALL, LogisticRegression()),
        NotFittedError,
        "Step 'logisticregression', a LogisticRegression, is not fitted yet. Call fit before to_onnx.",
    ),
    (
        lambda: make_pipeline(percentiles(), HybridHashEncoder()),
        NotFittedError,
        "Step 'hybridhashencoder', a HybridHashEncoder, is not fitted yet.",
    ),
    (
        lambda: make_pipeline(percentiles(), HybridHashEncoder().fit([["a"]])),
        NotFittedError,
        "Step 'kbinsdiscretizer', a KBinsDiscretizer, is not fitted yet.",
    ),
    (
        lambda: make_pipeline(encoded_and_scaled(), LogisticRegression().fit([[0], [1]], [0, 1])),
        NotFittedError,
        "Step 'columntransformer', a ColumnTransformer, is not fitted yet.",
    ),
    (
        pipeline_of(SMALL, GridSearchCV(LOGISTIC, {}, cv=2)),
        TypeError,
        "Step 'gridsearchcv', the last, is a GridSearchCV. Replace it by the model that it found: "
        "pipeline.set_params(gridsearchcv=pipeline[-1].best_estimator_).",
    ),
    (
        pipeline_of(Doubled(max_features=50), LOGISTIC),
        TypeError,
        "Step 'doubled' is a Doubled, a subclass of HybridHashEncoder, which to_onnx cannot export",
    ),
    (
        lambda: make_pipeline(OtherColumns([("encoder", SMALL, CATEGORIES)]), LOGISTIC).fit(X, YES_NO),
        TypeError,
        "Step 'othercolumns' is a OtherColumns, a subclass of ColumnTransformer, which to_onnx cannot",
    ),
    (
        labelled(np.array([2**63, 1], dtype=np.uint64)),
        ValueError,
        "Step 'logisticregression': the class label 9223372036854775808 has no ONNX type. Fit on texts",
    ),
    (
        labelled(np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[D]")),
        ValueError,
        "Step 'logisticregression': the class label datetime.date(2026, 1, 1) has no ONNX type.",
    ),
    (multilabel, ValueError, "Step 'ridgeclassifier' predicts several labels at once"),
    (
        lambda: make_pipeline(SimpleImputer(), StandardScaler(), LOGISTIC).fit(X[["amount"]], YES_NO),
        TypeError,
        "The pipeline has no HybridHashEncoder.",
    ),
    (
        lambda: make_pipeline(LOGISTIC),
        TypeError,
        "The pipeline has no encoder before the model 'logisticregression'.",
    ),
]


@pytest.mark.parametrize(
    ("make", "error", "message"), ERRORS, ids=[message[:50] for *_, message in ERRORS]
)
def test_errors(make, error, message):
    with pytest.raises(error, match=re.escape(message)):
        to_onnx(make())


def test_error_if_a_number_has_the_type_string():
    pipeline = columns_with("passthrough", ["amount"])()
    with pytest.raises(ValueError, match="Column 'amount' is used as a number and cannot have the type"):
        to_onnx(pipeline, inputs={"amount": "string"})


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("step", "takes_missing"),
    [
        ("passthrough", False),
        (StandardScaler(), False),
        (SimpleImputer(), True),
        (make_pipeline(SimpleImputer(), StandardScaler()), True),
    ],
    ids=str,
)
def test_the_run_fails_where_python_raises(step, takes_missing, value):
    columns = ColumnTransformer(
        [("city", HybridHashEncoder(max_features=20), ["city"]), ("numbers", step, ["amount", "device"])]
    )
    pipeline = make_pipeline(columns, LOGISTIC).fit(X, YES_NO)
    later = LATER[:50].copy()
    later.loc[7, "amount"] = value
    if takes_missing and np.isnan(value):
        check(pipeline, later)
        return
    with pytest.raises(ValueError, match="contains"):
        pipeline.predict(later)
    with pytest.raises(
        Exception, match=r"Columns 'amount', 'device': a value is missing \(NaN\) or inf"
    ):
        outputs(to_onnx(pipeline), later)


@pytest.mark.parametrize("step", [percentiles(4), MissingIndicator(features="all")], ids=str)
def test_the_run_fails_if_a_binned_number_is_infinite(step):
    pipeline = make_pipeline(step, HybridHashEncoder(max_features=9)).fit(X[["amount"]])
    infinite = pd.DataFrame({"amount": [1.0, np.inf]})
    with pytest.raises(ValueError, match="contains infinity"):
        pipeline.transform(infinite)
    with pytest.raises(Exception, match="Column 'amount': a value is infinite, which binning"):
        outputs(to_onnx(pipeline), infinite)


def test_two_encoders_that_raise_on_missing_values_in_one_column():
    encoder = HybridHashEncoder(handle_missing="error", max_features=20)
    columns = ColumnTransformer([("one", encoder, ["device"]), ("two", encoder, ["device"])])
    pipeline = make_pipeline(columns, LOGISTIC).fit(X, YES_NO)
    check(pipeline, LATER, inputs={"device": "double"})


@pytest.mark.parametrize(
    "labels",
    [
        np.array([2**63 - 1, -(2**63)]),
        np.array([5, 7], dtype=np.uint64),
        np.array(["é", ""], dtype=object),
        np.array([0.0, 2.0]),
    ],
    ids=str,
)
def test_labels(labels):
    check(labelled(labels)(), LATER[CATEGORIES])


def test_a_first_step_that_does_nothing():
    pipeline = make_pipeline(FunctionTransformer(), HybridHashEncoder(max_features=20), Ridge())
    pipeline.fit(X[["device", "city"]], SIGNAL)
    assert [column.name for column in to_onnx(pipeline).graph.input] == ["device", "city"]
    check(pipeline, LATER[["device", "city"]])
