"""FeatureAlphaDropout: an alpha dropout of whole channels."""

from __future__ import annotations

from typing import ClassVar

from torch import nn

from dlviz.layers.channel_dropout import ChannelDropout


class FeatureAlphaDropout(ChannelDropout):
    """Switches whole random channels to SELU's floor while training, then scales and shifts so that mean and spread
    stay. Afterwards it does nothing.

    Against overfitting between convolutions with SELU.
    """

    formula: ClassVar[str] = (
        "y[c] = a · (x[c] · m[c] − 1.7581 · (1 − m[c])) + b, each m[c] is 0 with probability p, else 1"
    )
    paper: ClassVar[str] = "Klambauer et al., Self-normalizing neural networks (2017)"
    dimensions: ClassVar[tuple[int, ...]] = (2, 3, 4)
    module: ClassVar[type[nn.Module]] = nn.FeatureAlphaDropout
