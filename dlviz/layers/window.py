"""Windows: what convolution and pooling have in common, a window that slides over the input."""

from __future__ import annotations

from collections.abc import Sequence

from dlviz.core.problems import WrongInput
from dlviz.layers.layer import Shape, described, shown, spread


def check_window(
    name: str,
    shape: Shape,
    kernel_size: int | tuple[int, ...],
    padding: int | tuple[int, ...] | str = 0,
    dilation: int | tuple[int, ...] = 1,
) -> None:
    """Raise `WrongInput` where the window is larger than the input with its rim."""
    number = len(shape) - 1
    if padding == "same":
        return
    rims = (0,) * number if isinstance(padding, str) else spread(padding, number)
    spans = tuple(
        gap * (side - 1) + 1 for side, gap in zip(spread(kernel_size, number), spread(dilation, number), strict=True)
    )
    room = tuple(size + 2 * rim for size, rim in zip(shape[1:], rims, strict=True))
    if any(span > size for span, size in zip(spans, room, strict=True)):
        rim = f" With its rim that is {shown(room)}." if any(rims) else ""
        raise WrongInput(
            f"The window of {name} must not be larger than its input: it spans {shown(spans)}. "
            f"Received: {described(shape)}.{rim}"
        )


def shrunk(kernel_size: int | tuple[int, ...], sizes: Sequence[int]) -> int | tuple[int, ...]:
    """The largest window not above `kernel_size` that fits into `sizes`; one number where all sides are equal."""
    sides = tuple(min(side, size) for side, size in zip(spread(kernel_size, len(sizes)), sizes, strict=True))
    return sides[0] if len(set(sides)) == 1 else sides


def times(value: int | tuple[int, ...]) -> str:
    """A window's size for a button: 3, or 3×5."""
    return str(value) if isinstance(value, int) else shown(value)
