"""The site, built once for all tests and all workers, and a server for it."""

import contextlib
import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
SITE_URL = "http://127.0.0.1:8000/"
PAGES = sorted(path.relative_to(DOCS).as_posix() for path in DOCS.glob("**/*.md"))


def environment() -> dict[str, str]:
    keep = {k: v for k, v in os.environ.items() if k != "EDIT_URI_TEMPLATE"}
    return {**keep, "SITE_URL": SITE_URL, "NO_MKDOCS_2_WARNING": "1", "NO_COLOR": "1"}


def mkdocs(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Runs MkDocs as the Makefile does."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", *arguments],
        cwd=cwd,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )


def build(tmp_path_factory) -> tuple[Path, str]:
    """The folder of the site built with --strict, and what went wrong; whoever comes first builds it."""
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base
    site, errors = shared / "site", shared / "site.errors"
    with FileLock(shared / "site.lock"):
        if not errors.is_file():
            subprocess.run([sys.executable, "-m", "site_tools.prepare"], cwd=ROOT, check=True)
            result = mkdocs("build", "--strict", "--clean", "--site-dir", str(site))
            errors.write_text(result.stderr if result.returncode else "", encoding="utf-8")
    return site, errors.read_text(encoding="utf-8")


def built_site(tmp_path_factory) -> Path:
    """The folder of the built site; fails in one line where it could not be built."""
    site, errors = build(tmp_path_factory)
    if errors:
        pytest.fail("the site does not build: see test_the_site_builds_strictly", pytrace=False)
    return site


def html_of(site: Path, page: str) -> Path:
    """The file that a page of docs/ becomes."""
    stem = page.removesuffix(".md")
    return site / (f"{stem}.html" if Path(stem).name == "index" else f"{stem}/index.html")


def address_of(page: str) -> str:
    """The page's address below the site's."""
    return html_of(Path(), page).as_posix().removesuffix("index.html")


class _Handler(http.server.SimpleHTTPRequestHandler):
    # Tests serve on any free port; the sitemap names the address the site was built for, and instant navigation
    # takes only the pages it names.
    def do_GET(self) -> None:
        if self.path != "/sitemap.xml":
            super().do_GET()
            return
        here = f"http://127.0.0.1:{self.server.server_port}/"
        body = (Path(self.directory) / "sitemap.xml").read_text().replace(SITE_URL, here).encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def served(site: Path) -> Iterator[str]:
    """Serves `site` on a free port; gives the address."""
    handler = functools.partial(_Handler, directory=str(site))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()
