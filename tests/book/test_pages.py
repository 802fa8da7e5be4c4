"""What the contents promise is there, and every link of the book leads somewhere."""

import re
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import yaml
from tiny_book import REPOSITORY, ROOT, prose, read_page

from autograder.course import Course
from book.extension.launch import launch_links
from book.extension.repository import Repository, choose_repository
from multimodal.artwork import attribution


def contents() -> list[str]:
    """The pages that the table of contents lists, its root first, in their order."""
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text())
    listed = [toc["root"]]
    for part in toc["parts"]:
        for page in part["chapters"]:
            listed += [page["file"]]
            listed += [section["file"] for section in page.get("sections", ())]
    return listed


def chapters() -> list[str]:
    return [name for name in contents() if name.startswith("chapters/")]


def assignment_of(chapter: str) -> str:
    """The page of the assignment that belongs to a chapter."""
    number = int(Path(chapter).name[:2])
    (folder,) = (ROOT / "exercises").glob(f"ps{number}-*")
    return f"exercises/{folder.name}/{folder.name}"


def test_every_chapter_that_is_written_is_listed():
    written = sorted(p.stem for p in (ROOT / "chapters").glob("*.md"))
    assert [Path(name).name for name in chapters()] == written


@pytest.mark.parametrize("chapter", chapters())
def test_a_chapter_leads_to_its_assignment(chapter, built_book):
    assignment = assignment_of(chapter)
    assert assignment in contents()
    page = read_page(built_book / f"{chapter}.html")
    section = page.find("section", id="exercises")
    links = [a["href"] for a in section.find_all("a", class_="reference internal")]
    assert f"../{assignment}.html" in links


def test_the_front_page_links_the_chapters_that_are_there(built_book):
    page = read_page(built_book / "book" / "index.html")
    cards = page.find_all(class_="sd-card")
    assert len(cards) == 6
    linked = [card.find("a") for card in cards]
    for number, link in enumerate(linked, start=1):
        listed = [name for name in chapters() if f"/{number:02}-" in name]
        assert bool(listed) == bool(link), f"part {number}"
        if link:
            assert link["href"] == f"../{listed[0]}.html"


def test_no_page_is_a_stub(built_book):
    for name in contents():
        text = prose(read_page(built_book / f"{name}.html"))
        assert len(text.split()) > 30, name
        assert not re.search(r"\b(TODO|coming soon|to be written)\b", text, re.I), name


def test_every_link_within_the_book_leads_somewhere(built_book):
    pages = {p: read_page(p) for p in built_book.rglob("*.html") if is_page(p)}
    places = {
        path: {tag["id"] for tag in page.find_all(id=True)}
        for path, page in pages.items()
    }
    assert len(pages) > len(contents())
    dead = []
    for path, page in pages.items():
        for tag in page.find_all(["a", "img", "script", "link", "source"]):
            address = tag.get("href") or tag.get("src") or ""
            url = urlsplit(address)
            if url.scheme or url.netloc or not (url.path or url.fragment):
                continue
            target = (path.parent / unquote(url.path)).resolve() if url.path else path
            if target.is_dir():
                target /= "index.html"
            missing = url.fragment and url.fragment not in places.get(
                target, {url.fragment}
            )
            if not target.is_file() or missing:
                dead.append(f"{path.relative_to(built_book)}: {address}")
    assert dead == []


def is_page(path: Path) -> bool:
    return "_static" not in path.parts and "preview" not in path.parts


def buttons(page) -> dict[str, str]:
    """The links of the buttons above a page, by their text."""
    group = page.find(class_="article-header-buttons")
    return {" ".join(a.get_text().split()): a["href"] for a in group.find_all("a")}


@pytest.mark.parametrize(
    "name", [n for n in contents() if n.startswith(("chapters", "exercises"))]
)
def test_every_button_leads_to_a_published_notebook(name, built_book):
    """On Colab, Binder and at home it is the notebook that lies beside the page."""
    here = built_book / f"{name}.html"
    links = buttons(read_page(here))
    colab, binder = links["Colab"], links["Binder"]
    where = f"{REPOSITORY.owner}/{REPOSITORY.name}"
    prefix = f"https://colab.research.google.com/github/{where}/blob/gh-pages/"
    assert colab.startswith(prefix)
    published = [colab.removeprefix(prefix)]
    url = urlsplit(binder)
    assert url.path == f"/v2/gh/{where}/gh-pages"
    (path,) = parse_qs(url.query)["urlpath"]
    published.append(path.removeprefix("lab/tree/"))
    download = (here.parent / links[".ipynb"]).resolve()
    published.append(download.relative_to(built_book.resolve()).as_posix())
    assert published == [f"notebooks/{name}.ipynb"] * 3
    assert download.is_file()
    assert "JupyterHub" not in links  # a course switches it on


def test_a_course_can_have_its_own_hub():
    (link,) = launch_links(
        "notebooks/chapters/01.ipynb",
        Repository("https://github.com/owner/name"),
        {"colab_url": "", "jupyterhub_url": "https://hub.example.org/"},
    )
    url = urlsplit(link["url"])
    assert url.netloc + url.path == "hub.example.org/hub/user-redirect/git-pull"
    assert parse_qs(url.query) == {
        "repo": ["https://github.com/owner/name"],
        "branch": ["gh-pages"],
        "urlpath": ["lab/tree/name/notebooks/chapters/01.ipynb"],
    }


def test_a_fork_links_to_itself(monkeypatch):
    """The workflow of a fork publishes its own notebooks, not the original's."""
    monkeypatch.setenv("GITHUB_REPOSITORY", "Some-One/a-fork")
    config = SimpleNamespace(
        html_theme_options={"repository_url": REPOSITORY.url},
        html_baseurl="",
    )
    choose_repository(None, config)
    assert config.html_theme_options["repository_url"] == (
        "https://github.com/Some-One/a-fork"
    )
    assert config.html_baseurl == "https://some-one.github.io/a-fork/"


def test_every_chapter_has_its_time_and_nothing_else_has(built_book):
    page = read_page(built_book / "book" / "execution.html")
    rows = page.find("table").find("tbody").find_all("tr")
    linked = [row.find("a")["href"] for row in rows]
    assert linked == [f"../{name}.html" for name in chapters()]
    for row in rows:
        seconds = int(row.find_all("td")[1].get_text())
        assert 0 < seconds < 900


def test_all_who_made_artwork_and_photographs_are_named(built_book):
    page = read_page(built_book / "book" / "attribution.html")
    rows = page.find("table").find("tbody").find_all("tr")
    assert len(rows) == len(attribution())
    for row, credit in zip(rows, attribution(), strict=True):
        cells = [cell.get_text() for cell in row.find_all("td")]
        assert cells[0] == credit.name
        assert cells[3] == credit.licence
        assert row.find("a")["href"] == credit.url


def test_every_figure_has_a_caption_and_every_image_a_text(built_book):
    for name in contents():
        page = read_page(built_book / f"{name}.html").find("article")
        for image in page.find_all("img"):
            assert image.get("alt", "").strip(), f"{name}: {image['src']}"
        for image in page.select(".cell_output img"):
            figure = image.find_parent("figure")
            assert figure, f"{name}: {image['alt']}: no figure, so no caption"
        for figure in page.find_all("figure"):
            assert len(prose_of(figure.find("figcaption"))) > 20


def prose_of(tag) -> str:
    return " ".join(tag.get_text().split())


def test_no_page_holds_a_widget(built_book):
    """It would do nothing there, or fetch the program that draws it from elsewhere."""
    for name in contents():
        text = (built_book / f"{name}.html").read_text(encoding="utf-8")
        assert "vnd.jupyter.widget" not in text, name


def test_the_page_of_search_shows_answers_of_its_panel(built_book):
    page = read_page(built_book / "chapters" / "04c-search.html")
    to_text, to_image = page.select("figure .search-answer")
    assert len(to_text.select("li img[alt]")) == 6
    assert len(to_image.select("img[alt]")) == 1 and len(to_image.select("li")) == 6
    for answered in (to_text, to_image):
        assert "Recorded" in prose_of(answered.find_parent("figure"))


def test_an_exercise_page_shows_all_of_its_notebook(built_book):
    """Its tasks, with their points, and the cells in which to write."""
    course = Course.open(ROOT / "autograder")
    names = [n for n in contents() if n.startswith("exercises/")]
    for name in names:
        assert Path(name).name in course.assignments()
        page = read_page(built_book / f"{name}.html")
        assert "YOUR CODE HERE" in page.get_text()
        assert "BEGIN SOLUTION" not in page.get_text()
        assert "HIDDEN TESTS" not in page.get_text()
        assert len(page.find_all("h2")) > 4
        assert not page.find_all(class_="cell_output")
