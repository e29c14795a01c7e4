"""Networks for texts as a whole: padding never changes what any of them says."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from dlviz.core.part import family
from dlviz.core.values import Category, Tokens
from dlviz.datasets.data import Fields
from dlviz.network.build import build
from dlviz.network.graph import Graph
from dlviz.tasks.classification import Classification
from dlviz.tasks.starters import predictors
from dlviz.templates.template import Template

VOCABULARY = ("<pad>", "<unk>", *"abcdefghijklmnop")
TASK = Classification()


def fields(length: int) -> Fields:
    words = Tokens(vocabulary=VOCABULARY, length=length)
    return Fields({"text": words}, {"label": Category(names=("x", "y", "z"))}, 5000)


def _networks() -> dict[str, Graph]:
    known = fields(9)
    made = dict(predictors(known))
    for name, kind in family("templates").items():
        template = kind()
        assert isinstance(template, Template)
        if template.why_not(TASK, known) is None:
            made[name] = template.networks(TASK, known)["model"]
    return made


NETWORKS = _networks()


def test_there_are_networks_for_texts() -> None:
    assert list(NETWORKS)[0] == "Bag of words"
    assert {
        "BagOfEmbeddings", "TextCnn", "RnnClassifier", "LstmClassifier", "GruClassifier", "BilstmClassifier",
        "TransformerClassifier",
    } <= set(NETWORKS)  # fmt: skip


@pytest.mark.parametrize("title", NETWORKS)
def test_more_padding_changes_no_prediction(title: str) -> None:
    torch.manual_seed(0)
    short, long = (
        build(NETWORKS[title], {"text": fields(length).inputs["text"].shape()}, (3,)).eval() for length in (9, 15)
    )
    long.load_state_dict(short.state_dict())
    random = torch.Generator().manual_seed(1)
    ids = torch.randint(1, len(VOCABULARY), (6, 9), generator=random)
    ids *= torch.arange(9) < torch.tensor([9, 8, 5, 2, 1, 0])[:, None]
    padded = torch.nn.functional.pad(ids, (0, 6))
    with torch.no_grad():
        said = short(ids)
        assert said.isfinite().all()
        torch.testing.assert_close(long(padded), said, atol=1e-5, rtol=1e-5)
        torch.testing.assert_close(torch.cat([short(row[None]) for row in ids]), said, atol=1e-5, rtol=1e-5)
    # and so nothing that the task makes of it: what it predicts, and what is learned
    label = torch.tensor([0, 1, 2, 0, 1, 2])
    for network, own, known in ((short, ids, fields(9)), (long, padded, fields(15))):
        alone = [TASK.predict({"model": network}, {"text": row[None]}, known)["label"].data for row in own]
        together = TASK.predict({"model": network}, {"text": own}, known)["label"].data
        np.testing.assert_allclose(np.concatenate(alone), together, atol=1e-5)
    lost = [
        next(iter(TASK.losses({"model": network}, {"text": own, "label": label}, known))).value
        for network, own, known in ((short, ids, fields(9)), (long, padded, fields(15)))
    ]
    torch.testing.assert_close(lost[0], lost[1], atol=1e-5, rtol=1e-5)
    slopes = [
        torch.autograd.grad(loss, list(network.parameters()), allow_unused=True)
        for loss, network in zip(lost, (short, long), strict=True)
    ]
    for one, other in zip(*slopes, strict=True):
        assert one is not None and other is not None
        torch.testing.assert_close(one, other, atol=1e-5, rtol=1e-4)
