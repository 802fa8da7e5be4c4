"""What a person does between the commands of a page: solve a notebook, use Jupyter.

python page_helper.py solve NOTEBOOK
    Write the instructor's answers into a student's notebook.
python page_helper.py jupyter ARGUMENTS...
    Start Jupyter with these arguments as the page says, see that it answers at the
    addresses in $LOOK_AT (each followed by a text to find there), and end it.
"""

import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

PATIENCE = 90  # seconds


def solve(path: Path) -> None:
    """Fill in the answers, written ones too."""
    import nbformat

    from autograder.course import Course
    from autograder.release import source_notebook
    from autograder.submission import find_tasks

    answers = find_tasks(source_notebook(Course.open(), path.stem))
    notebook = nbformat.read(path, as_version=4)
    for name, cell in find_tasks(notebook).items():
        cell.source = answers[name].source
    nbformat.write(notebook, path)


def jupyter(arguments: list[str]) -> None:
    """Start Jupyter, look at some of its pages, and end it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    token = secrets.token_hex()
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter", *arguments),
            *("--no-browser", "--allow-root", f"--port={port}", "--port-retries=0"),
            f"--IdentityProvider.token={token}",
        ]
    )
    try:
        for address, text in json.loads(os.environ["LOOK_AT"]):
            page = fetch(f"http://127.0.0.1:{port}{address}", token, server)
            if text not in page:
                raise SystemExit(f"no {text!r} at {address}: {page[:500]}")
    finally:
        server.terminate()
        server.wait(timeout=PATIENCE)


def fetch(url: str, token: str, server: subprocess.Popen) -> str:
    """Read an address as soon as the server answers."""
    request = urllib.request.Request(url, headers={"Authorization": f"token {token}"})
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and server.poll() is None:
        try:
            with urllib.request.urlopen(request) as reply:
                return reply.read().decode()
        except urllib.error.HTTPError as error:
            raise SystemExit(f"{url}: {error}") from None
        except OSError:
            time.sleep(0.3)
    raise SystemExit(f"Jupyter does not answer at {url}")


if __name__ == "__main__":
    if sys.argv[1] == "solve":
        solve(Path(sys.argv[2]))
    else:
        jupyter(sys.argv[2:])
