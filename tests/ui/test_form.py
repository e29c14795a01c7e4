"""Forms made from declarations: what the user does comes back as a document; what is wrong is said and not taken."""

from typing import Annotated, ClassVar, Literal

import pytest
from pydantic import Field
from streamlit.testing.v1 import AppTest

from dlviz.core.choice import Choice
from dlviz.core.part import Part
from dlviz.core.setting import setting


class Inner(Part, abstract=True):
    """A part within a part."""

    patience: int = setting(5, "How long.", ge=1)


class Everything(Part, abstract=True):
    """A part with a setting of each form."""

    family: ClassVar[str] = "layers"
    rate: float = setting(0.01, "A rate.", gt=0, le=100, widget="log")
    share: float = setting(0.5, "A share.", ge=0, lt=1)
    many: int = setting(3, "How many.", ge=1, le=10)
    size: Annotated[int, Field(ge=1)] | Literal["auto"] = setting(4, "A size.")
    window: int | tuple[int, int] = setting(3, "A window.")
    rim: Annotated[int, Field(ge=0)] | tuple[int, int] | Literal["same"] = setting(0, "A rim.")
    bias: bool = setting(True, "A bias.")
    mode: Literal["mean", "zero"] = setting("mean", "A mode.")
    words: tuple[str, ...] = setting((), "Words.")
    stopping: Inner | None = setting(None, "Stop.")
    deep: int = setting(1, "Rarely needed.", advanced=True)


def page(columns=1):
    import json

    import streamlit as st

    from dlviz.ui.form import part_form
    from tests.ui.test_form import Everything

    document = st.session_state.setdefault("document", {})
    changed = part_form(Everything, document, "form", columns=columns)
    st.session_state["document"] = changed
    st.code(json.dumps(changed))


@pytest.fixture
def form():
    return AppTest.from_function(page, default_timeout=240).run()


def document(test):
    return dict(test.session_state["document"])


def test_a_form_that_nobody_touches_changes_nothing(form):
    assert not form.exception and document(form) == {}


def test_each_widget_hands_back_its_value(form):
    form.number_input(key="form.many").set_value(7).run()
    form.slider(key="form.share").set_value(0.25).run()
    form.toggle(key="form.bias").set_value(False).run()
    form.selectbox(key="form.mode").set_value("zero").run()
    form.select_slider(key="form.rate").set_value(0.1).run()
    form.text_input(key="form.window").set_value("3x5").run()
    form.text_input(key="form.rim").set_value("same").run()
    form.number_input(key="form.size").set_value(None).run()
    form.number_input(key="form.deep").set_value(2).run()
    assert document(form) == {
        "many": 7, "share": 0.25, "bias": False, "mode": "zero", "rate": 0.1, "window": [3, 5], "rim": "same",
        "size": "auto", "deep": 2,
    }  # fmt: skip


def test_two_changes_in_a_row_both_count(form):
    for value in (4, 5, 6):
        form.number_input(key="form.many").set_value(value).run()
        assert document(form) == {"many": value}


def test_a_wrong_value_shows_the_parts_own_sentence_and_is_not_taken(form):
    form.number_input(key="form.many").set_value(11).run()
    assert document(form) == {}
    assert [error.value for error in form.error] == ["Must be a whole number, at least 1, at most 10. Received: 11."]
    form.number_input(key="form.many").set_value(10).run()
    assert document(form) == {"many": 10} and not form.error


def test_a_change_from_outside_shows_in_the_widget(form):
    form.number_input(key="form.many").set_value(7).run()
    form.session_state["document"] = {"many": 2}
    form.run()
    assert form.number_input(key="form.many").value == 2 and document(form) == {"many": 2}


def test_the_message_that_draws_a_widget_says_its_value_by_itself(form):
    """The session's value travels once, with the run that set it. A browser that draws the run after it must not show
    a field at its lowest mark, and send that."""
    form.session_state["document"] = {
        "rate": 0.02, "share": 0.25, "many": 7, "window": [3, 5], "bias": False, "mode": "zero",
    }  # fmt: skip
    form.run()
    again = form.run()  # nothing is set anew in this one
    assert not any(each.proto.set_value for each in (*again.slider, *again.select_slider, *again.number_input))
    rate, share = again.select_slider(key="form.rate").proto, again.slider(key="form.share").proto
    assert rate.options[int(rate.default[0])] == "0.02" and list(share.default) == [0.25]
    assert again.number_input(key="form.many").proto.default == 7
    window, mode = again.text_input(key="form.window").proto, again.selectbox(key="form.mode").proto
    assert window.default == "3 × 5" and mode.options[mode.default] == "zero"
    assert again.toggle(key="form.bias").proto.default is False


def test_a_part_within_a_part_opens_its_own_form(form):
    form.toggle(key="form.stopping").set_value(True).run()
    form.number_input(key="form.stopping~form.patience").set_value(9).run()
    assert document(form) == {"stopping": {"patience": 9}}
    form.toggle(key="form.stopping").set_value(False).run()
    assert document(form) == {"stopping": None}


class Naming(Part, abstract=True):
    """A part whose settings name something of a run."""

    family: ClassVar[str] = "layers"
    wish: str = setting("", "A class.", names="class", usual="any other")
    above: float | None = setting(None, "A number.", names="number")
    keep: tuple[str, ...] = setting((), "Columns.", names="column")
    layer: str = setting("auto", "A layer.", names="layer", usual="the last")
    unit: Annotated[int, Field(ge=0)] | Literal["auto"] = setting("auto", "A unit.", names="unit")
    units: str = setting("", "Units.", names="units")
    spoken: bool = setting(True, "Only of texts.", only=("text",))


def naming_page(known):
    import json

    import streamlit as st

    from dlviz.ui.form import part_form
    from tests.ui.test_form import Naming

    document = st.session_state.setdefault("document", {})
    changed = part_form(Naming, document, "form", known=known)
    st.session_state["document"] = changed
    st.code(json.dumps(changed))


LAYERS = [Choice("conv", "conv · 3 × 6 × 6", 3), Choice("fc", "fc · 5", 5)]
KNOWN = {
    "class": [Choice("no", "no"), Choice("yes", "yes")], "number": [], "column": [Choice("age", "age")],
    "layer": LAYERS, "muted": LAYERS, "input": [Choice("table", "")],
}  # fmt: skip


def naming(known, **document):
    test = AppTest.from_function(naming_page, args=(known,), default_timeout=240)
    test.session_state["document"] = document
    return test.run()


def test_what_a_run_knows_is_a_menu_with_the_default_first():
    test = naming(KNOWN)
    assert not test.exception and document(test) == {}
    assert test.selectbox(key="form.wish").options == ["any other (default)", "no", "yes"]
    assert test.selectbox(key="form.layer").options == ["the last (default)", "conv · 3 × 6 × 6", "fc · 5"]
    # no number to wish for, no layer whose units could be meant, no text
    assert not test.number_input and not test.text_input and not test.toggle
    test.selectbox(key="form.wish").set_value("yes").run()
    test.multiselect(key="form.keep").set_value(["age"]).run()
    test.multiselect(key="form.units").set_value(["fc", "conv:2"]).run()
    assert document(test) == {"wish": "yes", "keep": ["age"], "units": "fc, conv:2"}
    test.selectbox(key="form.wish").set_value("").run()
    assert document(test)["wish"] == ""


def test_a_unit_is_counted_within_its_layer():
    test = naming(KNOWN)
    test.selectbox(key="form.layer").set_value("fc").run()
    test.run()  # as the fold does after every change
    unit = test.number_input(key="form.unit")
    assert (unit.label, unit.min, unit.max, unit.value) == ("Unit (0 to 4)", 0, 4, None)
    unit.set_value(4).run()
    assert document(test) == {"layer": "fc", "unit": 4}
    test.selectbox(key="form.layer").set_value("conv").run()  # which has no unit 4
    test.run()
    assert document(test) == {"layer": "conv", "unit": "auto"} and test.number_input(key="form.unit").max == 2
    test.number_input(key="form.unit").set_value(1).run()
    test.selectbox(key="form.layer").set_value("auto").run()
    test.run()
    assert document(test) == {"layer": "auto"} and not test.number_input


def test_a_name_from_elsewhere_stays_for_the_part_to_refuse():
    test = naming(KNOWN, wish="maybe", keep=["height"])
    assert not test.exception and document(test) == {"wish": "maybe", "keep": ["height"]}
    assert test.selectbox(key="form.wish").options[-1] == "maybe (not here)"
    assert test.multiselect(key="form.keep").options == ["age", "height (not here)"]


def test_where_nothing_is_known_names_are_typed():
    test = naming({})
    assert not test.exception and {field.key for field in test.text_input} == {"form.wish", "form.layer", "form.units"}
    assert test.number_input(key="form.unit").label == "Unit" and test.toggle


def family_page():
    import streamlit as st

    from dlviz.ui import experiment
    from dlviz.ui.form import family_form, list_form

    kept = st.session_state.setdefault("kept", {"one": {"kind": "Adam"}, "many": []})
    kept["one"] = family_form(experiment.family("optimizers"), kept["one"], "one")
    before = kept["many"]
    kept["many"] = list_form(experiment.family("regularizers"), before, "many", empty="None yet.", add="Add")
    if kept["many"] != before:
        st.rerun()


def test_a_family_is_a_menu_with_what_each_part_is_for():
    test = AppTest.from_function(family_page, default_timeout=240).run()
    menu = test.selectbox(key="one.kind")
    assert {"Adam", "SGD", "AdamW"} <= set(menu.options)
    menu.set_value("SGD").run()
    assert test.session_state["kept"]["one"]["kind"] == "SGD"
    assert any("gradient" in caption.value.lower() for caption in test.caption)


def test_parts_of_a_list_come_and_go():
    test = AppTest.from_function(family_page, default_timeout=240).run()
    test.session_state["kept"] = {"one": {"kind": "Adam"}, "many": [{"kind": "L1"}, {"kind": "L2"}]}
    test.run()
    test.button(key="many.0.remove").click().run()
    assert [part["kind"] for part in test.session_state["kept"]["many"]] == ["L2"]


def test_a_form_in_a_line():
    from dlviz.ui.form import summary

    assert summary(Naming, {}) == "layer the last · unit auto · spoken"
    assert summary(Naming, {"keep": ["age", "height"], "layer": "fc"}, hide=["unit", "spoken"]) == (
        "keep age, height · layer fc"
    )
    assert summary(Naming, {"keep": ["a", "b", "c"]}, most=1) == "keep a and 2 more"
