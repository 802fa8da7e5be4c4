"""Show each figure in the ink of the reader's theme, and refuse one without a text.

A chapter draws with `multimodal.figures.INK`. Its SVG is written a second time in
`DARK_INK`, and the page shows one of the two.
"""

from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.util import logging

from multimodal.figures import DARK_INK, INK

LOGGER = logging.getLogger(__name__)


class TwoThemes(SphinxTransform):
    """Make the light and the dark variant of each image, and check alt texts."""

    default_priority = 500

    def apply(self, **kwargs) -> None:
        """Run on one page."""
        for image in list(self.document.findall(nodes.image)):
            if not image.get("alt", "").strip():
                LOGGER.warning(
                    "this image has no alternative text: say what is seen, with "
                    "`![text](file)`, `:alt:` or the cell's "
                    "`mystnb: {image: {alt: ...}}`",
                    location=image if image.line else self.env.docname,
                )
            path = self.file(image["uri"])
            dark = path.with_suffix(".dark.svg") if path else None
            if dark and path.suffix == ".svg" and write_dark(path, dark):
                light_image, dark_image = image.deepcopy(), image.deepcopy()
                light_image["classes"] += ["only-light"]
                dark_image["classes"] += ["only-dark"]
                dark_image["uri"] = image["uri"].removesuffix(".svg") + ".dark.svg"
                # a box of their own: the theme hides a caption that follows a variant
                pair = nodes.container(
                    "", light_image, dark_image, classes=["two-themes"]
                )
                image.replace_self(pair)
            else:
                # no grey box, no dimmed colours
                image["classes"] += ["dark-light"]

    def file(self, uri: str) -> Path | None:
        """Where an image's file is; None for one that another host keeps."""
        if "://" in uri or uri.startswith("data:"):
            return None
        path = Path(self.env.relfn2path(uri, self.env.docname)[1])
        return path if path.is_file() else None


def write_dark(light: Path, dark: Path) -> bool:
    """Write a figure again in the ink of the dark theme; False if it has no ink."""
    text = light.read_text(encoding="utf-8")
    if INK not in text:
        return False
    dark.write_text(text.replace(INK, DARK_INK), encoding="utf-8")
    return True
