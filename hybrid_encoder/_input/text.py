"""Arrays of text: Arrow arrays where pyarrow is installed, object arrays of ``str`` elsewhere.

Both forms give the same values in the same order and the same UTF-8 bytes. The bytes of an Arrow array
are in one buffer, so look-up and hashing are several times as fast. All calls of pyarrow's functions
for text are in this file.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, TypeAlias, Union

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pyarrow import LargeStringArray

try:
    import pyarrow as pa
    import pyarrow.compute as pc
except ImportError:  # optional: results without pyarrow are the same, but slower
    pa = pc = None

# Up to this number of values or rows Python objects are faster than arrays (benchmarks/crossovers.py).
FEW = 256

# null and None are missing values.
Text: TypeAlias = Union["LargeStringArray", NDArray[np.object_]]


def is_arrow(values: object) -> bool:
    """Whether `values` is an Arrow array, chunked or not."""
    return pa is not None and isinstance(values, pa.Array | pa.ChunkedArray)


def one_chunk(array: Any) -> Any:
    """An Arrow array without chunks."""
    if not isinstance(array, pa.ChunkedArray):
        return array
    try:
        return array.combine_chunks()
    except pa.ArrowInvalid:  # dictionaries that hold nulls cannot be unified
        chunks = [chunk.dictionary_decode() for chunk in array.chunks]
        return pa.chunked_array(chunks).combine_chunks()


def from_arrow(array: Any) -> Text:
    """An Arrow array of any string type as large strings, whose offsets are 64 bits wide."""
    return array if array.type == pa.large_string() else array.cast(pa.large_string())


def from_objects(cells: NDArray[np.object_]) -> Text | None:
    """Python strings and missing values as an Arrow array; None if a cell is anything else.

    Raises
    ------
    UnicodeEncodeError
        If a text has a lone surrogate.
    """
    if pa is None or not _starts_with_text(cells):
        return None
    try:
        # Arrow infers the type: bytes and numbers must not become text.
        array = pa.array(cells, from_pandas=True)
    except (pa.ArrowException, OverflowError):
        return None
    is_text = pa.types.is_string(array.type) or pa.types.is_large_string(array.type)
    return from_arrow(one_chunk(array)) if is_text else None


def _starts_with_text(cells: NDArray[np.object_]) -> bool:
    for cell in cells:
        if isinstance(cell, str):
            return True
        if not (cell is None or cell is pd.NA or cell is pd.NaT or isinstance(cell, float)):
            return False
    return False


def missing(text: Text) -> NDArray[np.bool_] | None:
    """Mask of missing texts; None if no text is missing."""
    if not isinstance(text, np.ndarray):
        return text.is_null().to_numpy(zero_copy_only=False) if text.null_count else None
    absent = pd.isna(text)
    return absent if absent.any() else None


def objects(text: Text) -> NDArray[np.object_]:
    """The texts as Python strings, missing ones as None."""
    return text if isinstance(text, np.ndarray) else text.to_numpy(zero_copy_only=False)


def take(text: Text, where: NDArray[np.integer]) -> Text:
    """The texts at the positions `where`."""
    return text[where] if isinstance(text, np.ndarray) else text.take(pa.array(where))


def to_arrow(text: Text) -> Text:
    """The same texts as an Arrow array, where pyarrow is installed."""
    if pa is None or not isinstance(text, np.ndarray):
        return text
    return pa.array(text, pa.large_string())


def concatenate(texts: Sequence[Text]) -> Text:
    """Several arrays of texts, end to end."""
    if texts and not any(isinstance(text, np.ndarray) for text in texts):
        return pa.concat_arrays(texts)
    return np.concatenate([objects(text) for text in texts])


def factorize(text: Text) -> tuple[NDArray[np.integer], Text]:
    """Code of each text (missing: -1), and the distinct texts in the order of their codes."""
    if isinstance(text, np.ndarray):
        codes, distinct = pd.factorize(text)
        return codes, distinct
    encoded = text.dictionary_encode()
    codes = encoded.indices if not text.null_count else encoded.indices.fill_null(-1)
    return codes.to_numpy(zero_copy_only=False), encoded.dictionary


def order(text: Text) -> NDArray[np.integer]:
    """The positions that sort texts by their UTF-8 bytes, the order of code points."""
    if isinstance(text, np.ndarray):
        return np.argsort(text, kind="stable")
    return pc.sort_indices(text).to_numpy(zero_copy_only=False)


def smallest(text: Text, n: int) -> NDArray[np.integer]:
    """The positions of the `n` texts that `order` puts first; these positions are not sorted."""
    if isinstance(text, np.ndarray):
        return np.argpartition(text, n)[:n]
    return pc.partition_nth_indices(text, pivot=n).to_numpy(zero_copy_only=False)[:n]


def equal(one: "LargeStringArray", other: "LargeStringArray") -> NDArray[np.bool_]:
    """Whether the texts of two Arrow arrays are equal, pair by pair; null is not equal to any text."""
    return pc.equal(one, other).fill_null(False).to_numpy(zero_copy_only=False)


def utf8(
    text: Text, where: NDArray[np.integer] | slice
) -> tuple[NDArray[np.uint8], NDArray[np.int64], NDArray[np.int64]]:
    """The bytes of the texts at `where`: a buffer, and the start and length of each text in it.

    Raises
    ------
    UnicodeEncodeError
        If a text has a lone surrogate.
    """
    if not isinstance(text, np.ndarray):
        _, offsets_buffer, data_buffer = text.buffers()
        offsets = np.frombuffer(offsets_buffer or bytes(8), dtype=np.int64)
        offsets = offsets[text.offset : text.offset + len(text) + 1]
        starts = offsets[:-1][where]
        lengths = offsets[1:][where] - starts
        # An array of empty texts may have no data buffer.
        data = np.frombuffer(data_buffer or b"", dtype=np.uint8)
        return data, starts, lengths
    chosen = text[where].tolist()
    joined = "".join(chosen)
    if not joined.isascii():
        encoded = [value.encode() for value in chosen]
        lengths = np.fromiter(map(len, encoded), dtype=np.int64, count=len(encoded))
        data = np.frombuffer(b"".join(encoded), dtype=np.uint8)
    else:
        lengths = np.fromiter(map(len, chosen), dtype=np.int64, count=len(chosen))
        data = np.frombuffer(joined.encode(), dtype=np.uint8)
    return data, np.cumsum(lengths) - lengths, lengths


def from_utf8(data: NDArray[np.uint8], lengths: NDArray[np.int64]) -> NDArray[np.object_]:
    """Python strings from their concatenated UTF-8 bytes and the length of each in bytes.

    Raises
    ------
    ValueError
        If the bytes of a text are not UTF-8.

    Examples
    --------
    >>> from_utf8(np.frombuffer("aénb".encode(), dtype=np.uint8), np.array([1, 3, 0, 1]))
    array(['a', 'én', '', 'b'], dtype=object)
    """
    offsets = np.append(0, np.cumsum(lengths))
    if pa is not None:
        array = pa.LargeStringArray.from_buffers(len(lengths), pa.py_buffer(offsets), pa.py_buffer(data))
        array.validate(full=True)
        return objects(array)
    joined = data.tobytes().decode()
    if len(joined) < len(data):
        begins = (data & 0xC0) != 0x80  # mask of the first byte of each character
        if not begins[offsets[:-1][lengths > 0]].all():
            raise ValueError("A text ends within a character.")
        lengths = np.diff(np.append(0, np.cumsum(begins))[offsets])
    # Reading a stream is faster than slicing a string.
    read = io.StringIO(joined).read
    return np.fromiter(map(read, lengths.tolist()), dtype=object, count=len(lengths))


def find(text: "LargeStringArray", among: "LargeStringArray") -> NDArray[np.int32]:
    """Position of each text in `among`, by Arrow's hash table; -1 if it is not there."""
    return pc.index_in(text, value_set=among).fill_null(-1).to_numpy(zero_copy_only=False)
