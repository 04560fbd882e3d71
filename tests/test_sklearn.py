"""scikit-learn's checks of estimators, also eleven that `parametrize_with_checks` does not run."""

import pytest
import sklearn
from sklearn.utils import estimator_checks
from sklearn.utils.estimator_checks import parametrize_with_checks

from hybrid_encoder import HybridHashEncoder

ENCODERS = [
    HybridHashEncoder(),
    HybridHashEncoder(sparse_output=False),
    HybridHashEncoder(top_k=2, n_buckets=5, tail_indicator=True),
    HybridHashEncoder(top_k=None, n_buckets=0, n_hashes=1),
    HybridHashEncoder(handle_missing="error"),
    HybridHashEncoder(handle_missing="ignore", n_jobs=2),
    HybridHashEncoder(max_features=400, importance="mutual_info"),
    HybridHashEncoder(top_k=4, n_buckets=3, max_tracked=20, decay=0.9),
]

FURTHER = [
    "check_dataframe_column_names_consistency",
    "check_transformer_get_feature_names_out",
    "check_transformer_get_feature_names_out_pandas",
    "check_get_feature_names_out_error",
    "check_set_output_transform",
    "check_set_output_transform_pandas",
    "check_global_output_transform_pandas",
    "check_set_output_transform_polars",
    "check_global_set_output_transform_polars",
    "check_param_validation",
    "check_inplace_ensure_writeable",
]


SKLEARN = tuple(map(int, sklearn.__version__.split(".")[:2]))


@parametrize_with_checks(ENCODERS)
def test_check(estimator, check):
    name = getattr(check, "func", check).__name__
    raises_on_missing = estimator.handle_missing == "error"
    if name == "check_positive_only_tag_during_fit" and raises_on_missing and SKLEARN < (1, 8):
        pytest.skip("before 1.8 this check subtracts a mean from integers in place, which fails")
    check(estimator)


# These checks fit on dataframes and transform arrays, so scikit-learn warns.
@pytest.mark.filterwarnings("ignore:X (does not have|has) (valid )?feature names:UserWarning")
@pytest.mark.parametrize("name", FURTHER)
@pytest.mark.parametrize("encoder", ENCODERS, ids=repr)
def test_further_check(name, encoder):
    getattr(estimator_checks, name)("HybridHashEncoder", encoder)
