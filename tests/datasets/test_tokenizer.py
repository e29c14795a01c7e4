"""Words, characters, pieces of words: what becomes of a text, and that it comes back."""

from __future__ import annotations

import multiprocessing
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dlviz.core.problems import WrongInput
from dlviz.datasets.bpe import whole
from dlviz.datasets.data import Encoder
from dlviz.datasets.text_encoder import LONGEST, learn_text_encoder
from dlviz.datasets.tokenizer import Tokenizer, Tokenizing, learn_tokenizer

#: The example of Sennrich et al. (2016): d e i l n o r s t w, then pairs by how often they stand side by side; of
#: pairs that stand there equally often, the one whose tokens came first.
SENNRICH = ["low"] * 5 + ["lower"] * 2 + ["newest"] * 6 + ["widest"] * 3
JOINS = ["e s", "es t", "l o", "lo w", "e w", "n ew", "new est", "d est", "i dest", "w idest", "e r", "low er"]
#: Any text but halves of characters and code points that the next Unicode may say something new of.
ANY = st.text(st.characters(exclude_categories=["Cs", "Cn"], exclude_characters="▁"), max_size=40)
HOW: list[Tokenizing] = ["words", "characters", "bpe"]


def test_pieces_are_learned_as_worked_out_by_hand() -> None:
    learned = learn_tokenizer(SENNRICH, "bpe", most=99)
    assert learned.vocabulary[:12] == ("<pad>", "<unk>", *"deilnorstw")
    # es 9, est 9, lo 7, low 7; ew, new, newest 6; dest, idest, widest 3; er, lower 2
    assert list(learned.merges) == JOINS
    assert learned.vocabulary[12:] == tuple(join.replace(" ", "") for join in JOINS)
    ids = learned.encode(["lowest", "wow", "box"])
    assert [[learned.vocabulary[number] for number in own] for own in ids] == [
        ["low", "est"], ["w", "o", "w"], ["<unk>", "o", "<unk>"],
    ]  # fmt: skip


def test_as_many_tokens_are_learned_as_are_asked_for() -> None:
    assert list(learn_tokenizer(SENNRICH, "bpe", most=12).merges) == JOINS[:2]
    few = learn_tokenizer(SENNRICH, "bpe", most=4)
    assert sorted(few.vocabulary[2:]) == ["e", "s", "t", "w"] and not few.merges  # 17, 9, 9 and 16 + 7 of w, the most
    assert learn_tokenizer(["b a b c a b"], "characters", most=3).vocabulary[2:] == (" ", "b", "a")
    assert learn_tokenizer(["b a b c a b"], "words", most=2).vocabulary[2:] == ("b", "a")


def test_what_is_seen_too_rarely_gets_no_number() -> None:
    learned = learn_tokenizer(SENNRICH, "bpe", most=99, min_count=3)
    assert "r" not in learned.vocabulary and list(learned.merges) == JOINS[:10]
    assert learned.decode(learned.encode(["lower"])[0]) == "lowe<unk>"
    assert learn_tokenizer(["aab"], "characters", most=9, min_count=2).encode(["ab"]) == [[2, 1]]


def test_capital_letters_are_read_as_small_ones_where_that_is_asked() -> None:
    for how in HOW:
        assert learn_tokenizer(["Free FREE free"], how, most=30, lowercase=True).encode(["fReE"]) != [[1]]
        same = learn_tokenizer(["Free free"], how, most=30, lowercase=True).encode(["Free", "free"])
        other = learn_tokenizer(["Free free"], how, most=30).encode(["Free", "free"])
        assert same[0] == same[1] and other[0] != other[1]


WRITTEN = [
    "a  b   c", " leads and trails ", "one\ntwo\n\n  three\r\n", "tab\there", "👍🏽 ❤️ 👩‍👩‍👧", "हिन्दी में", "可愛いcat猫",
    "שלום עולם", "l’été à 3,5 €", "<pad> <unk>", "don't STOP!!! ok?", "\u00a0\u3000x", "a\x00b", "", " ", "\n",
]  # fmt: skip


@pytest.mark.parametrize("how", ["characters", "bpe"])
@pytest.mark.parametrize("text", WRITTEN)
def test_texts_come_back_as_they_were(how: Tokenizing, text: str) -> None:
    learned = learn_tokenizer([text, *WRITTEN], how, most=500)
    assert learned.decode(learned.encode([text])[0]) == text


@given(texts=st.lists(ANY, min_size=1, max_size=5))
def test_any_text_comes_back(texts: list[str]) -> None:
    single, pieces = (learn_tokenizer(texts, how, most=500) for how in ("characters", "bpe"))
    for text, ids, own in zip(texts, single.encode(texts), pieces.encode(texts), strict=True):
        assert single.decode(ids) == text and len(ids) == len(text)
        assert pieces.decode(own) == unicodedata.normalize("NFC", text)


@given(texts=st.lists(ANY, min_size=1, max_size=4), other=ANY, most=st.integers(1, 60), count=st.integers(1, 3))
def test_any_text_has_numbers_of_the_vocabulary(texts: list[str], other: str, most: int, count: int) -> None:
    for how in HOW:
        learned = learn_tokenizer(texts, how, most=most, min_count=count, lowercase=True)
        assert len(learned.vocabulary) <= most + 2 and len(set(learned.vocabulary)) == len(learned.vocabulary)
        (ids,) = learned.encode([other])
        assert all(1 <= number < len(learned.vocabulary) for number in ids)  # 0 is padding, which no text gives


@given(texts=st.lists(ANY, min_size=1, max_size=3), other=ANY)
def test_each_token_stands_somewhere_in_the_text(texts: list[str], other: str) -> None:
    for how in HOW:
        learned = learn_tokenizer(texts, how, most=60)
        assert len(learned.written(other)) == len(learned.encode([other])[0])
    assert learn_tokenizer(["ab"], "bpe", most=9).written("x ab y") == ["x", " ", "ab", " ", "y"]
    assert learn_tokenizer(["ab"], "words", most=9).written("It's ab.") == ["It's", "ab", "."]


def test_halves_of_characters_get_a_mark() -> None:
    assert whole("a\ud83d") == "a\ufffd" and whole("👍\ufeff ok") == "👍\ufeff ok"
    learned = learn_tokenizer(["a\ud83db"], "bpe", most=9)
    assert learned.decode(learned.encode(["\udc4da"])[0]) == "\ufffda"


def test_the_same_texts_teach_the_same_pieces() -> None:
    texts = [f"{chr(a)}{chr(b)} {chr(b)}{chr(a)}" for a in range(97, 117) for b in range(97, 117)]  # all equally often
    first = learn_tokenizer(texts, "bpe", most=60)
    assert all(learn_tokenizer(list(texts), "bpe", most=60) == first for _ in range(6))
    small = learn_tokenizer(texts, "bpe", most=7)
    assert all(learn_tokenizer(list(texts), "bpe", most=7) == small for _ in range(6))


def _encodes(learned: Tokenizer, expected: list[list[int]]) -> None:
    assert learned.encode(SENNRICH) == expected
    assert learn_tokenizer(SENNRICH, "bpe", most=99) == learned


def test_a_forked_process_takes_texts_apart_too() -> None:
    learned = learn_tokenizer(SENNRICH, "bpe", most=99)
    child = multiprocessing.get_context("fork").Process(target=_encodes, args=(learned, learned.encode(SENNRICH)))
    child.start()
    child.join(60)
    assert child.exitcode == 0


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"merges": ["a b", "a c"]}, "'a c' needs 'c'"),
        ({"merges": ["b a"]}, "'b a' needs 'ba'"),
        ({"merges": ["ab"]}, "two tokens with a space between"),
        ({"merges": ["a  b"]}, "two tokens with a space between"),
        ({"merges": [" "]}, "two tokens with a space between"),
        ({"merges": ["a b c"]}, "two tokens with a space between"),
        ({"vocabulary": ["<pad>", "<unk>", "a", "a", "b", "ab"]}, "in it once"),
        ({"vocabulary": ["a", "b", "ab"]}, "begin with <pad> and <unk>"),
        ({"vocabulary": []}, "begin with <pad> and <unk>"),
        ({"tokenizer": "pickle"}, "tokenizer"),
    ],
)
def test_documents_that_do_not_fit_together_are_refused(changes: dict[str, Any], said: str) -> None:
    document = {
        "kind": "TextEncoder", "tokenizer": "bpe", "vocabulary": ["<pad>", "<unk>", "a", "b", "ab"], "merges": ["a b"],
    }  # fmt: skip
    encoder = Encoder.parse(document)
    assert encoder is not None and encoder.encode(["abba"])[0, :4].tolist() == [4, 3, 2, 0]
    with pytest.raises(WrongInput, match=said):
        Encoder.parse(document | changes)


def test_the_length_counts_the_tokens_of_the_tokenizer() -> None:
    texts = ["ab cd"] * 20
    lengths = {
        how: learn_text_encoder(texts, most_words=99, min_count=1, length=None, lowercase=True, tokenizer=how).length
        for how in HOW
    }
    assert lengths == {"words": 2, "characters": 5, "bpe": 2}
    long = learn_text_encoder(
        ["a " * 3000], most_words=9, min_count=1, length=None, lowercase=True, tokenizer="characters"
    )
    assert long.length == LONGEST["characters"]
