"""A projector treats every image token by itself, and its prompts have their length."""

import pytest
import torch

from multimodal.linear_projector import LinearProjector, LinearProjectorConfig

HIDDEN = pytest.mark.parametrize("hidden", [0, 20])


@HIDDEN
def test_every_token_is_projected_by_itself(hidden):
    torch.manual_seed(0)
    model = LinearProjector(LinearProjectorConfig(12, 16, hidden))
    features = torch.randn(2, 5, 12)
    before = model(features)
    assert before.shape == (2, 5, 16)
    features[1, 3] += 1
    changed = (model(features) != before).any(dim=-1)
    assert changed.nonzero().tolist() == [[1, 3]]


@HIDDEN
@pytest.mark.parametrize("norm", [0.5, 3.2])
def test_prompts_start_as_long_as_they_should(hidden, norm):
    torch.manual_seed(0)
    config = LinearProjectorConfig(64, 96, hidden, norm)
    prompts = LinearProjector(config)(5 + 3 * torch.randn(8, 50, 64))
    assert prompts.norm(dim=-1).mean().item() == pytest.approx(norm, rel=0.1)


@HIDDEN
def test_it_is_saved_and_loaded(hidden, tmp_path):
    torch.manual_seed(0)
    model = LinearProjector(LinearProjectorConfig(12, 16, hidden, 2.0))
    model.save(tmp_path)
    features = torch.randn(2, 5, 12).half()  # as features are kept
    assert torch.equal(LinearProjector.load(tmp_path)(features), model(features))


def test_features_of_another_encoder_are_refused():
    model = LinearProjector(LinearProjectorConfig(12, 16))
    with pytest.raises(ValueError, match="another image encoder"):
        model(torch.randn(2, 5, 13))
