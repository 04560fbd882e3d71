"""Pipelines of encoders and a linear model, served as one graph."""

import re

import numpy as np
import pandas as pd
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_selection import SelectKBest
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


@pytest.mark.parametrize("settings", ENCODERS, ids=str)
@pytest.mark.parametrize("y", [YES_NO, NAMED], ids=["two-classes", "four-classes"])
def test_encoders(settings, y):
    encoder = HybridHashEncoder(**{"max_features": 80, **settings})
    pipeline = make_pipeline(encoder, LOGISTIC).fit(X[CATEGORIES], y)
    # On float32 scikit-learn fits and adds up in float32 too.
    tolerance = 1e-6 if settings.get("dtype") is np.float32 else 1e-12
    check(pipeline, LATER[CATEGORIES], tolerance, inputs={"device": "int64"})


def test_a_parameter_that_is_set_later_waits_for_the_next_fit():
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
        MinMaxScaler((-1, 3), clip=True),
        MaxAbsScaler(),
        RobustScaler(),
        RobustScaler(with_centering=False, with_scaling=False),
        Pipeline([("nothing", "passthrough"), ("scale", RobustScaler())]),
        FunctionTransformer(),
    ],
    ids=str,
)
def test_numbers_beside_the_encoder(numbers):
    columns = ColumnTransformer(
        [("categories", HybridHashEncoder(max_features=80), CATEGORIES), ("amount", numbers, ["amount"])]
    )
    check(make_pipeline(columns, Ridge()).fit(X, SIGNAL), LATER)


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
def test_steps_between_go_into_the_weights(between):
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


def test_columns_that_are_cut_before_the_encoder():
    bins = ColumnTransformer(
        [
            ("cut", percentiles(), ["amount"]),
            ("filled", make_pipeline(SimpleImputer(strategy="median"), percentiles(4)), ["age"]),
            ("flags", MissingIndicator(features="all"), ["age", "amount"]),
            ("dropped", "drop", ["city"]),
        ],
        remainder="passthrough",
        verbose_feature_names_out=False,
    ).set_output(transform="pandas")
    pipeline = make_pipeline(bins, HybridHashEncoder(max_features=60), LOGISTIC).fit(X, YES_NO)
    edges = bins.named_transformers_["cut"].bin_edges_[0]
    later = LATER.copy()
    later.loc[: len(edges) - 1, "amount"] = edges
    check(pipeline, later)
    found = outputs(to_onnx(pipeline[:-1]), later)["indices"]
    np.testing.assert_array_equal(found, pipeline[1].encode_indices(bins.transform(later)))


def test_cut_beside_and_inside_a_column_transformer():
    columns = ColumnTransformer(
        [
            ("amount", make_pipeline(percentiles(), HybridHashEncoder(max_features=15)), ["amount"]),
            ("categories", HybridHashEncoder(max_features=60), CATEGORIES),
            ("piece", percentiles(5), ["amount"]),
        ]
    )
    check(make_pipeline(columns, LOGISTIC).fit(X, YES_NO), LATER)


def test_what_is_cut_but_missing_stays_missing():
    encoder = HybridHashEncoder(top_k=2, n_buckets=9).fit([[0.0], [1.0], [None]])
    pipeline = Pipeline([("cut", percentiles(3).fit(X[["amount"]])), ("encoder", encoder)])
    found = outputs(to_onnx(pipeline), pd.DataFrame({"amount": [np.nan]}))["indices"]
    np.testing.assert_array_equal(found, encoder.encode_indices([[np.nan]]))


def test_scaled_columns_before_the_encoder():
    rounded = make_pipeline(MinMaxScaler((0, 4)), percentiles(3), HybridHashEncoder(max_features=30))
    check(make_pipeline(rounded, LOGISTIC).fit(X[["amount"]], YES_NO), LATER[["amount"]])


def test_a_column_of_one_piece():
    one = KBinsDiscretizer(2, encode="ordinal", strategy="uniform", subsample=None)
    one.fit(X[["amount"]])
    one.bin_edges_[0] = one.bin_edges_[0][[0, -1]]
    encoder = HybridHashEncoder(max_features=9).fit([[0.0], [0.0]])
    pipeline = Pipeline([("cut", one), ("encoder", encoder)])
    found = outputs(to_onnx(pipeline), LATER[["amount"]])["indices"]
    assert (found == [[[0, -1]]]).all()


def test_steps_that_shift_dense_rows():
    encoder = HybridHashEncoder(max_features=80, sparse_output=False)
    for scaler in (StandardScaler(), MinMaxScaler()):
        check(make_pipeline(encoder, scaler, Ridge()).fit(X[CATEGORIES], SIGNAL), LATER[CATEGORIES])


@pytest.mark.parametrize("remainder", ["passthrough", StandardScaler()], ids=str)
def test_several_encoders_weights_and_a_remainder(remainder):
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
def test_a_column_that_is_a_category_and_a_number(step):
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


def test_weights_that_were_made_sparse():
    model = SGDClassifier(loss="log_loss", penalty="l1", random_state=0)
    pipeline = make_pipeline(HybridHashEncoder(max_features=80), model).fit(X[CATEGORIES], CLASSES)
    model.sparsify()
    check(pipeline, LATER[CATEGORIES])


@pytest.mark.parametrize("y", [YES_NO, NAMED], ids=["two-classes", "four-classes"])
def test_weights_in_float32_take_half_the_room(y):
    encoder = HybridHashEncoder(top_k=0, n_buckets=2_000)
    pipeline = make_pipeline(encoder, LOGISTIC).fit(X[CATEGORIES], y)
    kinds = {"device": "int64"}
    double = to_onnx(pipeline, inputs=kinds)
    single = to_onnx(pipeline, inputs=kinds, dtype=np.float32)
    assert single.ByteSize() < double.ByteSize() / 2 + 2_000
    found = check(pipeline, LATER[CATEGORIES], 1e-6, inputs=kinds, dtype=np.float32)
    assert found["probabilities"].dtype == np.float32


def test_no_row_is_ever_wide():
    encoder = HybridHashEncoder(top_k=0, n_buckets=10**6)
    pipeline = make_pipeline(encoder, SGDClassifier(loss="log_loss", random_state=0))
    pipeline.fit(X[["city"]], YES_NO)
    many = pd.concat([LATER[["city"]]] * 25)  # as dense rows, 800 gigabytes
    check(pipeline, many)


@pytest.mark.parametrize("value", [None, "city"])
def test_missing_is_refused_at_run_time_too(value):
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


def before_an_encoder(transformers, **how):
    return lambda: make_pipeline(ColumnTransformer(transformers, **how), SMALL, LOGISTIC).fit(X, YES_NO)


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
REFUSED = [
    (
        pipeline_of(SMALL, RandomForestClassifier(3)),
        TypeError,
        "Step 'randomforestclassifier', the last, is a RandomForestClassifier, which is no linear model",
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
        "Step 'columntransformer.more': a SimpleImputer can be exported if it puts numbers for NaN",
    ),
    (
        pipeline_of(FunctionTransformer(lambda X: X), SMALL, LOGISTIC),
        TypeError,
        "Step 'functiontransformer' is a FunctionTransformer, which to_onnx cannot export",
    ),
    (
        pipeline_of(
            HybridHashEncoder(max_features=50, sparse_output=False), MinMaxScaler(clip=True), LOGISTIC
        ),
        TypeError,
        "Step 'minmaxscaler', a MinMaxScaler, does more to encoded columns than to shift and scale them",
    ),
    (
        columns_with(KBinsDiscretizer(3, subsample=None), ["amount"]),
        ValueError,
        "Step 'columntransformer.more': a KBinsDiscretizer can be exported with encode='ordinal'.",
    ),
    (
        before_an_encoder([("flags", MissingIndicator(), ["age"])]),
        ValueError,
        "Step 'columntransformer.flags': a MissingIndicator can be exported with features='all', for",
    ),
    (
        before_an_encoder(
            [("city", "passthrough", ["city"]), ("flag", MissingIndicator(features="all"), ["city"])]
        ),
        ValueError,
        "Column 'city' is text to one step and a number to another: no tensor is both.",
    ),
    (
        before_an_encoder([("device", "passthrough", ["device"])], transformer_weights={"device": 2}),
        ValueError,
        "Step 'columntransformer' has transformer_weights before an encoder: leave them out.",
    ),
    (
        lambda: make_pipeline(
            MaxAbsScaler().set_output(transform="pandas"),
            ColumnTransformer([("device", HybridHashEncoder(), ["device"])]),
            LOGISTIC,
        ).fit(X[["device"]], YES_NO),
        TypeError,
        "Step 'maxabsscaler' stands before 'columntransformer', which to_onnx cannot export. Put it",
    ),
    (
        lambda: make_pipeline(SMALL, LogisticRegression()),
        NotFittedError,
        "Step 'logisticregression', a LogisticRegression, is not fitted yet. Call fit before to_onnx.",
    ),
    (
        lambda: make_pipeline(MaxAbsScaler(), HybridHashEncoder()),
        NotFittedError,
        "Step 'hybridhashencoder', a HybridHashEncoder, is not fitted yet.",
    ),
    (
        lambda: make_pipeline(MaxAbsScaler(), HybridHashEncoder().fit([["a"]])),
        NotFittedError,
        "Step 'maxabsscaler', a MaxAbsScaler, is not fitted yet.",
    ),
    (
        lambda: make_pipeline(encoded_and_scaled(), LogisticRegression().fit([[0], [1]], [0, 1])),
        NotFittedError,
        "Step 'columntransformer', a ColumnTransformer, is not fitted yet.",
    ),
    (
        pipeline_of(SMALL, GridSearchCV(LOGISTIC, {}, cv=2)),
        TypeError,
        "Step 'gridsearchcv', the last, is a GridSearchCV. Put what it found in its place: "
        "pipeline.set_params(gridsearchcv=pipeline[-1].best_estimator_).",
    ),
    (
        pipeline_of(Doubled(max_features=50), LOGISTIC),
        TypeError,
        "Step 'doubled' is a Doubled, a class made of HybridHashEncoder that may do otherwise",
    ),
    (
        lambda: make_pipeline(OtherColumns([("encoder", SMALL, CATEGORIES)]), LOGISTIC).fit(X, YES_NO),
        TypeError,
        "Step 'othercolumns' is a OtherColumns, a class made of ColumnTransformer that may do otherwise",
    ),
    (
        labelled(np.array([2**63, 1], dtype=np.uint64)),
        ValueError,
        "Step 'logisticregression': the class 9223372036854775808 is no label that ONNX has. Fit on",
    ),
    (
        labelled(np.array(["2026-01-01", "2026-01-02"], dtype="datetime64[D]")),
        ValueError,
        "Step 'logisticregression': the class datetime.date(2026, 1, 1) is no label that ONNX has.",
    ),
    (multilabel, ValueError, "Step 'ridgeclassifier' predicts several labels at once"),
    (
        lambda: make_pipeline(SimpleImputer(), StandardScaler(), LOGISTIC).fit(X[["amount"]], YES_NO),
        TypeError,
        "There is no HybridHashEncoder in the pipeline.",
    ),
    (lambda: make_pipeline(LOGISTIC), TypeError, "Nothing stands before the model 'logisticregression'"),
]


@pytest.mark.parametrize(("make", "error", "words"), REFUSED, ids=[words[:50] for *_, words in REFUSED])
def test_what_is_refused(make, error, words):
    with pytest.raises(error, match=re.escape(words)):
        to_onnx(make())


def test_a_number_is_no_text():
    pipeline = columns_with("passthrough", ["amount"])()
    with pytest.raises(ValueError, match="Column 'amount' is a number to the model, and cannot be"):
        to_onnx(pipeline, inputs={"amount": "string"})


@pytest.mark.parametrize(
    "scaler",
    [StandardScaler(), MinMaxScaler((-1, 3)), MaxAbsScaler(), RobustScaler(), MinMaxScaler(clip=True)],
    ids=str,
)
@pytest.mark.parametrize("cut", [False, True], ids=["as-keys", "as-bins"])
def test_scaled_numbers_have_the_bits_of_python(scaler, cut):
    # Tenths lie on the edges of bins, where the last bit decides.
    tenths = pd.DataFrame({"amount": np.random.default_rng(0).integers(1, 50, 500) / 10})
    steps = [scaler, percentiles(6)] if cut else [scaler]
    pipeline = make_pipeline(*steps, HybridHashEncoder(top_k=4, n_buckets=99)).fit(tenths)
    found = outputs(to_onnx(pipeline), tenths)["indices"]
    expected = pipeline[-1].encode_indices(pipeline[:-1].transform(tenths))
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize(
    ("step", "takes_missing"),
    [
        ("passthrough", False),
        (StandardScaler(), False),
        (MinMaxScaler(clip=True), False),
        (percentiles(4), False),
        (SimpleImputer(), True),
        (make_pipeline(SimpleImputer(), percentiles(4)), True),
        (MissingIndicator(features="all"), True),
    ],
    ids=str,
)
def test_numbers_that_the_model_refuses_in_python(step, takes_missing, value):
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
    with pytest.raises(Exception, match=r"Columns 'amount', 'device': a value is (infinite|missing)"):
        outputs(to_onnx(pipeline), later)


def test_infinite_numbers_that_steps_before_an_encoder_refuse_in_python():
    pipeline = make_pipeline(percentiles(4), HybridHashEncoder(max_features=9)).fit(X[["amount"]])
    with pytest.raises(Exception, match="Column 'amount': a value is infinite"):
        outputs(to_onnx(pipeline), pd.DataFrame({"amount": [1.0, np.inf]}))


def test_numbers_that_overflow_in_a_step():
    columns = ColumnTransformer(
        [("city", HybridHashEncoder(max_features=20), ["city"]), ("n", StandardScaler(), ["amount"])]
    )
    pipeline = make_pipeline(columns, LOGISTIC).fit(X.assign(amount=X["amount"] * 1e-3), YES_NO)
    with pytest.raises(Exception, match="Column 'amount': a value is missing"):
        outputs(to_onnx(pipeline), LATER[:3].assign(amount=1.7e308))


def test_a_column_that_two_encoders_refuse_when_missing():
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


@pytest.mark.parametrize("validate", [False, True])
def test_a_first_step_that_does_nothing_keeps_the_names(validate):
    whole = LATER[["device", "amount"]].assign(amount=LATER["amount"].round())
    nothing = FunctionTransformer(validate=validate)
    pipeline = make_pipeline(nothing, HybridHashEncoder(max_features=20), Ridge())
    pipeline.fit(whole, whole["amount"])
    assert [column.name for column in to_onnx(pipeline).graph.input] == ["device", "amount"]
    check(pipeline, whole)


def test_a_matrix_of_numbers_beside_the_encoder():
    nothing = FunctionTransformer(validate=True)
    columns = ColumnTransformer(
        [("city", HybridHashEncoder(max_features=20), ["city"]), ("n", nothing, ["amount", "device"])]
    )
    check(make_pipeline(columns, LOGISTIC).fit(X, YES_NO), LATER)


def test_a_matrix_between_encoder_and_model():
    encoder = HybridHashEncoder(max_features=20, sparse_output=False)
    steps = [encoder, FunctionTransformer(validate=True), LOGISTIC]
    check(make_pipeline(*steps).fit(X[CATEGORIES], YES_NO), LATER[CATEGORIES])
