"""The book's Sphinx extension: each module is one thing that the build adds."""

import shutil
from hashlib import sha256
from html import escape
from importlib.metadata import version
from pathlib import Path

from myst_nb.core.read import is_myst_markdown_notebook
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment
from sphinx.errors import SphinxError

from book.extension import figures, launch, mathjax, notebooks, repository, times
from book.extension.fingerprint import add_fingerprint, fingerprint
from book.extension.quote import QuoteError, expand


class ChapterError(SphinxError):
    """A chapter's text is wrong; its message says where and what to do."""

    category = "The book can't be built"


def expand_source(app: Sphinx, docname: str, source: list[str]) -> None:
    """Expand quotes and add the fingerprint, before anything reads the chapter."""
    text = source[0]
    if not is_myst_markdown_notebook(text):
        return
    chapter = Path(app.env.doc2path(docname)).relative_to(app.srcdir).as_posix()
    try:
        value = fingerprint(text, Path(app.srcdir), chapter)
        source[0] = add_fingerprint(expand(text, Path(app.srcdir), chapter), value)
    except QuoteError as error:
        raise ChapterError(str(error)) from error
    _fingerprints(app.env)[docname] = value


def outdated(
    app: Sphinx, env: BuildEnvironment, added: set, changed: set, removed: set
) -> list[str]:
    """Chapters to read again although their own text is as it was."""
    again = []
    for docname in env.found_docs - added - changed:
        path = Path(env.doc2path(docname))
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".md" or not is_myst_markdown_notebook(text):
            continue
        try:
            value = fingerprint(text, Path(app.srcdir), path.name)
        except QuoteError:
            value = None  # reading it will say what is wrong
        if _fingerprints(env).get(docname) != value:
            again.append(docname)
    return again


def know_ingredients(app: Sphinx, config: Config) -> None:
    """Make all pages again when a style sheet or this extension has changed."""
    folders = [Path(app.srcdir, folder) for folder in config.html_static_path]
    folders.append(Path(__file__).parent)
    digest = sha256()
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and path.suffix != ".pyc":
                digest.update(path.name.encode() + b"\0" + path.read_bytes())
    config.book_ingredients = digest.hexdigest()


def read_in_parallel(app: Sphinx, config: Config) -> None:
    """Let chapters run at the same time, which two extensions would hold up.

    They don't say whether they may be used in several processes, and Sphinx takes that
    for a no. One numbers sections when all pages are read, the other serves LaTeX.
    """
    for name in ("sphinx_multitoc_numbering", "sphinx_jupyterbook_latex"):
        if name in app.extensions:
            app.extensions[name].parallel_read_safe = True


def forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    """Drop what is known of a page that is removed or read again."""
    _fingerprints(env).pop(docname, None)


def merge(
    app: Sphinx, env: BuildEnvironment, docnames: set, other: BuildEnvironment
) -> None:
    """Take over what another process knows of the pages that it has read."""
    known = _fingerprints(other)
    _fingerprints(env).update({name: known[name] for name in docnames if name in known})


def remove_former_pages(app: Sphinx, exception: Exception | None) -> None:
    """Remove pages and notebooks that an earlier build wrote and this one doesn't."""
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    present = app.env.found_docs | {"index", "search", "genindex"}
    for page in site.rglob("*.html"):
        name = page.relative_to(site).with_suffix("").as_posix()
        if not name.startswith("_") and name not in present:
            page.unlink()
    shutil.rmtree(site / notebooks.FOLDER, ignore_errors=True)


def write_entrance(app: Sphinx, exception: Exception | None) -> None:
    """Let the site's own address lead to the front page, which is in a folder."""
    front = f"{app.config.root_doc}.html"
    if exception or app.builder.format != "html" or front == "index.html":
        return
    title = escape(app.config.html_title)
    Path(app.outdir, "index.html").write_text(
        f'<!DOCTYPE html>\n<html lang="en">\n<meta charset="utf-8">\n'
        f'<meta http-equiv="refresh" content="0; url={front}">\n'
        '<link rel="icon" href="data:,">\n'
        f'<title>{title}</title>\n<a href="{front}">{title}</a>\n</html>\n',
        encoding="utf-8",
    )


def _fingerprints(env: BuildEnvironment) -> dict[str, str]:
    if not hasattr(env, "book_fingerprints"):
        env.book_fingerprints = {}
    return env.book_fingerprints


def setup(app: Sphinx) -> dict:
    """Register the extension's parts with Sphinx."""
    app.connect("source-read", expand_source)
    app.connect("env-get-outdated", outdated)
    app.connect("env-purge-doc", forget)
    app.connect("env-merge-info", merge)
    app.add_transform(figures.TwoThemes)
    app.add_post_transform(times.ChapterTimes)
    app.add_config_value("book_launch", {}, "html", dict)
    app.add_config_value("book_ingredients", "", "env", str)
    app.connect("config-inited", know_ingredients)
    app.connect("config-inited", read_in_parallel)
    app.connect("config-inited", repository.choose_repository)
    app.connect("config-inited", mathjax.use_local)
    app.connect("builder-inited", launch.leave_out_thebe)
    # after the theme (501) has listed its buttons
    app.connect("html-page-context", launch.add_buttons, priority=900)
    app.connect("build-finished", remove_former_pages)
    app.connect("build-finished", write_entrance)
    app.connect("build-finished", notebooks.write_notebooks)
    app.connect("build-finished", mathjax.copy_mathjax)
    return {
        "version": version("multimodal-llms-from-scratch"),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
