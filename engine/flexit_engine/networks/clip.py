"""CLIP: C_i and C_t of the paper, through open_clip.

Radford et al.: Learning Transferable Visual Models From Natural Language Supervision, ICML 2021.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
from open_clip.model import CLIP, build_model_from_openai_state_dict, convert_weights_to_lp
from open_clip.tokenizer import SimpleTokenizer
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 -- its usual name
from torch.nn.utils.fusion import fuse_conv_bn_eval

from flexit_engine.errors import TextError, WeightsError
from flexit_engine.networks.attention import replace_attention
from flexit_engine.networks.checkpoints import read_tensors, wrong_network
from flexit_engine.networks.device import Kind
from flexit_engine.networks.freeze import freeze

_MEAN = (0.48145466, 0.4578275, 0.40821073)
_STD = (0.26862954, 0.26130258, 0.27577711)
_NORMALISED = (("conv1", "bn1"), ("conv2", "bn2"), ("conv3", "bn3"), ("0", "1"))
"""A convolution and the batch norm that follows it, in the stem, the blocks and the shortcuts."""


class ClipEncoder(nn.Module):
    """Pictures and texts in CLIP's embedding space.

    Args:
        name: published name, such as `ViT-B/32`.
        model: open_clip's model; taken apart into its two towers.
    """

    mean: Tensor
    std: Tensor

    def __init__(self, name: str, model: CLIP) -> None:
        super().__init__()
        self.name = name
        self.visual: nn.Module = model.visual
        self.text: CLIP | None = model
        del model.visual
        self.resolution = int(max(_as_pair(self.visual.image_size)))
        self._tokenizer = SimpleTokenizer(context_length=None)
        self.register_buffer("mean", torch.tensor(_MEAN).view(1, 3, 1, 1))
        self.register_buffer("std", torch.tensor(_STD).view(1, 3, 1, 1))

    def encode_image(self, image: Tensor) -> Tensor:
        """Embed `B×3×R×R` pictures of sRGB in [0, 1] as float32 unit vectors, `B×D`."""
        pixels = (image.float() - self.mean) / self.std
        dtype = self.visual.get_parameter("conv1.weight").dtype
        return F.normalize(self.visual(pixels.to(dtype)).float(), dim=-1)

    @torch.no_grad()
    def encode_text(self, texts: Sequence[str]) -> Tensor:
        """Embed N texts, as they are and without a template, as float32 unit vectors, `N×D`.

        Raises:
            TextError: a text is longer than CLIP reads.
            WeightsError: the text tower was dropped.
        """
        if self.text is None:
            raise WeightsError(f"The text tower of {self.name} was given back.", "Load it again.")
        tokens = self._tokenize(texts, self.text.context_length).to(self.mean.device)
        return F.normalize(self.text.encode_text(tokens).float(), dim=-1)

    def drop_text_tower(self) -> None:
        """Give back the text tower's memory; only pictures can be encoded afterwards."""
        self.text = None

    def _tokenize(self, texts: Sequence[str], length: int) -> Tensor:
        # start and end take one token each
        if long := [text for text in texts if len(self._tokenizer.encode(text)) > length - 2]:
            raise TextError(
                f"The text {long[0][:40]!r}… is too long for {self.name}.",
                f"It reads {length - 2} pieces of words at most.",
            )
        tokens: Tensor = self._tokenizer(list(texts), context_length=length)
        return tokens


def load_clip(
    name: str,
    weights: Path,
    device: torch.device,
    dtypes: dict[Kind, torch.dtype] | None = None,
) -> ClipEncoder:
    """Read a CLIP network; its architecture is inferred from the shapes of its tensors.

    Args:
        name: published name, such as `RN50x4`.
        weights: OpenAI's `.pt`, a state dict, or open_clip's safetensors of OpenAI's weights.
        device: where to compute.
        dtypes: number format of the image tower, by its kind; float32 when not given. The text
            tower is used once an edit and stays float32.

    Raises:
        WeightsError: the file is missing, damaged or of another network.
    """
    encoder = ClipEncoder(name, _build(read_tensors(weights), weights))
    return prepare_clip(encoder, device, dtypes or {})


def prepare_clip(
    encoder: ClipEncoder, device: torch.device, dtypes: dict[Kind, torch.dtype]
) -> ClipEncoder:
    """Freeze an encoder on a device, its image tower in the number format for its kind."""
    kind: Kind = "transformer" if hasattr(encoder.visual, "transformer") else "convolutional"
    dtype = dtypes.get(kind, torch.float32)
    freeze(encoder, device, torch.float32)
    if kind == "convolutional":
        _fold_batch_norms(encoder.visual)
        freeze(encoder.visual, device, dtype)
        return encoder
    if dtype != torch.float32:
        # keeps layer norms, whose sums need the range, in float32
        convert_weights_to_lp(encoder.visual, dtype)
    replace_attention(encoder.visual)
    return encoder


def _build(tensors: dict[str, Tensor], path: Path) -> CLIP:
    """Build OpenAI's design: QuickGELU in both towers, weights exact in half precision."""
    try:
        # bfloat16 here only chooses the layer norms that compute in float32 whatever comes in
        model = build_model_from_openai_state_dict(
            tensors, quick_gelu=True, cast_dtype=torch.bfloat16
        )
    except (KeyError, AssertionError) as error:
        raise wrong_network(path, "a CLIP network", f"no {error}") from error
    except (RuntimeError, IndexError, ValueError, ZeroDivisionError) as error:
        raise wrong_network(path, "a CLIP network", "its tensors do not fit together") from error
    return model.float()


def _fold_batch_norms(visual: nn.Module) -> None:
    """Merge each frozen batch norm into its convolution: fewer operations, the same numbers."""
    for module in visual.modules():
        for convolution, norm in _NORMALISED:
            if isinstance(getattr(module, norm, None), nn.BatchNorm2d):
                fused = fuse_conv_bn_eval(getattr(module, convolution), getattr(module, norm))
                setattr(module, convolution, fused)
                setattr(module, norm, nn.Identity())


def _as_pair(size: int | tuple[int, int]) -> tuple[int, int]:
    return size if isinstance(size, tuple) else (size, size)
