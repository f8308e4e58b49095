"""Where the edit is searched: the autoencoder's latent space, or the pixels themselves."""

from __future__ import annotations

from torch import Tensor

from flexit_engine.networks.interfaces import Autoencoder


class PixelSpace:
    """Raw pixels as their own latent, the paper's baseline without an autoencoder."""

    stride = 1

    def encode(self, image: Tensor) -> Tensor:
        """The pictures themselves."""
        return image

    def decode(self, latent: Tensor) -> Tensor:
        """The pixels themselves; the loop holds them in [0, 1]."""
        return latent


def search_space(name: str, autoencoder: Autoencoder) -> Autoencoder:
    """The space that the setting `space` names."""
    return PixelSpace() if name == "pixels" else autoencoder
