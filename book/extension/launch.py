"""The buttons above each page: download its notebook, or open it in Colab and the like.

All of them lead to the notebook that `book.extension.notebooks` writes beside the page,
in the branch from which the site is published.
"""

from urllib.parse import urlencode

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_thebe import init_thebe_core, update_thebe_context

from book.extension.notebooks import notebook_path
from book.extension.repository import Repository, repository

BRANCH = "gh-pages"


def launch_links(path: str, repo: Repository, services: dict) -> list[dict]:
    """The links that open a published notebook.

    Args:
        path: the notebook within the published site.
        repo: the repository whose branch `gh-pages` holds the site.
        services: `launch_buttons` of `_config.yml`; one without an address is left out.
    """
    links = []
    if services.get("colab_url"):
        url = f"{services['colab_url'].rstrip('/')}/github/{repo.owner}/{repo.name}"
        links.append(("Colab", "logo_colab.png", f"{url}/blob/{BRANCH}/{path}"))
    if services.get("binderhub_url"):
        query = urlencode({"urlpath": f"lab/tree/{path}"}, safe="/")
        url = f"{services['binderhub_url'].rstrip('/')}/v2/gh/{repo.owner}/{repo.name}"
        links.append(("Binder", "logo_binder.svg", f"{url}/{BRANCH}?{query}"))
    if services.get("jupyterhub_url"):
        query = urlencode(
            {
                "repo": repo.url,
                "branch": BRANCH,
                "urlpath": f"lab/tree/{repo.name}/{path}",
            },
            safe="/",
        )
        url = f"{services['jupyterhub_url'].rstrip('/')}/hub/user-redirect/git-pull"
        links.append(("JupyterHub", "logo_jupyterhub.svg", f"{url}?{query}"))
    return [
        {
            "type": "link",
            "text": text,
            "tooltip": f"Open this page's notebook in {text}",
            "icon": f"_static/images/{icon}",
            "url": address,
        }
        for text, icon, address in links
    ]


def add_buttons(
    app: Sphinx,
    pagename: str,
    templatename: str,
    context: dict,
    doctree: nodes.document | None,
) -> None:
    """Rewrite the theme's header buttons for a page that has a notebook."""
    path = notebook_path(app.env, pagename)
    if doctree is None or path is None:
        return
    buttons = context["header_buttons"]
    links = launch_links(path, repository(app.config), app.config.book_launch)
    if links:
        launch = {
            "type": "group",
            "tooltip": "Open this page's notebook",
            "icon": "fas fa-rocket",
            "buttons": links,
            "label": "launch-buttons",
        }
        buttons.insert(0, launch)
    for group in buttons:
        if group.get("label") == "download-buttons":
            others = [b for b in group["buttons"] if b["text"] != ".ipynb"]
            download = {
                "type": "link",
                "url": f"{context['pathto']('', 1)}{path}",
                "text": ".ipynb",
                "icon": "fas fa-code",
                "tooltip": "Download this page as a notebook",
                "label": "download-notebook-button",
            }
            group["buttons"] = [download, *others]


def leave_out_thebe(app: Sphinx) -> None:
    """Drop what Jupyter Book always adds for live code, which these pages don't have.

    Its script stands on each page twice, which is an error in every browser.
    """
    for listener in [one for many in app.events.listeners.values() for one in many]:
        if listener.handler in (init_thebe_core, update_thebe_context):
            app.disconnect(listener.id)
