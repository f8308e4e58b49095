#!/usr/bin/env python3
"""The plug-in's entry file with eyes: what its window shows is written down when it changes.

A JSON list of the widgets one can see, in their order. GTK alone is asked, as a screen reader asks
it, and nothing of ours. It speaks the language that a file beside the list names.
"""

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from typing import Any

PLACE = os.environ["FLEXIT_SEEN"]
with contextlib.suppress(FileNotFoundError), open(PLACE + ".language") as chosen:
    os.environ["LANGUAGE"] = chosen.read()

import gi  # noqa: E402 -- GLib remembers the language

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk  # noqa: E402

PERIOD = 40
"""Milliseconds."""
shown = ""


def look() -> bool:
    """Write down what is seen, if that has changed."""
    global shown
    windows = [window for window in Gtk.Window.list_toplevels() if window.get_mapped()]
    text = json.dumps([facts(widget) for window in windows for widget in visible(window)])
    if text != shown:
        with open(PLACE + ".part", "w") as file:
            file.write(text)
        os.replace(PLACE + ".part", PLACE)
        shown = text
    return True


def visible(widget: Gtk.Widget) -> Iterator[Gtk.Widget]:
    """A widget and all in it that one can see."""
    if widget.get_mapped():
        yield widget
        if isinstance(widget, Gtk.Container):
            for child in widget.get_children():
                yield from visible(child)


def facts(widget: Gtk.Widget) -> dict[str, Any]:
    """What can be seen of a widget, and what a screen reader says of it."""
    accessible = widget.get_accessible()
    found = {
        "role": accessible.get_role().value_nick,
        "name": accessible.get_name(),
        "sensitive": widget.is_sensitive(),
        "focus": widget.has_focus(),
    }
    if isinstance(widget, Gtk.Label):
        letter = widget.get_mnemonic_keyval()
        known = letter != 0xFFFFFF  # no letter
        found.update(letter=chr(letter) if known else "", selectable=widget.get_selectable())
    elif isinstance(widget, Gtk.ProgressBar):
        found.update(name=widget.get_text())
    elif isinstance(widget, Gtk.Entry):
        found.update(text=widget.get_text())
    elif isinstance(widget, Gtk.ComboBox):
        found.update(text=widget.get_active_id(), rows=[row[0] for row in widget.get_model()])
    elif isinstance(widget, Gtk.Range):
        adjustment = widget.get_adjustment()
        found.update(value=adjustment.get_value(), most=adjustment.get_upper())
    elif isinstance(widget, Gtk.Image) and widget.get_pixbuf() is not None:
        found.update(colour=list(widget.get_pixbuf().get_pixels()[:3]))
    return found


if "-run" in sys.argv:
    GLib.timeout_add(PERIOD, look)

from flexit.gimp.plugin import main  # noqa: E402

main(sys.argv)
