"""What GIMP knows of us: the procedures, their menu entries, the language, the help."""

from __future__ import annotations

from collections.abc import Sequence

from gi.repository import Gimp, Gio, GLib

from flexit.model import use_language

from .folders import HELP
from .procedures import PROCEDURES


class FlexIT(Gimp.PlugIn):
    """The plug-in. GIMP makes one for each call."""

    def do_set_i18n(self, _name: str) -> tuple[bool, str, str]:
        """The catalogue is the one that both editors share."""
        return True, "flexit", "flexit/locale"

    def do_query_procedures(self) -> list[str]:
        """What there is, and where the help for it is."""
        self.set_help_domain("flexit", Gio.File.new_for_path(str(HELP)))
        return list(PROCEDURES)

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        """One of them, in the user's language."""
        use_language(*GLib.get_language_names())
        return PROCEDURES[name](self, name)


def main(arguments: Sequence[str]) -> None:
    """Serve the call that GIMP started this process for."""
    Gimp.main(FlexIT.__gtype__, list(arguments))
