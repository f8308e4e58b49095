"""`flexit status`: whether an engine runs, and what it does."""

from __future__ import annotations

import argparse
from datetime import timedelta
from typing import TYPE_CHECKING

from flexit_engine.commands.options import add_common_options
from flexit_engine.commands.outcome import Outcome
from flexit_engine.errors import EngineUnreachable

if TYPE_CHECKING:
    from flexit_engine.service.discovery import Address
    from flexit_engine.service.protocol import Health, Ready, Worker

NOT_RUNNING = 10
"""Exit code where no engine answers, as of every other command that wanted one."""
MEGABYTE = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Describe the command."""
    add_common_options(parser)


def run(_arguments: argparse.Namespace, _show_progress: bool) -> Outcome:
    """Ask the engine how it is.

    Raises:
        ServiceError: one runs, but does not answer, or cannot be talked to.
    """
    from flexit_engine.service.daemon import find
    from flexit_engine.service.discovery import LOGS, data_folder
    from flexit_engine.service.logs import NAME

    data = data_folder()
    address = find(data)
    if address is None:
        report = {"running": False, "log": str(data / LOGS / NAME)}
        return Outcome("No engine runs.", report, NOT_RUNNING)
    from flexit_engine.service.caller import Caller

    try:
        with Caller(address) as caller:
            health, ready = caller.health(), caller.ready()
    except EngineUnreachable as error:
        raise EngineUnreachable(
            f"An engine should run as process {address.pid}, but does not answer.", error.hint
        ) from None
    report = {
        "running": True,
        **address.model_dump(mode="json", exclude={"token"}),
        "version": health.version,
        "uptime": health.uptime,
        **ready.model_dump(mode="json"),
    }
    return Outcome(_text(address, health, ready), report)


def _text(address: Address, health: Health, ready: Ready) -> str:
    places = [str(address.socket)] if address.socket else []
    if address.port:
        places.append(f"127.0.0.1:{address.port}")
    waiting = "no edit waits" if not ready.queued else f"{ready.queued} edits wait"
    return "\n".join(
        [
            f"FlexIT {health.version} runs as process {health.pid}, for "
            f"{timedelta(seconds=round(health.uptime))}; {waiting}.",
            *(f"    {_describe(worker)}" for worker in ready.workers),
            f"    address: {', '.join(places)}",
            f"    log: {address.log}",
        ]
    )


def _describe(worker: Worker) -> str:
    parts = [f"{worker.device}: {worker.state}"]
    if worker.profile:
        parts.append(worker.profile)
    if worker.memory:
        parts.append(f"{worker.memory / MEGABYTE:,.0f} MB")
    return ", ".join(parts)
