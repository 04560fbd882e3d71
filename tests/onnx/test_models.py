"""Linear models behind an encoder: scores, probabilities and predictions."""

import numpy as np
import pytest
from sklearn.linear_model import (
    ElasticNet,
    GammaRegressor,
    HuberRegressor,
    Lasso,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.svm import LinearSVC, LinearSVR

from hybrid_encoder import HybridHashEncoder

pytest.importorskip("onnx")
pytest.importorskip("onnxruntime")
from hybrid_encoder.onnx import to_onnx
from tests.serving import (
    CATEGORIES,
    CLASSES,
    LATER,
    LOGISTIC,
    NAMED,
    SIGNAL,
    YES_NO,
    X,
    check,
    encoded_and_scaled,
)

MODELS = [
    (LOGISTIC, YES_NO, "probabilities"),
    (LOGISTIC, NAMED, "probabilities"),
    (LOGISTIC, YES_NO == 1, "probabilities"),
    (LogisticRegression(solver="liblinear"), NAMED == "top", "probabilities"),
    (SGDClassifier(loss="log_loss", random_state=0), YES_NO, "probabilities"),
    (SGDClassifier(loss="log_loss", random_state=0), CLASSES, "probabilities"),
    (SGDClassifier(loss="modified_huber", random_state=0), YES_NO, "probabilities"),
    (SGDClassifier(loss="modified_huber", random_state=0), CLASSES, "probabilities"),
    (SGDClassifier(random_state=0), YES_NO, "scores"),
    (SGDClassifier(loss="log_loss", random_state=0, average=True), YES_NO, "probabilities"),
    (RidgeClassifier(), NAMED, "scores"),
    (RidgeClassifier(), YES_NO, "scores"),
    (LinearSVC(), CLASSES, "scores"),
    (Perceptron(), NAMED, "scores"),
    (LinearRegression(), SIGNAL, "variable"),
    (LinearRegression(fit_intercept=False), np.stack([SIGNAL, -SIGNAL], axis=1), "variable"),
    (Ridge(), SIGNAL, "variable"),
    (Lasso(alpha=0.01), SIGNAL, "variable"),
    (ElasticNet(alpha=0.01), SIGNAL, "variable"),
    (SGDRegressor(random_state=0), SIGNAL, "variable"),
    (LinearSVR(random_state=0), SIGNAL, "variable"),
    (HuberRegressor(max_iter=1000), SIGNAL, "variable"),
    (PoissonRegressor(max_iter=1000), np.abs(SIGNAL), "variable"),
    (GammaRegressor(max_iter=1000), np.abs(SIGNAL) + 1, "variable"),
]


@pytest.mark.parametrize(("model", "y", "output"), MODELS, ids=lambda value: str(value)[:40])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")  # parity is what counts
def test_models(model, y, output):
    pipeline = Pipeline([("columns", encoded_and_scaled()), ("model", model)]).fit(X, y)
    assert output in check(pipeline, LATER)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("name", ["PassiveAggressiveClassifier", "PassiveAggressiveRegressor"])
def test_models_that_scikit_learn_removes(name):
    linear_model = pytest.importorskip("sklearn.linear_model")
    model = getattr(linear_model, name, None)
    if model is None:
        pytest.skip(f"scikit-learn has removed {name}")
    y = YES_NO if name.endswith("Classifier") else SIGNAL
    check(make_pipeline(encoded_and_scaled(), model(random_state=0)).fit(X, y), LATER)


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_models_with_cross_validation():
    model = LogisticRegressionCV(Cs=3, cv=3, max_iter=1000)
    check(make_pipeline(encoded_and_scaled(), model).fit(X, YES_NO), LATER)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("multi_class", ["ovr", "multinomial"])
def test_multi_class_up_to_scikit_learn_1_7(multi_class):
    if "multi_class" not in LOGISTIC.get_params():
        pytest.skip("this scikit-learn has no parameter multi_class")
    encoder = HybridHashEncoder(max_features=80)
    model = LogisticRegression(max_iter=500, multi_class=multi_class)
    check(make_pipeline(encoder, model).fit(X[CATEGORIES], NAMED), LATER[CATEGORIES])
    pipeline = make_pipeline(encoder, model).fit(X[CATEGORIES], YES_NO)
    if multi_class == "ovr":
        check(pipeline, LATER[CATEGORIES])
        return
    with pytest.raises(
        ValueError, match=r"multi_class='multinomial' with two classes cannot be exported\. Fit"
    ):
        to_onnx(pipeline)
