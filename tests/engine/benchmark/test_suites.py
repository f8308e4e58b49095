from __future__ import annotations

from pathlib import Path

import pytest

from flexit_engine.benchmark.suites import MethodSpec, all_methods, load_suites, suite_names
from flexit_engine.errors import SettingsError, UsageError


def load(name: str, **changes: float) -> list[MethodSpec]:
    return all_methods(load_suites(name, "mini", "standard", dict(changes)))


@pytest.mark.parametrize("name", suite_names())
def test_every_suite_has_settings_that_are_in_range_and_folders_of_its_own(name: str) -> None:
    methods = load(name)
    assert len({method.folder for method in methods}) == len(methods) > 1
    assert all(method.all_settings().composition for method in methods)


def test_all_suites_together_share_their_common_row() -> None:
    suites = [suite for name in suite_names() for suite in load_suites(name, "mini", "draft", {})]
    names = [method.name for method in all_methods(suites)]
    assert names.count("FlexIT") == 1


def test_what_a_row_sets_wins_over_the_command_line() -> None:
    rows = {method.name: method.all_settings() for method in load("regularisers", latent_weight=1)}
    assert rows["FlexIT"].latent_weight == 1
    assert rows["without latent term"].latent_weight == 0
    assert rows["perceptual term alone"].image_weight == 0
    assert rows["perceptual term alone"].perceptual_weight == 0.15


def test_the_profiles_preset_is_the_base() -> None:
    (flexit,) = [method for method in load("regularisers") if method.name == "FlexIT"]
    assert flexit.all_settings().augmentations == 1  # mini's
    assert flexit.all_settings().composition == "decoded"


def test_a_file_of_ones_own_is_a_suite(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[suites]]\nname = "mine"\ntitle = "Mine"\n'
        'methods = [{ name = "x", kind = "own", path = "a:B", arguments = { file = "c" } }]\n',
        encoding="utf-8",
    )
    (method,) = load(str(path))
    assert method.arguments == {"file": "c"}


@pytest.mark.parametrize("text", ["suites = 3", "[[suites]]\nname = 'x'", "["])
def test_a_broken_file_is_refused_in_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(UsageError, match="suites in"):
        load(str(path))


def test_unknown_suites_and_settings_out_of_range_are_refused() -> None:
    with pytest.raises(UsageError, match="There is no suite 'best'"):
        load("best")
    with pytest.raises(SettingsError):
        load("main", steps=-1)[-1].all_settings()


def test_two_methods_of_one_name_are_refused() -> None:
    suites = load_suites("main", "mini", "standard", {})
    suites += load_suites("main", "mini", "draft", {})
    with pytest.raises(UsageError, match="Two methods are called"):
        all_methods(suites)
