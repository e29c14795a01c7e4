"""Whole reports of small runs: they stand alone, say what is known and what is not, and nobody's names can harm."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from dlviz.core.files import write_json
from dlviz.core.problems import WrongInput
from dlviz.reports.blocks import Facts, Figure, Grid, Paragraph, Points, Report, Section
from dlviz.reports.case import case_of
from dlviz.reports.html import html
from dlviz.reports.limits import limits
from dlviz.reports.markdown import markdown
from dlviz.reports.svg import Drawing, fitting
from dlviz.reports.weak_spots import slices_of
from dlviz.reports.write import Written, write_report
from dlviz.training import worker
from dlviz.training.folder import RunFolder
from dlviz.training.spec import Spec

SECTIONS = ["performance", "weak", "calibration", "hardest", "importance", "trust", "data", "recipe", "limits"]
#: Names as somebody may write who means harm.
COLUMN = "<script>alert('x')</script>"
CLASS = '"><img src=x onerror=alert(1)> | `b` **c**'
VOID = {"meta", "img", "br", "line", "polyline", "polygon", "rect", "circle"}


def trained(folder: Path, name: str, document: dict[str, Any]) -> RunFolder:
    run = RunFolder(folder / name)
    write_json(run.spec_file, Spec.parse({"version": 1, **document}).completed().document())
    write_json(run.path / "state.json", {"status": "queued"})
    worker.main(str(run.path), False)
    assert run.status() == "finished", run.state()
    return run


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("reports")


@pytest.fixture(scope="module")
def hostile(home: Path) -> RunFolder:
    """A table whose column, words and classes are written to break a page."""
    chance = np.random.default_rng(0)
    rows = [f'"{COLUMN}",town,y']
    for number in range(240):
        x, town = chance.normal(), ("<b>Ulm</b>", "Kiel | Bonn")[number % 2]
        label = CLASS if x + 0.3 * chance.normal() > 0 else "plain"
        rows.append('{:.3f},"{}","{}"'.format(x, town, label.replace('"', '""')))
    file = home / "hostile.csv"
    file.write_text("\n".join(rows), encoding="utf-8")
    document = {
        "title": "A <title>",
        "notes": "First *line*\nof **2**.\n\n**Then** <img src=x>",
        "data": {"kind": "Table", "path": str(file), "target": "y"},
        "training": {"epochs": 3},
    }
    return trained(home, "hostile", document)


@pytest.fixture(scope="module")
def written(hostile: RunFolder, home: Path) -> Written:
    steps: list[tuple[float, float]] = []
    found = write_report(hostile, home / "out" / "card.html", lambda done, of: steps.append((done, of)), trials=2)
    assert [done for done, _ in steps] == sorted(done for done, _ in steps) and steps[-1] == (100, 100)
    assert found.markdown == home / "out" / "card.md"
    return found


class Page(HTMLParser):
    """The tags of a page, and whether they close as they open."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open.pop() == tag, f"</{tag}> closes what is not open"

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self.words).split())


def stands_alone(page: Page) -> None:
    """Nothing is loaded, nothing runs, and everything that is seen is told."""
    allowed = {
        "html", "head", "meta", "title", "style", "body", "header", "nav", "main", "section", "h1", "h2", "h3", "p",
        "ul", "ol", "li", "a", "dl", "dt", "dd", "div", "table", "caption", "thead", "tbody", "tr", "th", "td",
        "figure", "figcaption", "details", "summary", "blockquote", "img", "svg", "line", "polyline", "polygon", "rect",
        "circle", "text",
    }  # fmt: skip
    for tag, attributes in page.tags:
        assert tag in allowed, tag
        assert not [name for name in attributes if name.startswith("on")], attributes
        for name in ("src", "href", "xlink:href", "style", "srcset", "action"):
            value = attributes.get(name) or ""
            assert value.startswith(("data:image/png;base64,", "#")) or not value, value
        if tag == "img":
            assert attributes["alt"]
        if tag == "svg":
            assert attributes["role"] == "img" and attributes["aria-label"]
    assert not page.open
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    links = [attributes["href"] for tag, attributes in page.tags if tag == "a"]
    assert links == [f"#{key}" for key in SECTIONS] and {str(link)[1:] for link in links} <= set(ids)


def tables(text: str) -> list[list[list[str]]]:
    """The tables of a Markdown text: rows of cells, cut at every mark that is not escaped."""
    found: list[list[list[str]]] = [[]]
    for line in text.splitlines():
        if line.startswith("|"):
            found[-1].append(re.split(r"(?<!\\)\|", line)[1:-1])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def test_a_page_stands_alone_whatever_its_names_are(written: Written) -> None:
    text = written.html.read_text(encoding="utf-8")
    page = Page(text)
    stands_alone(page)
    assert "<script" not in text.lower() and "onerror=alert(1)>" not in text
    assert not re.search(r"url\(|@import|https?://", text)
    assert "prefers-color-scheme: dark" in text and "@media print" in text and 'name="viewport"' in text
    assert "alert('x')" in page.text and "src=x onerror=alert(1)" in page.text  # as words, letter by letter
    assert "A <title>" in page.text and str(written.html.parent.parent) not in text  # where a file lies is private
    assert "hostile.csv" in page.text


def test_the_chapters_tell_what_is_known(written: Written) -> None:
    text = Page(written.html.read_text(encoding="utf-8")).text
    for said in (
        "95 % interval", "better than always saying", "Surest to be weak", "expected calibration error",
        "true class", "Importance by shuffling", "partial dependence", "explanations by Integrated gradients",
        "training part", "AdamW", "All figures are of examples from the same source", "loss",
    ):  # fmt: skip
        assert said in text.replace("\u00a0", " "), said
    assert "First line of 2." in text and "Then <img" in text.replace("&lt;", "<")


def test_markdown_holds_the_same_and_its_tables_are_whole(written: Written) -> None:
    text = written.markdown.read_text(encoding="utf-8")
    found = tables(text)
    assert len(found) >= 8
    for table in found:
        assert len({len(row) for row in table}) == 1, table[0]
        assert all(set(cell.strip()) <= {"-", ":"} for cell in table[1])
    assert text.startswith("# A \\<title\\>") and "<script>" not in text and "<img" not in text.replace("\\<", "")
    assert "\\| \\`b\\` \\*\\*c\\*\\*" in text
    assert [line for line in text.splitlines() if line.startswith("## ")][-1] == "## Known limits"


def test_a_regression_tells_errors_in_its_unit_and_has_no_calibration(home: Path) -> None:
    run = trained(home, "diabetes", {"data": {"kind": "Diabetes"}, "training": {"epochs": 2, "batch_size": 64}})
    page = Page(write_report(run, home / "out" / "diabetes.html", trials=1).html.read_text(encoding="utf-8"))
    stands_alone(page)
    text = page.text.replace("\u00a0", " ")
    assert "That needs one class an example" in text and "mean absolute error" in text and "Predicted and true" in text
    assert "Without what" in text and "R²" in text


def test_pictures_are_inside_the_page(home: Path) -> None:
    cnn = [{"kind": "Input"}, {"kind": "Conv2d", "out_channels": 4, "kernel_size": 3}, "ReLU", "Flatten",
           {"kind": "Linear", "out_features": "auto"}]  # fmt: skip
    document = {"data": {"kind": "Digits"}, "networks": {"model": cnn}, "training": {"epochs": 1}}
    run = trained(home, "digits", document)
    page = Page(write_report(run, home / "out" / "digits.html", part="test", trials=0).html.read_text(encoding="utf-8"))
    stands_alone(page)
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) >= 8 + 8  # the hardest, and the mean explanation of each class that is answered
    assert "test example" in str(pictures[0]["alt"]) and "brightness" in page.text and "test part" in page.text


@pytest.mark.parametrize(
    ("name", "document", "said"),
    [
        ("words", {"data": {"kind": "ToyText"}, "training": {"epochs": 1}}, "length: "),
        ("sounds", {"data": {"kind": "ToySounds"}, "training": {"epochs": 1}}, "loudness"),
        ("series", {"data": {"kind": "ToySeries"}, "training": {"epochs": 1}}, "level: "),
    ],
)
def test_texts_sounds_and_series_have_their_own_groups(
    home: Path, name: str, document: dict[str, Any], said: str
) -> None:
    run = trained(home, name, document)
    page = Page(write_report(run, home / "out" / f"{name}.html", trials=1).html.read_text(encoding="utf-8"))
    stands_alone(page)
    assert said in page.text


def test_what_makes_examples_says_what_is_missing(home: Path) -> None:
    document = {"data": {"kind": "Toy2d", "size": 60}, "task": {"kind": "Gan"}, "training": {"epochs": 1}}
    run = trained(home, "gan", document)
    page = Page(write_report(run, home / "out" / "gan.html", trials=1).html.read_text(encoding="utf-8"))
    stands_alone(page)
    text = page.text
    assert "It cannot be told by groups of examples" in text and "No example stands alone here" in text
    assert "That needs one class an example" in text and "gives no single class or number an example" in text
    assert "Network generator" in text and "Network discriminator" in text


def test_limits_follow_from_the_figures(hostile: RunFolder) -> None:
    case = case_of(hostile)
    cut = slices_of(case)

    def told(state: dict[str, Any], **more: Any) -> str:
        changed = type(case)(
            case.run, case.restored, case.data, case.networks, case.part, {**case.state, **state}, case.found
        )
        section = limits(changed, cut, None, more.get("tried", 0), more.get("failed", 0))
        return " ".join(item for block in section.blocks if isinstance(block, Points) for item in block.items)

    result = {"name": "accuracy", "value": 0.6, "low": 0.5, "high": 0.7, "baseline": 0.55, "baseline_name": "guessing"}
    said = told({"result": result})
    assert "not surely better than guessing" in said and "known only to within 20 %" in said
    sure = told({"result": {**result, "low": 0.58, "high": 0.62}})
    assert "not surely better" not in sure and "known only to within" not in sure
    figures = {"metrics": {"validation": {"accuracy": 0.98}}}
    assert "38.0 points below that of the validation part, 98 %" in told({"result": result, **figures})
    assert "points below" not in told({"result": {**result, "value": 0.9, "low": 0.85, "high": 0.93}, **figures})
    assert "never measured on a test part" in told({"result": None})
    assert "2 of 6 explanations that were tried failed" in told({}, tried=6, failed=2)
    assert "it is failed" in told({"status": "failed"})
    assert "only 36 examples" in said


def test_what_cannot_be_opened_is_told(home: Path, hostile: RunFolder) -> None:
    empty = RunFolder(home / "empty")
    write_json(empty.spec_file, Spec.parse({"version": 1, "data": {"kind": "Iris"}}).completed().document())
    with pytest.raises(WrongInput, match="no checkpoint"):
        write_report(empty, home / "out" / "empty.html")
    with pytest.raises(WrongInput, match="validation or the test part. Received: train"):
        write_report(hostile, home / "out" / "train.html", part="train")
    assert not (home / "out" / "empty.html").exists()


def test_blocks_are_escaped_in_both_forms() -> None:
    evil = "<script>x</script> & | *a* `b` [c](d)"
    drawing = Drawing(10)
    drawing.text(0, 0, evil)
    figure = Figure(evil, drawing.svg(evil + '"'), evil, Grid((evil,), ((evil,),), evil))
    blocks = (Paragraph(evil), Points((evil,)), Facts(((evil, evil),)), Grid(("a", "b"), ((evil, evil),)), figure)
    report = Report(evil, evil, blocks, (Section("performance", evil, blocks),))
    page = Page(html(report))
    assert {tag for tag, _ in page.tags}.isdisjoint({"script", "b", "i"})
    assert page.text.count("<script>x</script> & | *a* `b` [c](d)") >= 12
    text = markdown(report)
    assert "<script>" not in text and "\\<script\\>x\\</script\\> \\& \\| \\*a\\* \\`b\\` \\[c\\](d)" in text
    assert all(len({len(row) for row in table}) == 1 for table in tables(text))


@pytest.mark.parametrize(
    ("said", "expected"), [("- a", "\\- a"), ("# a", "\\# a"), ("1. a", "1\\. a"), ("-1.5", "-1.5"), ("a\nb", "a b")]
)
def test_a_line_begins_no_list_by_chance(said: str, expected: str) -> None:
    assert markdown(Report("t", "s", (Paragraph(said),), ())).splitlines()[4] == expected


def test_long_names_are_cut_in_the_middle() -> None:
    assert fitting("short", 200) == "short"
    cut = fitting("a very long name of a column that nobody could read", 120)
    assert len(cut) <= 20 and cut.startswith("a very") and cut.endswith("read")
