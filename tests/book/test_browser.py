"""Every page as readers open it: on a desktop and a phone, by day and by night."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from test_pages import contents
from tiny_book import ROOT

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
CHROMIUM = next(filter(None, map(shutil.which, PROGRAMS)), None)
PAGES = [*contents(), "search", "genindex"]
WIDTHS = {"desktop": 1280, "phone": 390}

# What axe-core finds in the theme and in packages, which these pages can't mend: the
# rule, and where. Anything else that is serious fails.
UPSTREAM = {
    # sphinxcontrib-bibtex and docutils: a list whose entries have no role
    "aria-required-children": "div.citation-list",
}

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        CHROMIUM is None,
        reason=f"no browser: none of {', '.join(PROGRAMS)} is on the PATH",
    ),
]


class Quiet(SimpleHTTPRequestHandler):
    """Serve files without a word."""

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture(scope="module")
def site(built_book: Path) -> Iterator[str]:
    """The address at which the book is served."""
    handler = partial(Quiet, directory=str(built_book))
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox"]
        )
        yield browser
        browser.close()


def watch(page: Page, site: str) -> list[str]:
    """A list that fills with what goes wrong on a page."""
    wrong: list[str] = []

    def said(message) -> None:
        if message.type in ("error", "warning"):
            wrong.append(f"console: {message.text}")

    def asked(request) -> None:
        if not request.url.startswith((site, "data:", "blob:")):
            wrong.append(f"asks another host: {request.url}")

    def answered(response) -> None:
        if response.status >= 400:
            wrong.append(f"{response.status}: {response.url}")

    page.on("console", said)
    page.on("pageerror", lambda error: wrong.append(f"error: {error}"))
    page.on("request", asked)
    page.on("requestfailed", lambda request: wrong.append(f"failed: {request.url}"))
    page.on("response", answered)
    return wrong


def settle(page: Page) -> None:
    """Wait until everything is loaded and formulas are set."""
    page.wait_for_load_state("load")
    page.evaluate("window.MathJax?.startup?.promise")
    page.evaluate("document.fonts.ready")
    # the theme lets what scrolls be reached by the keyboard, a moment later
    with suppress(PlaywrightTimeout):  # if it doesn't, axe-core says so
        page.wait_for_function(
            """() => [...document.querySelectorAll(
            "pre, .pst-scrollable-table-container")].every(
            e => e.scrollWidth <= e.clientWidth || e.tabIndex >= 0)""",
            timeout=2000,
        )


def overflow(page: Page) -> list[str]:
    """What is wider than the screen, if the page can be scrolled sideways."""
    return page.evaluate(
        """() => {
        const wide = document.documentElement.scrollWidth, screen = window.innerWidth;
        if (wide <= screen) return [];
        const parts = [...document.querySelectorAll("body *")].filter(
            e => e.getBoundingClientRect().right > screen + 1);
        return [`${wide} px`, ...parts.slice(0, 8).map(e => e.outerHTML.slice(0, 90))];
        }"""
    )


# Thousands of words of code have one of a few colours each. What has the same classes,
# and lies within the same ones, looks the same: one of each is enough to look at.
ONE_OF_EACH_COLOUR = """() => {
    const seen = new Set();
    for (const span of document.querySelectorAll("pre span")) {
        let kind = "";
        for (let e = span; e && e.tagName != "ARTICLE"; e = e.parentElement)
            kind += "<" + e.className + e.style.cssText;
        if (seen.has(kind)) span.replaceWith(...span.childNodes);
        seen.add(kind);
    }
    document.querySelectorAll("pre").forEach(pre => pre.normalize());
}"""


def accessibility(page: Page) -> list[str]:
    """Serious and critical findings of axe-core, but for those of UPSTREAM.

    The page's code loses most of its colours.
    """
    page.evaluate(ONE_OF_EACH_COLOUR)
    found = []
    # it would fetch style sheets again, with wrong addresses
    options = {"resultTypes": ["violations"], "preload": False}
    for rule in Axe().run(page, options=options).response["violations"]:
        allowed = UPSTREAM.get(rule["id"], "not-there")
        for node in rule["nodes"]:
            element = page.locator(node["target"][0]).first
            if rule["impact"] in ("serious", "critical") and not element.evaluate(
                "(element, allowed) => element.matches(allowed)", allowed
            ):
                found.append(f"{rule['id']}: {node['html'][:160]}")
    return found


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", WIDTHS.values(), ids=WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_page(name, width, scheme, site, browser):
    page = browser.new_page(
        viewport={"width": width, "height": 900},
        color_scheme=scheme,
        reduced_motion="reduce",  # colours that fade in have no contrast yet
    )
    wrong = watch(page, site)
    page.goto(f"{site}{name}.html")
    settle(page)
    wrong += [f"too wide: {part}" for part in overflow(page)]
    wrong += accessibility(page)
    assert page.locator("html").get_attribute("data-theme") == scheme
    formulas = page.locator(".math").count()
    assert page.locator("mjx-container").count() >= formulas
    assert page.locator("mjx-merror").count() == 0
    page.close()
    assert not wrong, "\n".join(wrong)


def test_the_checks_see_what_is_wrong(site, browser):
    """Or else the tests above would pass whatever the pages hold."""
    page = browser.new_page(viewport={"width": 390, "height": 900})
    wrong = watch(page, site)
    page.goto(f"{site}search.html")
    page.set_content(
        '<html lang="en"><title>Bad</title><body><h1 style="width: 800px">Bad</h1>'
        '<img src="missing.png"><img src="http://127.0.0.1:9/other.png" alt="Other">'
        '<p style="color: #ccc; background: #ddd">Faint</p>'
        "<style>.k {color: black} .s {color: #eee}</style>"
        '<pre><span class="k">for</span> <span class="k">if</span> '
        '<span class="s">"faint"</span> <span class="s">"again"</span></pre>'
        "<script>console.error('said'); nothing.there</script></body></html>"
    )
    settle(page)
    wrong += overflow(page) + accessibility(page)
    page.close()
    for sign in (
        "console: said",
        "error: nothing is not defined",
        f"404: {site}missing.png",
        "asks another host: http://127.0.0.1:9/other.png",
        "failed: http://127.0.0.1:9/other.png",
        "808 px",
        "image-alt: ",
        "color-contrast: <p",
        'color-contrast: <span class="s">"faint"',
    ):
        assert any(found.startswith(sign) for found in wrong), (sign, wrong)


def test_the_address_of_the_site_opens_the_front_page(site, browser):
    page = browser.new_page()
    wrong = watch(page, site)
    page.goto(site)
    page.wait_for_url(f"{site}book/index.html")
    settle(page)
    page.close()
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("name", [contents()[0], contents()[1]])
def test_the_book_can_be_read_from_the_disk(name, built_book, browser):
    """`make book` says which file to open; no server is needed."""
    page = browser.new_page()
    wrong = watch(page, built_book.as_uri())
    page.goto((built_book / f"{name}.html").as_uri())
    settle(page)
    assert page.locator("mjx-container").count() >= page.locator(".math").count()
    for image in page.locator("article img:visible").all():
        assert image.evaluate("image => image.complete && image.naturalWidth > 0")
    page.close()
    assert not wrong, "\n".join(wrong)


NOTEBOOKS = [name for name in contents() if not name.startswith("book/")]


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_the_download_button_gives_the_notebook(name, site, built_book, browser):
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{site}{name}.html")
    settle(page)
    page.get_by_role("button", name="Download this page").click()
    with page.expect_download() as download:
        page.locator("a", has_text=".ipynb").click()
    published = built_book / "notebooks" / f"{name}.ipynb"
    assert Path(download.value.path()).read_bytes() == published.read_bytes()
    if name.startswith("exercises/"):
        assert published.read_bytes() == (ROOT / f"{name}.ipynb").read_bytes()
    page.close()


def test_only_the_figure_of_the_theme_is_seen(site, browser):
    """Two drawings of each figure are on the page, for the day and for the night."""
    seen = {}
    for scheme in ("light", "dark"):
        page = browser.new_page(color_scheme=scheme)
        page.goto(f"{site}{contents()[1]}.html")
        settle(page)
        seen[scheme] = {
            kind: page.locator(f"figure img.only-{kind}:visible").count()
            for kind in ("light", "dark")
        }
        page.close()
    count = seen["light"]["light"]
    assert count > 5
    assert seen == {
        "light": {"light": count, "dark": 0},
        "dark": {"light": 0, "dark": count},
    }


def test_the_search_finds_a_page(site, browser):
    page = browser.new_page()
    wrong = watch(page, site)
    page.goto(f"{site}search.html?q=modality")
    page.locator("#search-results li a").first.wait_for()
    assert page.locator("#search-results a", has_text="Multimodality").count()
    page.close()
    assert not wrong, "\n".join(wrong)
