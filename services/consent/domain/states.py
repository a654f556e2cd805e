"""The course of a consent, from the request to its end, as its signatories answer.

A consent is granted when everybody who must sign has said yes, and by nothing else. One no ends a
request, and one withdrawal ends a consent (domain brief LR-3 and LR-5). Nothing leads out of an end: a
new answer needs a new request, so what was answered stays as it was.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum


class State(StrEnum):
    """Where a consent is."""

    REQUESTED = "requested"
    PARTIAL = "partial"
    GRANTED = "granted"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class Answer(StrEnum):
    """What a signatory has answered."""

    NONE = "none"
    YES = "yes"
    NO = "no"
    WITHDRAWN = "withdrawn"


class Kind(StrEnum):
    """Who signs: one who has custody, or the young person herself."""

    GUARDIAN = "guardian"
    YOUNG = "young"


class Part(StrEnum):
    """A signatory must sign; an informed one is told, and decides nothing."""

    SIGNS = "signs"
    INFORMED = "informed"


PENDING = frozenset({State.REQUESTED, State.PARTIAL})
"""Answers are awaited."""

ENDED = frozenset({State.DECLINED, State.WITHDRAWN, State.EXPIRED, State.SUPERSEDED})
"""No way leads out of these."""


@dataclass(frozen=True, slots=True)
class Signatory:
    """One who is asked. ``standing`` ends when she no longer has a say, and her answer stays history."""

    signatory_id: str
    kind: Kind
    part: Part = Part.SIGNS
    answer: Answer = Answer.NONE
    standing: bool = True

    @property
    def decides(self) -> bool:
        """Whether the consent needs her yes and heeds her no."""
        return self.standing and self.part is Part.SIGNS


@dataclass(frozen=True, slots=True)
class Consent:
    """A consent as far as its course goes."""

    state: State
    signatories: tuple[Signatory, ...]

    def of(self, signatory_id: str) -> Signatory | None:
        """The signatory of that id who still has a say."""
        return next(
            (one for one in self.signatories if one.signatory_id == signatory_id and one.standing), None
        )

    @property
    def deciding(self) -> tuple[Signatory, ...]:
        """Those whose yes it needs."""
        return tuple(one for one in self.signatories if one.decides)


@dataclass(frozen=True, slots=True)
class Change:
    """What a change of custody did to a consent: who came, who went, whose part became another."""

    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)


class NotAllowed(Exception):
    """The consent is in a state from which this cannot happen."""

    def __init__(self, state: State, what: str) -> None:
        super().__init__(f"{what} from {state}")
        self.state = state
        self.what = what


class NotSignatory(Exception):
    """She has no say in this consent, or none any longer."""


class NobodySigns(Exception):
    """There is nobody who could give the consent."""


def requested(signatories: Iterable[Signatory]) -> Consent:
    """A new request to these signatories; :class:`NobodySigns` when none of them decides."""
    found = Consent(State.REQUESTED, tuple(signatories))
    if not found.deciding:
        raise NobodySigns
    return found


def answered(consent: Consent, signatory_id: str, *, yes: bool) -> Consent:
    """The consent after a signatory's answer. The same answer again changes nothing."""
    who = _who(consent, signatory_id)
    given = Answer.YES if yes else Answer.NO
    if who.answer is given:
        return consent
    if consent.state not in PENDING or who.answer is not Answer.NONE:
        raise NotAllowed(consent.state, given.value)
    return _weighed(_with(consent, who, given))


def withdrawn(consent: Consent, signatory_id: str) -> Consent:
    """The consent after a signatory took it back: at once, whoever else has said yes.

    Of a consent that is not granted yet only a yes can be taken back; one that is granted can be ended by
    each who has a say, also by one who got hers after it was given.
    """
    who = _who(consent, signatory_id)
    if who.answer is Answer.WITHDRAWN:
        return consent
    allowed = consent.state is State.GRANTED or (consent.state in PENDING and who.answer is Answer.YES)
    if not allowed:
        raise NotAllowed(consent.state, "withdraw")
    return replace(_with(consent, who, Answer.WITHDRAWN), state=State.WITHDRAWN)


def expired(consent: Consent) -> Consent:
    """The consent after its time, or the time to answer, has passed."""
    if consent.state in ENDED:
        raise NotAllowed(consent.state, "expire")
    return replace(consent, state=State.EXPIRED)


def superseded(consent: Consent) -> Consent:
    """The consent after a newer one has taken its place."""
    if consent.state in ENDED:
        raise NotAllowed(consent.state, "supersede")
    return replace(consent, state=State.SUPERSEDED)


def recalculated(consent: Consent, now: Iterable[Signatory]) -> tuple[Consent, Change]:
    """The consent after custody, or the young person's age, has changed: ``now`` are those who have a say.

    While answers are awaited it is weighed anew: who came must answer, who went counts no longer. What
    has been granted stands, since it was given by those who could give it; who came can withdraw it.
    """
    if consent.state in ENDED:
        return consent, Change()
    wanted = {one.signatory_id: one for one in now}
    known = {one.signatory_id: one for one in consent.signatories}
    added, removed, changed, kept = [], [], [], []
    for one in consent.signatories:
        new = wanted.get(one.signatory_id)
        if new is None:
            if one.standing:
                removed.append(one.signatory_id)
            kept.append(replace(one, standing=False))
        else:
            if not one.standing:
                added.append(one.signatory_id)
            elif one.part is not new.part:
                changed.append(one.signatory_id)
            kept.append(replace(one, part=new.part, standing=True))
    for one in wanted.values():
        if one.signatory_id not in known:
            added.append(one.signatory_id)
            kept.append(replace(one, answer=Answer.NONE, standing=True))
    change = Change(tuple(added), tuple(removed), tuple(changed))
    if not change:
        return consent, change
    moved = replace(consent, signatories=tuple(kept))
    return (_weighed(moved) if consent.state in PENDING else moved), change


def _who(consent: Consent, signatory_id: str) -> Signatory:
    who = consent.of(signatory_id)
    if who is None or not who.decides:
        raise NotSignatory
    return who


def _with(consent: Consent, who: Signatory, answer: Answer) -> Consent:
    new = replace(who, answer=answer)
    return replace(
        consent,
        signatories=tuple(
            new if one.signatory_id == who.signatory_id else one for one in consent.signatories
        ),
    )


def _weighed(consent: Consent) -> Consent:
    """The state that the answers of those who decide amount to. Nobody's silence is a yes."""
    answers = [one.answer for one in consent.deciding]
    if Answer.NO in answers:
        state = State.DECLINED
    elif answers and all(answer is Answer.YES for answer in answers):
        state = State.GRANTED
    elif Answer.YES in answers:
        state = State.PARTIAL
    else:
        state = State.REQUESTED
    return replace(consent, state=state)
