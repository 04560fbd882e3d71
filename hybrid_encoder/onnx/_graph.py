"""Build ONNX graphs: complete models, or parts of models of skl2onnx.

Tensors are referred to by their names. Nodes are standard operators and ``MurmurHash3`` of ONNX Runtime.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

try:
    import onnx
    from onnx import TensorProto, helper, numpy_helper
except ImportError as error:
    raise ImportError('hybrid_encoder.onnx needs onnx: pip install "hybrid-encoder[onnx]"') from error

# The newest versions that ONNX Runtime 1.20 and onnx 1.17 support. Later releases read them too.
IR_VERSION = 9
OPSETS = {"": 18, "ai.onnx.ml": 4, "com.microsoft": 1}

MAX_BYTES = 2**31 - 2**20  # the limit of Protocol Buffers, minus a megabyte for names and metadata

_MAX_SHARED_BYTES = 1 << 10  # equal constants up to this size are stored once

_DOMAINS = {"LabelEncoder": "ai.onnx.ml", "MurmurHash3": "com.microsoft"}

INPUT_TYPES = {
    "string": TensorProto.STRING,
    "int64": TensorProto.INT64,
    "double": TensorProto.DOUBLE,
    "float": TensorProto.FLOAT,
}


def domain_of(op_type: str) -> str:
    """Domain of an operator; "" for the standard one."""
    return _DOMAINS.get(op_type, "")


class Graph(ABC):
    """Base class: adds nodes and constants.

    Attributes
    ----------
    ml_opset : int
        Version of the ``ai.onnx.ml`` operators.
    """

    ml_opset: int

    @abstractmethod
    def node(self, op_type: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Add a node with one output; return the name of the output."""

    @abstractmethod
    def constant(self, values: NDArray[Any]) -> str:
        """Store an array in the model; return its name."""

    def scalar(self, value: float, dtype: type = np.int64) -> str:
        """Store a single number in the model; return its name."""
        return self.constant(np.array(value, dtype=dtype))

    def cast(self, tensor: str, dtype: Any) -> str:
        """Cast a tensor to a NumPy dtype."""
        return self.node("Cast", tensor, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def concat(self, matrices: Sequence[str]) -> str:
        """Concatenate matrices along the columns."""
        return matrices[0] if len(matrices) == 1 else self.node("Concat", *matrices, axis=1)

    def column(self, matrix: str, number: int, n_columns: int) -> str:
        """Select one column of a matrix, as shape (n, 1)."""
        if n_columns == 1:
            return matrix
        return self.node("Gather", matrix, self.constant(np.array([number])), axis=1)

    def fail_where(self, numbers: str, wrong: str, message: str, dtype: Any = np.int64) -> str:
        """Return ``numbers`` unchanged, but make the run fail where ``wrong`` is true.

        ONNX has no operator that raises. This gathers index 1 from an array of length 1; the error
        message of ONNX Runtime contains the name of the node, which is ``message``.
        """
        zeros = self.constant(np.zeros(1, dtype=dtype))
        name = f"{message} ({wrong})"  # node names must be unique
        zero = self.node("Gather", zeros, self.cast(wrong, np.int64), name=name)
        return self.node("Add", numbers, zero)

    def look_up(self, values: str, keys: Sequence[Any], numbers: Sequence[int], default: int) -> str:
        """Map each value to the number of its key.

        Parameters
        ----------
        values : str
            Tensor of strings, int64 or doubles.
        keys : sequence of str, int or float
            All of one type; not empty.
        numbers : sequence of int
            One per key.
        default : int
            Result for values that are not among the keys.
        """
        if self.ml_opset >= 4:
            table = _table_tensors(keys, numbers, default)
        else:  # older versions have no double keys
            kind = "strings" if isinstance(keys[0], str) else "int64s"
            table = {f"keys_{kind}": keys, "values_int64s": numbers, "default_int64": default}
        return self.node("LabelEncoder", values, **table)


def _table_tensors(keys: Sequence[Any], numbers: Sequence[int], default: int) -> dict[str, Any]:
    types = {str: TensorProto.STRING, int: TensorProto.INT64, float: TensorProto.DOUBLE}
    return {
        "keys_tensor": _tensor("keys", types[type(keys[0])], keys),
        "values_tensor": _tensor("values", TensorProto.INT64, numbers),
        "default_tensor": _tensor("default", TensorProto.INT64, [default]),
    }


def _tensor(name: str, data_type: int, values: Sequence[Any]) -> onnx.TensorProto:
    """Make a tensor. Integers are stored as raw bytes or as varints, in the smaller of both forms."""
    if data_type == TensorProto.STRING:
        # Without NumPy, whose text arrays remove a NUL character at the end.
        tensor = TensorProto(name=name, data_type=data_type, dims=[len(values)])
        tensor.string_data.extend(value.encode() for value in values)
        return tensor
    raw = numpy_helper.from_array(np.array(values, helper.tensor_dtype_to_np_dtype(data_type)), name)
    if data_type != TensorProto.INT64:
        return raw
    return min(raw, helper.make_tensor(name, data_type, raw.dims, values), key=TensorProto.ByteSize)


class ModelGraph(Graph):
    """The graph of a complete model."""

    ml_opset = OPSETS["ai.onnx.ml"]

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._input_names: set[str] = set()
        self._shared: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._constants: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, kind: str) -> str:
        """Declare an input of shape (n, 1). Declare all inputs before adding nodes.

        Raises
        ------
        ValueError
            If the name is empty or already used.
        """
        if not name or name in self._input_names:
            which = f"Two columns are named {name!r}" if name else "A column has an empty name"
            raise ValueError(f"{which}; ONNX inputs need unique names. Rename the column before fit.")
        self._input_names.add(name)
        self._inputs.append(helper.make_tensor_value_info(name, INPUT_TYPES[kind], [None, 1]))
        return name

    def output(self, name: str, tensor: str, dtype: Any, shape: Sequence[int | None]) -> None:
        """Declare a tensor as an output of the model.

        Raises
        ------
        ValueError
            If an input has the same name.
        """
        if name in self._input_names:
            raise ValueError(
                f"Column {name!r} has the name of an output of the model. Rename the column before fit."
            )
        data_type = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        self._outputs.append(helper.make_tensor_value_info(name, data_type, shape))
        self._nodes.append(helper.make_node("Identity", [tensor], [name]))

    def node(self, op_type: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Add a node with one output; return the name of the output."""
        output = self._unused_name(f"{op_type}_{len(self._nodes)}")
        self._nodes.append(
            helper.make_node(
                op_type,
                inputs,
                [output],
                # ONNX Runtime 1.20 fails if nodes have no names: it fuses them into nodes of equal name.
                name=name or output,
                domain=domain_of(op_type),
                **attributes,
            )
        )
        return output

    def constant(self, values: NDArray[Any]) -> str:
        """Store an array in the model; return its name. Equal small arrays are stored once."""
        if values.dtype == object or values.nbytes > _MAX_SHARED_BYTES:
            return self._store(values)
        key = (values.dtype.str, values.shape, values.tobytes())
        if key not in self._shared:
            self._shared[key] = self._store(values)
        return self._shared[key]

    def _store(self, values: NDArray[Any]) -> str:
        name = self._unused_name(f"constant_{len(self._constants)}")
        self._constants.append(numpy_helper.from_array(values, name))
        return name

    def _unused_name(self, name: str) -> str:
        """Add slashes in front of a name until no input has it."""
        name = f"/{name}"
        while name in self._input_names:
            name = f"/{name}"
        return name

    def model(self, description: str, version: str, metadata: dict[str, str]) -> onnx.ModelProto:
        """Build the model.

        Raises
        ------
        ValueError
            If the model is too large for an ONNX file.
        """
        size = sum(tensor.ByteSize() for tensor in self._constants)
        size += sum(node.ByteSize() for node in self._nodes)
        if size > MAX_BYTES:
            raise ValueError(
                f"The model would have {size:,} bytes, and an ONNX file has at most {MAX_BYTES:,}. "
                "Use dtype=numpy.float32, or fit an encoder with fewer output columns."
            )
        graph = helper.make_graph(
            self._nodes, "hybrid_encoder", self._inputs, self._outputs, initializer=self._constants
        )
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid(*pair) for pair in OPSETS.items()],
            ir_version=IR_VERSION,
            producer_name="hybrid_encoder",
            producer_version=version,
            doc_string=description,
        )
        helper.set_model_props(model, metadata)
        return model
