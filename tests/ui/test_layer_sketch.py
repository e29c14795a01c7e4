"""The pictures of layers as the browser gets them."""

import asyncio
import re
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import pytest
from starlette.requests import Request

from dlviz.draw import palette
from dlviz.layers.layer import Layer
from dlviz.ui import layer_sketch
from dlviz.ui.sketch_panels import blended


@pytest.mark.parametrize("kind", Layer.kinds())
@pytest.mark.parametrize("dark", [False, True])
def test_every_layer_has_a_picture_within_its_frame(kind, dark):
    drawn = layer_sketch.picture(kind, dark)
    assert len(drawn) < 20_000, "it is loaded for each entry of a menu"
    root = ElementTree.fromstring(drawn)
    assert root.attrib["role"] == "img" and root[0].tag.endswith("title") and root[0].text == root.attrib["aria-label"]
    for box in root.iter("{http://www.w3.org/2000/svg}rect"):
        x, y, width, height = (float(box.attrib[name]) for name in ("x", "y", "width", "height"))
        assert -1 <= x <= x + width <= layer_sketch.WIDTH + 1 and -1 <= y <= y + height <= layer_sketch.HEIGHT + 1
    for place in re.findall(r'<text x="([\d.e-]+)" y="([\d.e-]+)"', drawn):
        assert 0 <= float(place[0]) <= layer_sketch.WIDTH and 6 <= float(place[1]) <= layer_sketch.HEIGHT
    assert "nan" not in drawn


def test_light_and_dark_wear_the_colours_of_their_group():
    assert palette.group("activation") in layer_sketch.picture("ReLU")
    assert palette.group("activation", True) in layer_sketch.picture("ReLU", True)


def got(kind, query=""):
    """The answer of the route."""
    scope = {
        "type": "http",
        "method": "GET",
        "headers": [],
        "query_string": query.encode(),
        "path_params": {"kind": kind},
    }
    with ThreadPoolExecutor(1) as apart:  # this thread may hold a browser's event loop
        return apart.submit(asyncio.run, layer_sketch._sketch(Request(scope))).result()


def test_the_route_serves_svg_and_refuses_what_is_no_layer():
    answer = got("Conv2d", "dark=1")
    assert answer.status_code == 200 and answer.media_type == "image/svg+xml"
    assert answer.body.decode() == layer_sketch.picture("Conv2d", True)
    assert got("Conv2d").body.decode() == layer_sketch.picture("Conv2d")
    refused = got("<script>")
    assert refused.status_code == 404 and refused.media_type == "text/plain"


def test_a_colour_scale_meets_its_ends():
    scale = palette.diverging()
    assert [blended(scale, share) for share in (0, 0.5, 1, 7)] == ["#B34700", "#FAFAFA", "#005A8E", "#005A8E"]
