"""The Q-Former equals the published one, and nothing leaks through its masks."""

import pytest
import torch
from published_blip2 import (
    CONTEXT,
    VOCABULARY,
    published_blip2,
    published_retrieval,
)
from torch import Tensor
from transformers import BertConfig, BertModel, Blip2QFormerModel

from multimodal.hub import UnavailableError
from multimodal.qformer import (
    QFormer,
    QFormerConfig,
    bidirectional_mask,
    multimodal_causal_mask,
    real_tokens,
    rename_published_qformer,
    unimodal_mask,
)

MASKS = [unimodal_mask, bidirectional_mask, multimodal_causal_mask]
TOKENS = CONTEXT - 3  # texts are shorter than they may be
LENGTHS = [TOKENS, 4, 1]  # of three texts in a batch


def inputs_for(config, seed: int) -> tuple[Tensor, Tensor, Tensor]:
    """Image features, and texts of several lengths, padded."""
    generator = torch.Generator().manual_seed(seed + 1000)
    width = config.image_width if isinstance(config, QFormerConfig) else config
    features = torch.randn(len(LENGTHS), 7, width, generator=generator)
    ids = torch.randint(VOCABULARY, (len(LENGTHS), TOKENS), generator=generator)
    is_token = torch.arange(TOKENS) < torch.tensor(LENGTHS)[:, None]
    return features, ids, is_token


def run_published(model, features, ids, mask) -> tuple[Tensor, Tensor]:
    """What transformers' Q-Former makes of queries and text under a mask."""
    queries = model.query_tokens.expand(len(features), -1, -1)
    tokens = model.embeddings(input_ids=ids, query_embeds=queries)
    number = queries.shape[1]
    outputs = model.qformer(
        query_embeds=tokens,
        query_length=number,
        attention_mask=mask,
        encoder_hidden_states=model.vision_model.post_layernorm(features),
    ).last_hidden_state
    return outputs[:, :number], outputs[:, number:]


def score(queries: Tensor, text: Tensor, is_token: Tensor) -> Tensor:
    """One number that depends on all that counts, differently on each part."""
    weights = torch.linspace(-1, 1, queries.shape[-1])
    total = (queries * weights).pow(2).sum()
    return total + (text[is_token] * weights.flip(0)).pow(2).sum()


def assert_equal_gradients(ours: QFormer, published) -> None:
    gradients = {
        name: torch.zeros_like(p) if p.grad is None else p.grad
        for name, p in published.named_parameters()
    }
    expected = rename_published_qformer(gradients)
    own = dict(ours.named_parameters())
    assert expected.keys() == own.keys()
    assert expected["queries"].abs().max() > 1e-3  # or it would mean nothing
    for name, parameter in own.items():
        found = torch.zeros_like(parameter) if parameter.grad is None else parameter
        found = found if parameter.grad is None else parameter.grad
        if name == "text_embedding.tokens.weight":
            found[0] = 0  # transformers gives its padding token no gradient
        size = expected[name].abs().max().item()
        torch.testing.assert_close(
            found, expected[name], atol=1e-5 * max(1, size), rtol=0, msg=name
        )


@pytest.mark.parametrize("make_mask", MASKS)
@pytest.mark.parametrize("seed", range(20))
def test_outputs_and_gradients_equal_those_of_transformers(seed, make_mask):
    published = published_retrieval(seed)
    ours = QFormer.from_transformers(published)
    features, ids, is_token = inputs_for(ours.config, seed)
    mask = make_mask(ours.config.queries, is_token)
    found, expected = (
        ours(features, ids, mask),
        run_published(published, features, ids, mask),
    )
    torch.testing.assert_close(found[0], expected[0], atol=1e-5, rtol=0)
    torch.testing.assert_close(
        found[1][is_token], expected[1][is_token], atol=1e-5, rtol=0
    )
    score(*found, is_token).backward()
    score(*expected, is_token).backward()
    assert_equal_gradients(ours, published)


@pytest.mark.parametrize("seed", range(50))
def test_text_read_alone_and_queries_alone_equal_those_of_transformers(seed):
    published = published_retrieval(seed)
    ours = QFormer.from_transformers(published)
    features, ids, is_token = inputs_for(ours.config, seed)
    seen = published.vision_model.post_layernorm(features)
    queries = published.query_tokens.expand(len(features), -1, -1)
    queries = published.qformer(query_embeds=queries, encoder_hidden_states=seen)
    text = published.qformer(
        query_embeds=published.embeddings(input_ids=ids),
        query_length=0,
        attention_mask=is_token.long(),
    )
    found = ours(features)[0], ours.read_text(ids, is_token)
    expected = queries.last_hidden_state, text.last_hidden_state
    torch.testing.assert_close(found[0], expected[0], atol=1e-5, rtol=0)
    torch.testing.assert_close(
        found[1][is_token], expected[1][is_token], atol=1e-5, rtol=0
    )
    score(*found, is_token).backward()
    score(*expected, is_token).backward()
    assert_equal_gradients(ours, published)


@pytest.mark.parametrize("seed", range(5))
def test_the_text_path_is_bert(seed):
    ours = QFormer.from_transformers(published_retrieval(seed))
    config = ours.config
    bert = BertModel(
        BertConfig(
            vocab_size=VOCABULARY,
            hidden_size=config.width,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            intermediate_size=config.mlp_width,
            hidden_act=config.activation,
            max_position_embeddings=CONTEXT,
            layer_norm_eps=config.norm_eps,
        ),
        add_pooling_layer=False,
    ).eval()
    embeddings = bert.embeddings
    embeddings.word_embeddings.weight.data = ours.text_embedding.tokens.weight.data
    embeddings.position_embeddings.weight.data = ours.text_embedding.positions.weight
    torch.nn.init.zeros_(embeddings.token_type_embeddings.weight)
    embeddings.LayerNorm = ours.embedding_norm[0]
    for layer, theirs in zip(ours.layers, bert.encoder.layer, strict=True):
        attention = theirs.attention.self
        parts = zip(
            (attention.query, attention.key, attention.value),
            layer.attention.qkv.weight.chunk(3),
            layer.attention.qkv.bias.chunk(3),
            strict=True,
        )
        for part, weight, bias in parts:
            part.weight.data, part.bias.data = weight.data, bias.data
        theirs.attention.output.dense = layer.attention.project
        theirs.attention.output.LayerNorm = layer.attention_norm.norm
        theirs.intermediate.dense = layer.text_mlp.expand
        theirs.output.dense = layer.text_mlp.contract
        theirs.output.LayerNorm = layer.text_norm.norm
    _, ids, is_token = inputs_for(config, seed)
    with torch.no_grad():
        expected = bert(ids, attention_mask=is_token.long()).last_hidden_state
        found = ours.read_text(ids, is_token)
    torch.testing.assert_close(found[is_token], expected[is_token], atol=1e-5, rtol=0)


def random_qformer(**options) -> QFormer:
    """A small Q-Former whose parts all matter, in evaluation mode."""
    sizes = {"queries": 3, "width": 16, "layers": 4, "heads": 2, "image_width": 12}
    text = {"vocabulary_size": VOCABULARY, "context_length": CONTEXT}
    model = QFormer(QFormerConfig(**sizes | text | options)).eval()
    generator = torch.Generator().manual_seed(0)
    for parameter in model.parameters():
        parameter.data += 0.3 * torch.randn(parameter.shape, generator=generator)
    return model


@pytest.fixture(scope="module")
def qformer() -> QFormer:
    return random_qformer()


def changed(before: Tensor, after: Tensor) -> list[bool]:
    """Which tokens of the first row differ, by more than rounding."""
    difference = (before - after)[0].abs().amax(dim=-1)
    assert not ((difference > 1e-6) & (difference < 1e-4)).any()  # clear either way
    return (difference > 1e-5).tolist()


# who notices a change of text token 2, of the image: queries, and text tokens 0 to 3
NOTICED = {
    unimodal_mask: ([0, 0, 0], [1, 1, 1, 1], [1, 1, 1], [0, 0, 0, 0]),
    bidirectional_mask: ([1, 1, 1], [1, 1, 1, 1], [1, 1, 1], [1, 1, 1, 1]),
    multimodal_causal_mask: ([0, 0, 0], [0, 0, 1, 1], [1, 1, 1], [1, 1, 1, 1]),
}


@pytest.mark.parametrize("make_mask", MASKS)
def test_nothing_leaks(qformer, make_mask):
    features, ids, _ = inputs_for(qformer.config, 0)
    features, ids, is_token = features[:1], ids[:1, :4], torch.ones(1, 4).bool()
    mask = make_mask(3, is_token)
    other_ids, other_features = ids.clone(), features + 1 * torch.randn(1, 7, 12)
    other_ids[0, 2] = (ids[0, 2] + 1) % VOCABULARY
    plain = qformer(features, ids, mask)
    for pair, noticed in (
        ((features, other_ids), NOTICED[make_mask][:2]),
        ((other_features, ids), NOTICED[make_mask][2:]),
    ):
        after = qformer(*pair, mask)
        assert changed(plain[0], after[0]) == [bool(n) for n in noticed[0]]
        assert changed(plain[1], after[1]) == [bool(n) for n in noticed[1]]


@pytest.mark.parametrize("make_mask", MASKS)
def test_padding_is_never_looked_at(qformer, make_mask):
    features, ids, is_token = inputs_for(qformer.config, 0)
    mask = make_mask(3, is_token)
    before = qformer(features, ids, mask)
    other = torch.where(is_token, ids, (ids + 1) % VOCABULARY)
    after = qformer(features, other, mask)
    assert torch.equal(before[0], after[0])
    assert torch.equal(before[1][is_token], after[1][is_token])
    read = qformer.read_text(ids, is_token), qformer.read_text(other, is_token)
    assert torch.equal(read[0][is_token], read[1][is_token])


def test_the_image_reaches_text_through_the_queries_alone(qformer):
    """Text that may not look at queries has no way to the image, in no layer."""
    features, ids, is_token = inputs_for(qformer.config, 0)
    mask = bidirectional_mask(3, is_token).clone()
    mask[:, :, 3:, :3] = False
    before = qformer(features, ids, mask)
    after = qformer(features + 1, ids, mask)
    again = qformer(features + torch.randn_like(features), ids, mask)
    assert torch.equal(before[1], after[1]) and torch.equal(before[1], again[1])
    assert (before[0] - again[0]).abs().max() > 1e-3


def test_under_the_unimodal_mask_both_are_as_if_alone(qformer):
    features, ids, is_token = inputs_for(qformer.config, 0)
    queries, text = qformer(features, ids, unimodal_mask(3, is_token))
    alone, _ = qformer(features)
    torch.testing.assert_close(queries, alone, atol=1e-5, rtol=0)
    read = qformer.read_text(ids, is_token)
    torch.testing.assert_close(text[is_token], read[is_token], atol=1e-5, rtol=0)


def test_masks_are_what_their_figure_shows():
    """Two queries, and a text of three tokens of which the last is padding."""
    is_token = torch.tensor([[True, True, False]])
    pictures = {
        unimodal_mask: ["xx...", "xx...", "..xx.", "..xx.", "..xx."],
        bidirectional_mask: ["xxxx."] * 5,
        multimodal_causal_mask: ["xx...", "xx...", "xxx..", "xxxx.", "xxxx."],
    }
    for make_mask, picture in pictures.items():
        mask = make_mask(2, is_token)
        assert mask.shape == (1, 1, 5, 5) and mask.dtype == torch.bool
        drawn = ["".join(".x"[int(see)] for see in row) for row in mask[0, 0]]
        assert drawn == picture, make_mask.__name__


def test_the_first_end_of_a_text_is_part_of_it():
    ids = torch.tensor([[5, 6, 9, 9], [9, 5, 6, 7], [5, 6, 7, 8]])
    assert real_tokens(ids, end_id=9).int().tolist() == [
        [1, 1, 1, 0],
        [1, 0, 0, 0],
        [1, 1, 1, 1],
    ]


def test_queries_look_at_the_image_in_every_second_layer():
    model = random_qformer(layers=5)
    assert [layer.looks for layer in model.layers] == [True, False, True, False, True]
    model = random_qformer(layers=3, cross_attention_every=1)
    assert all(layer.looks for layer in model.layers)


def test_a_new_qformer_starts_as_bert():
    torch.manual_seed(0)
    model = QFormer(QFormerConfig(64, 64, 3, 4, 48, 500, 32))
    assert model.queries.std().item() == pytest.approx(0.02, rel=0.1)
    assert len(model.queries[0].unique(dim=0)) == 64  # or they would stay the same
    for layer in model.layers:
        assert torch.equal(layer.query_mlp.expand.weight, layer.text_mlp.expand.weight)
        assert layer.query_mlp.expand.weight is not layer.text_mlp.expand.weight
    weights = dict(model.named_parameters())
    for name in ("text_embedding.tokens", "layers.0.cross_attention.key_value"):
        assert weights[f"{name}.weight"].std().item() == pytest.approx(0.02, rel=0.1)
    assert weights["layers.1.attention.qkv.bias"].abs().max() == 0
    assert weights["layers.1.query_norm.norm.weight"].unique().item() == 1


def test_one_image_alone_gives_the_same_as_in_a_batch(qformer):
    features, ids, is_token = inputs_for(qformer.config, 0)
    queries, text = qformer(features, ids, bidirectional_mask(3, is_token))
    one = qformer(features[:1], ids[:1], bidirectional_mask(3, is_token[:1]))
    torch.testing.assert_close(one[0], queries[:1], atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(one[1], text[:1], atol=1e-5, rtol=1e-5)


def test_attention_maps_are_those_of_transformers():
    published = published_retrieval(4)
    ours = QFormer.from_transformers(published)
    features, _, _ = inputs_for(ours.config, 4)
    published.qformer.set_attn_implementation("eager")
    expected = published.qformer(
        query_embeds=published.query_tokens.expand(len(features), -1, -1),
        encoder_hidden_states=published.vision_model.post_layernorm(features),
        output_attentions=True,
    ).cross_attentions
    maps = ours.attention_maps(features)
    assert len(maps) == len(expected) > 0
    for one, other in zip(maps, expected, strict=True):
        torch.testing.assert_close(one, other, atol=1e-5, rtol=0)


def test_save_and_load_give_the_same_model(tmp_path, qformer):
    qformer.save(tmp_path)
    again = QFormer.load(tmp_path)
    assert again.config == qformer.config
    features, ids, _ = inputs_for(qformer.config, 0)
    for one, other in zip(qformer(features, ids), again(features, ids), strict=True):
        assert torch.equal(one, other)


@pytest.mark.parametrize("make", [published_retrieval, published_blip2])
def test_published_files_are_read(tmp_path, make):
    published = make(3)
    published.save_pretrained(tmp_path)
    read, copied = (
        QFormer.from_pretrained(tmp_path),
        QFormer.from_transformers(published),
    )
    assert read.config == copied.config and not read.training
    assert (read.text_embedding is not None) == (make is published_retrieval)
    features, _, _ = inputs_for(read.config, 3)
    assert torch.equal(read(features)[0], copied(features)[0])


def test_other_models_are_refused(tmp_path):
    with pytest.raises(UnavailableError, match="there is no folder"):
        QFormer.from_pretrained(tmp_path / "nowhere")
    published = published_retrieval(0)
    with pytest.raises(TypeError, match="a whole BLIP-2 of transformers"):
        QFormer.from_transformers(published.qformer)
    assert isinstance(published.qformer, Blip2QFormerModel)
    published.vision_model.save_pretrained(tmp_path)
    with pytest.raises(ValueError, match="expected a BLIP-2, got a 'blip_2_vision"):
        QFormer.from_pretrained(tmp_path)


def test_wrong_texts_and_sizes_are_refused(qformer):
    features, ids, _ = inputs_for(qformer.config, 0)
    with pytest.raises(ValueError, match="18 tokens is longer than the 12"):
        qformer(features, ids.repeat(1, 2))
    silent = random_qformer(vocabulary_size=0, context_length=0)
    with pytest.raises(ValueError, match="reads no text"):
        silent(features, ids)
    with pytest.raises(ValueError, match="12 numbers, got 9"):
        qformer(features[..., :9])
    with pytest.raises(ValueError, match="needs a context_length"):
        QFormerConfig(3, 8, 1, 1, 8, vocabulary_size=5)
