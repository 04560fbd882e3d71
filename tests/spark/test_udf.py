"""Encoding of batches on executors, run without Spark."""

import numpy as np
import pytest

from hybrid_encoder import HybridHashEncoder

pa = pytest.importorskip("pyarrow")
pytest.importorskip("pyspark")

from hybrid_encoder.spark import _udf  # noqa: E402  needs PySpark
from tests.spark.tables import TABLE, Y, first_class  # noqa: E402  needs pyarrow


@pytest.mark.parametrize("columns", [["text"], ["integers", "lists"], ["floats", "text", "numbers"]])
def test_batches_encoded_on_an_executor(columns):
    table = TABLE.select(columns)
    encoder = HybridHashEncoder(top_k=2, n_buckets=5, importance=first_class, dtype=np.float32)
    expected = encoder.fit(table, Y).transform(table).tocsr()
    served = _udf._unpickled(_udf._served(encoder))
    cells = pa.StructArray.from_arrays([column.combine_chunks() for column in table], names=columns)
    arrays = _udf._encode(served, cells, "arrays")
    vectors = _udf._encode(served, cells, "vector")
    for name, part in (("indices", expected.indices), ("values", expected.data)):
        rows = [row.tolist() for row in np.split(part, expected.indptr[1:-1])]
        assert arrays.field(name).to_pylist() == rows
        assert vectors.field(name).to_pylist() == rows
    assert set(vectors.field("size").to_pylist()) == {expected.shape[1]}
    assert set(vectors.field("type").to_pylist()) == {0}
