"""Turn the book's MyST into the plain Markdown that every notebook shows.

Directives become quotations, pictures or formulas; roles become text, numbers and
links. What this can't turn into anything is an error of the build, so that a reader's
notebook never shows markup.
"""

import json
import re
from functools import cached_property
from pathlib import Path

import yaml
from myst_nb.core.variables import format_plain_text
from pybtex.database import parse_file
from sphinx.application import Sphinx
from sphinx.util import logging

from book.extension.repository import repository

LOGGER = logging.getLogger(__name__)

_ADMONITIONS = (
    "admonition attention caution danger dropdown error exercise hint important margin "
    "note seealso sidebar solution tip topic warning"
).split()
_SILENT = ["bibliography", "contents", "index", "nb-exec-table", "tableofcontents"]
_CODE = ["code", "code-block", "sourcecode"]
_FENCE = re.compile(r"^(\s*)(`{3,}|~{3,}|:{3,})\s*(?:\{([\w:.+-]+)\})?\s*(.*?)\s*$")
_TARGET = re.compile(r"^\(([^()\s]+)\)=\s*$", re.M)
_LABELLED_MATH = re.compile(r"\$\$(.+?)\$\$[ \t]*\(([^()\s]+)\)", re.S)
# a code span, a role or a link: whichever starts first is what the text means
_INLINE = re.compile(
    r"\{(?P<role>[\w:.+-]+)\}(?P<ticks>`+)(?P<content>.+?)(?P=ticks)"
    r"|(?P<span>(?P<mark>`+)(?:.+?)(?P=mark))(?!`)"
    r"|(?P<image>!?)\[(?P<text>[^\[\]]*)\]\((?P<target>[^()\s]+)\)",
    re.S,
)


class Book:
    """What the finished build knows about numbers, titles and addresses.

    Args:
        app: the build, after its pages were written.
        docname: the page whose notebook is being written.
    """

    def __init__(self, app: Sphinx, docname: str):
        self.app = app
        self.env = app.env
        self.docname = docname
        self.repository = repository(app.config)

    def warn(self, message: str) -> None:
        """Report what can't be shown in a notebook; fails a strict build."""
        LOGGER.warning("in the notebook: %s", message, location=self.docname)

    def page_url(self, docname: str, anchor: str = "") -> str:
        """The published address of a page, or of a place on it."""
        url = self.app.config.html_baseurl + self.app.builder.get_target_uri(docname)
        return f"{url}#{anchor}" if anchor else url

    def file_url(self, uri: str) -> str:
        """The published address of an image or a download."""
        path = self.env.relfn2path(uri, self.docname)[0]
        if path in self.env.images:
            return f"{self.app.config.html_baseurl}_images/{self.env.images[path][1]}"
        self.warn(f"the page shows no file {uri!r}")
        return uri

    def place(self, label: str) -> tuple[str, str, str] | None:
        """A label's page, anchor and title (empty for an untitled place)."""
        standard = self.env.get_domain("std")
        label = label.lower()
        if label in standard.labels:
            return standard.labels[label]
        if label in standard.anonlabels:
            return (*standard.anonlabels[label], "")
        headings = self.env.metadata[self.docname].get("myst_slugs", {})
        if label in headings:
            _, anchor, title = headings[label]
            return self.docname, anchor, title
        return None

    def number(self, label: str) -> str:
        """What the page calls a numbered thing, such as `Fig. 2`, or nothing."""
        place = self.place(label)
        if place is None:
            return ""
        docname, anchor, _ = place
        for kind, numbers in self.env.toc_fignumbers.get(docname, {}).items():
            if anchor in numbers:
                name = self.app.config.numfig_format.get(kind, kind.title() + " %s")
                return name % ".".join(map(str, numbers[anchor]))
        section = self.env.toc_secnumbers.get(docname, {}).get(f"#{anchor}")
        return "Section " + ".".join(map(str, section)) if section else ""

    def link(self, text: str, docname: str, anchor: str = "") -> str:
        """A link to another page; plain text for a place in this notebook."""
        if docname == self.docname:
            return text
        return f"[{text}]({self.page_url(docname, anchor)})"

    def reference(self, label: str, text: str = "", numbered: bool = False) -> str:
        """What a cross-reference reads as."""
        place = self.place(label)
        if place is None:
            self.warn(f"unknown reference {label!r}")
            return text or label
        docname, anchor, title = place
        number = self.number(label)
        if numbered and "%s" in text:
            text = text % number.split()[-1]
        if numbered and not text:
            text = number
        return self.link(text or title or number or label, docname, anchor)

    def equation(self, label: str) -> str:
        """An equation's number, as in `(3)`."""
        found = self.env.get_domain("math").equations.get(label)
        if found is None:
            self.warn(f"unknown equation {label!r}")
            return f"({label})"
        docname, number = found
        numbers = self.env.toc_fignumbers.get(docname, {}).get("displaymath", {})
        parts = numbers.get(f"equation-{label}", (number,))
        return self.link(f"({'.'.join(map(str, parts))})", docname, f"equation-{label}")

    def page(self, target: str, text: str = "") -> str:
        """A link to another page of the book, by its file."""
        name = target.removesuffix(".md").removesuffix(".ipynb")
        docname = self.env.relfn2path(name, self.docname)[0]
        if docname not in self.env.found_docs:
            self.warn(f"unknown page {target!r}")
            return text or target
        title = self.env.titles[docname].astext()
        return self.link(text or title, docname)

    def glued(self, content: str) -> str:
        """The number behind `{glue:text}`: `name`, `name:format`, `page::name:form`."""
        other, _, rest = content.rpartition("::")
        key, _, form = rest.partition(":")
        docname = self.env.relfn2path(other, self.docname)[0] if other else self.docname
        docname = docname.removesuffix(".md")
        path = Path(self.app.outdir).parent / "jupyter_execute" / f"{docname}.glue.json"
        values = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        if key not in values:
            self.warn(f"nothing is glued as {key!r} in {docname}")
            return key
        return format_plain_text("".join(values[key]["data"]["text/plain"]), form)

    @cached_property
    def works(self) -> dict:
        """The bibliography's entries."""
        found = {}
        for name in self.app.config.bibtex_bibfiles:
            found |= dict(parse_file(Path(self.app.srcdir, name)).entries)
        return found

    def citation(self, key: str, style: str) -> str:
        """A work as `Li et al. (2023)` or `Li et al., 2023`."""
        if key not in self.works:
            self.warn(f"unknown work {key!r}")
            return key
        work = self.works[key]
        last = [
            " ".join(p.prelast_names + p.last_names) for p in work.persons["author"]
        ]
        last = [re.sub(r"[{}]", "", name) for name in last]
        if len(last) > 2 or "others" in last[1:]:
            names = f"{last[0]} et al."
        else:
            names = " and ".join(last)
        year = work.fields["year"]
        if style == "t":
            return f"[{names} ({year})]({self.page_url('book/references')})"
        return f"[{names}, {year}]({self.page_url('book/references')})"


def flatten(text: str, book: Book) -> str:
    """Turn a Markdown cell of a chapter into plain Markdown."""
    blocks: list[str] = []
    lines = text.split("\n")
    prose: list[str] = []
    index = 0
    while index < len(lines):
        opened = _FENCE.match(lines[index])
        if not opened:
            prose.append(lines[index])
            index += 1
            continue
        end = _closing(lines, index, opened.group(2))
        if prose:
            blocks.append(_prose("\n".join(prose), book))
            prose = []
        body = lines[index + 1 : end]
        indent, _, name, argument = opened.groups()
        if name is None:  # a plain block of code
            blocks.append("\n".join(lines[index : end + 1]))
        else:
            made = _directive(
                name, argument, [b.removeprefix(indent) for b in body], book
            )
            blocks.append("\n".join(indent + line for line in made.split("\n")))
        index = end + 1
    if prose:
        blocks.append(_prose("\n".join(prose), book))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(b for b in blocks if b)).strip("\n")


def _closing(lines: list[str], start: int, fence: str) -> int:
    """The line that closes a fence; colons nest by their number, as backticks do."""
    closing = re.compile(rf"\s*{re.escape(fence[0])}{{{len(fence)},}}\s*")
    for index in range(start + 1, len(lines)):
        if closing.fullmatch(lines[index]):
            return index
    return len(lines)


def _options(body: list[str]) -> tuple[dict, list[str]]:
    """Split a directive's options from its content."""
    if body and body[0].strip() == "---" and "---" in (b.strip() for b in body[1:]):
        end = next(i for i in range(1, len(body)) if body[i].strip() == "---")
        return yaml.safe_load("\n".join(body[1:end])) or {}, body[end + 1 :]
    options, index = {}, 0
    while index < len(body) and (
        option := re.match(r"^:([\w-]+):\s*(.*)$", body[index])
    ):
        options[option.group(1)] = option.group(2)
        index += 1
    return options, body[index:]


def _directive(name: str, argument: str, body: list[str], book: Book) -> str:
    """What stands for one directive in plain Markdown, blank lines around it."""
    options, body = _options(body)
    content = "\n".join(body).strip("\n")
    if name in _SILENT:
        return ""
    if name in _CODE:
        return f"\n```{argument}\n{content}\n```\n"
    if name == "math":
        label = options.get("label", options.get("name"))
        formula = f"{argument}\n{content}".strip()
        return "\n" + _display(formula, label, book) + "\n"
    if name in ("image", "figure"):
        image = f"![{options.get('alt', '')}]({book.file_url(argument)})"
        number = book.number(str(options.get("name", "")))
        caption = flatten(content, book)
        label = f"**{number}.** " if number else ""
        return f"\n{image}\n\n{label}{caption}\n" if caption else f"\n{image}\n"
    if name in ("table", "list-table"):
        rows = _list_table(body) if name == "list-table" else content
        title = f"**{_prose(argument, book)}**\n\n" if argument else ""
        return f"\n{title}{flatten(rows, book)}\n"
    if name in ("tab-set", "grid", "card-carousel"):
        return f"\n{flatten(content, book)}\n"
    if name in ("tab-item", "grid-item", "grid-item-card", "card"):
        title = f"**{_prose(argument, book)}**\n\n" if argument else ""
        return f"\n{title}{flatten(content, book)}\n"
    if name in _ADMONITIONS or name.startswith("prf:"):
        return _quotation(name, argument, options, content, book)
    book.warn(f"no plain Markdown is known for the directive {name!r}")
    return content


def _quotation(
    name: str, argument: str, options: dict, content: str, book: Book
) -> str:
    """An admonition, an exercise or its solution, as a quotation with a title."""
    title = name.removeprefix("prf:").capitalize()
    if name == "solution":
        number = book.number(argument)
        title = f"Solution to {number}" if number else title
    elif name in ("note", "tip", "warning", "hint", "important"):
        content = f"{argument}\n{content}".strip()
    elif name == "exercise":
        number = book.number(str(options.get("label", "")))
        title = number or title
        title += f": {_prose(argument, book)}" if argument else ""
    elif argument:
        title = _prose(argument, book)
    lines = [f"**{title}**", "", *flatten(content, book).split("\n")]
    return "\n" + "\n".join(f"> {line}".rstrip() for line in lines) + "\n"


def _list_table(body: list[str]) -> str:
    """The rows of a list-table as a Markdown table."""
    rows: list[list[str]] = []
    for line in body:
        if first := re.match(r"^\*\s+-\s*(.*)$", line):
            rows.append([first.group(1)])
        elif other := re.match(r"^\s+-\s*(.*)$", line):
            rows[-1].append(other.group(1))
        elif line.strip():
            rows[-1][-1] += " " + line.strip()
    rows.insert(1, ["---"] * len(rows[0]))
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _prose(text: str, book: Book) -> str:
    """Paragraphs: drop targets and comments, then turn formulas, roles and links."""
    text = _TARGET.sub("", text)
    text = re.sub(r"^%.*\n?", "", text, flags=re.M)
    text = _LABELLED_MATH.sub(lambda m: _display(m[1].strip(), m[2], book), text)
    return _INLINE.sub(lambda match: _inline(match, book), text)


def _display(formula: str, label: str | None, book: Book) -> str:
    """A formula on its own line, with its number."""
    tag = ""
    if label:
        number = book.equation(str(label))
        tag = f" \\tag{{{number.strip('()')}}}"
    return f"$$\n{formula}{tag}\n$$"


def _inline(match: re.Match, book: Book) -> str:
    """What stands for a role or a link; code spans stay."""
    if match["span"]:
        return match["span"]
    if match["role"]:
        return _role(match["role"], match["content"], book)
    text, target = match["text"], match["target"]
    if match["image"]:
        return match[0] if "://" in target else f"![{text}]({book.file_url(target)})"
    text = _INLINE.sub(lambda inner: _inline(inner, book), text)
    if target.startswith("#"):
        return book.reference(target[1:], text, numbered=not text)
    if "://" in target or target.startswith("mailto:"):
        return f"[{text}]({target})"
    page, _, _ = target.partition("#")
    return book.page(page, text)


def _role(name: str, content: str, book: Book) -> str:
    """What stands for one role."""
    explicit = re.fullmatch(r"(.+?)\s*<([^<>]+)>", content, re.S)
    text, target = explicit.groups() if explicit else ("", content)
    if name == "glue:text":
        return book.glued(content)
    if name == "math":
        return f"${content}$"
    if name == "eq":
        return book.equation(content)
    if name in ("ref", "prf:ref", "exercise:ref"):
        return book.reference(target, text)
    if name == "numref":
        return book.reference(target, text, numbered=True)
    if name == "doc":
        return book.page(target, text)
    if name == "cite" or name.startswith("cite:"):
        style = "t" if name.startswith("cite:t") else "p"
        works = [book.citation(key.strip(), style) for key in content.split(",")]
        return "; ".join(works) if style == "t" else f"({'; '.join(works)})"
    if name in ("sub", "sup", "kbd", "abbr"):
        return content if name == "abbr" else f"<{name}>{content}</{name}>"
    if name in ("code", "py:class", "py:func", "file", "command"):
        return f"`{content}`"
    if name in ("term", "strong", "emphasis", "guilabel"):
        return f"*{text or target}*"
    book.warn(f"no plain Markdown is known for the role {name!r}")
    return content
