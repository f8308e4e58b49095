"""`python -m tests.engine.service.serving JSON`: the service with the fields of `Config` given.

`constants` changes waits that are long for a test: `{"connection.SECONDS_FOR_HEAD": 0.5}`.
"""

from __future__ import annotations

import importlib
import json
import sys
from pathlib import Path

from flexit_engine.service.config import Config
from flexit_engine.service.server import serve

if __name__ == "__main__":
    chosen = json.loads(sys.argv[1])
    for name, value in chosen.pop("constants", {}).items():
        module, _, constant = name.partition(".")
        setattr(importlib.import_module(f"flexit_engine.service.{module}"), constant, value)
    lists = {name: tuple(chosen[name]) for name in ("devices", "worker") if name in chosen}
    serve(Config(**{**chosen, **lists, "data": Path(chosen["data"])}))
