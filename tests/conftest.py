"""Fixtures that several folders of tests use."""

import shutil
from collections.abc import Callable
from pathlib import Path

import huggingface_hub.constants
import pytest


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch) -> Callable[[str, Path], Path]:
    """An empty cache of the Hugging Face hub, which itself doesn't answer.

    Returns:
        A function `publish(name, folder)` that puts the files of a folder into the
        cache, as if they had been downloaded from the model of that name, and returns
        the place in the cache. Programs that the test starts see the cache, too.
    """
    cache = tmp_path / "hub"
    cache.mkdir()
    monkeypatch.setenv("HF_HUB_CACHE", str(cache))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_CACHE", str(cache))
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)

    def publish(name: str, folder: Path) -> Path:
        commit = "0123456789abcdef0123456789abcdef01234567"
        model = cache / f"models--{name.replace('/', '--')}"
        (model / "refs").mkdir(parents=True, exist_ok=True)
        (model / "refs" / "main").write_text(commit)
        return Path(
            shutil.copytree(folder, model / "snapshots" / commit, dirs_exist_ok=True)
        )

    return publish
