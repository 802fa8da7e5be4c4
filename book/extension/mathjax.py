"""Put MathJax beside the pages, so that formulas need no other host.

It comes from the package `sphinx-mathjax-offline`; the files for other inputs and
outputs, three quarters of it, stay behind.
"""

import importlib.util
import shutil
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.config import Config

START = "tex-chtml.js"
FILES = (START, "a11y", "input/tex", "output/chtml", "output/chtml.js", "sre", "ui")


def use_local(app: Sphinx, config: Config) -> None:
    """Make pages with formulas load MathJax from the site itself."""
    config.mathjax_path = f"mathjax/{START}"


def copy_mathjax(app: Sphinx, exception: Exception | None) -> None:
    """Copy MathJax into the finished site, unless an earlier build did."""
    target = Path(app.outdir, "_static", "mathjax")
    if exception or app.builder.format != "html" or (target / START).exists():
        return
    package = importlib.util.find_spec("sphinx-mathjax-offline")
    source = Path(package.submodule_search_locations[0], "static", "mathjax")
    # the file that a build looks for comes last: half a copy is copied again
    for name in reversed(FILES):
        if (source / name).is_dir():
            shutil.copytree(source / name, target / name, dirs_exist_ok=True)
        else:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / name, target / name)
