"""Whose rows a file holds, who may deposit it, and whether the same deposit is already in force (contrat §2)."""

from django.db import connection

from partenaires.depots.contexte import Contexte
from partenaires.depots.contrats import Format
from partenaires.depots.rapport import refuser
from partenaires.models import Depot, Organisation


def trouver(organisation: Organisation | str | None) -> Organisation | None:
    """An organisation from its SIREN. Raises Refus when unknown."""
    if organisation is None or isinstance(organisation, Organisation):
        return organisation
    connue = Organisation.objects.filter(siren=organisation).first()
    if connue is None:
        raise refuser(
            "organisation_inconnue",
            f"Aucune organisation n'a le SIREN {organisation}. Créez-la (creer_organisation) ou corrigez le SIREN.",
        )
    return connue


def verifier_deposant(un_format: Format, depot: Depot):
    """May `depot.deposant` hand in this type for `depot.organisation`? Raises Refus.

    Without an organisation the platform's administrator acts. Only an EPCI deposits for another: for a bailleur.
    """
    deposant, organisation = depot.deposant, depot.organisation
    if deposant is None:
        return
    if deposant.nature not in un_format.deposants:
        raise refuser(
            "organisation_interdite",
            f"{deposant.nom} ({deposant.get_nature_display()}) ne peut pas déposer un fichier {un_format.type} : "
            + qui_depose(un_format),
        )
    pour_un_bailleur = un_format.proprietaire is not None and deposant.nature == Organisation.Nature.EPCI
    if organisation != deposant and not pour_un_bailleur:
        raise refuser(
            "organisation_interdite",
            f"{deposant.nom} ne peut pas déposer pour {organisation.nom} : chacun dépose pour soi, l'EPCI aussi pour "
            "les bailleurs de son territoire.",
        )


def qui_depose(un_format: Format) -> str:
    if not un_format.deposants:
        return "seul l'administrateur de la plateforme le dépose. Retirez l'organisation."
    return f"il est déposé par : {', '.join(Organisation.Nature(n).label for n in un_format.deposants)}."


def proprietaire(ctx: Contexte, organisation: Organisation | None, deposant: Organisation | None):
    """The organisation that owns the rows: the bailleur that the file names, where its type names one.

    An EPCI deposits for the bailleur of the file; a bailleur for itself alone. Adds the errors to the report.
    """
    champ = ctx.format.proprietaire
    if champ is None or ctx.format.nom_de(champ) in ctx.correspondance.manquantes:
        return organisation
    sirens = dict(
        ctx.sql(f"SELECT {champ}, min(ligne) FROM lignes WHERE {champ} IS NOT NULL GROUP BY 1 ORDER BY 2").fetchall()
    )
    colonne = ctx.format.nom_de(champ)
    attendu = bailleur_attendu(organisation, deposant)
    if attendu is None:
        if not sirens:
            raise refuser(
                "organisation_inconnue",
                f"Le fichier ne dit pas de quel bailleur il vient (colonne {colonne}). Indiquez l'organisation.",
                colonne,
            )
        attendu = Organisation.objects.filter(siren=next(iter(sirens))).first()
        if attendu is None:
            ctx.erreur(
                "organisation_inconnue",
                colonne,
                f"Aucune organisation n'a le SIREN {next(iter(sirens))}. Créez-la (creer_organisation) ou corrigez "
                "le SIREN du fichier.",
                f"l.{champ} = '{next(iter(sirens))}'",
            )
            return None
        if attendu.nature != Organisation.Nature.BAILLEUR:
            raise refuser(
                "organisation_interdite",
                f"{attendu.nom} ({attendu.siren}) n'est pas un bailleur : ces lignes ne peuvent pas être les siennes.",
                colonne,
            )
    ctx.erreur(
        "organisation_interdite",
        colonne,
        f"Ces lignes ne sont pas de {attendu.nom} ({attendu.siren}). Un fichier ne porte que les lignes d'un bailleur, "
        "celui pour qui on dépose : séparez-les ou corrigez le SIREN.",
        f"l.{champ} <> '{attendu.siren}'",
    )
    # a row of another bailleur belongs to nobody from here on: no later check looks into that bailleur's data
    ctx.sql(
        f"UPDATE lignes SET {champ} = CASE WHEN {champ} IS NULL THEN %s END WHERE {champ} IS DISTINCT FROM %s",
        [attendu.siren, attendu.siren],
    )
    return attendu


def bailleur_attendu(organisation: Organisation | None, deposant: Organisation | None) -> Organisation | None:
    """The bailleur that the file must be of, when who deposits settles it."""
    for une in (organisation, deposant):
        if une is not None and une.nature == Organisation.Nature.BAILLEUR:
            return une
    return None


def verrouiller(un_format: Format, depot: Depot):
    """One load or withdrawal at a time for a type and owner; where rows merge or have no owner, for the type."""
    cle = depot.type
    if un_format.proprietaire and un_format.creneau and depot.organisation:
        cle += f":{depot.organisation.siren}"
    with connection.cursor() as curseur:
        curseur.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"depot:{cle}"])


def deja_charge(un_format: Format, depot: Depot) -> Depot | None:
    """The loaded deposit of the same six-part identity that still fills its slots.

    Before the file is read, its bailleur is not known where an EPCI or the administrator deposits: the same bytes
    name the same bailleur, so that any owner will do.
    """
    memes = Depot.objects.filter(
        etat=Depot.Etat.CHARGE,  # one that is being withdrawn will no longer fill them
        type=depot.type,
        millesime=depot.millesime,
        nature=depot.nature,
        version=depot.version,
        sha256=depot.sha256,
        cles__gt=0,
    )
    if un_format.proprietaire is None:
        memes = memes.filter(organisation=depot.organisation)
    else:
        attendu = bailleur_attendu(depot.organisation, depot.deposant)
        memes = memes.filter(organisation=attendu) if attendu else memes.filter(organisation__isnull=False)
    return next((un for un in memes.order_by("-id") if compter(un_format, un) == un.cles), None)


def compter(un_format: Format, depot: Depot) -> int:
    """Rows in force that this deposit brought."""
    if un_format.modele is None:
        return depot.cles
    table, champ = un_format.modele._meta.db_table, un_format.modele._meta.get_field(un_format.champ_depot).column
    en_vigueur = " AND courant" if any(f.name == "courant" for f in un_format.modele._meta.fields) else ""
    with connection.cursor() as curseur:
        curseur.execute(f'SELECT count(*) FROM "{table}" WHERE {champ} = %s{en_vigueur}', [depot.pk])
        return curseur.fetchone()[0]
