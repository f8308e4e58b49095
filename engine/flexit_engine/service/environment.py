"""What a process of ours may inherit of the environment.

An AppImage or a Snap points Python, the dynamic linker, Qt and GTK at its own copies, with which
another Python does not even start. A plug-in lets through what is `needed`, and nothing else; what
was typed at a terminal is there for a reason, and only what a bundle has set is taken out of it.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

NAMES = frozenset(
    {
        *("HOME", "LANG", "LANGUAGE", "LOGNAME", "PATH", "SHELL", "TMPDIR", "TZ", "USER"),
        *("ALL_PROXY", "FTP_PROXY", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY"),
        # Windows; without SYSTEMROOT not even a socket opens there.
        *("ALLUSERSPROFILE", "APPDATA", "COMSPEC", "HOMEDRIVE", "HOMEPATH", "LOCALAPPDATA"),
        *("NUMBER_OF_PROCESSORS", "PATHEXT", "PROGRAMDATA", "PROGRAMFILES", "PUBLIC"),
        *("SYSTEMDRIVE", "SYSTEMROOT", "TEMP", "TMP", "USERDOMAIN", "USERNAME", "USERPROFILE"),
        "WINDIR",
    }
)
PREFIXES = (
    *("FLEXIT_", "LC_", "XDG_"),
    *("CUDA_", "NVIDIA_"),
    *("GPU_", "HIP_", "HSA_", "MIOPEN_", "ROCM_", "ROCR_"),
    *("ONEAPI_", "SYCL_", "ZE_"),
    *("KMP_", "MKL_", "OMP_", "OPENBLAS_", "PROCESSOR_", "PYTORCH_", "TORCH_"),
)


BUNDLES = ("APPDIR", "SNAP")
"""Variables that name the folder of the bundle a process runs in."""
ITS_OWN = frozenset({*BUNDLES, "APPIMAGE", "ARGV0", "OWD"})
OF_ANOTHER_PYTHON = frozenset({"PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP"})
"""The engine has a Python of its own, with its own modules."""


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """An environment without what a bundle has set in it for the programs inside.

    Of lists such as `LD_LIBRARY_PATH`, what does not lie in the bundle stays.
    """
    named = (environ.get(name, "") for name in BUNDLES)
    roots = [root for root in named if len(root) > 1]
    kept = {}
    for name, value in environ.items():
        parts = value.split(os.pathsep)
        own = [part for part in parts if not any(root in part for root in roots)]
        if name.upper() not in ITS_OWN | OF_ANOTHER_PYTHON and own:
            kept[name] = os.pathsep.join(own)
    return kept


def needed(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of an environment that an engine needs, and no others."""
    return {name: value for name, value in environ.items() if _passes(name.upper())}


def _passes(name: str) -> bool:
    return name in NAMES or name.startswith(PREFIXES)
