"""Course weights are found, and each has a complete card whose figures hold."""

import json

import pytest

from multimodal.checkpoints import CARD_FIELDS, course_weights, read_card, write_card


def test_missing_weights_are_explained(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_WEIGHTS", str(tmp_path))
    (tmp_path / "vit-small").mkdir()
    (tmp_path / "vit-small" / "model.safetensors").touch()
    assert course_weights("vit-small") == tmp_path / "vit-small"
    with pytest.raises(
        FileNotFoundError, match="no course weights 'vit-large'"
    ) as error:
        course_weights("vit-large")
    assert "vit-small" in str(error.value) and "pip install -e ." in str(error.value)


def test_a_card_is_complete_or_refused(tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_WEIGHTS", str(tmp_path))
    folder = tmp_path / "vit-small"
    folder.mkdir()
    (folder / "model.safetensors").touch()
    card = dict.fromkeys(CARD_FIELDS, "é")
    with pytest.raises(ValueError, match="seed"):
        write_card(folder, **{k: v for k, v in card.items() if k != "seed"})
    write_card(folder, **card)
    assert read_card("vit-small") == card
    assert json.loads((folder / "card.json").read_text(encoding="utf-8")) == card
