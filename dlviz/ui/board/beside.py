"""What lies under something that was put by hand gives way, up or down, to the nearest free place."""

from __future__ import annotations

from collections.abc import Collection, Mapping

#: x, y, width, height.
Box = tuple[float, float, float, float]
GAP = 24


def beside(boxes: Mapping[str, Box], fixed: Collection[str]) -> dict[str, tuple[float, float]]:
    """The upper left corner of each box. Those in `fixed` stay; the others overlap none."""
    stand = dict(boxes)
    for name, box in boxes.items():
        if name in fixed or not any(overlap(box, stand[other]) for other in fixed):
            continue
        others = [other for key, other in stand.items() if key != name]
        near = [other for other in others if other[0] < box[0] + box[2] + GAP and box[0] < other[0] + other[2] + GAP]
        free = [other[1] + other[3] + GAP for other in near] + [other[1] - GAP - box[3] for other in near]
        for y in sorted(free, key=lambda y: (abs(y - box[1]), y)):
            tried = (box[0], y, box[2], box[3])
            if not any(overlap(tried, other) for other in near):
                stand[name] = tried
                break
    return {name: (x, y) for name, (x, y, _, _) in stand.items()}


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share more than an edge."""
    return (
        one[0] < other[0] + other[2]
        and other[0] < one[0] + one[2]
        and one[1] < other[1] + other[3]
        and other[1] < one[1] + one[3]
    )
