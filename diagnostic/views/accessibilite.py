"""The accessibility of the stock to the first quartile: by household, size and financing, and by pair of thresholds."""

from dataclasses import dataclass

from diagnostic.forms_accessibilite import SeuilsForm
from diagnostic.services import accessibilite as service
from diagnostic.views.page import page
from diagnostic.views.tableau import SECRET, Colonne, Tableau, page_ou_export

PERIMETRES = {
    service.Perimetre.TERRITOIRE.value: "Territoire",
    service.Perimetre.EN_QPV.value: "En QPV",
    service.Perimetre.HORS_QPV.value: "Hors QPV",
}
COURTS = {service.Perimetre.TERRITOIRE.value: "", "en_qpv": " en QPV", "hors_qpv": " hors QPV"}


@dataclass(frozen=True)
class Rangee:
    """The same line of the territory, in and out of QPV."""

    par_perimetre: dict[str, service.LigneAccessibilite]

    @property
    def premiere(self) -> service.LigneAccessibilite:
        return self.par_perimetre[service.Perimetre.TERRITOIRE.value]

    def valeur(self, champ: str, perimetre: str = service.Perimetre.TERRITOIRE.value):
        ligne = self.par_perimetre.get(perimetre)
        if ligne is None:
            return None
        return SECRET if ligne.secret else getattr(ligne, champ)


def rangees(lignes, *repartitions: str) -> list[Rangee]:
    par_code: dict[tuple, dict] = {}
    for ligne in lignes:
        if ligne.repartition in repartitions:
            par_code.setdefault((ligne.repartition, ligne.code), {})[ligne.perimetre] = ligne
    return [Rangee(lues) for lues in par_code.values()]


def colonnes(titre: str, perimetres: list[str], menages: bool = False, exclus: bool = False) -> tuple[Colonne, ...]:
    def du(perimetre: str) -> tuple[Colonne, ...]:
        court = COURTS[perimetre]
        return (
            Colonne(f"taux_{perimetre}", f"Accessibles{court}", lambda r: r.valeur("taux", perimetre), "pourcent"),
            Colonne(f"logements_{perimetre}", f"Logements{court}", lambda r: _nombre(r, perimetre), "nombre"),
        )

    effectifs = (Colonne("menages", "Ménages", lambda r: r.valeur("menages"), "nombre"),) if menages else ()
    if exclus:
        effectifs += (Colonne("exclus", "Écartés", lambda r: r.valeur("exclus"), "nombre"),)
    return (
        Colonne("libelle", titre, lambda r: r.premiere.libelle),
        *effectifs,
        *(colonne for perimetre in perimetres for colonne in du(perimetre)),
    )


def _nombre(rangee: Rangee, perimetre: str):
    """Dwellings that a household of the line can pay for, in the mean, to the dwelling."""
    lu = rangee.valeur("accessibles", perimetre)
    return round(lu) if isinstance(lu, float) else lu


@page()
def accessibilite(request):
    selection = request.selection
    formulaire = SeuilsForm(request.GET)
    formulaire.is_valid()
    lue = service.lire(request.adhesion, selection.epci, selection.millesime, **formulaire.demandes)
    presents = {ligne.perimetre for ligne in lue.lignes}
    perimetres = [perimetre for perimetre in PERIMETRES if perimetre in presents]
    demandeurs = lue.population is not None and lue.population.millesime is not None

    def tableau(nom: str, legende: str, titre: str, *repartitions: str, **options):
        return Tableau(
            request,
            legende,
            colonnes(titre, perimetres, **options),
            rangees(lue.lignes, *repartitions),
            prefixe=f"{nom}_",
            nom_fichier=f"accessibilite-{nom}-{selection.millesime}",
            precision=f"(millésime {selection.millesime})",
            en_fiches=False,
        )

    tableaux = {
        "menages": tableau(
            "menages",
            "Part du parc accessible, par ménage",
            "Ménage",
            "ensemble",
            "menage",
            menages=demandeurs,
            exclus=demandeurs and lue.libre,
        ),
        "parc": tableau("parc", "Part accessible, par taille et par financement", "Classe", "typologie", "financement"),
        "sensibilite": tableau("sensibilite", "Part accessible, selon les seuils", "Seuils", "sensibilite"),
    }
    contexte = tableaux | {
        "lue": lue,
        "formulaire": formulaire,
        "saisie": saisie(request, lue),
        "demandeurs": demandeurs,
        "barres": barres(tableaux["menages"]),
        "paires": paires(lue),
        "tailles": lue.parametre["pieces"],
    }
    return page_ou_export(request, "diagnostic/accessibilite.html", contexte, *tableaux.values())


def barres(tableau: Tableau) -> list[tuple[str, float | None]]:
    """Share of each line over the territory; a masked one without value."""
    lues = [(rangee.premiere.libelle, rangee.valeur("taux")) for rangee in tableau.lignes]
    return [(libelle, None if taux is SECRET else taux) for libelle, taux in lues]


def ecrit(nombre: float) -> str:
    """As one types it: 37,5."""
    return f"{nombre:g}".replace(".", ",")


def paires(lue: service.Accessibilite) -> list[dict]:
    """Pairs that every reader may choose."""
    return [
        {"te": ecrit(100 * te), "rpv": ecrit(rpv), "choisie": lue.reglages.seuils == service.Seuils(te, rpv)}
        for te, rpv in lue.parametre["paires"]
    ]


def saisie(request, lue: service.Accessibilite) -> dict[str, str]:
    """What the fields of the form hold: what was typed, else what serves."""
    servis = {
        "te": ecrit(100 * lue.reglages.seuils.te),
        "rpv": ecrit(lue.reglages.seuils.rpv),
        "charges": ecrit(lue.reglages.charges_m2),
        "parc": "recents" if lue.reglages.recents else "",
    }
    return {nom: request.GET.get(nom) or valeur for nom, valeur in servis.items()}
