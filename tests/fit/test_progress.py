import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit.progress import Progress

callback = pytest.importorskip("sklearn.callback", reason="scikit-learn's callbacks came with 1.9")

X = pd.DataFrame({"a": ["x", "y"] * 4, "b": [1, 2, 3, 4] * 2})


class Log:
    """A callback that writes down what it is told."""

    max_propagation_depth = None

    def __init__(self):
        self.told = []

    def setup(self, estimator, context):
        self.told.append("setup")

    def teardown(self, estimator, context):
        self.told.append("teardown")

    def on_fit_task_begin(self, estimator, context):
        if isinstance(estimator, HybridHashEncoder):
            self.told.append(f"begin {context.task_name}")

    def on_fit_task_end(self, estimator, context, *, X, metadata, fitted_estimator):
        if isinstance(estimator, HybridHashEncoder):
            self.told.append(f"end {context.task_name}")
            if fitted_estimator is not None:
                self.told.append(fitted_estimator.transform(X).shape)


STEPS = ["begin fit", *["begin count-column", "end count-column"] * 2, "end fit", (8, 10)]


@pytest.mark.parametrize("n_jobs", [1, 2])
@pytest.mark.parametrize("method", ["fit", "fit_transform"])
def test_every_column_is_a_step(method, n_jobs):
    log = Log()
    encoder = HybridHashEncoder(n_jobs=n_jobs).set_callbacks(log)
    getattr(encoder, method)(X)
    assert log.told == ["setup", *STEPS, "teardown"]


def test_a_fit_that_fails_tears_down():
    log = Log()
    with pytest.raises(TypeError, match="Column 0"):
        HybridHashEncoder().set_callbacks(log).fit([["a"], [1]])
    assert log.told == ["setup", "begin fit", "begin count-column", "teardown"]


def test_progress_is_part_of_a_pipeline_s():
    log = Log()
    model = make_pipeline(HybridHashEncoder(), LogisticRegression()).set_callbacks(log)
    model.fit(X, [0, 1] * 4)
    assert [told for told in log.told if told not in ("setup", "teardown")] == STEPS


def test_a_progress_bar(capsys):
    pytest.importorskip("rich")
    HybridHashEncoder().set_callbacks(callback.ProgressBar()).fit(X)
    assert "HybridHashEncoder - fit" in capsys.readouterr().out


def test_an_estimator_without_callbacks_is_told_nothing():
    progress = Progress(object(), 2, X=X)
    assert list(progress.steps(iter("ab"), "count-column")) == ["a", "b"]
    progress.end()
