"""What an editor set up for itself does not reach the engine; what the engine needs does."""

from __future__ import annotations

import pytest

from flexit_engine.service.environment import needed, scrubbed

# What Krita's and GIMP's AppImage and Flatpak set for the programs inside.
FROM_AN_EDITOR = (
    *("APPDIR", "APPIMAGE", "ARGV0", "OWD", "container", "FLATPAK_ID"),
    *("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONNOUSERSITE", "VIRTUAL_ENV"),
    *("LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_LIBRARY_PATH", "GI_TYPELIB_PATH"),
    *("QT_PLUGIN_PATH", "QML2_IMPORT_PATH", "GTK_PATH", "GDK_PIXBUF_MODULE_FILE", "GIO_MODULE_DIR"),
    *("SSL_CERT_FILE", "FONTCONFIG_PATH", "GIMP3_PLUGINDIR", "MALLOC_ARENA_MAX"),
)
NEEDED = (
    *("HOME", "PATH", "USER", "LANG", "LC_ALL", "TZ", "TMPDIR", "XDG_DATA_HOME"),
    *("FLEXIT_DATA", "FLEXIT_WEIGHTS", "CUDA_VISIBLE_DEVICES", "HIP_VISIBLE_DEVICES"),
    *("HSA_OVERRIDE_GFX_VERSION", "ROCR_VISIBLE_DEVICES", "OMP_NUM_THREADS", "PYTORCH_ALLOC_CONF"),
    *("https_proxy", "NO_PROXY", "SystemRoot", "LOCALAPPDATA", "TEMP"),
)

MOUNT = "/tmp/.mount_krita"  # noqa: S108
TYPED = (
    *("LD_LIBRARY_PATH", "LD_PRELOAD", "ONEDNN_MAX_CPU_ISA", "DNNL_VERBOSE", "MALLOC_ARENA_MAX"),
    *("SSL_CERT_FILE", "GIT_SSL_CAINFO", "NIX_LD", "WSL_DISTRO_NAME", "VIRTUAL_ENV"),
)
"""What NixOS, WSL, and people who measure, set."""


@pytest.mark.parametrize("name", FROM_AN_EDITOR)
def test_an_editors_own_variable_is_dropped(name: str) -> None:
    assert needed({name: f"{MOUNT}/usr"}) == {}
    assert scrubbed({"APPDIR": MOUNT, name: f"{MOUNT}/usr"}) == {}


@pytest.mark.parametrize("name", NEEDED)
def test_a_needed_variable_passes_under_its_own_name(name: str) -> None:
    assert needed({name: "value"}) == {name: "value"}
    assert scrubbed({"APPDIR": MOUNT, name: "value"}) == {name: "value"}


@pytest.mark.parametrize("bundle", ["APPDIR", "SNAP"])
def test_of_a_list_only_what_lies_in_the_bundle_is_dropped(bundle: str) -> None:
    environ = {bundle: MOUNT, "LD_LIBRARY_PATH": f"{MOUNT}/lib:/nix/lib:{MOUNT}/usr/lib"}
    assert scrubbed(environ) == {"LD_LIBRARY_PATH": "/nix/lib"}


@pytest.mark.parametrize("name", TYPED)
def test_what_was_typed_at_a_terminal_stays(name: str) -> None:
    assert scrubbed({name: "/usr/lib/wsl/lib:"}) == {name: "/usr/lib/wsl/lib:"}
    assert scrubbed({name: ""}) == {name: ""}


@pytest.mark.parametrize("name", ["PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP"])
def test_another_pythons_modules_are_none_of_the_engines(name: str) -> None:
    assert scrubbed({name: "/home/me"}) == {}
