"""Words that are hidden and guessed: which, how, and that padding and batch mates change nothing."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from dlviz.core.values import Category, Tokens
from dlviz.datasets.data import Data, Examples, Fields
from dlviz.datasets.text_encoder import TextEncoder, learn_text_encoder
from dlviz.network.build import build
from dlviz.tasks.gaps import chosen, fixed_scores, hidden, spoilt, with_gaps
from dlviz.tasks.last_layer import answers_at
from dlviz.tasks.masked_language_model import MaskedLanguageModel
from dlviz.tasks.masked_starters import starters

TASK = MaskedLanguageModel()
VOCABULARY = ("<pad>", "<unk>", *"abcdefghijklmnop")
MASK = len(VOCABULARY)


def fields(length: int) -> Fields:
    return Fields({"text": Tokens(vocabulary=VOCABULARY, length=length)}, {"label": Category(names=("x", "y"))}, 5000)


def texts(count: int, length: int, seed: int = 0) -> torch.Tensor:
    random = torch.Generator().manual_seed(seed)
    ids = torch.randint(1, MASK, (count, length), generator=random)
    return ids * (torch.arange(length) < torch.randint(1, length + 1, (count, 1), generator=random))


def test_a_share_of_each_text_is_chosen_and_never_padding_or_unknown_tokens() -> None:
    ids = texts(200, 40)
    for scores in (fixed_scores(ids), torch.rand(ids.shape)):
        found = chosen(ids, 0.15, scores)
        assert not found[ids < 2].any()
        known = (ids > 1).sum(1)
        wanted = torch.minimum((0.15 * known).round().clamp(min=1), known)
        torch.testing.assert_close(found.sum(1).float(), wanted.float())
    assert not chosen(torch.tensor([[1, 1, 0]]), 0.5, torch.zeros(1, 3)).any()


def test_measured_gaps_follow_from_the_text_alone_and_lie_anywhere() -> None:
    ids = texts(300, 20)
    seen, gaps = hidden(ids, 0.15, MASK)
    assert (seen[gaps] == MASK).all() and torch.equal(seen[~gaps], ids[~gaps])
    torch.testing.assert_close(hidden(nn.functional.pad(ids, (0, 7)), 0.15, MASK)[1][:, :20], gaps)
    torch.testing.assert_close(torch.cat([hidden(row[None], 0.15, MASK)[1] for row in ids]), gaps)
    full = torch.randint(2, MASK, (4000, 10), generator=torch.Generator().manual_seed(1))
    often = hidden(full, 0.2, MASK)[1].float().mean(0)
    assert ((often - 0.2).abs() < 0.03).all(), often  # each place as often as any other


def test_training_hides_eight_of_ten_and_its_chance_follows_the_seed() -> None:
    ids = torch.randint(2, MASK, (2000, 20), generator=torch.Generator().manual_seed(2))
    torch.manual_seed(5)
    seen, gaps = spoilt(ids, 0.15, MASK)
    assert torch.equal(seen[~gaps], ids[~gaps])
    masked, kept = (seen[gaps] == MASK).float().mean(), (seen[gaps] == ids[gaps]).float().mean()
    assert abs(float(masked) - 0.8) < 0.02 and abs(float(kept) - (0.1 + 0.1 / 16)) < 0.02
    assert seen.min() >= 2
    again = spoilt(ids, 0.15, MASK)
    assert not torch.equal(again[1], gaps)  # other gaps each time
    torch.manual_seed(5)
    assert torch.equal(spoilt(ids, 0.15, MASK)[0], seen)


@pytest.mark.parametrize("title", starters(fields(9)))
def test_padding_and_batch_mates_change_no_figure_and_no_guess(title: str) -> None:
    torch.manual_seed(0)
    network, longer = (
        build(starters(known)[title], TASK.roles(known)["model"].inputs, TASK.roles(known)["model"].output).eval()
        for known in (fields(9), fields(15))
    )
    longer.load_state_dict(network.state_dict())
    ids = texts(6, 9)
    padded = nn.functional.pad(ids, (0, 6))
    with torch.no_grad():
        whole = TASK.forward({"model": network}, {"text": ids}, fields(9))
        alone = torch.cat([TASK.forward({"model": network}, {"text": row[None]}, fields(9)) for row in ids])
        far = TASK.forward({"model": longer}, {"text": padded}, fields(15))
    assert whole[:, 2].sum() > 0
    torch.testing.assert_close(alone, whole, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(far, whole, atol=1e-5, rtol=1e-5)
    asked = ids.clone()
    asked[:, 0] = MASK
    said = TASK.predict({"model": network}, {"text": asked}, fields(9))["text"]
    other = TASK.predict({"model": longer}, {"text": nn.functional.pad(asked, (0, 6))}, fields(15))["text"]
    assert (said.data == other.data[:, :9]).all() and (said.data[:, 0] >= 2).all()
    assert (said.more["probability"][:, 0] > 0).all() and (said.more["probability"][:, 1:] == 0).all()


def test_the_last_layer_is_asked_for_the_gaps_alone_and_says_the_same() -> None:
    ids, known = texts(6, 9), fields(9)
    role = TASK.roles(known)["model"]
    network = build(starters(known)["BERT"], role.inputs, role.output).eval()
    gaps = hidden(ids, 0.15, MASK)[1]
    heard: list[int] = []
    counted = network.get_submodule("output").register_forward_hook(lambda layer, inputs, out: heard.append(len(out)))
    found = answers_at(network, ids, gaps)
    assert heard == [int(gaps.sum())]
    counted.remove()
    torch.testing.assert_close(found, network(ids)[gaps])
    wanted = torch.autograd.grad(network(ids)[gaps].square().sum(), list(network.parameters()))
    torch.testing.assert_close(torch.autograd.grad(found.square().sum(), list(network.parameters())), wanted)
    torch.testing.assert_close(answers_at(Undecided(), ids, gaps), torch.zeros(int(gaps.sum()), MASK))


class Undecided(nn.Module):
    """Says of every token that it is as likely as any other."""

    def forward(self, ids: torch.Tensor) -> torch.Tensor:
        return torch.zeros(*ids.shape, len(VOCABULARY))


def test_the_loss_and_the_unigram_have_known_values() -> None:
    ids = texts(50, 12)
    sums = TASK.forward({"model": Undecided()}, {"text": ids}, fields(12))
    torch.testing.assert_close(sums[:, 0], sums[:, 2] * math.log(len(VOCABULARY)))
    assert torch.equal(sums[:, 2], hidden(ids, 0.15, MASK)[1].sum(1).float())
    train = torch.arange(2, MASK).repeat(30, 1)  # each known token as often as any other
    part = Examples({"text": ids}, torch.arange(50))
    found = TASK.result(sums, part, Examples({"text": train}, torch.arange(30)), fields(12))
    assert found is not None
    assert found.value == pytest.approx(math.log(len(VOCABULARY)), abs=1e-5)
    assert found.baseline == pytest.approx(math.log(16), abs=1e-9)


def test_it_learns_what_the_neighbour_tells() -> None:
    """Each text says one letter again and again: whatever is hidden, the others tell it."""
    ids = torch.arange(2, MASK).repeat(4)[:, None].repeat(1, 6)
    known = fields(6)
    torch.manual_seed(0)
    role = TASK.roles(known)["model"]
    network = build(starters(known)["BERT"], role.inputs, role.output)
    optimizer = torch.optim.AdamW(network.parameters(), lr=0.01)
    for _ in range(40):
        (loss,) = TASK.losses({"model": network}, {"text": ids}, known)
        optimizer.zero_grad()
        loss.value.backward()
        optimizer.step()
    network.eval()
    with torch.no_grad():
        sums = TASK.forward({"model": network}, {"text": ids}, known).sum(0)
    assert sums[1] / sums[2] > 0.95
    data = Data(known, *(Examples({"text": ids, "label": ids[:, 0] % 2}, torch.arange(len(ids))),) * 3, encoders={})
    view = TASK.views({"model": network}, data, "validation", None)["gaps"]
    assert "it was: a" in view.data[0] and "___" in view.data[0] and "6.2%" in view.note


@pytest.mark.parametrize("tokenizer", ["words", "bpe", "characters"])
def test_a_blank_becomes_the_mask_and_the_rest_is_read_as_ever(tokenizer: str) -> None:
    known = ["the film was good and dull", "the film was bad and long"] * 4
    encoder = learn_text_encoder(
        known, most_words=60, min_count=1, length=40, lowercase=True, tokenizer=tokenizer,  # type: ignore[arg-type]
    )  # fmt: skip
    assert isinstance(encoder, TextEncoder)
    mask = len(encoder.vocabulary)
    torch.testing.assert_close(with_gaps(encoder, known[:2], mask), encoder.encode(known[:2]))
    for blank in ("___", "[MASK]", "__"):
        (ids,) = with_gaps(encoder, [f"the film was {blank} and dull"], mask)
        assert (ids == mask).sum() == 1
        if tokenizer != "characters":
            (whole,) = encoder.encode(["the film was good and dull"])
            place = int((ids == mask).nonzero())
            assert torch.equal(ids[:place], whole[:place]) and encoder.vocabulary[int(whole[place])].endswith("good")
            assert torch.equal(ids[place + 1 :], whole[place + 1 :])
