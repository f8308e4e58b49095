from __future__ import annotations

import json

import pytest

from flexit_installer.redaction import without_quotations


@pytest.mark.parametrize(
    "text", ["a cat", "ann's cat", 'a "big" cat', """ann's "big" cat""", "l'été"]
)
def test_a_text_is_redacted_whatever_quotes_are_in_it(text: str) -> None:
    line = json.dumps({"message": f"Krita's engine does not know {text!r}.", "level": "INFO"})
    said = json.loads(without_quotations(line))
    assert said == {"message": "Krita's engine does not know '…'.", "level": "INFO"}


def test_a_line_that_is_not_json_is_redacted_as_well() -> None:
    assert without_quotations("no 'a', \"b's\" and «c»") == "no '…', '…' and '…'"


def test_where_a_program_failed_stays() -> None:
    line = json.dumps({"exc_info": 'File "/usr/x.py", line 3', "line": 3})
    assert json.loads(without_quotations(line)) == json.loads(line)
