"""`dlviz explain`: every method at once, comparisons, studies, the model card, and each way to write them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from dlviz.cli import main
from dlviz.core.files import write_json
from dlviz.training import worker
from dlviz.training.folder import RunFolder
from dlviz.training.spec import Spec


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = RunFolder(tmp_path_factory.mktemp("explain") / "wine")
    document = {"version": 1, "data": {"kind": "Wine"}, "training": {"epochs": 20, "batch_size": 32}}
    write_json(run.spec_file, Spec.parse(document).completed().document())
    write_json(run.path / "state.json", {"status": "queued"})
    worker.main(str(run.path), False)
    return run.path


def call(run: Path, *arguments: Any) -> Result:
    return CliRunner().invoke(main, ["explain", str(run), *map(str, arguments)])


def test_every_method_is_tried_compared_and_written_as_a_page(run: Path, tmp_path: Path) -> None:
    page = tmp_path / "all.html"
    result = call(run, "--method", "all", "--compare", "--index", 3, "--out", page)
    assert result.exit_code == 0, result.output
    assert "supported" in result.output and "rank correlation" in result.output
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html and "http://" not in html and "https://" not in html
    assert html.count("data:image/png;base64,") >= 5 and "GradCam" in html and "prefers-color-scheme" in html


def test_what_several_methods_say_as_json_and_arrays(run: Path, tmp_path: Path) -> None:
    result = call(run, "--method", "Occlusion", "--method", "Shap", "--index", 3)
    told = json.loads(result.output)["outcomes"]
    assert {one["method"] for one in told} == {"Occlusion", "Shap"}
    assert all(one["trust"]["judgement"] and len(one["values"]) == 13 for one in told)
    ranks = [one["trust"]["rank"] for one in told]
    assert ranks == sorted(ranks, reverse=True)
    file = tmp_path / "all.npz"
    assert (
        call(run, "--method", "Occlusion", "--method", "Shap", "--compare", "--index", 3, "--out", file).exit_code == 0
    )
    with np.load(file) as arrays:
        assert arrays["Occlusion"].shape == (13,) and arrays["agreement"].shape == (2, 2)


def test_one_method_with_its_trials_and_a_contrast(run: Path, tmp_path: Path) -> None:
    plain = json.loads(call(run, "--method", "Occlusion", "--index", 3, "--target", 0).output)
    other = json.loads(call(run, "--method", "Occlusion", "--index", 3, "--target", 1).output)
    both = call(run, "--method", "Occlusion", "--index", 3, "--target", 0, "--against", 1, "--trust")
    told = json.loads(both.output)
    assert told["score"] == pytest.approx(plain["score"] - other["score"], abs=1e-5)
    np.testing.assert_allclose(told["values"], np.subtract(plain["values"], other["values"]), atol=1e-5)
    assert "trust" not in plain and len(told["trust"]["verdicts"]) == 4
    for suffix in ("html", "npz", "json", "png"):
        file = tmp_path / f"one.{suffix}"
        assert call(run, "--method", "Occlusion", "--index", 3, "--out", file).exit_code == 0
        assert file.stat().st_size > 100


def test_a_study_and_the_model_card(run: Path, tmp_path: Path) -> None:
    told = json.loads(call(run, "--study", "PermutationImportance").output)
    assert told["study"] == "PermutationImportance" and told["says"].endswith(".")
    arrays = tmp_path / "study.npz"
    assert call(run, "--study", "PermutationImportance", "--out", arrays).exit_code == 0
    with np.load(arrays) as found:
        assert found["0"].size
    page = tmp_path / "study.html"
    assert call(run, "--study", "PermutationImportance", "--out", page).exit_code == 0
    html = page.read_text(encoding="utf-8")
    assert told["says"].split(":")[0] in html and "plotly.js v" in html and html.count('class="figure"') == 1
    assert '"alcohol"' in html.partition('type="application/json">')[2]  # the figure itself
    assert call(run, "--report", "--out", tmp_path / "card.md").exit_code == 0
    assert "# " in (tmp_path / "card.md").read_text() and "<html" in (tmp_path / "card.html").read_text()


def test_asking_back(run: Path) -> None:
    """An example as it would be, and a network without some of its units."""
    ask = ("--method", "Occlusion", "--index", 3, "--target", 0)
    plain = json.loads(call(run, *ask).output)
    stronger = json.loads(call(run, *ask, "--edit", "cells={alcohol: 14.8}").output)
    weaker = json.loads(call(run, *ask, "--edit", "cells={alcohol: 11.1}").output)
    assert weaker["score"] < plain["score"] < stronger["score"]
    silent = json.loads(call(run, *ask, "--mute", "fc1").output)
    assert silent["score"] != plain["score"] and np.abs(silent["values"]).sum() == 0


def test_one_method_side_by_side(run: Path, tmp_path: Path) -> None:
    ask = ("--compare", "--method", "Occlusion", "--index", 3)
    told = json.loads(call(run, *ask, "--by", "classes", "--target", 0, "--other", "class_2").output)
    assert told["compare"] == "classes" and told["numbers"]["names"] == ["class_0", "class_2"]
    told = json.loads(call(run, *ask, "--by", "examples", "--other", 4, "--other", 5).output)
    assert told["numbers"]["names"] == ["test 3", "test 4", "test 5"]
    file = tmp_path / "film.json"
    assert call(run, *ask, "--by", "film", "--out", file).exit_code == 0
    assert json.loads(file.read_text())["says"].endswith(".")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--index", 3), "Name what to ask"),
        (("--method", "Occlusion"), "--index says which"),
        (("--method", "Occlusion", "--study", "Muting", "--index", 3), "One thing is asked at a time"),
        (("--report", "--compare"), "One thing is asked at a time"),
        (("--report", "--out", "card.png"), "must end in .html or .md"),
        (("--method", "all", "--index", 3, "--out", "x.png"), "must end in .json, .npz or .html"),
        (("--method", "all", "--index", 3, "--set", "window=3"), "--set changes one method"),
        (("--method", "Occlusion", "--index", 3, "--against", "class_9"), "--against: there is no class"),
        (("--study", "Mutter"), "Did you mean"),
        (("--compare", "--by", "film", "--index", 3), "--by holds one method"),
        (("--method", "Shap", "--compare", "--by", "steps", "--other", "last", "--index", 3), "takes whole numbers"),
        (("--method", "Shap", "--compare", "--by", "film", "--mute", "linear", "--index", 3), "leave --against"),
        (("--method", "Shap", "--edit", "alcohol", "--index", 3), "--edit needs the form"),
        (("--method", "Shap", "--edit", "cells={", "--index", 3), "as YAML or JSON"),
        (("--method", "Shap", "--edit", "picture=nowhere.png", "--index", 3), "cannot be read"),
        (("--method", "Shap", "--edit", "text=wine", "--index", 3), "An edit is"),
        (("--lab",), "planted"),
    ],
)
def test_what_cannot_be_asked_is_refused_in_a_sentence(run: Path, arguments: tuple[Any, ...], said: str) -> None:
    result = call(run, *arguments)
    assert result.exit_code == 2 and said in result.output, result.output
