"""Fixtures that several test files share."""

import shutil
from pathlib import Path

import pytest

from tests import built_site as site


@pytest.fixture(scope="session")
def built_site(tmp_path_factory) -> Path:
    """The folder of the site, built with --strict once for all tests and workers."""
    return site.built_site(tmp_path_factory)


@pytest.fixture(scope="session")
def address(built_site):
    with site.served(built_site) as address:
        yield address


@pytest.fixture(scope="session")
def chromium(request):
    from playwright.sync_api import sync_playwright

    from tests.browsing import FLAGS

    executable = shutil.which("chromium") or "/usr/bin/chromium"
    if not Path(executable).is_file():
        reason = "no Chromium here: on Debian, apt install chromium"
        if "browser" in request.config.getoption("--require"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def open_page(chromium, address):
    """Opens a page in a context of its own; at the end there were no errors and no foreign requests.

    Each page makes its search from four megabytes, in a thread beside it. Where nobody searches, it gets an empty list.
    """
    from tests.browsing import DESKTOP, NOTHING_TO_FIND, Log

    contexts, logs = [], []

    def open_page(path, viewport=DESKTOP, scheme="light", search=False, **options):
        context = chromium.new_context(
            viewport=viewport, color_scheme=scheme, reduced_motion="reduce", **options
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(300_000)  # a slow machine is no failure
        logs.append(Log(page, address))
        page.log = logs[-1]
        if not search:
            page.route(
                "**/search/search_index.json", lambda route: route.fulfill(json=NOTHING_TO_FIND)
            )
        page.goto(address + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    for log in logs:
        assert log.problems == []
