"""What tests have GIMP do. Images and layers go by their numbers, bytes as base64."""

from __future__ import annotations

import base64
import hashlib
import os
import random
import sys
from collections.abc import Iterator
from typing import Any

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp, Gio  # noqa: E402

EDIT = "plug-in-flexit-edit"
DISPLAYS = {}
"""Windows of images: GIMP closes an image with its last window."""


def image(
    width: int = 64,
    height: int = 48,
    mode: str = "RGB",
    precision: str = "U8_NON_LINEAR",
    profile: str = "",
    alpha: bool = True,
    show: bool = False,
) -> dict[str, int]:
    """A new image with one layer of noise; their numbers. The profile is one that GIMP makes."""
    made = Gimp.Image.new_with_precision(
        width, height, getattr(Gimp.ImageBaseType, mode), getattr(Gimp.Precision, precision)
    )
    if profile:
        made.set_color_profile(getattr(Gimp.ColorProfile, f"new_{profile}")())
    layer = _layer(made, "noise", width, height, alpha)
    made.insert_layer(layer, None, 0)
    fill_with_noise(layer.get_id())
    _show(made, show)
    made.clean_all()
    return {"image": made.get_id(), "layer": layer.get_id()}


def open_file(path: str, show: bool = False) -> dict[str, int]:
    """An image from a file; the numbers of it and its first layer."""
    made = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
    _show(made, show)
    return {"image": made.get_id(), "layer": made.get_layers()[0].get_id()}


def save_and_load(image: int, path: str) -> int:
    """The image as it comes out of an XCF file; its number."""
    file = Gio.File.new_for_path(path)
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, _image(image), file, None)
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file).get_id()


def close_all() -> None:
    """Close all images."""
    for each in Gimp.get_images():
        close(each.get_id())


def close(image: int) -> None:
    """Close one image."""
    display = DISPLAYS.pop(image, None)
    if display is not None and display.is_valid():
        display.delete()
    else:
        _image(image).delete()


def add_layer(
    image: int,
    left: int = 0,
    top: int = 0,
    width: int = 64,
    height: int = 48,
    group: int | None = None,
    position: int = 0,
) -> int:
    """Another layer of noise; its number."""
    layer = _layer(_image(image), "more noise", width, height, True)
    _image(image).insert_layer(layer, _item(group), position)
    layer.set_offsets(left, top)
    fill_with_noise(layer.get_id(), seed=2)
    return layer.get_id()


def add_group(image: int) -> int:
    """A group, empty; its number."""
    group = Gimp.GroupLayer.new(_image(image), "group")
    _image(image).insert_layer(group, None, 0)
    return group.get_id()


def add_text(image: int) -> int:
    """A text layer; its number."""
    layer = Gimp.TextLayer.new(_image(image), "cat", Gimp.context_get_font(), 30, Gimp.Unit.pixel())
    _image(image).insert_layer(layer, None, 0)
    return layer.get_id()


def add_channel(image: int) -> int:
    """A channel; its number."""
    channel = Gimp.Channel.new(_image(image), "channel", 64, 48, 50, Gegl.Color.new("red"))
    _image(image).insert_channel(channel, None, 0)
    return channel.get_id()


def add_mask(layer: int) -> int:
    """A mask of noise, which is edited as GIMP has it; its number."""
    mask = _item(layer).create_mask(Gimp.AddMaskType.WHITE)
    _item(layer).add_mask(mask)
    width, height = mask.get_width(), mask.get_height()
    data = random.Random(3).randbytes(width * height)  # noqa: S311
    mask.get_buffer().set(Gegl.Rectangle.new(0, 0, width, height), "Y u8", data)
    return mask.get_id()


def add_filter(layer: int, name: str = "gegl:invert-gamma") -> None:
    """A filter that stays one."""
    made = Gimp.DrawableFilter.new(_item(layer), name, "")
    _item(layer).append_filter(made)


def fill_with_noise(layer: int, seed: int = 1) -> None:
    """Opaque noise, in sRGB."""
    drawable = _item(layer)
    width, height = drawable.get_width(), drawable.get_height()
    data = bytearray(random.Random(seed).randbytes(4 * width * height))  # noqa: S311
    data[3::4] = b"\xff" * (width * height)
    _set(drawable, bytes(data), "R'G'B'A u8")


def paint(layer: int, data: str, form: str = "R'G'B'A u8") -> None:
    """All pixels of a layer."""
    _set(_item(layer), base64.b64decode(data), form)


def select(image: int, left: int, top: int, width: int, height: int, feather: int = 0) -> None:
    """A rectangle."""
    _image(image).select_rectangle(Gimp.ChannelOps.REPLACE, left, top, width, height)
    if feather:
        Gimp.Selection.feather(_image(image), feather)


def select_ellipse(image: int, left: int, top: int, width: int, height: int) -> None:
    """An ellipse, with smooth edges."""
    _image(image).select_ellipse(Gimp.ChannelOps.REPLACE, left, top, width, height)


def select_nothing(image: int) -> None:
    """Which means everything."""
    Gimp.Selection.none(_image(image))


def choose(image: int, layers: list[int]) -> None:
    """Have layers be the selected ones."""
    _image(image).set_selected_layers([_item(number) for number in layers])


def edit(
    image: int,
    layers: list[int],
    target: str = "dog",
    source: str = "cat",
    mode: str = "NONINTERACTIVE",
    **values: Any,  # noqa: ANN401
) -> dict[str, Any]:
    """Call the plug-in; its status, its words, and the number of the new layer."""
    return _call(EDIT, image, layers, mode, target=target, source=source, **values)


def repeat(image: int, layers: list[int]) -> dict[str, Any]:
    """Call it for the last edit; the same."""
    return _call("plug-in-flexit-repeat", image, layers, "NONINTERACTIVE")


def recall(image: int, layers: list[int], mode: str = "NONINTERACTIVE") -> dict[str, Any]:
    """Call it for a layer's settings; the same, with all its values."""
    return _call("plug-in-flexit-recall", image, layers, mode)


def arguments(name: str = EDIT) -> list[list[Any]]:
    """The arguments of a procedure: name, kind, and range where it has one."""
    procedure = Gimp.get_pdb().lookup_procedure(name)
    found = []
    for spec in procedure.get_arguments():
        limits = [getattr(spec, "minimum", None), getattr(spec, "maximum", None)]
        found.append([spec.name, spec.value_type.name, *limits, spec.blurb])
    return found


def procedure_facts(name: str = EDIT) -> dict[str, Any] | None:
    """What GIMP knows of a procedure."""
    procedure = Gimp.get_pdb().lookup_procedure(name)
    if procedure is None:
        return None
    return {
        "label": procedure.get_menu_label(),
        "menus": list(procedure.get_menu_paths()),
        "blurb": procedure.get_blurb(),
        "types": procedure.get_image_types(),
        "help": procedure.get_help_id(),
    }


def facts(layer: int) -> dict[str, Any]:
    """What can be said of a layer."""
    item = _item(layer)
    image = item.get_image()
    _ok, left, top = item.get_offsets()
    mask = item.get_mask()
    parasite = item.get_parasite("flexit-edit")
    return {
        "name": item.get_name(),
        "bounds": [left, top, item.get_width(), item.get_height()],
        "mask": mask and _bytes(mask, "Y u8"),
        "edits_mask": item.get_edit_mask(),
        "opacity": item.get_opacity(),
        "visible": item.get_visible(),
        "parent": item.get_parent() and item.get_parent().get_id(),
        "children": [child.get_id() for child in item.get_children() or []]
        if item.is_group()
        else [],
        "position": image.get_item_position(item),
        "recipe": parasite and bytes(parasite.get_data()).decode(),
        "filters": len(item.get_filters()),
    }


def state(image: int) -> list[Any]:
    """A digest of everything in an image that the plug-in must leave alone."""
    found = [_digest(_image(image).get_selection(), "Y u8")]
    for layer in _all_layers(_image(image)):
        known = facts(layer.get_id())
        known.pop("position")
        found.append([layer.get_id(), _digest(layer, "R'G'B'A float"), known])
    return found


def pixels(layer: int, form: str = "R'G'B'A u8") -> str:
    """All pixels of a layer, or of a mask with "Y u8"."""
    return _bytes(_item(layer), form)


def selection(image: int) -> str:
    """All of the selection."""
    return _bytes(_image(image).get_selection(), "Y u8")


def composite(image: int, form: str = "R'G'B'A u8") -> str:
    """The image as it is seen."""
    shown = Gimp.Layer.new_from_visible(_image(image), _image(image), "")
    return _bytes(shown, form)


def layers(image: int) -> list[int]:
    """Numbers of the layers at the top of the tree."""
    return [layer.get_id() for layer in _image(image).get_layers()]


def selected(image: int) -> list[int]:
    """Numbers of the selected layers."""
    return [layer.get_id() for layer in _image(image).get_selected_layers()]


def images() -> list[int]:
    """Numbers of all images."""
    return [image.get_id() for image in Gimp.get_images()]


def mode_of(image: int) -> str:
    """RGB, gray or indexed."""
    return _image(image).get_base_type().value_nick


def move(layer: int, left: int, top: int) -> None:
    """Put a layer elsewhere."""
    _item(layer).set_offsets(left, top)


def remove(layer: int) -> None:
    """Delete a layer."""
    _item(layer).get_image().remove_layer(_item(layer))


def make_indexed(image: int) -> None:
    """Have it have few colours."""
    Gimp.context_push()
    _image(image).convert_indexed(
        Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 8, False, False, ""
    )


def run_python(path: str, image: int, layer: int, source: str, target: str) -> int:
    """Run an example: a Python file with a function `main`; the number of what that returns."""
    names = {}
    with open(path) as file:
        exec(compile(file.read(), path, "exec"), names)  # noqa: S102
    return names["main"](_image(image), _item(layer), source, target).get_id()


def run_script_fu(text: str) -> list[str]:
    """Run Script-Fu."""
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-script-fu-eval")
    config = procedure.create_config()
    config.set_property("script", text)
    values = procedure.run(config)
    return [values.index(0).value_nick, Gimp.get_pdb().get_last_error()]


def _call(
    name: str,
    image: int,
    layers: list[int],
    mode: str,
    **values: Any,  # noqa: ANN401
) -> dict[str, Any]:
    procedure = Gimp.get_pdb().lookup_procedure(name)
    config = procedure.create_config()
    config.set_property("run-mode", getattr(Gimp.RunMode, mode))
    config.set_property("image", _image(image))
    config.set_core_object_array("drawables", [_item(number) for number in layers])
    for key, value in values.items():
        config.set_property(key, value)
    returned = procedure.run(config)
    status = returned.index(0).value_nick
    found = [_plain(returned.index(number)) for number in range(1, returned.length())]
    return {
        "status": status,
        "words": "" if status == "success" else Gimp.get_pdb().get_last_error(),
        "layer": found[0] if found else None,
        "values": found,
    }


def _show(image: Gimp.Image, show: bool) -> None:
    if show:
        DISPLAYS[image.get_id()] = Gimp.Display.new(image)


def _plain(value: Any) -> Any:  # noqa: ANN401
    return value.get_id() if isinstance(value, Gimp.Item) else value


def _layer(image: Gimp.Image, name: str, width: int, height: int, alpha: bool) -> Gimp.Layer:
    kinds = {"RGB": ("RGB_IMAGE", "RGBA_IMAGE"), "GRAY": ("GRAY_IMAGE", "GRAYA_IMAGE")}
    kind = kinds[image.get_base_type().value_name.rpartition("_")[2]][alpha]
    return Gimp.Layer.new(
        image, name, width, height, getattr(Gimp.ImageType, kind), 100, Gimp.LayerMode.NORMAL
    )


def _all_layers(image: Gimp.Image) -> Iterator[Gimp.Layer]:
    waiting = list(image.get_layers())
    while waiting:
        layer = waiting.pop(0)
        yield layer
        if layer.is_group():
            waiting += layer.get_children()


def _set(drawable: Gimp.Drawable, data: bytes, form: str) -> None:
    width, height = drawable.get_width(), drawable.get_height()
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, width, height), form, data)
    buffer.flush()
    drawable.update(0, 0, width, height)


def _get(drawable: Gimp.Drawable, form: str) -> bytes:
    whole = Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())
    return bytes(drawable.get_buffer().get(whole, 1.0, form, Gegl.AbyssPolicy.NONE))


def _bytes(drawable: Gimp.Drawable, form: str) -> str:
    return base64.b64encode(_get(drawable, form)).decode()


def _digest(drawable: Gimp.Drawable, form: str) -> str:
    return hashlib.sha256(_get(drawable, form)).hexdigest()


def _image(number: int | None) -> Gimp.Image:
    return Gimp.Image.get_by_id(number)


def _item(number: int | None) -> Gimp.Item:
    return None if number is None else Gimp.Item.get_by_id(number)


def attach(layer: int, name: str, text: str) -> None:
    """A parasite."""
    flags = Gimp.PARASITE_PERSISTENT
    _item(layer).attach_parasite(Gimp.Parasite.new(name, flags, text.encode()))


def with_letters(labels: dict[str, str], taken: list[str]) -> dict[str, str]:
    """Labels with their letters."""
    sys.path.insert(0, os.path.join(Gimp.directory(), "plug-ins", "flexit"))
    from flexit.gimp.mnemonics import with_letters

    return with_letters(labels, taken)


def version() -> str:
    """GIMP's own."""
    return Gimp.version()
