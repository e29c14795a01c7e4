"""What each augmentation does to a picture whose answer is known."""

from __future__ import annotations

import math

import pytest
import torch

from dlviz.core.values import Category, Image, Scalar, Text, Vector
from dlviz.optimization.augmentations.augmentation import Augmentation
from dlviz.optimization.augmentations.gaussian_noise import GaussianNoise
from dlviz.optimization.augmentations.mix_up import MixUp
from dlviz.optimization.augmentations.random_erasing import RandomErasing
from dlviz.optimization.augmentations.random_flip import RandomFlip
from dlviz.optimization.augmentations.random_rotation import RandomRotation, rotated
from dlviz.optimization.augmentations.random_shift import RandomShift
from dlviz.optimization.augmentations.random_zoom import RandomZoom, zoomed


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(count: int = 4, height: int = 6, width: int = 6) -> torch.Tensor:
    return torch.rand(count, 2, height, width, generator=chance(9))


@pytest.mark.parametrize(("direction", "side"), [("horizontal", 3), ("vertical", 2)])
def test_flipping_twice_is_nothing(direction: str, side: int) -> None:
    flip = RandomFlip.model_validate({"direction": direction, "p": 1.0})
    once = flip.change(pictures(), chance())
    assert torch.equal(once, pictures().flip(side))
    assert torch.equal(flip.change(once, chance()), pictures())


def test_some_are_flipped_and_some_not() -> None:
    changed = RandomFlip(p=0.5).change(pictures(40), chance())
    same = (changed == pictures(40)).flatten(1).all(1)
    assert 8 < int(same.sum()) < 32


def test_a_shift_moves_by_whole_pixels_and_repeats_the_edge() -> None:
    picture = pictures(200)
    moved = RandomShift(share=0.34).change(picture, chance())  # up to 2 of 6 pixels
    padded = torch.nn.functional.pad(picture, (2, 2, 2, 2), mode="replicate")
    seen = set()
    for number in range(200):
        for up in range(5):
            for left in range(5):
                if torch.equal(moved[number], padded[number, :, up : up + 6, left : left + 6]):
                    seen.add((up, left))
                    break
            else:
                continue
            break
        else:
            raise AssertionError("this picture is not the old one moved by whole pixels")
    assert len(seen) == 25  # every one of the 5 × 5 places occurs


@pytest.mark.parametrize("quarter", [1, 2, 3, 4])
def test_a_quarter_turn_of_a_square_is_exact(quarter: int) -> None:
    turned = rotated(pictures(), torch.full((4,), 90.0 * quarter))
    torch.testing.assert_close(turned, pictures().rot90(quarter, (2, 3)), atol=1e-5, rtol=0)


def test_half_a_turn_of_an_oblong_is_exact() -> None:
    oblong = pictures(height=4, width=9)
    torch.testing.assert_close(rotated(oblong, torch.full((4,), 180.0)), oblong.flip(2, 3), atol=1e-5, rtol=0)


def test_a_turn_does_not_shear_an_oblong() -> None:
    # a bar through the centre, 20 long and 2 wide, keeps its length when it is turned by 45°
    oblong = torch.zeros(1, 1, 31, 61)
    oblong[:, :, 14:17, 20:41] = 1
    turned = rotated(oblong, torch.tensor([45.0]))[0, 0]
    rows, columns = torch.nonzero(turned > 0.5, as_tuple=True)
    for side in (rows, columns):
        assert int(side.max() - side.min()) == pytest.approx(21 / math.sqrt(2), abs=3)


def test_each_picture_has_its_own_angle() -> None:
    same = pictures(1).repeat(8, 1, 1, 1)
    changed = RandomRotation(degrees=40).change(same, chance())
    assert len({tuple(picture.flatten().tolist()) for picture in changed}) == 8


def test_zooming_in_twofold_shows_the_middle() -> None:
    ramp = torch.arange(8.0).expand(1, 1, 8, 8)
    found = zoomed(ramp, torch.tensor([2.0]))[0, 0, 0]
    torch.testing.assert_close(found, 3.5 + (torch.arange(8.0) - 3.5) / 2, atol=1e-5, rtol=0)


def test_zoom_stays_within_its_bounds() -> None:
    ramp = torch.arange(8.0).expand(100, 1, 8, 8)
    slope = RandomZoom(share=0.25).change(ramp, chance())[:, 0, 4, 4:6].diff(dim=1)
    assert slope.min() >= 1 / 1.25 - 1e-4 and slope.max() <= 1.25 + 1e-4
    assert slope.min() < 0.85 and slope.max() > 1.18


def test_noise_is_as_strong_as_it_says() -> None:
    calm = pictures(8, 64, 64)  # its middle greys have room both ways
    inner = (GaussianNoise(std=0.1).change(calm, chance()) - calm)[(calm > 0.3) & (calm < 0.7)]
    assert float(inner.std()) == pytest.approx(0.1 * float(calm.std()), rel=0.05)


def test_one_rectangle_is_erased() -> None:
    picture = pictures(200, 10, 12)
    found = RandomErasing(p=1.0, area=0.3).change(picture, chance())
    gone = (found != picture).all(1)  # (N, height, width)
    assert gone.flatten(1).any(1).all()
    assert float(gone.float().mean((1, 2)).max()) <= 0.3 + 0.1  # sides are rounded to whole pixels
    for mask in gone:  # the rows that are touched and the columns that are touched make up the whole mask
        assert torch.equal(mask, mask.any(1)[:, None] & mask.any(0)[None, :])
    first = gone[0]
    torch.testing.assert_close(found[0][:, first].T[0], picture[0].mean((1, 2)))


def test_no_rectangle_is_erased_by_chance_0() -> None:
    assert torch.equal(RandomErasing(p=0.0).change(pictures(), chance()), pictures())


def test_mixed_targets_are_mixed_as_the_pictures_are() -> None:
    inputs, targets = {"row": Vector(names=("a",))}, {"label": Category(names=("x", "y")), "price": Scalar()}
    batch = {
        "row": torch.tensor([[0.0], [1.0], [0.0], [1.0]]),
        "label": torch.tensor([0, 1, 0, 1]),
        "price": torch.tensor([0.0, 1.0, 0.0, 1.0]),
    }
    for seed in range(5):
        found = MixUp(alpha=1.0).apply(batch, inputs, targets, chance(seed))
        torch.testing.assert_close(found["label"].sum(1), torch.ones(4))
        torch.testing.assert_close(found["label"][:, 1], found["row"][:, 0])
        torch.testing.assert_close(found["price"], found["row"][:, 0])


@pytest.mark.parametrize("alpha", [0.02, 10.0])
def test_mixing_shares_are_numbers_at_both_ends(alpha: float) -> None:
    batch = {"row": torch.rand(4, 1, generator=chance())}
    for seed in range(50):
        found = MixUp(alpha=alpha).apply(batch, {"row": Vector(names=("a",))}, {}, chance(seed))
        assert torch.isfinite(found["row"]).all()


def test_what_does_not_fit_says_why() -> None:
    row, picture = {"row": Vector(names=("a",))}, {"image": Image(channels=1, height=2, width=2)}
    for name, kind in Augmentation.kinds().items():
        why = kind().why_not(picture, {"label": Category(names=("a", "b"))})
        assert (why is not None) == (name in ("WordDropout", "BackgroundNoise", "SoundMasking", "TimeShift"))
    assert "pictures" in (RandomFlip().why_not(row, {}) or "")
    assert "Text" in (MixUp().why_not({"text": Text()}, {}) or "")
