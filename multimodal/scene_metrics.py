"""Check captions of EmojiScenes against their scenes, fact by fact.

SPICE (Anderson et al., 2016) compares the facts of captions too, but has to guess them
with a parser of English. Here the scene graph is known, and captions have few forms.
"""

import functools
import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from multimodal.emoji_scenes import (
    BACKGROUNDS,
    NOUNS,
    OPPOSITE,
    PLACE,
    SceneGraph,
    counted,
)

# ("object", "cat"), ("count", "cat", 2), ("colour", "red"),
# ("relation", "cat", "left of", "dog")
Fact = tuple[str | int, ...]
FACT_KINDS = ("object", "count", "colour", "relation")
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
RELATION = re.compile(
    r"<(\d+)> (?:is |are )?(?:to the |on the )?(left of|right of|above|below) "
    r"(?=<(\d+)>)"  # only looked at, so that it can begin the next relation
)


def scene_facts(graph: SceneGraph) -> set[Fact]:
    """List all facts of a scene, as a complete caption states them."""
    facts: set[Fact] = {("colour", graph.background)}
    for noun, count in Counter(thing.noun for thing in graph.objects).items():
        facts |= {("object", noun), ("count", noun, count)}
    if graph.relation is not None:
        first, second = (thing.noun for thing in graph.objects)
        facts.add(relation_fact(first, graph.relation, second))
    return facts


def relation_fact(first: str, relation: str, second: str) -> Fact:
    """Write a relation as "left of" or "above".

    What is right of a dog has the dog left of it: one fact, which can be said from
    either side.
    """
    if relation in ("right of", "below"):
        first, relation, second = second, OPPOSITE[relation], first
    return ("relation", first, relation, second)


def parse_caption(text: str) -> set[Fact]:
    """Read the facts that a caption states, in the forms of `caption_scene`.

    Only nouns and colours of EmojiScenes are understood; a zebra is passed over. A
    count must be said: "two cats" and "a cat" say one, "cats" and "the cat" don't.

    Args:
        text: any text; what is not understood states nothing.
    Returns:
        Facts such as ("object", "cat"), ("count", "cat", 2), ("colour", "red") and
        ("relation", "cat", "left of", "dog"), each once.
    """
    words = " ".join(re.findall(r"\w+|,", text.lower()))
    nouns: list[str] = []
    facts: set[Fact] = set()

    def mark(mention: re.Match) -> str:
        """Note a noun with its count, and leave its number in the text: <0>, <1>."""
        noun, count = noun_of_name()[mention["name"]], read_count(mention["count"])
        if count == 0:
            return "nothing"
        facts.add(("object", noun))
        if count is not None:
            facts.add(("count", noun, count))
        nouns.append(noun)
        return f"<{len(nouns) - 1}>"

    marked = mention_pattern().sub(mark, words)
    return facts | colour_facts(marked) | relation_facts(marked, nouns)


def read_count(word: str | None) -> int | None:
    """Read "a", "two" or "2" as a number; None for "the" and for no word."""
    if word in ("a", "an"):
        return 1
    if word in COUNTS:
        return COUNTS.index(word)
    return int(word) if word and word.isdecimal() else None


@functools.cache
def noun_of_name() -> dict[str, str]:
    """Map each noun and its plural to the noun."""
    plurals = {counted(noun, 2).split(" ", 1)[1]: noun for noun in NOUNS}
    return plurals | {noun: noun for noun in NOUNS}


@functools.cache
def mention_pattern() -> re.Pattern:
    """Match a noun of EmojiScenes, or its plural, with the count or article before."""
    names = "|".join(noun_of_name())
    counts = "|".join(("a", "an", "the", *COUNTS, "[0-9]{1,2}"))
    return re.compile(rf"\b(?:(?P<count>{counts}) )?(?P<name>{names})\b")


def colour_facts(marked: str) -> set[Fact]:
    """Find the colours that a text gives to the background.

    Args:
        marked: words in lower case, with mentions of nouns as <0>, <1>.
    """
    colour = f"({'|'.join(BACKGROUNDS)})"
    forms = (
        rf"\b{colour} background\b",
        rf"\bbackground (?:is )?{colour}\b",
        rf"\b(?:on|in front of) (?:an? |the )?{colour}(?= ,| and| with|$)",
    )
    return {("colour", said) for form in forms for said in re.findall(form, marked)}


def relation_facts(marked: str, nouns: Sequence[str]) -> set[Fact]:
    """Find which thing is said to be where, compared with which other one.

    Args:
        marked: words in lower case, with mentions of nouns as <0>, <1>.
        nouns: what each mention names.
    """
    facts = {
        relation_fact(nouns[int(first)], relation, nouns[int(second)])
        for first, relation, second in RELATION.findall(marked)
    }
    placed = {
        relation: re.findall(rf"<(\d+)> (?:is |are )?{place}\b(?! of <)", marked)
        for relation, place in PLACE.items()
    }
    for relation in ("left of", "above"):
        for first in placed[relation]:
            for second in placed[OPPOSITE[relation]]:
                facts.add(
                    relation_fact(nouns[int(first)], relation, nouns[int(second)])
                )
    return facts


@dataclass(frozen=True)
class FactScore:
    """How well stated facts agree with true ones.

    Args:
        right: number of facts that were stated and are true.
        stated: number of facts that captions stated.
        true: number of facts of the scenes.
    """

    right: int
    stated: int
    true: int

    @property
    def precision(self) -> float:
        """Give the share of stated facts that are true; nan if none was stated."""
        return self.right / self.stated if self.stated else math.nan

    @property
    def recall(self) -> float:
        """Give the share of true facts that were stated; nan if there are none."""
        return self.right / self.true if self.true else math.nan

    @property
    def f1(self) -> float:
        """Give the harmonic mean of both; nan if nothing is true and nothing stated."""
        both = self.stated + self.true
        return 2 * self.right / both if both else math.nan

    def __str__(self) -> str:
        """Write it in one line."""
        return (
            f"F1 {self.f1:.3f} (precision {self.precision:.3f}, "
            f"recall {self.recall:.3f}) of {self.true:,} facts"
        )


def scene_f1(
    candidates: Sequence[str], graphs: Sequence[SceneGraph]
) -> dict[str, FactScore]:
    """Compare captions with their scenes, over all facts and for each kind of fact.

    A wrong noun is wrong in each fact that names it: as an object, in its count and
    in its relation.

    Args:
        candidates: one caption for each scene.
        graphs: the scenes.
    Returns:
        The scores, counted over all captions together, for "all" and for each of
        `FACT_KINDS`.
    Raises:
        ValueError: there are more captions than scenes, or fewer.
    """
    if len(candidates) != len(graphs):
        raise ValueError(f"{len(candidates)} captions for {len(graphs)} scenes")
    right, stated, true = Counter(), Counter(), Counter()
    for text, graph in zip(candidates, graphs, strict=True):
        said, holds = parse_caption(text), scene_facts(graph)
        for count, facts in ((right, said & holds), (stated, said), (true, holds)):
            count.update(fact[0] for fact in facts)
    scores = {
        kind: FactScore(right[kind], stated[kind], true[kind]) for kind in FACT_KINDS
    }
    return {"all": FactScore(right.total(), stated.total(), true.total()), **scores}
