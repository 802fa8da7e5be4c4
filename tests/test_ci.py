"""Continuous integration installs what is missing, tests, and publishes the book."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from book.extension.launch import BRANCH

ROOT = Path(__file__).resolve().parent.parent
WORKFLOW = ROOT / ".github" / "workflows" / "book.yml"
PROGRAMS = ("git", "python3.11", "chromium")


class Machine:
    """A machine with nothing but stand-ins, which write down how they are called."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.programs = folder / "bin"
        self.programs.mkdir()
        for name in ("bash", "cat", "dirname", "env", "mkdir"):
            (self.programs / name).symlink_to(shutil.which(name))
        self.add("make", 'echo "make $*"; echo "1 passed in 0.01s"')
        self.add("ldconfig", "echo 'libatomic.so.1 => /lib/libatomic.so.1'")

    def add(self, name: str, script: str = "exit 0") -> None:
        program = self.programs / name
        program.write_text(f"#!{shutil.which('bash')}\n{script}\n")
        program.chmod(0o755)

    def run(self) -> subprocess.CompletedProcess:
        return subprocess.run(
            [ROOT / ".ci" / "run"],
            cwd=self.folder,
            env={"PATH": str(self.programs), "CI": "true"},
            stdin=subprocess.PIPE,
            capture_output=True,
            text=True,
            timeout=60,
        )


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_where_everything_is_there_nothing_is_installed(machine):
    for name in PROGRAMS:
        machine.add(name)
    machine.add("apt-get", "echo never >&2; exit 1")
    ended = machine.run()
    assert ended.returncode == 0 and not ended.stderr
    assert ended.stdout == "make test\n1 passed in 0.01s\n"


def test_a_new_machine_gets_what_is_missing(machine, tmp_path):
    calls = tmp_path / "calls"
    machine.add("ldconfig")
    machine.add("apt-get", f'echo "$DEBIAN_FRONTEND $*" >> {calls}')
    machine.add("sudo", '[ "$1" = -n ] && shift && exec "$@"')
    ended = machine.run()
    assert ended.returncode == 0
    assert ended.stdout.endswith("1 passed in 0.01s\n")
    update, install = calls.read_text().splitlines()
    assert update == "noninteractive -qq update"
    assert install.startswith("noninteractive -qq install -y ")
    assert install.endswith(" git python3 python3-venv chromium libatomic1")


def test_an_old_python_does_not_do(machine, tmp_path):
    calls = tmp_path / "calls"
    machine.add("git")
    machine.add("google-chrome")
    machine.add("python3", "exit 1")
    machine.add("apt-get", f'echo "$*" >> {calls}')
    machine.add("sudo", 'shift && exec "$@"')
    machine.run()
    assert calls.read_text().endswith(" python3 python3-venv\n")


@pytest.mark.parametrize("script", [None, "exit 100"])
def test_without_apt_the_tests_run_all_the_same(machine, script):
    for name in PROGRAMS[:2]:
        machine.add(name)
    if script:
        machine.add("apt-get", script)
        machine.add("sudo", 'shift && exec "$@"')
    ended = machine.run()
    assert ended.returncode == 0 and "make test" in ended.stdout
    assert "going on without chromium" in ended.stderr


def test_failing_tests_fail_the_run(machine):
    for name in PROGRAMS:
        machine.add(name)
    machine.add("make", "echo 1 failed; exit 2")
    ended = machine.run()
    assert ended.returncode == 2 and ended.stdout == "1 failed\n"


@pytest.fixture(scope="module")
def jobs() -> dict:
    return yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))["jobs"]


def scripts(job: dict) -> str:
    return "\n".join(step.get("run", "") for step in job["steps"])


def test_workflow_runs_commands_that_exist(jobs):
    commands = scripts(jobs["test"]).split("\n")
    assert ".ci/run" in commands and os.access(ROOT / ".ci" / "run", os.X_OK)
    targets = [c.removeprefix("make ") for c in commands if c.startswith("make ")]
    assert targets == ["book"]
    for job in jobs.values():
        checked = subprocess.run(
            ["bash", "-n"], input=scripts(job), text=True, capture_output=True
        )
        assert checked.returncode == 0, checked.stderr
    for target in targets:
        done = subprocess.run(
            ["make", "--dry-run", target], cwd=ROOT, stdout=subprocess.DEVNULL
        )
        assert done.returncode == 0


def test_workflow_publishes_what_the_buttons_lead_to(jobs):
    """Colab and Binder read the branch; Pages hides folders with an underscore."""
    upload = next(s for s in jobs["test"]["steps"] if "upload" in s.get("uses", ""))
    assert upload["with"]["path"] == "_build/html"
    assert upload["with"]["include-hidden-files"] is True
    script = scripts(jobs["publish"])
    assert f"--initial-branch={BRANCH}" in script and f"{BRANCH}\n" in script
    assert "touch .nojekyll" in script and "git add --all --force" in script
    assert jobs["publish"]["needs"] == "test"


def test_workflow_may_write_only_where_it_publishes(jobs):
    workflow = yaml.safe_load(WORKFLOW.read_text(encoding="utf-8"))
    assert workflow["permissions"] == {"contents": "read"}
    assert "permissions" not in jobs["test"]
    assert jobs["publish"]["permissions"] == {"contents": "write"}
    assert "pull_request" in jobs["publish"]["if"] and "main" in jobs["publish"]["if"]


def test_workflow_names_the_version_of_each_action(jobs):
    for job in jobs.values():
        for step in job["steps"]:
            if "uses" in step:
                assert re.fullmatch(r"[\w/-]+@v\d+", step["uses"]), step["uses"]


def test_publishing_makes_a_branch_of_the_whole_site(jobs, tmp_path):
    """Run the step itself, against a folder in place of GitHub."""
    remote, site = tmp_path / "owner" / "book.git", tmp_path / "site"
    subprocess.run(["git", "init", "--quiet", "--bare", remote], check=True)
    files = {"index.html", ".binder/runtime.txt", "_static/a.css", "notebooks/a.ipynb"}
    for name in files:
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(name)
    (tmp_path / ".gitconfig").write_text(
        f'[url "{tmp_path}/"]\n    insteadOf = https://x-access-token:secret@host/\n'
    )
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "TOKEN": "secret",
        "GITHUB_SERVER_URL": "https://host",
        "GITHUB_REPOSITORY": "owner/book",
        "GITHUB_SHA": "0123abc",
    }
    script = ["bash", "-e", "-c", scripts(jobs["publish"])]
    for _ in range(2):  # again, over what was published before
        subprocess.run(script, cwd=site, env=environment, check=True)
        shutil.rmtree(site / ".git")
    listed = subprocess.check_output(
        ["git", "ls-tree", "-r", "--name-only", BRANCH], cwd=remote, text=True
    )
    assert set(listed.split()) == files | {".nojekyll"}
    count = ["git", "rev-list", "--count", BRANCH]
    assert subprocess.check_output(count, cwd=remote, text=True).strip() == "1"
