"""The pages Data, Build and Explain by themselves: empty, wrong and filled states, drafts and undo."""

import io
import zipfile

import numpy as np
import pytest

from dlviz.core.files import write_json
from dlviz.core.values import Attribution, Image, Value
from dlviz.runs.drafts import Drafts
from dlviz.runs.store import Store
from dlviz.ui import gallery
from dlviz.ui.explain import answers
from dlviz.ui.explain.methods import Method

DIGITS = {"version": 1, "data": {"kind": "Digits"}}


@pytest.fixture
def drafts(dlviz_home):
    return Drafts(dlviz_home)


def words(test):
    return " ".join(element.value for element in [*test.markdown, *test.subheader, *test.caption])


def wrong(test):
    return [error.value for error in test.error]


def test_data_without_a_draft_offers_every_kind(one_page):
    test = one_page("data").run()
    assert not test.exception and not wrong(test)
    keys = {button.key for button in test.button}
    assert {"choose-Digits", "choose-Toy2d", "choose-Table", "choose-ImageFolder", "choose-Mnist"} <= keys


def test_choosing_data_makes_a_draft_and_shows_a_look(one_page, drafts):
    test = one_page("data").run()
    test.button(key="choose-Iris").click().run()
    assert not test.exception and not wrong(test)
    draft = test.query_params["draft"]
    assert drafts.read(draft)["data"] == {"kind": "Iris"}
    assert "How often each class occurs" in words(test)
    assert "3 classes" in words(test)


def test_a_setting_of_the_data_goes_into_the_draft(one_page, drafts):
    draft = drafts.new({"version": 1, "data": {"kind": "Toy2d"}})
    test = one_page("data", draft=draft).run()
    test.selectbox(key=f"{draft}.data.Toy2d.pattern").set_value("spiral").run()
    assert drafts.read(draft)["data"]["pattern"] == "spiral" and not wrong(test)
    test.number_input(key=f"{draft}.data.Toy2d.size").set_value(3).run()
    assert "at least 40" in " ".join(wrong(test))
    assert drafts.read(draft)["data"].get("size", 1000) == 1000


def test_networks_go_only_when_the_data_changes_its_form(one_page, drafts):
    document = {"version": 1, "data": {"kind": "Toy2d"}, "networks": {"model": [{"kind": "Input", "name": "i"}]}}
    draft = drafts.new(document)
    test = one_page("data", draft=draft).run()
    test.slider(key=f"{draft}.data.Toy2d.noise").set_value(0.3).run()
    assert "networks" in drafts.read(draft), "more noise asks for no other network"
    test.selectbox(key=f"{draft}.data.Toy2d.pattern").set_value("plane").run()
    assert "networks" not in drafts.read(draft), "a number is predicted instead of a class"


def test_a_path_that_is_no_upload_is_refused(one_page, drafts):
    draft = drafts.new({"version": 1, "data": {"kind": "Table", "path": "/etc/passwd", "target": "x"}})
    test = one_page("data", draft=draft).run()
    assert "comes in as an upload" in " ".join(wrong(test)) and not test.exception


def test_build_without_a_draft_leads_to_data(one_page):
    test = one_page("build").run()
    assert not test.exception and any(button.key == "empty-data" for button in test.button)


def test_build_completes_a_draft_and_names_its_costs(one_page, drafts):
    draft = drafts.new(DIGITS)
    test = one_page("build", draft=draft).run()
    assert not test.exception and not wrong(test)
    document = drafts.read(draft)
    assert document["networks"]["model"][0]["kind"] == "Input" and document["optimization"]["optimizer"]["kind"]
    assert "weights" in words(test) and not test.button(key="train").disabled


def test_completing_a_draft_is_no_step_of_its_own(one_page, drafts):
    draft = drafts.new(DIGITS)
    one_page("build", draft=draft).run()
    full = drafts.read(draft)
    assert "networks" in full and not drafts.can_undo(draft), "nobody has edited anything"
    drafts.write(draft, {**full, "seed": 7})
    drafts.undo(draft)
    one_page("build", draft=draft).run()
    assert not drafts.can_undo(draft) and drafts.redo(draft)["seed"] == 7


def test_a_task_of_two_networks_begins_with_both(one_page, drafts):
    draft = drafts.new({**DIGITS, "task": {"kind": "Gan"}})
    test = one_page("build", draft=draft).run()
    assert not test.exception and not wrong(test)
    assert set(drafts.read(draft)["networks"]) == {"generator", "discriminator"}


def complete(document):
    from dlviz.ui import experiment

    return experiment.completed(document)


def test_the_code_of_two_networks_holds_both(dlviz_home):
    from dlviz.ui import experiment, networks

    document = complete({**DIGITS, "task": {"kind": "Gan"}})
    code = networks.code(document["networks"], experiment.roles(document))
    found: dict = {"__name__": "shown"}
    exec(compile(code, "network.py", "exec"), found)  # our own text
    assert {"Generator", "Discriminator"} <= set(found)


def test_the_code_tells_what_the_task_adds(dlviz_home):
    from dlviz.ui import experiment, networks

    document = complete({"version": 1, "data": {"kind": "Diabetes"}})
    code = networks.code(document["networks"], experiment.roles(document), experiment.task(document).adds)
    assert "y = mean + std * x" in code and code.startswith("# ")
    compile(code, "network.py", "exec")


def test_a_network_with_a_problem_cannot_be_trained(one_page, drafts):
    draft = drafts.new(DIGITS)
    one_page("build", draft=draft).run()
    document = drafts.read(draft)
    flat = [entry for entry in document["networks"]["model"] if entry["kind"] != "Flatten"]
    for entry in flat:
        entry["inputs"] = [item if item != "flatten" else "pool2" for item in entry["inputs"]]
    drafts.write(draft, {**document, "networks": {"model": flat}})
    test = one_page("build", draft=draft).run()
    assert test.button(key="train").disabled and "to mend" in words(test) and not test.exception


def test_a_step_that_does_not_fit_in_memory_is_refused_with_figures(one_page, drafts, monkeypatch):
    from dlviz.network import memory

    monkeypatch.setattr(memory, "available", lambda device="cpu": 1_000_000)
    test = one_page("build", draft=drafts.new(DIGITS)).run()
    assert "must fit in memory" in " ".join(wrong(test)) and test.button(key="train").disabled


def test_an_opened_fold_is_a_form_that_writes_the_draft(one_page, drafts):
    draft = drafts.new(DIGITS)
    test = one_page("build", draft=draft).run()
    test.session_state[f"{draft}.fold.optimizer"] = True
    test.session_state[f"{draft}.fold.training"] = True
    test.run()
    test.selectbox(key=f"{draft}.optimizer.kind").set_value("SGD").run()
    assert drafts.read(draft)["optimization"]["optimizer"]["kind"] == "SGD"
    test.number_input(key=f"{draft}.training.epochs").set_value(3).run()
    assert drafts.read(draft)["training"]["epochs"] == 3 and not test.exception


def test_the_same_experiment_as_a_spec(one_page, drafts):
    draft = drafts.new(DIGITS)
    test = one_page("build", draft=draft).run()
    test.session_state[f"{draft}.fold.text"] = True
    test.run()
    shown = [code.value for code in test.code]
    assert any(text.startswith("version: 1") for text in shown)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "nothing to open"),
        ("data: [", "neither YAML nor JSON"),
        ("version: 1\ndata: {kind: Digit}", "Did you mean `Digits`?"),
        ("version: 1\ndata: {kind: Table, path: /etc/passwd, target: x}", "comes in as an upload"),
    ],
)
def test_a_spec_that_cannot_be_opened_says_why(one_page, drafts, text, said):
    draft = drafts.new(DIGITS)
    test = one_page("build", draft=draft).run()
    test.session_state[f"{draft}.fold.text"] = True
    test.run()
    test.text_area(key=f"{draft}.pasted").set_value(text).run()
    test.button(key=f"{draft}.open").click().run()
    assert said in " ".join(wrong(test)) and not test.exception


def test_a_pasted_spec_opens_as_a_new_draft(one_page, drafts):
    draft = drafts.new(DIGITS)
    test = one_page("build", draft=draft).run()
    test.session_state[f"{draft}.fold.text"] = True
    test.run()
    test.text_area(key=f"{draft}.pasted").set_value("version: 1\ndata: {kind: Wine}\nseed: 5").run()
    test.button(key=f"{draft}.open").click().run()
    opened = test.query_params["draft"]
    assert opened != draft and drafts.read(opened)["data"]["kind"] == "Wine" and drafts.read(opened)["seed"] == 5
    assert drafts.read(draft)["data"]["kind"] == "Digits"


def test_explain_without_a_run_leads_to_data(one_page):
    test = one_page("explain").run()
    assert not test.exception and any(button.key == "empty-data" for button in test.button)


@pytest.fixture
def explained(dlviz_home):
    """A finished run's folder with four examples, one of them wrong."""
    run = Store(dlviz_home).create({"version": 1, "data": {"kind": "Digits"}})
    run.write_state({"status": "finished", "metrics": {"test": {"accuracy": 0.75}}})
    targets = {"label": {"kind": "Category", "names": ["cat", "dog"]}}
    write_json(run.path / "data.json", {"fields": {"inputs": {}, "targets": targets}, "encoders": {}})
    entries = [
        {"index": index, "target": target, "prediction": said, "probability": sure, "certainty": 2 * sure - 1}
        for index, target, said, sure in ((7, 0, 1, 0.9), (3, 1, 1, 0.6), (2, 0, 0, 0.8), (9, 1, 1, 0.99))
    ]
    write_json(run.path / "gallery" / "test.json", entries)
    kind = Image(channels=1, height=4, width=4)
    Value(kind, np.linspace(0, 1, 64).reshape(4, 1, 4, 4)).save(run.path / "gallery" / "test_inputs")
    return run


def test_examples_are_narrowed_down(explained):
    found = gallery.gallery(explained, "test")
    index = lambda wanted: [found.entries[at]["index"] for at in found.places(wanted)]  # noqa: E731
    assert index("All") == [7, 3, 2, 9]
    assert index("Wrong") == [7]
    assert index("Least certain")[0] == 3
    assert index("Right") == [9, 2, 3]
    assert found.words(0) == ("dog", "90 %", "is cat") and found.words(1)[-1] == "right"


def test_explain_shows_examples_even_where_the_network_cannot_be_opened(one_page, explained):
    test = one_page("explain", run=explained.id).run()
    assert not test.exception
    assert "Why dog?" in words(test) and "wrong: it is cat" in words(test)
    assert "90 %" in bars(test), "an older run told the likeliest class only"
    assert "no checkpoint" in " ".join(wrong(test))


def test_explain_shows_every_probability_before_any_answer(one_page, explained):
    entries = gallery.gallery(explained, "test").entries
    for entry in entries:
        other = 1 - entry["prediction"]
        sure = entry["probability"]
        entry["probabilities"] = [[entry["prediction"], sure], [other, round(1 - sure, 2)]]
    entries[0]["probabilities"][1][1] = 0.0625
    write_json(explained.path / "gallery" / "test.json", entries)
    shown = bars(one_page("explain", run=explained.id).run())
    assert "90 %" in shown and "6.2 %" in shown
    assert shown.index("dog") < shown.index("cat") < shown.index("the true class")


def bars(test):
    return " ".join(element.proto.body for element in test.get("html"))


def test_questions_already_asked_are_found(explained):
    folder = explained.explanations / "abc"
    question = answers.question({"part": "test", "index": 7, "target": None}, {"kind": "Occlusion", "window": 3})
    write_json(folder / "request.json", {"run": explained.id, **question})
    known = answers.asked(explained)
    assert known[answers.name(question)] == folder
    about = {"part": "test", "index": 7, "target": None}
    assert answers.name(answers.question(about, {"kind": "Occlusion"})) not in known
    zero = answers.question(about | {"target": 0}, {"kind": "Occlusion", "window": 3})
    assert answers.name(zero) not in known  # the first class is not no class


def test_settings_at_their_default_make_no_other_question():
    from dlviz.explainers.occlusion import Occlusion

    method = Method("Occlusion", "about", "It shows where.", "paper", None, Occlusion)
    assert method.asked({"window": "auto", "baseline": "auto"}) == method.asked({}) == {"kind": "Occlusion"}
    assert method.asked({"window": 4, "stride": "auto"}) == {"kind": "Occlusion", "window": 4}


def settings_page():
    import streamlit as st

    from dlviz.explainers.integrated_gradients import IntegratedGradients
    from dlviz.ui import state
    from dlviz.ui.explain import settings, why
    from dlviz.ui.explain.methods import Method

    (run,) = state.store().runs()
    method = Method("IntegratedGradients", "about", "reading", "paper", None, IntegratedGradients)
    why._cards(run, [method])
    st.code(str(method.asked(settings.chosen_settings(run, method.kind))))


def test_a_methods_settings_are_chosen_in_its_fold(explained):
    from streamlit.testing.v1 import AppTest

    test = AppTest.from_function(settings_page, default_timeout=240).run()
    assert not test.exception and test.code[0].value == "{'kind': 'IntegratedGradients'}"
    key = f"{explained.id}.IntegratedGradients"
    test.session_state[f"{key}.fold"] = True
    test.run()
    test.number_input(key=f"{key}.form.n_steps").set_value(200).run()
    assert test.code[0].value == "{'kind': 'IntegratedGradients', 'n_steps': 200}" and not test.exception
    test.session_state[f"{key}.fold"] = True  # AppTest forgets which folds are open
    test.run()
    test.number_input(key=f"{key}.form.n_steps").set_value(1).run()
    assert "at least 2" in " ".join(wrong(test))
    assert test.code[0].value == "{'kind': 'IntegratedGradients', 'n_steps': 200}"


def test_a_wrongly_overruled_table_can_be_read_as_detected_again(one_page, drafts, dlviz_home):
    from dlviz.datasets import uploads

    rows = [f"{number},{number % 7},{'ab'[number % 2]}" for number in range(60)]
    file = io.BytesIO("\n".join(["one,two,sort", *rows]).encode())
    path = uploads.keep("rows.csv", file, dlviz_home / "uploads")
    data = {"kind": "Table", "path": str(path), "target": "sort", "delimiter": "semicolon"}
    draft = drafts.new({"version": 1, "data": data})
    test = one_page("data", draft=draft).run()
    assert "at least two columns" in " ".join(wrong(test)) and not test.exception
    test.button(key=f"{draft}.data.anew").click().run()
    assert not wrong(test) and "delimiter" not in drafts.read(draft)["data"]
    test.selectbox(key=f"{draft}.data.target").set_value("two").run()
    assert drafts.read(draft)["data"]["target"] == "two" and not test.exception


def test_a_method_that_is_weak_here_stands_behind_and_is_not_chosen_at_first(monkeypatch, tmp_path):
    from dlviz.training.folder import RunFolder
    from dlviz.ui.explain import methods

    def offered(path, stamp):
        weak = {"GradCam": "Its maps are coarse."} if "coarse" in path else {}
        kinds = ("GradCam", "Lime", "Occlusion", "ScoreCam", "DeepShap")
        made = [
            Method(kind, "", "", "", None, trusted=kind not in weak and kind != "ScoreCam", weak=weak.get(kind))
            for kind in kinds
        ]
        return methods._Offered([*made, Method("Rise", "", "", "", "It needs pictures.")], [], {}, {})

    monkeypatch.setattr(methods, "_offered", offered)
    found = {name: methods.methods(RunFolder(tmp_path / name)) for name in ("coarse", "fine")}
    assert [one.kind for one in found["fine"]] == ["GradCam", "Occlusion", "Lime", "DeepShap", "ScoreCam", "Rise"]
    assert [one.kind for one in found["coarse"]] == ["Occlusion", "Lime", "DeepShap", "GradCam", "ScoreCam", "Rise"]


def answers_page(run, state):
    from pathlib import Path

    from dlviz.core.files import write_json
    from dlviz.training.folder import RunFolder
    from dlviz.ui.explain import answers
    from dlviz.ui.explain.methods import Method

    folder = RunFolder(Path(run))
    question = folder.explanations / "abc"
    asked = answers.question({"part": "test", "index": 7, "target": None}, {"kind": "GradCam"})
    write_json(question / "request.json", {"run": folder.id, **asked})
    write_json(question / "state.json", state)
    answers.show(folder, Method("GradCam", "about", "It shows where.", "paper", None), question)


@pytest.mark.parametrize(
    ("status", "said", "button"),
    [
        ({"status": "failed", "error": "It took longer than 120 s."}, "It took longer", "Ask again"),
        ({"status": "cancelled"}, "Cancelled", "Ask again"),
        ({"status": "running", "done": 3, "of": 4}, "", "Cancel"),
        ({"status": "unasked"}, "It shows where.", None),
    ],
)
def test_every_state_of_an_answer_is_told(explained, status, said, button):
    from streamlit.testing.v1 import AppTest

    test = AppTest.from_function(answers_page, args=(str(explained.path), status), default_timeout=240).run()
    told = " ".join(element.value for element in [*test.error, *test.info, *test.markdown])
    assert said in told and not test.exception
    assert [found.label for found in test.button] == ([button] if button else [])


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"status": "running", "done": 3, "of": 4}, "Found so far, coarsely … 75 %"),
        ({"status": "cancelled"}, "Cancelled. This is what it had found by then."),
        ({"status": "failed", "error": "It took too long."}, "It took too long. This is what it had found by then."),
    ],
)
def test_what_was_found_so_far_is_drawn(explained, status, said):
    from streamlit.testing.v1 import AppTest

    found = np.arange(16.0).reshape(1, 4, 4)
    more = {"input": np.zeros((1, 4, 4))}
    stem = explained.explanations / "abc" / "so_far"
    stem.parent.mkdir(parents=True)
    Value(Attribution(over="picture"), found, more=more).save(stem)
    test = AppTest.from_function(answers_page, args=(str(explained.path), status), default_timeout=240).run()
    assert not test.exception and len(test.get("plotly_chart")) == 1
    told = [element.value for element in [*test.error, *test.info]]
    told += [element.proto.text for element in test.get("progress")]
    assert said in told


def test_a_download_that_fails_says_so_and_offers_to_try_again(one_page, drafts, monkeypatch):
    from dlviz.core.problems import WrongInput
    from dlviz.datasets.mnist import Mnist

    def broken(self, progress):
        raise WrongInput("train-images could not be fetched. Connect to the internet and try again.")

    monkeypatch.delenv("DLVIZ_DATA", raising=False)
    monkeypatch.setattr(Mnist, "fetch", broken)
    test = one_page("data", draft=drafts.new({"version": 1, "data": {"kind": "Mnist"}})).run()
    test.button(key="download").click().run()
    assert "could not be fetched" in " ".join(wrong(test)) and not test.exception
    test.button(key="again").click().run()
    assert "could not be fetched" in " ".join(wrong(test)) and not test.exception


def test_a_zip_of_pictures_is_taken_in(one_page, dlviz_home):
    from PIL import Image as Pillow

    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, shade in (("day", 220), ("night", 30)):
            for number in range(12):
                picture = io.BytesIO()
                Pillow.new("L", (12, 12), shade + number).save(picture, "PNG")
                archive.writestr(f"{name}/{number}.png", picture.getvalue())
    from dlviz.datasets import uploads

    file.seek(0)
    path = uploads.keep("sky.zip", file, dlviz_home / "uploads")
    draft = Drafts(dlviz_home).new({"version": 1, "data": {"kind": "ImageFolder", "path": str(path)}})
    test = one_page("data", draft=draft).run()
    assert not test.exception and not wrong(test)
    assert "sky.zip" in words(test) and "2 classes" in words(test)
