"""What of the editor's environment an engine may inherit.

An AppImage or a Flatpak points Python, the dynamic linker, Qt and GTK at copies of its own, with
which another Python does not even start. So the list names what passes, not what does not.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

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

FLATPAK_INFO = Path("/.flatpak-info")
"""There in every Flatpak sandbox, and only there."""


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of an environment that an engine needs, and no others."""
    return {name: value for name, value in environ.items() if _passes(name.upper())}


def in_flatpak() -> bool:
    """Whether the editor is shut in by Flatpak, from where no engine can be started."""
    return FLATPAK_INFO.exists()


def _passes(name: str) -> bool:
    return name in NAMES or name.startswith(PREFIXES)
