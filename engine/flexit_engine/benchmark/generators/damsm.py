"""The encoders ManiGAN reads texts and pictures with, from their published state dicts.

Xu, Zhang, Huang, Zhang, Gan, Huang, He: AttnGAN, CVPR 2018: an LSTM over words, and Inception v3
with two layers that bring its regions and the whole picture to the same space.
"""

from __future__ import annotations

import io
import pickle
import re
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from torchvision.models import inception_v3
from torchvision.models.vgg import cfgs, make_layers

from flexit_engine.benchmark.generators.checkpoint import read_checkpoint
from flexit_engine.errors import UnknownWords, WeightsError
from flexit_engine.networks.checkpoints import load_into
from flexit_engine.networks.freeze import freeze

SIDE = 299
RELU_2_2 = 8
"""Place among VGG-16's layers."""
VOCABULARY_PLACE = 3
"""Of the words' numbers in `captions.pickle`, after two lists of captions and their inverse."""


class TextEncoder(nn.Module):
    """From words' numbers to embeddings.

    Args:
        words: how many there are.
        width: of a word before it is read.
        hidden: of each direction.
    """

    def __init__(self, words: int, width: int, hidden: int) -> None:
        super().__init__()
        self.encoder = nn.Embedding(words, width)
        self.rnn = nn.LSTM(width, hidden, batch_first=True, bidirectional=True)

    def forward(self, numbers: Tensor) -> tuple[Tensor, Tensor]:
        """`1×words` -> of each word, `1×E×words`, and of the sentence, `1×E`."""
        each, (last, _) = self.rnn(self.encoder(numbers))
        return each.transpose(1, 2), last.transpose(0, 1).flatten(1)


class PictureEncoder(nn.Module):
    """From pictures to embeddings of their regions and of the whole; Inception v3 inside.

    Args:
        width: of the embeddings.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        inception = inception_v3(weights=None, aux_logits=False, init_weights=False)
        for name, part in inception.named_children():
            if name not in ("avgpool", "dropout", "fc"):
                self.add_module(name, part)
        self.emb_features = nn.Conv2d(768, width, 1, bias=False)
        self.emb_cnn_code = nn.Linear(2048, width)

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        """`1×3×H×W` in [-1, 1] -> `1×E×17×17` and `1×E`."""
        x = functional.interpolate(image, (SIDE, SIDE), mode="bilinear")
        regions = x
        for name, part in self.named_children():
            if name.startswith("emb_"):
                break
            x = part(x)
            if name == "Mixed_6e":
                regions = x
        return self.emb_features(regions), self.emb_cnn_code(x.mean(dim=(2, 3)))


def load_text_encoder(path: Path, device: torch.device) -> TextEncoder:
    """Read `text_encoder.pth`.

    Raises:
        WeightsError: it is missing, damaged, asks to run code, or is of another network.
    """
    tensors = read_checkpoint(path, "text encoder", "rnn.weight_hh_l0")
    words, width = tensors["encoder.weight"].shape
    network = TextEncoder(words, width, tensors["rnn.weight_hh_l0"].shape[1])
    load_into(network, tensors, path, "a text encoder")
    return freeze(network, device, torch.float32)


def load_picture_encoder(path: Path, device: torch.device) -> PictureEncoder:
    """Read `image_encoder.pth`.

    Raises:
        WeightsError: it is missing, damaged, asks to run code, or is of another network.
    """
    tensors = read_checkpoint(path, "picture encoder", "emb_features.weight")
    network = PictureEncoder(len(tensors["emb_features.weight"]))
    load_into(network, tensors, path, "a picture encoder")
    return freeze(network, device, torch.float32)


def load_vgg(path: Path, device: torch.device) -> nn.Module:
    """Read torchvision's VGG-16 up to relu2_2: `1×3×H×W` in [-1, 1] -> `1×128×H/2×W/2`.

    Raises:
        WeightsError: it is missing, damaged, asks to run code, or is of another network.
    """
    tensors = {
        name.removeprefix("features."): tensor
        for name, tensor in read_checkpoint(path, "VGG-16", "features.0.weight").items()
    }
    network: nn.Module = make_layers(cfgs["D"], batch_norm=False)[: RELU_2_2 + 1]
    load_into(network, tensors, path, "VGG-16")
    return freeze(network, device, torch.float32)


class _Plain(pickle.Unpickler):
    """Reads lists, dictionaries, texts and numbers, and refuses everything that has a name."""

    def find_class(self, module: str, name: str) -> object:
        raise pickle.UnpicklingError(f"it asks for {module}.{name}")


def read_vocabulary(path: Path) -> dict[str, int]:
    """The number of each word, from `captions.pickle`.

    Raises:
        WeightsError: it is missing, damaged, asks to run code, or holds something else.
    """
    try:
        contents = _Plain(io.BytesIO(path.read_bytes()), encoding="latin1").load()
        numbers = contents[VOCABULARY_PLACE]
        return {str(word): int(number) for word, number in numbers.items()}
    # a damaged pickle can raise anything
    except Exception as error:
        raise WeightsError(
            f"The vocabulary {path.name!r} cannot be read ({error}).",
            "It should be ManiGAN's captions.pickle; nothing of it was run.",
        ) from None


def number_words(text: str, vocabulary: Mapping[str, int]) -> Tensor:
    """The numbers of a text's words, `1×words`; words it does not know are left out.

    Raises:
        UnknownWords: it knows none.
    """
    found = [vocabulary[word] for word in re.findall(r"\w+", text.lower()) if word in vocabulary]
    if not found:
        raise UnknownWords(f"ManiGAN knows no word of {text!r}.", "Choose another text.")
    return torch.tensor([found])
