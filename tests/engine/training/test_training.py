"""Every stage of training, on a handful of pictures drawn here."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from flexit_engine.errors import UsageError
from flexit_engine.networks import mini
from flexit_engine.networks.mini.encoders import DESIGNS, MiniEncoder, fold
from flexit_engine.networks.mini.text import Vocabulary
from flexit_engine.training.__main__ import main
from flexit_engine.training.attacks import attack
from flexit_engine.training.autoencoder import FEATURES_OF
from flexit_engine.training.corpus import Corpus
from flexit_engine.training.encoders import radius
from flexit_engine.training.judges import Judge
from flexit_engine.training.plan import STAGES
from flexit_engine.training.resume import resume_encoder, unfold
from flexit_engine.training.run import Budget, Run, Task, half_precision

MORE = ("--photographs", "p", "--drawings", "d")


def pictures(checkpoint: Path) -> int:
    """How many pictures a stage has learned from."""
    return int(torch.load(checkpoint, weights_only=True)["progress"]["pictures"])


def test_all_trains_every_stage_and_exports_weights_that_load(out: Path) -> None:
    assert {pictures(out / f"{stage}.pt") for stage in STAGES} == {4}
    for kind in ("weights", "plain"):
        networks = mini.load(out / kind, torch.device("cpu"), "float32")
        drawings = [e for e in networks.encoders if isinstance(e, MiniEncoder)]
        assert [e.encode_text(["a red cat"]).shape for e in drawings] == [(1, 256)] * len(DESIGNS)


def test_the_control_shares_the_autoencoder_but_not_the_encoders(out: Path) -> None:
    def same(file: str) -> bool:
        return (out / "weights" / file).read_bytes() == (out / "plain" / file).read_bytes()

    assert same("autoencoder.safetensors")
    assert not same("residual.safetensors")


@pytest.mark.parametrize("name", ["judge", "second"])
def test_an_exported_judge_knows_its_design_and_labels(
    out: Path, corpus: Corpus, name: str
) -> None:
    with safe_open(out / "judges" / f"{name}.safetensors", framework="pt") as file:
        about = file.metadata()
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    labels = json.loads(about["labels"])
    assert labels == [concept.name for concept in corpus.concepts]
    judge = Judge(len(labels), about["design"], int(about["side"])).eval()
    assert judge.side == 128
    judge.load_state_dict(tensors)
    assert judge(torch.rand(2, 3, 128, 128)).shape == (2, len(labels))


def test_the_two_judges_are_built_differently(out: Path) -> None:
    designs = set()
    for name in ("judge", "second"):
        with safe_open(out / "judges" / f"{name}.safetensors", framework="pt") as file:
            designs.add(file.metadata()["design"])
    assert len(designs) == 2


def test_all_does_only_what_is_not_done_yet(out: Path, folders: list[str]) -> None:
    again = ["all", *folders, "--out", str(out), "--budget", "1"]
    before = {stage: (out / f"{stage}.pt").stat().st_mtime_ns for stage in STAGES}
    (out / "second.pt").unlink()
    main(again)
    after = {stage: (out / f"{stage}.pt").stat().st_mtime_ns for stage in STAGES}
    assert [stage for stage in STAGES if before[stage] != after[stage]] == ["second"]


def test_a_stage_goes_on_from_its_checkpoint(out: Path, tmp_path: Path) -> None:
    (tmp_path / "corpus").symlink_to(out / "corpus")
    stage = ["judge", "--out", str(tmp_path), "--budget"]
    main([*stage, "4"])
    main([*stage, "8"])
    assert pictures(tmp_path / "judge.pt") == 8
    main([*stage, "8"])
    assert pictures(tmp_path / "judge.pt") == 8


def test_the_same_seed_and_number_of_pictures_train_the_same(
    out: Path, teacher: Path, tmp_path: Path
) -> None:
    again = ["--out", str(prepared(out, tmp_path)), "--budget", "1", "--teacher", str(teacher)]
    main(["edited", *again])
    first, second = (
        torch.load(folder / "edited.pt", weights_only=True)["modules"]["average"]
        for folder in (out, tmp_path)
    )
    assert all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.parametrize(
    ("stage", "weights"),
    [
        ("autoencoder", "weights"),
        ("residual-robust", "weights"),
        ("fire-robust", "weights"),
        ("judge", "judges"),
    ],
)
def test_a_stage_goes_on_from_finished_weights(
    out: Path,
    teacher: Path,
    tmp_path: Path,
    stage: str,
    weights: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "corpus").symlink_to(out / "corpus")
    monkeypatch.setattr(Run, "rate", lambda _run: 0.0)
    options = ["--out", str(tmp_path), "--budget", "1", "--teacher", str(teacher)]
    main([stage, *options, "--start", str(out / weights)])
    name = stage.removesuffix("-robust")
    model = torch.load(tmp_path / f"{stage}.pt", weights_only=True)["modules"]["model"]
    finished = load_file(out / weights / f"{name}.safetensors")
    last = [key for key in finished if key in model and finished[key].dim() > 1][-1]
    assert torch.equal(model[last].half(), finished[last])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["all", "--start", "weights"], "--start is for one stage"),
        (["all"], "Give the folder of TAEF2's files with --teacher."),
        (["autoencoder", "--teacher", "nowhere"], "'taef2_encoder.pth' is not in 'nowhere'."),
        (["prepare"], "Give their folder with --data."),
        (["prepare", "--data", "DATA"], "Give their folder with --photographs."),
        (["prepare", "--data", "DATA", "--photographs", "p"], "Give their folder with --drawings."),
        (["prepare", "--data", "p", *MORE], "p is no folder of training pictures"),
        (["prepare", "--data", "DATA", *MORE], "p is no folder of photographs"),
        (["judge"], "Run the stage prepare first."),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(
    tmp_path: Path,
    data: Path,
    words: list[str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    words = [str(data) if word == "DATA" else word for word in words]
    with pytest.raises(SystemExit) as ended:
        main([*words, "--out", str(out)])
    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err
    assert not out.exists()


def test_what_was_prepared_without_a_gallery_is_prepared_anew(
    out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "corpus").mkdir()
    for name in ("corpus.json", "corpus.safetensors"):
        (tmp_path / "corpus" / name).symlink_to(out / "corpus" / name)
    with pytest.raises(SystemExit):
        main(["judge", "--out", str(tmp_path), "--budget", "1"])
    assert "Run the stage prepare first." in capsys.readouterr().err


@pytest.mark.parametrize("design", DESIGNS)
@torch.no_grad()
def test_finished_encoders_get_their_normalisations_back(design: str) -> None:
    torch.manual_seed(0)
    words = Vocabulary(["cat"])
    pictures = torch.rand(4, 3, 64, 64)
    encoder, folded = MiniEncoder(design, words), MiniEncoder(design, words)
    fold(folded.eval())
    unfold(encoder, folded, pictures)
    assert torch.allclose(
        encoder.eval().encode_image(pictures), folded.encode_image(pictures), atol=1e-5
    )
    # the normalisations were measured on these very pictures, so training sees the same
    assert torch.allclose(
        encoder.train().encode_image(pictures), folded.encode_image(pictures), atol=1e-3
    )


def test_weights_that_know_other_words_are_refused(tmp_path: Path) -> None:
    encoder = MiniEncoder("fire", Vocabulary(["cat"]))
    about = {"vocabulary": json.dumps(["dog"])}
    other = MiniEncoder("fire", Vocabulary(["dog"])).state_dict()
    save_file(other, tmp_path / "fire.safetensors", about)
    with pytest.raises(UsageError, match="other words"):
        resume_encoder(encoder, tmp_path, torch.rand(2, 3, 64, 64))


def prepared(out: Path, folder: Path) -> Path:
    """A folder with what the stage `edited` starts from, but without its checkpoint."""
    for name in ("corpus", "autoencoder.pt", f"{FEATURES_OF}-robust.pt", "edits"):
        (folder / name).symlink_to(out / name)
    return folder


def test_all_divides_its_budget_among_the_stages(
    out: Path, folders: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks: list[Task] = []
    told = {name: stage._replace(train=tasks.append) for name, stage in STAGES.items()}
    monkeypatch.setattr("flexit_engine.training.__main__.STAGES", told)
    main(["all", *folders, "--out", str(out), "--budget", "25min"])
    minutes = [task.budget.seconds / 60 for task in tasks]
    assert minutes == pytest.approx([25 * stage.share for stage in STAGES.values()])
    assert 22.5 < sum(minutes) < 24.5


def test_budgets_count_pictures_or_minutes_and_can_be_divided() -> None:
    assert Budget.parse("200").share(50, 1e9) == 0.25
    assert Budget.parse("2min").share(10**9, 60.0) == 0.5
    assert Budget.parse("2min").part(0.25) == Budget(seconds=30.0)
    assert Budget.parse("3").part(0.01) == Budget(pictures=1)


def test_attacks_grow_with_time_and_with_the_side() -> None:
    assert radius(0.0, 96) < radius(0.2, 96) < radius(0.5, 96) == radius(1.0, 96) == 12.0
    assert radius(1.0, 64) == 8.0


def test_an_attack_raises_the_loss_and_stays_in_its_ball() -> None:
    torch.manual_seed(0)
    image, direction = torch.full((2, 3, 8, 8), 0.5), torch.randn(2, 3, 8, 8)

    def loss(moved: torch.Tensor) -> torch.Tensor:
        return ((moved - 0.5) * direction).sum(dim=(1, 2, 3))

    moved = attack(loss, image, torch.tensor([0.5, 0.5]), torch.tensor([1.0, -1.0]))
    assert loss(moved)[0] > 0.3 > -0.3 > loss(moved)[1]
    assert (moved - image).flatten(1).norm(dim=1).amax() < 0.501


@pytest.mark.parametrize("fast", [True, False])
def test_half_precision_is_for_processors_that_multiply_it_fast(
    monkeypatch: pytest.MonkeyPatch, fast: bool
) -> None:
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: fast)
    with half_precision(torch.device("cpu")):
        assert torch.is_autocast_enabled("cpu") == fast
    with half_precision(torch.device("cpu"), "depthwise"):
        assert not torch.is_autocast_enabled("cpu")


@pytest.mark.parametrize(
    "stage", ["edited", "residual-plain", "lite-plain", "fire-plain", "judge", "second"]
)
def test_a_step_never_waits_for_the_device(
    out: Path,
    corpus: Corpus,
    teacher: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    stage: str,
) -> None:
    """On `meta` nothing can be read back and nothing lies on another device by mistake."""
    fused = torch.optim.AdamW  # exists for real devices only
    monkeypatch.setattr(
        torch.optim, "AdamW", lambda groups, **rest: fused(groups, **rest | {"fused": False})
    )
    monkeypatch.setattr(torch, "autocast", lambda *_, **__: contextlib.nullcontext())
    monkeypatch.setattr(Run, "_log", lambda _run: None)
    there = corpus.to(torch.device("meta"))
    task = Task(there, prepared(out, tmp_path), Budget(1), 0, teacher=teacher)
    STAGES[stage].train(task)
    assert (tmp_path / f"{stage}.pt").exists()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU")
def test_all_runs_on_a_gpu(small: None, folders: list[str], tmp_path: Path) -> None:  # noqa: ARG001
    main(["all", *folders, "--out", str(tmp_path), "--budget", "1", "--device", "cuda"])
    networks = mini.load(tmp_path / "weights", torch.device("cuda"))
    drawings = [e for e in networks.encoders if isinstance(e, MiniEncoder)]
    assert all(encoder.encode_text(["cat"]).isfinite().all() for encoder in drawings)
