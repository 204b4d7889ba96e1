"""The commands of the README, run as a newcomer runs them: `make serve`, `make test`, and what fails with words."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from site_tools import labs
from tests.code_blocks.fences import ROOT

VENV = Path(sys.executable).parent.parent
# Far more than it takes: a server that never answers ends the test, a slow machine does not.
HUNG_SECONDS = 300


@pytest.fixture
def clone(tmp_path):
    """What git would hand to somebody else: the tracked files and those about to be."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (tmp_path / "clone" / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, tmp_path / "clone" / name)
    return tmp_path / "clone"


def environment(**more):
    left = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("MAKE", "MFLAGS", "SITE_URL", "PYTEST"))
    }
    return {**left, **more}


def fetch(url):
    with urllib.request.urlopen(url, timeout=30) as answer:
        return answer.read().decode()


class Server:
    """A command that serves until it is ended; what it writes goes to a file, as a pipe would fill up."""

    def __init__(self, process, log):
        self.process, self.log = process, log

    def wait_for(self, condition):
        """Poll until the condition holds; a command that ended, or hangs, is a failure with what it wrote."""
        give_up = time.monotonic() + HUNG_SECONDS
        while time.monotonic() < give_up:
            if self.process.poll() is not None:
                pytest.fail(f"the server ended: {self.log.read_text()}")
            try:
                if condition():
                    return
            except (urllib.error.URLError, ConnectionError, TimeoutError):
                pass
            time.sleep(0.2)
        pytest.fail(f"the server did not answer: {self.log.read_text()}")


@contextlib.contextmanager
def serving(clone, *command, **variables):
    """Run a command of the Makefile that serves something, and end it with all that it started."""
    log = clone.parent / "log"
    # The packages are installed already: -o keeps make from installing them into this copy once more.
    command = ["make", *command, "-o", f"{VENV}/installed", f"VENV={VENV}"]
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            cwd=clone,
            env=environment(**variables),
            start_new_session=True,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Server(process, log)
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.mark.slow
def test_make_serve_serves_the_site_and_shows_an_edit(clone):
    """`make serve`: the page is there, and an edit of a program it shows is there a little later."""
    # Every page is built elsewhere. One chapter is enough to serve, and two builds of all take a minute.
    for folder in (clone / "docs").iterdir():
        if folder.is_dir() and list(folder.glob("*.md")) and folder.name != "tensors":
            shutil.rmtree(folder)
    port = free_port()
    with serving(clone, "serve", f"PORT={port}") as server:
        page = f"http://127.0.0.1:{port}/tensors/"
        server.wait_for(lambda: "<h1" in fetch(page))
        # A program, and not its page: MkDocs watches pages of its own accord, programs because we ask for it.
        snippet = min((clone / "snippets" / "tensors").glob("*.py"))
        snippet.write_text(snippet.read_text() + "edited_while_serving = True\n")
        server.wait_for(
            lambda: any(
                "edited_while_serving" in fetch(page + p) for p in ("", "views/", "contiguity/")
            )
        )


@pytest.mark.slow
def test_make_jupyter_opens_the_labs(clone):
    """`make jupyter`: Jupyter answers, has each lab with its outputs, and starts the kernel that a lab names."""
    port = free_port()
    options = f"--no-browser --allow-root --port={port} --IdentityProvider.token=secret"
    with serving(clone, "jupyter", f"JUPYTER={options}", HOME=str(clone.parent)) as server:
        here = f"http://127.0.0.1:{port}"
        server.wait_for(lambda: "version" in fetch(f"{here}/api"))
        for name in labs.names():
            notebook = json.loads(fetch(f"{here}/api/contents/{name}.ipynb?token=secret"))
            cells = notebook["content"]["cells"]
            assert any(cell.get("outputs") for cell in cells)
            kernel = notebook["content"]["metadata"]["kernelspec"]["name"]
            known = json.loads(fetch(f"{here}/api/kernelspecs?token=secret"))["kernelspecs"]
            assert kernel in known
        request = urllib.request.Request(
            f"{here}/api/kernels", b'{"name": "python3"}', {"Authorization": "token secret"}
        )
        with urllib.request.urlopen(request, timeout=HUNG_SECONDS) as answer:
            assert json.loads(answer.read())["name"] == "python3"


def test_make_test_runs_pytest_over_everything():
    """`make test` is what runs this; that it runs all of it is what can be shown here, without recursion."""
    shown = subprocess.run(
        ["make", "-n", "test"],
        cwd=ROOT,
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert "-m pytest" in shown
    assert "ruff check" in shown
    assert "mypy" in shown


def test_a_failed_install_says_what_to_do(clone, tmp_path):
    done = subprocess.run(
        ["make", "build", f"VENV={tmp_path}/venv", f"PYTHON={sys.executable}"],
        cwd=clone, env=environment(PIP_NO_INDEX="1"), capture_output=True, text=True, check=False,
    )  # fmt: skip  # one argument a line would hide the command
    assert done.returncode != 0
    assert "The install failed" in done.stdout
    assert "no network?" in done.stdout
    assert not (tmp_path / "venv" / "installed").exists()


def test_an_old_python_is_refused_with_words(clone, tmp_path):
    old = tmp_path / "python"
    old.write_text("#!/bin/sh\ncase $1 in --version) echo Python 3.9.2;; *) exit 1;; esac\n")
    old.chmod(0o755)
    done = subprocess.run(
        ["make", "build", f"VENV={tmp_path}/venv", f"PYTHON={old}"],
        cwd=clone,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stdout
    assert "Python 3.9.2" in done.stdout


def test_make_help_lists_every_command():
    shown = subprocess.run(
        ["make", "help"], cwd=ROOT, env=environment(), capture_output=True, text=True, check=True
    ).stdout
    for target in ("help", "serve", "build", "test", "update", "labs", "jupyter", "lint", "clean"):
        assert f"make {target} " in shown
