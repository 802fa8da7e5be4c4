"""BLIP-2's first stage: three losses that look at what they may, and no more."""

import math

import pytest
import torch
from processes import run_in_processes
from published_blip2 import CONTEXT, VOCABULARY, published_blip2, published_retrieval
from torch import Tensor
from torch.nn.parallel import DistributedDataParallel

from multimodal import blip2_stage1
from multimodal.blip2_losses import itc_loss, pair_logits
from multimodal.blip2_stage1 import Blip2Stage1, Stage1Config
from multimodal.qformer import QFormerConfig

BATCH, TOKENS, END, IMAGE_WIDTH = 4, 6, 2, 12


def small_stage1(**options) -> Blip2Stage1:
    """A model whose parts all matter, in evaluation mode and double precision."""
    torch.manual_seed(0)
    qformer = QFormerConfig(3, 16, 3, 2, IMAGE_WIDTH, VOCABULARY, CONTEXT)
    model = Blip2Stage1(Stage1Config(qformer, 8, **options)).double().eval()
    generator = torch.Generator().manual_seed(0)
    for name, parameter in model.named_parameters():
        if name != "temperature":
            noise = torch.randn(parameter.shape, generator=generator)
            parameter.data += 0.3 * noise.double()
    return model


def pairs() -> tuple[Tensor, Tensor, Tensor]:
    """Image features, texts and what of them is no padding."""
    generator = torch.Generator().manual_seed(1)
    features = torch.randn(BATCH, 5, IMAGE_WIDTH, generator=generator).double()
    ids = torch.randint(3, VOCABULARY - 1, (BATCH, TOKENS), generator=generator)
    ids[:, 0] = 1
    lengths = torch.tensor([TOKENS, 3, TOKENS, 4])
    is_token = torch.arange(TOKENS) < lengths[:, None]
    return features, ids.masked_fill(~is_token, END), is_token


@pytest.fixture(scope="module")
def model() -> Blip2Stage1:
    return small_stage1()


@pytest.mark.parametrize("seed", range(10))
def test_contrast_and_matching_equal_those_of_transformers(seed):
    published = published_retrieval(seed)
    ours = Blip2Stage1.from_transformers(published)
    assert not ours.training
    generator = torch.Generator().manual_seed(seed)
    vision, size = published.vision_model, published.config.vision_config.image_size
    images = torch.randn(3, 3, size, size, generator=generator)
    ids = torch.randint(VOCABULARY, (3, TOKENS), generator=generator)
    is_token = torch.arange(TOKENS) < torch.tensor([TOKENS, 2, 4])[:, None]
    with torch.no_grad():
        inputs = {"pixel_values": images, "input_ids": ids}
        inputs["attention_mask"] = is_token.long()
        contrast = published(**inputs)
        matching = published(**inputs, use_image_text_matching_head=True)
        embedded = vision.embeddings(images)
        features = vision.encoder(inputs_embeds=embedded).last_hidden_state
        seen, read = ours.encode_image(features), ours.encode_text(ids, is_token)
        logits, _ = pair_logits(seen, read, 1.0)
        found = ours.match(features, ids, is_token)
    torch.testing.assert_close(logits, contrast.logits_per_image, atol=1e-5, rtol=0)
    torch.testing.assert_close(seen, contrast.image_embeds, atol=1e-5, rtol=0)
    torch.testing.assert_close(found, matching.logits_per_image, atol=1e-5, rtol=0)


def test_other_models_are_refused():
    with pytest.raises(TypeError, match="expected a Blip2ForImageTextRetrieval"):
        Blip2Stage1.from_transformers(published_blip2(0))
    with pytest.raises(ValueError, match="a Q-Former that reads text"):
        Stage1Config(QFormerConfig(3, 16, 1, 2, 12), 8)


def test_contrast_is_that_of_image_and_text_alone(model):
    """The queries of ITG serve ITC as well, because they see no text."""
    features, ids, is_token = pairs()
    seen, read = model.encode_image(features), model.encode_text(ids, is_token)
    logits = pair_logits(seen, read, 0.07)
    expected = itc_loss(*logits, 0.1)
    torch.testing.assert_close(model(features, ids, is_token).itc, expected)


@pytest.mark.parametrize("matched", (None, 1, BATCH - 1))
def test_matching_is_asked_of_right_and_of_hard_pairs(model, monkeypatch, matched):
    model.config.matched = matched
    features, ids, is_token = pairs()
    wrong_images, wrong_texts = torch.tensor([1, 0, 3, 0]), torch.tensor([2, 3, 1, 1])
    seen, read = model.encode_image(features), model.encode_text(ids, is_token)
    image_logits, text_logits = pair_logits(seen, read, 0.07)
    asked, few = [], slice(matched)

    def sample(logits: Tensor, forbidden: Tensor) -> Tensor:
        for_texts = torch.allclose(logits, text_logits[few])
        assert for_texts or torch.allclose(logits, image_logits[few])
        assert torch.equal(forbidden, torch.eye(BATCH).bool()[few])
        asked.append("images" if for_texts else "texts")
        return (wrong_images if for_texts else wrong_texts)[few]

    monkeypatch.setattr(blip2_stage1, "sample_hard_negatives", sample)
    loss = model(features, ids, is_token).itm.item()
    expected, number = 0.0, matched or BATCH
    for place in range(number):
        image, text = int(wrong_images[place]), int(wrong_texts[place])
        for seen, read, label in (
            (place, place, 1),
            (image, place, 0),
            (place, text, 0),
        ):
            pair = slice(seen, seen + 1), slice(read, read + 1)
            logits = model.match(features[pair[0]], ids[pair[1]], is_token[pair[1]])
            expected -= logits[0].log_softmax(0)[label].item()
    assert sorted(asked) == ["images", "texts"]
    assert loss == pytest.approx(expected / (3 * number), abs=1e-9)


def test_writing_is_foretelling_each_token_from_the_image_and_those_before(model):
    features, ids, is_token = pairs()
    losses = []
    for text in range(BATCH):
        for place in range(1, TOKENS):
            if not is_token[text, place]:
                continue
            shown = ids[text : text + 1, :place].clone()
            shown[0, 0] = VOCABULARY - 1  # [DEC]
            ones = torch.ones_like(shown, dtype=torch.bool)
            _, logits = model.read_and_write(features[text : text + 1], shown, ones)
            logs = logits[0, -1].log_softmax(0)
            right = logs[ids[text, place]]
            losses.append(-(0.9 * right + 0.1 * logs.mean()).item())
    found = model(features, ids, is_token).itg.item()
    assert found == pytest.approx(sum(losses) / len(losses), abs=1e-9)


def test_the_first_token_gives_way_to_dec(model):
    features, ids, is_token = pairs()
    other = ids.clone()
    other[:, 0] = 7
    _, before = model.read_and_write(features, ids, is_token)
    _, after = model.read_and_write(features, other, is_token)
    assert torch.equal(before, after)
    assert not torch.equal(
        model.encode_text(ids, is_token), model.encode_text(other, is_token)
    )


def test_every_query_answers_whether_a_pair_matches(model):
    features, ids, is_token = pairs()
    read = []
    handle = model.match_head.register_forward_hook(
        lambda layer, inputs, output: read.append(output)
    )
    logits = model.match(features, ids, is_token)
    handle.remove()
    assert read[0].shape == (BATCH, 3, 2)
    torch.testing.assert_close(logits, read[0].sum(1) / 3)


def test_all_three_losses_train_everything(model):
    features, ids, is_token = pairs()
    losses = model(features, ids, is_token)
    assert losses.total.item() == pytest.approx(sum(loss.item() for loss in losses))
    losses.total.backward()
    for name, parameter in model.named_parameters():
        size = 0.0 if parameter.grad is None else parameter.grad.abs().max()
        assert size > 1e-9 or name.endswith("attention.qkv.bias"), name
    model.zero_grad()


def test_the_language_head_shares_its_table_with_the_embedding(model):
    """So writing moves the vectors of tokens that no text holds, too."""
    features, ids, is_token = pairs()
    model.zero_grad()
    model(features, ids, is_token).itg.backward()
    gradient = model.qformer.text_embedding.tokens.weight.grad
    absent = [token for token in range(VOCABULARY - 1) if token not in ids]
    assert len(absent) > 3 and gradient[absent].abs().amax(dim=1).min() > 1e-9
    model.zero_grad()


def test_no_gradient_flows_through_the_choice_of_wrong_answers(model):
    """ITM doesn't move what only the similarities depend on."""
    model.zero_grad()
    model(*pairs()).itm.backward()
    for part in (model.project_image.weight, model.project_text.weight):
        assert part.grad is None or part.grad.abs().max() == 0
    assert model.temperature.grad is None
    assert model.match_head.weight.grad.abs().max() > 0
    model.zero_grad()


def test_similarities_are_divided_by_the_temperature(model):
    features, ids, is_token = pairs()
    colder = small_stage1()
    colder.temperature.data.fill_(0.5)
    seen, read = model.encode_image(features), model.encode_text(ids, is_token)
    assert model.temperature.item() == pytest.approx(0.07)
    expected = itc_loss(*pair_logits(seen, read, 0.5), 0.1)
    torch.testing.assert_close(colder(features, ids, is_token).itc, expected)


def test_captions_of_one_image_are_no_wrong_answers(model):
    features, ids, is_token = pairs()
    image_ids = torch.tensor([0, 0, 0, 0])
    with pytest.raises(ValueError, match="no wrong answer in its batch"):
        model(features, ids, is_token, image_ids)


def test_texts_are_written_as_they_are_read():
    """Each token is the likeliest after those before it; END ends a text."""
    model = small_stage1()
    features, _, _ = pairs()
    for _ in range(40):  # until some texts end early, and others later
        model.language_head.bias.data[END] += 0.2
        written = model.write(features, END, longest=7)
        if len((written == END).sum(1).unique()) > 1:
            break
    assert written.shape[1] <= 7 and (written[:, 0] == VOCABULARY - 1).all()
    is_token = torch.ones_like(written, dtype=torch.bool)
    _, logits = model.read_and_write(features, written, is_token)
    for text, row in enumerate(written):
        ended = False
        for place in range(1, written.shape[1]):
            ended = ended or (place > 1 and row[place - 1] == END)
            likeliest = logits[text, place - 1].argmax()
            assert row[place] == (END if ended else likeliest)
    lengths = (written != END).sum(1)
    assert lengths.min() < lengths.max()  # or the test would say little
    alone = [model.write(image[None], END, longest=7)[0] for image in features]
    for row, one in zip(written, alone, strict=True):
        assert torch.equal(row[: len(one)], one)


def test_save_and_load_give_the_same_model(tmp_path):
    config = Stage1Config(QFormerConfig(3, 16, 2, 2, 12, VOCABULARY, CONTEXT), 8)
    model = Blip2Stage1(config).eval()
    model.save(tmp_path)
    again = Blip2Stage1.load(tmp_path)
    assert again.config == model.config
    features, ids, is_token = pairs()
    one, other = (m.match(features.float(), ids, is_token) for m in (model, again))
    assert torch.equal(one, other)


def test_a_new_model_knows_nothing():
    """Then each loss is that of a guess."""
    torch.manual_seed(0)
    qformer = QFormerConfig(4, 64, 2, 4, IMAGE_WIDTH, VOCABULARY, CONTEXT)
    losses = Blip2Stage1(Stage1Config(qformer, 32))(*(to_single(pairs())))
    assert losses.itm.item() == pytest.approx(math.log(2), abs=0.15)
    assert losses.itg.item() == pytest.approx(math.log(VOCABULARY), abs=0.3)


def to_single(inputs: tuple[Tensor, Tensor, Tensor]) -> tuple[Tensor, Tensor, Tensor]:
    return inputs[0].float(), *inputs[1:]


PROCESSES = 2


def two_pairs() -> tuple[Tensor, Tensor, Tensor]:
    """One for each process, so that each has the other's as its only wrong answer.

    Their texts are as long: each process takes the mean over its own tokens.
    """
    return tuple(part[::2] for part in pairs())


def process(rank: int, folder: str) -> None:
    """Find losses and gradients in one of two processes, with one pair each."""
    inputs = [part.chunk(PROCESSES)[rank] for part in two_pairs()]
    parallel = DistributedDataParallel(small_stage1())
    losses = parallel(*(part.contiguous() for part in inputs))
    losses.total.backward()
    gradients = {name: p.grad for name, p in parallel.module.named_parameters()}
    torch.save([[loss.item() for loss in losses], gradients], f"{folder}/{rank}.pt")


def test_two_processes_give_the_losses_and_gradients_of_one(tmp_path):
    parts = run_in_processes(process, tmp_path, PROCESSES)
    whole = small_stage1()
    losses = whole(*two_pairs())
    losses.total.backward()
    for place, loss in enumerate(losses):
        mean = sum(part[0][place] for part in parts) / PROCESSES
        assert mean == pytest.approx(loss.item(), abs=1e-12)
    for name, parameter in whole.named_parameters():
        for _, gradients in parts:
            torch.testing.assert_close(
                gradients[name], parameter.grad, atol=1e-10, rtol=0, msg=name
            )
