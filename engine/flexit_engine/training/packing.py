"""What was prepared and the teacher in one small file, to be trained with on another machine.

Pictures go as WebP, as good as the size allows; what learns from them sees them under noise anyway.
"""

from __future__ import annotations

from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file, save_file
from torch import Tensor

from flexit_engine.errors import UsageError
from flexit_engine.training.gallery import FILE as GALLERY
from flexit_engine.training.run import CORPUS
from flexit_engine.training.teacher import teacher_files

QUALITIES = (80, 65, 50, 35, 20)
SAMPLE = 100
"""Pictures that tell how large all will be."""
ENTRY = 150
"""Bytes that each picture takes beside its own."""
MODES = {"sprites": "RGBA", "photos": "RGB", "photographs": "RGB", "drawings": "RGBA"}
"""The corpus's pictures, then the gallery's own."""
TABLE, PIXELS, TEACHER = "corpus.json", "corpus.safetensors", "teacher"


def pack(run: Path, teacher: Path, package: Path, limit: int) -> int:
    """Write what the stage `prepare` made, and the teacher's files.

    Args:
        run: folder of the stages.
        teacher: folder of the teacher's files.
        package: the file to write.
        limit: its largest size in bytes, nearly.

    Returns:
        The quality of the pictures, of `QUALITIES`.

    Raises:
        UsageError: it would be larger even with the poorest pictures.
    """
    files = teacher_files(teacher)
    pictures = _pictures(run / CORPUS)
    with ZipFile(package, "w", ZIP_STORED) as archive:
        archive.write(run / CORPUS / TABLE, TABLE, ZIP_DEFLATED)
        for path in files:
            archive.write(path, f"{TEACHER}/{path.name}")
        used = sum(info.compress_size for info in archive.infolist())
        quality = _affordable(pictures, limit - used)
        for name, picture in pictures.items():
            archive.writestr(f"{name}.webp", _encode(picture, quality))
    return quality


def unpack(package: Path, run: Path) -> Path:
    """Put all of it in a folder where stages can go on; the teacher's folder in it."""
    folder = run / CORPUS
    folder.mkdir(parents=True, exist_ok=True)
    found: dict[str, dict[str, Tensor]] = {pool: {} for pool in MODES}
    with ZipFile(package) as archive:
        for name in archive.namelist():
            if name.startswith(f"{TEACHER}/"):
                archive.extract(name, run)
            elif name != TABLE:
                key = name.removesuffix(".webp")
                pool = key.split()[0]
                found[pool][key] = _decode(archive.read(name), MODES[pool])
        save_file(found["photographs"] | found["drawings"], folder / GALLERY)
        stacked = {pool: torch.stack([*found[pool].values()]) for pool in ("sprites", "photos")}
        save_file(stacked, folder / PIXELS)
        archive.extract(TABLE, folder)
    return run / TEACHER


def _pictures(folder: Path) -> dict[str, Tensor]:
    """All of them, `3×H×W` or `4×H×W`, under names that begin with their place in `MODES`."""
    pixels = load_file(folder / PIXELS)
    pictures = {
        f"{pool} {row:06}": picture
        for pool in ("sprites", "photos")
        for row, picture in enumerate(pixels[pool])
    }
    return pictures | load_file(folder / GALLERY)


def _affordable(pictures: Mapping[str, Tensor], limit: int) -> int:
    step = max(1, len(pictures) // SAMPLE)
    sample = list(pictures.values())[::step]
    for quality in QUALITIES:
        mean = sum(len(_encode(picture, quality)) for picture in sample) / len(sample)
        if len(pictures) * (mean + ENTRY) <= limit:
            return quality
    raise UsageError("So many pictures do not fit into the package.", "Give it a larger limit.")


def _encode(picture: Tensor, quality: int) -> bytes:
    with BytesIO() as file:
        image = Image.fromarray(picture.permute(1, 2, 0).contiguous().numpy())
        image.save(file, "WEBP", quality=quality, alpha_quality=quality)
        return file.getvalue()


def _decode(data: bytes, mode: str) -> Tensor:
    with Image.open(BytesIO(data)) as file:
        picture = torch.from_numpy(np.array(file.convert(mode))).permute(2, 0, 1).contiguous()
    if mode == "RGBA":  # colour is multiplied by alpha, so it cannot be more
        picture[:3] = torch.minimum(picture[:3], picture[3:])
    return picture
