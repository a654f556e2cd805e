"""What the office's pages of consent know by heart is what the service has; and texts as a form has them."""

from __future__ import annotations

from services.consent.domain import settings
from services.consent.domain.authorities import BUILT_IN as AUTHORITIES
from services.consent.domain.exchanges import PARTY_KINDS, Basis
from services.consent.domain.release import Policy
from services.consent.domain.requests import INFORMATION
from services.consent.domain.signatories import ParentsPart
from services.consent.rendering import LANGUAGES, RIGHT_TO_LEFT, built_in
from services.gateway.web import consent_words, exchanges, shared
from services.gateway.web.administration import consent, consent_texts


def test_the_pages_know_every_setting_and_every_choice_of_the_service() -> None:
    fields = {*consent.NUMBERS, *consent.CHOICES, consent.REMINDERS, "authorities"}
    assert fields == set(settings.BUILT_IN)
    assert set(consent.CHOICES["parents_part"][1]) == {part.value for part in ParentsPart}
    assert set(consent.CHOICES["release_policy"][1]) == {policy.value for policy in Policy}
    assert consent.BUILT_IN_AUTHORITY == AUTHORITIES
    assert set(AUTHORITIES.values()) == set(consent.AUTHORITIES)


def test_the_pages_know_every_party_basis_and_kind_of_information() -> None:
    assert tuple(exchanges.PARTIES) == PARTY_KINDS
    assert set(exchanges.BASIS_HINTS) == set(consent_words.BASES) == {basis.value for basis in Basis}
    assert {shared.RATINGS, shared.MINUTES} < set(INFORMATION)


def test_every_language_has_its_form_and_every_text_a_name() -> None:
    assert tuple(consent_texts.LANGUAGES) == LANGUAGES
    assert consent_texts.RIGHT_TO_LEFT == RIGHT_TO_LEFT
    for language in LANGUAGES:
        for path, text in consent_texts.flat(built_in(language)):
            group, _, part = path.partition(".")
            assert text
            assert group in consent_texts.GROUPS
            assert not part or part in consent_texts.PARTS[group]


def test_a_form_of_texts_is_read_back_as_what_was_shown() -> None:
    for language in LANGUAGES:
        texts = built_in(language)
        typed = {path: text.replace("\n", "\r\n") for path, text in consent_texts.flat(texts)}
        assert consent_texts._whole(texts, typed) == texts
