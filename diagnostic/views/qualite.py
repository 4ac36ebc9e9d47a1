"""Quality of the data: the bailleurs of a territory with the marks of each source, and the sheet of one bailleur."""

from dataclasses import dataclass
from datetime import date

from django.http import Http404
from django.urls import reverse

from diagnostic.calculs.controles_qualite import CONTROLES, LIBELLES, Axe, Source
from diagnostic.calculs.qualite import Constat
from diagnostic.calculs.raisons import borne, intitule, part
from diagnostic.services.qualite import LigneEcart, LigneQualite, ecarts, qualite
from diagnostic.views.marques import MarqueMontree
from diagnostic.views.noms import Noms
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export
from partenaires.models import Depot

TYPES = {
    "residences": "Résidences",
    "passage": "Passage logement → résidence",
    "rpls": "RPLS",
    "ops": "Enquête OPS",
    "gestion": "État locatif",
    "sne_radiations": "Attributions (SNE)",
}
AXES = {Axe.COMPLETE: "complètes", Axe.FRAICHE: "fraîches", Axe.COHERENTE: "cohérentes"}
VERDICTS = {True: "✓ respecté", False: "▲ à corriger", None: "– rien à comparer"}
VIDE = "Aucune comparaison pour ce territoire et cette année : elle suit la nuit d'un dépôt."


@dataclass(frozen=True)
class LigneBailleur:
    nom: str
    adresse: str
    qualite: LigneQualite

    def marque(self, source: Source) -> MarqueMontree:
        return MarqueMontree(self.qualite.marques[source], courte=True)

    def taux(self, source: Source, code: str):
        if source in self.qualite.secrets:
            return SECRET
        return _flottant(self.qualite.marques[source].constat(code).taux)


def _marque(source: Source) -> Colonne:
    return Colonne(source.value, LIBELLES[source], lambda ligne: ligne.marque(source), "marque")


def _taux(source: Source, code: str, libelle: str) -> Colonne:
    return Colonne(code, libelle, lambda ligne: ligne.taux(source, code), "pourcent")


def _flottant(taux):
    return taux if taux is None or taux is SECRET else float(taux)


COLONNES = (
    Colonne("nom", "Bailleur", lambda ligne: ligne.nom, lien=lambda ligne: ligne.adresse),
    Colonne("siren", "SIREN", lambda ligne: ligne.qualite.bailleur),
    Colonne("logements", "Logements (RPLS)", lambda ligne: ligne.qualite.comptes["rpls_logements"], "nombre"),
    *(_marque(source) for source in Source),
    _taux(Source.RPLS, "rattachement", "Rattachés à une résidence"),
    _taux(Source.OPS, "reponse", "Taux de réponse"),
    Colonne("depot", "Dernier dépôt", lambda ligne: ligne.qualite.dernier_depot, "date"),
)


@page()
def qualite_territoire(request):
    """Marks of the territory for everyone; a line a bailleur for who may see it."""
    selection = request.selection
    lue = qualite(request.adhesion, selection.epci)
    noms = Noms(request.adhesion)
    lignes = [
        LigneBailleur(noms.organisation(bailleur), _adresse(request, bailleur), ligne)
        for (bailleur, millesime), ligne in lue.lignes.items()
        if millesime == selection.millesime
    ]
    tableau = Tableau(
        request,
        "Qualité des données par bailleur",
        COLONNES,
        lignes,
        vide=VIDE,
        tri_defaut="nom",
        nom_fichier=f"qualite-{selection.epci}-{selection.millesime}",
        precision=f"(millésime {selection.millesime})",
    )
    territoire = lue.territoire.get(selection.millesime)
    contexte = {
        "tableau": tableau,
        "marques": _montrees(territoire),
        "seuils": _seuils(lue.seuils(selection.millesime)),
        "voit_des_bailleurs": request.adhesion.nature in ("epci", "ddt", "bailleur"),
    }
    return page_ou_export(request, "diagnostic/qualite.html", contexte, tableau)


def _adresse(request, bailleur: str) -> str:
    selection = request.selection
    return f"{reverse('qualite_bailleur', args=[bailleur])}?epci={selection.epci}&annee={selection.annee}"


def _montrees(ligne: LigneQualite | None) -> list[MarqueMontree]:
    return [MarqueMontree(marque) for marque in ligne.marques.values()] if ligne else []


def _seuils(seuils: dict) -> list[tuple[str, str, str]]:
    """(source, what is judged, the bound) of every control, then the ages."""
    controles = [
        (LIBELLES[c.source], c.libelle, f"{'au moins' if c.minimum else 'au plus'} {part(seuils[c.code])}")
        for c in CONTROLES
        if c.code in seuils
    ]
    ages = [(LIBELLES[s], "âge des données", f"au plus {seuils[f'age_{s}']} an(s)") for s in Source if seuils]
    return controles + ages


# --- one bailleur ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class LigneControle:
    source: Source
    constat: Constat


COLONNES_CONTROLES = (
    Colonne("constat", "Contrôle", lambda c: intitule(c.constat)),
    Colonne("source", "Source", lambda c: LIBELLES[c.source]),
    Colonne("axe", "Données", lambda c: AXES[c.constat.axe]),
    Colonne("compte", "Comptés", lambda c: c.constat.numerateur, "nombre"),
    Colonne("sur", "Sur", lambda c: c.constat.denominateur, "nombre"),
    Colonne("taux", "Part", lambda c: _flottant(c.constat.taux), "pourcent"),
    Colonne("seuil", "Attendu", lambda c: borne(c.constat)),
    Colonne("verdict", "État", lambda c: VERDICTS[c.constat.respecte]),
    Colonne("remede", "Que faire", lambda c: c.constat.remede if c.constat.respecte is False else "", triable=False),
)


def _ecart(champ: str):
    return lambda ligne: SECRET if champ in ligne.secrets else ligne.valeurs[champ]


def _residence(request):
    return lambda ligne: reverse("residence", args=[ligne.residence]) + f"?epci={request.selection.epci}"


def colonnes_ecarts(request) -> tuple[Colonne, ...]:
    comptes = (
        ("logements", "Logements RPLS"),
        ("gestion_logements", "Logements, état locatif"),
        ("ecart_logements", "Écart"),
        ("occupes", "Occupés RPLS"),
        ("gestion_occupes", "Occupés, état locatif"),
        ("ecart_occupes", "Écart d'occupés"),
        ("enquetes", "Enquêtés OPS"),
        ("occupes_non_enquetes", "Occupés non enquêtés"),
        ("vacants_enquetes", "Vacants mais enquêtés"),
        ("ops_hors_rpls", "Enquêtés hors RPLS"),
        ("qpv_differents", "QPV déclaré différent"),
    )
    return (
        Colonne("nom", "Résidence", lambda ligne: ligne.nom, lien=_residence(request)),
        Colonne("code", "Code", lambda ligne: ligne.code),
        *(Colonne(champ, libelle, _ecart(champ), "nombre") for champ, libelle in comptes),
    )


@page("epci", "ddt", "bailleur")
def qualite_bailleur(request, siren):
    """One bailleur: its controls and their remedies, the trend, the residences where sources disagree, its deposits.
    Another's, or one without any line here: 404."""
    selection = request.selection
    lignes = {m: ligne for (b, m), ligne in qualite(request.adhesion, selection.epci).lignes.items() if b == siren}
    if not lignes and siren != request.adhesion.siren:
        raise Http404
    ligne = lignes.get(selection.millesime)
    controles = _tableau_des_controles(request, siren, ligne)
    trouves = ecarts(request.adhesion, selection.epci, siren, selection.millesime)
    contexte = {
        "siren": siren,
        "nom": Noms(request.adhesion).organisation(siren),
        "ligne": ligne,
        "marques": _montrees(ligne),
        "controles": controles,
        "ecarts": _tableau_des_ecarts(request, siren, trouves),
        "courbes": tendances(lignes),
        "depots": _depots(request, ligne),
    }
    return page_ou_export(request, "diagnostic/qualite_bailleur.html", contexte, controles, contexte["ecarts"])


def _tableau_des_controles(request, siren: str, ligne: LigneQualite | None) -> Tableau:
    constats = [LigneControle(s, c) for s, marque in ligne.marques.items() for c in marque.constats] if ligne else []
    return Tableau(
        request,
        "Contrôles",
        COLONNES_CONTROLES,
        constats,
        vide=VIDE,
        prefixe="controles_",
        nom_fichier=f"qualite-{siren}-{request.selection.millesime}",
        precision=f"(millésime {request.selection.millesime})",
    )


def _tableau_des_ecarts(request, siren: str, trouves: list[LigneEcart]) -> Tableau:
    return Tableau(
        request,
        "Résidences où les sources ne disent pas la même chose",
        colonnes_ecarts(request),
        trouves,
        vide="Aucun écart entre le RPLS, l'état locatif et l'OPS de cette année, résidence par résidence.",
        tri_defaut="nom",
        prefixe="ecarts_",
        nom_fichier=f"ecarts-{siren}-{request.selection.millesime}",
        precision=f"(millésime {request.selection.millesime})",
    )


def tendances(lignes: dict[int, LigneQualite]) -> list[tuple[str, list, float | None]]:
    """(label, points by millésime, latest threshold) of each control known for two millésimes at least."""
    suites = []
    for controle in CONTROLES:
        constats = {m: ligne.marques[controle.source].constat(controle.code) for m, ligne in sorted(lignes.items())}
        points = [(millesime, _flottant(constat.taux) if constat else None) for millesime, constat in constats.items()]
        if sum(valeur is not None for _, valeur in points) > 1:
            dernier = next(constat for constat in reversed(constats.values()) if constat)
            suites.append((intitule(dernier), points, dernier.seuil))
    return suites


def _depots(request, ligne: LigneQualite | None) -> list[dict]:
    """Each type of file with the date of its last deposit; a link where the reader may open it."""
    if ligne is None:
        return []
    numeros = [depose["depot"] for depose in ligne.deposes.values()]
    visibles = set(Depot.objects.visible_to(request.adhesion).filter(pk__in=numeros).values_list("pk", flat=True))
    return [
        {
            "libelle": libelle,
            "le": date.fromisoformat(ligne.deposes[genre]["le"]) if genre in ligne.deposes else None,
            "numero": ligne.deposes[genre]["depot"] if genre in ligne.deposes else None,
            "ouvrable": genre in ligne.deposes and ligne.deposes[genre]["depot"] in visibles,
        }
        for genre, libelle in TYPES.items()
    ]
