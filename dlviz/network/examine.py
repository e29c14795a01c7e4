"""The walk over a graph: what each node gives, and every rule that is broken. Remedies come later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from dataclasses import field as dataclass_field
from functools import cache, lru_cache

from dlviz.core.problems import WrongInput, nearest
from dlviz.core.shape import Flags, Ids, Shape
from dlviz.layers.input import Input
from dlviz.layers.layer import Layer, check_dimensions, described, fits, shown
from dlviz.network.block import Block
from dlviz.network.facts import Facts, Step, composed, facts
from dlviz.network.field import Effect, Field, effect, merged
from dlviz.network.graph import Graph, Node
from dlviz.network.report import NetworkProblem, NodeReport, Report

#: More learned numbers in one layer than any machine this runs on could train.
MOST_PARAMETERS = 10**9
#: More numbers for one example than would fit in memory with its batch.
MOST_NUMBERS = 10**9


@dataclass(frozen=True)
class Finding:
    """A broken rule at a node ("" for the network as a whole). `rule` names it, for the remedies; `nodes`: which others
    it is about."""

    node: str
    rule: str
    message: str
    nodes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Flow:
    """What flows along an edge: the shape, how many steps it has of which some may be padding (0: none), how much of
    the data each place of it sees."""

    shape: Shape
    padded: int = 0
    field: Field | None = None

    @classmethod
    def of(cls, shape: Shape) -> Flow:
        """An example of the data: text is padded to one length."""
        return cls(shape, shape[0] if isinstance(shape, Ids) and shape else 0, Field.of(shape))


@dataclass(frozen=True)
class Examination:
    """What the walk saw: the nodes by name, what is wrong, the node whose result is the network's, what each Input
    node takes, what flows out of each node, and the facts of the whole (without its shape)."""

    nodes: dict[str, NodeReport]
    findings: tuple[Finding, ...]
    output: str
    fields: dict[str, str]
    flows: dict[str, Flow] = dataclass_field(default_factory=dict)
    facts: Facts = Facts()


def examine(graph: Graph, inputs: Mapping[str, Shape], output: Shape | None) -> Examination:
    """Walk the graph. Never raises: what is wrong becomes a finding; one inside a block bears the way to it
    (`stage1.conv1`)."""
    findings: list[Finding] = []
    if not graph.nodes:
        return Examination(
            {}, (Finding("", "empty", "The network has no layers yet. It begins with an Input."),), "", {}
        )
    sized = graph if output is None else graph.sized(output[0] if output else 1)
    fields = _fields(sized, inputs, findings)
    entering = {name: Flow.of(inputs[field]) for name, field in fields.items()}
    return _walked(sized, entering, output, findings, fields)


@lru_cache(maxsize=4096)
def inside(graph: Graph, ports: tuple[Flow, ...]) -> Examination:
    """The walk over one copy of a block's inner graph, into whose Inputs these flow, in order."""
    entries = [node.name for node in graph.nodes if isinstance(node.layer, Input)]
    entering = dict(zip(entries, ports, strict=False))
    return _walked(graph, entering, None, [], {name: name for name in entries})


def copies(block: Block, ports: tuple[Flow, ...]) -> list[Examination]:
    """The walks over a block's copies, one after the other, up to the first that gives nothing."""
    seen: list[Examination] = []
    graph = block.wired(len(ports))
    for _ in range(block.repeat):
        seen.append(inside(graph, ports))
        result = seen[-1].flows.get(seen[-1].output)
        if result is None:
            break
        ports = (result, *ports[1:])
    return seen


def _walked(
    graph: Graph, entering: Mapping[str, Flow], output: Shape | None, findings: list[Finding], fields: dict[str, str]
) -> Examination:
    nodes = {node.name: node for node in graph.nodes}
    if len(nodes) < len(graph.nodes):
        twice = sorted({node.name for node in graph.nodes if sum(n.name == node.name for n in graph.nodes) > 1})
        findings.append(Finding("", "twice", f"Each layer needs a name of its own. Used twice: {', '.join(twice)}."))
    walk = _Walk(nodes, entering, findings)
    for node in _ordered(nodes, findings):
        walk.reports[node.name] = walk.visit(node)
    reports = {name: walk.reports.get(name, NodeReport(name)) for name in nodes}
    result = _output(graph, reports, output, findings)
    whole, kept = composed(list(entering), walk.steps, result)
    for name, number in kept.items():
        if number:
            reports[name] = replace(reports[name], activations=number)
    return Examination(reports, tuple(findings), result, fields, walk.flows, whole)


def _fields(graph: Graph, inputs: Mapping[str, Shape], findings: list[Finding]) -> dict[str, str]:
    """Which input of the data each Input node takes."""
    entries = {node.name: node.layer.field for node in graph.nodes if isinstance(node.layer, Input)}
    if not entries:
        findings.append(Finding("", "no input", "No example can enter: the network has no Input."))
    fields: dict[str, str] = {}
    for name, field in entries.items():
        if field in inputs:
            fields[name] = field
        elif field:
            findings.append(
                Finding(name, "field", f"The data has no input `{field}`. {nearest(field, inputs)}".strip())
            )
    for name in (name for name, field in entries.items() if not field):
        free = [known for known in inputs if known not in fields.values()]
        if free:
            fields[name] = free[0]
        else:
            has = f"{len(inputs)} input{'s' if len(inputs) != 1 else ''} ({', '.join(inputs) or 'none'})"
            findings.append(Finding(name, "field", f"The data has {has}, and other Inputs take them already."))
    return fields


def _ordered(nodes: Mapping[str, Node], findings: list[Finding]) -> list[Node]:
    """Each node after its inputs, otherwise as given; nodes on a circle are left out and told."""
    order: list[Node] = []
    done: set[str] = set()
    waiting = list(nodes.values())
    while waiting:
        ready = []
        for node in waiting:
            if all(source in done or source not in nodes for source in node.inputs):
                ready.append(node)
                done.add(node.name)
        if not ready:
            circle = _circle(waiting)
            way = " → ".join(f"`{name}`" for name in [*circle, circle[0]])
            message = f"Data must flow one way. These layers form a circle: {way}."
            findings.append(Finding(circle[0], "circle", message, tuple(circle)))
            break
        order += ready
        waiting = [node for node in waiting if node.name not in done]
    return order


class _Walk:
    """A walk under way: what is known of the nodes visited so far."""

    def __init__(self, nodes: Mapping[str, Node], entering: Mapping[str, Flow], findings: list[Finding]) -> None:
        self.nodes, self.entering, self.findings = nodes, entering, findings
        self.reports: dict[str, NodeReport] = {}
        self.flows: dict[str, Flow] = {}
        self.steps: list[Step] = []

    def tell(self, node: str, rule: str, message: str) -> None:
        self.findings.append(Finding(node, rule, message))

    def visit(self, node: Node) -> NodeReport:
        """One node, all of whose inputs have been visited."""
        name, layer = node.name, node.layer
        missing = [source for source in node.inputs if source not in self.nodes]
        for source in missing:
            self.tell(name, "dangling", f"There is no layer `{source}` to read. {nearest(source, self.nodes)}")
        if isinstance(layer, Input) and not node.inputs:
            return self._entry(name)
        least, most = layer.inputs
        if not missing and not least <= len(node.inputs) <= (most if most is not None else len(node.inputs)):
            self.tell(name, "count", _count_message(node))
            return NodeReport(name)
        flows = tuple(self.flows[source] for source in node.inputs if source in self.flows)
        known = tuple(flow.shape for flow in flows)
        if len(known) < len(node.inputs):
            return NodeReport(name, known)  # the cause stands at an earlier node
        if _is_auto(layer):
            self.tell(
                name, "auto", "`auto` takes its size from the task, and this network's result is free. Set a size."
            )
            return NodeReport(name, known)
        found, inner, ends = self._block(name, layer, flows) if isinstance(layer, Block) else self._layer(layer, flows)
        if found.fault:
            rule = "content" if not fits(layer, known) else "dimensions" if _wrong_dimensions(node, known) else "layer"
            self.tell(name, rule, found.fault)
        if ends is None:
            return NodeReport(name, known, inner=inner)
        if not self._bearable(name, found, ends.shape):
            return NodeReport(name, known, inner=inner)  # what follows would be too large as well, for this reason
        if layer.padded == "masks" and _unmasked(layer, flows):
            self.tell(name, "mask", _mask_message(layer))
        self.flows[name] = ends
        self.steps.append(Step(name, found, node.inputs, _numbers(ends.shape)))
        field = None if ends.field is None else ends.field.pixels
        return NodeReport(
            name, known, ends.shape, found.parameters, found.flops, field=field, padded=ends.padded > 0, inner=inner
        )

    def _entry(self, name: str) -> NodeReport:
        flow = self.entering.get(name)
        if flow is None:
            return NodeReport(name)
        self.flows[name] = flow
        field = None if flow.field is None else flow.field.pixels
        return NodeReport(name, (), flow.shape, field=field, padded=flow.padded > 0)

    def _layer(self, layer: Layer, flows: tuple[Flow, ...]) -> tuple[Facts, None, Flow | None]:
        fields = [flow.field for flow in flows if flow.field is not None]
        field = (fields[0] if len(fields) == 1 else merged(fields)) if fields else None
        found, change = _measured(layer, tuple([flow.shape for flow in flows]), field.axes if field else ())
        if found.shape is None:
            return found, None, None
        if field is not None and change is not None:
            field = change.on(field)
        if isinstance(found.shape, Flags):
            field = None
        padded = _padded(layer, flows, found.shape)
        if len(flows) == 1 and flows[0].shape == found.shape and flows[0].padded == padded and flows[0].field is field:
            return found, None, flows[0]
        return found, None, Flow(found.shape, padded, field)

    def _block(self, name: str, block: Block, flows: tuple[Flow, ...]) -> tuple[Facts, Report | None, Flow | None]:
        """All copies of a block as one layer. What is wrong inside is told at the inner node."""
        shapes = tuple(flow.shape for flow in flows)
        try:
            check_dimensions(block, *shapes)
        except WrongInput as error:
            return Facts(fault=str(error)), None, None
        seen = copies(block, flows)
        inner = Report(
            seen[0].nodes, tuple(NetworkProblem(finding.node, finding.message) for finding in seen[0].findings)
        )
        for number, one in enumerate(seen, 1):
            for finding in one.findings:
                message = finding.message if number == 1 else f"In copy {number} of {block.repeat}: {finding.message}"
                way = f"{name}.{finding.node}" if finding.node else name
                self.findings.append(replace(finding, node=way, message=message))
            if one.findings:
                break
        ends = seen[-1].flows.get(seen[-1].output)
        if len(seen) < block.repeat or ends is None:
            return Facts(), inner, None
        return _in_a_row(seen, len(flows)), inner, ends

    def _bearable(self, name: str, found: Facts, shape: Shape) -> bool:
        """Whether what follows should be looked at; a layer too large to train is told."""
        if found.parameters > MOST_PARAMETERS:
            self.tell(
                name,
                "size",
                f"A layer should learn at most {MOST_PARAMETERS:,} numbers. This one would learn "
                f"{found.parameters:,} ({found.parameters * 4 / 2**30:,.0f} GiB).",
            )
        elif _numbers(shape) > MOST_NUMBERS:
            self.tell(
                name,
                "size",
                f"A layer should give at most {MOST_NUMBERS:,} numbers for one example. This one gives "
                f"{shown(shape)} = {_numbers(shape):,}.",
            )
            return False
        return True


@lru_cache(maxsize=16384)
def _measured(layer: Layer, shapes: tuple[Shape, ...], axes: tuple[int, ...]) -> tuple[Facts, Effect | None]:
    """What a layer does to shapes, and to a field with places along `axes`."""
    found = facts(layer, shapes)
    if found.shape is None or not axes:
        return found, None
    return found, effect(layer, shapes[0], found.shape, axes)


def _in_a_row(seen: list[Examination], ports: int) -> Facts:
    """The facts of a block's copies as one: the first port flows through all, further ports feed each."""
    if len(seen) == 1:
        return seen[0].facts
    entries = [f"port {place}" for place in range(ports)]
    steps = [
        Step(
            f"copy {number}",
            one.facts,
            (f"copy {number - 1}" if number else entries[0], *entries[1:]),
            _numbers(one.flows[one.output].shape),
        )
        for number, one in enumerate(seen)
    ]
    return composed(entries, steps, steps[-1].name)[0]


def _padded(layer: Layer, flows: tuple[Flow, ...], shape: Shape) -> int:
    """How many steps of a result may be padding: those that came in, as long as they are still there."""
    steps = max([flow.padded for flow in flows], default=0)
    if not steps:
        return 0
    has_steps = steps in shape and (len(shape) > 1 or isinstance(shape, Ids)) and not isinstance(shape, Flags)
    return steps if has_steps and layer.padded != "stops" else 0


def _unmasked(layer: Layer, flows: tuple[Flow, ...]) -> bool:
    """Whether padded steps are mixed into others, and no mask tells them. A causal layer mixes only what came before
    into a step, and padding comes last; of two sequences, attention gathers from the second."""
    if any(isinstance(flow.shape, Flags) for flow in flows):
        return False
    causal = bool(getattr(layer, "causal", False))
    asks = causal or (layer.kind() == "MultiheadAttention" and len(flows) > 1)
    return any(flow.padded for flow in (flows[1:] if asks else flows))


def _mask_message(layer: Layer) -> str:
    return (
        f"{layer.called()} mixes the steps of a sequence, and short texts are padded: it needs a padding mask as its "
        "last input, or the padding would change the result. Received: none. Connect a PaddingMask of the token ids."
    )


def _circle(waiting: list[Node]) -> list[str]:
    """The nodes of one circle in the order of flow, that which stands first in the list leading. Each of `waiting`
    reads another of them."""
    reads = {node.name: node for node in waiting}
    way: list[str] = [waiting[0].name]
    while (source := next(name for name in reads[way[-1]].inputs if name in reads)) not in way:
        way.append(source)
    circle = way[way.index(source) :][::-1]
    first = circle.index(next(name for name in reads if name in circle))
    return circle[first:] + circle[:first]


def _count_message(node: Node) -> str:
    least, most = node.layer.inputs
    came = len(node.inputs)
    if most == 0:
        return f"{node.layer.called()} is where an example enters, so it reads no other layer. Received: {came}."
    if least == most:
        wanted = "one input" if least == 1 else f"{least} inputs"
    else:
        wanted = f"at least {least} inputs" if most is None else f"{least} to {most} inputs"
    read = f"{came}: {', '.join(node.inputs)}" if came else "none"
    return f"{node.layer.called()} takes {wanted}. Received: {read}."


def _is_auto(layer: Layer) -> bool:
    return any(getattr(layer, name) == "auto" for name in _sizes(type(layer)))


@cache
def _sizes(kind: type[Layer]) -> tuple[str, ...]:
    return tuple(name for name in ("out_features", "out_channels") if name in kind.model_fields)


def _wrong_dimensions(node: Node, shapes: tuple[Shape, ...]) -> bool:
    return bool(node.layer.dimensions) and any(len(shape) not in node.layer.dimensions for shape in shapes)


def _numbers(shape: Shape) -> int:
    total = 1
    for size in shape:
        total *= size
    return total


def _output(graph: Graph, reports: Mapping[str, NodeReport], output: Shape | None, findings: list[Finding]) -> str:
    """The node whose result is the network's: the last that none reads, preferring one of the wanted shape."""
    ends = [node.name for node in graph.outputs()]
    if not ends:
        return ""  # a circle, told already
    fitting = [name for name in ends if output is not None and reports[name].shape == tuple(output)]
    result = (fitting or ends)[-1]
    for name in ends:
        if name != result:
            findings.append(
                Finding(
                    name,
                    "unread",
                    f"A network gives one result, here that of `{result}`. Nothing reads what `{name}` gives.",
                )
            )
    shape = reports[result].shape
    if output is not None and shape is not None and shape != tuple(output):
        findings.append(
            Finding(
                result,
                "output",
                f"The task needs {described(tuple(output))} for each example. Received from the last layer: "
                f"{described(shape)}.",
            )
        )
    return result
