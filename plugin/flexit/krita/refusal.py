"""Why an edit cannot start here, in a sentence for the user."""

from __future__ import annotations

from flexit.client import FlexITError


class Refusal(FlexITError):
    """Something about the picture is in the way of an edit."""

    code = "refused"
