"""The parents' pages behind the link in a request for consent: read, answer, withdraw, see who has access.

The link is the key, as on the other parents' pages, and looking changes nothing. Each page is whole in the
reader's own language, from its title to its errors. What is asked stands as consent rendered it for her; the
words around it are ours (`words`), and how it stands is told by `standing`. `identity` is for municipalities
that ask who she is before a yes counts.
"""

from services.gateway.web.parents_consent import access, page
from services.gateway.web.parents_consent.frame import blueprint

__all__ = ["access", "blueprint", "page"]
