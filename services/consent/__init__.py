"""Consent: who has said yes to what, to whom and until when; and what may be shared without.

Owns: consent requests with their texts in each signatory's language, signatures, scanned papers,
withdrawals and who has acted on them; exchanges without consent; settings and municipal templates,
both as versioned data.
Handles: registry's child and institution records, kept as its own projection (a change of custody
changes who must sign); the acknowledgements of withdrawals from those who act on them.
Publishes: consent.requested, consent.reminded, consent.signed, consent.granted, consent.declined,
consent.withdrawn, consent.expired and consent.superseded.
Never in an event or a log: what staff wrote or what a signatory read; kinds of information are codes.
"""
