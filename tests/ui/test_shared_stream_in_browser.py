"""One connection for all that listens to the same runs: who comes late hears all, and what ended can go on."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.filterwarnings("ignore::ResourceWarning")]

COUNT = (
    "window.opened = []; window.EventSource = class extends EventSource {"
    " constructor(...all) { super(...all); window.opened.push(this); } };"
)
LISTEN = """async ([run, name]) => {
  const { follow } = await import('/_stcore/bidi-components/dlviz.shared/stream.js');
  const heard = ((window.heard ??= {})[name] = { steps: [], status: null, ends: 0 });
  (window.closes ??= {})[name] = follow('/dlviz/stream', [run], {
    points: ({ trim, curves }) => {
      if (trim !== null) heard.steps = heard.steps.filter((step) => step <= trim);
      heard.steps.push(...curves['step.loss'].step);
    },
    state: ({ status }) => { heard.status = status; },
    end: () => { heard.ends += 1; },
  });
}"""


def test_late_listeners_and_a_run_that_goes_on(tab, growing_run):
    tab.page.add_init_script(COUNT)
    page = tab.open("/")
    growing_run.add(5)
    page.evaluate(LISTEN, [growing_run.id, "first"])
    page.wait_for_function("window.heard.first.steps.length === 5 && window.heard.first.status === 'running'")
    page.evaluate(LISTEN, [growing_run.id, "late"])
    page.wait_for_function("window.heard.late.steps.length === 5 && window.heard.late.status === 'running'")
    growing_run.add(2)
    page.wait_for_function("Object.values(window.heard).every(({ steps }) => steps.join() === '1,2,3,4,5,6,7')")

    growing_run.state(status="stopped")
    page.wait_for_function(
        "Object.values(window.heard).every(({ ends, status }) => ends === 1 && status === 'stopped')"
    )
    assert page.evaluate("window.opened.length") == 1
    growing_run.state(status="running")
    growing_run.add(1)
    page.evaluate("window.closes.late.reopen()")
    page.wait_for_function("Object.values(window.heard).every(({ steps }) => steps.join() === '1,2,3,4,5,6,7,8')")
    assert "from=" in page.evaluate("window.opened[1].url"), "what was told before is not told again"

    page.evaluate("window.closes.first()")
    assert page.evaluate("window.opened[1].readyState") == 1
    page.evaluate("window.closes.late()")
    assert page.evaluate("window.opened.every((each) => each.readyState === 2)")
    assert page.evaluate("window.__dlviz_streams.size") == 0
