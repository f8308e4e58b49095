"""From a profile to its networks, on one device."""

from __future__ import annotations

from pathlib import Path

import torch

from flexit_engine.errors import ProfileError
from flexit_engine.networks.allocator import keep_freed_memory
from flexit_engine.networks.device import Kind, Precision, choose_dtype
from flexit_engine.networks.interfaces import Networks
from flexit_engine.networks.profiles import Profile, Role, WeightFile


def load_networks(
    profile: Profile,
    device: torch.device,
    precision: Precision = "auto",
    folder: Path | None = None,
) -> Networks:
    """Load all networks of a profile, frozen, in the number formats that suit the device.

    Args:
        profile: from `load_profile`.
        device: from `choose_device`.
        precision: `float32` computes everything in float32, as the parity tests need.
        folder: where the files are; the profile's own when not given.

    Raises:
        ProfileError: the profile lacks a network.
        WeightsError: a file is missing, damaged or of another network.
    """
    if device.type == "cpu":
        keep_freed_memory()
    folder = folder or profile.folder
    for file in profile.files:
        file.check_size(folder)
    if profile.embedded:
        from flexit_engine.networks import mini

        return mini.load(folder, device, precision)
    return _load_published(profile, device, precision, folder)


def _load_published(
    profile: Profile, device: torch.device, precision: Precision, folder: Path
) -> Networks:
    # Only the profile that needs them pays for importing open_clip, taming and torchvision.
    from flexit_engine.networks.clip import load_clip
    from flexit_engine.networks.perceptual import load_lpips
    from flexit_engine.networks.vqgan import load_vqgan

    kinds: tuple[Kind, ...] = ("convolutional", "transformer")
    dtypes = {kind: choose_dtype(device, kind, precision) for kind in kinds}
    convolutional = dtypes["convolutional"]
    autoencoder, config = _one(profile, "autoencoder"), _one(profile, "config")
    perceptual = _one(profile, "perceptual")
    return Networks(
        encoders=tuple(
            load_clip(file.network, file.path(folder), device, dtypes)
            for file in profile.files_for("encoder")
        ),
        autoencoder=load_vqgan(
            autoencoder.path(folder), config.path(folder), device, convolutional
        ),
        perceptual=load_lpips(perceptual.path(folder), device, convolutional),
    )


def _one(profile: Profile, role: Role) -> WeightFile:
    files = profile.files_for(role)
    if len(files) != 1:
        raise ProfileError(f"The profile {profile.name!r} needs one {role} file, not {len(files)}.")
    return files[0]
