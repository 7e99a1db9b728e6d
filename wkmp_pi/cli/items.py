"""Items as they are typed: local files become absolute paths before anybody else sees them."""

from __future__ import annotations

from pathlib import Path

from wkmp_pi.cli.values import BadValue
from wkmp_pi.files import exists


def item(text: str) -> str:
    """An item in the form in which the service understands it, whatever its working folder.

    A path that does not exist here is left as it is: it may lie below the
    service's music folder.
    """
    from wkmp_pi.errors import RequestError
    from wkmp_pi.sources.items import FileItem, parse_item

    if "#t=" in text and exists(text):
        return f"{Path(text).absolute()}#t=0"  # the file's own name has a #t=
    try:
        meant = parse_item(text)
    except RequestError as error:
        raise BadValue(str(error)) from error
    if not isinstance(meant, FileItem) or not exists(meant.path):
        return text
    return f"{Path(meant.path).absolute()}{text[len(meant.path) :]}"
