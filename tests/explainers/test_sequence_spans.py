"""Tokens joined to words, clauses and sentences, whatever the tokens are."""

from __future__ import annotations

import pytest
import torch
from sequence_stand_ins import data

from dlviz.asking.answer import ask
from dlviz.core.values import Tokens
from dlviz.datasets.data import Data
from dlviz.datasets.text_encoder import TextEncoder, learn_text_encoder
from dlviz.datasets.tokenizer import Tokenizing
from dlviz.datasets.words import words
from dlviz.explainers.explainer import Explainer
from dlviz.explainers.features import Features
from dlviz.explainers.spans import Read, Unit
from dlviz.tasks.classification import Classification

TEXT = "It's good, said Dr. Low: 3.14 at least! Or not?\nYes."


def named(text: str, how: Tokenizing, unit: Unit) -> tuple[str, ...]:
    tokens = tuple(words(text, lowercase=False)) if how == "words" else tuple(text)
    return Read(tokens, how).spans(unit)[1]


@pytest.mark.parametrize("how", ["words", "characters"])
def test_sentences_end_with_their_marks(how: Tokenizing) -> None:
    found = named(TEXT, how, "sentence")
    ends = ("It's good, said Dr. Low: 3.14 at least!", "Or not?", "Yes.")
    if how == "words":
        assert found == tuple(end.replace("3.14", "3. 14") for end in ends)  # read as three words
    else:
        assert tuple(filter(lambda name: name != "⏎", found)) == ends


def test_clauses_end_with_commas_too() -> None:
    assert named("so far, so good; then", "words", "clause") == ("so far,", "so good;", "then")
    assert named("so far, so good; then", "words", "sentence") == ("so far, so good; then",)
    assert named("He said “stop.” Then he ran.", "words", "sentence") == ("He said “stop.”", "Then he ran.")


def test_letters_join_to_words_that_hold_their_space() -> None:
    read = Read(tuple("no, it's 3"), "characters")
    spans, names = read.spans("word")
    assert names == ("no", ",", "it's", "3")
    assert spans == [0, 0, 1, 2, 2, 2, 2, 2, 3, 3]


def test_pieces_join_to_words() -> None:
    read = Read(("▁un", "believ", "able", "!", "▁", "He", "▁ran", "\n", "off"), "bpe")
    spans, names = read.spans("word")
    assert names == ("unbelievable", "!", "He", "ran", "⏎", "off")
    assert spans == [0, 0, 0, 1, 2, 2, 3, 4, 5]
    assert read.spans("token")[1] == ("▁un", "believ", "able", "!", "▁", "He", "▁ran", "⏎", "off")


@pytest.mark.parametrize("unit", ["token", "word", "clause", "sentence"])
@pytest.mark.parametrize("how", ["words", "characters", "bpe"])
def test_every_token_belongs_to_one_span(how: Tokenizing, unit: Unit) -> None:
    encoder = learn_text_encoder([TEXT] * 3, most_words=60, min_count=1, length=60, lowercase=False, tokenizer=how)
    tokens = tuple(encoder.vocabulary[number] for number in encoder.encode([TEXT])[0].tolist() if number)
    spans, names = Read(tokens, how).spans(unit)
    assert len(spans) == len(tokens) and spans[0] == 0 and spans[-1] == len(names) - 1
    assert all(after - before in (0, 1) for before, after in zip(spans, spans[1:], strict=False))
    assert all(names)


def test_nothing_to_read_has_no_spans() -> None:
    for unit in ("token", "word", "sentence"):
        assert Read((), "words").spans(unit) == ([], ())


def lettered() -> tuple[torch.nn.Module, Data, TextEncoder]:
    """A network that adds up what each letter is worth; an unknown one is worth nothing."""
    encoder = learn_text_encoder(
        ["ab. ba cd, a."], most_words=20, min_count=1, length=20, lowercase=False, tokenizer="characters"
    )

    class Worth(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            worth = torch.randn(len(encoder.vocabulary), 2, generator=torch.Generator().manual_seed(0))
            worth[1] = 0
            self.embedding = torch.nn.Embedding.from_pretrained(worth, padding_idx=0)

        def forward(self, ids: torch.Tensor) -> torch.Tensor:
            given: torch.Tensor = self.embedding(ids)
            return (given * (ids != 0)[..., None]).sum(1)

    kind = Tokens(vocabulary=encoder.vocabulary, length=20)
    made = data(encoder.encode(["ab. ba cd, a.", "cab."]), torch.tensor([0, 1]), kind, ("no", "yes"))
    return Worth(), Data(made.fields, made.train, made.train, made.train, {"x": encoder}), encoder


@pytest.mark.parametrize("kind", ["Occlusion", "IntegratedGradients", "Shap"])
@pytest.mark.parametrize("unit", ["token", "word", "clause", "sentence"])
def test_a_span_is_worth_what_its_tokens_are(kind: str, unit: Unit) -> None:
    network, among, encoder = lettered()
    method = Explainer.parse({"kind": kind, "unit": unit})
    assert method is not None
    found = ask(Classification(), {"model": network}, among, "test", 0, 1, method).explanation
    ids = among.test.columns["x"][0]
    ids = ids[ids != 0]
    spans, names = Read(tuple(encoder.vocabulary[number] for number in ids.tolist()), "characters").spans(unit)
    worth = torch.zeros(len(names)).index_add_(0, torch.tensor(spans), network.embedding.weight[ids, 1])  # type: ignore[union-attr,index]
    assert found.kind.names == names and found.kind.unit == unit
    assert found.kind.spaced == (unit != "token")
    assert found.values == pytest.approx(worth.numpy(), abs=1e-4)


def test_units_are_for_texts_alone() -> None:
    """Other data take no notice of it."""
    pieces = Features.windows((2, 8), 2)
    assert pieces.count == 8
    with pytest.raises(Exception, match="unit"):
        Explainer.parse({"kind": "Occlusion", "unit": "page"})


def test_a_text_of_one_sentence_can_be_explained_by_shap() -> None:
    network, among, encoder = lettered()
    method = Explainer.parse({"kind": "Shap", "unit": "sentence"})
    assert method is not None
    found = ask(Classification(), {"model": network}, among, "test", 1, 1, method).explanation
    assert found.values.shape == (1,) and found.gap == pytest.approx(0, abs=1e-5)


def test_the_fields_of_a_text_say_how_it_was_taken_apart() -> None:
    from dlviz.explainers.spans import tokenizing

    pieces = Tokens(vocabulary=("<pad>", "<unk>", "▁a", "b"), length=4)
    assert tokenizing(None, pieces) == "bpe"
    assert tokenizing(TextEncoder(vocabulary=("<pad>", "<unk>", "a"), tokenizer="characters"), pieces) == "characters"
    assert tokenizing(None, Tokens(vocabulary=("<pad>", "<unk>", "a"), length=4)) == "words"
