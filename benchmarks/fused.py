"""Transform in one pass of C++, to measure the time per cell of text without Python.

``FusedEncoder(encoder)`` gives exactly the same matrix as the fitted encoder, for columns of text
without missing values. It needs ``g++`` and pyarrow.
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
    """Path of the compiler, if it is installed."""
    return shutil.which("g++")


def compiled() -> ctypes.CDLL:
    """The C++ of fused.cpp, optimised for this machine."""
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
        document = encoder.to_dict()
        self._seeds = document["seeds"]
        self._heads = [text_of(column["head"]) for column in document["columns"]]
        self._columns = (ctypes.c_void_p * len(self._heads))(
            *(
                self._code.make_column(
                    ctypes.c_void_p(text.offsets),
                    ctypes.c_void_p(text.bytes),
                    column["first_column"],
                    len(array),
                    column["n_buckets"],
                    ctypes.c_uint32(self._seeds[0]),
                )
                for (text, array), column in zip(self._heads, document["columns"], strict=True)
            )
        )

    def transform(self, table: pd.DataFrame) -> sp.csr_matrix:
        """The same matrix as the encoder's transform."""
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
            ctypes.c_double(self._encoder.tail_weight),
            *(ctypes.c_void_p(array.ctypes.data) for array in (indptr, indices, data)),
        )
        indices.resize(n, refcheck=False)
        data.resize(n, refcheck=False)
        parts = (data, indices, indptr.astype(np.int32))
        return sp.csr_matrix(parts, shape=(n_rows, self._encoder.n_features_out_))

    def __del__(self) -> None:
        for column in self._columns:
            self._code.free_column(ctypes.c_void_p(column))
