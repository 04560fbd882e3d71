import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
from tests.layers import GOOD, ROWS, SETTINGS, TRAIN, close, double, encode, frame, from_encoder  # noqa: E402


@given(SETTINGS, ROWS, ROWS, st.booleans())
def test_indices_and_csr_give_the_same(settings, fitted, rows, no_buckets):
    # A dropped tail and an ignored missing value look alike in indices, see below.
    ambiguous = settings["tail_indicator"] and settings["handle_missing"] == "ignore"
    if no_buckets and not ambiguous:
        settings["n_buckets"] = 0
    encoder = encode(frame(fitted), **settings)
    embedding = double(encoder)
    close(
        embedding(encoder.encode_indices(frame(rows))),
        embedding(encoder.transform(frame(rows))),
    )


def as_matrix(csr):
    return sp.csr_matrix(csr)


def as_array(csr):
    return sp.csr_array(csr)


def as_unsorted(csr):
    order = np.concatenate(
        [np.arange(begin, end)[::-1] for begin, end in zip(csr.indptr, csr.indptr[1:])]
    )
    return sp.csr_array((csr.data[order], csr.indices[order], csr.indptr), shape=csr.shape)


def as_tensor(csr):
    parts = (torch.from_numpy(part) for part in (csr.indptr, csr.indices, csr.data))
    return torch.sparse_csr_tensor(*parts, size=csr.shape, check_invariants=True)


@pytest.mark.parametrize("form", [as_matrix, as_array, as_unsorted, as_tensor])
# PyTorch says once per process that its sparse CSR tensors are in beta.
@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta")
def test_forms_of_csr(form):
    encoder = encode()
    embedding = double(encoder)
    close(embedding(form(encoder.transform(TRAIN))), embedding(encoder.encode_indices(TRAIN)))


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy])
def test_forms_of_indices(dtype, form):
    encoder = encode()
    embedding = double(encoder)
    indices = form(encoder.encode_indices(TRAIN).astype(dtype))
    assert embedding(indices).shape == (len(TRAIN), 2, 4)
    close(embedding(indices), embedding(encoder.encode_indices(TRAIN)))


def test_arrays_that_torch_cannot_share():
    encoder = encode()
    embedding = double(encoder)
    indices, csr = encoder.encode_indices(TRAIN), encoder.transform(TRAIN)
    for array in (indices, csr.data, csr.indices, csr.indptr):
        array.flags.writeable = False
    close(embedding(indices[::-1]), embedding(csr).flip(0))


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (GOOD[0], ValueError, r"shape \(2, 2\), and this layer takes \(n_samples, 2, 2\)"),
        (GOOD[:, :1], ValueError, r"shape \(3, 1, 2\)"),
        (GOOD[..., :1], ValueError, r"shape \(3, 2, 1\)"),
        (GOOD.astype(np.int16), TypeError, "of torch.int16, and must be of int32 or int64"),
        (GOOD.astype(float), TypeError, "of torch.float64"),
        (GOOD + 99, ValueError, "Row 0, column 0: index 99 is of no slot or bucket of this column"),
        (GOOD - 2, ValueError, "Row 0, column 0: index -2 is of no slot"),
        (GOOD[:, ::-1], ValueError, "Row 0, column 0: index 9 is of no slot"),
        (np.repeat(GOOD[:, :1], 2, axis=1), ValueError, "Row 0, column 1: index 0 is of no slot"),
        (TRAIN, TypeError, "not a DataFrame"),
        (sp.csr_array((3, 17)), ValueError, r"shape \(3, 17\), and this layer takes \(n_samples, 18\)"),
        (sp.csr_array(([1.0], [18], [0, 1]), (1, 18)), ValueError, "column number 18, outside its 18"),
        (sp.csc_array((3, 18)), TypeError, "in the format csc"),
        (torch.zeros(3, 18).to_sparse(), TypeError, "in the format torch.sparse_coo"),
    ],
)
def test_input_that_is_refused(X, error, message):
    with pytest.raises(error, match=message):
        from_encoder(encode(), 4)(X)


def test_concat_refuses_csr():
    encoder = encode()
    with pytest.raises(ValueError, match="Pass what encode_indices gave"):
        from_encoder(encoder, 4, "concat")(encoder.transform(TRAIN))


def test_indices_that_do_not_tell_tail_from_missing_are_refused():
    encoder = encode(n_buckets=0, tail_indicator=True, handle_missing="ignore")
    embedding = double(encoder)
    with pytest.raises(ValueError, match="Pass what transform gave"):
        embedding(encoder.encode_indices(TRAIN))
    assert embedding(encoder.transform(TRAIN)).shape == (len(TRAIN), 2, 4)
