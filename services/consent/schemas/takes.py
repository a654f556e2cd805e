"""What the calls of consent take."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, validates_schema

from services.chassis.schemas import Page, Takes, Uid, fields, validate
from services.consent.domain.authorities import BUILT_IN as AUTHORITIES
from services.consent.domain.exchanges import PARTY_KINDS, Basis
from services.consent.domain.release import Policy
from services.consent.domain.requests import INFORMATION, LEGAL_BASES, PURPOSES, RECIPIENT_KINDS
from services.consent.domain.signatories import ParentsPart
from services.consent.domain.states import Kind
from services.consent.rendering import LANGUAGES

WORDS = 2000
"""Characters that staff may write in one field."""


def _words(**options: Any) -> fields.String:
    return fields.String(validate=validate.Length(max=WORDS), **options)


def _one_of(values: Any, **options: Any) -> fields.String:
    return fields.String(validate=validate.OneOf([str(value) for value in values]), **options)


class OneConsent(Takes):
    consent_id = Uid(required=True)


class _Change(OneConsent):
    """Every change says which version it was made on."""

    expected_version = fields.Integer(required=True, validate=validate.Range(min=1))


class OneChild(Takes):
    child_id = Uid(required=True)


class _Recipient(Takes):
    """A named unit: an institution, or the district of a specialist service."""

    unit_id = Uid(required=True)
    kind = _one_of(RECIPIENT_KINDS, required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=120))


class Request(OneChild):
    """Which parts a consent must name is a rule of its own, so what is missing is told as that rule's."""

    purpose = _one_of(PURPOSES, load_default=None, allow_none=True)
    information = fields.List(
        _one_of(INFORMATION), load_default=list, validate=validate.Length(max=len(INFORMATION))
    )
    recipients = fields.List(fields.Nested(_Recipient), load_default=list, validate=validate.Length(max=10))
    legal_basis = _one_of(LEGAL_BASES, load_default=None, allow_none=True)
    valid_from = fields.Date(load_default=None, allow_none=True)
    valid_to = fields.Date(load_default=None, allow_none=True)
    words = _words(load_default=None, allow_none=True)


class Resend(_Change):
    signatory_id = Uid(load_default=None, allow_none=True)


class Renew(_Change):
    valid_to = fields.Date(load_default=None, allow_none=True)


class Identity(Takes):
    """What an identity provider vouched for, as the gateway has verified it; never who she is."""

    level = _one_of(["low", "substantial", "high"], required=True)
    evidence = fields.String(required=True, validate=validate.Regexp(r"[0-9a-f]{64}\Z"))


class Token(Takes):
    token = fields.String(required=True, validate=validate.Length(max=2000))


class Sign(Token):
    """``text_hash`` is that of the text she read, so that no other is signed."""

    answer = _one_of(["yes", "no"], required=True)
    text_hash = fields.String(validate=validate.Regexp(r"[0-9a-f]{64}\Z"))
    identity = fields.Nested(Identity, load_default=None, allow_none=True)


class Withdraw(Takes):
    """By her link (``token``), or by staff on her word (``consent_id`` and ``signatory_id``)."""

    token = fields.String(validate=validate.Length(max=2000))
    identity = fields.Nested(Identity, load_default=None, allow_none=True)
    consent_id = Uid()
    signatory_id = Uid()

    @validates_schema
    def _one_way(self, data: dict[str, Any], **_: Any) -> None:
        by_staff = "consent_id" in data and "signatory_id" in data
        if ("token" in data) == by_staff:
            raise ValidationError("Angiv samtykket, og hvem der trækker det tilbage.", "signatory_id")


class RecordPaper(_Change):
    signatory_id = Uid(required=True)
    answer = _one_of(["yes", "no"], required=True)
    signed_on = fields.Date(required=True)
    scan = fields.String(
        required=True,
        validate=validate.Length(min=1, max=7_000_000, error="Vedhæft en PDF eller JPEG på højst 5 MB."),
    )


class OneScan(OneConsent):
    scan_id = Uid(required=True)


class FollowUp(Page):
    mine = fields.Boolean(load_default=False)
    institution_id = Uid(load_default=None, allow_none=True)


class Check(OneChild):
    purpose = _one_of(PURPOSES, required=True)
    recipient_unit = Uid(load_default=None, allow_none=True)


class SharedWith(Takes):
    unit_ids = fields.List(Uid(), required=True, validate=validate.Length(max=200))
    child_id = Uid(load_default=None, allow_none=True)


class Release(OneChild):
    sender = fields.String(required=True, validate=validate.Length(max=20))
    receiver = fields.String(required=True, validate=validate.Length(max=20))
    recipient_unit = Uid(required=True)
    parents_told = fields.Boolean(required=True)
    objection = fields.Boolean(load_default=False)


class _Party(Takes):
    unit_id = Uid(load_default=None, allow_none=True)
    kind = _one_of(PARTY_KINDS, required=True)
    name = fields.String(required=True, validate=validate.Length(min=1, max=120))


class RegisterExchange(OneChild):
    basis = _one_of(list(Basis), required=True)
    held_on = fields.Date(required=True)
    parties = fields.List(fields.Nested(_Party), required=True, validate=validate.Length(max=10))
    information = fields.List(_one_of(INFORMATION), required=True, validate=validate.Length(min=1))
    necessity = _words(required=True)
    exceptional_reason = _words(load_default=None, allow_none=True)
    consent_sought = fields.Boolean(required=True)
    parents_told = fields.Boolean(required=True)
    for_investigation = fields.Boolean(load_default=False)


class SettingsValues(Takes):
    """Any of these; what is left out is as built in (see domain.settings)."""

    validity_days = fields.Integer(validate=validate.Range(min=1, max=1825))
    longest_days = fields.Integer(validate=validate.Range(min=1, max=1825))
    answer_days = fields.Integer(validate=validate.Range(min=2, max=60))
    reminder_days = fields.List(
        fields.Integer(validate=validate.Range(min=1, max=60)), validate=validate.Length(max=5)
    )
    expiry_warning_days = fields.Integer(validate=validate.Range(min=0, max=180))
    parents_part = _one_of(list(ParentsPart))
    assurance = _one_of(["link", "oidc"])
    release_policy = _one_of(list(Policy))
    exchange_matter_days = fields.Integer(validate=validate.Range(min=30, max=1825))
    acknowledge_minutes = fields.Integer(validate=validate.Range(min=1, max=1440))
    authorities = fields.Dict(
        keys=_one_of(sorted(AUTHORITIES)),
        values=fields.String(validate=validate.Regexp(r"[a-z_]{1,20}\Z")),
    )


class StoreSettings(Takes):
    expected_version = fields.Integer(required=True, validate=validate.Range(min=0))
    values = fields.Nested(SettingsValues, required=True)


class GetTemplate(Takes):
    language = _one_of(LANGUAGES, required=True)


class StoreTemplate(GetTemplate):
    expected_version = fields.Integer(required=True, validate=validate.Range(min=0))
    texts = fields.Dict(keys=fields.String(), required=True)


class PreviewTemplate(GetTemplate):
    """The texts that apply now when none are given."""

    purpose = _one_of(PURPOSES, load_default=PURPOSES[0])
    kind = _one_of(list(Kind), load_default=Kind.GUARDIAN.value)
    texts = fields.Dict(keys=fields.String(), load_default=None, allow_none=True)


class Snapshot(Page):
    """All consents, for the house's own services."""


class Nothing(Takes):
    """The call takes nothing."""
