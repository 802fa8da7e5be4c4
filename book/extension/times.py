"""List how long each chapter ran, in place of myst-nb's table of every page."""

from docutils import nodes
from myst_nb.ext.execution_tables import ExecutionStatsNode
from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.transforms.post_transforms import SphinxPostTransform

FOLDER = "chapters/"


class ChapterTimes(SphinxPostTransform):
    """Write the table that the directive `nb-exec-table` asks for."""

    default_priority = 7  # before myst-nb's own (8)

    def run(self, **kwargs) -> None:
        """Run on one page."""
        for place in list(self.document.findall(ExecutionStatsNode)):
            place.replace_self(self.table())

    def table(self) -> nodes.table:
        """A row for each chapter that ran, in the order of their numbers."""
        body = nodes.tbody()
        for docname, data in sorted(NbMetadataCollector.get_doc_data(self.env).items()):
            seconds = data.get("exec_data", {}).get("runtime")
            if docname.startswith(FOLDER) and seconds is not None:
                body += row(self.link(docname), nodes.Text(f"{seconds:.0f}"))
        head = nodes.thead("", row(nodes.Text("Chapter"), nodes.Text("Seconds")))
        columns = [nodes.colspec(colwidth=width) for width in (80, 20)]
        group = nodes.tgroup("", *columns, head, body, cols=2)
        return nodes.table("", group, classes=["colwidths-auto"])

    def link(self, docname: str) -> nodes.reference:
        """A link to a page that reads as the page's title."""
        address = self.app.builder.get_relative_uri(self.env.docname, docname)
        title = self.env.titles[docname].astext()
        return nodes.reference("", title, internal=True, refuri=address)


def row(*contents: nodes.Node) -> nodes.row:
    """A row of a table, a paragraph in each cell."""
    cells = [nodes.entry("", nodes.paragraph("", "", content)) for content in contents]
    return nodes.row("", *cells)
