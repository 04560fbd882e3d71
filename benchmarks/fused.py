"""The same work in one plain pass of C++: a measure of what transform should cost per cell of text.

``FusedEncoder(encoder)`` takes a fitted encoder's heads and gives its output to the bit, for columns
of text without missing values. It needs ``g++`` and pyarrow.
"""

import ctypes
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import scipy.sparse as sp

from hybrid_encoder import HybridHashEncoder

SOURCE = Path(__file__).with_name("fused.cpp")


class _Text(ctypes.Structure):
    _fields_ = (("offsets", ctypes.c_void_p), ("bytes", ctypes.c_void_p))


def compiler() -> str | None:
    """Where the compiler is, if there is one."""
    return shutil.which("g++")


def compiled() -> ctypes.CDLL:
    """The C++ beside this file, optimised for this machine."""
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "fused.so"
        options = ["-O3", "-march=native", "-shared", "-fPIC", "-std=c++17"]
        subprocess.run([compiler(), *options, "-o", library, SOURCE], check=True)
        code = ctypes.CDLL(str(library))
    code.make_column.restype = ctypes.c_void_p
    code.encode.restype = ctypes.c_int64
    return code


def text_of(values: object) -> tuple[_Text, pa.Array]:
    """Addresses of Arrow's offsets and bytes, and the array that must live as long as they do."""
    array = pa.array(values, pa.large_string())
    array = array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array
    assert array.offset == 0
    assert array.null_count == 0
    _, offsets, data = array.buffers()
    return _Text(offsets.address, data.address), array


class FusedEncoder:
    """A fitted encoder's transform as one pass of C++."""

    def __init__(self, encoder: HybridHashEncoder) -> None:
        self._code, self._encoder = compiled(), encoder
        self._seeds = encoder._settled[0].seeds
        self._heads = [text_of(values) for values in encoder.vocabularies_]
        starts, n_buckets = encoder._layout.starts.tolist(), encoder.n_buckets_.tolist()
        self._columns = (ctypes.c_void_p * len(self._heads))(
            *(
                self._code.make_column(
                    ctypes.c_void_p(text.offsets),
                    ctypes.c_void_p(text.bytes),
                    start,
                    len(array),
                    buckets,
                    ctypes.c_uint32(self._seeds[0]),
                )
                for (text, array), start, buckets in zip(self._heads, starts, n_buckets, strict=False)
            )
        )

    def transform(self, table: pd.DataFrame) -> sp.csr_matrix:
        """What the encoder's own transform gives."""
        n_rows, n_columns = table.shape
        texts = [text_of(table[name].array) for name in table]
        indptr = np.zeros(n_rows + 1, dtype=np.int64)
        indices = np.empty(2 * n_rows * n_columns, dtype=np.int32)
        data = np.empty(2 * n_rows * n_columns)
        n = self._code.encode(
            ctypes.c_int64(n_rows),
            n_columns,
            self._columns,
            (_Text * n_columns)(*(text for text, _ in texts)),
            *map(ctypes.c_uint32, self._seeds),
            ctypes.c_double(self._encoder._settings["tail_weight"]),
            *(ctypes.c_void_p(array.ctypes.data) for array in (indptr, indices, data)),
        )
        indices.resize(n, refcheck=False)
        data.resize(n, refcheck=False)
        parts = (data, indices, indptr.astype(np.int32))
        return sp.csr_matrix(parts, shape=(n_rows, self._encoder.n_features_out_))

    def __del__(self) -> None:
        for column in self._columns:
            self._code.free_column(ctypes.c_void_p(column))
