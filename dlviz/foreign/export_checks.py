"""Sizes that torch itself does not look at before it computes: a program that names wrong ones would read memory that
is not its own, or end the process. Found by calling the allowed operations with sizes that do not fit, in about a
hundred ways: all others were refused by torch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from torch import Tensor

from dlviz.core.problems import WrongInput

Arguments = Mapping[str, Any]
#: How many gates each recurrent layer has.
_GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}
#: No picture is enlarged so much.
_LARGEST = 1e4


def _recurrent(name: str, given: Arguments) -> bool:
    """(steps, N, inputs) or (N, steps, inputs), states (layers · directions, N, units), four or two weights a layer."""
    x, layers = given["input"], int(given["num_layers"])
    states = given["hx"] if isinstance(given["hx"], list) else [given["hx"]]
    directions = 2 if given["bidirectional"] else 1
    each = 4 if given["has_biases"] else 2
    params = given["params"]
    if x.dim() != 3 or len(states) != (2 if name == "lstm" else 1) or len(params) != each * layers * directions:
        return False
    count, units = x.shape[0 if given["batch_first"] else 1], states[0].shape[-1]
    if any(tuple(state.shape) != (layers * directions, count, units) for state in states):
        return False
    rows, wide = _GATES[name] * units, x.shape[2]
    for layer in range(layers):
        wanted = [(rows, wide), (rows, units), (rows,), (rows,)][:each]
        for number in range(directions):
            start = (layer * directions + number) * each
            if [tuple(weight.shape) for weight in params[start : start + each]] != wanted:
                return False
        wide = units * directions
    return True


def _normalised(name: str, given: Arguments) -> bool:
    channels = given["input"].shape[1] if given["input"].dim() > 1 else -1
    figures = [given.get(each) for each in ("weight", "bias", "running_mean", "running_var")]
    return all(figure is None or tuple(figure.shape) == (channels,) for figure in figures)


def _attended(name: str, given: Arguments) -> bool:
    query, key, value = (given[each] for each in ("query", "key", "value"))
    if not query.dim() == key.dim() == value.dim() >= 2 or query.shape[-1] != key.shape[-1]:
        return False
    if given.get("enable_gqa") and query.dim() > 2:  # several heads that ask share one that is asked
        shared = query.shape[:-3] == key.shape[:-3] and query.shape[-3] % key.shape[-3] == 0
    else:
        shared = query.shape[:-2] == key.shape[:-2]
    return bool(shared and key.shape[:-1] == value.shape[:-1])


def _enlarged(name: str, given: Arguments) -> bool:
    """Factors, where they are named, must lead to the sizes that are named."""
    x = given["self"] if "self" in given else given["input"]
    places = list(x.shape[2:])
    sizes, factors = given.get("output_size"), given.get("scale_factors")
    if factors is None:
        named = [given.get(each) for each in ("scales", "scales_d", "scales_h", "scales_w")]
        factors = [factor for factor in named if factor is not None]
    if sizes is None or not factors:
        return all(0 < factor < _LARGEST for factor in factors)
    made = zip(places, factors, sizes, strict=True)
    return len(places) == len(factors) and all(abs(size * factor - wanted) <= 1 for size, factor, wanted in made)


_CHECKS: dict[str, Callable[[str, Arguments], bool]] = {
    **dict.fromkeys(_GATES, _recurrent),
    "_native_batch_norm_legit_no_training": _normalised,
    "scaled_dot_product_attention": _attended,
    **dict.fromkeys(
        ("upsample_nearest1d", "upsample_nearest2d", "upsample_linear1d", "upsample_bilinear2d"), _enlarged
    ),
}


def check(name: str, arguments: Arguments) -> None:
    """Raise `WrongInput` where a call's sizes do not fit each other."""
    looks = _CHECKS.get(name)
    if looks is None:
        return
    try:
        fits = looks(name, arguments)
    except (AttributeError, IndexError, KeyError, TypeError, ValueError):
        fits = False
    if not fits:
        shapes = [tuple(value.shape) for value in arguments.values() if isinstance(value, Tensor)]
        raise WrongInput(f"The program calls {name} with sizes that do not fit each other: {shapes}. Export it anew.")
