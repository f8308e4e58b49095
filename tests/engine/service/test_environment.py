"""What an editor set up for itself does not reach the engine; what the engine needs does."""

from __future__ import annotations

import pytest

from flexit_engine.service.environment import scrubbed

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


@pytest.mark.parametrize("name", FROM_AN_EDITOR)
def test_an_editors_own_variable_is_dropped(name: str) -> None:
    assert scrubbed({name: "/tmp/.mount_krita/usr"}) == {}  # noqa: S108


@pytest.mark.parametrize("name", NEEDED)
def test_a_needed_variable_passes_under_its_own_name(name: str) -> None:
    assert scrubbed({name: "value"}) == {name: "value"}
