"""The small pictures of what passes at a node: their form, their scale, their colours."""

import base64
import io

import numpy as np
import pytest
from PIL import Image

from dlviz.draw import palette
from dlviz.ui import activity


def pixels(address):
    assert address.startswith("data:image/png;base64,")
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))


def test_a_vector_is_bars_about_zero():
    drawn = pixels(activity.picture(np.array([2.0, -1.0, 0.0]), large=True))
    height = drawn.shape[0]
    positive, negative = palette.rgb(palette.LIGHT.positive), palette.rgb(palette.LIGHT.negative)
    up = (drawn[:, 0, :3] == positive).all(1).sum()
    down = (drawn[:, 4, :3] == negative).all(1).sum()
    assert height == 64 and up == pytest.approx(2 * down, abs=2) and drawn.shape[1] == 3 * 4 - 1


def test_channels_are_tiles_of_one_scale():
    channels = np.zeros((2, 4, 4), np.float32)
    channels[1, 0, 0], channels[0, 0, 0] = 1.0, 0.5
    drawn = pixels(activity.picture(channels))
    assert drawn.shape[:2] == (4, 9), "two tiles of 4 pixels and one between"
    assert (drawn[:, 4] == 0).all(), "what lies between is empty"
    strongest = palette.rgb(palette.sequential()[-1][1])
    assert tuple(drawn[0, 5, :3]) == strongest and tuple(drawn[0, 0, :3]) != strongest


def test_signs_show_and_zero_stays_plain():
    drawn = pixels(activity.picture(np.array([[-1.0, 0.0, 1.0]])))
    scale = [palette.rgb(color) for _, color in palette.diverging()]
    drawn_scale = drawn[0, :, :3].astype(int)
    assert np.abs(drawn_scale - [scale[0], scale[2], scale[-1]]).max() <= 2  # 256 steps have no middle


def test_a_large_picture_keeps_its_one_strong_number():
    channel = np.zeros((1, 100, 100), np.float32)
    channel[0, 57, 31] = -3.0
    drawn = pixels(activity.picture(channel))
    lowest = palette.rgb(palette.diverging()[0][1])
    assert drawn.shape[:2] == (18, 18) and (drawn[..., :3] == lowest).all(-1).sum() == 1


@pytest.mark.parametrize("shape", [(), (1,), (500,), (3, 7), (300, 200), (3, 9, 9), (2, 4, 6, 6)])
@pytest.mark.parametrize("dark", [False, True])
def test_every_form_has_a_picture(shape, dark):
    array = np.random.default_rng(0).normal(size=shape)
    for large in (False, True):
        assert pixels(activity.picture(array, dark, large)).size


def test_numbers_that_are_none_draw_as_nothing():
    drawn = pixels(activity.picture(np.array([[np.nan, np.inf, 1.0]])))
    assert tuple(drawn[0, 0]) == tuple(drawn[0, 1]) != tuple(drawn[0, 2])


def test_a_photo_keeps_its_colours():
    red = np.zeros((3, 2, 2))
    red[0] = 1
    assert (pixels(activity.photo(red)) == [255, 0, 0, 255]).all()
    assert (pixels(activity.photo(np.full((1, 2, 2), 0.5)))[..., :3] == 128).all()
