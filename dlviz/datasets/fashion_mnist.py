"""FashionMnist: pictures of clothing, as large as MNIST and harder."""

from __future__ import annotations

from typing import ClassVar

from dlviz.datasets.download import Files, idx_files
from dlviz.datasets.idx import IdxImages


class FashionMnist(IdxImages):
    """70,000 pictures of clothing of 28×28 pixels in ten classes. Learn to tell shirts from coats and boots.

    The test part is the official one. Source: H. Xiao, K. Rasul and R. Vollgraf, Fashion-MNIST (2017), Zalando SE, MIT
    licence. 31 MB to download.
    """

    title: ClassVar[str] = "Fashion-MNIST"
    files: ClassVar[Files] = Files(
        "fashion-mnist",
        (
            "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
            "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
        ),
        idx_files((
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        )),
    )  # fmt: skip
    names: ClassVar[tuple[str, ...]] = (
        "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
    )  # fmt: skip
