"""The texts that signatories read, in each language: its version, a preview for each purpose and reader.

What is stored applies to what is asked for from then on; a consent keeps the text it was asked with. Beside
each field of another language stands what the Danish says, for whoever translates.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response as Answer

from services.chassis.errors import Invalid, PreconditionFailed
from services.gateway.web import consent_words as words
from services.gateway.web.acting import ask
from services.gateway.web.administration import blueprint
from services.gateway.web.administration.differences import differences

LANGUAGES: Mapping[str, Any] = {
    "da": _l("Dansk"),
    "en": _l("Engelsk"),
    "ar": _l("Arabisk"),
    "pl": _l("Polsk"),
    "so": _l("Somali"),
}
RIGHT_TO_LEFT = frozenset({"ar"})
PAGE = f"/samtykke/tekster/<any({', '.join(LANGUAGES)}):code>"
READERS: Mapping[str, Any] = {"guardian": _l("en forælder"), "young": _l("den unge")}
WHOSE = {"guardian": _l("til en forælder"), "young": _l("til den unge")}
GROUPS: Mapping[str, Any] = {
    "title": _l("Overskrift"),
    "intro": _l("Indledning"),
    "headings": _l("Afsnittenes overskrifter"),
    "purposes": _l("Hvad oplysningerne skal bruges til"),
    "information": _l("Slags oplysninger"),
    "bases": _l("Retligt grundlag"),
    "validity": _l("Varighed"),
    "rights": _l("Rettigheder"),
    "several": _l("Når flere skal svare"),
    "informed": _l("Til dem, der kun får besked"),
    "yes": _l("Ja-knappen"),
    "no": _l("Nej-knappen"),
    "withdraw": _l("Træk tilbage-knappen"),
}
HEADINGS: Mapping[str, Any] = {
    "purpose": _l("Formål"),
    "information": _l("Oplysninger"),
    "recipients": _l("Modtagere"),
    "basis": _l("Grundlag"),
    "validity": _l("Varighed"),
    "words": _l("Personalets egne ord"),
    "rights": _l("Rettigheder"),
}
PARTS: Mapping[str, Mapping[str, Any]] = {
    "title": WHOSE,
    "intro": WHOSE,
    "rights": WHOSE,
    "headings": HEADINGS,
    "purposes": words.PURPOSES,
    "information": words.INFORMATION,
    "bases": {code: pair[0] for code, pair in words.LEGAL_BASES.items()},
}
"""What the parts of a group are called."""

Flat = dict[str, str]


@blueprint.get("/samtykke/tekster")
def consent_texts() -> str:
    """The languages, each with its version."""
    items = [
        {"code": code, "name": name, "version": ask("consent.get_template", language=code)["version"]}
        for code, name in LANGUAGES.items()
    ]
    return render_template("administration/consent_languages.html", items=items)


@blueprint.get(PAGE)
def consent_text(code: str) -> str:
    return _page(code, ask("consent.get_template", language=code))


@blueprint.post(PAGE)
def store_consent_text(code: str) -> Answer | str | tuple[str, int]:
    """A preview of what is typed, or a new version of it."""
    stored = ask("consent.get_template", language=code)
    typed = {path: request.form.get(path, "") for path, _text in flat(stored["texts"])}
    given = request.form.get("version", "")
    version = int(given) if given.isdecimal() else 0
    texts = _whole(stored["texts"], typed)
    try:
        if request.form.get("do") != "store":
            return _page(code, stored, typed, version, shown=_preview(code, texts))
        done = ask("consent.store_template", language=code, expected_version=version, texts=texts)
    except Invalid as error:
        return _page(code, stored, typed, version, fields=_at(error.fields)), 422
    except PreconditionFailed:
        stored = ask("consent.get_template", language=code)
        changed = differences(_in_words(dict(flat(stored["texts"]))), _in_words(typed))
        return _page(code, stored, typed, stored["version"], conflict=changed), 409
    said = _(
        "Version %(version)s er gemt. Den gælder for det, der bedes om fra nu af.", version=done["version"]
    )
    flash(said, "success")
    return redirect(url_for("administration.consent_text", code=code), code=303)


def flat(texts: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """The texts by their paths, such as `title.guardian`. A list is one text, a line for each of its own."""
    for name, part in texts.items():
        path = f"{before}{name}"
        if isinstance(part, Mapping):
            yield from flat(part, f"{path}.")
        else:
            yield path, part if isinstance(part, str) else "\n".join(part)


def _whole(like: Mapping[str, Any], typed: Mapping[str, str], before: str = "") -> dict[str, Any]:
    """What was typed, in the form that texts have."""
    found: dict[str, Any] = {}
    for name, part in like.items():
        path = f"{before}{name}"
        if isinstance(part, Mapping):
            found[name] = _whole(part, typed, f"{path}.")
        elif isinstance(part, str):
            found[name] = typed[path].strip()
        else:
            found[name] = [line.strip() for line in typed[path].splitlines() if line.strip()]
    return found


def _preview(code: str, texts: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """An invented request as one reader would read it; by the texts in force when none are given."""
    values = request.form if request.method == "POST" else request.args
    purpose = values.get("formaal", "")
    reader = values.get("laeser", "")
    chosen = {
        "purpose": purpose if purpose in words.PURPOSES else next(iter(words.PURPOSES)),
        "kind": reader if reader in READERS else "guardian",
    }
    given = {"texts": dict(texts)} if texts is not None else {}
    return {**chosen, **ask("consent.preview_template", language=code, **chosen, **given)}


def _at(fields: Mapping[str, str]) -> dict[str, str]:
    """The service's mends by the fields' paths."""
    found: dict[str, str] = {}
    for path, mend in fields.items():
        found.setdefault(path.removeprefix("texts."), mend)
    return found


def _in_words(texts: Mapping[str, str]) -> dict[str, str]:
    return {_name(path): "\n".join(text.split("\r\n")).strip() for path, text in texts.items()}


def _name(path: str) -> str:
    group, _dot, part = path.partition(".")
    name = str(GROUPS.get(group, group))
    return f"{name}: {PARTS.get(group, {}).get(part, part)}" if part else name


def _page(
    code: str, stored: Mapping[str, Any], typed: Flat | None = None, version: int | None = None, **more: Any
) -> str:
    danish = dict(
        flat(stored["texts"] if code == "da" else ask("consent.get_template", language="da")["texts"])
    )
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, text in flat(stored["texts"]):
        group, _dot, part = path.partition(".")
        lines = path.startswith("rights")
        groups.setdefault(group, []).append(
            {
                "path": path,
                "label": PARTS.get(group, {}).get(part, part) if part else GROUPS.get(group, group),
                "value": typed[path] if typed else text,
                "danish": "" if code == "da" else danish.get(path, ""),
                "rows": 6 if lines else 1 + len(danish.get(path, text)) // 60,
                "lines": lines,
            }
        )
    fields = more.get("fields", {})
    shown = more.pop("shown", None) or (None if fields else _preview(code))
    return render_template(
        "administration/consent_text.html",
        code=code,
        name=LANGUAGES[code],
        rtl=code in RIGHT_TO_LEFT,
        version=stored["version"] if version is None else version,
        groups=groups,
        group_names=GROUPS,
        purposes=words.PURPOSES,
        readers=READERS,
        shown=shown,
        **{"fields": {}, "conflict": None, **more},
    )
