"""What was said of a step is shown once, on the page right after it."""

from flask import Flask, Response, request, session

from shared.kit.web import wants_fragment

SAID = "_flashes"  # where Flask keeps them


def wire_flashes(app: Flask) -> None:
    """A new step forgets what the step before left unshown; a step that fails leaves nothing to be shown."""

    @app.before_request
    def begin() -> None:
        _forget()

    @app.after_request
    def finish(response: Response) -> Response:
        if response.status_code >= 400:
            _forget()
        return response


def _forget() -> None:
    step = request.method == "POST" and not wants_fragment()
    # Asked first: a pop alone counts as a change and would keep a session for whoever has none.
    if step and SAID in session:
        del session[SAID]
