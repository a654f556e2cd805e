"""Sign-in at the municipality's identity provider by OpenID Connect: code flow with PKCE, state and nonce.

The provider says who a person is and which rights she has where (`claims`); from then on our own sealed
session does, until it runs out or she signs out, here and at the provider.
"""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Flask, Response, current_app, redirect, render_template, request, url_for
from flask import session as cookie
from werkzeug.wrappers import Response as Answer

from services.chassis.errors import Unauthenticated, Unavailable
from services.chassis.logs import logger
from services.gateway import sessions
from services.gateway.request import former_session, keep_session, session, signed_in
from services.gateway.settings import GatewaySettings
from services.gateway.web import claims, provider
from services.gateway.web.kept import Form, Kept
from services.gateway.web.language import N_
from services.gateway.web.paths import local_path

blueprint = Blueprint("sign_in", __name__)

NAME = "identity"
"""What the municipality's provider is called among ours."""
HOME = ("tasks.index", "pages.start")
_log = logger("sign-in")


def install(app: Flask, settings: GatewaySettings) -> None:
    """Make the provider known. Without one nobody can sign in on a page; the API goes on."""
    app.config["MAY_SIGN_IN"] = bool(settings.oidc_issuer)
    app.extensions["kept"] = Kept()
    app.extensions["claims"] = claims.Reading(
        staff_claim=settings.oidc_staff_claim,
        kind=settings.oidc_grants,
        grants_claim=settings.oidc_grants_claim or settings.oidc_grants,
        role_of=claims.role_uris(settings.oidc_role_uris),
    )
    if settings.oidc_issuer:
        provider.register(
            app,
            NAME,
            issuer=settings.oidc_issuer,
            client_id=settings.oidc_client_id,
            secret=settings.oidc_client_secret,
            scope=settings.oidc_scope,
        )


def _provider() -> Any:
    found = provider.provider(NAME)
    if found is None:
        raise Unauthenticated(N_("Her er ingen kommune at logge ind hos. Kontakt systemets drift."))
    return found


@blueprint.get("/log-ind")
def form() -> Answer:
    """Off to the provider; afterwards back to where one was."""
    municipality = _provider()
    provider.forget_attempts(NAME)
    cookie["next"] = local_path(request.args.get("videre"), "")
    cookie["again"] = "igen" in request.args
    back = current_app.config["PUBLIC_URL"].rstrip("/") + url_for("sign_in.callback")
    try:
        answer: Answer = municipality.authorize_redirect(back)
    except provider.CANNOT_BEGIN as error:
        _log.warning("the identity provider does not answer", error=type(error).__name__)
        raise Unavailable("Kommunens login svarer ikke lige nu. Prøv igen om lidt.") from error
    return answer


@blueprint.get("/log-ind/svar")
def callback() -> Answer:
    """What the provider answers: who she is. Anything that does not fit together lets nobody in."""
    municipality = _provider()
    try:
        reading: claims.Reading = current_app.extensions["claims"]
        actor, name = claims.person(provider.told_by(municipality, reading.grants_claim), reading)
    except (claims.NotUnderstood, provider.Unproven) as error:
        _log.warning("a person without rights here", reason=str(error))
        return _refused("rights", 403)
    except provider.NO_ANSWER as error:
        _log.warning("the identity provider does not answer", error=type(error).__name__)
        return _refused("away", 503)
    except provider.DOES_NOT_FIT as error:
        _log.warning("a sign-in that does not fit together", error=type(error).__name__)
        return _refused("broken", 400)
    place, again = cookie.get("next") or "", bool(cookie.get("again"))
    ticket, former = cookie.get("kept"), former_session()
    form_token = cookie.get("csrf_token") if former and former.actor.id == actor.id else None
    cookie.clear()  # a new form token with a new session ...
    if form_token:  # ... but the same for the same person, whose other windows wait with what she has typed
        cookie["csrf_token"] = form_token
    keep_session(sessions.Session.begin(actor, name))
    _log.info("signed in", actor_id=actor.id, roles=sorted({grant.role for grant in actor.grants}))
    if ticket and _kept().take(actor.id, ticket):
        cookie["kept"] = ticket
        return redirect(url_for("sign_in.go_on"), code=303)
    if again:
        return redirect(url_for("sign_in.here_again"), code=303)
    return redirect(place or url_for(home()), code=303)


def home() -> str:
    """The endpoint of the first page of a signed-in person."""
    return next(endpoint for endpoint in HOME if endpoint in current_app.view_functions)


def _refused(why: str, status: int) -> Answer:
    page = render_template("sign_in/refused.html", why=why)
    return Response(page, status=status)


@blueprint.get("/log-ind/tilbage")
def here_again() -> str:
    """Shown in the window in which she signed in again while her page waits in another."""
    return render_template("sign_in/again.html")


# What was typed when the session ran out -------------------------------------------------------------


def to_sign_in() -> Answer:
    """Where somebody goes who is not (any longer) signed in, without losing her way or her words."""
    if not current_app.config["MAY_SIGN_IN"]:
        return Response(render_template("sign_in/none.html"), status=401)
    former = former_session()
    if request.headers.get("HX-Request"):
        # The page stays as it is, with what she has typed; the script shows how to sign in beside it.
        answer = Response(status=401)
        answer.headers["HX-Trigger"] = "session-expired"
        answer.headers["HX-Reswap"] = "none"
        return answer
    if request.method in ("GET", "HEAD"):
        here = request.full_path.rstrip("?")
        return redirect(url_for("sign_in.form", videre=here), code=303)
    ticket = None
    if former is not None and not request.files:
        fields = tuple(
            (name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"
        )
        ticket = _kept().put(former.actor.id, Form(request.full_path.rstrip("?"), fields))
    if ticket:
        cookie["kept"] = ticket
    # No redirect from here: a browser does not let a form lead to another site, such as the provider's.
    page = render_template("sign_in/expired.html", kept=ticket is not None)
    return Response(page, status=401)


@blueprint.get("/log-ind/fortsaet")
def go_on() -> Answer | str:
    """What she had typed, to be sent when she says so."""
    actor = signed_in()
    kept = _kept().take(actor.id, cookie.get("kept")) if actor else None
    if kept is None:
        return redirect(url_for(home()), code=303)
    return render_template("sign_in/go_on.html", form=kept)


def _kept() -> Kept:
    kept: Kept = current_app.extensions["kept"]
    return kept


# Out -------------------------------------------------------------------------------------------------


@blueprint.post("/log-ud")
def sign_out() -> Answer:
    """Ends the session here, and leads on to the provider's own sign-out by a page of ours."""
    held = session()
    if held is not None:
        _log.info("signed out", actor_id=held.actor.id)
    cookie.clear()
    keep_session(None)
    return redirect(url_for("sign_in.signed_out"), code=303)


@blueprint.get("/log-ud")
def signed_out() -> str:
    return render_template("sign_in/out.html", provider=_end_address())


def _end_address() -> str | None:
    """The provider's sign-out, when it has one and answers."""
    if not current_app.config["MAY_SIGN_IN"]:
        return None
    try:
        municipality = _provider()
        if not municipality.load_server_metadata().get("end_session_endpoint"):
            return None
        back = current_app.config["PUBLIC_URL"].rstrip("/") + "/"
        return str(
            municipality.create_logout_url(post_logout_redirect_uri=back, client_id=municipality.client_id)[
                "url"
            ]
        )
    except provider.CANNOT_BEGIN:
        return None
