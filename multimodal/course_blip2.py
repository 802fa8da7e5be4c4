"""The course's own BLIP-2 models, put together from what is frozen and their weights.

`scene_blip2` looks at EmojiScenes, `photograph_blip2` at photographs.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import torch
from PIL import Image
from torch import Tensor, nn
from transformers import PreTrainedTokenizerBase

from multimodal.blip2 import Blip2, Bridge
from multimodal.captioning import answer_questions, write_answers, write_captions
from multimodal.chat import Speaker
from multimodal.checkpoints import course_weights
from multimodal.clip import CLIP
from multimodal.emoji_scenes import Question
from multimodal.frozen_language_model import FrozenLanguageModel
from multimodal.language_model import LanguageModel
from multimodal.photograph_encoder import PhotographEncoder
from multimodal.preprocessing import ImagePreprocessing
from multimodal.prompts import (
    FEW_SHOT,
    SHORT_ANSWER,
    PromptFormat,
    build_prompt,
    caption_prompt,
    encode_opening,
    show_examples,
)
from multimodal.scene_answers import ask, worked_scene_examples
from multimodal.scene_features import frozen_image_tower
from multimodal.smollm2 import load_smollm2
from multimodal.tokenizer import Tokenizer

LanguageName = Literal["own", "smollm2"]
SCENE_BRIDGES = {"own": "blip2-emoji-scenes", "smollm2": "blip2-smollm2-emoji-scenes"}
# what photographs show, in the words of `caption_telegrams`, as people would tell it
PHOTOGRAPH_EXAMPLES = [
    (" brown dog runs snow", "", "A brown dog runs through deep snow ."),
    (" man red shirt rides bike", "What is he doing?", "riding a bike"),
    (" two girls sit bench park", "", "Two girls sit on a bench in a park ."),
    (" girl blue dress plays beach", "What colour is the dress?", "blue"),
    (" boy jumps swimming pool", "", "A young boy jumps into a swimming pool ."),
    (" black dog ball water", "What animal is it?", "dog"),
    (" people walk street city", "", "A group of people walk down a city street ."),
    (" football player white runs field", "Where is it?", "on a field"),
    (" climber climbs rock wall", "", "A climber is climbing up a steep rock wall ."),
    (" three children play sand", "How many children are there?", "three"),
    (" woman hat smiles camera", "", "A woman in a hat smiles at the camera ."),
]


@dataclass(frozen=True)
class CourseBlip2:
    """A bridge with all that belongs to it.

    Args:
        bridge: turns features into soft prompts.
        language, tokenizer: the frozen language model, opened as the style says.
        style: the format of its prompts.
        see: turns images into features, (images, image tokens, image_width).
    """

    bridge: nn.Module
    language: FrozenLanguageModel
    tokenizer: Tokenizer | PreTrainedTokenizerBase
    style: PromptFormat
    see: Callable[[Sequence[Image.Image]], Tensor]

    def captions(self, features: Tensor, **options) -> list[str]:
        """Write a caption of each image; options: as for `write_captions`."""
        parts = (self.bridge, self.language, self.tokenizer)
        return write_captions(*parts, features, self.style, **options)

    def answers(
        self, features: Tensor, questions: Sequence[str], **options
    ) -> list[str]:
        """Answer a question about each image; options: as for `answer_questions`."""
        parts = (self.bridge, self.language, self.tokenizer)
        return answer_questions(*parts, features, questions, self.style, **options)

    def ask(
        self, features: Tensor, questions: Sequence[Sequence[Question]]
    ) -> list[str]:
        """Ask all questions about each image, and return the answers in a row."""
        parts = (self.bridge, self.language, self.tokenizer, self.style)
        return ask(*parts, features, questions)

    def write_on(
        self, features: Tensor, prompts: Sequence[str], longest: int = 10, **options
    ) -> list[str]:
        """Write on after a prompt about each image; options: as for `write_answers`."""
        parts = (self.bridge, self.language, self.tokenizer, features, prompts)
        return write_answers(*parts, self.style, longest=longest, **options)

    def speaker(self, **options) -> Speaker:
        """Give what a `chat_panel` asks; options: as for `Speaker`."""

        def see(image: Image.Image) -> Tensor:
            return self.see([image])

        model = Blip2(self.bridge, self.language)
        return Speaker(model, self.tokenizer, self.style, see, **options)


def scene_style(name: LanguageName) -> PromptFormat:
    """Give the form in which a language model is asked about scenes."""
    if name == "own":
        return SHORT_ANSWER
    return show_examples(FEW_SHOT, worked_scene_examples(FEW_SHOT))


def photograph_style() -> PromptFormat:
    """Give the form in which SmolLM2 is asked about photographs."""
    caption = caption_prompt(FEW_SHOT)
    examples = [
        (picture, build_prompt([], asked, FEW_SHOT) if asked else caption, answer)
        for picture, asked, answer in PHOTOGRAPH_EXAMPLES
    ]
    return show_examples(FEW_SHOT, examples)


def frozen_language_model(
    name: LanguageName, style: PromptFormat
) -> tuple[FrozenLanguageModel, Tokenizer | PreTrainedTokenizerBase]:
    """Load a language model, ready to read soft prompts, and its tokenizer.

    Args:
        name: "own" for `language-model-emoji-scenes`, or "smollm2".
        style: of the prompts; says what comes before the soft prompts.
    Raises:
        FileNotFoundError, UnavailableError: OSErrors; it isn't there.
    """
    if name == "own":
        folder = course_weights("language-model-emoji-scenes")
        model, tokenizer = LanguageModel.load(folder), Tokenizer.load(folder)
    else:
        model, tokenizer = load_smollm2()
    return FrozenLanguageModel(model, encode_opening(tokenizer, style)), tokenizer


def scene_blip2(language_model: LanguageName = "smollm2") -> CourseBlip2:
    """Load the model that looks at scenes.

    Args:
        language_model: which one it writes with.
    Raises:
        FileNotFoundError, UnavailableError: OSErrors; a part of it isn't there.
    """
    bridge = Bridge.load(course_weights(SCENE_BRIDGES[language_model])).eval()
    clip = CLIP.load(course_weights("clip-emoji-scenes"))
    side = clip.image.config.image_size
    prepare, tower = ImagePreprocessing((side, side)), frozen_image_tower(clip)

    @torch.inference_mode()
    def see(images: Sequence[Image.Image]) -> Tensor:
        return tower.tokens(prepare(images).to(tower.cls_token)).cpu()

    style = scene_style(language_model)
    return CourseBlip2(
        bridge, *frozen_language_model(language_model, style), style, see
    )


def photograph_blip2() -> CourseBlip2:
    """Load the model that looks at photographs, and writes with SmolLM2.

    Raises:
        FileNotFoundError, UnavailableError: OSErrors; a part of it isn't there.
    """
    bridge = Bridge.load(course_weights("blip2-flickr8k")).float().eval()
    encoder = PhotographEncoder()

    def see(images: Sequence[Image.Image]) -> Tensor:
        return encoder(encoder.preprocess(images))

    style = photograph_style()
    parts = frozen_language_model("smollm2", style)
    return CourseBlip2(bridge, *parts, style, see)
