"""Where the project lives: one address in `_config.yml` gives all others."""

import os
from dataclasses import dataclass

from sphinx.application import Sphinx
from sphinx.config import Config


@dataclass(frozen=True)
class Repository:
    """Where the project lives on GitHub, and its site beside it."""

    url: str

    @property
    def owner(self) -> str:
        """The account or organisation."""
        return self.url.rstrip("/").split("/")[-2]

    @property
    def name(self) -> str:
        """The repository's own name."""
        return self.url.rstrip("/").removesuffix(".git").split("/")[-1]

    @property
    def site(self) -> str:
        """The address of the published book, with a slash at its end."""
        return f"https://{self.owner.lower()}.github.io/{self.name}/"


def choose_repository(app: Sphinx, config: Config) -> None:
    """Take the repository from the workflow that runs, or else from `_config.yml`."""
    options = config.html_theme_options
    if os.environ.get("GITHUB_REPOSITORY"):
        server = os.environ.get("GITHUB_SERVER_URL", "https://github.com")
        options["repository_url"] = f"{server}/{os.environ['GITHUB_REPOSITORY']}"
    # the theme's own launch buttons would point at files that don't run
    config.book_launch = options.pop("launch_buttons", {})
    config.html_baseurl = config.html_baseurl or repository(config).site


def repository(config: Config) -> Repository:
    """The project's repository, as configured."""
    return Repository(config.html_theme_options["repository_url"])
