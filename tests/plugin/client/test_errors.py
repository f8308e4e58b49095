"""An error of the engine becomes one of the client's, with the same words."""

from __future__ import annotations

import pytest

from flexit.client import BadAnswer, FlexITError, MaskError, PictureError, error_from


def test_an_error_has_its_class_its_words_and_its_log() -> None:
    error = error_from({"code": "mask", "message": "Empty.", "hint": "Select.", "log": "/log"})
    assert type(error) is MaskError
    assert isinstance(error, PictureError)
    assert (error.message, error.hint, error.log) == ("Empty.", "Select.", "/log")
    assert str(error) == "Empty. Select."


def test_a_code_that_is_not_known_is_kept() -> None:
    error = error_from({"code": "new", "message": "Oh.", "more": 1})
    assert (type(error), error.code, str(error)) == (FlexITError, "new", "Oh.")
    assert FlexITError.code == "error"


@pytest.mark.parametrize(
    "failure",
    [
        None,
        [],
        "x",
        {},
        {"code": "mask"},
        {"code": 1, "message": "Oh."},
        {"code": "a", "message": ""},
    ],
)
def test_what_is_no_error_is_a_bad_answer(failure: object) -> None:
    assert type(error_from(failure)) is BadAnswer


@pytest.mark.parametrize("extra", [None, 7, ["x"]])
def test_words_that_are_no_text_do_no_harm(extra: object) -> None:
    error = error_from({"code": "mask", "message": "Empty.", "hint": extra, "log": extra})
    assert isinstance(error.hint, str)
    assert isinstance(error.log, str)
