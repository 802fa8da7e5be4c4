"""Build the book: run its chapters, write its pages, and say where they are.

`python -m book.build` builds all of it, strictly: a warning is an error.
`python -m book.build 02-transformers-for-vision` builds one chapter for its author.
"""

import argparse
import os
import sys
import time
from pathlib import Path

import yaml
from jupyter_book.sphinx import build_sphinx
from jupyter_cache import get_cache

ROOT = Path(__file__).resolve().parent.parent
CHAPTERS_AT_ONCE = 2  # each may take 2.5 GB of memory


def build(
    root: Path, output: Path, toc: Path, strict: bool = True, jobs: int = 1
) -> bool:
    """Build a book; True when there was no error.

    Args:
        root: the folder with `_config.yml` and the sources.
        output: the folder that gets `html/`, and the caches beside it.
        toc: the table of contents.
        strict: whether a warning is an error, a missing reference included.
        jobs: how many chapters may run at the same time; they share the cores.
    """
    # jupyter and its kernels are found beside this Python, activated or not
    programs = str(Path(sys.executable).parent)
    if programs not in os.environ.get("PATH", "").split(os.pathsep):
        os.environ["PATH"] = programs + os.pathsep + os.environ.get("PATH", "")
    if jobs > 1:
        # two processes that find no cache must not make it both
        get_cache(output / ".jupyter_cache").list_cache_records()
        os.environ.setdefault("OMP_NUM_THREADS", str((os.cpu_count() or 1) // jobs))
    result = build_sphinx(
        root,
        output / "html",
        use_external_toc=True,
        noconfig=True,
        path_config=root / "_config.yml",
        confoverrides={
            "external_toc_path": toc.as_posix(),
            "latex_individualpages": False,
            "nitpicky": strict,
        },
        warningiserror=strict,
        keep_going=True,
        jobs=jobs,
    )
    if result != 0:
        # Sphinx does not repeat the warnings of pages it has read: forget them all, so
        # that the next run finds them again (what was executed stays in the cache)
        (output / ".doctrees" / "environment.pickle").unlink(missing_ok=True)
    return result == 0


def one_chapter(chapter: str, root: Path, output: Path) -> Path:
    """Write a table of contents that holds one chapter and the bibliography."""
    name = chapter.removeprefix("chapters/").removesuffix(".md")
    if not (root / "chapters" / f"{name}.md").is_file():
        known = sorted(path.stem for path in (root / "chapters").glob("*.md"))
        raise SystemExit(
            f"There is no chapter {name!r}. The chapters are: "
            + (", ".join(known) or "none yet")
        )
    output.mkdir(parents=True, exist_ok=True)
    toc = output / "_toc.yml"
    pages = [{"file": "book/references"}]
    toc.write_text(
        yaml.safe_dump(
            {"format": "jb-book", "root": f"chapters/{name}", "chapters": pages}
        )
    )
    return toc


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("chapter", nargs="?", help="build only this one, as a preview")
    chapter = parser.parse_args().chapter
    start = time.monotonic()
    output = ROOT / "_build"
    if chapter:
        output = output / "preview"
        toc = one_chapter(chapter, ROOT, output)
        page = output / "html" / "chapters" / f"{Path(chapter).stem}.html"
    else:
        toc, page = ROOT / "_toc.yml", output / "html" / "index.html"
    jobs = 1 if chapter else min(CHAPTERS_AT_ONCE, os.cpu_count() or 1)
    succeeded = build(ROOT, output, toc, strict=not chapter, jobs=jobs)
    seconds = time.monotonic() - start
    if not succeeded:
        raise SystemExit(
            f"\nThe book is not built ({seconds:.0f} s). The errors stand above, each "
            "with its page. Mend them, unless you interrupted it, and run the same "
            "command again: what ran to its end is kept."
        )
    print(f"\nThe book is built ({seconds:.0f} s). Open {page.as_uri()}")


if __name__ == "__main__":
    main()
