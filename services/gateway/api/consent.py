"""Operations on consents, exchanges without consent, and the texts and settings behind them.

A signature and a withdrawal by link are given on the parents' pages alone: who vouches for an identity is
the gateway itself there, and no body may claim to.
"""

from __future__ import annotations

from services.consent import schemas
from services.gateway.api.operation import Operation

STAFF = ("pedagogue", "childminder", "teacher", "health_visitor", "leader")
ADMINISTRATION = ("administration",)
CHILD = "/children/<uuid:child_id>"
CONSENT = "/consents/<uuid:consent_id>"
LINK = "No sign-in: the signed link is the key. 404 when it is not ours or altered, 410 when it has run out."

OPERATIONS = (
    Operation(
        "POST",
        f"{CHILD}/consents",
        "consent.request",
        "Ask all who have a say for a consent; every part of it is named",
        schemas.Request,
        schemas.Consent,
        STAFF,
    ),
    Operation(
        "POST",
        f"{CHILD}/consents/preview",
        "consent.preview",
        "What each signatory would read; nothing is stored",
        schemas.Request,
        schemas.Preview,
        STAFF,
        reads=True,
    ),
    Operation(
        "GET",
        f"{CHILD}/consents",
        "consent.list_by_child",
        "A child's consents, the newest first",
        schemas.OneChild,
        schemas.Consents,
        STAFF,
    ),
    Operation(
        "GET",
        "/consents",
        "consent.follow_up",
        "Consents that wait for somebody",
        schemas.FollowUp,
        schemas.Consents,
        STAFF,
    ),
    Operation(
        "GET",
        CONSENT,
        "consent.get",
        "One consent with its texts, signatures and acknowledgements",
        schemas.OneConsent,
        schemas.Consent,
        STAFF,
    ),
    Operation(
        "POST",
        f"{CONSENT}/letters",
        "consent.resend",
        "Write again to those who have not answered",
        schemas.Resend,
        schemas.Consent,
        STAFF,
    ),
    Operation(
        "POST",
        f"{CONSENT}/renewal",
        "consent.renew",
        "Ask for the same again; the old one stands until the new one is granted",
        schemas.Renew,
        schemas.Consent,
        STAFF,
    ),
    Operation(
        "POST",
        f"{CONSENT}/papers",
        "consent.record_paper",
        "Note an answer given on paper, with its scan",
        schemas.RecordPaper,
        schemas.Consent,
        STAFF,
        timeout=30.0,
        body_bytes=8 * 1024 * 1024,
    ),
    Operation(
        "GET",
        f"{CONSENT}/papers/<uuid:scan_id>",
        "consent.get_scan",
        "A scanned paper",
        schemas.OneScan,
        schemas.Scan,
        STAFF,
    ),
    Operation(
        "GET",
        f"{CHILD}/consents/check",
        "consent.check",
        "Whether a consent opens now for a purpose and a unit",
        schemas.Check,
        schemas.Checked,
        (*STAFF, "specialist"),
    ),
    Operation(
        "POST",
        f"{CHILD}/exchanges",
        "consent.register_exchange",
        "Register an exchange without consent; the third of a matter is refused",
        schemas.RegisterExchange,
        schemas.Exchange,
        STAFF,
    ),
    Operation(
        "GET",
        f"{CHILD}/exchanges",
        "consent.list_exchanges",
        "What was exchanged about a child without consent",
        schemas.OneChild,
        schemas.Exchanges,
        STAFF,
    ),
    Operation(
        "GET",
        "/consent-settings",
        "consent.get_settings",
        "The municipality's settings of consent",
        schemas.Nothing,
        schemas.Settings,
        (*STAFF, *ADMINISTRATION),
    ),
    Operation(
        "PUT",
        "/consent-settings",
        "consent.store_settings",
        "Store a new version of the settings",
        schemas.StoreSettings,
        schemas.Settings,
        ADMINISTRATION,
    ),
    Operation(
        "GET",
        "/consent-templates/<language>",
        "consent.get_template",
        "The texts in a language",
        schemas.GetTemplate,
        schemas.Template,
        (*STAFF, *ADMINISTRATION),
    ),
    Operation(
        "PUT",
        "/consent-templates/<language>",
        "consent.store_template",
        "Store a new version of the texts in a language, whole",
        schemas.StoreTemplate,
        schemas.Template,
        ADMINISTRATION,
    ),
    Operation(
        "POST",
        "/consent-templates/<language>/preview",
        "consent.preview_template",
        "An invented request in these texts; nothing is stored",
        schemas.PreviewTemplate,
        schemas.TemplatePreview,
        (*STAFF, *ADMINISTRATION),
        reads=True,
    ),
    Operation(
        "GET",
        "/withdrawals",
        "consent.pending_acknowledgements",
        "Withdrawals that somebody has not acted on yet",
        schemas.Nothing,
        schemas.Acknowledgements,
        ("operations",),
    ),
    Operation(
        "GET",
        "/consent-links/<token>",
        "consent.parent_view",
        "What a signatory sees behind her link",
        schemas.Token,
        schemas.ParentView,
        token="token",  # noqa: S106 - a parameter's name
        notes=LINK,
    ),
    Operation(
        "GET",
        "/consent-links/<token>/access",
        "consent.who_has_access",
        "Who may read about the child",
        schemas.Token,
        schemas.WhoHasAccess,
        token="token",  # noqa: S106 - a parameter's name
        notes=LINK,
    ),
)
