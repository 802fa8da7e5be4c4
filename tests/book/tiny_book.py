"""A small book with a package of its own, built by the same code as the real one."""

import json
import os
import shutil
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml
from bs4 import BeautifulSoup

from book.build import build
from book.extension.repository import Repository

ROOT = Path(__file__).parents[2]
CONFIG = yaml.safe_load((ROOT / "_config.yml").read_text())
REPOSITORY = Repository(CONFIG["repository"]["url"])
FRONT = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---

"""
# each run of a chapter leaves a line in the file that RUNS names
NOTE = """
```{code-cell}
:tags: [remove-cell]
import os
if "RUNS" in os.environ:
    with open(os.environ["RUNS"], "a") as runs:
        runs.write("%s\\n")
```
"""


@dataclass
class TinyBook:
    """A project folder: package, chapters, pages, pins, weights."""

    root: Path

    @classmethod
    def make(cls, root: Path, files: dict[str, str]) -> "TinyBook":
        """Write the files, with the real book's configuration beside them."""
        book = cls(root)
        config = yaml.safe_load((ROOT / "_config.yml").read_text())
        config["sphinx"]["local_extensions"] = {"book.extension": str(ROOT)}
        # the theme adds to it; a default would grow from build to build
        config["sphinx"]["config"]["templates_path"] = []
        book.write("_config.yml", yaml.safe_dump(config))
        shutil.copytree(ROOT / "book" / "_static", root / "book" / "_static")
        for name, text in files.items():
            book.write(name, text)
        return book

    def write(self, name: str, text: str) -> None:
        """Write one file of the project."""
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def replace(self, name: str, old: str, new: str) -> None:
        """Edit one file of the project."""
        text = (self.root / name).read_text(encoding="utf-8")
        assert old in text
        self.write(name, text.replace(old, new))

    @property
    def runs(self) -> Path:
        """The file in which chapters note that they ran."""
        return self.root.parent / "runs.txt"

    def build(self, strict: bool = True, jobs: int = 1) -> bool:
        """Build it as `make book` does; False if the build found errors."""
        self.runs.write_text("")
        os.environ["RUNS"] = str(self.runs)
        # chapters import the package from here; the real one is installed
        os.environ["PYTHONPATH"] = str(self.root)
        try:
            output, contents = self.root / "_build", self.root / "_toc.yml"
            return build(self.root, output, contents, strict, jobs)
        finally:
            del os.environ["RUNS"], os.environ["PYTHONPATH"]

    def executed(self) -> list[str]:
        """The chapters that the last build ran."""
        return sorted(self.runs.read_text().split())

    @property
    def site(self) -> Path:
        """The folder of the built pages."""
        return self.root / "_build" / "html"

    def page(self, docname: str) -> BeautifulSoup:
        """A built page."""
        return read_page(self.site / f"{docname}.html")

    def notebook(self, docname: str) -> nbformat.NotebookNode:
        """An exported notebook."""
        return nbformat.read(self.site / "notebooks" / f"{docname}.ipynb", 4)


def read_page(path: Path) -> BeautifulSoup:
    """Parse a built page."""
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def prose(page: BeautifulSoup) -> str:
    """The text of a page's article, spaces as in a sentence."""
    return " ".join(page.find("article").get_text().split())


def toc(*chapters: str) -> str:
    """A table of contents with some chapters and the bibliography."""
    files = [{"file": f"chapters/{name}"} for name in chapters]
    parts = [
        {"caption": "Chapters", "numbered": 1, "chapters": files},
        {"caption": "About", "chapters": [{"file": "book/references"}]},
    ]
    return json.dumps({"format": "jb-book", "root": "book/index", "parts": parts})


PAGES = {
    "book/index.md": "# A tiny book\n\nWith [a chapter](../chapters/01-one.md).\n",
    "book/references.md": "# Bibliography\n\n```{bibliography}\n:all:\n```\n",
    "book/references.bib": (
        "@article{li2023, author={Li, Ann and Wu, Bo and Xi, Cy}, title={Bridges}, "
        "journal={Letters}, year={2023}}\n"
    ),
    "requirements.txt": "-c constraints.txt\nnumpy==2.4.6\npillow==13.0.0\n",
    "constraints.txt": "numpy==2.4.6\npillow==13.0.0\n",
}

PACKAGE = {
    "toy/__init__.py": '"""A package."""\n',
    "toy/numbers.py": '''\
"""Numbers."""

from toy.base import step


def measure() -> int:
    """Measure something."""
    return 41 + step()
''',
    "toy/base.py": (
        "from toy.deep import START\n\n\ndef step() -> int:\n    return START\n"
    ),
    "toy/deep.py": "START = 0\n",
    "toy/other.py": (
        '"""Words."""\n\n\ndef word() -> str:\n    """A word."""\n    return "seven"\n'
    ),
}

ONE = (
    FRONT
    + """\
# One

```{code-cell}
from myst_nb import glue
from toy.base import step
```

```{code-cell}
:tags: [quote]
toy.numbers.measure
```
"""
    + NOTE % "one"
    + """
```{code-cell}
:tags: [remove-cell]
glue("measured", measure(), display=False)
```

We measured {glue:text}`measured` apples.
"""
)

TWO = (
    FRONT
    + """\
# Two

```{code-cell}
from myst_nb import glue
from toy.other import word

card = "checkpoints/toy-weights"
glue("word", word(), display=False)
```
"""
    + NOTE % "two"
    + """
The word is {glue:text}`word`.
"""
)

# what a chapter may hold beside text and code
MARKUP = (
    FRONT
    + r"""
(place)=
# Markup

```{code-cell}
---
mystnb:
  image: {alt: "A line that rises."}
  figure: {name: fig-line, caption: "A *line*, after {cite}`li2023`."}
---
from IPython.display import SVG
SVG('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9" width="90" height="90">'
    '<path d="M0 9L9 0" stroke="#1f2a37"/></svg>')
```

```{code-cell}
:tags: [remove-cell]
from myst_nb import glue
import numpy as np
glue("share", 0.41666, display=False)
glue("count", 1234, display=False)
```

% a comment for authors
See {numref}`fig-line`, {eq}`sum` and {ref}`the place <place>`; {cite:t}`li2023` say so
{cite}`li2023`. The share is {glue:text}`share:.2f` of {glue:text}`count`, as on
[page one](01-one.md), in $x_1$ and in `{role}` code.

```{math}
:label: sum
a + b = c
```

```{note}
Mind the {math}`x`.
```

:::{admonition} A title
:class: tip
And {glue:text}`count` words.
:::

```{exercise}
:label: exercise-think
Think.
```

```{table} Sizes
:name: sizes
| A | B |
|---|---|
| {glue:text}`count` | 2 |
```

````{tab-set}
```{tab-item} First
One way.
```
````

```python
print("{glue:text}`left alone`")
```

## Seen again

$$
e = mc^2
$$ (mass)

The end, after {eq}`mass`.
"""
)

FILES = {
    **PAGES,
    **PACKAGE,
    "chapters/01-one.md": ONE,
    "chapters/02-two.md": TWO,
    "chapters/03-markup.md": MARKUP,
    "checkpoints/toy-weights/card.json": '{"accuracy": 0.5}\n',
    "_toc.yml": toc("01-one", "02-two", "03-markup"),
}
