"""Failed sign-ins: after some failures for one address, or from one place, no more tries for a while."""

from django.core.cache import cache

ECHECS_MAX = {"compte": 5, "adresse": 30}
ATTENTE_S = 15 * 60


def _cles(request, email: str) -> dict[str, str]:
    origine = request.META.get("REMOTE_ADDR", "")
    return {"compte": f"connexion:compte:{email.strip().lower()}", "adresse": f"connexion:adresse:{origine}"}


def bloquee(request, email: str) -> bool:
    compteurs = cache.get_many(_cles(request, email).values())
    return any(compteurs.get(cle, 0) >= ECHECS_MAX[nature] for nature, cle in _cles(request, email).items())


def noter_echec(request, email: str) -> None:
    """The count lives ATTENTE_S from the first failure."""
    for cle in _cles(request, email).values():
        cache.add(cle, 0, ATTENTE_S)
        cache.incr(cle)


def oublier_echecs(request, email: str) -> None:
    cache.delete(_cles(request, email)["compte"])
