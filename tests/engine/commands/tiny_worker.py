"""`python -m tests.engine.commands.tiny_worker DEVICE`: a worker with networks as `tiny_flexit`."""

from __future__ import annotations

import sys

import torch

from flexit_engine.editor import Editor
from flexit_engine.worker.__main__ import main

from .tiny_flexit import load_tiny

if __name__ == "__main__":
    torch.set_num_threads(1)
    Editor.load = load_tiny
    main(sys.argv[1])
