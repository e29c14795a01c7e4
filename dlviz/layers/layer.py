"""What a layer part is: settings and the torch module they make."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field
from torch import Tensor, nn

from dlviz.core.part import Part
from dlviz.core.problems import WrongInput
from dlviz.core.setting import setting
from dlviz.core.shape import FREE, Content, Flags, Ids, content
from dlviz.core.shape import Shape as Shape

#: How many neurons or filters. The bound stands inside the annotation because `auto` may stand beside it.
Count = Annotated[int, Field(ge=1, le=65536)]
#: The side of a window, and the same for both directions or (height, width).
Side = Annotated[int, Field(ge=1, le=1024)]
Sides = Side | tuple[Side, Side]
#: A rim, which may be nothing.
Rim = Annotated[int, Field(ge=0, le=1024)]
Rims = Rim | tuple[Rim, Rim]
#: The same for three directions: (depth, height, width).
Sides3 = Side | tuple[Side, Side, Side]
Rims3 = Rim | tuple[Rim, Rim, Rim]
#: Groups of the palette; each has one colour everywhere (`draw/palette.py`).
Group = Literal[
    "input", "linear", "convolution", "pooling", "normalisation", "activation", "dropout", "shape", "merge", "output",
    "recurrent", "attention", "embedding", "block",
]  # fmt: skip

#: How numbers that lie along one dimension come together.
Mixing = Literal["no", "adds", "counts"]
#: What an input must hold.
Takes = Content | Literal["any"]


class Layer(Part, family="layers"):
    """One node of a network. Its output shape is never written by hand: it is inferred on `meta`.

    Most layers are declarations only: `module` and the settings, which bear torch's names. Where torch asks for a
    size of the input as well, `arguments` adds it.
    """

    group: ClassVar[Group]
    #: What it computes, in plain characters: "y = max(0, x)".
    formula: ClassVar[str] = ""
    #: Where it was proposed: "Authors, Title (year)"; several are parted by semicolons. Empty where nobody's paper
    #: fits.
    paper: ClassVar[str] = ""
    #: How many inputs it takes: (least, most); None: no upper bound.
    inputs: ClassVar[tuple[int, int | None]] = (1, 1)
    #: The number of dimensions each input may have, without the batch; empty: any. Used for errors and remedies.
    dimensions: ClassVar[tuple[int, ...]] = ()
    #: What each input must hold; the last entry stands for all further inputs.
    takes: ClassVar[tuple[Takes, ...]] = ("numbers",)
    #: What it does with padded steps: passes each on alone; mixes steps, and so reads a padding mask as its last input
    #: where what comes is padded; or gives a result without steps.
    padded: ClassVar[Literal["passes", "masks", "stops"]] = "passes"
    #: Whether padded steps hold 0 in its result, where it reads a mask.
    clears: ClassVar[bool] = False
    #: The fewest examples of a batch that it can learn from.
    least_batch: ClassVar[int] = 1
    #: The torch module it makes; one that torch lacks is defined in the layer's file, with imports from torch alone.
    module: ClassVar[type[nn.Module]]

    def check(self, *shapes: Shape) -> None:
        """Raise `WrongInput` where the inputs' shapes break a rule of this layer that torch would tell unclearly."""

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        """What `module` is made with: torch's argument names, plain values."""
        return {name: getattr(self, name) for name in type(self).model_fields}

    def build(self, *shapes: Shape) -> nn.Module:
        """A new module for inputs of these shapes (without the batch dimension). Raises `WrongInput` as `check`."""
        check_dimensions(self, *shapes)
        self.check(*shapes)
        return self.module(**self.arguments(*shapes))

    def mixes(self, axis: int, shape: Shape, place: int = 0) -> Mixing:
        """How numbers along dimension `axis` of an input of this shape (that at `place`) come together, such as the
        steps of a text: `no`: each stays alone, or a size changes; `adds`: zeros add nothing, as in a convolution;
        `counts`: zeros count too, as in a softmax."""
        return "no"

    def sized(self, output: Shape) -> Layer:
        """This layer with every `auto` size set to what the task asks for, a network's result of shape `output`; itself
        where nothing is `auto`."""
        return self

    def fitting(self, *shapes: Shape) -> Iterator[tuple[str, Layer]]:
        """Remedies: this layer with other settings that would suit inputs of these shapes, each with a short
        imperative for a button. They are tried before they are offered."""
        yield from ()

    @classmethod
    def advice(cls) -> str:
        """The second paragraph of the class's docstring: when to use it."""
        paragraphs = (cls.__doc__ or "").strip().split("\n\n")
        return " ".join(paragraphs[1].split()) if len(paragraphs) > 1 else ""

    def called(self) -> str:
        """What a message calls it."""
        return self.kind()

    @classmethod
    def clicked(cls) -> Self:
        """The layer as a click in the menu adds it. The defaults are torch's, so that a spec means what the same
        line of torch means; a click may take friendlier ones."""
        return cls()

    @classmethod
    def sketch_example(cls) -> tuple[Layer, tuple[Tensor, ...]] | None:
        """What its sketch is made with: a layer of this kind and its inputs, with the batch (`examples.py` has some).
        None: what its form suggests (`example.py`)."""
        return None

    def changed(self, **settings: Any) -> Self:
        """This layer with some settings replaced; they are checked."""
        return type(self)(**{**{name: getattr(self, name) for name in type(self).model_fields}, **settings})


def check_dimensions(layer: Layer, *shapes: Shape) -> None:
    """Raise `WrongInput` where an input holds what the layer cannot take, or has a number of dimensions that it cannot
    take."""
    for place, shape in enumerate(shapes):
        if (must := wanted(layer, place)) not in ("any", content(shape)):
            which = "" if len(shapes) == 1 else f" as its {_PLACES[min(place, len(_PLACES) - 1)]} input"
            raise WrongInput(
                f"{layer.called()} takes {_CONTENTS[must]}{which}. Received: {described(shape)}. "
                f"{_hint(content(shape), must)}"
            )
    for shape in shapes:
        if layer.dimensions and len(shape) not in layer.dimensions and not isinstance(shape, Flags):
            steps = layer.group in ("recurrent", "attention", "embedding")  # torch's batch_first layout
            forms = " or ".join(_STEPS if steps and n == 2 else _FORMS[n] for n in layer.dimensions)
            raise WrongInput(f"{layer.called()} takes {forms}. Received: {described(shape)}.")


def wanted(layer: Layer, place: int) -> Takes:
    """What the input at this place must hold."""
    return layer.takes[min(place, len(layer.takes) - 1)]


def fits(layer: Layer, shapes: tuple[Shape, ...]) -> bool:
    """Whether each input holds what the layer takes."""
    return all(wanted(layer, place) in ("any", content(shape)) for place, shape in enumerate(shapes))


_CONTENTS = {"numbers": "numbers", "ids": "token ids", "mask": "a padding mask"}
_PLACES = ("first", "second", "third", "next")


def _hint(came: Content, wanted: str) -> str:
    """What would mend such an input."""
    if came == "ids":
        return "Put an Embedding before it." if wanted == "numbers" else "Put a PaddingMask before it."
    if came == "mask":
        return "A mask goes last, into a layer that reads a sequence."
    return "Only an Input of text gives token ids." if wanted == "ids" else "A PaddingMask makes one of token ids."


_FORMS = {
    0: "one number",
    1: "a row of numbers (features)",
    2: "a sequence (channels × steps)",
    3: "an image (channels × height × width)",
    4: "a volume (channels × depth × height × width)",
}
_STEPS = "a sequence (steps × features)"


def shown(shape: Shape) -> str:
    """A shape as a person reads it: 16×8×8."""
    return "×".join(str(size) if size != FREE else "any" for size in shape) or "1 number"


def described(shape: Shape) -> str:
    """A shape with its form: an image of 16×8×8."""
    if isinstance(shape, Ids):
        return f"token ids, {shown(shape)} of a vocabulary of {shape.vocabulary:,}"
    if isinstance(shape, Flags):
        return f"a padding mask of {shown(shape)}"
    forms = {
        1: f"a row of {shown(shape)} numbers",
        2: f"a sequence of {shown(shape)}",
        3: f"an image of {shown(shape)}",
        4: f"a volume of {shown(shape)}",
    }
    return forms.get(len(shape), f"a shape of {shown(shape)}")


def spread(value: int | tuple[int, ...], number: int) -> tuple[int, ...]:
    """A setting for `number` directions: one value stands for all of them."""
    return (value,) * number if isinstance(value, int) else tuple(value)


Init = Literal["default", "kaiming", "xavier", "orthogonal", "zeros"]


class WeightedLayer(Layer, abstract=True):
    """A layer with a weight that can be initialised in a chosen way."""

    init: Init = setting(
        "default",
        "How the weights start. `default` is torch's own choice; `kaiming` suits ReLU (He et al. 2015), `xavier` "
        "tanh and sigmoid (Glorot & Bengio 2010), `orthogonal` keeps lengths (Saxe et al. 2014); `zeros` shows "
        "what goes wrong when all neurons start alike.",
        advanced=True,
    )

    def arguments(self, *shapes: Shape) -> dict[str, Any]:
        settings = super().arguments(*shapes)
        del settings["init"]
        return settings

    def build(self, *shapes: Shape) -> nn.Module:
        return self.initialised(super().build(*shapes))

    def initialised(self, module: nn.Module) -> nn.Module:
        """`module` with its `weight` set as `init` says and, unless that is `default`, its `bias` set to 0."""
        weight, bias = getattr(module, "weight", None), getattr(module, "bias", None)
        if self.init == "default" or not isinstance(weight, Tensor) or weight.is_meta:
            return module
        name, arguments = INITS[self.init]
        getattr(nn.init, name)(weight, **arguments)
        if isinstance(bias, Tensor):
            nn.init.zeros_(bias)
        return module


#: `init` → the function of torch.nn.init and its arguments.
INITS: dict[str, tuple[str, dict[str, Any]]] = {
    "kaiming": ("kaiming_normal_", {"nonlinearity": "relu"}),
    "xavier": ("xavier_uniform_", {}),
    "orthogonal": ("orthogonal_", {}),
    "zeros": ("zeros_", {}),
}
