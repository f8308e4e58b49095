"""Edit a picture by two texts in GIMP's Python console, or with `gimp-console --batch`."""

from gi.repository import Gimp


def main(image: Gimp.Image, layer: Gimp.Layer, source: str, target: str) -> Gimp.Layer:
    """Edit the selected part of a layer.

    Returns:
        The new layer.
    """
    procedure = Gimp.get_pdb().lookup_procedure("plug-in-flexit-edit")
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_core_object_array("drawables", [layer])
    config.set_property("source", source)
    config.set_property("target", target)
    config.set_property("seed", 7)
    returned = procedure.run(config)
    if returned.index(0) != Gimp.PDBStatusType.SUCCESS:
        raise RuntimeError(Gimp.get_pdb().get_last_error())
    return returned.index(1)
