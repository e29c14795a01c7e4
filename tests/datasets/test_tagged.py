"""Tagged sentences: schemes read as BIO, files as people write them, what is wrong with them and where."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_data import SHARED, tagged_file

from dlviz.core.problems import WrongInput
from dlviz.core.values import Tags, Tokens
from dlviz.datasets import uploads
from dlviz.datasets.conll import Columns, parse
from dlviz.datasets.shape_encoder import learn_shape_encoder, shape
from dlviz.datasets.tag_scheme import as_bio, marks_spans, names_of, scheme_of
from dlviz.datasets.tagged_text import TaggedText
from dlviz.datasets.toy_entities import ToyEntities
from dlviz.datasets.wnut17 import Wnut17
from dlviz.datasets.word_encoder import WordEncoder

BIO = "B-PER I-PER O B-LOC B-LOC O"


@pytest.mark.parametrize(
    ("written", "scheme", "bio"),
    [
        (BIO, "BIO", BIO),
        ("I-PER I-PER O I-LOC B-LOC O", "IOB1", BIO),
        ("B-PER E-PER O S-LOC S-LOC O", "BIOES", BIO),
        ("B-PER L-PER O U-LOC U-LOC O", "BILOU", BIO),
        ("B-PER I-PER I-PER O I-LOC O", "broken BIO", "B-PER I-PER I-PER O B-LOC O"),
        ("I-PER I-LOC I-LOC", "IOB1", "B-PER B-LOC I-LOC"),
        ("S-PER I-PER E-PER", "BIOES", "B-PER B-PER I-PER"),
    ],
)
def test_schemes_are_read_as_bio(written: str, scheme: str, bio: str) -> None:
    assert scheme_of([written.split()]) == scheme
    assert as_bio(written.split()) == bio.split()


def test_plain_tags_are_told_from_entities() -> None:
    assert marks_spans(BIO.split()) and not marks_spans(["NOUN", "VERB", "O"]) and not marks_spans(["O"])
    assert names_of([["DET", "NOUN", "NOUN"]], False) == ("NOUN", "DET")
    assert names_of([BIO.split()], True) == ("O", "B-LOC", "I-LOC", "B-PER", "I-PER")


def _pairs(text: str, columns: Columns | None = None) -> list[list[tuple[str, str]]]:
    found = parse(text, "a.conll", columns or Columns())
    return [list(zip(sentence.words, sentence.tags, strict=True)) for sentence in found]


def test_files_as_people_write_them() -> None:
    wanted = [[("Anna", "B-PER"), ("sings", "O")], [("#", "O"), ("Rome", "B-LOC")]]
    tabs = "-DOCSTART-\tO\n\n# sent 1\nAnna\tB-PER\nsings\tO\n\t\n\n#\tO\nRome\tB-LOC"
    assert _pairs(tabs) == wanted
    assert _pairs("\ufeff" + tabs.replace("\n", "\r\n")) == wanted
    assert _pairs("-DOCSTART- -X- O\n\nAnna NNP B-PER\nsings VBZ O\n\n# . O\nRome NNP B-LOC\n") == wanted
    assert _pairs("Anna NNP B-PER\n", Columns(tag=2)) == [[("Anna", "NNP")]]
    assert _pairs("New York\tB-LOC\nis\tO\nbig\tO\n")[0][0] == ("New York", "B-LOC")  # a tab parts, a space does not
    universal = "# text = vámonos\n1-2\tvámonos\t_\t_\n1\tvamos\tir\tVERB\n2\tnos\tnosotros\tPRON\n"
    assert _pairs(universal, Columns(word=2, tag=4)) == [[("vamos", "VERB"), ("nos", "PRON")]]
    assert [sentence.line for sentence in parse(tabs, "a", Columns())] == [4, 8]


@pytest.mark.parametrize(
    ("text", "columns", "told"),
    [
        ("Anna\tO\nsings\n", Columns(), "a.conll, line 2: a line needs a word and its tag"),
        ("Anna O\nsings\tO\n\nb O\n", Columns("tab"), "a.conll, line 1"),
        ("Anna\tO\n\n\tO\n", Columns(), "a.conll, line 3: neither a word nor its tag may be empty"),
        ("Anna\tO\nsings\tO\n", Columns(tag=3), "in 3 columns or more"),
        ("\n \n", Columns(), "holds no sentence"),
    ],
)
def test_errors_name_the_file_and_the_line(text: str, columns: Columns, told: str) -> None:
    with pytest.raises(WrongInput, match=told):
        parse(text, "a.conll", columns)


def test_one_file_is_split_and_three_are_kept_apart(tmp_path: Path) -> None:
    path = tagged_file(tmp_path)
    data = TaggedText(path=path).load(1)
    assert [len(data.part(name)) for name in ("train", "validation", "test")] == [28, 6, 6]
    other = tmp_path / "test.conll"
    other.write_text("Lima\tB-river\nis\tO\nlong\tO\n\nAnna\tI-person\nsleeps\tO\n", encoding="utf-16")
    data = TaggedText(path=path, test_path=str(other)).load(1)
    assert [len(data.part(name)) for name in ("train", "validation", "test")] == [34, 6, 2]
    kind = data.fields.targets["tags"]
    assert isinstance(kind, Tags) and kind.names[-2:] == ("B-river", "I-river")  # a kind that only the test part has
    assert data.test.columns["tags"].tolist() == [[5, 0, 0, -1], [1, 0, -1, -1]]
    assert any("`I-` where `B-` should stand" in note for note in data.warnings)
    assert "Lima" not in str(data.encoders["text"].document())


def test_what_does_not_fit_is_cut_and_said(tmp_path: Path) -> None:
    data = TaggedText(path=tagged_file(tmp_path), max_length=2).load(0)
    assert data.train.columns["tags"].shape[1] == 2
    assert any("40 sentences have more than 2 words" in note for note in data.warnings)


def test_one_tag_alone_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.conll"
    path.write_text("a O\n\nb O\n\nc O\n\nd O\n")
    with pytest.raises(WrongInput, match="every word has the tag `O`"):
        TaggedText(path=str(path)).describe(0)


def test_uploads_are_checked(tmp_path: Path) -> None:
    uploads.check(Path(tagged_file(tmp_path)))
    uploads.check(Path(tagged_file(tmp_path, "own.txt")))
    broken = tmp_path / "own.bio"
    broken.write_text("Anna\tO\nsings\n")
    with pytest.raises(WrongInput, match="own.bio, line 2"):
        uploads.check(broken)
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(99))
    with pytest.raises(WrongInput, match="a PNG picture"):
        uploads.check(broken)


def test_sentences_are_parted_into_words() -> None:
    read = WordEncoder().words('Anna said: "Rome (Italy) is great!" and @omar\'s e-mail was 3.5 kB. ... :)')
    assert read == (
        ["Anna", "said", ":", '"', "Rome", "(", "Italy", ")", "is", "great", "!", '"']
        + ["and", "@omar's", "e-mail", "was", "3.5", "kB", ".", "...", ":)"]
    )
    assert WordEncoder().words(["as they", "come"]) == ["as they", "come"]


@pytest.mark.parametrize(
    ("word", "look"),
    [("Anna", "Xx"), ("NASA", "XX"), ("iPhone", "xX"), ("sings", "xx"), ("1,000", "number"), ("B52", "with digits"),
     ("...", "mark"), ("@omar", "@user"), ("#now", "#topic"), ("HTTP://a.b", "link"), ("語", "xx")],
)  # fmt: skip
def test_words_have_a_shape(word: str, look: str) -> None:
    assert shape(word) == look


def test_unknown_words_show_their_shape_and_their_ending() -> None:
    encoder = learn_shape_encoder([["Kingston"] * 9 + ["a", "Lima"]], length=4)
    kind = encoder.kind_of_text()
    assert isinstance(kind, Tokens)
    told = [kind.vocabulary[number] for number in encoder.encode([["Houston", "Oslo", "tin", "1984"]])[0]]
    assert told == ["Xx…ton", "Xx", "xx", "<unk>"]  # nobody has seen a number


def test_toy_names_need_their_neighbours() -> None:
    seen: dict[str, set[str]] = {}
    windows: dict[tuple[str, ...], set[str]] = {}
    known = ToyEntities(size=3000)._made(0)
    for part in range(3):
        for words, tags in zip(known.words[part], known.tags[part], strict=True):
            padded = ("", *words, "")
            for place, tag in enumerate(tags):
                seen.setdefault(words[place], set()).add(tag)
                windows.setdefault(padded[place : place + 3], set()).add(tag)
    assert seen["Paris"] >= {"B-person", "B-place"} and seen["Amazon"] >= {"B-place", "B-company"}
    assert all(len(tags) == 1 for tags in windows.values())  # a word with its two neighbours is never ambiguous


@pytest.mark.skipif(SHARED is None, reason="DLVIZ_DATA does not name a folder of real data sets")
def test_wnut17_is_as_its_source_says() -> None:
    data = Wnut17().load(0)
    assert [len(data.part(name)) for name in ("train", "validation", "test")] == [3394, 1009, 1287]
    words = [int((data.part(name).columns["tags"] >= 0).sum()) for name in ("train", "validation", "test")]
    assert words == [62730, 15733, 23394]
    kind = data.fields.targets["tags"]
    assert isinstance(kind, Tags) and len(kind.names) == 13
