"""« Parc et marché »: what the stock is made of, its rents against the APL ceilings, its low rents."""

from dataclasses import dataclass

from diagnostic.calculs.bas_loyers import loyer_m2_max
from diagnostic.calculs.definitions_repartitions import ECART_APL
from diagnostic.models.comptage import Niveau
from diagnostic.services import indicateurs, parc_ouvert, plafonds_apl
from diagnostic.services import parc as service
from diagnostic.services.parc import BAS_LOYERS, REIMS, STOCK_PAR_CLASSE, LigneParc, Perimetre
from diagnostic.services.reglages_parc import peut_regler
from diagnostic.services.territoires import noms_des_places
from diagnostic.views.indicateurs import provenance_source
from diagnostic.views.noms import Noms
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export

PERIMETRES = (
    (Perimetre.TERRITOIRE.value, "Territoire"),
    (Perimetre.EN_QPV.value, "En QPV"),
    (Perimetre.HORS_QPV.value, "Hors QPV"),
)
ECHELLES = (("commune", "par commune"), ("qpv", "par QPV"), ("bailleur", "par bailleur"))
TITRES = {groupe.code: groupe.titre for groupe in service.GROUPES}
METHODES = {
    "bas_loyers_gpso": "Borne au m² (GPS&O)",
    "bas_loyers_mel": "Plafond de l'APL, loyer seul (MEL)",
    "bas_loyers_mel_charges": "Plafond de l'APL, loyer et charges (MEL)",
    "bas_loyers_reims": "Résidences hors secteurs fragiles (Reims)",
}
LOYERS = ECART_APL.code


@dataclass(frozen=True)
class Rangee:
    """A class of a breakdown, with its cell in each perimeter."""

    titre: str
    libelle: str
    cellules: dict[str, LigneParc]

    def compte(self, perimetre: str):
        return self._lire(perimetre, "numerateur")

    def taux(self, perimetre: str):
        return self._lire(perimetre, "taux")

    def _lire(self, perimetre: str, champ: str):
        cellule = self.cellules.get(perimetre)
        if cellule is None:
            return None
        return SECRET if cellule.secret else getattr(cellule, champ)


@dataclass(frozen=True)
class Loyers:
    """The six classes of gap in one place."""

    lieu: str
    echelle: str
    comptes: tuple[int, ...] | None  # None: masked

    @property
    def total(self):
        return SECRET if self.comptes is None else sum(self.comptes)

    @property
    def au_dessus(self):
        return SECRET if self.comptes is None else self._part(sum(self.comptes[3:]))

    def part(self, rang: int):
        return SECRET if self.comptes is None else self._part(self.comptes[rang])

    def _part(self, compte: int):
        return compte / self.total if self.total else None


def rangees(lignes: list[LigneParc], groupes, titres=TITRES) -> list[Rangee]:
    par_classe: dict[tuple[str, str, str], dict[str, LigneParc]] = {}
    for ligne in lignes:
        if ligne.bailleur is None:
            cle = ligne.repartition, ligne.code, ligne.libelle
            par_classe.setdefault(cle, {})[ligne.perimetre] = ligne
    codes = [groupe.code for groupe in groupes]
    retenues = [(cle, cellules) for cle, cellules in par_classe.items() if cle[0] in codes]
    return [Rangee(titres[cle[0]], cle[2], cellules) for cle, cellules in retenues]


def colonnes_par_perimetre(titre: str, perimetres) -> tuple[Colonne, ...]:
    def du(perimetre: str, libelle: str) -> tuple[Colonne, ...]:
        return (
            Colonne(f"{perimetre}_n", f"{libelle} : logements", lambda r: r.compte(perimetre), "nombre"),
            Colonne(f"{perimetre}_taux", f"{libelle} : part", lambda r: r.taux(perimetre), "pourcent"),
        )

    return (
        Colonne("classe", "Classe", lambda r: r.libelle),
        Colonne("titre", titre, lambda r: r.titre),
        *(colonne for paire in perimetres for colonne in du(*paire)),
    )


def colonnes_des_loyers() -> tuple[Colonne, ...]:
    def classe(rang: int, libelle: str) -> Colonne:
        return Colonne(f"classe_{rang}", libelle, lambda loyers: loyers.part(rang), "pourcent")

    return (
        Colonne("lieu", "Lieu", lambda loyers: loyers.lieu),
        Colonne("echelle", "Échelle", lambda loyers: loyers.echelle),
        Colonne("total", "Loyers comparés", lambda loyers: loyers.total, "nombre"),
        *(classe(rang, i.libelle) for rang, i in enumerate(ECART_APL.classes)),
        Colonne("au_dessus", "Au-dessus du plafond", lambda loyers: loyers.au_dessus, "pourcent"),
    )


def loyers_des_perimetres(lignes: list[LigneParc], noms: Noms, bailleurs: bool) -> list[Loyers]:
    """Whole territory, in and out of QPV; then, asked for, the bailleurs that one may see."""
    par_lieu: dict[tuple[str, str | None], list[LigneParc]] = {}
    for ligne in lignes:
        if ligne.repartition == LOYERS and (bailleurs or ligne.bailleur is None):
            par_lieu.setdefault((ligne.perimetre, ligne.bailleur), []).append(ligne)
    libelles = dict(PERIMETRES)
    return [
        Loyers(
            noms.organisation(bailleur) if bailleur else libelles[perimetre],
            "Bailleur" if bailleur else "Territoire",
            None if classes[0].secret else tuple(ligne.numerateur or 0 for ligne in classes),
        )
        for (perimetre, bailleur), classes in par_lieu.items()
    ]


def loyers_des_lieux(request, niveau: Niveau, communes: dict[str, str]) -> list[Loyers]:
    """A place with a masked class is masked whole."""
    selection, par_lieu = request.selection, {}
    for ligne in indicateurs.lire(
        request.adhesion,
        epci=selection.epci,
        millesime=selection.millesime,
        niveau=niveau.value,
        code=[i.code for i in ECART_APL.classes],
        nommees=False,
    ):
        par_lieu.setdefault((niveau.value, ligne.territoire, ligne.version), []).append(ligne)
    noms = {} if niveau == Niveau.COMMUNE else noms_des_places(par_lieu)
    return [
        Loyers(
            noms.get(lieu) or communes.get(lieu[1]) or lieu[1],
            niveau.label,
            None if any(ligne.secret for ligne in classes) else tuple(ligne.numerateur for ligne in classes),
        )
        for lieu, classes in par_lieu.items()
    ]


def echelle_des_loyers(request) -> str:
    demandee = request.GET.get("loyers", "")
    return demandee if demandee in dict(ECHELLES) else ECHELLES[0][0]


def loyers(request, lignes: list[LigneParc], communes: dict[str, str]) -> list[Loyers]:
    """The territory, in and out of QPV, then the places of the scale asked for."""
    echelle = echelle_des_loyers(request)
    connus = loyers_des_perimetres(lignes, Noms(request.adhesion), bailleurs=echelle == "bailleur")
    if not connus or echelle == "bailleur":
        return connus
    return connus + loyers_des_lieux(request, Niveau(echelle), communes)


@page()
def parc(request):
    selection = request.selection
    en_vigueur = service.parametres(selection.epci, selection.millesime)
    communes = plafonds_apl.zones_des_communes(selection.epci)
    lignes = service.lire(request.adhesion, selection.epci, selection.millesime, en_vigueur["bas_loyer_reims"])
    annee = selection.millesime
    if not lignes:
        annee = parc_ouvert.millesime_ouvert(request.adhesion, selection.epci, selection.millesime)
    ouvertes = parc_ouvert.lire(request.adhesion, selection.epci, annee) if annee and not lignes else []
    presents = {ligne.perimetre for ligne in lignes or ouvertes}
    perimetres = [paire for paire in PERIMETRES if paire[0] in presents]

    def tableau(nom: str, legende: str, colonnes, les_lignes, **options):
        return Tableau(
            request,
            legende,
            colonnes,
            les_lignes,
            prefixe=f"{nom}_",
            nom_fichier=f"parc-{nom}-{annee or selection.millesime}",
            precision=f"(millésime {annee or selection.millesime})",
            en_fiches=False,
            **options,
        )

    structure = [groupe for groupe in STOCK_PAR_CLASSE if groupe.code != LOYERS]
    tableaux = {
        "stock": tableau(
            "stock",
            "Le parc par financement, taille, âge et étiquette énergie",
            colonnes_par_perimetre("Répartition", perimetres),
            rangees(lignes or ouvertes, structure),
            vide="Aucun logement : le fichier RPLS des bailleurs n'est pas encore déposé pour cette année.",
        ),
        "loyers": tableau(
            "loyers",
            "Loyers et plafonds de l'APL : part des logements loués dans chaque classe d'écart",
            colonnes_des_loyers(),
            loyers(request, lignes, {code: nom for code, (nom, _) in communes.items()}),
            vide="Aucun loyer à comparer : LOYERPRINC ou LOYERMAXAPL manque dans les fichiers RPLS déposés.",
        ),
        "bas": tableau(
            "bas",
            "Le parc à bas loyers, de trois façons",
            colonnes_par_perimetre("Méthode", perimetres),
            rangees(lignes, BAS_LOYERS, METHODES),
            vide="Aucun loyer : le fichier RPLS des bailleurs n'est pas encore déposé pour cette année.",
        ),
        "reims": tableau(
            "reims",
            "Logements par classe d'écart moyen de leur résidence (Reims)",
            colonnes_par_perimetre("Résidences", PERIMETRES[:1]),
            rangees(lignes, REIMS),
            vide="Aucune résidence à classer : il y faut des loyers et des plafonds de l'APL.",
        ),
    }
    contexte = tableaux | {
        "ouvert": annee if ouvertes else None,
        "echelle": echelle_des_loyers(request),
        "echelles": ECHELLES,
        "barres": barres(tableaux["loyers"]),
        "parametres": parametres(communes, en_vigueur),
        "peut_regler": peut_regler(request.adhesion, selection.epci),
        "provenance": provenance(request),
    }
    return page_ou_export(request, "diagnostic/parc.html", contexte, *tableaux.values())


def barres(tableau: Tableau) -> list[tuple[str, float | None]]:
    """Share over the ceiling of each place, a masked one without value."""
    return [(un.lieu, None if un.au_dessus is SECRET else un.au_dessus) for un in tableau.lignes]


def provenance(request) -> list[tuple[str, str]]:
    selection = request.selection
    lues = indicateurs.provenances(request.adhesion, selection.epci, selection.millesime)
    source = [("Source", "Parc (RPLS), au 1er janvier ; loyers des logements loués (MODE 1), hors charges")]
    return source + [ligne for p in lues if p.source == "rpls" for ligne in provenance_source(p)]


def parametres(communes: dict, en_vigueur: dict) -> dict:
    """The parameters of the three ways, and how the bound per m² is derived."""
    gpso = en_vigueur["bas_loyer_gpso"]
    exemple = gpso.get("exemple")
    taux = {"taux_effort": gpso["taux_effort"], "charges": gpso["charges"]}
    return {
        "gpso": gpso,
        "exemple": exemple,
        "borne_exemple": loyer_m2_max(**exemple, **taux) if exemple else None,
        "occupations": plafonds_apl.occupations(en_vigueur["bas_loyer_mel"]),
        "sans_zone": [nom for nom, zone in communes.values() if zone is None],
        "zones": sorted({zone for _, zone in communes.values() if zone}),
        "reims": en_vigueur["bas_loyer_reims"],
    }
