"""Every text a parent may get, in every language and wording: what it must say and what it must never say."""

from __future__ import annotations

import html
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications import sample
from services.notifications.domain import About, Channel
from services.notifications.rendering.engine import (
    CURRENT,
    TEMPLATES,
    Content,
    Message,
    Reader,
    render,
    template_version,
)
from services.notifications.rendering.languages import LANGUAGES, languages_for

AT = datetime(2026, 11, 23, 9, 15, tzinfo=UTC)
COLOURS = re.compile(
    r"(?i)\b(grøn\w*|gul|gult|gule|gulere|gulest|gullig\w*|rød\w*|green\w*|yellow\w*|red|reds|redd\w*|amber)\b"
)
CPR = re.compile(r"\b\d{6}[-\s]?\d{4}\b")
STREET = re.compile(r"\b\w+(vej|gade|allé|stræde|vænget|street|road)\s+\d|\b(?!20[23]\d)\d{4}\s+[A-ZÆØÅ]")
INTERNAL = re.compile(
    r"(?i)\b(bekymr\w*|mistrivs\w*|position\w*|vurder\w*|underret\w*|tilbagehold\w*|mistanke\w*|"
    r"concern\w*|suspic\w*|assess\w*|rating\w*|withh\w*|spor|track)\b"
)

KINDS = [(about, variant) for about in About for variant in sample.VARIANTS[about]]
WITH_LINK = (About.INVITATION, About.MINUTES, About.TRANSITION)
AHEAD = (About.CONCERN, About.INVITATION, About.CONFIRMATION)
READ = [*LANGUAGES, "so", None]


def written(
    about: About,
    variant: str,
    *,
    language: str | None = "da",
    channel: Channel = Channel.EMAIL,
    child: str = "Viggo",
    guardian: str = "Kirsten",
    institution: str | None = "Børnehuset Eksempel",
    interpreter: bool = False,
    link: str | None = "https://trivsel.example/svar/t0k3n",
) -> Message:
    facts = sample.facts(about, variant, AT)
    return render(
        Content(
            about=about,
            channel=channel,
            reader=Reader(guardian, "Prøve", language, interpreter),
            child=child,
            institution=institution,
            several=facts["several"],
            facts=facts,
            written_on=AT,
            link=link if about in WITH_LINK and channel is Channel.EMAIL else None,
        )
    )


def shown(markup: str) -> str:
    """What a reader sees of HTML."""
    body = re.sub(r"(?s)<head>.*?</head>", "", markup)
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text)


@pytest.mark.parametrize("language", READ)
@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize(("about", "variant"), KINDS)
@pytest.mark.parametrize("interpreter", [False, True])
def test_a_text_to_a_parent_holds_no_colour_address_cpr_or_word_of_concern(
    about: About, variant: str, channel: Channel, language: str | None, interpreter: bool
) -> None:
    message = written(about, variant, language=language, channel=channel, interpreter=interpreter)
    for text in (message.subject, message.text, shown(message.html)):
        assert not COLOURS.search(text)
        assert not CPR.search(text)
        assert not STREET.search(text)
        assert not INTERNAL.search(text)
        assert "None" not in text
        assert "{" not in text


@pytest.mark.parametrize("language", READ)
@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize(("about", "variant"), KINDS)
def test_text_and_html_say_the_same(
    about: About, variant: str, channel: Channel, language: str | None
) -> None:
    message = written(about, variant, language=language, channel=channel, link=None)
    assert words(message.text) == words(shown(message.html))


@given(
    child=st.text(min_size=1, max_size=40).filter(str.strip),
    guardian=st.text(min_size=1, max_size=40).filter(str.strip),
    institution=st.none() | st.text(min_size=1, max_size=40),
    kind=st.sampled_from(KINDS),
    language=st.sampled_from(READ),
)
def test_whatever_people_are_called_a_text_is_one_text_and_html_stays_harmless(
    child: str, guardian: str, institution: str | None, kind: tuple[About, str], language: str | None
) -> None:
    plain = written(*kind, language=language)
    message = written(
        *kind, language=language, child=child, guardian=guardian, institution=institution or None
    )
    assert "\n" not in message.subject
    tag = re.compile(r"</?[a-zA-Z!][^>]*>")
    assert tag.findall(message.html) == tag.findall(plain.html)


@given(
    child=st.text(st.characters(categories=["L"]), min_size=1, max_size=20),
    kind=st.sampled_from(KINDS),
    language=st.sampled_from(READ),
    channel=st.sampled_from(Channel),
)
def test_a_name_takes_its_own_place_and_changes_nothing_else(
    child: str, kind: tuple[About, str], language: str | None, channel: Channel
) -> None:
    marked = "Xyzzychild"
    one = written(*kind, language=language, channel=channel, child=marked)
    other = written(*kind, language=language, channel=channel, child=child)
    assert words(one.text.replace(marked, child)) == words(other.text)


def test_the_notice_of_a_concern_asks_for_a_talk_about_how_the_child_is_doing() -> None:
    text = " ".join(written(About.CONCERN, "joint").text.split())
    assert text.startswith("Kære Kirsten Vi vil gerne tale med jer om, hvordan Viggo har det hos os.")
    alone = " ".join(written(About.CONCERN, "sole").text.split())
    assert "tale med dig om, hvordan Viggo har det" in alone
    assert "jer" not in words(alone)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind[0] in AHEAD])
@pytest.mark.parametrize(
    ("language", "question"), [("da", "brug for en tolk"), ("en", "need an interpreter")]
)
def test_the_interpreter_question_is_asked_and_children_are_not_to_interpret(
    kind: tuple[About, str], language: str, question: str
) -> None:
    asked = " ".join(written(*kind, language=language).text.split())
    assert question in asked
    known = " ".join(written(*kind, language=language, interpreter=True).text.split())
    assert question not in known.replace("sige, at du har brug for en tolk", "").replace(
        "say that you need an interpreter", ""
    )


def test_an_invitation_has_its_times_in_danish_its_link_and_a_date_to_answer_by() -> None:
    facts = {
        "proposals": [
            {
                "starts_at": datetime(2026, 12, 3, 12, 30, tzinfo=UTC),
                "ends_at": datetime(2026, 12, 3, 13, tzinfo=UTC),
            }
        ],
        "answer_by": datetime(2026, 12, 1, 11, tzinfo=UTC),
        "reason": "first",
    }
    content = Content(
        About.INVITATION, Channel.EMAIL, Reader("Kirsten", "Prøve", "da", False), "Viggo", "Børnehuset",
        False, facts, AT, "https://trivsel.example/svar/abc",
    )  # fmt: skip
    text = render(content).text
    assert "torsdag den 3. december 2026 kl. 13.30–14.00" in text
    assert "https://trivsel.example/svar/abc" in text
    assert "senest tirsdag den 1. december 2026 kl. 12.00" in " ".join(text.split())
    english = render(replace(content, reader=replace(content.reader, language="en-GB"))).text
    assert "Thursday 3 December 2026 at 13:30–14:00" in english
    letter = render(replace(content, channel=Channel.LETTER, link=None))
    assert "svar/" not in letter.text
    assert "Ring til os" in letter.text


def test_who_chose_the_time_and_who_did_not_are_told_in_their_own_words() -> None:
    assert "Tak for dit svar" in written(About.CONFIRMATION, "accepted").text
    other = written(About.CONFIRMATION, "other").text
    assert "Tak for dit svar" not in other
    assert "Der er nu aftalt et tidspunkt" in other


def test_a_language_we_do_not_have_gets_danish_with_english_below() -> None:
    message = written(About.CONCERN, "joint", language="so")
    assert message.language == "da+en"
    assert message.text.index("Kære Kirsten") < message.text.index("Dear Kirsten")
    assert message.subject == "Vi vil gerne tale med jer / We would like to talk with you"
    assert [each.code for each in languages_for("en_US")] == ["en"]


def test_a_letter_is_to_a_person_and_dated_and_can_be_printed_as_it_is() -> None:
    letter = written(About.CONCERN, "joint", channel=Channel.LETTER)
    assert letter.text.startswith("Kirsten Prøve\n\nmandag den 23. november 2026\n")
    assert "@page" in letter.html
    assert "mail" not in letter.text


def test_the_digest_tells_texts_apart_but_not_by_the_link() -> None:
    one = written(About.INVITATION, "first", link="https://trivsel.example/svar/one")
    other = written(About.INVITATION, "first", link="https://trivsel.example/svar/other")
    assert one.digest == other.digest
    assert one.digest != written(About.INVITATION, "new_times").digest


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("about", About)
def test_every_language_has_every_template_and_a_version_of_it(language: str, about: About) -> None:
    for part in ("subject", "body"):
        assert (TEMPLATES / CURRENT / language / f"{about}.{part}.j2").is_file()
    assert re.fullmatch(rf"{CURRENT}-[0-9a-f]{{12}}", template_version(about, (language,)))


def test_a_name_that_the_template_does_not_know_is_an_error_and_not_a_gap() -> None:
    content = Content(
        About.CONFIRMATION, Channel.EMAIL, Reader("K", "P", "da", False), "V", None, False,
        {"starts_at": AT, "ends_at": AT + timedelta(minutes=30)}, AT,
    )  # fmt: skip
    with pytest.raises(KeyError):
        render(content)
