"""What is committed is what people wrote: small, portable, and ours to give away."""

import json
import re
import subprocess
import tomllib
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
LARGEST = 16 * 2**20  # bytes
# Pictures belong to those who made them and come with packages; figures are made by
# the build. These are our own; the page shows a photograph that is CC0.
PICTURES = {".github/page.png", "book/_static/favicon.svg"}
PICTURE_TYPES = {".png", ".jpg", ".jpeg", ".gif", ".webp", ".svg", ".ico", ".bmp"}
# folders that exist on one machine only: homes, temporary folders, a workplace
MACHINE_PATH = re.compile(r"(?<![\w.~$}-])/(?:work|root|home/\w+|Users/\w+)/")

pytestmark = pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="this is no git checkout"
)


def git(*arguments: str) -> list[str]:
    listed = subprocess.check_output(["git", *arguments, "-z"], cwd=ROOT, text=True)
    return [name for name in listed.split("\0") if name]


@cache
def committed() -> list[str]:
    """The files of the project, those included that git is about to be told of."""
    names = git("ls-files", "--cached", "--others", "--exclude-standard")
    return sorted(name for name in names if (ROOT / name).is_file())


def readme() -> str:
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_no_file_is_too_large():
    sizes = {name: (ROOT / name).stat().st_size for name in committed()}
    assert not {name: size for name, size in sizes.items() if size > LARGEST}


def test_nothing_that_a_program_makes_is_committed():
    assert not git("ls-files", "--cached", "--ignored", "--exclude-standard")
    notebooks = {name for name in committed() if name.endswith(".ipynb")}
    assert {name.split("/")[0] for name in notebooks} == {"exercises"}
    for name in notebooks:
        cells = json.loads((ROOT / name).read_text(encoding="utf-8"))["cells"]
        assert not any(cell.get("outputs") for cell in cells), name


def test_no_artwork_of_others_is_committed():
    pictures = {n for n in committed() if Path(n).suffix.lower() in PICTURE_TYPES}
    assert pictures == PICTURES


def test_no_path_of_one_machine():
    found = []
    for name in committed():
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue  # weights and pictures
        if MACHINE_PATH.search(text):
            found.append(name)
    assert not found


@pytest.mark.parametrize(
    "text", ["cd /" + "work/main", '"/' + 'root/x"', "(/home/" + "me/a"]
)
def test_a_path_of_one_machine_is_seen(text):
    assert MACHINE_PATH.search(text)


def test_tests_mirror_the_folders():
    rooms = {name.split("/")[0] for name in committed() if "/" in name}
    tested = {n.split("/")[1] for n in committed() if re.match(r"tests/\w+/", n)}
    assert tested <= rooms | {"answers"}  # students' answers, right and wrong


def test_readme_names_only_what_exists():
    listed = subprocess.check_output(["make", "help"], cwd=ROOT, text=True)
    targets = set(re.findall(r"^  ([a-z]+) ", listed, re.MULTILINE))
    assert set(re.findall(r"`make ([a-z]+)", readme())) <= targets
    for link in re.findall(r"\]\(([^)#]+)", readme()):
        if not link.startswith("http"):
            assert (ROOT / unquote(link)).exists(), link
    for path in re.findall(r"`((?:[\w.-]+/)+[\w.-]*)`", readme()):
        ignored = subprocess.run(["git", "check-ignore", "-q", path], cwd=ROOT)
        assert (ROOT / path).exists() or ignored.returncode == 0, path
    tree = re.search(r"```text\n(.*?)```", readme(), re.DOTALL)[1]
    folders = set(re.findall(r"^([\w.]+)/ ", tree, re.MULTILINE))
    there = {name.split("/")[0] for name in committed() if "/" in name}
    assert folders == there - {".ci", ".github"}


def test_readme_clones_the_repository_that_the_book_links_to():
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    assert f"git clone {config['repository']['url']}.git " in readme()


def test_licences_are_there_and_whole():
    """What README and pyproject promise; the text's licence has its eight sections."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["license"] == "MIT" and project["license-files"] == ["LICENSE"]
    assert (ROOT / "LICENSE").read_text().startswith("MIT License\n")
    text = (ROOT / "LICENSE-TEXT.md").read_text(encoding="utf-8")
    sections = re.findall(r"^Section (\d) --", text, re.MULTILINE)
    assert sections == [str(number) for number in range(1, 9)]


def test_citation_names_this_version_and_place():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert citation["version"] == project["version"]
    assert citation["title"] == config["title"]
    assert citation["repository-code"] == config["repository"]["url"]
