"""Weight files that take far more memory or time than they have bytes: found before they do.

What `pickle`, `zipfile` and torch would make of such a file is bounded by nothing but its own
word: how much an entry unfolds to, up to which number a memo goes, how large a tensor is.
"""

from __future__ import annotations

import pickletools
import zipfile
from collections.abc import Mapping
from pathlib import Path
from pickle import UnpicklingError

from torch import Tensor

MOST_SHARED = 4
"""How often the tensors of a file may hold its bytes: networks that share some name them twice."""
MEMO = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})


def check_archive(archive: zipfile.ZipFile, size: int) -> None:
    """See that an archive of tensors holds no more than its own bytes.

    torch compresses the code in a TorchScript archive, which nobody reads, and nothing else.

    Args:
        archive: as `torch.save` and `torch.jit.save` write it.
        size: of the file.

    Raises:
        UnpicklingError: an entry is compressed, or several share their bytes.
    """
    entries = [entry for entry in archive.infolist() if "/code/" not in entry.filename]
    if any(entry.compress_type != zipfile.ZIP_STORED for entry in entries):
        raise UnpicklingError("an entry is compressed")
    if sum(entry.file_size for entry in entries) > size:
        raise UnpicklingError("the entries are larger than the file")


def check_pickle(data: bytes) -> None:
    """See that a pickle asks for no more room than it could fill.

    Raises:
        UnpicklingError: it numbers what it remembers beyond its own length.
        ValueError: it says of something that it is longer than it is.
    """
    for code, argument, _ in pickletools.genops(data):
        if code.name in MEMO and argument is not None and argument > len(data):
            raise UnpicklingError("the memo is larger than the file")


def check_tensors(tensors: Mapping[str, Tensor], path: Path) -> None:
    """See that tensors hold no more than what is in their file; some repeat one number for ever.

    Raises:
        UnpicklingError: they do.
    """
    total = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
    if total > MOST_SHARED * path.stat().st_size:
        raise UnpicklingError("the tensors are larger than the file")
