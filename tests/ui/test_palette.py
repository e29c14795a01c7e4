"""Colours can be told from their ground, and the theme's are the palette's."""

import tomllib
from typing import get_args

import pytest

from dlviz.draw import palette
from dlviz.layers.layer import Group
from dlviz.ui import chrome


@pytest.mark.parametrize("dark", [False, True])
def test_text_has_enough_contrast(dark):
    ground = palette.ground(dark)
    for color in (ground.ink, ground.faint, ground.negative):
        assert palette.contrast(color, ground.paper) >= 4.5, color
    assert palette.contrast(ground.ink, ground.panel) >= 4.5
    assert palette.contrast(ground.faint, ground.panel) >= 4.5


@pytest.mark.parametrize("dark", [False, True])
def test_lines_have_enough_contrast(dark):
    paper = palette.ground(dark).paper
    for number in range(8):
        assert palette.contrast(palette.run(number, dark), paper) >= 3, number


@pytest.mark.parametrize("dark", [False, True])
def test_every_group_of_layers_has_a_colour_of_its_own(dark):
    colors = [palette.group(name, dark) for name in get_args(Group)]
    assert len(set(colors)) == len(colors)


def test_the_theme_is_the_palette():
    theme = tomllib.loads((chrome.ROOT / ".streamlit" / "config.toml").read_text())["theme"]
    for name, dark in (("light", False), ("dark", True)):
        ground = palette.ground(dark)
        said = theme[name]
        assert said["backgroundColor"] == ground.paper
        assert said["secondaryBackgroundColor"] == ground.panel
        assert said["textColor"] == ground.ink
        assert said["primaryColor"] == ground.accent
        assert said["borderColor"] == ground.line


def test_nothing_is_fetched_or_sent():
    config = tomllib.loads((chrome.ROOT / ".streamlit" / "config.toml").read_text())
    assert config["browser"]["gatherUsageStats"] is False
    assert config["runner"]["postScriptGC"] is False
    assert "://" not in (chrome.ROOT / ".streamlit" / "config.toml").read_text()
    assert "http" not in (chrome.ROOT / "dlviz" / "ui" / "style.css").read_text()


def test_class_marks_differ_in_shape_too():
    assert len({palette.symbol(number) for number in range(10)}) == 10


def test_mixing():
    assert palette.mixed("#000000", "#FFFFFF", 0.5) == "#808080"
    assert palette.contrast("#000000", "#FFFFFF") == pytest.approx(21)
