"""EmojiScenes: small pictures whose every fact is known, with captions and questions.

A scene graph is drawn first. The image, the captions and the questions with their
answers all derive from it, so the ground truth is exact.
"""

import functools
import hashlib
import io
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass

import datasets
import inflect
import numpy as np
from PIL import Image

from multimodal.artwork import STYLES, sprite

# fmt: off
EMOJI = {
    "cat": "🐈", "dog": "🐕", "horse": "🐎", "cow": "🐄", "pig": "🐖", "sheep": "🐑",
    "goat": "🐐", "camel": "🐪", "elephant": "🐘", "mouse": "🐁", "rabbit": "🐇",
    "hedgehog": "🦔", "bat": "🦇", "bear": "🐻", "panda": "🐼", "kangaroo": "🦘",
    "chicken": "🐔", "penguin": "🐧", "duck": "🦆", "owl": "🦉", "flamingo": "🦩",
    "peacock": "🦚", "parrot": "🦜", "frog": "🐸", "crocodile": "🐊", "turtle": "🐢",
    "snake": "🐍", "whale": "🐳", "dolphin": "🐬", "fish": "🐟", "shark": "🦈",
    "octopus": "🐙", "snail": "🐌", "butterfly": "🦋", "ant": "🐜", "bee": "🐝",
    "ladybird": "🐞", "spider": "🕷", "crab": "🦀", "lobster": "🦞", "rose": "🌹",
    "sunflower": "🌻", "tulip": "🌷", "cactus": "🌵", "tree": "🌳", "mushroom": "🍄",
    "melon": "🍈", "watermelon": "🍉", "tangerine": "🍊", "lemon": "🍋",
    "banana": "🍌", "pineapple": "🍍", "mango": "🥭", "apple": "🍎", "pear": "🍐",
    "peach": "🍑", "cherry": "🍒", "strawberry": "🍓", "kiwi": "🥝", "tomato": "🍅",
    "coconut": "🥥", "avocado": "🥑", "aubergine": "🍆", "potato": "🥔",
    "carrot": "🥕", "cucumber": "🥒", "onion": "🧅", "croissant": "🥐",
    "pretzel": "🥨", "burger": "🍔", "pizza": "🍕", "sandwich": "🥪", "taco": "🌮",
    "egg": "🥚", "cookie": "🍪", "cake": "🎂", "doughnut": "🍩", "lollipop": "🍭",
    "teapot": "🫖", "knife": "🔪", "globe": "🌍", "house": "🏠", "tent": "⛺",
    "castle": "🏰", "locomotive": "🚂", "bus": "🚌", "taxi": "🚕", "tractor": "🚜",
    "bicycle": "🚲", "scooter": "🛴", "anchor": "⚓", "sailing boat": "⛵",
    "ship": "🚢", "aeroplane": "✈", "helicopter": "🚁", "rocket": "🚀",
    "hourglass": "⌛", "watch": "⌚", "alarm clock": "⏰", "umbrella": "☂",
    "snowman": "⛄", "balloon": "🎈", "kite": "🪁", "trophy": "🏆", "football": "⚽",
    "basketball": "🏀", "guitar": "🎸", "trumpet": "🎺", "violin": "🎻", "drum": "🥁",
    "telephone": "☎", "laptop": "💻", "camera": "📷", "television": "📺",
    "candle": "🕯", "book": "📕", "newspaper": "📰", "envelope": "✉", "pencil": "✏",
    "key": "🔑", "hammer": "🔨", "axe": "🪓", "magnet": "🧲", "ladder": "🪜",
    "microscope": "🔬", "telescope": "🔭", "chair": "🪑", "bucket": "🪣",
    "broom": "🧹", "boot": "👢", "hat": "🎩", "crown": "👑", "dress": "👗",
    "shirt": "👕", "backpack": "🎒", "ring": "💍", "bell": "🔔", "star": "⭐",
    "cloud": "☁", "snowflake": "❄", "skull": "💀", "ghost": "👻", "robot": "🤖",
    "heart": "❤",
}
BACKGROUNDS = {
    "red": (226, 106, 106), "orange": (245, 171, 98), "yellow": (247, 228, 125),
    "green": (139, 201, 133), "blue": (121, 170, 226), "purple": (178, 142, 214),
    "pink": (247, 182, 207), "grey": (190, 190, 190),
}
# fmt: on
NOUNS = tuple(EMOJI)
RELATIONS = ("left of", "right of", "above", "below")
OPPOSITE = {
    "left of": "right of",
    "right of": "left of",
    "above": "below",
    "below": "above",
}
PHRASE = {
    "left of": "to the left of",
    "right of": "to the right of",
    "above": "above",
    "below": "below",
}
PLACE = {
    "left of": "on the left",
    "right of": "on the right",
    "above": "at the top",
    "below": "at the bottom",
}
NUMBERS = ("no", "one", "two", "three", "four")
MAX_COUNT = 4
SPLITS = {
    "train": "layouts, triples, counts and styles of training",
    "validation": "like S0, other layouts: for choosing a recipe",
    "S0": "new layouts",
    "S1": "new layouts in an art style that training never shows",
    "S2": "new layouts with held-out (object, relation, object) triples",
    "S3": "new layouts with held-out counts of each object",
}
KINDS = ("single", "group", "pair")
HELD_OUT_STYLE = "openmoji-line"
TRAINING_STYLES = tuple(style for style in STYLES if style != HELD_OUT_STYLE)
GRID = 64  # positions and sizes are whole units of 1/64 of the image's side


@dataclass(frozen=True)
class SceneObject:
    """One thing in a scene: its noun, top left corner and size (units of 1/64)."""

    noun: str
    x: int
    y: int
    size: int


@dataclass(frozen=True)
class Question:
    """A question about a scene. `kind`: what, how many, which colour, yes/no, where."""

    kind: str
    text: str
    answer: str


@dataclass(frozen=True)
class SceneGraph:
    """Every fact about a scene; all else derives from it.

    Args:
        style: the art style, one of `multimodal.artwork.STYLES`.
        background: the name of the background's colour.
        objects: what is in the scene; in a `pair` two different nouns, otherwise one
            to four of the same.
        relation: how the first object of a pair stands to the second, else None.
    """

    style: str
    background: str
    objects: tuple[SceneObject, ...]
    relation: str | None = None

    def layout(self) -> tuple:
        """Give where things are, without what they are."""
        return tuple((thing.x, thing.y, thing.size) for thing in self.objects)

    def to_json(self) -> str:
        """Write the graph as one line of JSON, the same for equal graphs."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))

    def digest(self) -> str:
        """Name the graph by 16 hexadecimal digits of its SHA-256."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()[:16]


def portion(*what: object) -> float:
    """Map a value to a number in [0, 1) that never changes: the splits' lottery."""
    digest = hashlib.sha256(repr(what).encode()).digest()
    return int.from_bytes(digest[:6], "big") / 2**48


def layout_split(layout: tuple) -> str:
    """Tell which layouts training may see: 80% train, 5% validation, 15% test."""
    lot = portion("layout", layout)
    return "train" if lot < 0.8 else "validation" if lot < 0.85 else "test"


def is_held_out_triple(first: str, relation: str, second: str) -> bool:
    """Tell whether (first, relation, second) belongs to S2, one triple in ten.

    "A left of B" and "B right of A" are the same fact and get the same answer.
    """
    if relation in ("right of", "below"):
        first, relation, second = second, OPPOSITE[relation], first
    return portion("triple", first, relation, second) < 0.1


def held_out_count(noun: str) -> int:
    """Give the count (2, 3 or 4) in which training never shows this noun."""
    return 2 + NOUNS.index(noun) % (MAX_COUNT - 1)


@functools.cache
def _english() -> inflect.engine:
    return inflect.engine()


@functools.cache
def with_article(noun: str) -> str:
    """Put "a" or "an" before a noun: an apple, a mouse."""
    return _english().a(noun)


@functools.cache
def counted(noun: str, count: int) -> str:
    """Name `count` of a noun: "an apple", "two mice", "no sheep"."""
    if count == 1:
        return with_article(noun)
    return f"{NUMBERS[count]} {_english().plural(noun)}"


def caption_scene(graph: SceneGraph) -> list[str]:
    """Describe a scene in five differently worded sentences, all of them complete."""
    colour = graph.background
    ground = f"{with_article(colour)} background"
    first, second = graph.objects[0].noun, graph.objects[-1].noun
    if graph.relation is None:
        count = len(graph.objects)
        things = counted(first, count)
        verb = "is" if count == 1 else "are"
        return [
            f"{things} on {ground}",
            f"a picture of {things} in front of {ground}",
            f"there {verb} {things}, and the background is {colour}",
            f"{things} drawn on {colour}",
            f"{ground} with {things} on it",
        ]
    a, b = with_article(first), with_article(second)
    relation, inverse = PHRASE[graph.relation], PHRASE[OPPOSITE[graph.relation]]
    here, there = PLACE[graph.relation], PLACE[OPPOSITE[graph.relation]]
    return [
        f"{a} {relation} {b} on {ground}",
        f"{b} {inverse} {a} in front of {ground}",
        f"there is {a} {here} and {b} {there}, and the background is {colour}",
        f"a picture of {a} {relation} {b} drawn on {colour}",
        f"{ground} with {b} {there} and {a} {here}",
    ]


def _yes_no(graph: SceneGraph, rng: random.Random) -> Question:
    """Draw the answer first, so that yes and no are equally frequent."""
    answer = rng.choice(("yes", "no"))
    nouns = [thing.noun for thing in graph.objects]
    if graph.relation and rng.random() < 0.5:
        relation = graph.relation if answer == "yes" else OPPOSITE[graph.relation]
        text = f"Is the {nouns[0]} {PHRASE[relation]} the {nouns[1]}?"
    else:
        noun = rng.choice(nouns)
        while answer == "no" and noun in nouns:
            noun = rng.choice(NOUNS)
        text = f"Is there {with_article(noun)} in the picture?"
    return Question("yes/no", text, answer)


def ask_about_scene(graph: SceneGraph, rng: random.Random) -> list[Question]:
    """Ask what a scene can answer: four questions, each of another kind."""
    colour = Question(
        "which colour", "What colour is the background?", graph.background
    )
    first, second = graph.objects[0].noun, graph.objects[-1].noun
    if graph.relation is None:
        plural = counted(first, 2).split(" ", 1)[1]
        count = NUMBERS[len(graph.objects)]
        return [
            Question("what", "What is in the picture?", first),
            Question("how many", f"How many {plural} are there?", count),
            colour,
            _yes_no(graph, rng),
        ]
    subject, relation = second, graph.relation
    answer = first
    if rng.random() < 0.5:
        subject, relation, answer = first, OPPOSITE[relation], second
    where = PLACE[OPPOSITE[relation]]
    return [
        Question("what", f"What is {PHRASE[relation]} the {subject}?", answer),
        Question("where", f"Where is the {subject}?", where),
        colour,
        _yes_no(graph, rng),
    ]


def render(graph: SceneGraph, image_size: int = 64) -> np.ndarray:
    """Paint a scene graph.

    Args:
        graph: what to paint.
        image_size: side of the image in pixels.

    Returns:
        The image, uint8 `(image_size, image_size, 3)`.
    """
    canvas = np.empty((image_size, image_size, 3), dtype=np.uint8)
    canvas[:] = BACKGROUNDS[graph.background]
    for thing in graph.objects:
        size = thing.size * image_size // GRID
        x, y = thing.x * image_size // GRID, thing.y * image_size // GRID
        colours, transparency = sprite(EMOJI[thing.noun], graph.style, size)
        spot = canvas[y : y + size, x : x + size]
        spot[:] = colours + spot * transparency // 255
    return canvas


def draw_single(rng: random.Random) -> list[tuple[int, int, int]]:
    """Place one object anywhere, between 7/16 and 7/8 of the image's side."""
    size = rng.randrange(28, 57, 2)
    return [(rng.randint(0, GRID - size), rng.randint(0, GRID - size), size)]


def draw_group(rng: random.Random, count: int) -> list[tuple[int, int, int]]:
    """Place objects of one size, each in another quarter of the image."""
    size = rng.randrange(20, 31, 2)
    slack = GRID // 2 - size
    corners = rng.sample([(0, 0), (32, 0), (0, 32), (32, 32)], count)
    return [
        (x + rng.randint(0, slack), y + rng.randint(0, slack), size) for x, y in corners
    ]


def draw_pair(rng: random.Random, relation: str) -> list[tuple[int, int, int]]:
    """Place two objects on either side of the middle, near the other axis' middle.

    Their distance along the relation's axis is always the larger one, so that only
    this relation describes them.
    """
    boxes = []
    for place in (relation, OPPOSITE[relation]):
        size = rng.randrange(22, 31, 2)
        along = rng.randint(0, GRID // 2 - size)
        along += 0 if place in ("left of", "above") else GRID // 2
        across = (GRID - size) // 2 + rng.randint(-8, 8)
        horizontal = place in ("left of", "right of")
        boxes.append((along, across, size) if horizontal else (across, along, size))
    return boxes


@dataclass(frozen=True)
class Scene:
    """One example: a scene graph and all that derives from it."""

    graph: SceneGraph
    seed: str
    image_size: int = 64

    @property
    def label(self) -> int:
        """The class: the index of the first object's noun in `NOUNS`."""
        return NOUNS.index(self.graph.objects[0].noun)

    @property
    def pixels(self) -> np.ndarray:
        """The image as uint8 `(image_size, image_size, 3)`."""
        return render(self.graph, self.image_size)

    @property
    def image(self) -> Image.Image:
        """The image as an RGB Pillow image."""
        return Image.fromarray(self.pixels)

    @property
    def captions(self) -> list[str]:
        """Five captions."""
        return caption_scene(self.graph)

    @property
    def questions(self) -> list[Question]:
        """Four questions with their answers."""
        return ask_about_scene(self.graph, random.Random(f"questions {self.seed}"))

    def to_row(self) -> dict:
        """Give the scene as a row of the data set, the image as PNG bytes."""
        buffer = io.BytesIO()
        self.image.save(buffer, format="PNG", compress_level=1)
        return {
            "image": {"bytes": buffer.getvalue(), "path": None},
            "label": self.label,
            "captions": self.captions,
            "questions": [asdict(question) for question in self.questions],
            "style": self.graph.style,
            "graph": self.graph.to_json(),
        }


class EmojiScenes(Sequence):
    """A split of EmojiScenes, made as it is read: scene `i` is always the same scene.

    Args:
        split: one of `SPLITS`: train, validation, S0, S1, S2, S3.
        size: number of scenes; any number, since none is made before it is asked for.
        seed: another seed gives other scenes of the same split.
        image_size: side of the images in pixels.
        kinds: which kinds of scene to mix: `single` (one object), `group` (one to
            four of a noun) and `pair` (two nouns in a relation). S2 has only pairs
            and S3 only groups.
        styles: art styles to mix; by default those of training, in S1 the held-out
            one. With any one style, a split shows the same things at the same places.

    Raises:
        ValueError: an unknown split, kind or style, a negative size, an image under
            16 px.
    """

    def __init__(
        self,
        split: str,
        size: int = 10_000,
        seed: int = 0,
        image_size: int = 64,
        kinds: Sequence[str] = ("group", "pair"),
        styles: Sequence[str] | None = None,
    ):
        if split not in SPLITS:
            raise ValueError(f"unknown split {split!r}; choose one of {list(SPLITS)}")
        if not kinds or set(kinds) - set(KINDS):
            raise ValueError(f"unknown kinds {kinds}; choose one or more of {KINDS}")
        if styles is None:
            styles = (HELD_OUT_STYLE,) if split == "S1" else TRAINING_STYLES
        if not styles or set(styles) - set(STYLES):
            raise ValueError(f"unknown styles {styles}; choose one or more of {STYLES}")
        if size < 0:
            raise ValueError(f"the size of a split can't be negative, but is {size}")
        if image_size < 16:
            raise ValueError(f"scenes need at least 16 px a side, not {image_size}")
        self.split, self.size, self.seed = split, size, seed
        self.image_size, self.styles = image_size, tuple(styles)
        self.kinds = {"S2": ("pair",), "S3": ("group",)}.get(split, tuple(kinds))

    def __len__(self) -> int:
        """Count the scenes."""
        return self.size

    def __getitem__(self, index: int | slice) -> "Scene | list[Scene]":
        """Make scene `index` (negative: from the end), or a list for a slice."""
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(self.size))]
        if not -self.size <= index < self.size:
            raise IndexError(f"scene {index} of {self.size}")
        seed = f"{self.split} {self.seed} {index % self.size}"
        return Scene(self._draw(random.Random(seed)), seed, self.image_size)

    def _draw(self, rng: random.Random) -> SceneGraph:
        kind = rng.choice(self.kinds)
        style = rng.choice(self.styles)  # as many random numbers for one as for two
        nouns, relation = self._draw_nouns(rng, kind)
        bucket = self.split if self.split in ("train", "validation") else "test"
        while True:
            if kind == "pair":
                boxes = draw_pair(rng, relation)
            else:
                count = len(nouns)
                boxes = draw_single(rng) if kind == "single" else draw_group(rng, count)
            if layout_split(tuple(boxes)) == bucket:
                break
        objects = (
            SceneObject(noun, *box) for noun, box in zip(nouns, boxes, strict=True)
        )
        return SceneGraph(
            style, rng.choice(list(BACKGROUNDS)), tuple(objects), relation
        )

    def _draw_nouns(
        self, rng: random.Random, kind: str
    ) -> tuple[list[str], str | None]:
        if kind == "single":
            return [rng.choice(NOUNS)], None
        if kind == "group":
            noun = rng.choice(NOUNS)
            if self.split == "S3":
                return [noun] * held_out_count(noun), None
            count = rng.randint(1, MAX_COUNT)  # first, so that counts are balanced
            while held_out_count(noun) == count:
                noun = rng.choice(NOUNS)
            return [noun] * count, None
        relation = rng.choice(RELATIONS)
        while True:
            nouns = rng.sample(NOUNS, 2)
            held_out = is_held_out_triple(nouns[0], relation, nouns[1])
            if held_out == (self.split == "S2"):
                return nouns, relation

    def tensors(self) -> tuple[np.ndarray, np.ndarray]:
        """Render every scene of the split.

        Returns:
            Images, uint8 `(size, 3, image_size, image_size)`, and labels, int64
            `(size,)`.
        """
        side = self.image_size
        images = np.empty((self.size, 3, side, side), dtype=np.uint8)
        labels = np.empty(self.size, dtype=np.int64)
        for index, scene in enumerate(self):
            images[index] = scene.pixels.transpose(2, 0, 1)
            labels[index] = scene.label
        return images, labels

    def rows(self, shard: int = 0, shards: int = 1) -> Iterator[dict]:
        """Yield the rows of the data set one by one, or every `shards`-th of them."""
        for index in range(shard, self.size, shards):
            yield self[index].to_row()

    def dataset(self) -> datasets.Dataset:
        """Make the split as a Hugging Face data set with an `Image` feature."""
        return datasets.Dataset.from_list(list(self.rows()), features=features())

    def stream(self, shards: int = 1) -> datasets.IterableDataset:
        """Make the split as a stream: one scene at a time, none kept.

        Args:
            shards: in how many parts data loader workers can share the stream.
        """
        return datasets.IterableDataset.from_generator(
            _stream_rows,
            features=features(),
            gen_kwargs={
                "scenes": self,
                "parts": list(range(shards)),  # a list: shared among the workers
                "shards": shards,
            },
        )


def _stream_rows(scenes: EmojiScenes, parts: list[int], shards: int) -> Iterator[dict]:
    for part in parts:
        yield from scenes.rows(part, shards)


def features() -> datasets.Features:
    """Describe the columns of the data set."""
    text = datasets.Value("string")
    return datasets.Features(
        {
            "image": datasets.Image(),
            "label": datasets.ClassLabel(names=list(NOUNS)),
            "captions": datasets.List(text),
            "questions": datasets.List({"kind": text, "text": text, "answer": text}),
            "style": text,
            "graph": text,
        }
    )
