"""`course lab` on a learner's folder, and its page in Chromium."""

import contextlib
import os
import re
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
IN_CHROMIUM = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not CHROMIUM and "CI" not in os.environ,
        reason="no Chromium on this machine: install the package chromium to run the browser tests",
    ),
]
"""The marks of a test that needs Chromium. In CI a missing one is a failure."""
READY = """() => { const shown = window.jupyterapp?.shell?.currentWidget;
    const kernel = shown?.sessionContext?.session?.kernel;
    return !!kernel && shown.context.isReady && kernel.connectionStatus === 'connected' && kernel.status === 'idle'; }"""
"""Lab shows "Idle" before its websocket is connected, and a run in between is lost: ask the session itself."""
START = """import sys; from pathlib import Path; from course.lab import serve; serve(sys.argv[2:], Path(sys.argv[1]))"""


@contextlib.contextmanager
def lab(work: Path) -> Iterator[str]:
    """JupyterLab as `course lab` starts it on ``work``; the address of a notebook, to be filled in."""
    token = secrets.token_hex(8)
    mine = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("COURSE_", "NBGRADER_", "ANTHROPIC_"))
    }
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR"):
        mine[name] = str(work.parent / name.lower())
    arguments = [
        "--no-browser",
        "--ServerApp.port=0",
        f"--IdentityProvider.token={token}",
        "--LabApp.expose_app_in_browser=True",
    ]
    command = [sys.executable, "-c", START, str(work), *arguments]
    with serving(command, mine) as address:
        yield f"{address}/lab/tree/{{}}?token={token}&reset"


@contextlib.contextmanager
def serving(command: list[str], environment: dict[str, str], folder: Path | None = None) -> Iterator[str]:
    """A Jupyter server, started in ``folder``, that ends with the block; its address."""
    server = subprocess.Popen(
        command, env=environment, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert server.stdout is not None
    said = []
    for line in server.stdout:
        said.append(line)
        if found := re.search(r"(http://127\.0\.0\.1:\d+)/", line):
            break
    else:
        pytest.fail("JupyterLab did not start:\n" + "".join(said))
    # Its pipe must not fill up while the test runs.
    drain = subprocess.Popen(["cat"], stdin=server.stdout, stdout=subprocess.DEVNULL)
    try:
        _answers(server, int(found[1].rpartition(":")[2]))
        yield found[1]
    finally:
        server.terminate()
        server.wait(timeout=30)
        drain.wait(timeout=30)


def _answers(server: "subprocess.Popen[str]", port: int) -> None:
    """Return once ``server`` listens at ``port``: it may say where a moment before."""
    while server.poll() is None:
        with contextlib.suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
    pytest.fail(f"the server ended before it listened at {port}")


@contextlib.contextmanager
def chromium(width: int = 1366, height: int = 768) -> Iterator[Any]:
    """A page in Chromium; an error of a script on it fails the test."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": width, "height": height})
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        yield page
        browser.close()
        assert errors == []


def violations(page: Any, *parts: str) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and its own best practices within ``parts`` (selectors) of the page, and the
    texts that are too pale, a line each; every part has to be there."""
    from axe_playwright_python.sync_playwright import Axe

    for part in parts:
        assert page.locator(part).count(), f"nothing on the page is {part}"
    context = {"include": [[part] for part in parts]}
    found = Axe().run(page, context, {"resultTypes": ["violations"]}).response["violations"]
    pale: list[str] = page.evaluate(PALE, ", ".join(parts))
    return pale + [
        f"{rule['id']}: {node['html'][:160]} ({node.get('failureSummary', '')[:200]})"
        for rule in found
        for node in rule["nodes"]
    ]


PALE = """parts => {
    const channels = text => { const found = text.match(/[\\d.]+%?/g) || [];
        const [r, g, b, a = '1'] = found.map(each => each.endsWith('%') ? parseFloat(each) / 100 : parseFloat(each));
        const unit = text.startsWith('color(') ? 1 : 255; return [r / unit, g / unit, b / unit, parseFloat(a)]; };
    const over = (top, ground) => [0, 1, 2].map(at => top[at] * top[3] + ground[at] * (1 - top[3])).concat(1);
    const lightness = colour => [0.2126, 0.7152, 0.0722].map((share, at) => share * (colour[at] <= 0.04045
        ? colour[at] / 12.92 : ((colour[at] + 0.055) / 1.055) ** 2.4)).reduce((sum, each) => sum + each);
    const ground = node => { const layers = [];
        for (; node; node = node.parentElement) {
            const colour = channels(getComputedStyle(node).backgroundColor);
            if (colour[3]) layers.push(colour);
            if (colour[3] === 1) break;
        }
        return layers.reduceRight((below, layer) => over(layer, below), canvas); };
    const probe = document.body.appendChild(document.createElement('i'));
    probe.style.backgroundColor = 'Canvas';
    const canvas = channels(getComputedStyle(probe).backgroundColor);
    probe.remove();
    const found = [];
    for (const part of document.querySelectorAll(parts)) {
        const texts = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
        while (texts.nextNode()) {
            const words = texts.currentNode.data.trim(), node = texts.currentNode.parentElement;
            if (!words || node.matches('style, title, :disabled, :disabled *') || !node.getClientRects().length) continue;
            const style = getComputedStyle(node), below = ground(node);
            const colour = channels(node instanceof SVGElement ? style.fill : style.color);
            for (let at = node; at && at !== part.parentElement; at = at.parentElement) colour[3] *= getComputedStyle(at).opacity;
            const [low, high] = [lightness(over(colour, below)), lightness(below)].sort((a, b) => a - b);
            const size = parseFloat(style.fontSize), large = size >= 24 || (size >= 18.66 && style.fontWeight >= 700);
            const contrast = (high + 0.05) / (low + 0.05);
            if (contrast < (large ? 3 : 4.5)) found.push(`${contrast.toFixed(2)}: ${words.slice(0, 60)} (${node.outerHTML.slice(0, 80)})`);
        }
    }
    return [...new Set(found)];
}"""
"""The texts within some parts of a page that stand out too little from their ground (WCAG 2.2, 1.4.3): axe-core gives up on
JupyterLab's panels, which lie over each other."""


SETTLED = """async () => { const shape = () => [...document.querySelectorAll('.jp-Notebook, .jp-Notebook pre')].map(part =>
        [part.scrollWidth, part.clientWidth, part.scrollHeight, part.clientHeight].join()).join(';');
    await document.fonts.ready;
    for (let before = '', same = 0, frames = 0; same < 3 && frames < 300; frames++) {
        await new Promise(requestAnimationFrame);
        const now = shape(); same = now === before ? same + 1 : 0; before = now; } }"""
"""Waits until three frames in a row are laid out alike: a theme or a width that was just changed may not be in place.
What never rests is judged after 300."""


class Notebook:
    """A notebook that is open in Lab."""

    def __init__(self, page: Any) -> None:
        self.page = page

    def open(self, address: str) -> None:
        self.page.goto(address)
        self.page.wait_for_selector(".jp-NotebookPanel .jp-Notebook", timeout=120_000)
        self.page.wait_for_function(READY, timeout=120_000)

    def cells(self) -> list[dict[str, Any]]:
        """Its cells with their outputs, as Lab holds them."""
        shown: list[dict[str, Any]] = self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.content.model.sharedModel.cells.map(cell => cell.toJSON())"
        )
        return shown

    def run(self, *places: int) -> None:
        """Run these cells, each to its end."""
        self.page.evaluate(
            """async places => { const app = window.jupyterapp, book = app.shell.currentWidget.content;
            for (const at of places) { book.deselectAll(); book.activeCellIndex = at;
                await app.commands.execute('notebook:run-cell'); } }""",
            list(places),
        )

    def command(self, name: str, **arguments: Any) -> None:
        self.page.evaluate(
            "([name, args]) => window.jupyterapp.commands.execute(name, args)", [name, arguments]
        )

    def restart(self) -> None:
        """Restart the kernel and wait until it listens again."""
        self.page.evaluate(
            "() => window.jupyterapp.shell.currentWidget.sessionContext.session.kernel.restart()"
        )
        self.page.wait_for_function(READY, timeout=60_000)

    def theme(self, name: str) -> None:
        """Show Lab in its theme ``name``: Light or Dark."""
        self.command("apputils:change-theme", theme=f"JupyterLab {name}")
        self.page.wait_for_function(
            "light => document.body.dataset.jpThemeLight === light", arg=str(name == "Light").lower()
        )
        self.page.evaluate(SETTLED)

    def show(self, place: int) -> None:
        """Bring a cell to the top of the window."""
        self.page.evaluate(
            "at => window.jupyterapp.shell.currentWidget.content.scrollToItem(at, 'start')", place
        )
