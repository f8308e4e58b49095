"""What a daemon that an editor starts may inherit of the editor's environment.

An AppImage or a Flatpak points Python, the dynamic linker, Qt and GTK at its own copies, with which
another Python does not even start. So the list names what passes, not what does not.
"""

from __future__ import annotations

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


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """The variables of an environment that a daemon needs, and no others."""
    return {name: value for name, value in environ.items() if _passes(name.upper())}


def _passes(name: str) -> bool:
    return name in NAMES or name.startswith(PREFIXES)
