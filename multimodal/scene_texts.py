"""EmojiScenes in words alone, and a language model's lessons from them.

A text is a caption, a question with its answer, or a conversation, written as
`multimodal.prompts` writes it. Often a description of the same scene stands before it,
at the very place where soft prompts will stand one day: so the model learns that what
stands there is what the text is about.
"""

import math
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import Dataset

from multimodal.blip2_losses import IGNORED
from multimodal.emoji_scenes import (
    OPPOSITE,
    PHRASE,
    PLACE,
    EmojiScenes,
    Question,
    Scene,
)
from multimodal.frozen_language_model import (
    FrozenLanguageModel,
    TextBatch,
    batch_answers,
    batch_prompts,
)
from multimodal.prompts import (
    QUESTION_ANSWER,
    SHORT_ANSWER,
    PromptFormat,
    build_prompt,
    caption_prompt,
    encode_answers,
    encode_prompts,
    encode_text,
)
from multimodal.tokenizer import Tokenizer


@dataclass(frozen=True)
class SceneText:
    """What a model is told about a scene, and what it has to write.

    Args:
        kind: "caption", or the kind of the question.
        prompt: follows the soft prompts; may be empty.
        answer: follows the prompt.
        description: of the scene in words, in the place of soft prompts; may be empty.
    """

    kind: str
    prompt: str
    answer: str
    description: str = ""


def caption_text(
    scene: Scene, rng: random.Random, style: PromptFormat = SHORT_ANSWER
) -> SceneText:
    """Ask for one of a scene's captions."""
    return SceneText("caption", caption_prompt(style), rng.choice(scene.captions))


def question_text(
    scene: Scene, rng: random.Random, style: PromptFormat = SHORT_ANSWER
) -> SceneText:
    """Ask one of a scene's questions."""
    question = rng.choice(scene.questions)
    prompt = build_prompt([], question.text, style)
    return SceneText(question.kind, prompt, question.answer)


def conversation_text(
    scene: Scene, rng: random.Random, style: PromptFormat = QUESTION_ANSWER
) -> SceneText:
    """Ask two to four of a scene's questions; the last one has yet to be answered."""
    *before, last = rng.sample(scene.questions, rng.randint(2, 4))
    history = [(question.text, question.answer) for question in before]
    return SceneText(last.kind, build_prompt(history, last.text, style), last.answer)


def follow_up(scene: Scene, subject: int) -> tuple[list[tuple[str, str]], Question]:
    """Ask which of two things is where, and then where "it" is.

    The second question tells nothing without the first one and its answer: whether it
    is on the left or on the right depends on what was spoken of.

    Args:
        scene: with a relation.
        subject: which of its two things is meant, 0 or 1.
    Returns:
        The history, one question with its answer, and the question that follows.
    """
    things = [thing.noun for thing in scene.graph.objects]
    relation = scene.graph.relation if subject == 0 else OPPOSITE[scene.graph.relation]
    asked = f"What is {PHRASE[relation]} the {things[1 - subject]}?"
    history = [(asked, things[subject])]
    return history, Question("follow-up", "Where is it?", PLACE[relation])


def describe(
    text: SceneText, scene: Scene, captions: int, rng: random.Random
) -> SceneText:
    """Put some of a scene's captions where soft prompts will stand."""
    return replace(text, description=" ".join(rng.sample(scene.captions, captions)))


def encode_scene_texts(tokenizer: Tokenizer, texts: Sequence[SceneText]) -> TextBatch:
    """Put texts side by side for a model that learns to write them.

    A row is [description, START, prompt, answer, END]; all after START is to be
    foretold, questions as well.
    """
    given, written = [], []
    for text in texts:
        (prompt,) = encode_prompts(tokenizer, [text.prompt], SHORT_ANSWER)
        (answer,) = encode_answers(tokenizer, [text.answer], SHORT_ANSWER)
        description = encode_text(tokenizer, text.description, start=False)
        given.append(description + prompt[:1])
        written.append(prompt[1:] + answer)
    return batch_answers(given, written, tokenizer.end_id, tokenizer.end_id)


class SceneTextBatches(Dataset):
    """Batches of texts about scenes; batch number i is always the same.

    Args:
        tokenizer: for the texts.
        batch_size: texts in a batch, over all processes together; each is about
            another scene.
        split, seed, options: as for `EmojiScenes`.
        rank, processes: make only every `processes`-th text, starting with `rank`.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        batch_size: int,
        split: str = "train",
        seed: int = 0,
        rank: int = 0,
        processes: int = 1,
        **options: object,
    ):
        self.tokenizer, self.batch_size, self.seed = tokenizer, batch_size, seed
        self.scenes = EmojiScenes(split, 2**62, seed, **options)
        self.rank, self.processes = rank, processes

    def __getitem__(self, step: int) -> TextBatch:
        """Give the batch of a step."""
        rng = random.Random(f"texts {self.seed} {step}")
        # one form in a batch, so that its texts are about as long: little padding
        write = rng.choice((caption_text, question_text, conversation_text))
        captions = rng.choice((0, 1, 1, 2))
        first, texts = step * self.batch_size, []
        for scene in self.scenes[first : first + self.batch_size]:
            texts.append(describe(write(scene, rng), scene, captions, rng))
        own = slice(self.rank, None, self.processes)
        return encode_scene_texts(self.tokenizer, texts[own])


def text_loss(model: nn.Module, texts: TextBatch, reduction: str = "mean") -> Tensor:
    """Measure how badly a language model foretells texts, in nats per token.

    Args:
        model: a `LanguageModel`.
        texts: of `encode_scene_texts`.
        reduction: "mean", "sum" or "none", as for `F.cross_entropy`.
    """
    logits = model(input_ids=texts.ids, attention_mask=texts.is_token).logits[:, :-1]
    targets = texts.labels[:, 1:]  # token i foretells token i + 1
    return F.cross_entropy(
        logits.flatten(0, 1),
        targets.flatten(),
        ignore_index=IGNORED,
        reduction=reduction,
    )


def learn_scene_tokenizer(
    scenes: int = 4000, context_length: int = 128, merges: int = 3000
) -> Tokenizer:
    """Learn tokens from captions and questions of the train split.

    There are so few different words that each becomes one token.
    """
    texts = []
    for scene in EmojiScenes("train", scenes):
        texts += scene.captions
        for question in scene.questions:
            texts.append(build_prompt([], question.text, SHORT_ANSWER))
            texts.append(question.answer)
    return Tokenizer.learn(texts, merges, context_length)


def measured_texts(
    split: str,
    number: int,
    write: Callable[[Scene, random.Random], SceneText],
    captions: int,
) -> list[SceneText]:
    """Write about the first scenes of a split, to measure a model with.

    Args:
        write: `caption_text`, `question_text` or `conversation_text`.
        captions: how many describe each scene; none leaves a model to guess.
    """
    texts = []
    for place, scene in enumerate(EmojiScenes(split, number)):
        rng = random.Random(f"test text {place}")
        texts.append(describe(write(scene, rng), scene, captions, rng))
    return texts


def unigram_perplexity(known: TextBatch, new: TextBatch) -> float:
    """Measure a model that knows how frequent each token is, and nothing else.

    Args:
        known: texts that it counts; a token that isn't in them counts as seen once.
        new: texts that it has to foretell.
    """
    counts = Counter(known.labels[known.labels != IGNORED].tolist())
    tokens = new.labels[new.labels != IGNORED].tolist()
    total = counts.total() + len(set(tokens) - set(counts))
    shares = torch.tensor([max(counts[token], 1) / total for token in tokens])
    return shares.log().mean().neg().exp().item()


@torch.inference_mode()
def perplexity(model: nn.Module, texts: TextBatch, batch_size: int = 100) -> float:
    """Tell among how many equally likely tokens a model is undecided.

    Args:
        model: a `LanguageModel`, in evaluation mode.
        texts: of `encode_scene_texts`.
        batch_size: texts in one pass; the result does not depend on it.
    Returns:
        The exponential of the mean loss of all tokens that are to be foretold.
    """
    device, total = next(model.parameters()).device, 0.0
    for first in range(0, len(texts.ids), batch_size):
        part = (tensor[first : first + batch_size].to(device) for tensor in texts)
        total += text_loss(model, TextBatch(*part), "sum").item()
    return math.exp(total / (texts.labels != IGNORED).sum().item())


def complete_texts(
    language: FrozenLanguageModel,
    tokenizer: Tokenizer,
    texts: Sequence[SceneText],
    longest: int = 8,
    batch_size: int = 100,
) -> list[str]:
    """Let a language model answer, told about each scene in words or not at all.

    Args:
        language: gets no soft prompts, but the descriptions in their place.
        longest: most tokens of an answer.
    """
    answers = []
    for first in range(0, len(texts), batch_size):
        rows = []
        for text in texts[first : first + batch_size]:
            (prompt,) = encode_prompts(tokenizer, [text.prompt], SHORT_ANSWER)
            rows.append(encode_text(tokenizer, text.description, False) + prompt)
        ids, is_token = batch_prompts(rows, tokenizer.end_id)
        ids, is_token = ids.to(language.opening), is_token.to(language.opening.device)
        none = torch.zeros(len(rows), 0, language.width, device=ids.device)
        end, options = tokenizer.end_id, {"longest": longest}
        written = language.generate(none, ids, is_token, end, **options)
        answers += [tokenizer.decode(row) for row in written.tolist()]
    return answers
