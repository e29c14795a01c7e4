"""Twin: a network rewritten so that pooling comes before the activation. It shares every layer with the original.

max(f(a), f(b)) = f(max(a, b)) for every f that never falls, so ReLU and then MaxPool2d gives the same numbers, and the
same gradients, as MaxPool2d and then ReLU, on a quarter of the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import fx, nn

_POOLS = (
    nn.MaxPool1d, nn.MaxPool2d, nn.MaxPool3d, nn.AdaptiveMaxPool1d, nn.AdaptiveMaxPool2d, nn.AdaptiveMaxPool3d,
)  # fmt: skip
_RISING = (
    nn.ReLU, nn.ReLU6, nn.Sigmoid, nn.Tanh, nn.Softplus, nn.Softsign, nn.SELU, nn.LogSigmoid, nn.Hardtanh,
    nn.Hardsigmoid,
)  # fmt: skip


def pooled_first(network: nn.Module) -> fx.GraphModule | None:
    """The twin of a network, for training; None where there is nothing to exchange. Blocks are unpacked in it, so an
    activation at the end of one and a pooling behind it are found, too."""
    if not isinstance(network, fx.GraphModule):
        return None
    code = fx.Graph()
    arguments = [code.placeholder(str(node.target)) for node in _nodes(network, "placeholder")]
    code.output(_unpacked(network, "", arguments, code))
    if not _exchange(network, code):
        return None
    twin = fx.GraphModule(network, code, type(network).__name__)
    for name, tensor in network.named_buffers(recurse=False):
        twin.register_buffer(name, tensor, persistent=False)  # what a task keeps in the network itself
    return twin.train(network.training)


def _unpacked(network: fx.GraphModule, place: str, arguments: list[fx.Node], code: fx.Graph) -> fx.Node:
    """Write the calls of a network into `code`, those of its blocks in their place; its result."""
    values: dict[fx.Node, fx.Node] = dict(zip(_nodes(network, "placeholder"), arguments, strict=True))
    for node in network.graph.nodes:
        if node.op == "call_module":
            given = [values[source] for source in node.args]
            values[node] = _called(network.get_submodule(str(node.target)), f"{place}{node.target}", given, code)
        elif node.op == "output":
            return values[node.args[0]]
        elif node.op != "placeholder":
            raise TypeError(f"a network is made of layers, not of a {node.op}")
    raise TypeError("a network ends in an output")


def _called(module: nn.Module, name: str, given: list[fx.Node], code: fx.Graph) -> fx.Node:
    if isinstance(module, fx.GraphModule):
        return _unpacked(module, f"{name}.", given, code)
    if type(module) is nn.Sequential and len(module):
        for part, child in module.named_children():
            given = [_called(child, f"{name}.{part}", given, code)]
        return given[0]
    return code.call_module(name, tuple(given))


def _exchange(network: nn.Module, code: fx.Graph) -> bool:
    """Exchange every rising activation with the pooling right behind it; whether there was any."""
    found = False
    for pool in list(code.nodes):
        if pool.op != "call_module" or not isinstance(network.get_submodule(str(pool.target)), _POOLS):
            continue
        while _may_pass(network, active := pool.args[0]):
            (source,) = active.args
            pool.replace_all_uses_with(active)
            pool.args, active.args = (source,), (pool,)
            pool.append(active)
            found = True
    return found


def _may_pass(network: nn.Module, node: object) -> bool:
    """Whether a node is a rising activation whose result only the pooling takes."""
    if not isinstance(node, fx.Node) or node.op != "call_module" or len(node.users) != 1:
        return False
    module = network.get_submodule(str(node.target))
    if isinstance(module, nn.LeakyReLU):
        return module.negative_slope >= 0
    if isinstance(module, nn.ELU | nn.CELU):
        return module.alpha > 0
    return type(module) in _RISING


def _nodes(network: fx.GraphModule, op: str) -> Iterator[fx.Node]:
    return (node for node in network.graph.nodes if node.op == op)
