"""An author's mistake stops the build with a sentence; a mended text builds again."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time

import pytest
from tiny_book import (
    FRONT,
    NOTE,
    PACKAGE,
    PAGES,
    ROOT,
    TinyBook,
    prose,
    read_page,
    toc,
)

import book.build

SVG = '<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 9L9 0" stroke="%s"/></svg>'
FIGURE = """
```{code-cell}
%s
from IPython.display import SVG
SVG('%s')
```
"""


MISTAKES = """\
{glue:text}`weighed`, [far](09-nowhere.md), {numref}`fig-none`, {cite}`nobody1900`,
{strange}`role`. We measured"""


@pytest.mark.parametrize(
    ("file", "old", "new", "says"),
    [
        (
            "chapters/01-one.md",
            "toy.numbers.measure",
            "toy.numbers.meazure",
            [
                "chapters/01-one.md, cell 3 (line 15): `toy.numbers.meazure`",
                "did you mean `toy.numbers.measure`?",
                "The book can't be built",
            ],
        ),
        (
            "chapters/01-one.md",
            "We measured",
            MISTAKES,
            ["01-one.md", "weighed", "09-nowhere", "fig-none", "nobody", "strange"],
        ),
        ("_toc.yml", "01-one", "01-once", ["01-once"]),
    ],
    ids=["quote", "markup", "contents"],
)
def test_a_mistake_in_the_text_is_named(
    tiny_book: TinyBook, file, old, new, says, capfd
):
    tiny_book.replace(file, old, new)
    capfd.readouterr()
    assert not tiny_book.build()
    out, err = capfd.readouterr()
    assert [words for words in says if words not in err] == []
    assert "Traceback" not in out + err


def test_a_failing_cell_fails_the_build_and_shows_its_error(tiny_book, capfd):
    tiny_book.replace(
        "chapters/01-one.md", '"measured", measure()', '"measured", 1 / 0'
    )
    assert not tiny_book.build()
    err = capfd.readouterr().err
    assert "chapters/01-one.md" in err
    assert "ZeroDivisionError" in err
    tiny_book.replace("chapters/01-one.md", "1 / 0", "1 / 2")
    assert tiny_book.build()
    assert "We measured 0.5 apples." in prose(tiny_book.page("chapters/01-one"))


@pytest.fixture
def small(tmp_path) -> TinyBook:
    """A book that is not built yet, without package or notebooks."""
    files = PAGES | {
        "book/index.md": "# A book\n",
        "chapters/01-plain.md": "# Plain\n",
        "_toc.yml": toc("01-plain"),
    }
    return TinyBook.make(tmp_path / "project", files)


def test_each_figure_is_drawn_for_both_themes(small: TinyBook):
    """What is black on white would not be seen in the dark."""
    head = '---\nmystnb:\n  image: {alt: "%s"}\n---'
    inked = FIGURE % (head % "inked", SVG % "#1f2a37")
    plain = FIGURE % (head % "plain", SVG % "#d4700f")
    small.write("chapters/01-plain.md", FRONT + "# Figures\n" + inked + plain)
    assert small.build()
    page = small.page("chapters/01-plain")
    light, dark = page.find_all("img", alt="inked")
    assert "only-light" in light["class"]
    assert "only-dark" in dark["class"]
    drawn = {}
    for name, image in (("light", light), ("dark", dark)):
        drawn[name] = (small.site / "chapters" / image["src"]).read_text()
    assert "#1f2a37" in drawn["light"]
    assert drawn["dark"] == drawn["light"].replace("#1f2a37", "#e3e8ee")
    (other,) = page.find_all("img", alt="plain")
    assert "dark-light" in other["class"]


@pytest.mark.parametrize(
    "text",
    [
        FRONT + "# Figure\n" + FIGURE % ("", SVG % "red"),
        "# Figure\n\n![](../book/_static/favicon.svg)\n",
        "# Figure\n\n```{figure} ../book/_static/favicon.svg\nA caption.\n```\n",
    ],
    ids=["cell", "markdown", "directive"],
)
def test_a_figure_without_alternative_text_fails_the_build(small, text, capfd):
    small.write("chapters/01-plain.md", text)
    # a second run says it again: it doesn't take the page for built
    for _ in range(2):
        capfd.readouterr()
        assert not small.build()
        err = capfd.readouterr().err
        assert "01-plain" in err
        assert "this image has no alternative text" in err


def test_one_chapter_can_be_built_as_a_preview(shared_book, monkeypatch, capfd):
    """References into the rest of the book don't stop its author."""
    monkeypatch.setattr(book.build, "ROOT", shared_book.root)
    monkeypatch.setattr(sys, "argv", ["build", "chapters/03-markup.md"])
    monkeypatch.setenv("PYTHONPATH", str(shared_book.root))
    book.build.main()
    preview = shared_book.root / "_build" / "preview" / "html"
    page = preview / "chapters" / "03-markup.html"
    assert f"Open {page.as_uri()}" in capfd.readouterr().out
    assert "The share is 0.42" in prose(read_page(page))
    assert not (preview / "chapters" / "01-one.html").exists()


def test_a_preview_of_an_unknown_chapter_lists_the_chapters(shared_book, monkeypatch):
    monkeypatch.setattr(book.build, "ROOT", shared_book.root)
    monkeypatch.setattr(sys, "argv", ["build", "04-four"])
    with pytest.raises(SystemExit) as end:
        book.build.main()
    assert str(end.value) == (
        "There is no chapter '04-four'. The chapters are: 01-one, 02-two, 03-markup"
    )


def test_a_failed_build_says_what_to_do_and_fails_the_command(
    small, monkeypatch, capfd
):
    small.write("chapters/01-plain.md", "# Plain\n\n{numref}`none`\n")
    monkeypatch.setattr(book.build, "ROOT", small.root)
    monkeypatch.setattr(sys, "argv", ["build"])
    with pytest.raises(SystemExit) as end:
        book.build.main()
    assert "run the same command again" in str(end.value)
    small.write("chapters/01-plain.md", "# Plain\n")
    book.build.main()
    assert "The book is built" in capfd.readouterr().out


def test_an_interrupted_build_can_be_run_again(tmp_path):
    """And what ran to its end before is not run a second time."""
    slow = FRONT + (
        "# Slow\n\n```{code-cell}\nimport os, pathlib, time\n"
        'pathlib.Path(os.environ["RUNS"]).with_name("slow").touch()\n'
        'time.sleep(float(os.environ.get("SLEEP", 0)))\n"awake"\n```\n'
    )
    quick = FRONT + (
        '# Quick\n\n```{code-cell}\nimport os\nopen(os.environ["RUNS"], "a")'
        '.write("quick\\n")\n```\n'
    )
    files = (
        PAGES
        | PACKAGE
        | {
            "book/index.md": "# A book\n",
            "chapters/01-quick.md": quick,
            "chapters/02-slow.md": slow,
            "_toc.yml": toc("01-quick", "02-slow"),
        }
    )
    small = TinyBook.make(tmp_path / "project", files)
    code = (
        "import sys, pathlib, book.build as b; b.ROOT = pathlib.Path(sys.argv.pop());"
        "b.main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code, str(small.root)],
        cwd=ROOT,
        env=os.environ | {"RUNS": str(small.runs), "SLEEP": "300"},
        start_new_session=True,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    try:
        until = time.monotonic() + 180
        while not small.runs.with_name("slow").exists():
            assert process.poll() is None
            assert time.monotonic() < until
            time.sleep(0.1)
        os.killpg(process.pid, signal.SIGINT)  # as Ctrl-C does
        out, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    assert process.returncode != 0
    assert "unless you interrupted it, and run the same command" in out
    assert small.executed() == ["quick"]
    assert small.build()
    assert small.executed() == []
    assert "awake" in prose(small.page("chapters/02-slow"))


MEETING = """
```{code-cell}
:tags: [remove-cell]
import time
from pathlib import Path
from myst_nb import glue
Path("%s").touch()
for _ in range(600):
    if Path("%s").exists():
        break
    time.sleep(0.1)
else:
    raise TimeoutError("the other chapter doesn't run")
glue("number", %d, display=False)
```

Chapter number {glue:text}`number`.
"""


@pytest.mark.skipif(
    multiprocessing.get_start_method() != "fork", reason="Sphinx needs fork for it"
)
def test_two_chapters_run_at_the_same_time(
    small: TinyBook, tmp_path, monkeypatch, capfd
):
    """Each of two waits for the other; what is known of both is put together."""
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    names = [f"0{number}-page" for number in range(1, 7)]
    for number, name in enumerate(names, 1):
        files = [tmp_path / "first", tmp_path / "third"][:: 1 if number < 3 else -1]
        text = FRONT + f"# Page {number}\n" + NOTE % name + MEETING % (*files, number)
        small.write(f"chapters/{name}.md", text)
    small.write("_toc.yml", toc(*names))
    assert small.build(jobs=2)
    assert small.executed() == names
    for number, name in enumerate(names, 1):
        page = prose(small.page(f"chapters/{name}"))
        assert f"Chapter number {number}." in page
    assert small.build(jobs=2)
    assert small.executed() == []
    small.replace(f"chapters/{names[3]}.md", '"number", 4', '"number", 1 / 0')
    capfd.readouterr()
    assert not small.build(jobs=2)
    err = capfd.readouterr().err
    assert f"chapters/{names[3]}.md" in err and "ZeroDivisionError" in err
