"""Checkpoints of generators: nested dictionaries of tensors, read without running anything."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from flexit_engine.errors import WeightsError


def read_checkpoint(path: Path, network: str, *inner: str) -> dict[str, Any]:
    """The contents of a plain pickle.

    Args:
        path: the file.
        network: what it should be of, for the message.
        inner: a key that must be there, a key that must be there inside of it, and so on.

    Raises:
        WeightsError: it is missing, damaged, asks to run code, or lacks a key.
    """
    try:
        contents = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise WeightsError(f"There is no file {str(path)!r}.", "Check the name.") from None
    # a damaged pickle can raise anything
    except Exception as error:
        raise WeightsError(
            f"The file {path.name!r} is not a plain checkpoint: {str(error).splitlines()[0]}",
            "It may hold tensors in dictionaries and nothing else; nothing of it was run.",
        ) from None
    found = contents
    for key in inner:
        if not isinstance(found, Mapping) or key not in found:
            raise WeightsError(
                f"The file {path.name!r} holds no {network}: it has no {key!r}.",
                "Choose another file.",
            )
        found = found[key]
    return dict(contents)
