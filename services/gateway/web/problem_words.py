"""The titles of problems, so that `make texts` finds them: they are made where no language is known."""

from __future__ import annotations

from services.gateway.web.language import N_

TITLES = (
    N_("Oplysningerne kan ikke gemmes, som de er"),
    N_("Det findes ikke, eller du har ikke adgang til det"),
    N_("Du har ikke adgang til at gøre dette"),
    N_("Du skal logge ind"),
    N_("Det er ændret i mellemtiden"),
    N_("En anden har ændret det i mellemtiden"),
    N_("Linket virker ikke"),
    N_("Linket er udløbet"),
    N_("Systemet svarer ikke lige nu. Prøv igen om lidt"),
    N_("Systemet nåede ikke at svare. Se efter, om det blev gemt"),
    N_("Forespørgslen kan ikke læses"),
    N_("Adressen findes ikke"),
    N_("Metoden kan ikke bruges her"),
    N_("Forespørgslen er for stor"),
    N_("Indholdet har en forkert type"),
    N_("Fortæl, hvilken udgave du retter i"),
    N_("Der er kommet for mange forespørgsler"),
    N_("Der skete en fejl hos os"),
    N_("Der opstod en fejl"),
)
