"""LogMel: its bands lie where the mel scale says, a tone lights its band, silence and batch mates change nothing."""

from __future__ import annotations

import math

import pytest
import torch

from dlviz.core.problems import WrongInput
from dlviz.layers.log_mel import LogMel, MelSpectrogram, most_bands


def built(samples: int = 8000, **settings: object) -> MelSpectrogram:
    module = LogMel.model_validate(settings).build((samples,))
    assert isinstance(module, MelSpectrogram)
    return module


def tone(pitch: float, rate: int = 8000, samples: int = 8000) -> torch.Tensor:
    return torch.sin(2 * math.pi * pitch * torch.arange(samples) / rate)[None]


def test_bands_lie_where_the_mel_scale_says() -> None:
    # three bands between 0 and 1000 Hz: 2595 log10(1 + 1000/700) = 999.99 mel, a quarter of which is 250 mel
    bands = built(rate=2000, n_fft=2000, hop_length=100, n_mels=3).bands  # bins of 1 Hz
    assert bands.argmax(1).tolist() == [174, 391, 662]  # 700 (10^(250/2595) - 1) = 173.8; 390.8; 661.8
    assert (bands[0] > 0).nonzero().flatten()[[0, -1]].tolist() == [1, 390]  # from 0 to the next one's middle
    assert (bands[1] > 0).nonzero().flatten()[[0, -1]].tolist() == [174, 661]
    assert bands.max() <= 1 and bands.max(1).values.min() > 0.99
    between = bands[:, 174:662].sum(0)  # two neighbours share what lies between their middles
    torch.testing.assert_close(between, torch.ones_like(between))


@pytest.mark.parametrize(("pitch", "band"), [(174.0, 0), (391.0, 1), (662.0, 2)])
def test_a_pure_tone_lights_its_band(pitch: float, band: int) -> None:
    made = built(4000, rate=2000, n_fft=200, hop_length=100, n_mels=3, normalise="none")(tone(pitch, 2000, 4000))
    assert made.shape == (1, 1, 3, 41)
    assert (made[0, 0, :, 1:-1].argmax(0) == band).all()


def test_the_power_of_a_tone_is_known() -> None:
    """A sine on a bin under a Hann window of n has |X| = n / 4 there, and half of that beside it."""
    module = built(800, rate=800, n_fft=80, hop_length=80, n_mels=1, f_max=400, normalise="none", floor=1e-12)
    made = module(tone(200, 800, 800))[0, 0, 0, 5]
    weights = module.bands[0, 19:22]
    assert float(made) == pytest.approx(math.log(float(weights @ torch.tensor([100.0, 400.0, 100.0]))), abs=1e-4)


def test_silence_is_the_floor_and_silence_after_a_sound_changes_no_earlier_column() -> None:
    module = built(rate=8000, n_fft=256, hop_length=128, n_mels=20, normalise="none", floor=1e-3)
    torch.testing.assert_close(module(torch.zeros(1, 8000)), torch.full((1, 1, 20, 63), math.log(1e-3)))
    short, long = tone(500, samples=2560), torch.cat([tone(500, samples=2560), torch.zeros(1, 2560)], 1)
    torch.testing.assert_close(module(long)[..., :21], module(short), rtol=1e-4, atol=1e-4)


def test_an_example_normalised_means_the_same_loud_or_quiet() -> None:
    module = built(rate=8000, n_fft=256, hop_length=128, n_mels=20, floor=1e-9)
    noise = torch.randn(1, 8000, generator=torch.Generator().manual_seed(0))
    loud, quiet = module(noise), module(0.1 * noise)
    torch.testing.assert_close(loud, quiet, rtol=0, atol=1e-3)
    assert abs(float(loud.mean())) < 1e-4 and float(loud.std(correction=0)) == pytest.approx(1, abs=1e-3)
    assert torch.isfinite(module(torch.zeros(1, 8000))).all()


def test_bands_that_would_hear_nothing_are_refused_and_mended() -> None:
    layer = LogMel(rate=8000, n_fft=64, hop_length=32, n_mels=64)
    with pytest.raises(WrongInput, match="fewer bands"):
        layer.build((8000,))
    fitted = dict(layer.fitting((8000,)))
    (mended,) = fitted.values()
    assert mended.build((8000,))(tone(440)).shape[2] == most_bands(8000, 64, 64)
    with pytest.raises(WrongInput, match="hop_length"):
        LogMel(n_fft=64, hop_length=65, n_mels=4).build((8000,))
    with pytest.raises(ValueError, match="f_min"):
        LogMel(f_min=9000)
