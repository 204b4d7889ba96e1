"""What tests that open pages in Chromium share; the fixtures that open them are in `conftest.py`."""

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
]
expect.set_options(timeout=60_000)  # a slow machine is no failure; a page that never answers is
DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}


class Log:
    """What a page asked for and complained about."""

    def __init__(self, page, address):
        self.problems, self.sizes, self.address = [], {}, address
        page.on("request", self.request)
        page.on(
            "console",
            lambda m: m.type in ("error", "warning") and self.problems.append(f"console: {m.text}"),
        )
        page.on("pageerror", lambda error: self.problems.append(f"script: {error}"))
        page.on("requestfailed", lambda request: self.problems.append(f"failed: {request.url}"))
        page.on("response", self.response)

    def request(self, request):
        if not request.url.startswith((self.address, "data:", "blob:")):
            self.problems.append(f"asks another host: {request.url}")

    def response(self, response):
        if response.status >= 400:
            self.problems.append(f"{response.status}: {response.url}")
        self.sizes[response.url] = response


def ready(page):
    """Waits for fonts and for Material's script, which marks the page when it has started."""
    page.wait_for_function("document.documentElement.classList.contains('js')")
    page.evaluate("document.fonts.ready")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


# Without the elements that passed, which are megabytes.
RULES = {"resultTypes": ["violations"], "preload": False}
LIGHT, DARK = ("light", "default"), ("dark", "slate")
NOTHING_TO_FIND = {
    "config": {"lang": ["en"], "separator": r"\s+", "pipeline": [], "fields": {}},
    "docs": [],
}


def violations(page, rules, context=None):
    for rule in Axe().run(page, context=context, options=rules).response["violations"]:
        for node in rule["nodes"]:
            why = " ".join(node["failureSummary"].split())
            yield f"{rule['id']}: {node['html'][:120]} {why[:200]}"
