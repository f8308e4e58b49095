from __future__ import annotations

import getpass
import json
import os
import socket
import sys
import zipfile
from pathlib import Path

import pytest

from flexit_engine import __version__
from flexit_engine.errors import InstallError
from flexit_engine.networks.profiles import load_profile
from flexit_engine.service import daemon
from flexit_engine.service.config import Config
from flexit_engine.service.discovery import Address, publish, withdraw
from flexit_engine.service.private import make_private_folder
from flexit_installer import checks, plugins
from flexit_installer.bundle import page, write_bundle
from flexit_installer.editors import Editor
from flexit_installer.environment import Device, Facts
from flexit_installer.finding import Finding
from flexit_installer.manifest import read_manifest, write_manifest
from flexit_installer.places import User
from flexit_installer.redaction import redactor, without_quotations

from .conftest import Flexit
from .homes import program

FACTS = Facts(
    version=__version__,
    python="3.11.2",
    torch="2.8.0",
    torchvision="0.23.0",
    devices=[Device(name="cpu", title="CPU", error=None)],
)


TOKEN = "abc-0123456789abcdef"  # noqa: S105 -- nobody's
OLD_TOKEN = "old-99887766554433"  # noqa: S105
"""Of an engine that has ended."""


def only(findings: object) -> Finding:
    (finding,) = findings  # type: ignore[misc]
    assert isinstance(finding, Finding)
    return finding


@pytest.fixture
def user(home: Path) -> User:
    return User(home, {"PATH": ""}, root=home.parents[1])


@pytest.fixture
def facts(monkeypatch: pytest.MonkeyPatch) -> Facts:
    """What the environment says, for a test to change."""
    said = FACTS.model_copy(deep=True)
    monkeypatch.setattr(checks, "probe", lambda _: said)
    monkeypatch.setattr(checks, "nvidia_capabilities", list)
    return said


def test_a_whole_installation_is_right_and_the_engine_is_left_as_it_was(
    krita: Editor, data: Path, flexit: Flexit
) -> None:
    krita.profile.mkdir(parents=True)
    answer = flexit("install", "krita", "--json", PATH="/usr/bin:/bin")
    assert answer.returncode == 0, answer.stderr
    answer = flexit("doctor", "--json", PATH="/usr/bin:/bin")
    findings = {finding["about"]: finding for finding in json.loads(answer.stdout)}
    assert {about for about, finding in findings.items() if finding["state"] != "right"} == set()
    assert findings.keys() >= {"folder", "disk", "environment", "cpu", "Krita", "mini", "engine"}
    assert answer.returncode == 0
    assert daemon.answering(data) is None


def test_nothing_installed_is_said_with_the_command_that_mends_it(
    home: Path, flexit: Flexit
) -> None:
    answer = flexit("doctor", PATH="/nonexistent")
    assert list(home.iterdir()) == []
    assert answer.returncode == 12
    assert "✗ folder" in answer.stdout
    assert "→ flexit install" in answer.stdout


def test_a_folder_that_others_can_read_is_wrong(data: Path) -> None:
    make_private_folder(data)
    data.chmod(0o755)
    wrong = next(checks.check_folder(data))
    assert (wrong.state, wrong.mend) == ("wrong", f"chmod 700 {data}")


def test_a_folder_of_somebody_else_is_wrong(data: Path) -> None:
    make_private_folder(data)
    owner = os.geteuid()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "geteuid", lambda: owner + 1)
        wrong = next(checks.check_folder(data))
    assert (wrong.state, wrong.mend) == ("wrong", f"sudo chown -R {owner + 1} {data}")


def test_a_gimp_that_was_never_started_is_told_what_to_do(data: Path, user: User) -> None:
    program(user.root / "bin/gimp", "GNU Image Manipulation Program version 3.0.4")
    there = User(user.home, {"PATH": str(user.root / "bin")}, root=user.root)
    found = only(checks.check_editors(data, there))
    assert (found.state, found.mend) == (
        "unsure",
        "Start it once, close it, then: flexit install gimp",
    )


def test_an_engine_that_cannot_be_started_is_wrong(data: Path) -> None:
    """Its Python is there and cannot run."""
    python = data / "env/bin/python"
    python.parent.mkdir(parents=True)
    python.write_text("not a program")
    for finding in (only(checks.check_environment(data)), only(checks.check_engine(data))):
        assert (finding.state, bool(finding.mend)) == ("wrong", True), finding


def test_a_full_disk_is_wrong(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_private_folder(data)
    monkeypatch.setattr(checks, "free_bytes", lambda _: 1)
    assert [finding.state for finding in checks.check_folder(data)] == ["right", "wrong"]


def test_a_gpu_that_does_not_compute_is_wrong(data: Path, facts: Facts) -> None:
    facts.devices.append(Device(name="cuda:0", title="GTX 970", error="no kernel image"))
    finding = list(checks.check_environment(data))[-1]
    assert finding.state == "wrong"
    assert finding.text == "GTX 970 does not compute: no kernel image"


def test_a_gpu_that_torch_does_not_see_is_wrong(
    data: Path, facts: Facts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "nvidia_capabilities", lambda: [8.6])
    assert list(checks.check_environment(data))[-1].about == "gpu"
    assert facts.has_gpu is False


def test_an_environment_of_another_version_is_wrong(data: Path, facts: Facts) -> None:
    facts.version = "0.0.1"
    first = next(checks.check_environment(data))
    assert (first.state, first.mend) == ("wrong", "flexit install --own-environment")


def test_a_broken_environment_is_wrong(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> Facts:
        raise InstallError("It is broken.")

    monkeypatch.setattr(checks, "probe", broken)
    assert only(checks.check_environment(data)).state == "wrong"


def test_what_is_amiss_in_an_editor_is_told(gimp: Editor, data: Path, user: User) -> None:
    entry = gimp.plugins / "flexit/flexit.py"

    def state() -> tuple[str, str]:
        finding = only(checks.check_editors(data, user))
        return finding.state, finding.text

    assert state() == ("unsure", "It has no plug-in.")
    plugins.put(gimp, data)
    assert state()[0] == "right"
    entry.chmod(0o644)
    assert state() == ("wrong", f"{entry} is not executable.")
    entry.chmod(0o755)
    (gimp.profile / "pluginrc").write_text("# other plug-ins")
    assert state() == ("unsure", "It was not started since the plug-in is there.")
    (gimp.profile / "pluginrc").write_text(f'(plug-in-def "{entry}" 1')
    assert state()[0] == "right"
    entry.write_text("changed")
    assert state() == ("wrong", f"{entry} is not as installed.")
    (gimp.plugins / "flexit/flexit/py.typed").unlink()
    assert state()[1].endswith(" and 1 more are not as installed.")
    package = gimp.plugins / "flexit/flexit/__init__.py"
    package.write_text('__version__ = "0.0.1"\n')
    assert state() == ("wrong", f"Its plug-in is 0.0.1, and the engine {__version__}.")


def test_a_plugin_that_krita_will_not_load_is_wrong(krita: Editor, data: Path, user: User) -> None:
    krita.profile.mkdir(parents=True)
    plugins.put(krita, data)
    assert krita.settings is not None
    krita.settings.unlink()
    assert only(checks.check_editors(data, user)).text == "The plug-in is not switched on."


def test_a_damaged_manifest_is_wrong(data: Path, user: User) -> None:
    write_manifest(data, read_manifest(data))
    (data / "install.json").write_text("{")
    assert (
        only(checks.check_editors(data, user)).mend
        == f"rm {data / 'install.json'} && flexit install"
    )


def test_an_engine_that_runs_answers_and_goes_on(data: Path) -> None:
    daemon.start(Config(data))
    try:
        finding = only(checks.check_engine(data))
        assert finding.state == "right"
        assert finding.text.startswith("It runs")
        assert daemon.answering(data) is not None
    finally:
        daemon.stop(data)


def test_what_only_has_the_engines_place_is_wrong(data: Path) -> None:
    make_private_folder(data)
    address = Address(
        protocol=1,
        version=__version__,
        pid=os.getpid(),
        token=TOKEN,
        port=9,
        log=data,
    )
    publish(data, address)
    assert only(checks.check_engine(data)).mend == "flexit stop && flexit start"
    withdraw(data, address)


def test_loopback_works_here() -> None:
    assert only(checks.check_loopback()).state == "right"


def test_incomplete_weights_are_told(data: Path) -> None:
    weights = data / "weights"
    weights.mkdir(parents=True)
    assert {finding.state for finding in checks.check_weights()} == {"right"}
    (weights / "clip-RN50.pt.part").write_bytes(b"x")
    paper = {finding.about: finding for finding in checks.check_weights()}["paper"]
    assert (paper.state, paper.mend) == ("unsure", "flexit models pull paper")


def test_truncated_weights_are_wrong_at_once(data: Path) -> None:
    for file in load_profile("paper").files:
        path = data / "weights" / file.name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("wb") as sparse:
            sparse.truncate(file.size or 1)

    def paper() -> Finding:
        return {finding.about: finding for finding in checks.check_weights()}["paper"]

    assert (paper().state, paper().mend) == ("unsure", "flexit models verify paper")
    (paper5,) = (finding for finding in checks.check_weights() if finding.about == "paper5")
    assert paper5.text == "It is not installed."  # what it shares with `paper` is not a beginning
    with (data / "weights/clip-RN50.pt").open("r+b") as file:
        file.truncate(1000)
    assert (paper().state, paper().mend) == ("wrong", "flexit models pull paper")
    assert "has 1,000 bytes instead of 255,827,503" in paper().text


WRITTEN = "my own words"


def test_the_report_has_no_name_path_token_or_text_of_the_user(
    data: Path, home: Path, tmp_path: Path
) -> None:
    make_private_folder(data / "logs")
    log = data / "logs/engine.jsonl"
    address = Address(
        protocol=1, version=__version__, pid=os.getpid(), token=TOKEN, port=9, log=log
    )
    publish(data, address)
    lines = [
        {"message": f"cannot read {home}/Pictures/x.png", "level": "INFO"},
        {"message": f"Authorization: Bearer {TOKEN}"},
        {"message": f"Authorization: Bearer {OLD_TOKEN}"},
        {"message": f"The networks do not know '{WRITTEN}'.", "user": getpass.getuser()},
        {"message": f"on {socket.gethostname()} for ann at http://ann:pw@proxy:3128"},
    ]
    log.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    log.chmod(0o600)
    report = tmp_path / "report.zip"
    write_bundle(report, [Finding("folder", "right", f"{data} is yours.")], data, home)
    with zipfile.ZipFile(report) as bundle:
        texts = [bundle.read(name).decode() for name in bundle.namelist()]
        assert len(bundle.namelist()) == 4
    for secret in (str(home), TOKEN, WRITTEN, f'"{getpass.getuser()}"', " ann ", ":pw@", OLD_TOKEN):
        assert not [text for text in texts if secret in text], secret
    assert "cannot read ~/Pictures" in texts[-1]
    with pytest.raises(Exception, match="exists"):
        write_bundle(report, [Finding("folder", "right", "")], data, home)
    withdraw(data, address)


def test_words_that_only_contain_a_name_stay() -> None:
    redact = redactor(Path("/home/ann"))
    assert redact("channel of ann in /home/ann/x") == "channel of USER in ~/x"
    assert without_quotations("no 'a' and «b» here") == "no '…' and '…' here"


def test_the_page_shows_marks_and_remedies() -> None:
    text = page([Finding("a", "right", "Good."), Finding("bcd", "wrong", "Bad.", "do it")])
    assert text == "✓ a    Good.\n✗ bcd  Bad.\n       → do it"


def test_the_python_of_this_process_is_the_one_that_is_checked(data: Path) -> None:
    findings = list(checks.check_environment(data))
    assert str(Path(sys.executable).parents[1]) in findings[0].text
