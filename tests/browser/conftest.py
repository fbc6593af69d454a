"""The browser of the figures, driven by Playwright: one per test session, a clean page per test.

A page fails its test when it logs an error, raises one, gets an answer of 400 or more, or asks any
other host than the one under test; nothing a reader opens may reach out to the net.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, sync_playwright

from analysis.figures import browser as figure_browser

ROOT = Path(__file__).resolve().parents[2]
LOCAL = {"127.0.0.1", "localhost"}
OFFLINE_SCHEMES = {"data", "blob", "about", "file"}


@dataclass
class Guard:
    """What went wrong on a page; `allow` takes a text that a test expects to see."""

    troubles: list[str] = field(default_factory=list)
    allowed: list[str] = field(default_factory=list)

    def allow(self, text: str) -> None:
        self.allowed.append(text)

    def watch(self, page: Page) -> None:
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.troubles.append(f"uncaught: {error}"))
        page.on("response", self._response)
        page.route("**/*", self._route)

    def unexpected(self) -> list[str]:
        return [t for t in self.troubles if not any(text in t for text in self.allowed)]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type == "error":
            self.troubles.append(f"console: {message.text} ({message.location.get('url', '')})")

    def _response(self, response: Response) -> None:
        if response.status >= 400:
            self.troubles.append(f"status {response.status}: {response.url}")

    def _route(self, route) -> None:
        address = urlsplit(route.request.url)
        if address.scheme in OFFLINE_SCHEMES or address.hostname in LOCAL:
            route.continue_()
        else:
            self.troubles.append(f"another host: {route.request.url}")
            route.abort()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The browser that set-up found, with the project's fonts."""
    found = figure_browser.find(ROOT)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=str(found.path),
            env=found.environment(),
            chromium_sandbox=False,  # root and containers have none
            args=["--disable-gpu", "--disable-dev-shm-usage", "--font-render-hinting=none"],
        )
        yield started
        started.close()


@pytest.fixture
def guard() -> Guard:
    return Guard()


@pytest.fixture
def page(chromium: Browser, guard: Guard) -> Iterator[Page]:
    """A guarded page of 1280 x 900; the test fails at its end if anything went wrong on it."""
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="zh-CN")
    page = context.new_page()
    guard.watch(page)
    yield page
    context.close()
    assert not guard.unexpected(), "\n".join(guard.unexpected())
