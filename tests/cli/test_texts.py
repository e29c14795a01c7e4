"""Texts from a terminal: checked, trained, and new ones judged."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner, Result

from dlviz.cli import main


def call(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments))


def write_corpus(path: Path, rows: int = 300) -> None:
    """Reviews whose label hangs on what is said of the film, after many words that say nothing."""
    chance = random.Random(5)
    filler = "the a film was seen on that day with friends and so we sat there for it".split()
    lines = ["label,text"]
    for number in range(rows):
        said = chance.choices(filler, k=chance.randint(3, 14))
        said.insert(chance.randrange(len(said)), ("dull", "lovely")[number % 2])
        lines.append(f"{('bad', 'good')[number % 2]},{' '.join(said)}")
    path.write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("texts")
    write_corpus(folder / "reviews.csv")
    data = {"kind": "TextTable", "path": str(folder / "reviews.csv"), "text": "text", "label": "label"}
    (folder / "spec.yaml").write_text(yaml.safe_dump({"version": 1, "data": data}))
    assert call("check", str(folder / "spec.yaml")).exit_code == 0
    result = call("train", str(folder / "spec.yaml"), "--json", "--run-dir", str(folder / "run"), "--set",
                  "training.epochs=12", "--set", "training.device=cpu")  # fmt: skip
    assert result.exit_code == 0, result.output
    record: dict[str, Any] = json.loads(result.output.strip().splitlines()[-1])
    return record


def test_the_word_that_decides_is_learned(trained: dict[str, Any]) -> None:
    assert trained["status"] == "finished"
    assert trained["metrics"]["test"]["accuracy"] > 0.95


def test_new_texts_are_judged(trained: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "new.txt"
    file.write_text("A lovely film, unheard of!\n\nso dull\n???\n", encoding="utf-8")
    result = call("predict", trained["folder"], "--input", str(file), "--json")
    assert result.exit_code == 0, result.output
    rows = json.loads(result.output)
    assert [row["prediction"] for row in rows[:2]] == ["good", "bad"] and len(rows) == 3
    assert all(sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-4) for row in rows)
    assert "good" in call("predict", trained["folder"], "--input", str(file)).output


def test_a_file_without_the_text_column_is_refused(trained: dict[str, Any], tmp_path: Path) -> None:
    file = tmp_path / "new.csv"
    file.write_text("review,stars\nnice,3\n")
    result = call("predict", trained["folder"], "--input", str(file))
    assert result.exit_code == 2 and "`text`" in result.output


def test_texts_are_explained_token_by_token(trained: dict[str, Any]) -> None:
    for method in ("IntegratedGradients", "Occlusion", "Lime", "Shap"):
        result = call("explain", trained["folder"], "--method", method, "--index", "0")
        assert result.exit_code == 0, (method, result.output)
        told = json.loads(result.output)
        assert len(told["values"]) == len(told["columns"]) > 0
