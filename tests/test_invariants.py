"""Properties that hold for any table and any parameters."""

import os
import pickle
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hybrid_encoder import HybridHashEncoder
from hybrid_encoder._fit.importance import MEASURES, SUPERVISED
from hybrid_encoder._input import parallel as _parallel
from hybrid_encoder._input import text as _text
from hybrid_encoder._transform import csr as _csr
from hybrid_encoder._transform import encode as _encode
from hybrid_encoder._transform import vocabulary as _vocabulary
from tests import reference
from tests.conftest import CONTAINERS, array, available


@pytest.fixture(scope="module", autouse=True, params=["table", "fingerprints"])
def small_limits(request):
    """Lower the sizes from which other ways of encoding are used, so that small tables reach them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_text, "FEW", 16)
        patch.setattr(_encode, "FEW", 16)
        patch.setattr(_parallel, "_BLOCK_ROWS", 50)
        patch.setattr(_csr, "_PART_ROWS", 20)
        if request.param == "fingerprints":
            patch.setattr(_vocabulary, "_ARROW_MIN_TEXTS_PER_SLOT", 1e9)
            patch.setattr(_vocabulary, "_FINGERPRINTS_MIN_TEXTS", 0)
        yield


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5) | st.sampled_from("abc")
EXACT = 2**53  # integers beyond are not exact in a column of floats
INTEGERS = st.integers(-EXACT, EXACT) | st.integers(-3, 3)
FLOATS = st.floats(allow_nan=False, width=32) | st.sampled_from([0.5, 1.0])
KINDS = st.sampled_from([TEXTS, INTEGERS, FLOATS, st.booleans()])


def optional(values):
    return st.none() | values


@st.composite
def tables(draw, lists=False):
    """A few columns of one kind each, with missing values."""
    n_rows = draw(st.integers(1, 12)) * draw(st.sampled_from([1, 12]))
    columns = {}
    for number in range(draw(st.integers(1, 3))):
        cells = optional(draw(KINDS))
        if lists:
            cells = optional(st.lists(cells, max_size=3))
        seeds = draw(st.lists(cells, min_size=1, max_size=12))
        columns[f"c{number}"] = (seeds * n_rows)[:n_rows]
    return columns


ENCODERS = st.builds(
    HybridHashEncoder,
    top_k=st.just("auto") | st.integers(0, 5) | st.none(),
    n_buckets=st.just("auto") | st.integers(0, 6),
    max_features=st.integers(30, 60),
    n_hashes=st.integers(1, 2),
    min_frequency=st.sampled_from([1, 2, 0.2]),
    tail_weight=st.sampled_from([0.25, 0.5, 1.0]),
    tail_indicator=st.booleans(),
    handle_missing=st.sampled_from(["value", "ignore"]),
    seed=st.integers(0, 2**32 - 1),
)


AVAILABLE = st.sampled_from([container for container in CONTAINERS if available(container)])


def fit(encoder, X):
    """Fit, with a larger budget if `max_features` is too small for the other parameters."""
    try:
        return encoder.fit(X)
    except ValueError:
        return encoder.set_params(max_features=10_000).fit(X)


def same(one, other):
    """Whether two matrices are bitwise equal."""
    parts = ("data", "indices", "indptr")
    return one.shape == other.shape and all(
        getattr(one, part).tobytes() == getattr(other, part).tobytes() for part in parts
    )


def heads(encoder):
    return [values.tolist() for values in encoder.vocabularies_]


def cells_of(columns):
    """The cells of each column, None for every missing value."""
    return [[None if reference.is_missing(v) else v for v in cells] for cells in columns.values()]


@given(tables(), ENCODERS, AVAILABLE)
def test_the_container_does_not_matter(columns, encoder, container):
    expected = fit(encoder, array(columns))
    found = fit(HybridHashEncoder(**expected.get_params()), container(columns))
    assert heads(found) == heads(expected)
    assert same(found.transform(container(columns)), expected.transform(array(columns)))


def reference_of(encoder, cells):
    """The output of the reference for the heads and numbers of buckets of an encoder."""
    names = ("n_hashes", "tail_weight", "tail_indicator", "handle_missing", "seed")
    settings = {name: getattr(encoder, name) for name in names}
    return reference.encode(cells, heads(encoder), encoder.n_buckets_.tolist(), **settings)


@given(tables(), ENCODERS)
def test_transform_agrees_with_the_reference(columns, encoder):
    encoded = fit(encoder, array(columns)).transform(array(columns))
    assert encoded.toarray().tolist() == reference_of(encoder, cells_of(columns)).tolist()


@given(tables(lists=True), ENCODERS)
def test_transform_of_lists_agrees_with_the_reference(columns, encoder):
    # A column without any list is not a column of lists.
    assume(all(any(isinstance(cell, list) for cell in cells) for cells in columns.values()))
    encoded = fit(encoder, array(columns)).transform(array(columns))
    assert encoded.toarray().tolist() == reference_of(encoder, list(columns.values())).tolist()


@given(tables(), ENCODERS, st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(columns, encoder, random):
    order = list(range(len(next(iter(columns.values())))))
    random.shuffle(order)
    shuffled = {name: [cells[i] for i in order] for name, cells in columns.items()}
    one = fit(encoder, array(columns))
    other = HybridHashEncoder(**one.get_params()).fit(array(shuffled))
    assert heads(one) == heads(other)
    assert one.n_buckets_.tolist() == other.n_buckets_.tolist()
    assert same(one.transform(array(columns))[order], other.transform(array(shuffled)))


@given(tables(), ENCODERS, AVAILABLE)
def test_a_row_is_encoded_alone_as_in_a_batch(columns, encoder, container):
    batch = fit(encoder, container(columns)).transform(container(columns))
    for row in range(0, batch.shape[0], 7):
        alone = {name: cells[row : row + 1] for name, cells in columns.items()}
        assert same(encoder.transform(container(alone)), batch[row : row + 1])


@given(tables(), ENCODERS)
def test_output_is_canonical_and_within_the_budget(columns, encoder):
    X = array(columns)
    encoded = fit(encoder, X).transform(X)
    names = encoder.get_feature_names_out()
    assert encoded.shape == (len(X), encoder.n_features_out_)
    assert len(set(names)) == len(names) == encoder.n_features_out_
    assert encoded.indices.dtype == encoded.indptr.dtype == np.int32
    assert all((np.diff(encoded[row].indices) > 0).all() for row in range(len(X)))
    assert (encoded.data > 0).all()
    if "auto" in (encoder.top_k, encoder.n_buckets):
        assert encoder.n_features_out_ <= encoder.max_features


@given(tables(), ENCODERS)
def test_an_unpickled_encoder_is_the_same(columns, encoder):
    X = array(columns)
    loaded = pickle.loads(pickle.dumps(fit(encoder, X)))
    assert same(loaded.transform(X), encoder.transform(X))
    assert loaded.get_feature_names_out().tolist() == encoder.get_feature_names_out().tolist()


@given(tables(), ENCODERS)
def test_transform_and_report_do_not_change_the_encoder(columns, encoder):
    X = array(columns)
    before = pickle.dumps(fit(encoder, X))
    encoder.transform(X)
    encoder.report(X)
    assert pickle.dumps(encoder) == before


@given(tables(), ENCODERS)
def test_encode_indices_agrees_with_transform(columns, encoder):
    X = array(columns)
    encoded = fit(encoder.set_params(tail_indicator=False), X).transform(X)
    columns_set = [
        sorted(i for i in row.ravel().tolist() if i >= 0) for row in encoder.encode_indices(X)
    ]
    assert columns_set == [encoded[row].indices.tolist() for row in range(len(X))]


def test_threads_can_share_an_encoder():
    X = pd.DataFrame({"a": [f"v{i % 700}" for i in range(20_000)], "b": np.arange(20_000) % 900})
    encoder = HybridHashEncoder(max_features=300).fit(X)
    expected = encoder.transform(X)
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(encoder.transform, [X] * 8 + [X.iloc[:1]] * 8))
    assert all(same(matrix, expected) for matrix in found[:8])
    assert all(same(matrix, expected[:1]) for matrix in found[8:])


SCRIPT = """
import hashlib, numpy as np
from hybrid_encoder import HybridHashEncoder
X = [[f"user_{i * i % 701}", i % 37] for i in range(5000)]
encoder = HybridHashEncoder(max_features=200).fit(X)
encoded = encoder.transform(X)
state = encoded.indices.tobytes() + encoded.data.tobytes() + repr(encoder.vocabularies_).encode()
print(hashlib.sha256(state).hexdigest())
"""


def outputs_of(script, *hash_seeds):
    """What a script prints in processes with these hash seeds."""
    return {
        subprocess.run(
            [sys.executable, "-c", script],
            env=os.environ | {"PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in hash_seeds
    }


def test_results_do_not_depend_on_the_process_or_the_hash_seed():
    found = outputs_of(SCRIPT, "0", "1", "12345")
    assert len(found) == 1
    assert len(found.pop()) == 65


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("writeable", [True, False])
def test_the_memory_layout_does_not_matter(order, writeable):
    X = np.array([[3, 1], [3, 2], [4, 1]], order=order)
    X.flags.writeable = writeable
    expected = HybridHashEncoder(top_k=1, n_buckets=3).fit_transform(X.tolist())
    assert same(HybridHashEncoder(top_k=1, n_buckets=3).fit_transform(X), expected)
    frame = pd.DataFrame(X)
    assert same(HybridHashEncoder(top_k=1, n_buckets=3).fit_transform(frame), expected)


def test_encoding_does_not_change_attributes():
    X = pd.DataFrame({"text": ["a", "b", "c"] * 100, "number": [1, 2, 3] * 100})
    encoder = HybridHashEncoder(top_k=1, n_buckets=5).fit(X)
    state, saved = dict(vars(encoder)), pickle.dumps(encoder)
    for rows in (X.iloc[:1], X, X.astype("category")):
        encoder.transform(rows)
        encoder.encode_indices(rows)
        encoder.report(rows)
    assert vars(encoder).keys() == state.keys()
    assert all(value is state[name] for name, value in vars(encoder).items())
    assert pickle.dumps(encoder) == saved


IMPORTANCE = st.sampled_from([*MEASURES])


@given(tables(lists=True) | tables(), IMPORTANCE, st.integers(1, 3), st.booleans(), st.randoms())
def test_the_order_of_rows_does_not_matter_for_any_measure(
    columns, importance, n_classes, weighted, random
):
    X = array(columns)
    y = np.arange(len(X)) % n_classes
    # Floats hold these weights only approximately, so their sums depend on the order.
    weights = np.arange(1, len(X) + 1) / 10 if weighted else None
    encoder = HybridHashEncoder(max_features=40, importance=importance, tail_weight=1)
    expected = heads(fit_supervised(encoder, X, y, weights))
    order = np.array(random.sample(range(len(X)), len(X)))
    found = fit_supervised(encoder, X[order], y[order], None if weights is None else weights[order])
    assert heads(found) == expected


def fit_supervised(encoder, X, y, weights):
    return HybridHashEncoder(**encoder.get_params()).fit(X, y, weights)


@pytest.mark.parametrize("importance", [*SUPERVISED])
def test_threads_and_the_order_of_values_do_not_matter(importance):
    generator = np.random.default_rng(0)
    X = pd.DataFrame({"a": generator.zipf(1.3, 5000) % 500, "b": generator.zipf(1.5, 5000) % 90})
    y = generator.integers(0, 3, 5000)
    encoder = HybridHashEncoder(max_features=100, importance=importance)
    expected = heads(encoder.fit(X, y))
    order = generator.permutation(5000)
    shuffled = HybridHashEncoder(max_features=100, importance=importance, n_jobs=2)
    assert heads(shuffled.fit(X.iloc[order].astype("category"), y[order])) == expected
