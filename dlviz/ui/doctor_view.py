"""What the doctor says of a run: quiet when all is well; otherwise a card for each finding, with what was measured,
what it means, and cures that one click tries as a fork."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import streamlit as st

from dlviz.core.files import read_record, write_json
from dlviz.core.problems import WrongInput
from dlviz.training.folder import ACTIVE, RunFolder
from dlviz.ui import chrome, evidence, forks, state, watching, words

#: How a severity is shown: icon, colour, word. Colour never speaks alone.
_LOOKS = {
    "severe": (":material/emergency_home:", "red", "severe"),
    "warning": (":material/warning:", "orange", "warning"),
    "hint": (":material/lightbulb:", "blue", "hint"),
}
#: Findings that somebody has put aside, by kind and severity: a worse one of the same kind is shown again.
_ASIDE = "doctor_aside.json"

Document = Mapping[str, Any]


def ill(run: RunFolder) -> bool:
    """Whether the doctor has found more than a hint, and nobody has put it aside."""
    return any(one["severity"] != "hint" for one in _standing(run, read_record(run.path / "doctor.json") or {}))


def _found(report: Document) -> list[Document]:
    return [one for one in _list(report, "diagnoses") if isinstance(one, Mapping) and one.get("severity") in _LOOKS]


def _standing(run: RunFolder, report: Document) -> list[Document]:
    """The findings that nobody has put aside, the worst first."""
    aside = _aside(run)
    return [one for one in _found(report) if _mark(one) not in aside]


def show(run: RunFolder) -> None:
    """The doctor's findings on a run; nothing before it was examined."""
    report = read_record(run.path / "doctor.json")
    if not report:
        return
    found, aside, shown = _found(report), _aside(run), _standing(run, report)
    with st.container(key="doctor"):
        if shown:
            st.subheader("The doctor", anchor=False, help=_ABOUT)
        for number, one in enumerate(shown):
            _card(run, one, number)
        _rest(run, report, found, aside)


_ABOUT = (
    "Rules that look at the losses, the gradients and the data of this run. Each says what it measured. A fork tries a "
    "cure without touching this run."
)


def _card(run: RunFolder, one: Document, number: int) -> None:
    icon, color, word = _LOOKS[str(one["severity"])]
    kind = str(one.get("kind") or number)
    with st.container(border=True, key=f"doctor-{kind}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"{icon} **{_plain(one.get('title'))}** :{color}-badge[{word}]", width="stretch")
            if st.button(
                "Put aside", icon=":material/close:", type="tertiary", key=f"aside-{kind}",
                help="Hides this finding on this run, for everybody. It can be brought back below.",
            ):  # fmt: skip
                _put_aside(run, [*_aside(run), _mark(one)])
                st.rerun()
        st.markdown(_plain(one.get("sentence")))
        if meaning := _meaning(kind):
            st.caption(meaning)
        _drawings(one)
        _cures(run, one, kind, main=number == 0 and one["severity"] != "hint")


def _drawings(one: Document) -> None:
    """The evidence, each under its title, with what it shows in words for who does not see it."""
    shown = [each for each in _list(one, "evidence") if isinstance(each, Mapping)]
    pictures = [(str(each.get("title") or ""), evidence.picture(each, chrome.dark())) for each in shown]
    cells = [
        f'<figure style="margin:0"><figcaption style="font-size:.875rem;opacity:.85">{_html(title)}</figcaption>'
        f"{drawn}</figure>"
        for title, drawn in pictures
        if drawn
    ]
    if cells:
        st.html(f'<div style="display:flex;flex-wrap:wrap;gap:.75rem 1.5rem">{"".join(cells)}</div>')


def _cures(run: RunFolder, one: Document, kind: str, main: bool) -> None:
    """What may help. A click shows what would change, a second one does it."""
    cures = [cure for cure in _list(one, "cures") if isinstance(cure, Mapping)]
    tried = [cure for cure in cures if isinstance(cure.get("changes"), Mapping) and cure["changes"]]
    by_hand = [cure for cure in cures if cure not in tried]
    if tried:
        st.markdown("**Cures to try**, each in a run of its own:")
        with st.container(horizontal=True, gap="small"):
            for number, cure in enumerate(tried):
                _offer(run, cure, f"{kind}-{number}", main and number == 0)
    for cure in by_hand:
        st.markdown(f":material/pan_tool: {_plain(cure.get('title'))}")


def _offer(run: RunFolder, cure: Document, key: str, main: bool) -> None:
    step = _step(cure)
    title = _plain(cure.get("title"))
    look: Literal["primary", "secondary"] = (
        "primary" if main and run.state().get("status") not in ACTIVE else "secondary"
    )
    with st.popover(title, icon=":material/healing:", key=f"cure-{key}", type=look):
        st.markdown(f"**Try the cure: {title}**")
        st.markdown(forks.told(cure["changes"], run.settings_at(step)))
        same = " with the same seed" if "seed" not in cure["changes"] else ""
        where = f"goes on from step {step:,} of this one" if step else f"begins anew{same}"
        st.caption(f"A new run that {where}. This run stays as it is.")
        if st.button("Try the cure", type="primary", icon=":material/play_arrow:", key=f"try-{key}"):
            _try(run, cure, step)


def _try(run: RunFolder, cure: Document, step: int) -> None:
    """Fork; where the data are to be others, a new run, as no fork may learn from what its parent was checked on."""
    if not cure.get("anew"):
        forks.go(run, step, cure["changes"], str(cure.get("title") or ""))
        return
    from dlviz.training.documents import override

    document: Any = run.settings_at()
    try:
        for path, value in cure["changes"].items():
            document = override(document, str(path), value)
        child = state.store().create({**document, "title": str(cure.get("title") or "")}, run.id)
        watching.submit(child)
    except WrongInput as error:
        st.error(str(error), icon=":material/error:")
        return
    chrome.go("train", {"run": child.id})


def _rest(run: RunFolder, report: Document, found: Sequence[Document], aside: Sequence[str]) -> None:
    """What was checked without a finding, what could not be checked and why, and what was put aside."""
    passed = [_plain(title) for title in _list(report, "passed")]
    skipped = report.get("skipped") if isinstance(report.get("skipped"), Mapping) else {}
    checks = words.count(len(passed), "check")
    hidden = [one for one in found if _mark(one) in aside]
    label = f"No complaint: {checks} passed" if not found else f"{checks} passed"
    if hidden:
        label = f"{words.count(len(hidden), 'finding')} put aside, {label}"
    if run.state().get("status") in ACTIVE:
        label += f", at step {report.get('step', 0):,}" if isinstance(report.get("step"), int) else ""
    with st.expander(f"Doctor · {label}" if len(hidden) == len(found) else label, icon=":material/stethoscope:"):
        if passed:
            st.markdown("Without a finding: " + " · ".join(passed))
        for title, why in dict(skipped or {}).items():
            st.caption(f"Not examined: **{_plain(title)}**. {_plain(why)}")
        for one in hidden:
            st.caption(f"Put aside: **{_plain(one.get('title'))}**. {_plain(one.get('sentence'))}")
        if hidden and st.button("Show them again", icon=":material/undo:", key="aside-none"):
            _put_aside(run, [])
            st.rerun()


def _meaning(kind: str) -> str:
    """What an illness is, for a student; empty for one of another version."""
    from dlviz.doctor.illness import Illness

    part = Illness.kinds().get(kind)
    return part.about() if part is not None else ""


def _mark(one: Document) -> str:
    return f"{one.get('kind')}:{one.get('severity')}"


def _aside(run: RunFolder) -> list[str]:
    kept = (read_record(run.path / _ASIDE) or {}).get("aside")
    return [str(mark) for mark in kept] if isinstance(kept, list) else []


def _put_aside(run: RunFolder, marks: list[str]) -> None:
    try:
        write_json(run.path / _ASIDE, {"aside": sorted(set(marks))})
    except OSError as error:
        st.toast(f"That cannot be kept: {error.strerror}.", icon=":material/error:")


def _list(document: Document, name: str) -> list[Any]:
    found = document.get(name)
    return found if isinstance(found, list) else []


def _step(cure: Document) -> int:
    step = cure.get("step")
    return step if isinstance(step, int) and not isinstance(step, bool) and step > 0 else 0


def _plain(text: Any) -> str:
    """A text of the doctor's as markdown: only what stands in backticks is marked; the rest cannot become a link, or
    a formula."""
    pieces = str(text or "").split("`")
    safe = [
        piece if number % 2 else "".join(f"\\{sign}" if sign in "[]$*_<>:~#|" else sign for sign in piece)
        for number, piece in enumerate(pieces)
    ]
    return "`".join(safe)


def _html(text: str) -> str:
    from html import escape

    return escape(text)
