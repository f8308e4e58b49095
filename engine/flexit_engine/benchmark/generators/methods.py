"""Edits in generators' latents, as classes to name in a suite of one's own.

kind = "own"
path = "flexit_engine.benchmark.generators.methods:StyleCLIP"
arguments = { checkpoint = "stylegan2-imagenet.pt", profile = "paper" }
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from flexit_engine.benchmark.generators import manigan
from flexit_engine.benchmark.generators.checkpoint import read_checkpoint
from flexit_engine.benchmark.generators.damsm import (
    load_picture_encoder,
    load_text_encoder,
    load_vgg,
    number_words,
    read_vocabulary,
)
from flexit_engine.benchmark.generators.icgan import load_extractor, load_icgan
from flexit_engine.benchmark.generators.manigan import Seen
from flexit_engine.benchmark.generators.space import Generator, GeneratorSpace
from flexit_engine.benchmark.generators.stylegan2 import load_stylegan2
from flexit_engine.benchmark.pictures import middle_square, to_pictures, to_tensor
from flexit_engine.canvas import Picture
from flexit_engine.editor import Editor
from flexit_engine.flexit.augmentation import whole
from flexit_engine.flexit.query import parse_texts
from flexit_engine.flexit.target import encode_texts
from flexit_engine.networks.device import choose_device

INVERSION_STEPS = 500
STYLECLIP_STEPS = 300
STYLECLIP_RATE = 0.1
STYLECLIP_HOLD = 0.008
"""Weight of the squared distance to the first latent."""
RAMP_UP, RAMP_DOWN = 0.05, 0.25
"""Shares of the steps in which the learning rate rises and falls."""


class FlexITInGenerator:
    """FlexIT with a generator's latent in the autoencoder's place (section 4.3 of the paper).

    Args:
        checkpoint: of StyleGAN2, or of IC-GAN where an extractor is given.
        extractor: ResNet-50 that reads IC-GAN's instance features.
        profile: whose other networks are used.
        device: as `Editor.load` takes it.
        inversion_steps: to find a picture's latent.
        settings: of the edits.

    Raises:
        WeightsError: a checkpoint is missing, broken or of another network.
    """

    def __init__(
        self,
        checkpoint: str,
        extractor: str = "",
        profile: str = "paper",
        device: str = "auto",
        inversion_steps: int = INVERSION_STEPS,
        **settings: Any,  # noqa: ANN401 -- any setting
    ) -> None:
        editor = Editor.load(profile, device)
        generator: Generator = (
            load_icgan(
                Path(checkpoint), load_extractor(Path(extractor), editor.device), editor.device
            )
            if extractor
            else load_stylegan2(Path(checkpoint), editor.device)
        )
        space = GeneratorSpace(generator, editor.networks.perceptual, inversion_steps)
        self.editor = replace(editor, networks=replace(editor.networks, autoencoder=space))
        self.settings = self.editor.settings(
            **{"composition": "decoded", **settings, "resolution": generator.side}
        )
        self.side = generator.side

    def __call__(self, picture: Image.Image, source: str, target: str) -> Image.Image:
        """Edit one picture."""
        shown = Picture.from_array(np.asarray(middle_square(picture, self.side)))
        opened = self.editor.open(shown, None, self.settings)
        *_, last = opened.edit(source, target, self.settings)
        return Image.fromarray(last.picture.pixels)


class StyleCLIP:
    """The latent of StyleGAN2, moved until CLIP calls its picture the target.

    Patashnik, Wu, Shechtman, Cohen-Or, Lischinski: StyleCLIP, ICCV 2021, section 4, without the
    identity loss, which is for faces. The source text is not used.

    Args:
        checkpoint: of StyleGAN2.
        profile: whose first image-text network judges, and whose perceptual distance inverts.
        device: as `Editor.load` takes it.
        steps: of the edit.
        inversion_steps: to find a picture's latent.

    Raises:
        WeightsError: the checkpoint is missing, broken or of another network.
    """

    def __init__(
        self,
        checkpoint: str,
        profile: str = "paper",
        device: str = "auto",
        steps: int = STYLECLIP_STEPS,
        inversion_steps: int = INVERSION_STEPS,
    ) -> None:
        editor = Editor.load(profile, device)
        self.device, self.steps = editor.device, steps
        self.encoder = editor.networks.encoders[0]
        self.generator = load_stylegan2(Path(checkpoint), editor.device)
        self.space = GeneratorSpace(self.generator, editor.networks.perceptual, inversion_steps)

    def __call__(self, picture: Image.Image, source: str, target: str) -> Image.Image:
        """Edit one picture."""
        del source
        image = to_tensor([middle_square(picture, self.generator.side)]).to(self.device)
        with torch.no_grad():
            aim = encode_texts(self.encoder, parse_texts(target)).float()
        return to_pictures(self.generator.generate(self.move(self.space.encode(image), aim)))[0]

    def move(self, first: Tensor, aim: Tensor) -> Tensor:
        """The latent after the edit; `first` is the picture's, `aim` the text's embedding, `D`."""
        latent = first.clone().requires_grad_()
        optimiser = torch.optim.Adam([latent], lr=STYLECLIP_RATE)
        for step in range(self.steps):
            optimiser.param_groups[0]["lr"] = STYLECLIP_RATE * _ramp(step / self.steps)
            made = self.generator.generate(latent)
            seen = self.encoder.encode_image(whole(made, self.encoder.resolution)).float()
            loss = 1 - (seen @ aim).sum() + STYLECLIP_HOLD * (latent - first).square().sum()
            (latent.grad,) = torch.autograd.grad(loss, latent)
            optimiser.step()
        return latent.detach()


class ManiGAN:
    """ManiGAN, which was trained on the pictures and captions of one data set.

    The source text is not used. Noise is drawn anew from the same seed for every picture.

    Args:
        main: the main module's file.
        detail: the detail correction module's.
        text_encoder: of DAMSM.
        image_encoder: of DAMSM.
        vocabulary: `captions.pickle` of the data set.
        vgg: torchvision's VGG-16.
        device: as `Editor.load` takes it.

    Raises:
        WeightsError: a file is missing, broken or of another network.
    """

    def __init__(
        self,
        main: str,
        detail: str,
        text_encoder: str,
        image_encoder: str,
        vocabulary: str,
        vgg: str,
        device: str = "auto",
    ) -> None:
        self.device = choose_device(device)
        self.vocabulary = read_vocabulary(Path(vocabulary))
        self.text_encoder = load_text_encoder(Path(text_encoder), self.device)
        self.image_encoder = load_picture_encoder(Path(image_encoder), self.device)
        self.main, self.detail = (
            {name: tensor.to(self.device) for name, tensor in contents.items()}
            for contents in (
                read_checkpoint(Path(main), "ManiGAN", "h_net3.upsample.1.weight"),
                read_checkpoint(Path(detail), "detail correction", "h_net.block.0.weight"),
            )
        )
        self.details = load_vgg(Path(vgg), self.device)

    @torch.no_grad()
    def __call__(self, picture: Image.Image, source: str, target: str) -> Image.Image:
        """Edit one picture."""
        del source
        image = 2 * to_tensor([middle_square(picture, manigan.SIDE)]).to(self.device) - 1
        numbers = number_words(target, self.vocabulary).to(self.device)
        words, sentence = self.text_encoder(numbers)
        regions, whole_picture = self.image_encoder(image)
        seen = Seen(words, sentence, regions, whole_picture, self.details(image))
        chance = torch.Generator().manual_seed(0)
        return to_pictures(manigan.manipulate(self.main, self.detail, seen, chance))[0]


def _ramp(share: float) -> float:
    """Up in the first twentieth, down along a cosine in the last quarter."""
    down = min(1.0, (1 - share) / RAMP_DOWN)
    return min(1.0, share / RAMP_UP) * (0.5 - 0.5 * float(np.cos(np.pi * down)))
