"""The encoders of photographs: classifiers of the index, their normalisations folded in."""

from __future__ import annotations

import torch
from torch.nn.utils.fusion import fuse_conv_bn_weights

from flexit_engine.networks.mini.photographs import CLASSES, PhotographEncoder, SameConv
from flexit_engine.training.pretrained import lite_tensors
from flexit_engine.vocabulary import Vocabulary

EPSILON = 1e-3
"""Of their normalisations, as TensorFlow has it."""


@torch.no_grad()
def photograph_encoder(design: str) -> PhotographEncoder:
    """One of `SHAPES` as ImageNet left it, with the class names of our vocabulary.

    Raises:
        UsageError: the package with its weights is not installed.
        WeightsError: its file is not the one that is known.
    """
    vocabulary = Vocabulary.load()
    encoder = PhotographEncoder(design, [vocabulary.class_name(at) for at in range(CLASSES)])
    tensors = lite_tensors(design)
    encoder.classifier.weight.copy_(tensors.pop("_fc.weight"))
    encoder.classifier.bias.copy_(tensors.pop("_fc.bias"))
    # what is left are convolutions, each followed by the four tensors of its normalisation
    convolutions = [module for module in encoder.modules() if isinstance(module, SameConv)]
    groups = zip(*[iter(tensors.values())] * 5, strict=True)
    for convolution, (weight, gain, bias, mean, var) in zip(convolutions, groups, strict=True):
        convolution.weight, convolution.bias = fuse_conv_bn_weights(
            weight, None, mean, var, EPSILON, gain, bias
        )
    return encoder.requires_grad_(False)
