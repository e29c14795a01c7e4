"""An ONNX file, read and checked: its graph, its one input, its answer. Nothing but the file itself is opened."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from dlviz.core.problems import WrongInput
from dlviz.core.values import Array
from dlviz.foreign.limits import MOST_BYTES, MOST_NODES, check_file, numbers

INSTALL = 'Install them: pip install "dlviz[onnx]", or pip install onnx onnxruntime.'
#: ONNX's number of an element type → numpy's name, of those that a network may take and give.
TYPES = {1: "float32", 10: "float16", 11: "float64", 16: "bfloat16", 6: "int32", 7: "int64", 9: "bool"}
#: Bytes of one element, of all types whose size can be told.
_BYTES = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2}
_STRING, _EXTERNAL = 8, 1


@dataclass(frozen=True)
class Port:
    """What goes in or comes out: its name, element type, and sizes (None: any), the batch first; `sizes` None: not
    declared."""

    name: str
    type: str
    sizes: tuple[int | None, ...] | None


@dataclass(frozen=True)
class OnnxFile:
    """A checked model. `opset`: the version of ONNX's own operations."""

    graph: Any
    opset: int
    entry: Port
    answer: Port

    @property
    def operations(self) -> set[str]:
        """The names of its operations, with their domain where that is not ONNX's own."""
        return {operation(node) for node in self.graph.node}


def read(path: Path, answer: str = "", name: str = "") -> OnnxFile:
    """The model in a file; `answer`: the output that is wanted, where there are several.

    Raises `WrongInput` where it is damaged, too large, leads to other files, or where onnx is not installed.
    """
    name = name or path.name
    check_file(path, name)
    try:
        import onnx
    except ImportError:
        raise WrongInput(f"{name}: ONNX files are read with two more packages. {INSTALL}") from None
    try:
        model = onnx.load_model_from_string(path.read_bytes())
    except Exception as error:  # protobuf's errors have no common class that is public
        raise WrongInput(
            f"{name} is no ONNX file, or a damaged one ({type(error).__name__}). Export it anew."
        ) from None
    graph = model.graph
    if not graph.node or not graph.output:
        raise WrongInput(f"{name} holds no network: it has no operations or no outputs. Export it anew.")
    _check(model, name)
    weights = {tensor.name for tensor in graph.initializer}
    entries = [_port(value) for value in graph.input if value.name not in weights]
    if len(entries) != 1:
        named = ", ".join(f"`{port.name}`" for port in entries[:8]) or "none"
        raise WrongInput(f"{name}: the network must take one input. Received: {named}. Export it with one.")
    opset = next((known.version for known in model.opset_import if known.domain in ("", "ai.onnx")), 0)
    return OnnxFile(graph, int(opset), entries[0], _answer(graph, answer, name))


def operation(node: Any) -> str:
    return str(node.op_type) if node.domain in ("", "ai.onnx") else f"{node.domain}.{node.op_type}"


def array(tensor: Any) -> Array:
    """The numbers of a checked tensor; half precision as float32."""
    from onnx import numpy_helper

    try:
        found = np.asarray(numpy_helper.to_array(tensor))
    except Exception as error:
        raise WrongInput(f"The tensor `{tensor.name[:60]}` is damaged ({type(error).__name__}). Export anew.") from None
    return found.astype(np.float32) if tensor.data_type in (10, 16) else found


def _answer(graph: Any, wanted: str, name: str) -> Port:
    ports = {value.name: _port(value) for value in graph.output}
    known = ", ".join(f"`{port}`" for port in list(ports)[:8])
    if wanted:
        if wanted not in ports:
            raise WrongInput(f"{name} has no output `{wanted}`. It has {known}.")
        return ports[wanted]
    floats = [port for port in ports.values() if port.type in ("float32", "float16", "float64", "bfloat16")]
    if not floats:
        raise WrongInput(
            f"{name}: the network must answer with a tensor of numbers. Received: {known}, "
            f"{', '.join(sorted({port.type for port in ports.values()}))}. Of scikit-learn, export with zipmap=False."
        )
    return floats[0]


def _port(value: Any) -> Port:
    if not value.type.HasField("tensor_type"):
        return Port(value.name, str(value.type.WhichOneof("value") or "nothing").replace("_type", ""), None)
    tensor = value.type.tensor_type
    sizes: tuple[int | None, ...] | None = None
    if tensor.HasField("shape"):
        sizes = tuple(d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else None for d in tensor.shape.dim)
    return Port(value.name, TYPES.get(tensor.elem_type, "text" if tensor.elem_type == _STRING else "other"), sizes)


def _check(model: Any, name: str) -> None:
    """`WrongInput` where a tensor lies elsewhere or is not as large as it says, or where there are too many nodes."""
    nodes, room = 0, 0
    for graph in _graphs(model):
        nodes += len(graph.node)
        if nodes > MOST_NODES:
            raise WrongInput(f"{name}: a model may have at most {MOST_NODES:,} operations. Received: more.")
        inside = [attribute for node in graph.node for attribute in node.attribute]
        if len(getattr(graph, "sparse_initializer", ())) or any(
            attribute.HasField("sparse_tensor") or len(attribute.sparse_tensors) for attribute in inside
        ):
            raise WrongInput(f"{name} has sparse weights, which are not read. Export it with dense ones.")
        for tensor in _tensors(graph):
            room += _check_tensor(tensor, name)
            if room > 4 * MOST_BYTES:
                raise WrongInput(f"{name}: its weights may take at most {4 * MOST_BYTES // 2**30} GB. Received: more.")


def _check_tensor(tensor: Any, name: str) -> int:
    if tensor.data_location == _EXTERNAL or len(tensor.external_data):
        told = {entry.key: entry.value for entry in tensor.external_data}
        raise WrongInput(
            f"{name} keeps weights in another file ({told.get('location', '?')[:80]!r}); a model must be one whole "
            f'file. Make it one where both lie: onnx.save(onnx.load("{name}"), "whole.onnx"), or export with '
            "external_data=False."
        )
    count = numbers([int(size) for size in tensor.dims], f"{name}: the tensor `{tensor.name[:60]}`")
    each = _BYTES.get(tensor.data_type)
    if each is not None and tensor.HasField("raw_data") and len(tensor.raw_data) != count * each:
        raise WrongInput(
            f"{name} is damaged: the tensor `{tensor.name[:60]}` says that it holds {count:,} numbers and has "
            f"{len(tensor.raw_data):,} bytes. Export it anew."
        )
    return count * (each or 8)


def _graphs(model: Any) -> Iterator[Any]:
    """The graph, those of its functions, and those inside operations (the branches of an If)."""
    waiting = [model.graph, *model.functions]
    while waiting:
        graph = waiting.pop()
        yield graph
        for node in graph.node:
            for attribute in node.attribute:
                if attribute.HasField("g"):
                    waiting.append(attribute.g)
                waiting.extend(attribute.graphs)


def _tensors(graph: Any) -> Iterator[Any]:
    yield from getattr(graph, "initializer", ())
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors
