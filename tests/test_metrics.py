import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.datasets import make_classification
from sklearn.dummy import DummyClassifier
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.feature_selection import RFECV
from sklearn.inspection import permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import check_scoring, d2_log_loss_score, make_scorer
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    LeaveOneOut,
    RandomizedSearchCV,
    StratifiedKFold,
    cross_val_score,
    cross_validate,
    learning_curve,
    validation_curve,
)
from sklearn.pipeline import make_pipeline

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.metrics import relative_cross_entropy
from hybrid_encoder.metrics import relative_cross_entropy_scorer as scorer

rng = np.random.default_rng(0)
TRUTH = rng.integers(0, 2, 50)
PROB = rng.uniform(0.05, 0.95, 50)
WEIGHT = rng.uniform(0, 3, 50)
X, Y = make_classification(200, 4, n_redundant=0, n_informative=3, random_state=0)
X3, Y3 = make_classification(200, 4, n_redundant=0, n_informative=3, n_classes=3, random_state=0)
MODEL = LogisticRegression()


@pytest.mark.parametrize(
    "labels",
    [TRUTH, TRUTH.astype(bool), TRUTH * 2 - 1, TRUTH.astype(float), np.array(["no", "yes"])[TRUTH]],
    ids=["0 and 1", "booleans", "-1 and 1", "floats", "text"],
)
@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
@pytest.mark.parametrize("prob", [PROB, np.column_stack([1 - PROB, PROB]), PROB.astype(np.float32)])
def test_rce_is_a_hundred_times_d2_log_loss(labels, weight, prob):
    expected = 100 * d2_log_loss_score(labels, prob, sample_weight=weight)
    assert relative_cross_entropy(labels, prob, weight) == pytest.approx(expected)


@pytest.mark.parametrize("weight", [None, WEIGHT], ids=["unweighted", "weighted"])
def test_many_classes(weight):
    prob = rng.dirichlet(np.ones(4), 50)
    truth = np.arange(50) % 4
    expected = 100 * d2_log_loss_score(truth, prob, sample_weight=weight)
    assert relative_cross_entropy(truth, prob, weight) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("prob", "expected"),
    [
        ([0.0, 1.0, 1.0, 0.0], 100),
        ([0.5, 0.5, 0.5, 0.5], 0),
        ([0.25, 0.75, 0.75, 0.25], 100 * (1 - np.log(0.75) / np.log(0.5))),
        # Certain, and wrong in one row of four: log(2.2e-16) is -36.04.
        ([0.0, 1.0, 0.0, 0.0], 100 * (1 + np.log(np.finfo(float).eps) / 4 / np.log(2))),
    ],
)
def test_by_hand(prob, expected):
    assert relative_cross_entropy([0, 1, 1, 0], prob) == pytest.approx(expected)


def test_the_base_rate_scores_zero_with_weights():
    base = np.average(TRUTH, weights=WEIGHT)
    assert relative_cross_entropy(TRUTH, np.full(50, base), WEIGHT) == pytest.approx(0, abs=1e-12)


def test_a_weight_of_k_equals_k_rows():
    weight = np.arange(50) % 4
    repeated = relative_cross_entropy(TRUTH.repeat(weight), PROB.repeat(weight))
    assert relative_cross_entropy(TRUTH, PROB, weight) == pytest.approx(repeated)


@pytest.mark.parametrize("container", [list, pd.Series, lambda values: pd.Series(values)[::-1][::-1]])
def test_containers(container):
    rce = relative_cross_entropy(container(TRUTH), container(PROB), container(WEIGHT))
    assert rce == relative_cross_entropy(TRUTH, PROB, WEIGHT)


def test_a_class_that_y_true_lacks():
    prob = rng.dirichlet(np.ones(3), 50)
    rce = relative_cross_entropy(TRUTH * 2, prob, labels=[0, 1, 2])
    loss = -np.log(prob[np.arange(50), TRUTH * 2]).mean()
    base = -np.log(np.bincount(TRUTH) / 50) @ np.bincount(TRUTH) / 50
    assert rce == pytest.approx(100 * (1 - loss / base))


@pytest.mark.parametrize(
    ("truth", "weight"),
    [([1, 1, 1], None), (["a", "a", "a"], None), ([0, 1, 1], [0, 1, 2]), ([True] * 3, [1, 1, 1])],
)
def test_one_class_alone_is_undefined(truth, weight):
    with pytest.warns(UndefinedMetricWarning, match="only one class of y_true has a weight"):
        assert np.isnan(relative_cross_entropy(truth, [0.2, 0.5, 0.7], weight))


@pytest.mark.parametrize(
    ("truth", "prob", "settings", "message"),
    [
        ([0, 1], [0.5, 1.5], {}, "y_prob must hold probabilities from 0 to 1; it holds 0.5 to 1.5"),
        ([0, 1], [-3.0, 0.5], {}, "it holds -3 to 0.5. Pass the result of predict_proba"),
        ([0, 1], [0.5, np.nan], {}, "y_prob contains NaN"),
        ([0, 1, 1], [0.5, 0.5], {}, r"inconsistent numbers of samples: \[3, 2\]"),
        ([0, 1], [0.5, 0.5], {"sample_weight": [1]}, r"inconsistent numbers of samples: \[2, 2, 1\]"),
        ([0, 1], [0.5, 0.5], {"sample_weight": [1, -1]}, "no negative number.* from -1 to 1"),
        ([0, 1], [0.5, 0.5], {"sample_weight": [0, 0]}, "at least one above 0"),
        ([0, 1], [0.5, 0.5], {"sample_weight": [1, np.nan]}, "sample_weight contains NaN"),
        (["a", None], [0.5, 0.5], {}, "y_true has missing values"),
        ([0, np.nan], [0.5, 0.5], {}, "y_true has missing values"),
        ([0.2, 0.5], [0.5, 0.5], {}, "Unknown label type"),
        ([0, 1, 2], [0.5, 0.5, 0.5], {}, "different number of classes"),
        ([0, 1], [[0.2, 0.3, 0.5]] * 2, {}, "different number of classes.*labels"),
        (
            [0, 3],
            [[0.2, 0.8]] * 2,
            {"labels": [0, 1]},
            r"y_true has the class 3, but labels is \[0, 1\]",
        ),
        ([0, 1], [[0.2, 0.8]] * 2, {"labels": [1, 0]}, "labels must be sorted"),
        ([[0, 1], [1, 0]], [[0.2, 0.8]] * 2, {}, "y should be a 1d array"),
        ([], [], {}, "0 sample"),
    ],
)
def test_bad_input(truth, prob, settings, message):
    with pytest.raises(ValueError, match=message):
        relative_cross_entropy(truth, prob, **settings)


def test_scorer():
    model = MODEL.fit(X, Y)
    assert scorer(model, X, Y) == relative_cross_entropy(Y, model.predict_proba(X))
    assert scorer(model, X, Y, Y + 1) == relative_cross_entropy(Y, model.predict_proba(X), Y + 1)


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize(("X", "y"), [(X, Y), (X3, Y3)], ids=["two classes", "three"])
def test_cross_validation(n_jobs, X, y):
    scores = cross_val_score(MODEL, X, y, scoring=scorer, n_jobs=n_jobs, error_score="raise")
    d2_scorer = make_scorer(d2_log_loss_score, response_method="predict_proba")
    fractions = cross_val_score(MODEL, X, y, scoring=d2_scorer)
    assert scores == pytest.approx(100 * fractions)


GRID = {"C": [0.01, 1.0]}


@pytest.mark.parametrize(
    "use",
    [
        lambda: cross_validate(MODEL, X, Y, scoring={"rce": scorer, "auc": "roc_auc"})["test_rce"],
        lambda: GridSearchCV(MODEL, GRID, scoring=scorer).fit(X, Y).best_score_,
        lambda: GridSearchCV(MODEL, GRID, scoring={"rce": scorer}, refit="rce").fit(X, Y).score(X, Y),
        lambda: RandomizedSearchCV(MODEL, GRID, n_iter=2, scoring=scorer).fit(X, Y).best_score_,
        lambda: learning_curve(MODEL, X, Y, scoring=scorer, train_sizes=[0.5, 1.0])[2],
        lambda: validation_curve(MODEL, X, Y, param_name="C", param_range=[0.1, 1], scoring=scorer)[1],
        lambda: permutation_importance(MODEL.fit(X, Y), X, Y, scoring=scorer, n_repeats=2).importances,
        lambda: RFECV(MODEL, scoring=scorer).fit(X, Y).cv_results_["mean_test_score"],
        lambda: check_scoring(MODEL, scoring=scorer)(MODEL.fit(X, Y), X, Y),
    ],
)
def test_everything_that_takes_a_scorer(use):
    assert np.isfinite(use()).all()


def test_behind_an_encoder():
    table = pd.DataFrame({"city": np.array(list("abcdefgh"))[rng.integers(0, 8, 300)]})
    target = np.where(rng.random(300) < 0.8, table["city"] < "d", table["city"] >= "d")
    model = make_pipeline(HybridHashEncoder(), LogisticRegression())
    assert cross_val_score(model, table, target, scoring=scorer).mean() > 10


def test_a_fold_that_lacks_a_class():
    everything, without_2 = np.arange(200), np.flatnonzero(Y3 < 2)
    folds = [(everything, without_2)]
    scores = cross_val_score(MODEL, X3, Y3, scoring=scorer, cv=folds, error_score="raise")
    prob = MODEL.fit(X3, Y3).predict_proba(X3[without_2])
    assert scores == [relative_cross_entropy(Y3[without_2], prob, labels=[0, 1, 2])]


def test_a_fold_of_one_class_has_no_score():
    with pytest.warns(UndefinedMetricWarning):
        scores = cross_val_score(MODEL, X[:8], Y[:8], scoring=scorer, cv=LeaveOneOut())
    assert np.isnan(scores).all()


def test_a_class_that_training_lacked():
    with pytest.raises(ValueError, match=r"the class 0, but labels is \[1, 2\]"):
        cross_val_score(
            DummyClassifier(), X3, np.sort(Y3), scoring=scorer, cv=KFold(3), error_score="raise"
        )


def test_weights_by_metadata_routing():
    weight = np.where(Y == 1, 1.0, 5.0)
    splits = list(StratifiedKFold(5).split(X, Y))
    with sklearn.config_context(enable_metadata_routing=True):
        weighted = make_scorer(relative_cross_entropy, response_method="predict_proba")
        weighted = weighted.set_score_request(sample_weight=True)
        model = LogisticRegression().set_fit_request(sample_weight=False)
        scores = cross_val_score(
            model, X, Y, scoring=weighted, cv=splits, params={"sample_weight": weight}
        )
        assert np.isfinite(cross_val_score(model, X, Y, scoring=scorer, params={})).all()
    expected = [
        scorer(model.fit(X[train], Y[train]), X[test], Y[test], weight[test]) for train, test in splits
    ]
    assert scores == pytest.approx(expected)


def test_scorer_survives_pickling():
    assert pickle.loads(pickle.dumps(scorer)) is scorer


def test_importing_the_package_adds_no_scorer_to_scikit_learn():
    script = "from sklearn.metrics import get_scorer_names as names\nbefore = names()\n"
    script += "import hybrid_encoder, hybrid_encoder.metrics\nassert names() == before"
    subprocess.run([sys.executable, "-c", script], check=True)
