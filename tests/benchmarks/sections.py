"""The measurements, each run in a process of its own so that memory peaks are its own."""

from __future__ import annotations

import time
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import torch
from torch import Tensor
from torch.nn import Module
from torch.utils.flop_counter import FlopCounterMode

from flexit_engine.flexit.augmentation import warp
from flexit_engine.flexit.objective import aim, evaluate, open_source, read
from flexit_engine.flexit.optimise import draw_views, optimise
from flexit_engine.flexit.query import parse_query
from flexit_engine.settings import PRESETS, Settings, make_settings

from .actors import actors
from .clock import best_seconds, peak_gigabytes
from .editors import krita
from .layers import find_layers, peak
from .published import paper_networks, raw_parts
from .released import released_step
from .service import frozen, many, transfer, waiting

CPU = torch.device("cpu")
SIDE = 288
FLOOR = 1762e9
"""Operations of a step of the paper's setting, computed from the networks' layers alone."""
STEPS = 2
Row = dict[str, Any]


def picture() -> Tensor:
    return torch.rand(1, 3, SIDE, SIDE, generator=torch.Generator().manual_seed(0))


def ours() -> Row:
    """Seconds, operations and memory of a step of ours at the paper's setting."""
    networks, settings, image = paper_networks(CPU), Settings(), picture()
    source = open_source(image, networks, settings)
    target = aim(
        source, read([parse_query("cat", "dog")], source, networks), networks.encoders, settings
    )
    for encoder in networks.encoders:
        encoder.drop_text_tower()
    generators = [torch.Generator().manual_seed(0)]

    def step() -> None:
        views = draw_views(networks, settings.augmentations, generators, CPU)
        evaluate(source.latent, views, source, target, networks, settings)

    seconds, memory = best_seconds(step, STEPS), peak_gigabytes()
    with FlopCounterMode(display=False) as counter:
        step()
    operations = counter.get_total_flops()
    return {
        "seconds per step": seconds,
        "peak GB": memory,
        "GFLOP per step": operations / 1e9,
        "operations over floor": operations / FLOOR,
        "GFLOP/s": operations / seconds / 1e9,
    }


def released() -> Row:
    """Seconds and memory of a step with the released code's habits."""
    parts, image = raw_parts(), picture()
    with torch.no_grad():
        latent = parts.vqgan.encode(image)
    return {
        "seconds per step": best_seconds(lambda: released_step(parts, latent, image), STEPS),
        "peak GB": peak_gigabytes(),
    }


def breakdown() -> dict[str, Row]:
    """Each network's share of a step, against its layers run one by one at their best."""
    networks, image = paper_networks(CPU), picture()
    latent = networks.autoencoder.encode(image)
    views = draw_views(networks, 8, [torch.Generator().manual_seed(0)], CPU)
    reference = networks.perceptual.features(image)
    parts: dict[str, tuple[object, Callable[[Tensor], Tensor], Tensor]] = {
        "decoder": (networks.autoencoder, networks.autoencoder.decode, latent),
        "LPIPS": (
            networks.perceptual,
            lambda x: networks.perceptual.distance(networks.perceptual.features(x), reference),
            image,
        ),
    }
    for encoder, view in zip(networks.encoders, views, strict=True):
        assert view is not None
        parts[encoder.name] = (encoder, encoder.encode_image, warp(image, view, encoder.resolution))
    return {name: _part(*part) for name, part in parts.items()}


def _part(module: object, forward: Callable[[Tensor], Tensor], example: Tensor) -> Row:
    assert isinstance(module, Module)
    x = example.detach().requires_grad_()
    slope = torch.randn_like(forward(x))
    seconds = best_seconds(lambda: torch.autograd.grad(forward(x), x, slope), STEPS)
    operations, alone = peak(find_layers(module, lambda: forward(example)))
    return {
        "seconds": seconds,
        "layers alone": alone,
        "peak GFLOP/s": operations / alone / 1e9,
        "share of peak": alone / seconds,
    }


def presets() -> Row:
    """`draft` over `standard` per edit: set-up, first step, and the others at a warm one's pace."""
    networks, image = paper_networks(CPU), picture()
    query = [parse_query("cat", "dog")]
    seconds: dict[str, float] = {}
    for preset in ("draft", "standard"):
        settings = make_settings(PRESETS[preset])
        times = [time.perf_counter()]
        source = open_source(image, networks, settings)
        target = aim(source, read(query, source, networks), networks.encoders, settings)
        few = optimise(source, target, networks, settings.replace(steps=STEPS), [0])
        times.extend(time.perf_counter() for _ in few)
        warm = min(after - before for before, after in pairwise(times[1:]))
        seconds[preset] = times[1] - times[0] + settings.steps * warm
    return {**seconds, "draft over standard": seconds["draft"] / seconds["standard"]}


def mini() -> Row:
    """An edit with the embedded networks: loading, first preview, all steps."""
    from flexit_engine.canvas import Picture
    from flexit_engine.editor import Editor

    pixels = (picture()[0].permute(1, 2, 0) * 255).byte().numpy()
    start = time.perf_counter()
    editor = Editor.load("mini", device="cpu")
    loaded = time.perf_counter()
    opened = editor.open(Picture.from_array(pixels))
    steps = opened.edit("cat", "dog")
    next(steps).preview  # noqa: B018 -- computed when asked for
    shown = time.perf_counter()
    *_, last = steps
    last.picture  # noqa: B018
    done = time.perf_counter()
    return {
        "loading": loaded - start,
        "first preview": shown - loaded,
        "whole edit": done - loaded,
        "steps": last.index,
        "peak GB": peak_gigabytes(),
    }


SECTIONS: dict[str, Callable[[], Any]] = {
    "ours": ours,
    "released": released,
    "breakdown": breakdown,
    "presets": presets,
    "mini": mini,
    "transfer": transfer,
    "waiting": waiting,
    "many": many,
    "frozen": frozen,
    "krita": krita,
    "actors": actors,
}
