"""FlexIT inside Krita. Imports nothing until `register` is called."""


def register() -> None:
    """Add the docker and the actions to Krita."""
    from .plugin import register as register_plugin

    register_plugin()
