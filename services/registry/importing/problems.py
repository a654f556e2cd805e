"""Every error an import can name, and how to mend it. The mend is read by the person who made the files.

A code is stable: integrations may act on it. No text here ever holds a value from a row.
"""

from __future__ import annotations

ROW_MENDS: dict[str, str] = {
    "required": "Feltet skal udfyldes.",
    "field_too_long": "Teksten er for lang. Forkort den, eller se efter, om et anførselstegn mangler.",
    "row_too_long": "Rækken er for lang til at være en række. Se efter et manglende linjeskift.",
    "quote_not_closed": 'Et anførselstegn åbner uden at lukke. Skriv anførselstegn i et felt som "", '
    "og sæt anførselstegn om hele feltet.",
    "wrong_cell_count": "Rækken har flere eller færre felter end overskriften. Se efter et skilletegn "
    "for meget eller for lidt; tekst med skilletegn skal stå i anførselstegn.",
    "unreadable_characters": "Feltet indeholder styretegn. Skriv teksten igen uden dem.",
    "bad_date": "Skriv datoen som 2026-11-30 eller 30-11-2026.",
    "date_in_future": "Datoen ligger i fremtiden. Et ufødt barn har terminsdatoen i feltet expected.",
    "date_implausible": "Datoen ligger mere end to år fremme. Ret årstallet.",
    "ended_before_start": "Slutdatoen ligger før startdatoen. Byt om, eller ret den ene.",
    "born_or_expected": "Udfyld enten født (born) eller termin (expected), ikke begge.",
    "unknown_code": "Værdien er ikke en af dem, feltet kan have. Se listen i vejledningen.",
    "bad_yes_no": "Skriv ja eller nej.",
    "bad_cpr": "Skriv cpr-nummeret som DDMMÅÅ-XXXX, eller lad feltet være tomt.",
    "bad_email": "Skriv en e-mailadresse som navn@domæne.dk, eller lad feltet være tomt.",
    "bad_phone": "Skriv et telefonnummer på otte cifre eller med landekode (+46 …), "
    "eller lad feltet være tomt.",
    "bad_language": "Skriv sprogkoder på to eller tre bogstaver, f.eks. da eller da ar.",
    "bad_grade": "Skriv klassetrinnet som et tal fra 0 til 10, eller lad feltet være tomt.",
    "grade_outside_school": "Kun klasser på skoler har et klassetrin. Tøm feltet, eller ret institutionen.",
    "bad_unit": "En opgave i hele kommunen har unit_kind municipality og unit_id *; alle andre har et id.",
    "id_is_cpr": "Et cpr-nummer må ikke bruges som id. Brug kildesystemets eget løbenummer eller UUID.",
    "duplicate_id": "Id'et står allerede i en tidligere række. Den første gælder; slet eller ret denne.",
    "duplicate_cpr": "Cpr-nummeret hører allerede til en anden. Ret nummeret, eller saml de to i én.",
    "unknown_district": "Distriktet findes ikke. Tilføj det i districts.csv, eller ret id'et.",
    "unknown_institution": "Institutionen findes ikke. Tilføj den i institutions.csv, eller ret id'et.",
    "unknown_group": "Gruppen findes ikke. Tilføj den i groups.csv, eller ret id'et.",
    "unknown_staff": "Medarbejderen findes ikke. Tilføj hende i staff.csv, eller ret id'et.",
    "unknown_child": "Barnet findes ikke. Tilføj det i children.csv, eller ret id'et.",
    "unknown_guardian": "Den voksne findes ikke. Tilføj hende i guardians.csv, eller ret id'et.",
    "refers_to_rejected": "Rækken hører til en række, som er afvist. Ret den, så følger denne med.",
    "no_custody_holder": "Barnet er under 18 og har ingen med forældremyndighed. Tilføj en række i "
    "custody.csv med custody sole eller joint.",
    "custody_contradiction": "Barnet har en med fuld forældremyndighed (sole) og samtidig en til. "
    "Ret rækkerne i custody.csv.",
}
"""A bad row: it is left out, reported, and the rest go on."""

FILE_MENDS: dict[str, str] = {
    "folder_missing": "Mappen findes ikke. Ret stien.",
    "nothing_to_import": "Mappen har ingen af de filer, der kan indlæses. Se listen i vejledningen.",
    "file_missing": "Et fuldt sæt skal have alle filerne. Tilføj filen, eller brug --delta.",
    "file_unknown": "Filen er ikke en del af sættet. Ret navnet, eller fjern den fra mappen.",
    "file_unreadable": "Filen kan ikke åbnes. Se efter, om den må læses, og om den er en fil.",
    "not_text": "Filen er ikke tekst. Gem den som CSV UTF-8 (i Excel: Gem som, CSV UTF-8).",
    "wrong_encoding": "Filen er ikke UTF-8. Gem den som CSV UTF-8 (i Excel: Gem som, CSV UTF-8).",
    "no_header": "Filen har ingen overskrift. Første linje skal have kolonnenavnene.",
    "column_missing": "Kolonnen mangler i overskriften. Tilføj den; den må gerne være tom.",
    "column_unknown": "Kolonnen kendes ikke. Ret navnet, eller fjern kolonnen.",
    "column_twice": "Kolonnen står to gange i overskriften. Fjern den ene.",
    "too_much_would_end": "Sættet ville afslutte mere end en tiendedel af det, der findes. Se efter, "
    "om filen er hel. Er det rigtigt, så kør igen med --allow-shrink.",
}
"""A set of the wrong shape: nothing of it is written."""
