"""Course weights: small models that the book trained itself, each with its card."""

import json
import os
import platform
from collections.abc import Callable, Mapping
from pathlib import Path

import torch

CARD_FIELDS = ("model", "data", "recipe", "seed", "metrics", "command", "trained_on")


def course_weights(name: str) -> Path:
    """Find the folder of a model that the book trained.

    Args:
        name: for example `vit-emoji-scenes`.
    Returns:
        A folder with `model.safetensors`, `config.json` and `card.json`. It is looked
        for in the folder that the variable `COURSE_WEIGHTS` names, or else in
        `checkpoints/` of the clone that the package was installed from.
    Raises:
        FileNotFoundError: there are no such weights; the message tells where it
            looked and what to do.
    """
    root = Path(os.environ.get("COURSE_WEIGHTS") or _clone() / "checkpoints")
    folder = root / name
    if not (folder / "model.safetensors").is_file():
        known = sorted(path.parent.name for path in root.glob("*/model.safetensors"))
        raise FileNotFoundError(
            f"no course weights {name!r} in {root} (there: {known or 'none'}). They "
            "come with a clone of the course: install it with `pip install -e .`, or "
            "name its checkpoints folder in the variable COURSE_WEIGHTS"
        )
    return folder


def read_card(name: str) -> dict:
    """Read the card of course weights: data, recipe, seed, metrics, command.

    Raises:
        FileNotFoundError: there are no such weights.
    """
    text = (course_weights(name) / "card.json").read_text(encoding="utf-8")
    return json.loads(text)


def write_card(folder: Path, **card: object) -> None:
    """Write the card of a model that was trained just now.

    Args:
        folder: where its weights are.
        card: a value for each of `CARD_FIELDS`, and whatever else is worth knowing.
    Raises:
        ValueError: a field is missing.
    """
    if missing := [field for field in CARD_FIELDS if field not in card]:
        raise ValueError(f"the card needs {missing} as well")
    text = json.dumps(card, indent=2, ensure_ascii=False) + "\n"
    (folder / "card.json").write_text(text, encoding="utf-8")


def record_runs(
    file: Path,
    header: dict,
    variants: Mapping[str, dict],
    seeds: int,
    run: Callable[[str, int], dict],
) -> None:
    """Make what is missing in a record of several variants, each from several seeds.

    All variants come once, then all of them again. The file is written after each run,
    so that an interrupted record goes on with the next one.

    Args:
        file: of the record; one with another recipe is begun anew.
        header: what is said of all runs, "recipe" among it.
        variants: what is said of each, by their names.
        seeds: numbers from 0 up to this one.
        run: trains and measures a variant from a seed; the result holds the "seed".
    """
    record = header | {"variants": {}}
    if file.exists():
        begun = json.loads(file.read_text(encoding="utf-8"))
        if begun["recipe"] == header["recipe"]:
            record["variants"] = begun["variants"]
    for seed in range(seeds):
        for name, facts in variants.items():
            entry = record["variants"].setdefault(name, facts | {"runs": []})
            if any(earlier["seed"] == seed for earlier in entry["runs"]):
                continue
            entry["runs"].append(run(name, seed))
            file.write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
            print(name, entry["runs"][-1], flush=True)


def device_name() -> str:
    """Name the kind of machine for a card: its GPU, or its processor and threads."""
    if torch.cuda.is_available():
        return torch.cuda.get_device_name()
    return f"CPU ({platform.machine()}), {torch.get_num_threads()} thread(s), fp32"


def _clone() -> Path:
    return Path(__file__).resolve().parents[1]
