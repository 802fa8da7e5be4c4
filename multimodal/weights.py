"""Read and write the weights of models: our own and published ones."""

import json
import pickle
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from huggingface_hub import HfApi, hf_hub_download, try_to_load_from_cache
from huggingface_hub.errors import HFValidationError, HTTPError
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from multimodal.hub import UnavailableError


def save_model(model: nn.Module, folder: str | Path) -> None:
    """Write a model's configuration and weights into a folder.

    Args:
        model: a model whose `config` is a dataclass.
        folder: made if it is missing; gets `config.json` and `model.safetensors`.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(asdict(model.config), indent=2, ensure_ascii=False)
    (folder / "config.json").write_text(text + "\n", encoding="utf-8")
    weights = {name: value.contiguous() for name, value in model.state_dict().items()}
    save_file(weights, folder / "model.safetensors")


def load_model(model_class: type[nn.Module], folder: str | Path) -> nn.Module:
    """Read a model that `save_model` wrote; it is in evaluation mode.

    Args:
        model_class: a model whose `config_class` names its dataclass.
        folder: holds `config.json` and `model.safetensors`.
    Raises:
        UnavailableError: a file is missing or broken.
        ValueError: the files belong to another kind of model.
    """
    config = read_json(folder, "config.json")
    try:
        model = model_class(model_class.config_class(**config))
    except TypeError as error:
        name = model_class.__name__
        raise ValueError(
            f"{folder} holds no {name} saved by this book: {error}"
        ) from None
    load_weights(model, read_weights(folder))
    return model.eval()


def load_weights(model: nn.Module, weights: dict[str, Tensor]) -> None:
    """Copy weights into a model and check that every single one found its place.

    Raises:
        ValueError: a weight is missing, is left over, or has another shape.
    """
    shapes = {name: tuple(value.shape) for name, value in model.state_dict().items()}
    given = {name: tuple(value.shape) for name, value in weights.items()}
    problems = [f"missing: {name}" for name in sorted(shapes.keys() - given.keys())]
    problems += [f"unexpected: {name}" for name in sorted(given.keys() - shapes.keys())]
    problems += [
        f"{name}: shape {given[name]} where the model has {shapes[name]}"
        for name in sorted(shapes.keys() & given.keys())
        if shapes[name] != given[name]
    ]
    if problems:
        listed = "\n  ".join(problems[:10]) + ("\n  ..." if len(problems) > 10 else "")
        raise ValueError(f"the weights don't fit the model:\n  {listed}")
    model.load_state_dict(weights)


def find_file(name_or_path: str | Path, filenames: list[str]) -> Path:
    """Find the first of several files in a folder, in the hub's cache or in the hub.

    Args:
        name_or_path: a folder, or the name of a model in the hub.
        filenames: in the order of preference.
    Raises:
        UnavailableError: none of them can be had.
    """
    name, wanted = str(name_or_path), " or ".join(filenames)
    folder = Path(name_or_path).expanduser()
    if folder.is_dir():
        paths = [folder / filename for filename in filenames]
    elif isinstance(name_or_path, Path) or name.startswith((".", "/", "~")):
        raise UnavailableError(f"there is no folder {folder}")
    else:
        paths = find_in_hub(name, filenames)
    for path in paths:
        if path.is_file():
            return path
    raise UnavailableError(f"{name} has no {wanted}")


def find_in_hub(name: str, filenames: list[str]) -> list[Path]:
    """Return where the cache holds these files; ask the hub if it holds none.

    Args:
        name: of a model in the hub, as in "google/vit-base-patch16-224".
        filenames: in the order of preference; the first that the hub has is fetched.
    Raises:
        UnavailableError: the hub doesn't answer or doesn't know the model.
    """
    try:
        cached = [try_to_load_from_cache(name, filename) for filename in filenames]
        if any(isinstance(path, str) for path in cached):
            return [Path(path) for path in cached if isinstance(path, str)]
        offered = {
            file.rfilename for file in HfApi().model_info(name, timeout=10).siblings
        }
        filenames = [filename for filename in filenames if filename in offered]
        return [Path(hf_hub_download(name, filename)) for filename in filenames[:1]]
    except (OSError, HTTPError, HFValidationError) as error:
        raise UnavailableError(
            f"can't get {name!r}: the Hugging Face cache doesn't hold it, and the hub "
            f"didn't give it ({type(error).__name__}: {error}). Check the name "
            "and the connection, or give the path of a folder with its files."
        ) from error


def read_json(name_or_path: str | Path, filename: str) -> dict[str, Any]:
    """Read a JSON file of a model, wherever `find_file` finds it.

    Raises:
        UnavailableError: the file can't be had or isn't JSON.
    """
    path = find_file(name_or_path, [filename])
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise UnavailableError(f"{path} is not valid JSON: {error}") from None


def read_weights(name_or_path: str | Path) -> dict[str, Tensor]:
    """Read all weights of a model, in one file or in several, by their names.

    Args:
        name_or_path: a folder, or the name of a model in the hub.
    Raises:
        UnavailableError: the weights can't be had or are broken.
    """
    files = ["model.safetensors", "pytorch_model.bin"]
    indices = [f"{file}.index.json" for file in files]
    path = find_file(name_or_path, [files[0], indices[0], files[1], indices[1]])
    paths = [path]
    if path.suffix == ".json":  # weights in several files, listed in this one
        index = read_json(name_or_path, path.name)
        names = sorted(set(index["weight_map"].values()))
        paths = [find_file(name_or_path, [name]) for name in names]
    weights = {}
    for path in paths:
        try:
            if path.suffix == ".safetensors":
                weights |= load_file(path)
            else:
                weights |= torch.load(path, map_location="cpu", weights_only=True)
        except (
            SafetensorError,
            pickle.UnpicklingError,
            RuntimeError,
            EOFError,
        ) as error:
            message = f"{path} holds no readable weights: {error}"
            raise UnavailableError(message) from error
    return weights
