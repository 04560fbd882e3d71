"""An ONNX graph under construction, whoever keeps its nodes: a model of our own, or skl2onnx's.

Values are known by their names. Standard operators only, and ONNX Runtime's ``MurmurHash3``.
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

# What ONNX Runtime 1.20 and onnx 1.17 both know. Later releases read them too.
IR_VERSION = 9
OPSETS = {"": 18, "ai.onnx.ml": 4, "com.microsoft": 1}

MOST_BYTES = 2**31 - 2**20  # what Protocol Buffers allow, less what there is beside the tensors

_SMALL = 1 << 10  # bytes of an array worth comparing with others

_DOMAINS = {"LabelEncoder": "ai.onnx.ml", "MurmurHash3": "com.microsoft"}

# Tensors of these types can be inputs.
INPUT_TYPES = {
    "string": TensorProto.STRING,
    "int64": TensorProto.INT64,
    "double": TensorProto.DOUBLE,
    "float": TensorProto.FLOAT,
}


def domain_of(op_type: str) -> str:
    """The set of operators that one belongs to."""
    return _DOMAINS.get(op_type, "")


class Graph(ABC):
    """Where nodes and constants go.

    Attributes
    ----------
    ml_opset : int
        Version of the operators for machine learning, ``ai.onnx.ml``.
    """

    ml_opset: int

    @abstractmethod
    def node(self, op_type: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Add a node of one output, and return the name of that."""

    @abstractmethod
    def constant(self, values: NDArray[Any]) -> str:
        """Keep an array in the model, and return its name."""

    def number(self, value: float, dtype: type = np.int64) -> str:
        """A constant that is one number."""
        return self.constant(np.array(value, dtype=dtype))

    def cast(self, value: str, dtype: Any) -> str:
        """A tensor as another NumPy type of number."""
        return self.node("Cast", value, to=helper.np_dtype_to_tensor_dtype(np.dtype(dtype)))

    def beside(self, columns: Sequence[str]) -> str:
        """Columns of shape (n, 1), or several of them each, as one matrix."""
        return columns[0] if len(columns) == 1 else self.node("Concat", *columns, axis=1)

    def column(self, matrix: str, number: int, n_columns: int) -> str:
        """One column of a matrix, of shape (n, 1)."""
        if n_columns == 1:
            return matrix
        return self.node("Gather", matrix, self.constant(np.array([number])), axis=1)

    def refuse(self, numbers: str, wrong: str, words: str, dtype: Any = np.int64) -> str:
        """Numbers, by way of a node that fails where something is wrong, and says so by its name.

        ONNX has no way to raise: a list of one number is asked for its second.
        """
        zeros = self.constant(np.zeros(1, dtype=dtype))
        # No two nodes may have one name.
        name = f"{words} ({wrong})"
        nothing = self.node("Gather", zeros, self.cast(wrong, np.int64), name=name)
        return self.node("Add", numbers, nothing)

    def look_up(self, values: str, keys: Sequence[Any], numbers: Sequence[int], default: int) -> str:
        """The number that belongs to each value, `default` where it is none of the keys.

        Parameters
        ----------
        values : str
            A tensor of strings, int64 or doubles.
        keys : sequence of str, int or float
            All of one type, at least one of them.
        numbers : sequence of int
            One per key.
        default : int
            What stands for any other.
        """
        if self.ml_opset >= 4:
            table = _packed(keys, numbers, default)
        else:
            # The form before; doubles were no keys then.
            kind = "strings" if isinstance(keys[0], str) else "int64s"
            table = {f"keys_{kind}": keys, "values_int64s": numbers, "default_int64": default}
        return self.node("LabelEncoder", values, **table)


def _packed(keys: Sequence[Any], numbers: Sequence[int], default: int) -> dict[str, Any]:
    kind = {str: TensorProto.STRING, int: TensorProto.INT64, float: TensorProto.DOUBLE}[type(keys[0])]
    return {
        "keys_tensor": _tensor("keys", kind, keys),
        "values_tensor": _tensor("values", TensorProto.INT64, numbers),
        "default_tensor": _tensor("default", TensorProto.INT64, [default]),
    }


def _tensor(name: str, kind: int, values: Sequence[Any]) -> onnx.TensorProto:
    """A tensor in the smaller of its two forms: small integers as varints, the others as they are."""
    if kind == TensorProto.STRING:
        # By hand, as NumPy's bytes would lose a NUL at the end.
        tensor = TensorProto(name=name, data_type=kind, dims=[len(values)])
        tensor.string_data.extend(value.encode() for value in values)
        return tensor
    plain = numpy_helper.from_array(np.array(values, helper.tensor_dtype_to_np_dtype(kind)), name)
    if kind != TensorProto.INT64:
        return plain
    return min(plain, helper.make_tensor(name, kind, plain.dims, values), key=TensorProto.ByteSize)


class ModelGraph(Graph):
    """A graph that becomes a model of its own."""

    ml_opset = OPSETS["ai.onnx.ml"]

    def __init__(self) -> None:
        self._nodes: list[onnx.NodeProto] = []
        self._named: set[str] = set()
        self._constants: dict[tuple[str, tuple[int, ...], bytes], str] = {}
        self._tensors: list[onnx.TensorProto] = []
        self._inputs: list[onnx.ValueInfoProto] = []
        self._outputs: list[onnx.ValueInfoProto] = []

    def input(self, name: str, kind: str) -> str:
        """Declare a column of the input, of shape (n, 1).

        Raises
        ------
        ValueError
            If there is one of the name already, or if it has none.
        """
        if not name or name in self._named:
            which = f"Two columns are called {name!r}" if name else "A column has no name"
            raise ValueError(f"{which}, and inputs are told apart by their names. Rename it before fit.")
        self._named.add(name)
        self._inputs.append(helper.make_tensor_value_info(name, INPUT_TYPES[kind], [None, 1]))
        return name

    def output(self, name: str, value: str, dtype: Any, shape: Sequence[int | None]) -> None:
        """Declare that a value is an output under a name of its own.

        Raises
        ------
        ValueError
            If an input has the name.
        """
        if name in self._named:
            raise ValueError(
                f"Column {name!r} has the name of an output of the model. Rename it before fit."
            )
        kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
        self._outputs.append(helper.make_tensor_value_info(name, kind, shape))
        self._nodes.append(helper.make_node("Identity", [value], [name]))

    def node(self, op_type: str, *inputs: str, name: str | None = None, **attributes: Any) -> str:
        """Add a node of one output, and return the name of that."""
        output = self._name(f"{op_type}_{len(self._nodes)}")
        self._nodes.append(
            helper.make_node(
                op_type,
                inputs,
                [output],
                # Fusions of ONNX Runtime 1.20 give two nodes one name if theirs have none.
                name=name or output,
                domain=domain_of(op_type),
                **attributes,
            )
        )
        return output

    def constant(self, values: NDArray[Any]) -> str:
        """Keep an array in the model, a small one once however often it is wanted; its name."""
        if values.dtype == object or values.nbytes > _SMALL:
            return self._keep(values)
        key = (values.dtype.str, values.shape, values.tobytes())
        if key not in self._constants:
            self._constants[key] = self._keep(values)
        return self._constants[key]

    def _keep(self, values: NDArray[Any]) -> str:
        name = self._name(f"constant_{len(self._tensors)}")
        self._tensors.append(numpy_helper.from_array(values, name))
        return name

    def _name(self, name: str) -> str:
        """A name with as many slashes as keep what is ours apart from columns, which come first."""
        name = f"/{name}"
        while name in self._named:
            name = f"/{name}"
        return name

    def model(self, description: str, version: str, metadata: dict[str, str]) -> onnx.ModelProto:
        """What has been built.

        Raises
        ------
        ValueError
            If it is larger than a file of the format can be.
        """
        size = sum(tensor.ByteSize() for tensor in self._tensors)
        size += sum(node.ByteSize() for node in self._nodes)
        if size > MOST_BYTES:
            raise ValueError(
                f"The model would have {size:,} bytes, and an ONNX file has at most {MOST_BYTES:,}. "
                "Take dtype=numpy.float32, or fit an encoder of fewer output columns."
            )
        graph = helper.make_graph(
            self._nodes, "hybrid_encoder", self._inputs, self._outputs, initializer=self._tensors
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
