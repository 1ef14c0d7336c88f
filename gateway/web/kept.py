"""A form that came too late, as its sender had signed out or in anew meanwhile: what was typed is kept to be sent."""

from starlette.responses import Response

from gateway.web.visit import Visit

_NOT_KEPT = ("csrf", "password")


def kept_form(visit: Visit, status: int) -> Response:
    """A page with everything that was typed, save passwords and files, and one button that sends it once more.

    Only for what is known to come from one of our own pages; nothing is done until somebody presses the button.
    """
    fields = [
        (name, value)
        for name, value in visit.form.multi_items()
        if isinstance(value, str) and not any(word in name for word in _NOT_KEPT)
    ]
    return visit.page("kept.html", status, path=visit.request.url.path, fields=fields)
