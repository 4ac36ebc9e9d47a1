"""`seuils`: the quartile thresholds of a territory and year, euros a year per UC (regles §1)."""

from attributions.models import SeuilQuartile
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer

ORDRE = "Les seuils doivent croître : SEUIL_Q1 < SEUIL_Q2 < SEUIL_Q3. Corrigez la ligne."


def controler(ctx) -> None:
    ctx.erreur(
        "organisation_inconnue",
        "SIREN_EPCI",
        "Ce SIREN n'est celui d'aucun territoire de CIL chargé. Corrigez-le, ou faites charger le fichier epci.",
        "l.epci IS NOT NULL AND NOT EXISTS (SELECT 1 FROM diagnostic_territoire t WHERE t.siren = l.epci)",
    )
    ctx.erreur("valeur_illisible", "SEUIL_Q2", ORDRE, "l.s2 <= l.s1")
    ctx.erreur("valeur_illisible", "SEUIL_Q3", ORDRE, "l.s3 <= greatest(l.s1, l.s2)")
    ctx.avertir(
        "seuil_absent",
        "SEUIL_Q1",
        "Seuil vide : l'arrêté est tenu pour non paru, le dernier seuil antérieur s'appliquera à cette année.",
        "l.s1 IS NULL",
    )


def territoires(ctx) -> list[str]:
    return [siren for (siren,) in ctx.sql("SELECT DISTINCT epci FROM lignes").fetchall()]


SEUILS = enregistrer(
    Format(
        type="seuils",
        libelle="Seuils de quartile par territoire et année",
        usage="Range les attributions par quartile de ressources.",
        modele=SeuilQuartile,
        cle=("epci", "annee"),
        creneau=("epci", "annee"),
        controler=controler,
        territoires=territoires,
        colonnes=(
            Colonne("SIREN_EPCI", Nature.SIREN, "epci", obligatoire=True, cle=True, synonymes=("SIREN EPCI",)),
            Colonne("ANNEE", Nature.ANNEE, "annee", obligatoire=True, cle=True, minimum=2000, maximum=2100),
            Colonne("SEUIL_Q1", Nature.DECIMAL, "s1", obligatoire=True, minimum=0, aide="euros par an et par UC"),
            Colonne("SEUIL_Q2", Nature.DECIMAL, "s2", minimum=0),
            Colonne("SEUIL_Q3", Nature.DECIMAL, "s3", minimum=0),
            Colonne("SOURCE", Nature.TEXTE, "source"),
        ),
    )
)
