"""A program of `torch.export` as modules, one for each call, so that an explainer finds its layers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from dlviz.core.problems import WrongInput
from dlviz.foreign.export_arguments import Call, call, names
from dlviz.foreign.export_checks import check
from dlviz.foreign.export_file import DTYPES, ExportFile, Json
from dlviz.foreign.export_layers import LAYERS
from dlviz.foreign.export_ops import ASKED, ASSERTIONS, GROWING, function, named
from dlviz.foreign.limits import MOST_NODES, numbers
from dlviz.foreign.onnx_file import Port
from dlviz.foreign.steps import Sized, Steps

#: What gives another look at the same numbers: where one of them is changed in place, the others would change as well.
_VIEWS = frozenset(
    "view _unsafe_view reshape flatten unflatten permute transpose t squeeze unsqueeze expand expand_as split chunk "
    "split_with_sizes slice select narrow unbind contiguous alias detach to view_as movedim swapaxes ravel".split()
)
#: Calls that name a number of examples first.
_SIZED = ("view", "reshape", "_unsafe_view", "expand")


class Called(Sized):
    """One call of a program."""

    def __init__(self, name: str, function: Callable[..., Any], call: Call) -> None:
        super().__init__()
        self.name, self.function = name, function
        asked = {name: value for name, value in ASKED.items() if name in call.arguments}
        #: What an argument is that a call leaves out.
        self.defaults = defaults(function)
        self.call = replace(call, arguments={**call.arguments, **asked})

    def forward(self, *values: Any) -> Any:
        arguments = self.call.filled(values)
        if self.batch and self.name in _SIZED:
            size = arguments["shape" if self.name == "reshape" else "size"]
            if size and size[0] == self.batch:
                arguments["size" if "size" in arguments else "shape"] = [values[0].shape[0], *size[1:]]
        if self.name in GROWING:
            numbers([abs(int(size)) for size in arguments[GROWING[self.name]]], f"What {self.name} makes")
        elif self.name == "arange":
            reach = abs(arguments["end"] - arguments.get("start", 0)) / abs(arguments.get("step", 1))
            numbers([int(reach) + 1], "What arange makes")
        check(self.name, {**self.defaults, **arguments})
        if not self.name:  # arithmetic of sizes: Python's own functions take no names
            return self.function(*arguments.values())
        return self.function(**arguments)


def entry(file: ExportFile) -> Port:
    """What goes in. Raises `WrongInput` where it is not one tensor."""
    given = [spec["user_input"]["arg"] for spec in file.signature["input_specs"] if "user_input" in spec]
    taken = [argument["as_tensor"]["name"] for argument in given if "as_tensor" in argument]
    if len(given) != 1 or len(taken) != 1:
        raise WrongInput(f"A network must take one tensor. Received: {len(given)} inputs. Export one that takes one.")
    return _port(file, str(taken[0]))


def answer(file: ExportFile, wanted: str = "") -> Port:
    """What comes out: the output called `wanted`, else the first."""
    given = [spec["user_output"]["arg"] for spec in file.signature["output_specs"] if "user_output" in spec]
    found = [str(argument["as_tensor"]["name"]) for argument in given if "as_tensor" in argument]
    known = ", ".join(f"`{name[:60]}`" for name in found[:8]) or "none"
    if not found or (wanted and wanted not in found):
        raise WrongInput(
            f"The program has no output {f'`{wanted}`' if wanted else 'that is a tensor'}. It has {known}."
        )
    return _port(file, wanted or found[0])


def build(file: ExportFile, exit: Port) -> Steps:
    """The program as steps that give `exit`. Raises `WrongInput` where it calls what is not allowed."""
    try:
        return _built(file, exit)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError, RuntimeError, RecursionError) as error:
        if isinstance(error, WrongInput):
            raise
        first = (str(error).strip().splitlines() or [""])[0][:120]
        raise WrongInput(f"The program is damaged ({type(error).__name__}: {first}). Export it anew.") from None


def _built(file: ExportFile, exit: Port) -> Steps:
    steps = Steps(entry(file).name)
    for spec in file.signature["input_specs"]:
        ((kind, told),) = spec.items()
        if kind == "user_input":
            continue
        if kind not in ("parameter", "buffer", "tensor_constant"):
            raise WrongInput(f"A program may take weights and one input. Received: {kind[:40]}. Export it without.")
        name = str(told[{"parameter": "parameter_name", "buffer": "buffer_name"}.get(kind, "tensor_constant_name")])
        if name not in file.weights:
            raise WrongInput(f"The program is damaged: its weight `{name[:60]}` is missing. Export it anew.")
        steps.know(str(told["arg"]["name"]), file.weights[name], kind == "parameter")
    if len(file.graph["nodes"]) > MOST_NODES:
        raise WrongInput(f"A program may have at most {MOST_NODES:,} calls. Received: more.")
    now: dict[str, str] = {}  # a value that was changed in place → what it is called since
    looks: set[str] = set()
    for node in file.graph["nodes"]:
        _add(steps, node, now, looks)
    steps.finish(now.get(exit.name, exit.name))
    return steps


def _add(steps: Steps, node: Json, now: dict[str, str], looks: set[str]) -> None:
    target = str(node["target"])
    name, _ = named(target)
    if name in ASSERTIONS:
        return
    calls, made, given = function(target), call(node["inputs"]), names(node["outputs"])
    plain, takes = name.removesuffix("_"), tuple(now.get(taken, taken) for taken in made.takes)
    if plain in _VIEWS:
        looks.update((*takes, *given))
    layer, module = LAYERS.get(plain), None
    if layer is not None:
        module = layer(_bound(calls, made, [steps.known(taken) for taken in takes]))
    if module is None:
        steps.add(Called(plain, calls, made), plain or target, takes, given)
    else:
        entered = made.arguments[
            "indices" if plain == "embedding" else "input" if "input" in made.arguments else "self"
        ]
        steps.add(module, plain, [takes[entered.at]], given[:1])
    if name != plain:
        if takes[0] in looks:
            raise WrongInput(
                f"The program changes a tensor in place ({name}) of which it has another look. Export the model with "
                "inplace=False."
            )
        now[made.takes[0]] = given[0]


def _bound(calls: Any, made: Call, known: list[Any]) -> dict[str, Any]:
    """The arguments of a call with their defaults, each value as it is known; "?" where it hangs on the input."""
    values = tuple("?" if value is None else value for value in known)
    return {**defaults(calls), **made.filled(values)}


def defaults(function: Any) -> dict[str, Any]:
    """The arguments of an operation of torch by name, each as it is where a call leaves it out."""
    schema = getattr(function, "_schema", None)
    return {argument.name: argument.default_value for argument in schema.arguments} if schema is not None else {}


def _port(file: ExportFile, name: str) -> Port:
    meta = file.graph["tensor_values"][name]
    dtype = str(DTYPES.get(meta["dtype"], "other")).removeprefix("torch.")
    return Port(name, dtype, tuple(int(size["as_int"]) if "as_int" in size else None for size in meta["sizes"]))
