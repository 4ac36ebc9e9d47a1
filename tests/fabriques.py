"""Factories: plain functions that create rows, with defaults that hold together (one EPCI, one commune, one bailleur).

Each app's section is kept by its developers; append, keep each tiny.
"""

from datetime import date
from itertools import count

from django.utils import timezone

from attributions import models as attributions
from diagnostic import models as diagnostic
from diagnostic.calculs.recherche import sans_accent
from diagnostic.services import editions
from partenaires import models as partenaires
from partenaires.services import stockage
from relogement import models as relogement

EPCI = "900000001"
BAILLEUR = "900100001"
COMMUNE = "99001"
numero = count(1)

# --- partenaires ----------------------------------------------------------------------------------------------------


def organisation(nature="bailleur", siren=None, nom=None, **champs):
    siren = siren or {"epci": EPCI, "bailleur": BAILLEUR}.get(nature) or f"9{next(numero):08d}"
    nom = nom or f"{nature} {siren}"
    return partenaires.Organisation.objects.get_or_create(
        siren=siren, defaults={"nature": nature, "nom": nom} | champs
    )[0]


def utilisateur(email=None, mot_de_passe=None, **champs):
    return partenaires.Utilisateur.objects.create_user(
        email or f"agent{next(numero)}@exemple.fr", mot_de_passe, **champs
    )


def adhesion(nature="epci", role="administrateur", organisation=None, utilisateur=None, **champs):
    """A member of `organisation`, or of the default organisation of that nature (its fields in `champs`)."""
    return partenaires.Adhesion.objects.create(
        organisation=organisation or globals()["organisation"](nature, **champs),
        utilisateur=utilisateur or globals()["utilisateur"](),
        role=role,
    )


def jeton(adhesion, jours=90, libelle="essai"):
    """The token in clear."""
    return partenaires.Jeton.objects.emettre(adhesion, jours, libelle)


def depot(type="rpls", organisation=None, etat="charge", fichier=None, **champs):
    return partenaires.Depot.objects.create(
        type=type,
        organisation=organisation,
        deposant=champs.pop("deposant", organisation),
        fichier=fichier or f"{type}-{next(numero)}.csv",
        sha256=champs.pop("sha256", f"{next(numero):064x}"),
        etat=etat,
        progression=champs.pop("progression", 100),
        **champs,
    )


def correspondance(organisation, type="rpls", entetes=None, codes=None, version=1):
    return partenaires.Correspondance.objects.create(
        organisation=organisation,
        type=type,
        version=version,
        entetes={"SURFACE": "SURFHAB"} if entetes is None else entetes,
        codes=codes or {},
    )


def parametre(code, valeur, epci="", debut=date(2015, 1, 1)):
    return partenaires.Parametre.objects.update_or_create(
        code=code, epci=epci, debut=debut, defaults={"valeur": valeur, "source": "essai"}
    )[0]


def protocole(partenaire, source, echelle, epci=EPCI, debut=date(2015, 1, 1), **champs):
    return partenaires.Protocole.objects.create(
        epci=epci, partenaire=partenaire, source=source, echelle=echelle, debut=debut, **champs
    )


# --- diagnostic -----------------------------------------------------------------------------------------------------


def territoire(siren=EPCI, nom="Agglomération d'essai", **champs):
    return diagnostic.Territoire.objects.get_or_create(siren=siren, defaults={"nom": nom} | champs)[0]


def commune(code=COMMUNE, nom=None, epci=EPCI, departement="99", **champs):
    return diagnostic.Commune.objects.get_or_create(
        code=code,
        defaults={
            "nom": nom or f"Commune {code}",
            "departement": departement,
            "territoire": territoire(epci) if epci else None,
        }
        | champs,
    )[0]


def commune_rattachee(code_ancien, commune=COMMUNE, **champs):
    return diagnostic.CommuneRattachee.objects.create(code_ancien=code_ancien, commune_id=commune, **champs)


def perimetre(code="QP099001", nature="qpv", version="2015", epci=EPCI, debut=date(2015, 1, 1), fin=None, **champs):
    return diagnostic.Perimetre.objects.create(
        depot=champs.pop("depot", None) or depot("perimetres", nature=nature, version=version),
        nature=nature,
        code=code,
        version=version,
        nom=champs.pop("nom", f"Quartier {code}"),
        territoire=territoire(epci) if epci else None,
        debut=debut,
        fin=fin,
        **champs,
    )


def residence(code="R1", bailleur=BAILLEUR, commune=None, longitude=2.5, latitude=46.5, **champs):
    nom = champs.pop("nom", f"Résidence {code}")
    return diagnostic.Residence.objects.create(
        depot=champs.pop("depot", None) or depot("residences", organisation("bailleur", siren=bailleur)),
        bailleur=bailleur,
        code=code,
        nom=nom,
        cle_recherche=champs.pop("cle_recherche", sans_accent(nom, champs.get("adresse"), code)),
        commune=commune or globals()["commune"](),
        longitude=longitude,
        latitude=latitude,
        **champs,
    )


def appartenance(residence, code="QP099001", nature="qpv", version="2015", dedans=True, origine="point", epci=EPCI):
    """`residence`: a Residence or its SIREN:CODE."""
    return diagnostic.Appartenance.objects.create(
        residence=getattr(residence, "identifiant", residence),
        epci=epci,
        nature=nature,
        version=version,
        dedans=dedans,
        code=code if dedans else "",
        origine=origine,
    )


def passage(ident_int, code_residence="R1", bailleur=BAILLEUR, **champs):
    return diagnostic.Passage.objects.create(
        depot=champs.pop("depot", None) or depot("passage", organisation("bailleur", siren=bailleur)),
        bailleur=bailleur,
        ident_int=ident_int,
        code_residence=code_residence,
        **champs,
    )


def logement(ident_int=None, millesime=2025, bailleur=BAILLEUR, commune=COMMUNE, residence="R1", **champs):
    """A dwelling of RPLS and, unless `residence` is None, its passage to that residence."""
    ident_int = ident_int or f"L{next(numero)}"
    if residence and not diagnostic.Passage.objects.filter(bailleur=bailleur, ident_int=ident_int).exists():
        passage(ident_int, residence, bailleur)
    defauts = {"ident_rep": f"REP{ident_int}", "ident_org": bailleur, "nbpiece": 3, "surfhab": 60, "mode": 1}
    return diagnostic.Logement.objects.create(
        depot=champs.pop("depot", None) or depot("rpls", organisation("bailleur", siren=bailleur)),
        millesime=millesime,
        bailleur=bailleur,
        ident_int=ident_int,
        commune=commune,
        **(defauts | champs),
    )


def menage_ops(ident_int, annee=2024, bailleur=BAILLEUR, reponse=1, **champs):
    return diagnostic.MenageOps.objects.create(
        depot=champs.pop("depot", None) or depot("ops", organisation("bailleur", siren=bailleur)),
        annee=annee,
        bailleur=bailleur,
        ident_int=ident_int,
        reponse=reponse,
        **champs,
    )


def gestion(code_residence="R1", annee=2025, bailleur=BAILLEUR, nb_logements=20, nb_occupes=18, **champs):
    return diagnostic.GestionResidence.objects.create(
        depot=champs.pop("depot", None) or depot("gestion", organisation("bailleur", siren=bailleur)),
        annee=annee,
        bailleur=bailleur,
        code_residence=code_residence,
        nb_logements=nb_logements,
        nb_occupes=nb_occupes,
        **champs,
    )


def comptage(territoire, niveau="residence", bailleur=BAILLEUR, millesime=2025, population="ensemble", **comptes):
    """Counts of a place for one bailleur: bases, `n_<code>`, `d_<code>`, and other fields of the line in `comptes`."""
    return diagnostic.Comptage.objects.create(
        epci=comptes.pop("epci", EPCI),
        niveau=niveau,
        territoire=territoire,
        bailleur=bailleur,
        millesime=millesime,
        population=population,
        **comptes,
    )


def indicateur_territorial(code="taux_pauvrete", valeur=0.25, niveau="epci", territoire=EPCI, annee=2021, **champs):
    """A published figure of a place, unless `publique` says otherwise."""
    return diagnostic.IndicateurTerritorial.objects.create(
        depot=depot("indicateurs_territoriaux", organisation("epci")),
        epci=champs.pop("epci", EPCI),
        niveau=niveau,
        territoire=territoire,
        annee=annee,
        code=code,
        valeur=valeur,
        unite=champs.pop("unite", "part"),
        publique=champs.pop("publique", True),
        **champs,
    )


def methode(statut="brouillon", modele="valenciennes", epci=EPCI, **champs):
    """A method of the territory with the rule of a preset; `adoptee` or `retiree` with its dates."""
    preset = diagnostic.Methode.objects.get(code=modele, epci="")
    dates = {"brouillon": {}, "adoptee": {"adoptee_le": timezone.now()}}
    dates["retiree"] = dates["adoptee"] | {"retiree_le": timezone.now()}
    return diagnostic.Methode.objects.create(
        code=champs.pop("code", f"methode_{next(numero)}"),
        version=champs.pop("version", "1"),
        epci=epci,
        libelle=champs.pop("libelle", "Indice du territoire"),
        source=champs.pop("source", "essai"),
        statut=statut,
        **dates[statut],
        **preset.donnees() | champs,
    )


# --- attributions ---------------------------------------------------------------------------------------------------


def seuil(annee=2025, s1=9000, s2=None, s3=None, epci=EPCI):
    return attributions.SeuilQuartile.objects.create(
        depot=depot("seuils"), epci=epci, annee=annee, s1=s1, s2=s2, s3=s3, source="essai"
    )


def radiation(date_caleol=date(2025, 3, 1), date_bail=None, logement=None, issue=None, **champs):
    """A row of the SNE: an allocation of `logement` (a Logement), signed when `date_bail` is given."""
    defauts = {
        "numero": f"{next(numero):064x}",
        "attribution": True,
        "bailleur": logement.bailleur if logement else BAILLEUR,
        "numero_rpls": logement.ident_rep if logement else "INCONNU",
        "commune": COMMUNE,
        "motif_radiation": "RADATT" if date_bail else None,
        "date_radiation": date_bail,
        "issue": issue or ("bail_signe" if date_bail else "en_attente"),
        "revenu_mensuel": 1000,
        "uc": 1,
        "reservataire": "commune",
    } | champs
    cle = f"{date_caleol}:{defauts['numero_rpls']}" if date_caleol else str(defauts["date_radiation"])
    return attributions.RadiationSne.objects.create(
        depot=depot("sne_radiations"), cle_evenement=cle, date_caleol=date_caleol, date_bail=date_bail, **defauts
    )


def attribution(date_caleol=date(2025, 3, 1), date_bail=None, epci=EPCI, **champs):
    """An allocation as the nightly job leaves it; `en_qpv` and `qpv` hold at both events."""
    en_qpv, qpv = champs.pop("en_qpv", False), champs.pop("qpv", "")
    defauts = {
        "evenement": radiation(date_caleol, date_bail),
        "bailleur": BAILLEUR,
        "commune": COMMUNE,
        "logement_connu": True,
        "annee_decision": date_caleol and date_caleol.year,
        "annee_bail": date_bail and date_bail.year,
        "issue": "bail_signe" if date_bail else "en_attente",
        "reservataire": "commune",
        "quartile": 1,
        "en_qpv_decision": en_qpv,
        "en_qpv_bail": en_qpv if date_bail else None,
        "qpv_decision": qpv,
        "qpv_bail": qpv if date_bail else "",
        "origine_qpv": "point",
        "prioritaire": False,
        "reloge": False,
        "mutation": False,
    }
    return attributions.Attribution.objects.create(
        epci=epci, date_caleol=date_caleol, date_bail=date_bail, **(defauts | champs)
    )


def demande(millesime=2025, **champs):
    return attributions.DemandeSne.objects.create(
        depot=depot("sne_stock"), millesime=millesime, numero=f"{next(numero):064x}", **champs
    )


def objectif(predicat, perimetre="territoire", base="attribution", sens="minimum", valeur=0.25, epci=EPCI, **champs):
    """An objective, with one milestone from 2000 on unless `valeur` is None; `perimetre`: its type, or {type, code}."""
    jalon = {"valeur_max": champs.pop("valeur_max", None), "stricte": champs.pop("stricte", False)}
    jalon |= {"debut": champs.pop("debut", date(2000, 1, 1)), "fin": champs.pop("fin", None)}
    cree = attributions.Objectif.objects.create(
        code=champs.pop("code", f"objectif-{next(numero)}"),
        libelle=champs.pop("libelle", "Objectif d'essai"),
        epci=epci,
        base=base,
        sens=sens,
        predicat=predicat,
        perimetre={"type": perimetre, "code": None} if isinstance(perimetre, str) else perimetre,
        **champs,
    )
    if valeur is not None:
        attributions.Jalon.objects.create(objectif=cree, valeur=valeur, **jalon)
    return cree


# --- relogement -----------------------------------------------------------------------------------------------------


def projet(code="P1", epci=EPCI, **champs):
    return relogement.Projet.objects.get_or_create(
        code=code, defaults={"epci": epci, "nom": f"Projet {code}"} | champs
    )[0]


def operation(code="O1", projet=None):
    return relogement.Operation.objects.get_or_create(code=code, projet=projet or globals()["projet"]())[0]


def cible(critere="hors_qpv", valeur="0.5", debut=date(2020, 1, 1), **champs):
    """Of a projet, an operation or (default) the territory."""
    echelle = champs if {"projet", "operation"} & set(champs) else {"epci": EPCI} | champs
    return relogement.CibleRelogement.objects.create(critere=critere, valeur=valeur, debut=debut, **echelle)


MENAGE = {
    "ressources": 1200,
    "loyer_avant": 420,
    "charges_avant": 100,
    "apl_avant": 250,
    "loyer_apres": 420,
    "charges_apres": 100,
    "apl_apres": 250,
    "date_premiere_location": date(2022, 1, 1),
}


def menage(identifiant=None, operation=None, etat="reloge", bail=None, destination=None, offres=(), **champs):
    """A household of `operation`; `bail` (default 1 June 2024 when rehoused), `destination` an IDENT_INT of BAILLEUR,
    `offres` a list of dates or (date, reason)."""
    operation = operation or globals()["operation"]()
    cree = relogement.MenageRelogement.objects.create(
        depot=champs.pop("depot", None) or depot("relogements", organisation("epci", siren=operation.projet.epci)),
        projet=operation.projet,
        operation=operation,
        identifiant=identifiant or f"M{next(numero)}",
        etat=etat,
        date_bail=bail or (date(2024, 6, 1) if etat in ("reloge", "temporaire") else None),
        bailleur_origine=champs.pop("bailleur_origine", BAILLEUR),
        bailleur_destination=champs.pop("bailleur_destination", BAILLEUR if destination else None),
        ident_int_destination=destination,
        **MENAGE | champs,
    )
    for rang, offre in enumerate(offres, start=1):
        jour, motif = offre if isinstance(offre, tuple) else (offre, "")
        relogement.Proposition.objects.create(menage=cree, rang=rang, date=jour, motif_refus=motif)
    return cree


# --- opinions and qualitative grid ----------------------------------------------------------------------------------


def tour_avis(residence, numero=1, epci=EPCI, ouvert_le=date(2026, 1, 5), **champs):
    """A round of opinions on a Residence, open unless `clos_le` is given."""
    return diagnostic.TourAvis.objects.create(
        epci=epci,
        residence=residence.identifiant,
        bailleur=residence.bailleur,
        commune=residence.commune_id,
        numero=numero,
        origine=champs.pop("origine", "campagne"),
        ouvert_le=ouvert_le,
        limite=champs.pop("limite", date(2026, 12, 31)),
        **champs,
    )


def avis_proximite(tour, partie="bailleur", note=2, commentaire=""):
    return diagnostic.AvisProximite.objects.create(tour=tour, partie=partie, note=note, commentaire=commentaire)


def note_publiee(residence, note=2, publiee_le=date(2026, 1, 31), echeance=date(2028, 1, 31), **champs):
    """A published note of a Residence, in a round of its own unless `tour` is given."""
    tour = champs.pop("tour", None) or tour_avis(residence, ouvert_le=publiee_le, clos_le=publiee_le, limite=publiee_le)
    return diagnostic.NotePubliee.objects.create(
        tour=tour, note=note, publiee_le=publiee_le, echeance=echeance, **champs
    )


def fiche_grille(residence, notes=None, partie="bailleur", millesime=2025, **champs):
    return diagnostic.FicheGrille.objects.create(
        epci=residence.commune.territoire_id,
        residence=residence.identifiant,
        bailleur=residence.bailleur,
        commune=residence.commune_id,
        millesime=millesime,
        partie=partie,
        notes={"proprete": 3} if notes is None else notes,
        **champs,
    )


# --- quality of the data --------------------------------------------------------------------------------------------


def fiche_quartier(numero=1, code="QP099001", nature="qpv", epci=EPCI, millesime=2025, **champs):
    """A version of the sheet of a quartier; dicts of lines as the model holds them."""
    return diagnostic.FicheQuartier.objects.create(
        epci=epci,
        nature=nature,
        code=code,
        numero=numero,
        millesime=millesime,
        **{"moment": "programmation", "vocation": "Un quartier habité"} | champs,
    )


def edition(adhesion, contenu=b"%PDF Glycines", epci=EPCI, millesime=2025, forme="pdf"):
    """A document made for the organisation of that membership."""
    copie = stockage.Ecriture()
    copie.ecrire(contenu)
    faite = diagnostic.Edition.objects.create(
        adhesion=adhesion,
        epci=epci,
        millesime=millesime,
        forme=forme,
        etat=diagnostic.Edition.Etat.PRETE,
        sha256=copie.clore(),
        taille=copie.taille,
        conserver_jusqu_au=date(2100, 1, 1),
    )
    copie.ranger(editions.chemin_de(faite))
    return faite


def qualite(bailleur=BAILLEUR, millesime=2025, epci=EPCI, annees=None, **comptes):
    """The line of a bailleur: data of the millésime in every source unless `annees` says otherwise; counts in
    `comptes`."""
    toutes = dict.fromkeys(("rpls", "ops", "gestion", "sne"), millesime)
    return diagnostic.QualiteBailleur.objects.create(
        epci=epci, bailleur=bailleur, millesime=millesime, annees=toutes if annees is None else annees, **comptes
    )
