import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st

torch = pytest.importorskip("torch")
from tests.layers import (  # noqa: E402
    INDICES,
    ROWS,
    SETTINGS,
    TRAIN,
    assert_close,
    fit_encoder,
    from_encoder,
    make_frame,
    make_layer,
)


@given(SETTINGS, ROWS, ROWS, st.booleans())
def test_indices_and_csr_give_the_same_vectors(settings, fitted, rows, no_buckets):
    # Without buckets, tail values and ignored missing values have the same indices, see below.
    ambiguous = settings["tail_indicator"] and settings["handle_missing"] == "ignore"
    if no_buckets and not ambiguous:
        settings["n_buckets"] = 0
    encoder = fit_encoder(make_frame(fitted), **settings)
    embedding = make_layer(encoder)
    assert_close(
        embedding(encoder.encode_indices(make_frame(rows))),
        embedding(encoder.transform(make_frame(rows))),
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
# PyTorch warns once per process that sparse CSR tensors are in beta.
@pytest.mark.filterwarnings("ignore:Sparse CSR tensor support is in beta")
def test_forms_of_csr(form):
    encoder = fit_encoder()
    embedding = make_layer(encoder)
    assert_close(embedding(form(encoder.transform(TRAIN))), embedding(encoder.encode_indices(TRAIN)))


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("form", [np.asarray, torch.from_numpy])
def test_forms_of_indices(dtype, form):
    encoder = fit_encoder()
    embedding = make_layer(encoder)
    indices = form(encoder.encode_indices(TRAIN).astype(dtype))
    assert embedding(indices).shape == (len(TRAIN), 2, 4)
    assert_close(embedding(indices), embedding(encoder.encode_indices(TRAIN)))


def test_reversed_and_read_only_arrays():
    encoder = fit_encoder()
    embedding = make_layer(encoder)
    indices, csr = encoder.encode_indices(TRAIN), encoder.transform(TRAIN)
    for array in (indices, csr.data, csr.indices, csr.indptr):
        array.flags.writeable = False
    assert_close(embedding(indices[::-1]), embedding(csr).flip(0))


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (INDICES[0], ValueError, r"shape \(2, 2\), and this layer takes \(n_samples, 2, 2\)"),
        (INDICES[:, :1], ValueError, r"shape \(3, 1, 2\)"),
        (INDICES[..., :1], ValueError, r"shape \(3, 2, 1\)"),
        (INDICES.astype(np.int16), TypeError, r"of torch.int16\. Convert them to int32 or int64"),
        (INDICES.astype(float), TypeError, "of torch.float64"),
        (INDICES + 99, ValueError, "Row 0, column 0: index 99 is not a slot or bucket of this column"),
        (INDICES - 2, ValueError, "Row 0, column 0: index -2 is not a slot"),
        (INDICES[:, ::-1], ValueError, "Row 0, column 0: index 9 is not a slot"),
        (np.repeat(INDICES[:, :1], 2, axis=1), ValueError, "Row 0, column 1: index 0 is not a slot"),
        (TRAIN, TypeError, "X is a DataFrame"),
        (sp.csr_array((3, 17)), ValueError, r"shape \(3, 17\), and this layer takes \(n_samples, 18\)"),
        (sp.csr_array(([1.0], [18], [0, 1]), (1, 18)), ValueError, "column number 18, outside its 18"),
        (sp.csc_array((3, 18)), TypeError, "in the format csc"),
        (torch.zeros(3, 18).to_sparse(), TypeError, "in the format torch.sparse_coo"),
    ],
)
def test_invalid_input_raises(X, error, message):
    with pytest.raises(error, match=message):
        from_encoder(fit_encoder(), 4)(X)


def test_concat_needs_indices():
    encoder = fit_encoder()
    with pytest.raises(ValueError, match="Pass the output of encode_indices"):
        from_encoder(encoder, 4, "concat")(encoder.transform(TRAIN))


def test_indices_that_do_not_distinguish_tail_from_missing_raise():
    encoder = fit_encoder(n_buckets=0, tail_indicator=True, handle_missing="ignore")
    embedding = make_layer(encoder)
    with pytest.raises(ValueError, match="Pass the output of transform"):
        embedding(encoder.encode_indices(TRAIN))
    assert embedding(encoder.transform(TRAIN)).shape == (len(TRAIN), 2, 4)


def test_concat_takes_these_indices_because_it_has_no_indicator():
    encoder = fit_encoder(n_buckets=0, tail_indicator=True, handle_missing="ignore")
    indices = encoder.encode_indices(TRAIN)
    vectors = make_layer(encoder, "concat")(indices)
    assert vectors.any(dim=-1).tolist() == (indices[..., 0] >= 0).tolist()
