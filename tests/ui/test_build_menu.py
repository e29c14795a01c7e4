"""The menu of layers: what the browser needs to draw the palette and the forms."""

import asyncio
import gzip
import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from starlette.requests import Request

from dlviz.ui import layer_menu, synonyms


@pytest.fixture(scope="module")
def groups():
    return json.loads(layer_menu.content())


@pytest.fixture(scope="module")
def entries(groups):
    return {layer["kind"]: layer for group in groups for layer in group["layers"] if "kind" in layer}


def test_every_layer_stands_in_a_coloured_group(groups, entries):
    from dlviz.layers.layer import Layer

    assert set(entries) == set(Layer.kinds()) - {"Block"}
    assert groups[0]["group"] == "input" and all(len(group["color"]) == 2 for group in groups)


def test_it_says_what_a_layer_takes(entries):
    assert entries["BatchNorm2d"]["dims"] == [3] and "dims" not in entries["ReLU"]
    assert entries["Conv2d"]["clicked"] == {"padding": "same"} and entries["Add"]["inputs"] == [2, None]


def test_a_setting_tells_its_bounds_its_words_and_how_many_numbers_it_holds(entries):
    settings = {setting["name"]: setting for setting in entries["Conv2d"]["settings"]}
    padding = settings["padding"]
    assert padding["type"] == "ints" and padding["choices"] == ["same", "valid"] and padding["low"] == 0
    assert padding["sides"] == 2 and padding["single"] and padding["default"] == 0
    (shape,) = entries["Reshape"]["settings"]
    assert shape["sides"] == 0 and "single" not in shape
    stride = next(setting for setting in entries["MaxPool2d"]["settings"] if setting["name"] == "stride")
    assert stride["optional"] and stride["default"] is None


def test_the_built_in_blocks_are_a_group_of_their_own(groups):
    from dlviz.blocks import builtin

    blocks = {entry["block"]: entry for entry in groups[-1]["layers"]}
    assert groups[-1]["group"] == "block" and set(blocks) == set(builtin())
    assert blocks["Residual"]["dims"] == [3] and "skip connection" in blocks["Residual"]["words"]
    assert blocks["Residual"]["keeps"] == "channels" and "keeps" not in blocks["UNetDown"]
    assert blocks["UNetUp"]["inputs"] == [2, 2] and blocks["UNetUp"]["about"]


def test_a_layer_is_found_by_other_words(entries):
    assert "dense" in entries["Linear"]["words"] and "skip connection" in entries["Add"]["words"]
    assert synonyms.words("Nothing") == ""


def got(address, encoding=""):
    """The answer of the menu's route."""
    request = Request(
        {
            "type": "http",
            "method": "GET",
            "path": address,
            "headers": [(b"accept-encoding", encoding.encode())],
            "path_params": {"content": address.rpartition("/")[2].removesuffix(".json")},
        }
    )
    with ThreadPoolExecutor(1) as apart:  # a browser of another test may hold this thread's event loop
        return apart.submit(asyncio.run, layer_menu._menu(request)).result()


def test_the_file_may_be_kept_for_good_and_comes_packed():
    answer = got(layer_menu.address(), "gzip, br")
    assert answer.status_code == 200 and "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip" and gzip.decompress(answer.body) == layer_menu.content()
    plain = got(layer_menu.address())
    assert "content-encoding" not in plain.headers and plain.body == layer_menu.content()
    assert got("/dlviz/layers/0123456789abcdef.json").status_code == 404
