"""A page is never older than the code, pins and weights behind its numbers.

And what did not change is not run again: an author who waits stops checking.
"""

import sys

import pytest
from tiny_book import ONE, ROOT, TinyBook, prose

from book.extension.fingerprint import fingerprint, modules_used


def test_a_changed_function_changes_the_number_on_the_page(tiny_book: TinyBook):
    assert "We measured 41 apples." in prose(tiny_book.page("chapters/01-one"))
    tiny_book.replace("toy/numbers.py", "41 + step()", "57 + step()")
    assert tiny_book.build()
    page = prose(tiny_book.page("chapters/01-one"))
    assert "We measured 57 apples." in page
    assert "return 57 + step()" in page  # the quoted source follows, too
    assert (
        "We measured 57 apples."
        in tiny_book.notebook("chapters/01-one").cells[-1]["source"]
    )
    # chapter two doesn't use this module
    assert tiny_book.executed() == ["one"]


def test_what_an_imported_module_imports_counts_too(tiny_book: TinyBook):
    tiny_book.replace("toy/deep.py", "START = 0", "START = 8")
    assert tiny_book.build()
    assert "We measured 49 apples." in prose(tiny_book.page("chapters/01-one"))
    assert tiny_book.executed() == ["one"]


def test_a_build_with_nothing_changed_runs_and_changes_nothing(tiny_book, capfd):
    before = contents(tiny_book)
    capfd.readouterr()
    assert tiny_book.build()
    assert tiny_book.executed() == []
    assert contents(tiny_book) == before
    # nor does it read a chapter again
    assert "0 added, 0 changed, 0 removed" in capfd.readouterr().out


def contents(book: TinyBook) -> dict[str, bytes]:
    """Every page and notebook."""
    files = [*book.site.rglob("*.html"), *book.site.rglob("*.ipynb")]
    return {str(path): path.read_bytes() for path in files}


def test_another_pin_runs_every_chapter_again(tiny_book: TinyBook):
    tiny_book.replace("constraints.txt", "pillow==13.0.0", "pillow==12.9.0")
    assert tiny_book.build()
    assert tiny_book.executed() == ["one", "two"]


def test_new_weights_run_the_chapters_that_name_them(tiny_book: TinyBook):
    tiny_book.replace("checkpoints/toy-weights/card.json", "0.5", "0.7")
    assert tiny_book.build()
    assert tiny_book.executed() == ["two"]


def test_changed_prose_is_shown_without_running(tiny_book: TinyBook):
    tiny_book.replace("chapters/01-one.md", "apples", "pears")
    assert tiny_book.build()
    assert "We measured 41 pears." in prose(tiny_book.page("chapters/01-one"))
    assert tiny_book.executed() == []


def test_a_changed_style_sheet_reaches_the_pages(tiny_book: TinyBook):
    sheet = tiny_book.root / "book" / "_static" / "book.css"
    sheet.write_text(sheet.read_text() + "/* changed */\n")
    assert tiny_book.build()
    assert (tiny_book.site / "_static" / "book.css").read_bytes() == sheet.read_bytes()
    assert tiny_book.executed() == []


def test_a_changed_cell_runs_its_chapter(tiny_book: TinyBook):
    tiny_book.replace("chapters/02-two.md", "word()", "word().upper()")
    assert tiny_book.build()
    assert "The word is SEVEN." in prose(tiny_book.page("chapters/02-two"))
    assert tiny_book.executed() == ["two"]


def test_a_chapter_that_left_the_book_leaves_no_page_behind(tiny_book: TinyBook):
    page = tiny_book.site / "chapters" / "02-two.html"
    notebook = tiny_book.site / "notebooks" / "chapters" / "02-two.ipynb"
    assert page.exists()
    assert notebook.exists()
    tiny_book.replace("_toc.yml", '{"file": "chapters/02-two"}, ', "")
    assert tiny_book.build()
    assert not page.exists()
    assert not notebook.exists()
    assert (tiny_book.site / "chapters" / "01-one.html").exists()
    assert (tiny_book.site / "search.html").exists()


def test_a_fingerprint_is_nowhere_to_be_seen(tiny_book: TinyBook):
    value = fingerprint(ONE, tiny_book.root, "one")
    assert len(value) == 64
    for text in contents(tiny_book).values():
        assert value.encode() not in text


def test_pins_data_of_the_package_hub_weights_and_device_count(tmp_path, monkeypatch):
    (tmp_path / "toy").mkdir()
    (tmp_path / "toy" / "__init__.py").write_text("")
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    text = "---\nkernelspec: {name: python3}\n---\n\n```{code-cell}\n%s\n```\n"
    text %= 'import toy\nname = "owner/model"'
    values = [fingerprint(text, tmp_path, "a")]
    (tmp_path / "toy" / "words.txt").write_text("a")
    values.append(fingerprint(text, tmp_path, "a"))
    (tmp_path / "hub" / "models--owner--model" / "snapshots").mkdir(parents=True)
    values.append(fingerprint(text, tmp_path, "a"))
    (tmp_path / "requirements.txt").write_text("numpy==2.4.6")
    values.append(fingerprint(text, tmp_path, "a"))
    module = sys.modules["book.extension.fingerprint"]
    monkeypatch.setattr(module, "device", lambda: "cuda")
    values.append(fingerprint(text, tmp_path, "a"))
    assert len({*values}) == 5


@pytest.mark.parametrize(
    ("code", "files"),
    [
        ("import multimodal.vit as v", {"vit", "transformer"}),
        ("from multimodal import vit", {"vit", "transformer"}),
        ("def f():\n    from multimodal.transformer import Encoder", {"transformer"}),
        ("%timeit 1\nfrom multimodal import transformer", {"transformer"}),
        ("import torch", set()),
    ],
)
def test_every_way_of_importing_is_seen(code, files):
    text = f"---\nkernelspec: {{name: python3}}\n---\n\n```{{code-cell}}\n{code}\n```\n"
    found = {path.stem for path in modules_used(text, ROOT)}
    assert files <= found
    assert bool(found) == bool(files)
