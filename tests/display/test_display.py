import pickle
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from hybrid_encoder import CollisionDisplay, CoverageDisplay, HybridHashEncoder
from tests.pictures import X, column, fitted, legend

DISPLAYS = [CoverageDisplay, CollisionDisplay]
MODEL = make_pipeline(HybridHashEncoder(), LogisticRegression())
REGRESSOR = ".regressor_['hybridhashencoder']"


@pytest.mark.parametrize("display", DISPLAYS)
def test_containers_give_the_same_numbers(display, container):
    columns = {"country": ["US", "US", None, "FR", "NZ"], "tags": [["a"], ["b", "a"], [], ["c"], ["a"]]}
    table = container(columns)
    found, expected = (
        display.from_estimator(fitted(rows), rows).frame().drop(columns="column")
        for rows in (table, pd.DataFrame(columns))
    )
    pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize("display", DISPLAYS)
def test_pickled_encoders_give_the_same_numbers(display):
    encoder = fitted(X)
    loaded = pickle.loads(pickle.dumps(encoder))
    for rows in (None, X):
        found, expected = (display.from_estimator(e, rows).frame() for e in (loaded, encoder))
        pd.testing.assert_frame_equal(found, expected)


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("rows", [None, X])
def test_an_encoder_must_be_fitted(display, rows):
    with pytest.raises(NotFittedError):
        display.from_estimator(HybridHashEncoder(), rows)


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize(
    ("encoder", "words"),
    [
        (HybridHashEncoder, r"it is a \w+\. Pass the fitted encoder itself"),
        (None, r"it is a NoneType\. Pass the fitted encoder itself"),
        (LogisticRegression(), r"it is a LogisticRegression\. Pass the fitted encoder itself"),
        (GridSearchCV(MODEL, {}), r"it is a GridSearchCV\. Pass the fitted encoder itself"),
    ],
)
def test_other_objects_raise(display, encoder, words):
    with pytest.raises(TypeError, match=f"must be a HybridHashEncoder; {words}"):
        display.from_estimator(encoder)


@pytest.mark.parametrize("display", DISPLAYS)
def test_other_columns_raise(display):
    with pytest.raises(ValueError, match="expecting 2 features"):
        display.from_estimator(fitted(X), column("abc"))
    encoder = fitted(pd.DataFrame({"a": ["x"], "b": ["y"]}))
    with pytest.raises(ValueError, match="feature names should match"):
        display.from_estimator(encoder, pd.DataFrame({"a": ["x"], "c": ["y"]}))
    with pytest.raises(TypeError, match=r"Column 'b'.*held text at fit"):
        display.from_estimator(encoder, pd.DataFrame({"a": ["x"], "b": [1]}))


@pytest.mark.parametrize("display", DISPLAYS)
def test_without_matplotlib(display, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    numbers = display.from_estimator(fitted(X), X)
    assert len(numbers.frame())
    with pytest.raises(ImportError, match=r'pip install "hybrid-encoder\[plot\]"'):
        numbers.plot()


def test_the_package_does_not_import_matplotlib():
    script = "import sys, hybrid_encoder; sys.exit('matplotlib' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True)


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize(
    ("encoder", "rows"),
    [
        (fitted(X, top_k=0), None),
        (fitted(column("aab"), top_k=0), None),
        (fitted(column("aab"), top_k=None), None),
        (fitted(column([["a"], []]), top_k=0), column([[], []])),
    ],
    ids=["no-slots", "one-column", "no-tail", "empty-lists"],
)
def test_an_empty_picture_without_a_warning(display, encoder, rows, axes):
    display.from_estimator(encoder, rows).plot(axes).figure_.canvas.draw()
    left, right = axes.get_xlim()
    assert left < right


@pytest.mark.parametrize("display", DISPLAYS)
def test_a_new_figure(display, axes):
    drawn = display.from_estimator(fitted(X), X).plot()
    assert drawn.ax_ is not axes
    assert drawn.figure_ is drawn.ax_.figure
    drawn.figure_.canvas.draw()


@pytest.mark.parametrize("display", DISPLAYS)
@pytest.mark.parametrize("n_columns", [30, 120])
def test_many_columns(display, axes, n_columns):
    rows = pd.DataFrame({f"column {c}": np.arange(400) % (100 + c) for c in range(n_columns)})
    drawn = display.from_estimator(fitted(rows, top_k=10), rows).plot()
    drawn.figure_.canvas.draw()
    looks = {(line.get_color(), line.get_linestyle()) for line in drawn.lines_}
    assert len(legend(drawn.ax_)) == min(n_columns + (display is CoverageDisplay), 32)
    assert len(looks) >= 30
    title = drawn.ax_.get_legend().get_title().get_text()
    assert ("other columns in grey" in title) == (n_columns == 120)


@pytest.mark.parametrize("name", ["_private", "$x", "$cost_per_$", r"$\frac$"])
def test_names_are_not_formatted(axes, name):
    rows = pd.DataFrame({name: ["a", "b", "c"], "other": ["a", "b", "c"]})
    for display in DISPLAYS:
        drawn = display.from_estimator(fitted(rows), rows).plot()
        drawn.figure_.canvas.draw()
        assert legend(drawn.ax_)[0].startswith(f"{name}: ")


@pytest.mark.parametrize("display", DISPLAYS)
def test_an_array_of_axes_raises(display, axes):
    made = display.from_estimator(HybridHashEncoder(top_k=1, n_buckets=3).fit(X), X)
    with pytest.raises(TypeError, match="ax must be one matplotlib Axes; it is a list"):
        made.plot([axes])
