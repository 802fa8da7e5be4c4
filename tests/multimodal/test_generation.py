"""The parts of the generator, alone and together, and their interrupted training."""

import pytest
import torch
from torch import nn

from multimodal import generation, training
from multimodal.autoencoder import Autoencoder, AutoencoderConfig, Upsample
from multimodal.clip import CLIP, CLIPConfig, ImageTowerConfig, TextTowerConfig
from multimodal.dit import DiT, DiTConfig
from multimodal.emoji_scenes import KINDS, EmojiScenes
from multimodal.generation import (
    Generator,
    cached_scenes,
    embed_scenes,
    judge_images,
    load_generator,
    noise_for,
    prompts_of,
    train_flow,
    widen,
)
from multimodal.judge import Judge, JudgeConfig
from multimodal.prior import Prior, PriorConfig
from multimodal.scene_pairs import embed_images, scene_tensors
from multimodal.tokenizer import Tokenizer
from multimodal.training import Recipe, UnfinishedTraining, to_float

WIDTH = 16


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    captions = [text for scene in EmojiScenes("train", 50) for text in scene.captions]
    return Tokenizer.learn(captions, 50, context_length=60)


@pytest.fixture(scope="module")
def generator(tokenizer) -> Generator:
    """All parts, small and untrained, but none at the zeros that it begins with."""
    torch.manual_seed(0)
    image = ImageTowerConfig(64, 16, width=32, layers=1, heads=2)
    text = TextTowerConfig(len(tokenizer), 60, width=32, layers=1, heads=2)
    flow = DiT(DiTConfig(8, 2, 32, 1, 2, condition_width=WIDTH, channels=4))
    prior = Prior(PriorConfig(WIDTH, width=32, layers=2))
    for model in (flow, prior):
        for parameter in model.parameters():
            nn.init.normal_(parameter, std=0.1)
    autoencoder = Autoencoder(AutoencoderConfig(width=8, latent_channels=4))
    clip = CLIP(CLIPConfig(image, text, embedding_width=WIDTH))
    parts = [part.eval() for part in (clip, prior, flow, autoencoder)]
    return Generator(parts[0], tokenizer, *parts[1:])


@pytest.fixture(scope="module")
def judge(tokenizer) -> Judge:
    torch.manual_seed(1)
    return Judge(JudgeConfig(len(tokenizer), width=8, text_width=16)).eval()


def test_latents_have_unit_mean_square_and_the_image_size_comes_back(generator):
    images = torch.randn(2, 3, 64, 64)
    latents = generator.autoencoder.encode(images)
    assert latents.shape == (2, 4, 8, 8)
    squares = latents.square().mean(dim=1)
    torch.testing.assert_close(squares, torch.ones_like(squares), atol=1e-2, rtol=0)
    assert generator.autoencoder(images).shape == images.shape


def test_only_training_adds_noise_to_latents(generator):
    model, images = generator.autoencoder, torch.randn(2, 3, 64, 64)
    assert torch.equal(model(images), model.decode(model.encode(images)))
    still = Autoencoder(AutoencoderConfig(8, 4, noise=0.0))
    still.load_state_dict(model.state_dict())
    noisy = Autoencoder(AutoencoderConfig(8, 4, noise=0.5))
    noisy.load_state_dict(model.state_dict())
    assert not torch.allclose(noisy.train()(images), still.train()(images), atol=1e-3)


def test_upsampling_gives_each_place_four_of_its_own():
    layer, maps = Upsample(3, 2), torch.randn(1, 3, 4, 4)
    before = layer(maps)
    assert before.shape == (1, 2, 8, 8)
    maps[0, :, 1, 2] += 1
    changed = (layer(maps) != before).any(dim=1)[0]
    assert changed[2:4, 4:6].all() and changed.sum() == 4


def test_the_prior_reads_text_time_and_place(generator):
    places, texts = torch.randn(2, 3, WIDTH)
    times, keep = torch.rand(3), torch.zeros(3).bool()
    before = generator.prior(places, times, texts, keep)
    assert before.shape == (3, WIDTH)
    for other in (
        (-places, times, texts, keep),
        (places, times / 2, texts, keep),
        (places, times, -texts, keep),
    ):
        assert not torch.allclose(generator.prior(*other), before)
    dropped = generator.prior(places, times, texts, ~keep)
    torch.testing.assert_close(generator.prior(places, times, -texts, ~keep), dropped)


def test_widened_vectors_have_numbers_of_size_one():
    vectors = nn.functional.normalize(torch.randn(7, 50), dim=1)
    squares = widen(vectors).square().mean(dim=1)
    torch.testing.assert_close(squares, torch.ones(7))


def test_embedded_scenes_are_those_of_the_frozen_models(generator):
    graphs = [scene.graph for scene in EmojiScenes("train", 5, kinds=KINDS)]
    frozen = (generator.clip, generator.tokenizer, generator.autoencoder)
    embedded = embed_scenes(graphs, *frozen, part_size=2)
    whole = embed_scenes(graphs, *frozen)
    images = scene_tensors(graphs)
    expected = widen(embed_images(generator.clip, images))
    torch.testing.assert_close(embedded.images, expected)
    torch.testing.assert_close(embedded.texts, whole.texts)
    latents = generator.autoencoder.encode(to_float(images))
    torch.testing.assert_close(embedded.latents, latents, atol=1e-5, rtol=1e-4)


def test_the_cache_serves_only_the_weights_it_was_made_with(
    generator, tmp_path, monkeypatch
):
    clip, autoencoder = tmp_path / "clip", tmp_path / "autoencoder"
    generator.clip.save(clip)
    generator.tokenizer.save(clip)
    generator.autoencoder.save(autoencoder)
    file = tmp_path / "deep" / "scenes.pt"
    first = cached_scenes(file, 3, clip, autoencoder)

    def forbidden(*arguments):
        raise AssertionError("embedded again")

    with monkeypatch.context() as patch:
        patch.setattr(generation, "embed_scenes", forbidden)
        again = cached_scenes(file, 3, clip, autoencoder)
        assert torch.equal(first.images, again.images)
        with pytest.raises(AssertionError, match="embedded again"):
            cached_scenes(file, 4, clip, autoencoder)
    torch.manual_seed(5)
    Autoencoder(generator.autoencoder.config).save(autoencoder)
    assert not torch.equal(
        cached_scenes(file, 3, clip, autoencoder).latents, first.latents
    )


def test_a_prior_learns_where_each_text_belongs():
    torch.manual_seed(0)
    texts = torch.randn(4, WIDTH)
    images = texts.roll(1, dims=0) + 3  # elsewhere: with a gap
    prior = Prior(PriorConfig(WIDTH, width=64, layers=2))
    recipe = Recipe(400, batch_size=64, learning_rate=5e-3, weight_decay=0)
    train_flow(prior, images.repeat(64, 1), texts.repeat(64, 1), recipe)
    field = generation.guided_velocity(prior, texts, 1.0)
    found = generation.follow(field, torch.randn(4, WIDTH), 8)
    assert torch.cdist(found, images).argmin(dim=1).tolist() == [0, 1, 2, 3]
    assert (found - images).square().mean() < 0.2


def test_an_interrupted_training_ends_as_if_it_had_never_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(
        training,
        "UnfinishedTraining",
        lambda folder, recipe: UnfinishedTraining(folder, recipe, every_seconds=0),
    )
    examples, conditions = torch.randn(40, 4, 8, 8), torch.randn(40, WIDTH)
    recipe = Recipe(6, batch_size=8, learning_rate=1e-2, warmup=1)

    def new_flow() -> DiT:
        torch.manual_seed(0)
        return DiT(DiTConfig(8, 2, 32, 1, 2, condition_width=WIDTH, channels=4))

    def stop(step: int, loss: float) -> None:
        if step == 3:
            raise KeyboardInterrupt

    whole, halves = new_flow(), new_flow()
    expected = train_flow(whole, examples, conditions, recipe)
    with pytest.raises(KeyboardInterrupt):
        train_flow(halves, examples, conditions, recipe, folder=tmp_path, on_step=stop)
    again = new_flow()
    losses = train_flow(again, examples, conditions, recipe, folder=tmp_path)
    assert losses == expected and len(losses) == 6
    for name, value in whole.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name


def test_the_same_seed_paints_the_same_and_batches_do_not_mix(generator):
    prompts = ["a cat on a red background", "two dogs drawn on blue"]
    images = generator(prompts)
    assert images.shape == (2, 3, 64, 64) and images.abs().max() <= 1
    assert torch.equal(images, generator(prompts))
    assert not torch.allclose(images, generator(prompts, seed=1))
    first = generator(prompts[:1])
    torch.testing.assert_close(first, images[:1], atol=1e-4, rtol=1e-3)


def test_noise_of_a_seed_does_not_depend_on_the_number():
    torch.testing.assert_close(noise_for(2, (3, 4), 0), noise_for(5, (3, 4), 0)[:2])


def test_prompts_differ_and_belong_to_their_images():
    captions, images = prompts_of("S0", 30, ["group"])
    assert len(set(captions)) == 30
    first = EmojiScenes("S0", 1, kinds=["group"])[0]
    assert captions[0] == first.captions[0]
    assert torch.equal(images[0], to_float(scene_tensors([first.graph]))[0])


class Oracle(nn.Module):
    """A judge that reads the number of an image and of a text, if they carry one."""

    def __init__(self, number: int):
        super().__init__()
        self.logit_scale = nn.Parameter(torch.zeros(()))
        self.number = number

    def encode_image(self, images):
        return torch.eye(self.number)[images[:, 0, 0, 0].long()]

    def encode_text(self, ids):
        return torch.eye(self.number)[ids[:, 0]]


def test_judging_finds_the_right_captions_and_only_those():
    captions = [str(number) for number in range(20)]

    def number_of(texts):
        return torch.tensor([[int(text)] for text in texts])

    images = torch.arange(20.0)[:, None, None, None].expand(20, 3, 4, 4)
    right = judge_images(Oracle(20), number_of, images, captions)
    assert right.recall[1] == 1 and right.pool == 20
    wrong = judge_images(Oracle(20), number_of, images.roll(1, dims=0), captions)
    assert wrong.recall[10] == 0


def test_the_judge_sees_left_and_right_and_reads_order(judge, tokenizer):
    scenes = torch.zeros(2, 3, 64, 64)
    scenes[0, :, 28:36, 12:20], scenes[1, :, 28:36, 44:52] = 1, 1  # left and right
    left, right = judge.encode_image(scenes)
    assert (left - right).norm() > 0.01  # far from the rim, an average sees no place
    texts = ["a cat above a dog", "a dog above a cat"]
    vectors = judge.encode_text(tokenizer(texts))
    assert (vectors[0] - vectors[1]).norm() > 1e-3
    torch.testing.assert_close(vectors.norm(dim=1), torch.ones(2))


def test_filling_up_a_text_does_not_change_how_the_judge_reads_it(judge, tokenizer):
    short, long = "a cat", "a cat to the left of a dog on a red background"
    alone = judge.encode_text(tokenizer([short]))
    together = judge.encode_text(tokenizer([short, long]))
    torch.testing.assert_close(alone[0], together[0])


def test_all_parts_come_back_from_their_files(generator, judge, tmp_path):
    folders = {"clip": generator.clip, "prior": generator.prior}
    folders |= {"flow": generator.flow, "autoencoder": generator.autoencoder}
    for name, part in folders.items():
        part.save(tmp_path / f"{name}-emoji-scenes")
    generator.tokenizer.save(tmp_path / "clip-emoji-scenes")
    again = load_generator(lambda name: tmp_path / name)
    assert torch.equal(again(["a cat"]), generator(["a cat"]))
    judge.save(tmp_path / "judge")
    images = torch.randn(2, 3, 64, 64)
    reloaded = Judge.load(tmp_path / "judge")
    assert torch.equal(reloaded.encode_image(images), judge.encode_image(images))
