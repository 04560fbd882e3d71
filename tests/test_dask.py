import pickle

import numpy as np
import pandas as pd
import pytest

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder.datasets import load_flights
from tests.fitted import fitted

dask = pytest.importorskip("dask")
dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")

import hybrid_encoder.dask  # noqa: E402  needs Dask
from hybrid_encoder.dask import fit, transform  # noqa: E402


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """Without threads of Dask, which would outlive the tests."""
    with dask.config.set({"scheduler": "synchronous"}):
        yield


FLIGHTS, LATE = load_flights(return_X_y=True)
FLIGHTS, LATE = FLIGHTS[::20].reset_index(drop=True), pd.Series(np.asarray(LATE)[::20], name="late")
ROWS = pd.DataFrame(
    {
        "text": ["é", "", None, "b", "a", "b"] * 9,
        "integer": pd.array([2**60 + 1, None, -1, 2**60, 5, 5] * 9, dtype="Int64"),
        "float": [0.5, np.nan, -0.0, 0.0, 1e300, 0.5] * 9,
        "boolean": pd.array([True, False, None, True, True, True] * 9, dtype="boolean"),
        "number": [1, 2, 3, 3, 2, 3] * 9,
        "gone": [None] * 54,
    }
)
CLASSES = pd.Series([0, 1, 1, 0, 1, 0] * 9)


# Without it Dask converts object columns to text.
NO_CONVERSION = {"dataframe.convert-string": False}


def split(frame, n_partitions):
    with dask.config.set(NO_CONVERSION):
        return dd.from_pandas(frame, npartitions=n_partitions, sort=False)


def of_first_class(counts, totals):
    return counts[:, 0]


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"top_k": 30, "n_buckets": 7},
        {"top_k": {"origin": None, "dest": 5}},
        {"top_k": None, "n_buckets": 0},
        {"top_k": 0},
        {"max_features": 200},
        {"min_frequency": 50},
        {"min_frequency": 0.01},
        {"handle_missing": "ignore"},
        {"importance": "frequency"},
        {"importance": "gini"},
        {"importance": of_first_class},
        {"max_tracked": 500},
    ],
    ids=lambda parameters: ",".join(parameters) or "default",
)
@pytest.mark.parametrize("supervised", [False, True])
def test_fit_equals_fit_in_memory(parameters, supervised):
    if parameters.get("importance") == "gini" and not supervised:
        pytest.skip("Gini needs classes")
    y = LATE if supervised else None
    encoder = HybridHashEncoder(**parameters)
    found = fit(encoder, split(FLIGHTS, 5), split(LATE, 5) if supervised else None)
    assert found is encoder
    assert fitted(encoder) == fitted(HybridHashEncoder(**parameters).fit(FLIGHTS, y))


@pytest.mark.parametrize("n_partitions", [1, 2, 3, 11])
@pytest.mark.parametrize("supervised", [False, True])
def test_columns_of_all_kinds_in_any_number_of_partitions(n_partitions, supervised):
    encoder = HybridHashEncoder(top_k=2, n_buckets=3)
    fit(encoder, split(ROWS, n_partitions), split(CLASSES, n_partitions) if supervised else None)
    assert fitted(encoder) == fitted(
        HybridHashEncoder(top_k=2, n_buckets=3).fit(ROWS, CLASSES if supervised else None)
    )
    encoded = transform(encoder, split(ROWS, n_partitions))
    assert encoded.shape[1] == encoder.n_features_out_
    assert (encoded.compute() != encoder.transform(ROWS)).nnz == 0


def of_parts(*frames):
    with dask.config.set(NO_CONVERSION):
        return dd.from_map(
            frames.__getitem__, range(len(frames)), meta=frames[0][:0], enforce_metadata=False
        )


def column(values):
    cells = np.empty(len(values), dtype=object)
    cells[:] = values
    return pd.DataFrame({"a": cells})


@pytest.mark.parametrize(
    "parts",
    [
        (["x", "y"], [None, None], ["x"]),
        ([], ["x", "y"], []),
        ([["x", "y"], []], [["x"]], [None, None]),
        ([None], [["x", "y"], ["x"]]),
        ([1, 2], [2.5, None], [2**60 + 1]),
        ([None], [None, np.nan]),
    ],
    ids=str,
)
def test_partitions_whose_columns_differ_in_form(parts):
    frames = [column(part) for part in parts]
    whole = column([cell for part in parts for cell in part])
    encoder = fit(HybridHashEncoder(top_k=1, n_buckets=3), of_parts(*frames))
    encoded = transform(encoder, of_parts(*frames))
    assert fitted(encoder) == fitted(HybridHashEncoder(top_k=1, n_buckets=3).fit(whole))
    assert (encoded.compute() != encoder.transform(whole)).nnz == 0


@pytest.mark.parametrize(
    ("labels", "importance"),
    [
        ([0, 0, 1, 2, 2, 2], "auto"),
        (["b", "a", "a", "c", "a", "a"], "auto"),
        ([0.5, 1.0, 2.0, 1.0, 1.0, 2.0], "auto"),
        ([1.0, 1.0, 2.0, 2.0, 2.5, 2.0], "auto"),
        (np.array([1, 1, 2, 3, 3, 3], dtype=np.int16), "auto"),
        (range(24), "auto"),
        (range(24), "mutual_info"),
    ],
    ids=str,
)
def test_classes_that_only_some_partitions_have(labels, importance):
    y = pd.Series(np.tile(labels, 3))
    X = pd.DataFrame({"a": [f"v{row % 7}" for row in range(len(y))]})
    encoder = HybridHashEncoder(top_k=3, importance=importance)
    found = fit(encoder, split(X, 9), split(y, 9))
    assert fitted(found) == fitted(HybridHashEncoder(top_k=3, importance=importance).fit(X, y))


@pytest.mark.parametrize("supervised", [False, True])
def test_sample_weight(supervised):
    y = LATE if supervised else None
    weights = pd.Series(np.arange(len(FLIGHTS)) % 5, dtype=float)
    weights[:4000] = 0  # some partitions have no weight at all
    found = fit(
        HybridHashEncoder(), split(FLIGHTS, 5), split(LATE, 5) if supervised else None, split(weights, 5)
    )
    assert fitted(found) == fitted(HybridHashEncoder().fit(FLIGHTS, y, weights))


ROWS_AND_MORE = FLIGHTS.assign(late=LATE, weight=np.arange(len(LATE)) % 3)


@pytest.mark.parametrize(
    ("frame", "y", "sample_weight"),
    [
        (split(FLIGHTS, 5), split(LATE, 5), split(ROWS_AND_MORE["weight"], 5)),
        (
            split(FLIGHTS, 5),
            split(LATE, 5).to_dask_array(lengths=True),
            split(ROWS_AND_MORE["weight"], 5),
        ),
        (split(ROWS_AND_MORE, 5), "late", "weight"),
        (split(ROWS_AND_MORE.drop(columns="late"), 5), split(LATE, 5), "weight"),
    ],
    ids=["series", "array", "names", "both"],
)
def test_y_and_sample_weight_as_names_or_collections(frame, y, sample_weight):
    expected = HybridHashEncoder().fit(FLIGHTS, LATE, ROWS_AND_MORE["weight"])
    assert fitted(fit(HybridHashEncoder(), frame, y, sample_weight)) == fitted(expected)


@pytest.mark.parametrize(
    ("frame", "y"),
    [
        (split(ROWS_AND_MORE.drop(columns="weight"), 5), "late"),
        (split(FLIGHTS, 5), split(LATE, 5)),
        (split(FLIGHTS, 5), split(LATE, 5) == 1),
        (split(FLIGHTS, 5), split(LATE, 5).to_dask_array(lengths=True)),
    ],
    ids=["name", "series", "booleans", "array"],
)
def test_transform_returns_labels_in_the_same_blocks(frame, y):
    X, labels = transform(HybridHashEncoder(max_features=100).fit(FLIGHTS), frame, y)
    assert labels.numblocks == (X.numblocks[0],)
    assert (labels.compute() == LATE).all()
    assert labels.blocks[1].compute().dtype == labels.dtype


@pytest.mark.parametrize("encoder", [HybridHashEncoder, "encoder"])
def test_anything_but_an_encoder_is_refused(encoder):
    for use in (fit, transform):
        with pytest.raises(TypeError, match="HybridHashEncoder"):
            use(encoder, split(FLIGHTS, 2))


def test_dense_output():
    encoder = HybridHashEncoder(top_k=2, n_buckets=3, sparse_output=False).fit(ROWS)
    encoder.set_output(transform="pandas")
    encoded = transform(encoder, split(ROWS, 3)).compute()
    assert isinstance(encoded, np.ndarray)
    assert (encoded == encoder.transform(ROWS).to_numpy()).all()


@pytest.mark.parametrize("sparse_output", [False, True])
def test_meta_agrees_with_the_blocks(sparse_output):
    encoder = HybridHashEncoder(sparse_output=sparse_output, dtype=np.float32).fit(ROWS)
    frame = split(ROWS, 3)
    encoded = transform(encoder, frame[frame["number"] == 7])  # without rows
    block = encoded.blocks[0].compute()
    assert (type(block), block.dtype) == (type(encoded._meta), encoded.dtype)
    assert encoded.compute().shape == (0, encoder.n_features_out_)


def test_the_client_receives_bounded_tables(monkeypatch):
    sizes = []
    compute = dask.compute

    def spy(*tasks):
        results = compute(*tasks)
        sizes.append(len(pickle.dumps(results)))
        return results

    monkeypatch.setattr(hybrid_encoder.dask.dask, "compute", spy)
    X = pd.DataFrame({"user": [f"user-{row}" for row in range(50_000)]})
    encoder = fit(HybridHashEncoder(top_k=100), split(X, 4))
    assert fitted(encoder) == fitted(HybridHashEncoder(top_k=100).fit(X))
    assert len(sizes) == 1
    assert sizes[0] < 10_000


def test_partial_fit_after_fit():
    found = fit(HybridHashEncoder(top_k=20), split(FLIGHTS, 5), split(LATE, 5))
    expected = HybridHashEncoder(top_k=20).fit(FLIGHTS, LATE)
    batch = FLIGHTS[:500], LATE[:500]
    assert fitted(found.partial_fit(*batch)) == fitted(expected.partial_fit(*batch))


TEXTS, NUMBERS, LISTS = column(["x", "y"]), column([1, 2]), column([["x"], ["y"]])


FIT_ERRORS = [
    (TEXTS, {}, {}, TypeError, "ddf is a DataFrame, not a Dask DataFrame"),
    (of_parts(TEXTS, NUMBERS), {}, {}, TypeError, r"'a': it holds text \('x'\) .* numbers \(1\)"),
    (of_parts(NUMBERS, TEXTS), {}, {}, TypeError, r"'a': it holds text \('x'\) .* numbers \(1\)"),
    (of_parts(TEXTS, LISTS), {}, {}, TypeError, r"'a': it holds lists .*\('x'\) in others. Wrap"),
    (of_parts(TEXTS, column(["z", 3])), {}, {}, TypeError, "Column 'a', row 1.*string.*number"),
    (
        of_parts(TEXTS, column([None])), {"handle_missing": "error"},
        {}, ValueError, "Column 'a', row 0: the value is missing",
    ),
    (of_parts(TEXTS[:0], TEXTS[:0]), {}, {}, ValueError, r"0 sample\(s\)"),
    (split(TEXTS, 2), {"top_k": -1}, {}, ValueError, "'top_k' parameter.*-1"),
    (split(TEXTS, 2), {"top_k": {"b": 1}}, {}, ValueError, "top_k names the column 'b'"),
    (split(TEXTS, 2), {"max_features": 1}, {}, ValueError, "max_features=1 is too small"),
    (split(TEXTS, 2), {"importance": "gini"}, {}, ValueError, "requires y to be passed"),
    (split(TEXTS, 2), {}, {"y": "late"}, ValueError, "no column 'late' in ddf. Its columns are 'a'"),
    (split(TEXTS, 2), {}, {"y": "a"}, ValueError, r"0 feature\(s\)"),
    (split(TEXTS, 2), {}, {"y": pd.Series([0, 1])}, TypeError, "y is a Series. Pass the name of a"),
    (split(TEXTS, 2), {}, {"y": [0, 1]}, TypeError, "y is a list. Pass the name of a column of ddf"),
    (split(TEXTS, 2), {}, {"sample_weight": split(TEXTS, 2)}, TypeError, "a DataFrame. Pass"),
    (
        split(TEXTS, 2), {}, {"y": split(pd.Series([0, 1]), 1)},
        ValueError, "y has 1 partitions, and ddf has 2. Make y a column of ddf",
    ),
    (
        split(TEXTS, 1), {}, {"y": split(pd.Series([0, 1, 1]), 1)},
        ValueError, "inconsistent numbers",
    ),
    (
        split(TEXTS, 2), {}, {"sample_weight": split(pd.Series([0.0, 0.0]), 2)},
        ValueError, "at least one non-zero number",
    ),
    (
        split(TEXTS, 2), {}, {"y": split(pd.Series([0, "b"], dtype=object), 2)},
        ValueError, "y holds the label 'b', and in other rows 0",
    ),
]  # fmt: skip


@pytest.mark.parametrize(
    ("frame", "parameters", "arguments", "error", "words"),
    FIT_ERRORS,
    ids=[words for *_, words in FIT_ERRORS],
)
def test_fit_raises(frame, parameters, arguments, error, words):
    encoder = HybridHashEncoder(**parameters)
    with pytest.raises(error, match=words):
        fit(encoder, frame, **arguments)
    assert not hasattr(encoder, "vocabularies_")


def test_errors_name_the_partition():
    encoder = HybridHashEncoder()
    with pytest.raises(TypeError, match="row 1") as caught:
        fit(encoder, of_parts(TEXTS, column(["z", 3])))
    assert caught.value.__notes__ == ["Rows are counted from the first of partition 1."]


def test_a_failed_fit_does_not_change_the_encoder():
    encoder = HybridHashEncoder(top_k=1, n_buckets=3).fit(ROWS)
    before = fitted(encoder)
    with pytest.raises(TypeError):
        fit(encoder, of_parts(TEXTS, NUMBERS))
    assert fitted(encoder) == before


@pytest.mark.parametrize(
    ("frame", "error", "words"),
    [
        (TEXTS, TypeError, "not a Dask DataFrame"),
        (split(NUMBERS, 2), TypeError, "Column 'a', row 0: [12] is a number"),
        (split(TEXTS.rename(columns={"a": "b"}), 1), ValueError, "feature names"),
    ],
    ids=str,
)
def test_transform_raises(frame, error, words):
    encoder = HybridHashEncoder().fit(TEXTS)
    with pytest.raises(error, match=words):
        transform(encoder, frame).compute()


# Dask may leave sockets to the garbage collector when its processes end.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_two_processes(tmp_path):
    """Rows from Parquet, counted and encoded by worker processes, and a model fitted to the blocks."""
    from sklearn.linear_model import SGDClassifier

    pytest.importorskip("pyarrow")
    rows = FLIGHTS.assign(late=LATE)
    for part in range(4):
        rows[part::4].to_parquet(tmp_path / f"{part}.parquet")
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )
    with cluster, distributed.Client(cluster), dask.config.set(scheduler="distributed"):
        ddf = dd.read_parquet(tmp_path)
        encoder = fit(HybridHashEncoder(max_features=500), ddf, "late")
        assert fitted(encoder) == fitted(HybridHashEncoder(max_features=500).fit(FLIGHTS, LATE))
        # If it is read separately, a single column has other partitions.
        beside = fit(HybridHashEncoder(max_features=500), ddf[list(FLIGHTS)], ddf["late"])
        assert fitted(beside) == fitted(encoder)
        model = SGDClassifier(loss="log_loss", random_state=0)
        X, y = transform(encoder, ddf, "late")
        assert X.numblocks == (ddf.npartitions, 1)
        for block in zip(X.blocks, y.blocks, strict=True):
            model.partial_fit(*dask.compute(*block), classes=[0, 1])
    assert model.score(encoder.transform(FLIGHTS), LATE) > 0.6
