"""The page as people see it, in a real browser; skipped where there is none."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graphfm.models import GraphFM, LinkModel
from graphfm.serving.serve import open_service
from graphfm.serving.web import web_app
from tests.serving.conftest import HOSTILE, Served

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A tab in which nothing may be thrown, asked of another machine, or opened as a dialog."""
    wrong: list[str] = []
    tab = browser.new_page(viewport={"width": 900, "height": 900})
    tab.on("pageerror", lambda error: wrong.append(str(error)))
    tab.on("dialog", lambda dialog: (wrong.append("a dialog"), dialog.dismiss()))
    tab.on("request", lambda asked: asked.url.startswith("http://127.0.0.1:") or wrong.append(asked.url))
    yield tab
    tab.close()
    assert wrong == []


def test_ask_see_why_and_share_the_address(page: Any, served: Served, tmp_path: Path) -> None:
    page.goto(f"http://127.0.0.1:{served.port}/")
    page.fill("#head", "Person 3")
    page.fill("#relation", "two_on")
    page.click("#ask")
    page.wait_for_selector("tbody tr")
    assert page.locator("tbody tr").count() == 10
    assert "Person 3" in page.locator("caption").inner_text()
    page.locator("button.why").first.click()
    page.wait_for_selector("#why:not([hidden])")
    assert "of 20" in page.locator("#why").inner_text()
    assert page.url.endswith("?relation=two_on&head=Person+3")
    address = page.url
    page.goto("about:blank")
    page.goto(address)  # what somebody sent asks by itself
    page.wait_for_selector("tbody tr")
    page.set_viewport_size({"width": 375, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= 375
    page.screenshot(path=tmp_path / "page.png")
    assert (tmp_path / "page.png").stat().st_size > 5000


def test_suggestions_and_wrong_questions(page: Any, served: Served) -> None:
    page.goto(f"http://127.0.0.1:{served.port}/")
    page.locator("#head").press_sequentially("Persn")
    page.fill("#relation", "two_on")
    page.click("#ask")
    page.wait_for_selector(".error")
    assert "Did you mean" in page.locator(".error").inner_text()
    page.fill("#tail", "Person 4")
    page.click("#ask")
    page.wait_for_function("document.querySelector('.error')?.textContent.includes('one end alone')")
    page.fill("#head", "")
    page.locator("#head").press_sequentially("Person 1")
    page.wait_for_selector("#heads option", state="attached")
    assert "Person 1" in page.evaluate(
        "[...document.querySelectorAll('#heads option')].map(o => o.value + o.label).join()"
    )


def test_a_hostile_name_is_shown_and_does_nothing(page: Any, served: Served) -> None:
    page.goto(f"http://127.0.0.1:{served.port}/?head=person_07&relation=next_to")
    page.wait_for_selector("tbody tr")
    assert HOSTILE[:20] in page.locator("caption").inner_text()
    assert page.locator("main img").count() == 0


def test_a_stopped_server_is_said(page: Any, reasoner: LinkModel) -> None:
    served = Served(web_app(open_service(reasoner)))
    page.goto(f"http://127.0.0.1:{served.port}/")
    page.fill("#head", "Person 3")
    page.fill("#relation", "two_on")
    served.stop()
    page.click("#ask")
    page.wait_for_selector(".error")
    assert "The server does not answer" in page.locator(".error").inner_text()


def test_a_text_is_classified(page: Any, pages: Any, text_model: GraphFM) -> None:
    served = Served(web_app(open_service(text_model, data=pages)))
    page.goto(f"http://127.0.0.1:{served.port}/")
    page.fill("#text", "gold and rings")
    page.fill("#neighbours", "p21, p22")
    page.click("button")
    page.wait_for_selector("tbody tr")
    assert page.locator("tbody th").first.inner_text() == "rings"
    page.fill("#neighbours", "nowhere")
    page.click("button")
    page.wait_for_selector(".error")
    assert "neighbour 'nowhere'" in page.locator(".error").inner_text()
    page.goto(f"http://127.0.0.1:{served.port}/docs")
    assert "POST /classify" in page.locator("main").inner_text()
    page.goto("about:blank")
    served.stop()
