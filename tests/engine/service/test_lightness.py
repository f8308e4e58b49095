"""The service itself is small: it must not cost what the networks do."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import psutil

from .conftest import QUICK, Start
from .running import drawn
from .soak import peak

HEAVY = ("torch", "numpy", "pyvips", "open_clip", "torchvision")
MEMORY = 250 << 20


def test_the_service_imports_nothing_heavy() -> None:
    words = "import sys, flexit_engine.service.server; print(*sys.modules)"
    output = subprocess.run([sys.executable, "-c", words], stdout=subprocess.PIPE, check=True)
    loaded = {name.partition(".")[0] for name in output.stdout.decode().split()}
    assert not loaded & set(HEAVY)


def test_a_large_layer_passes_through_a_service_that_stays_small(start: Start) -> None:
    service = start()
    pixels = np.zeros((4096, 4096, 4), np.uint8)
    pixels[..., 3] = 255
    pixels[:2048, :2048] = np.tile(drawn(1, 64, 64), (32, 32, 1))
    selected = np.zeros((4096, 4096), np.uint8)
    selected[1024:1536, 1024:1536] = 255
    edit = service.submit(pixels, selected, settings={**QUICK, "steps": 2})
    assert service.wait(edit)["state"] == "done"
    result = service.pixels(edit)
    assert result.shape == pixels.shape
    assert np.array_equal(result[selected == 0], pixels[selected == 0])
    service.http.post("/v1/unload").raise_for_status()
    process = psutil.Process(service.process.pid)
    assert peak(process) < MEMORY
    libraries = {Path(region.path).name for region in process.memory_maps()}
    assert not [
        name for name in libraries if name.startswith(("libtorch", "libvips", "_multiarray"))
    ]


def test_a_service_that_nobody_has_asked_for_an_edit_has_no_worker(start: Start) -> None:
    assert start().worker()["state"] == "stopped"
