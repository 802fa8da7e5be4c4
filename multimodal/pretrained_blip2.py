"""The published BLIP-2: what it needs, whether that is there, and how it is used.

Li et al., "BLIP-2", 2023; the weights are those of `Salesforce/blip2-opt-2.7b`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from PIL import Image
from torch import nn
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from multimodal.blip2 import (
    Blip2,
    Bridge,
    BridgeConfig,
    ImageEncoder,
    published_image_config,
)
from multimodal.captioning import decode_texts
from multimodal.frozen_language_model import batch_prompts
from multimodal.hub import UnavailableError
from multimodal.memory import free_memory
from multimodal.preprocessing import ImagePreprocessing
from multimodal.prompts import (
    QUESTION_ANSWER,
    build_prompt,
    caption_prompt,
    encode_prompts,
    end_token,
)
from multimodal.qformer import published_qformer_config

PUBLISHED_BLIP2 = "Salesforce/blip2-opt-2.7b"
# for what is computed on the way, and for keys and values: more than enough
WORKING_BYTES = 500_000_000


def published_parts(config: dict[str, Any]) -> dict[str, nn.Module]:
    """Build the parts of a published BLIP-2 without any numbers in them.

    They are on PyTorch's device `meta`, and take no memory.

    Args:
        config: the content of its `config.json`.
    Raises:
        ValueError: it describes another kind of model.
    """
    from transformers import AutoModelForCausalLM, Blip2Config  # slow to import

    qformer = published_qformer_config(config, reads_text=False)
    language_config = Blip2Config.from_dict(config).text_config
    with torch.device("meta"):
        language = AutoModelForCausalLM.from_config(language_config)
        width = language.get_input_embeddings().embedding_dim
        bridge = Bridge(BridgeConfig(qformer, width))
        vision = published_image_config(config.get("vision_config") or {})
        encoder = ImageEncoder(vision)
    return {
        "image encoder": encoder,
        "Q-Former": bridge.qformer,
        "projection": bridge.project,
        "language model": language,
    }


def count_parameters(module: nn.Module) -> int:
    """Count the parameters of a module; those that are shared count once."""
    return sum(parameter.numel() for parameter in module.parameters())


def weight_bytes(parts: dict[str, nn.Module], bits: int) -> float:
    """Count the bytes that the weights of a BLIP-2 take.

    The Q-Former and the projection stay in single precision. With 8 or 4 bits, these
    are for the matrices of the linear layers in the image encoder and the language
    model, with scales of 32 bits: for each row with 8 bits, for 64 weights with 4. The
    rest is then in half precision.

    Args:
        parts: of `published_parts`.
        bits: 32, 16, 8 or 4.
    """
    total = 0.0
    for name, part in parts.items():
        number = count_parameters(part)
        if name in ("Q-Former", "projection"):
            total += 4 * number
        elif bits >= 16:
            total += bits / 8 * number
        else:
            head = getattr(part, "lm_head", None)  # the table of words, where tied
            layers = [layer for layer in part.modules() if isinstance(layer, nn.Linear)]
            matrices = [layer.weight for layer in layers if layer is not head]
            rounded = sum(matrix.numel() for matrix in matrices)
            rows = sum(len(matrix) for matrix in matrices)
            scales = rows if bits == 8 else rounded / 64
            total += bits / 8 * rounded + 4 * scales + 2 * (number - rounded)
    return total


def loading_bytes(parts: dict[str, nn.Module], bits: int) -> float:
    """Count the most bytes that `Blip2.from_pretrained` takes while it loads.

    The model of transformers and our copies of its image encoder, in single precision,
    and of its Q-Former, twice, are in memory at the same time. The language model is
    taken over and not copied. What the system keeps of the files it read isn't counted,
    since it gives that back when memory is short.
    """
    copies = count_parameters(parts["image encoder"])
    copies += 2 * count_parameters(parts["Q-Former"])
    return weight_bytes(parts, bits) + 4 * copies


@dataclass(frozen=True)
class Place:
    """A place where a BLIP-2 could work.

    Args:
        device: "cpu" or "cuda".
        dtype: of the frozen parts.
        needed, free: bytes, each on the machine and, if it is another, on the device.
    """

    device: str
    dtype: torch.dtype
    needed: dict[str, float]
    free: dict[str, float]

    @property
    def fits(self) -> bool:
        """Whether all that is needed is free."""
        return all(self.needed[where] <= self.free[where] for where in self.needed)

    def __str__(self) -> str:
        """Say what is needed and what is free, in a part of a sentence."""
        precision = {torch.float32: "single", torch.float16: "half"}[self.dtype]
        amounts = " and ".join(
            f"{need / 1e9:.1f} GB of {where} ({self.free[where] / 1e9:.1f} GB are free)"
            for where, need in self.needed.items()
        )
        return f"in {precision} precision on {self.device!r} it needs {amounts}"


def possible_places(parts: dict[str, nn.Module]) -> list[Place]:
    """List where a BLIP-2 could work, a GPU first, with what it needs and what is free.

    Half precision is for GPUs. There, the model is loaded into the machine's memory
    before it moves.

    Args:
        parts: of `published_parts`.
    """
    memory, places = "memory", []
    if torch.cuda.is_available():
        needed = {
            memory: loading_bytes(parts, 16),
            "the GPU's memory": weight_bytes(parts, 16) + WORKING_BYTES,
        }
        free = {memory: free_memory(), "the GPU's memory": free_memory("cuda")}
        places.append(Place("cuda", torch.float16, needed, free))
    needed = max(loading_bytes(parts, 32), weight_bytes(parts, 32) + WORKING_BYTES)
    free = {memory: free_memory()}
    return [*places, Place("cpu", torch.float32, {memory: needed}, free)]


def find_place(parts: dict[str, nn.Module], name: str = PUBLISHED_BLIP2) -> Place:
    """Choose where a BLIP-2 works, before anything of it is loaded.

    Raises:
        UnavailableError: an OSError; no place has the memory.
    """
    places = possible_places(parts)
    for place in places:
        if place.fits:
            return place
    raise UnavailableError(
        f"{name} doesn't fit, so nothing was loaded: {', or '.join(map(str, places))}; "
        "close other programs, or run this where there is more memory"
    )


@dataclass(frozen=True)
class PretrainedBlip2:
    """Write about images with a published BLIP-2, by this book's own classes.

    Args:
        model: of `Blip2.from_pretrained`.
        tokenizer: of its language model.
        prepare: turns images into what its encoder reads.
        end_id: of the token that ends an answer: a new line, for those with OPT.
    """

    model: Blip2
    tokenizer: PreTrainedTokenizerBase
    prepare: ImagePreprocessing
    end_id: int

    @torch.inference_mode()
    def write(self, image: Image.Image, prompt: str, longest: int = 30) -> str:
        """Write on after the soft prompts of an image and a text, greedily.

        Args:
            longest: most tokens that are written.
        """
        features = self.model.features(self.prepare([image]))
        ids = encode_prompts(self.tokenizer, [prompt], QUESTION_ANSWER)
        texts = [part.to(features.device) for part in batch_prompts(ids, self.end_id)]
        options = {"end_id": self.end_id, "longest": longest}
        written = self.model.generate(features, *texts, **options)
        return decode_texts(self.tokenizer, written, self.end_id)[0]

    def caption(self, image: Image.Image) -> str:
        """Write a caption: nothing but the start token follows the soft prompts."""
        return self.write(image, caption_prompt(QUESTION_ANSWER))

    def reply(
        self, image: Image.Image, history: Sequence[tuple[str, str]], question: str
    ) -> str:
        """Answer a question after others with their answers, for a `Conversation`."""
        return self.write(image, build_prompt(history, question, QUESTION_ANSWER))


def load_pretrained_blip2(place: Place, name: str = PUBLISHED_BLIP2) -> PretrainedBlip2:
    """Load a published BLIP-2 from the hub's cache, or from the hub.

    Args:
        place: of `find_place`.
        name: in the hub, or a folder.
    Raises:
        UnavailableError: an OSError; something is missing, broken, or too large.
    """
    try:
        prepare = ImagePreprocessing.from_pretrained(name)
        tokenizer = AutoTokenizer.from_pretrained(name)
        if not tokenizer("")["input_ids"]:  # a caption needs START to go on from
            tokenizer.add_bos_token = True
        model = Blip2.from_pretrained(name, place.dtype).to(place.device)
    except Exception as error:  # loaders raise whatever they like on broken files
        raise UnavailableError(
            f"{name} can't be loaded ({type(error).__name__}: {error})"
        ) from error
    end = model.language.model.generation_config.eos_token_id
    end = end[0] if isinstance(end, list) else end
    end = end_token(tokenizer) if end is None else end
    return PretrainedBlip2(model, tokenizer, prepare, end)
