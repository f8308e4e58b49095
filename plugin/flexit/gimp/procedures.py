"""The three procedures, as scripts and menus call them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from gi.repository import Gimp, Gio, GObject

from flexit.client import FlexITError
from flexit.model import _
from flexit.model.choices import LAYER

from .answers import Values, answer
from .arguments import add_arguments, add_return_values, choices_of, set_choices, values_of
from .dialog import ask
from .folders import ICON, open_history
from .keeping import Kept, kept_with
from .quiet import edit_quietly
from .refusal import Refusal
from .sources import Source, choose_source

EDIT, REPEAT, RECALL = "plug-in-flexit-edit", "plug-in-flexit-repeat", "plug-in-flexit-recall"
MENUS = ("<Image>/Filters/AI", "<Layers>/Layers Menu")
COPYRIGHT = ("The FlexIT contributors", "The FlexIT contributors", "2026")

Drawables = Sequence[Gimp.Drawable]


def make_edit(plugin: Gimp.PlugIn, name: str) -> Gimp.Procedure:
    """Edit by two texts."""
    procedure = _procedure(plugin, name, run_edit, _("FlexIT: edit by _text…"))
    procedure.set_documentation(
        _("Edit the selection by two texts: what is there, and what it should become"),
        _(
            "Adds a layer above the edited one that shows the selection as the second text says."
            " The engine that does the work is another process, and is started where it does not"
            " run."
        ),
        name,
    )
    add_arguments(procedure)
    _returns_layer(procedure)
    return procedure


def make_repeat(plugin: Gimp.PlugIn, name: str) -> Gimp.Procedure:
    """The last edit once more."""
    procedure = _procedure(plugin, name, run_repeat, _("FlexIT: _repeat the last edit"))
    procedure.set_documentation(
        _("Make the last edit by text once more, without asking"),
        _(
            "Takes the texts and settings of the last edit, with another seed unless one was set."
            " On a layer that is the result of an edit, it edits that edit's source again."
        ),
        name,
    )
    _returns_layer(procedure)
    return procedure


def make_recall(plugin: Gimp.PlugIn, name: str) -> Gimp.Procedure:
    """The settings that a layer was made with."""
    procedure = _procedure(plugin, name, run_recall, _("FlexIT: re_call a layer's settings…"))
    procedure.set_documentation(
        _("Open the dialog with the texts and settings that a layer was made with"),
        _(
            "Without interaction, returns them instead, as the arguments of plug-in-flexit-edit;"
            " with these, the same layer comes out again."
        ),
        name,
    )
    add_return_values(procedure)
    return procedure


def run_edit(
    procedure: Gimp.Procedure,
    mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: Drawables,
    config: Gimp.ProcedureConfig,
    _data: object,
) -> Gimp.ValueArray:
    """Serve `plug-in-flexit-edit`."""

    def work() -> Values | None:
        if mode == Gimp.RunMode.INTERACTIVE:
            for newest in open_history().entries[:1]:
                set_choices(config, newest)
            layer = ask(procedure, config, image, drawables)
            return None if layer is None else _layer_for(mode, layer)
        choices = choices_of(config)
        source = choose_source(image, drawables, choices.input)
        layer = edit_quietly(source, choices, mode != Gimp.RunMode.NONINTERACTIVE)
        return _layer_for(mode, layer)

    return answer(procedure, work)


def run_repeat(
    procedure: Gimp.Procedure,
    mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: Drawables,
    _config: Gimp.ProcedureConfig,
    _data: object,
) -> Gimp.ValueArray:
    """Serve `plug-in-flexit-repeat`."""

    def work() -> Values:
        entries = open_history().entries
        if not entries:
            raise FlexITError(
                _("There is no edit to repeat yet."),
                _("Make one with Filters ▸ AI ▸ FlexIT: edit by text."),
            )
        source = choose_source(image, drawables, entries[0].input)
        somebody_looks = mode != Gimp.RunMode.NONINTERACTIVE
        layer = edit_quietly(_before_the_edit(source), entries[0], somebody_looks)
        return _layer_for(mode, layer)

    return answer(procedure, work)


def run_recall(
    procedure: Gimp.Procedure,
    mode: Gimp.RunMode,
    image: Gimp.Image,
    drawables: Drawables,
    _config: Gimp.ProcedureConfig,
    _data: object,
) -> Gimp.ValueArray:
    """Serve `plug-in-flexit-recall`."""

    def work() -> Values | None:
        layer, kept = _recalled(image, drawables)
        choices = kept.recipe.choices
        if mode != Gimp.RunMode.NONINTERACTIVE:
            edit = make_edit(procedure.get_plug_in(), EDIT)
            config = edit.create_config()
            set_choices(config, choices)
            if ask(edit, config, image, [kept.source or layer]) is None:
                return None
        return list(values_of(choices).values())

    return answer(procedure, work)


def _recalled(image: Gimp.Image, drawables: Drawables) -> tuple[Gimp.Layer, Kept]:
    """The selected result, and what was kept with it.

    Raises:
        Refusal: what is selected is no result.
    """
    layer = choose_source(image, drawables, LAYER).layer
    kept = layer and kept_with(layer)
    if layer is None or kept is None:
        raise Refusal(
            _("This layer was not made by FlexIT, or its settings are gone."),
            _("Select a layer that is the result of an edit."),
        )
    return layer, kept


def _before_the_edit(source: Source) -> Source:
    """The source of the edit that a layer is the result of; any other layer as it is."""
    kept = source.layer and kept_with(source.layer)
    if not kept or kept.source is None:
        return source
    return source._replace(layer=kept.source)


def _layer_for(mode: Gimp.RunMode, layer: Gimp.Layer) -> Values:
    """What is made, for scripts alone.

    GIMP keeps what a plug-in returns for a moment after its end, and crashes (3.0.4) where the
    image is closed in that moment. From the menus nobody asks for it.
    """
    return [layer] if mode == Gimp.RunMode.NONINTERACTIVE else []


def _returns_layer(procedure: Gimp.Procedure) -> None:
    procedure.add_layer_return_value(
        "layer",
        _("Layer"),
        _("The new layer; the group of them where several variants were asked for"),
        True,
        GObject.ParamFlags.READWRITE,
    )


def _procedure(
    plugin: Gimp.PlugIn, name: str, run: Callable[..., Gimp.ValueArray], label: str
) -> Gimp.ImageProcedure:
    procedure = Gimp.ImageProcedure.new(plugin, name, Gimp.PDBProcType.PLUGIN, run, None)
    # Never greyed out: why something cannot be edited is said in words.
    procedure.set_image_types("*")
    mask = Gimp.ProcedureSensitivityMask
    procedure.set_sensitivity_mask(mask.DRAWABLE | mask.DRAWABLES | mask.NO_DRAWABLES)
    procedure.set_menu_label(label)
    for menu in MENUS:
        procedure.add_menu_path(menu)
    procedure.set_icon_file(Gio.File.new_for_path(str(ICON)))
    procedure.set_attribution(*COPYRIGHT)
    return procedure


PROCEDURES = {EDIT: make_edit, REPEAT: make_repeat, RECALL: make_recall}
