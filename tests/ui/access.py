"""What keeps people out of a page, as axe-core finds it."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page


def grave(page: Page) -> list[str]:
    """What axe-core calls serious or critical on the page, one line each. What is still changing its colour or its
    place is looked at again: only what stays counts."""
    for _ in range(4):
        violations = Axe().run(page).response["violations"]
        found = [
            f"{each['id']}: {each['help']}: {each['nodes'][0]['html'][:160]}"
            for each in violations
            if each["impact"] in ("serious", "critical")
        ]
        if not found:
            break
        page.wait_for_timeout(700)
    return found
