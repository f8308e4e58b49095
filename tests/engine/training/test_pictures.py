"""What is painted, what it is called, and who may see it."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from flexit_engine.training import encoders, judge
from flexit_engine.training.colours import NAMES, draw_shades
from flexit_engine.training.corpus import Corpus, Picture, read_corpus
from flexit_engine.training.lessons import Candidates
from flexit_engine.training.pools import Pools
from flexit_engine.training.restyle import lit, outlined
from flexit_engine.training.scenes import STILL, Painter, Placement


def named(corpus: Corpus, name: str, origin: str) -> Picture:
    """The picture of a concept in a style."""
    place = [concept.name for concept in corpus.concepts].index(name)
    return next(p for p in corpus.pictures if p.concept == place and p.origin == origin)


def test_the_held_out_style_and_split_are_marked(corpus: Corpus) -> None:
    held_out = {picture.origin for picture in corpus.pictures if picture.held_out}
    assert held_out == {"twemoji", "fruit/lemon", "fruit/plum"}
    fruit = [picture for picture in corpus.pictures if picture.origin.startswith("fruit/")]
    assert sum(picture.held_out for picture in fruit) == 2


def test_a_shape_and_an_emoji_of_one_name_are_one_concept(corpus: Corpus) -> None:
    names = [concept.name for concept in corpus.concepts]
    assert len(set(names)) == len(names)
    origins = {p.origin for p in corpus.pictures if p.concept == names.index("red circle")}
    assert origins == {"noto", "fluent3d", "twemoji", "drawn"}


def test_things_of_no_cluster_are_subjects_after_the_concepts(corpus: Corpus) -> None:
    concepts = len(corpus.concepts)
    others = [picture for picture in corpus.pictures if picture.concept < 0]
    assert {picture.subject for picture in others} == {concepts, concepts + 1}
    assert [thing.name for thing in corpus.subjects[concepts:]] == ["ice", "brick"]
    assert all(p.subject == p.concept for p in corpus.pictures if p.concept >= 0)


def test_a_style_can_be_held_out_to_choose_settings_by(
    data: Path,
    small: None,  # noqa: ARG001
) -> None:
    corpus = read_corpus(data, 0, ["noto"])
    assert {p.origin for p in corpus.pictures if p.held_out} >= {"noto", "twemoji"}
    assert not any(p.origin == "noto" for p in seen(encoders.lessons_of(corpus)))


def seen(pools: Pools) -> set[Picture]:
    return {picture for kinds in pools.pools for pool in kinds for picture in pool}


def test_encoders_see_nothing_that_is_held_out(corpus: Corpus) -> None:
    pictures = seen(encoders.lessons_of(corpus))
    assert pictures
    assert not any(picture.held_out for picture in pictures)


def test_encoders_are_asked_for_things_of_no_cluster_too(corpus: Corpus) -> None:
    vocabulary = encoders.vocabulary_of(corpus)
    bags = Candidates(corpus, vocabulary).bags
    assert [vocabulary.places("ice")] * 2 == bags[len(corpus.concepts)][:2]
    assert {p.subject for p in seen(encoders.lessons_of(corpus))} == set(range(len(bags)))


def test_judges_see_the_held_out_style_but_nothing_that_is_asked_for(corpus: Corpus) -> None:
    held_out = {picture for picture in seen(judge.lessons_of(corpus)) if picture.held_out}
    assert len(held_out) == 2
    assert {(p.origin, p.concept, p.kind) for p in held_out} == {("twemoji", -1, "sprite")}


def test_an_emoji_is_drawn_as_often_as_the_many_photographs_of_its_subject() -> None:
    drawing = Picture("sprite", 0, 0, "noto", held_out=False, subject=0)
    photographs = [Picture("photo", row, 0, "fruit/lemon", False, 0) for row in range(60)]
    drawn = Pools([drawing, *photographs]).draw(400, torch.Generator().manual_seed(0))
    assert 160 < sum(picture is drawing for picture in drawn) < 240


def test_scenes_are_pictures_and_the_same_seed_paints_the_same(corpus: Corpus) -> None:
    first, second = (Painter(corpus, 64, seed=3).paint(corpus.pictures, 0.5, 0.5) for _ in range(2))
    assert torch.equal(first.image, second.image)
    assert first.image.amin() >= 0
    assert first.image.amax() <= 1
    assert (first.first.colour >= 0).any()


def test_a_moon_is_never_mirrored_into_its_opposite(corpus: Corpus) -> None:
    still = Placement(rotation=0.0, shift=0.0, warp=0.0)
    painter = Painter(corpus, 64, 0, still)
    moon, cat = (named(corpus, name, "noto") for name in ("waxing moon", "cat"))
    moons = painter.paint([moon] * 20).image
    gold = ((moons[:, 0] > 0.9) & (moons[:, 2] < 0.1)).float().sum(1)
    assert (gold[:, 32:].sum(1) > 10 * gold[:, :32].sum(1)).all()
    assert not painter.handed[cat.concept]


def test_a_repainted_cat_has_the_colour_it_is_called_by(corpus: Corpus) -> None:
    cats = [named(corpus, "cat", "noto")] * 40
    scenes = Painter(corpus, 64, 0, STILL).paint(cats, repaint_share=1.0)
    middle = scenes.image[:, :, 28:36, 28:36].mean(dim=(2, 3))
    for colour, channel in (("red", 0), ("green", 1), ("blue", 2)):
        rows = scenes.first.colour == NAMES.index(colour)
        assert rows.any()
        assert (middle[rows].argmax(1) == channel).all()
    assert torch.equal(scenes.first.colour, scenes.second.colour)


def test_a_blended_circle_is_called_by_what_it_shows_most_of(corpus: Corpus) -> None:
    circles = [named(corpus, "red circle", "noto")] * 40
    blue = named(corpus, "blue circle", "noto").concept
    scenes = Painter(corpus, 64, 0, STILL).paint(circles, blend_share=1.0)
    middle = scenes.image[:, :, 12:52, 12:52].mean(dim=(2, 3))
    rows = scenes.second.subject == blue
    assert rows.any()
    assert scenes.share[rows].std() > 0.1
    torch.testing.assert_close(middle[rows, 0], scenes.share[rows], atol=0.1, rtol=0)


def test_the_second_judge_sees_drawings_in_their_own_colours(corpus: Corpus) -> None:
    painter = Painter(corpus, 64, 0, judge.SCHOOLS["second"].placement)
    red = painter.paint([named(corpus, "red circle", "noto")] * 40).image[:, 0, 24:40, 24:40]
    assert red.amin() > 0.99


def disc() -> torch.Tensor:
    """Eight grey discs, premultiplied."""
    axis = torch.linspace(-1, 1, 64)
    alpha = (axis.square() + axis.square()[:, None] < 0.4).float()
    return torch.cat([0.5 * alpha.expand(3, -1, -1), alpha[None]]).expand(8, -1, -1, -1)


def test_a_lit_drawing_is_brighter_on_one_side_and_keeps_its_outline() -> None:
    layer = lit(disc(), torch.Generator().manual_seed(0))
    sides = [layer[:, :3, :, half].sum(dim=(1, 2, 3)) for half in (slice(32), slice(32, None))]
    assert ((sides[0] - sides[1]).abs() > 20).any()
    assert torch.equal(layer[:, 3:], disc()[:, 3:])
    assert (layer[:, :3] <= layer[:, 3:]).all()


def test_an_outline_is_dark_and_lies_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("flexit_engine.training.restyle.OUTLINED_SHARE", 1.0)
    before, after = disc(), outlined(disc(), torch.Generator().manual_seed(0))
    inside = before[:, 3:] == 1
    line = (after[:, 3:] == 1) & ~inside
    assert torch.equal(after * inside, before)
    assert (line.sum(dim=(1, 2, 3)) > 200).all()
    assert (after[:, :3] * line).amax() <= 0.25


def test_shades_look_like_their_names() -> None:
    shade = dict(
        zip(NAMES, draw_shades(list(NAMES), torch.Generator().manual_seed(0)), strict=True)
    )
    assert shade["red"].argmax() == 0
    assert shade["green"].argmax() == 1
    assert shade["blue"].argmax() == 2
    assert shade["white"].amin() > 0.8
    assert shade["black"].amax() < 0.3


def test_painting_never_reads_a_pixel_back(corpus: Corpus) -> None:
    """On `meta` there is nothing to read: a hidden wait for a GPU would be an error."""
    there = corpus.to(torch.device("meta"))
    scenes = Painter(there, 64, 0).paint(corpus.pictures, 0.5, 0.5)
    assert scenes.image.device.type == "meta"
