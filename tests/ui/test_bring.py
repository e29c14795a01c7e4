"""The form that takes a network from elsewhere, and the pages of the run that comes of it."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save
from streamlit.testing.v1 import AppTest
from torch import nn

from dlviz.core.files import write_json
from dlviz.runs import models
from dlviz.runs.queue import Queue
from dlviz.runs.store import Store
from dlviz.training import bring
from dlviz.ui.bring import choices, request


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    torch.manual_seed(0)
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(144, 10)).eval()
    path = tmp_path_factory.mktemp("model") / "net.pt2"
    torch.export.save(torch.export.export(network, (torch.randn(2, 1, 8, 8),)), str(path))
    return path.read_bytes()


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked waits: no host comes."""
    monkeypatch.setattr(Queue, "warm", lambda self: None)


def page() -> None:
    import streamlit as st

    from dlviz.ui.bring import bring_form

    made = bring_form()
    if made:
        st.success(made)


def done(home: Path) -> None:
    """Do what waits, as a host would."""
    (folder,) = (home / "brings").iterdir()
    for path, _ in Queue(home).waiting():
        path.unlink()

    def tell(status: str, doing: str = "", error: str | None = None) -> None:
        write_json(folder / "state.json", {"status": status, "doing": doing, "error": error})

    bring.work(folder, tell, lambda: None)


def asked(home: Path, name: str, content: bytes, data: str = "Digits") -> AppTest:
    test = AppTest.from_function(page, default_timeout=240).run()
    test.file_uploader[0].set_value((name, content, "application/octet-stream")).run()
    options = test.selectbox(key="bring.data").options
    test.selectbox(key="bring.data").set_value(options.index(data))
    test.text_input(key="bring.name").set_value("Mine")
    return test.button(key="bring.go").click().run()


def test_a_file_becomes_a_run(dlviz_home: Path, waiting: None, model: bytes) -> None:
    test = asked(dlviz_home, "net.pt2", model)
    assert not test.exception and not test.error
    assert test.button(key="bring.cancel")
    done(dlviz_home)
    test.run()
    (run,) = Store(dlviz_home).runs()
    assert [each.value for each in test.success] == [run.id]
    assert run.spec_document()["title"] == "Mine" and run.status() == "finished"
    assert not test.run().success, "it is told once"


def test_what_does_not_serve_is_told_and_the_form_stays(dlviz_home: Path, waiting: None, model: bytes) -> None:
    test = asked(dlviz_home, "net.pt2", model, "Iris")
    done(dlviz_home)
    test.run()
    assert "It takes 1 × 8 × 8" in test.error[0].value and test.button(key="bring.go")
    assert not Store(dlviz_home).runs()


def test_a_pickle_under_another_name_is_refused_at_once(dlviz_home: Path, waiting: None) -> None:
    test = asked(dlviz_home, "net.onnx", b"\x80\x04" + b"." * 80)
    assert "any program" in test.error[0].value
    assert not (dlviz_home / "brings").exists() and not list((dlviz_home / "models").iterdir())


def test_what_was_wrong_before_is_no_longer_told(dlviz_home: Path, waiting: None, model: bytes) -> None:
    test = asked(dlviz_home, "net.pt2", model, "Iris")
    done(dlviz_home)
    test.run()
    assert test.selectbox(key="bring.data").value is not None and test.text_input(key="bring.name").value == "Mine"
    test.file_uploader[0].set_value(("net.pt", b"\x80\x04" + b"." * 80, "application/octet-stream")).run()
    test.button(key="bring.go").click().run()
    (error,) = test.error
    assert "any program" in error.value and "torch.export.save" in error.value


def test_each_network_that_was_drawn_for_data_can_be_chosen(dlviz_home: Path) -> None:
    iris: dict[str, Any] = {"version": 1, "data": {"kind": "Iris"}}
    drawn = {**iris, "title": "Drawn", "networks": {"model": ["Input", {"kind": "Linear", "out_features": 3}]}}
    for document in (drawn, {**iris, "title": "Left open"}, drawn):
        Store(dlviz_home).create(document)
    names = [name for name, _ in choices() if name.startswith("Iris")]
    assert sorted(names) == ["Iris (as in Drawn)", "Iris (as in Left open)"]


def test_weights_alone_come_with_what_draws_the_network(dlviz_home: Path) -> None:
    place = models.keep("net.safetensors", BytesIO(save({"fc.weight": torch.zeros(2, 2)})), dlviz_home)
    document = {"data": {"kind": "Iris"}, "networks": {"model": ["Input", {"kind": "Linear", "out_features": 3}]}}
    assert request(place, document, "", {})["spec"] == document
    assert "networks" not in request(place.with_suffix(".onnx"), document, "", {})["spec"]


@pytest.mark.parametrize("name", ["explain", "train", "runs", "home"])
def test_pages_show_the_run(one_page: Any, dlviz_home: Path, waiting: None, model: bytes, name: str) -> None:
    asked(dlviz_home, "net.pt2", model)
    done(dlviz_home)
    (run,) = Store(dlviz_home).runs()
    test = one_page(name, run=run.id).run()
    assert not test.exception, json.dumps([each.value for each in test.exception])
    assert not test.error, [each.value for each in test.error]
    if name in ("explain", "train"):
        told = " ".join(str(each.value) for each in (*test.subheader, *test.selectbox, *test.caption))
        assert "Mine" in told or run.id in told
