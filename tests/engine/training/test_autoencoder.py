"""The autoencoder's training: its pictures, its teacher, what it is shown, and that it learns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from flexit_engine.errors import UsageError, WeightsError
from flexit_engine.networks.mini.autoencoder import MiniAutoencoder
from flexit_engine.networks.mini.encoders import MiniEncoder
from flexit_engine.networks.mini.perceptual import MiniPerceptual
from flexit_engine.networks.mini.text import Vocabulary
from flexit_engine.training.autoencoder import Distillation, visited
from flexit_engine.training.average import averaged, read_average
from flexit_engine.training.corpus import read_corpus
from flexit_engine.training.edits import read_edits
from flexit_engine.training.gallery import SHARES, Gallery, prepare_gallery
from flexit_engine.training.ring import Ring
from flexit_engine.training.teacher import HASHES, Teacher

from .tiny import paint_style, write_data, write_drawings, write_photographs

CPU = torch.device("cpu")


def random_numbers(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def shows(pool: list[Tensor], colour: tuple[int, int, int]) -> bool:
    """Whether the middle of a picture has a colour, nearly."""
    middles = torch.stack([p[:3, p.shape[1] // 2, p.shape[2] // 2].int() for p in pool])
    return bool(((middles - torch.tensor(colour)).abs() < 12).all(dim=1).any())


@pytest.fixture
def drawn(small: None, tmp_path: Path) -> Path:  # noqa: ARG001
    """Tiny training pictures."""
    (tmp_path / "data").mkdir()
    write_data(tmp_path / "data")
    return tmp_path / "data"


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A prepared gallery of tiny photographs and drawings."""
    photographs, drawings = tmp_path / "photographs", tmp_path / "drawings"
    write_photographs(photographs)
    write_drawings(drawings)
    prepare_gallery(photographs, drawings, tmp_path / "kept")
    return tmp_path / "kept"


def gallery_of(drawn: Path, kept: Path, held_out: Sequence[str] = ()) -> Gallery:
    return Gallery.load(kept, read_corpus(drawn, 0, held_out))


def test_the_gallery_leaves_out_photographs_to_judge_by(drawn: Path, kept: Path) -> None:
    pool = gallery_of(drawn, kept).pools["photographs"]
    assert shows(pool, (0, 0, 128))
    assert not shows(pool, (255, 0, 255))


@pytest.mark.parametrize(("style", "held_out"), [("twemoji", []), ("noto", ["noto"])])
def test_the_gallery_leaves_out_held_out_styles(
    drawn: Path, kept: Path, style: str, held_out: list[str]
) -> None:
    paint_style(drawn / "emoji" / style, "magenta")
    pool = gallery_of(drawn, kept, held_out).pools["drawings"]
    assert shows(pool, (255, 0, 0))
    assert not shows(pool, (255, 0, 255))


def test_the_gallery_leaves_out_fruit_of_the_test(drawn: Path, kept: Path) -> None:
    pool = gallery_of(drawn, kept).pools["things"]
    assert len(pool) == 5  # two lemons and two plums of three each, and grass
    assert shows(pool, (255, 255, 0))


def test_the_gallery_leaves_out_broken_drawings(drawn: Path, kept: Path) -> None:
    pool = gallery_of(drawn, kept, ["noto", "fluent3d"]).pools["drawings"]
    assert len(pool) == 2  # of three SVG files; all styles are held out


def test_folders_without_pictures_are_refused(tmp_path: Path) -> None:
    photographs = tmp_path / "photographs"
    write_photographs(photographs)
    for folders, sentence in (
        ((tmp_path, tmp_path), r"no images\.csv"),
        ((photographs, photographs), "no SVG file"),
    ):
        with pytest.raises(UsageError, match=sentence):
            prepare_gallery(*folders, tmp_path / "kept")


def test_crops_are_pictures_and_the_same_seed_cuts_the_same(drawn: Path, kept: Path) -> None:
    gallery = gallery_of(drawn, kept)
    first, second = (gallery.crops(20, 32, random_numbers()) for _ in range(2))
    assert torch.equal(first, second)
    assert first.shape == (20, 3, 32, 32)
    assert first.amin() >= 0
    assert first.amax() <= 1
    assert first.flatten(1).std(dim=1).gt(0.05).any()  # drawings stand out from their grounds


def test_the_teacher_s_latents_are_an_eighth_and_its_pictures_in_range(teacher: Path) -> None:
    taught = Teacher(teacher, CPU, torch.float32)
    latent = taught.encode(torch.rand(2, 3, 32, 48))
    assert latent.shape == (2, 32, 4, 6)
    picture = taught.decode(100 * latent)
    assert picture.shape == (2, 3, 32, 48)
    assert picture.amin() >= 0
    assert picture.amax() <= 1
    assert not any(parameter.requires_grad for parameter in taught.parameters())


def test_the_teacher_s_middle_sees_the_whole_picture(teacher: Path) -> None:
    taught = Teacher(teacher, CPU, torch.float32)
    image = torch.rand(1, 3, 256, 256)
    changed = image.clone()
    changed[..., :64, :64] = 1 - changed[..., :64, :64]
    far = (taught.encode(image) - taught.encode(changed))[..., -4:, -4:]
    assert far.abs().max() > 0  # through the normalisation alone: convolutions reach less far
    for block in taught.encoder:
        if getattr(block, "pool", None) is not None:
            block.pool = None
    far = (taught.encode(image) - taught.encode(changed))[..., -4:, -4:]
    assert far.abs().max() == 0


def test_a_teacher_that_is_not_the_published_one_is_refused(teacher: Path, tmp_path: Path) -> None:
    first, second = HASHES
    with pytest.raises(UsageError, match=first):
        Teacher(tmp_path, CPU, torch.float32)
    (tmp_path / first).symlink_to(teacher / first)
    (tmp_path / second).write_bytes((teacher / second).read_bytes() + b"!")
    with pytest.raises(WeightsError, match=f"{second}.*not the published one"):
        Teacher(tmp_path, CPU, torch.float32)


def test_edits_visit_moved_latents_of_the_same_shape() -> None:
    latent = torch.randn(400, 4, 6, 5)
    moved = visited(latent, random_numbers())
    assert moved.shape == latent.shape
    far = (moved - latent).flatten(1).norm(dim=1) / latent.flatten(1).norm(dim=1)
    assert 0.05 < far.median() < 1
    assert far.amax() < 4
    towards = torch.nn.functional.cosine_similarity(
        (moved - latent).flatten(1), (latent.roll(1, 0) - latent).flatten(1)
    )
    assert 0.2 < (towards > 0.6).float().mean() < 0.4  # a third go towards another picture


def test_a_ring_keeps_the_newest_rows_together() -> None:
    ring = Ring(4)
    for start in (0, 3):
        rows = torch.arange(start, start + 3)
        ring.add(number=rows, square=rows**2)
    drawn = ring.draw(100, random_numbers())
    assert set(drawn["number"].tolist()) == {2, 3, 4, 5}
    assert torch.equal(drawn["square"], drawn["number"] ** 2)


@pytest.fixture
def distillation(
    small: None,  # noqa: ARG001
    teacher: Path,
    drawn: Path,
    kept: Path,
) -> Distillation:
    torch.manual_seed(0)
    encoder = MiniEncoder("fire", Vocabulary(["cat"])).eval().requires_grad_(False)
    return Distillation(
        MiniAutoencoder(),
        Teacher(teacher, CPU, torch.float32),
        gallery_of(drawn, kept),
        MiniPerceptual(encoder),
        random_numbers(),
        batch=8,
    )


def test_a_quarter_of_what_is_shown_stays_clean(distillation: Distillation) -> None:
    distillation.prepare()
    assert (distillation.clean.added, distillation.moved.added) == (2, 6)
    clean = distillation.clean.draw(2, random_numbers())
    image = clean["image"].float() / 255
    torch.testing.assert_close(
        clean["latent"], distillation.teacher.encode(image), atol=0.01, rtol=0.01
    )


def test_latents_along_edits_are_mixed_in(distillation: Distillation) -> None:
    distillation.edited = torch.full((5, 32, 4, 4), 7.0).half()
    for _ in range(3):
        distillation.prepare()
    latent = distillation.moved.draw(200, random_numbers())["latent"]
    edited = latent.eq(7).flatten(1).all(dim=1)
    assert 0 < edited.sum() < len(latent)


def test_the_autoencoder_learns_a_batch(distillation: Distillation) -> None:
    optimiser = torch.optim.AdamW(distillation.model.parameters(), 1e-3)
    distillation.prepare()
    losses = []
    for _ in range(12):
        distillation.generator.manual_seed(1)  # the same pictures
        optimiser.zero_grad()
        losses.append(distillation.step())
        optimiser.step()
    for figure in ("painted", "latent"):
        assert losses[-1][figure] < 0.9 * losses[0][figure]


def test_what_is_exported_is_the_running_mean(tmp_path: Path) -> None:
    model = MiniAutoencoder()
    average = averaged(model)
    for value in (0.0, 1.0):
        with torch.no_grad():
            model.decoder[0].bias.fill_(value)
        average.update_parameters(model)
    state = {"modules": {"model": model.state_dict(), "average": average.state_dict()}}
    torch.save(state, tmp_path / "edited.pt")
    found = read_average(tmp_path / "edited.pt").decoder[0].bias
    assert torch.allclose(found, torch.tensor(0.001))


def test_edits_are_near_pictures_and_on_their_way(out: Path) -> None:
    latents = read_edits(out / "edits").float()
    assert latents.shape == (2 * 4, 32, 4, 4)  # four pictures after one step and after two
    first, second = latents.chunk(2)
    assert (first != second).flatten(1).any(dim=1).all()


def test_a_stage_that_is_not_done_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"no autoencoder\.pt"):
        read_average(tmp_path / "autoencoder.pt")
    with pytest.raises(UsageError, match="no edits"):
        read_edits(tmp_path)


def test_every_kind_of_picture_is_drawn() -> None:
    pools = {
        name: [torch.full((3, 40, 40), place, dtype=torch.uint8)]
        for place, name in enumerate(SHARES)
    }
    crops = Gallery(pools).crops(60, 32, random_numbers())
    assert set((255 * crops.mean(dim=(1, 2, 3))).round().int().tolist()) == {0, 1, 2}
