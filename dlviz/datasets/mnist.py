"""Mnist: the handwritten digits that everyone begins with."""

from __future__ import annotations

from typing import ClassVar

from dlviz.datasets.download import Files, idx_files
from dlviz.datasets.idx import IdxImages


class Mnist(IdxImages):
    """70,000 handwritten digits of 28×28 pixels. Learn to tell which digit is written.

    The test part is the official one. Source: Y. LeCun, C. Cortes and C. Burges, The MNIST database of handwritten
    digits (1998). 11 MB to download.
    """

    title: ClassVar[str] = "MNIST"
    files: ClassVar[Files] = Files(
        "mnist",
        (
            "https://ossci-datasets.s3.amazonaws.com/mnist/",
            "https://storage.googleapis.com/cvdf-datasets/mnist/",
        ),
        idx_files((
            "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
            "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
            "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
            "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        )),
    )  # fmt: skip
    names: ClassVar[tuple[str, ...]] = tuple(str(digit) for digit in range(10))
