from __future__ import annotations

import hashlib
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from flexit_engine.errors import DownloadError
from flexit_installer import downloads
from flexit_installer.downloads import Patience, download
from flexit_installer.partial import Wanted
from flexit_installer.progress import Progress, tell_nobody
from tests.engine.service.places import full_disk, wait_for
from tests.installer.hostile import STEP, Hostile, hostile_server

CONTENT = random.Random(1).randbytes(2 * STEP + 12345)  # noqa: S311 -- no secret
SHA = hashlib.sha256(CONTENT).hexdigest()
QUICK = Patience(connect=2, silent=0.3, slow=0.3, pause=0.01)


@pytest.fixture
def server() -> Iterator[Hostile]:
    with hostile_server(CONTENT) as hostile:
        yield hostile


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "network.pt"


def wanted(target: Path, server: Hostile, *behaviours: str, size: bool = True) -> Wanted:
    sources = [server.url(behaviour) for behaviour in behaviours]
    return Wanted(target, sources, SHA, len(CONTENT) if size else None)


def left(target: Path) -> list[str]:
    return sorted(path.name for path in target.parent.iterdir())


@pytest.mark.parametrize("size", [True, False])
@pytest.mark.parametrize("behaviour", ["good", "ignores_range", "drops"])
def test_the_right_bytes_arrive_and_nothing_else_stays(
    server: Hostile, target: Path, behaviour: str, size: bool
) -> None:
    download(wanted(target, server, behaviour, size=size), tell_nobody, patience=QUICK)
    assert target.read_bytes() == CONTENT
    assert left(target) == [target.name]
    assert server.sent[behaviour] < len(CONTENT) + (1 << 20)


BAD = {
    "ignores_range_and_drops": "broke the connection|stopped after",
    "truncates": "another file",
    "stops": "stopped sending",
    "drips": "all but stopped",
    "html": "a web page",
    "disguised_html": "another file",
    "other_bytes": "other bytes",
    "more_bytes": "more bytes",
    "circle": "in a circle",
    "elsewhere": "continues elsewhere",
    "compressed": "compressed",
    "missing": "404",
    "broken": "503",
    "resets": "cannot be reached|broke the connection",
}


@pytest.mark.parametrize(("behaviour", "reason"), BAD.items())
def test_a_bad_source_is_a_clear_error_and_never_a_file(
    server: Hostile, target: Path, behaviour: str, reason: str
) -> None:
    with pytest.raises(DownloadError, match=reason) as caught:
        download(wanted(target, server, behaviour), tell_nobody, patience=QUICK)
    assert not target.exists()
    assert "flexit models import" in caught.value.hint


@pytest.mark.parametrize("behaviour", BAD)
def test_the_next_source_has_the_rest(server: Hostile, target: Path, behaviour: str) -> None:
    download(wanted(target, server, behaviour, "good"), tell_nobody, patience=QUICK)
    assert target.read_bytes() == CONTENT
    assert left(target) == [target.name]


def test_without_a_known_size_truncated_files_are_refused_by_their_hash(
    server: Hostile, target: Path
) -> None:
    with pytest.raises(DownloadError, match="other bytes"):
        download(wanted(target, server, "truncates", size=False), tell_nobody, patience=QUICK)
    assert left(target) == []


def test_an_endless_file_of_no_known_size_ends(
    server: Hostile, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "most_bytes", lambda _: 3 * STEP)
    with pytest.raises(DownloadError, match="more bytes than the file has"):
        download(wanted(target, server, "endless", size=False), tell_nobody, patience=QUICK)
    assert left(target) == []


def test_a_file_that_is_far_too_large_is_not_begun(server: Hostile, target: Path) -> None:
    with pytest.raises(DownloadError, match="another file, of 1,125,899,906,842,624 bytes"):
        download(wanted(target, server, "enormous", size=False), tell_nobody, patience=QUICK)
    assert not target.with_name("network.pt.part").exists()


def test_a_later_call_goes_on_where_the_first_was_killed(server: Hostile, target: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from flexit_installer.downloads import *\n"
        "download(Wanted(Path(sys.argv[1]), [sys.argv[2]], sys.argv[3]), lambda _: None)"
    )
    words = [sys.executable, "-c", script, str(target), server.url("stops"), SHA]

    def here() -> int:
        """Under a name of that process's own."""
        return sum(path.stat().st_size for path in target.parent.glob("network.pt.*.part"))

    with subprocess.Popen(words) as process:
        wait_for(here)
        process.send_signal(signal.SIGKILL)
    before = here()
    download(wanted(target, server, "good"), tell_nobody, patience=QUICK)
    assert target.read_bytes() == CONTENT
    assert server.sent["good"] == len(CONTENT) - before
    assert left(target) == [target.name]


def test_a_server_that_answers_a_range_with_the_whole_is_taken_as_the_last_resort(
    server: Hostile, target: Path
) -> None:
    target.with_name("network.pt.part").write_bytes(CONTENT[:STEP])
    download(wanted(target, server, "ignores_range"), tell_nobody, patience=QUICK)
    assert target.read_bytes() == CONTENT
    assert server.requests[0][1]["Range"] == f"bytes={STEP}-"
    target.rename(target.with_name("network.pt.part"))
    with target.with_name("network.pt.part").open("r+b") as part:
        part.truncate(STEP)
    server.sent.clear()
    download(wanted(target, server, "ignores_range", "good"), tell_nobody, patience=QUICK)
    assert target.read_bytes() == CONTENT
    assert server.sent["good"] == len(CONTENT) - STEP  # who can go on comes before who cannot


def test_what_came_whole_before_a_kill_is_not_fetched_again(server: Hostile, target: Path) -> None:
    target.with_name("network.pt.part").write_bytes(CONTENT)
    download(wanted(target, server, "good", size=False), tell_nobody, patience=QUICK)
    assert target.read_bytes() == CONTENT
    assert server.requests == []


@pytest.mark.parametrize("damage", [b"x", CONTENT + b"more", bytes(len(CONTENT))])
def test_a_damaged_beginning_is_started_anew(server: Hostile, target: Path, damage: bytes) -> None:
    target.with_name("network.pt.part").write_bytes(damage)
    download(wanted(target, server, "good"), tell_nobody, patience=QUICK)
    assert target.read_bytes() == CONTENT


def test_a_server_is_asked_for_the_rest_of_the_same_file_only(
    server: Hostile, target: Path
) -> None:
    first = wanted(target, server, "stops")
    with pytest.raises(DownloadError):
        download(first, tell_nobody, patience=QUICK)
    assert [headers.get("If-Range") for _, headers in server.requests][1:] == ['"one"'] * 2
    server.requests.clear()
    download(wanted(target, server, "changed", "good"), tell_nobody, patience=QUICK)
    assert "If-Range" not in server.requests[-1][1]  # it is another source's tag
    assert server.sent["good"] < len(CONTENT)


def test_progress_tells_speed_and_time_left(server: Hostile, target: Path) -> None:
    told: list[Progress] = []
    download(wanted(target, server, "drops"), told.append, patience=QUICK)
    assert told[0] == Progress("downloading network.pt", 0, len(CONTENT))
    assert told[-1].done == told[-1].total == len(CONTENT)
    assert told[-1].seconds_left == 0
    assert [each.done for each in told] == sorted(each.done for each in told)


def test_too_little_room_is_said_before_anything_is_fetched(
    server: Hostile, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(downloads, "free_bytes", lambda _: 50_000_000)
    with pytest.raises(DownloadError, match=r"needs 126 MB, and there are 50 MB free"):
        download(wanted(target, server, "good"), tell_nobody, patience=QUICK)
    assert left(target) == ["network.pt.part.json"]


def test_a_proxy_that_speaks_socks_is_said(
    server: Hostile, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socks", None)  # as where PySocks is not installed
    monkeypatch.delitem(sys.modules, "urllib3.contrib.socks", raising=False)
    with pytest.raises(DownloadError, match="speaks SOCKS, for which PySocks is missing"):
        download(wanted(target, server, "good"), tell_nobody, proxy="socks5://127.0.0.1:9")


def test_a_full_disk_is_said(server: Hostile, target: Path) -> None:
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with full_disk(), pytest.raises(Exception, match="cannot be written: File too large"):
        download(wanted(target, server, "good"), tell_nobody, patience=QUICK)
    assert not target.exists()


def test_a_proxy_is_used_where_one_is_named_whatever_the_environment_says(
    server: Hostile, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    far = Wanted(target, ["http://no-such-host.invalid/good"], SHA)
    download(far, tell_nobody, proxy=server.url(""), patience=QUICK)
    assert target.read_bytes() == CONTENT
