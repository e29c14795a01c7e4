"""Code on the command line: out of a spec, and back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner, Result

from dlviz.cli import main


def call(*words: str) -> Result:
    result = CliRunner().invoke(main, words)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.mark.parametrize(("lesson", "classes"), [("03-xor", 1), ("10-gan-digits", 2)])
def test_code_runs_and_is_drawn_again(lesson: str, classes: int, tmp_path: Path) -> None:
    text = call("code", lesson).stdout
    assert text.count("import torch\n") == 1 and text.count("class ") >= classes
    exec(text, {"__name__": "__main__"})  # our own text, made of checked names and plain values
    file = tmp_path / "network.py"
    file.write_text(text, encoding="utf-8")
    drawn = call("draw", str(file))
    assert drawn.exit_code == 0 and yaml.safe_load(drawn.stdout)[0]["kind"] == "Input"
    record = json.loads(call("draw", str(file), "--json").stdout)
    assert record["nodes"] == yaml.safe_load(drawn.stdout) and record["unread"] == []
    assert len(record["others"]) == classes - 1
    for other in record["others"]:
        assert f"--title {other}" in drawn.stderr
        assert json.loads(call("draw", str(file), "--title", other, "--json").stdout)["title"] == other


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    file = tmp_path / "odd.py"
    file.write_text("nn.Sequential(nn.Linear(2, 3), nn.Fold(2, 2))")
    drawn = call("draw", str(file))
    assert drawn.exit_code == 0 and "Line 1: " in drawn.stderr and "Fold" in drawn.stderr
    file.write_bytes(b"\xff\xfe\x00")
    for path in (file, tmp_path / "nothing.py"):
        refused = call("draw", str(path))
        assert refused.exit_code == 2 and refused.stderr.startswith("dlviz: ")
