"""What the page of the map fetches: the places in columns, and the outlines one layer at a time.

Answers are compressed (no secret is reflected in them: nothing of the request but codes that exist), private, and
carry the fingerprint of their content, so that a map shown again travels once.
"""

import json
from hashlib import sha256

from django.http import Http404, HttpResponse
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import quote_etag
from django.views.decorators.gzip import gzip_page

from diagnostic.services.contours import DETAILS, CoucheInconnue, contours
from diagnostic.services.lieux import Lieu
from diagnostic.views.carte_choix import Demande, contour_du_fond
from diagnostic.views.page import page

ECHELLE = 100_000  # coordinates travel as whole hundred-thousandths of a degree
DECIMALES = 4
SECRET = -1
GARDE_CONTOURS_S = 600


@gzip_page
@page()
def donnees(request):
    """Places of the map, one list a field: see `colonnes`."""
    demande = Demande(request)
    situees = [lieu for lieu in demande.residences if lieu.situe]
    communes = sorted({lieu.nom_commune for lieu in situees})
    rangs = {nom: rang for rang, nom in enumerate(communes)}
    compare = demande.comparaison
    contenu = {
        "millesime": demande.millesime,
        "classes": demande.mesure.classes if demande.mesure else [],
        "unite": demande.mesure.unite if demande.mesure else "indice",
        "comparaison": {
            "ici": compare.ici,
            "autre": compare.autre,
            "classes": compare.vue.mesure.classes,
            "methodes": compare.entre_methodes,
        }
        if compare
        else None,
        "communes": communes,
        "residences": colonnes(situees, bool(compare))
        | {
            "lon": [round(lieu.longitude * ECHELLE) for lieu in situees],
            "lat": [round(lieu.latitude * ECHELLE) for lieu in situees],
            "commune": [rangs[lieu.nom_commune] for lieu in situees],
            "logements": [lieu.logements for lieu in situees],
        },
        "aires": colonnes(demande.aires.lieux, bool(compare))
        | {"niveau": demande.aires.niveau, "couche": contour_du_fond(demande)},
        "version": demande.aires.version,
        "anterieure": demande.aires.anterieure,
        "sans_point": len(demande.residences) - len(situees),
    }
    corps = json.dumps(contenu, ensure_ascii=False, separators=(",", ":"))
    return _repondre(request, corps, sha256(corps.encode()).hexdigest()[:24], 0)


def colonnes(lieux: list[Lieu], compare: bool) -> dict[str, list]:
    """`territoire`, `nom`, `rang` (of the class; -1 masked, null without), `valeur`, `repondants`; when compared,
    `rang_autre`, `valeur_autre` and `sens` (1 more fragile than there, -1 less, 0 the same, null unknown)."""
    montrees = {
        "territoire": [lieu.territoire for lieu in lieux],
        "nom": [lieu.nom for lieu in lieux],
        "rang": [_rang(lieu.ici) for lieu in lieux],
        "valeur": [_arrondie(lieu.ici.valeur) for lieu in lieux],
        "repondants": [lieu.ici.repondants for lieu in lieux],
    }
    if not compare:
        return montrees
    return montrees | {
        "rang_autre": [_rang(lieu.autre) for lieu in lieux],
        "valeur_autre": [_arrondie(lieu.autre.valeur) for lieu in lieux],
        "sens": [lieu.sens for lieu in lieux],
    }


def _rang(lecture) -> int | None:
    return SECRET if lecture.secret else lecture.rang


def _arrondie(valeur: float | None) -> float | None:
    return None if valeur is None else round(valeur, DECIMALES)


@gzip_page
@page()
def contours_de_couche(request, couche):
    """GeoJSON of one layer, `commune` or « nature-version », at `?detail=` 0, 1 or 2."""
    demande = request.GET.get("detail", "")
    detail = next((niveau for niveau in DETAILS if str(niveau) == demande), DETAILS[-1])
    try:
        texte, empreinte = contours(request.adhesion, request.selection.epci, couche, detail)
    except CoucheInconnue as inconnue:
        raise Http404 from inconnue
    return _repondre(request, texte, empreinte, GARDE_CONTOURS_S)


def _repondre(request, corps: str, empreinte: str, duree_s: int):
    reponse = HttpResponse(corps, content_type="application/json", headers={"ETag": quote_etag(empreinte)})
    patch_cache_control(reponse, private=True, max_age=duree_s)
    return get_conditional_response(request, etag=reponse["ETag"], response=reponse)
