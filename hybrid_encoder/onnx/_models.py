"""Linear models of scikit-learn: which are known, what they add up, and what becomes of the sums."""

from typing import Any, Literal

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from sklearn import linear_model, svm

Weights = NDArray[np.float64]
Form = Literal["scores", "logistic", "softmax", "huber", "identity", "exp"]


def _there(name: str) -> list[type]:
    """A model that scikit-learn 1.10 no longer has."""
    return [getattr(linear_model, name)] if hasattr(linear_model, name) else []


CLASSIFIERS = (
    linear_model.LogisticRegression,
    linear_model.LogisticRegressionCV,
    linear_model.SGDClassifier,
    linear_model.RidgeClassifier,
    linear_model.RidgeClassifierCV,
    linear_model.Perceptron,
    svm.LinearSVC,
    *_there("PassiveAggressiveClassifier"),
)
REGRESSORS = (
    linear_model.LinearRegression,
    linear_model.Ridge,
    linear_model.RidgeCV,
    linear_model.Lasso,
    linear_model.LassoCV,
    linear_model.ElasticNet,
    linear_model.ElasticNetCV,
    linear_model.SGDRegressor,
    linear_model.HuberRegressor,
    svm.LinearSVR,
    *_there("PassiveAggressiveRegressor"),
)
LOG_LINKS = (linear_model.PoissonRegressor, linear_model.GammaRegressor)
KNOWN = (*CLASSIFIERS, *REGRESSORS, *LOG_LINKS)


def check_known(name: str, model: Any) -> None:
    """Whether a step is one of these models.

    Raises
    ------
    TypeError
        If it is of another kind, with what to do instead.
    """
    if type(model) in KNOWN:
        return
    if hasattr(model, "best_estimator_"):
        raise TypeError(
            f"Step {name!r}, the last, is a {type(model).__name__}. Put what it found in its place: "
            f"pipeline.set_params({name}=pipeline[-1].best_estimator_)."
        )
    raise TypeError(
        f"Step {name!r}, the last, is a {type(model).__name__}, which is no linear model that "
        f"to_onnx knows. Known: {', '.join(cls.__name__ for cls in KNOWN)}. For others use skl2onnx, "
        "with hybrid_encoder.onnx.register_converter()."
    )


def weights_of(name: str, model: Any) -> tuple[Weights, Weights]:
    """Weights of shape (n_features, n_outputs), and the constant of each output."""
    binarizer = getattr(model, "_label_binarizer", None)
    if binarizer is not None and binarizer.y_type_.startswith("multilabel"):
        raise ValueError(f"Step {name!r} predicts several labels at once: export one model per label.")
    coef = model.coef_.toarray() if sp.issparse(model.coef_) else model.coef_
    weights = np.atleast_2d(coef).T.astype(np.float64)
    intercept = np.broadcast_to(np.asarray(model.intercept_, dtype=np.float64), weights.shape[1:])
    return weights, intercept


def labels_of(name: str, model: Any) -> NDArray[Any] | None:
    """Labels of a classifier, in one of the few types that runtimes know well."""
    if not isinstance(model, CLASSIFIERS):
        return None
    classes: NDArray[Any] = model.classes_
    labels = classes.tolist()
    if all(isinstance(label, str) for label in labels):
        return classes.astype(object)
    if classes.dtype.kind == "b" or (classes.dtype.kind == "f" and classes.dtype.itemsize <= 8):
        return classes
    odd = [label for label in labels if type(label) is not int or not -(2**63) <= label < 2**63]
    if odd:
        raise ValueError(
            f"Step {name!r}: the class {odd[0]!r} is no label that ONNX has. Fit on texts, by "
            "y.astype(str); or on whole numbers of int64, booleans or floats."
        )
    return classes.astype(np.int64)


def form_of(name: str, model: Any) -> Form:
    """What a model makes of its sums."""
    if not isinstance(model, CLASSIFIERS):
        return "exp" if isinstance(model, LOG_LINKS) else "identity"
    if not hasattr(model, "predict_proba"):
        return "scores"
    if isinstance(model, linear_model.SGDClassifier):
        return "huber" if model.loss == "modified_huber" else "logistic"
    # Up to scikit-learn 1.7 a parameter could have it another way.
    way = getattr(model, "multi_class", "auto")
    if way == "multinomial" and len(model.classes_) == 2:
        raise ValueError(f"Step {name!r}: multi_class='multinomial' with two classes. Fit without it.")
    one_by_one = way == "ovr" or model.solver == "liblinear" or len(model.classes_) == 2
    return "logistic" if one_by_one else "softmax"
