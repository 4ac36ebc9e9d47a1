"""Charts as inline SVG, each with its table: only places on a drawing are computed here."""

from dataclasses import dataclass

from django import template

from suivi.templatetags.nombres import cible, mesure, nombre

register = template.Library()
MOIS = ("janv.", "févr.", "mars", "avril", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")
LARGEUR, HAUTEUR, MARGE = 600, 180, 44
PETITE_LARGEUR, PETITE_HAUTEUR, PETITE_MARGE = 230, 130, 26


@dataclass(frozen=True)
class Point:
    libelle: str
    valeur: float | None
    x: float
    y: float
    ecrit: str


@dataclass(frozen=True)
class Segment:
    libelle: str
    valeur: float | None
    x: float
    largeur: float
    y: int
    ecrit: str
    pair: bool = False


def _ecrire(valeur, unite: str) -> str:
    if valeur is None:
        return "secret ou inconnu"
    if unite == "indice":
        return nombre(valeur, 1 if abs(valeur) >= 10 else 2)
    return mesure(valeur, unite)


@register.inclusion_tag("composants/courbe.html")
def courbe(titre, points, unite="menages", repere=None, libelle_repere="cible", petite=False):
    """A line over years. `points`: (label, value or None) in order; `repere`: a horizontal line (target, average);
    `petite`: one of several side by side."""
    largeur, hauteur = (PETITE_LARGEUR, PETITE_HAUTEUR) if petite else (LARGEUR, HAUTEUR)
    marge = PETITE_MARGE if petite else MARGE
    valeurs = [float(v) for _, v in points if v is not None]
    haut = max([*valeurs, float(repere or 0), 1e-9]) * 1.15
    pas = (largeur - 2 * marge) / max(len(points) - 1, 1)

    def y(valeur) -> float:
        return round(hauteur - 28 - float(valeur) / haut * (hauteur - 56), 1)

    places = [
        Point(str(nom), v, round(marge + i * pas, 1), y(v or 0), _ecrire(v, unite)) for i, (nom, v) in enumerate(points)
    ]
    return {
        "titre": titre,
        "points": places,
        "trace": " ".join(f"{p.x},{p.y}" for p in places if p.valeur is not None),
        "repere": None if repere is None else y(repere),
        "repere_ecrit": cible(repere) if libelle_repere == "cible" else _ecrire(repere, unite),
        "libelle_repere": libelle_repere,
        "largeur": largeur,
        "hauteur": hauteur,
        "droite": largeur - 4,
        "pied": hauteur - 28,
        "annees": hauteur - 10,
        "petite": petite,
    }


@register.inclusion_tag("composants/barres.html")
def barres(titre, lignes, unite="menages", entete="Part", repere=None, libelle_repere="territoire"):
    """Horizontal bars. `lignes`: (label, value or None); `repere`: a vertical line over all of them."""
    haut = max([abs(float(v)) for _, v in lignes if v is not None] + [float(repere or 0), 1e-9])
    place = LARGEUR - 90
    segments = [
        Segment(str(nom), v, 0, round(abs(float(v or 0)) / haut * place, 1), 46 * i, _ecrire(v, unite))
        for i, (nom, v) in enumerate(lignes)
    ]
    return {
        "titre": titre,
        "segments": segments,
        "hauteur": 46 * len(segments) + (18 if repere is not None else 0),
        "largeur": LARGEUR,
        "entete": entete,
        "repere": None if repere is None else round(float(repere) / haut * place, 1),
        "repere_ecrit": _ecrire(repere, unite),
        "libelle_repere": libelle_repere,
    }


@register.inclusion_tag("composants/mois.html")
def mois(ligne):
    """Counts by month behind a rate: numerator over its base, twelve columns, with their table."""
    faits, bases = list(ligne.par_mois), list(getattr(ligne, "base_par_mois", None) or ligne.par_mois)
    haut = max([*bases, 1])
    colonnes = [
        {
            "nom": MOIS[i],
            "fait": fait,
            "base": base,
            "x": i * 14,
            "y_base": round(32 - base / haut * 32, 1),
            "h_base": round(base / haut * 32, 1),
            "y_fait": round(32 - fait / haut * 32, 1),
            "h_fait": round(fait / haut * 32, 1),
        }
        for i, (fait, base) in enumerate(zip(faits[:12], bases[:12], strict=False))
    ]
    return {"colonnes": colonnes, "annee": ligne.annee}
