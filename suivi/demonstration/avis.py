"""What the partners of the fictitious EPCI say of its residences: opinions, published notes, sheets of the grid. Drawn
once, from the place of each residence; nothing is added where a round exists."""

from datetime import date, timedelta

import numpy as np

from diagnostic.models import Appartenance, AvisProximite, FicheGrille, Residence, TourAvis
from diagnostic.models.avis import Partie
from diagnostic.services import appartenances, avis, criteres_grille
from partenaires.models import Adhesion, Utilisateur
from suivi.demonstration.decor import COMMUNES, EPCI, GRAINE, QUARTIERS

FRAGILITES = {quartier.code: quartier.fragilite for quartier in QUARTIERS}
HORS_QUARTIER = 0.36
PART_PUBLIEE, PART_EN_COURS = 0.7, 0.2  # of the residences: note published, opinions being given; the rest not yet
MOTIFS = ("Visite conjointe du bailleur et de la commune.", "Avis revus en commission de coordination.")
COMMENTAIRES = ("", "Halls rénovés, gardien présent.", "Dépôts d'encombrants répétés.", "Commerces fermés au pied.")
APPUIS = ("Association de locataires active", "Arrêt de bus au pied", "Espaces verts entretenus", "")
FREINS = ("Ascenseur souvent en panne", "Stationnement sauvage", "Caves condamnées", "")


def apprecier(adhesion: Adhesion, au: date) -> None:
    """`adhesion`: the EPCI's administrator, who opens the campaign and arbitrates."""
    if TourAvis.objects.filter(epci=EPCI).exists():
        return
    appartenances.calculer(EPCI)
    avis.ouvrir_campagne(adhesion, EPCI, au + timedelta(days=45), "toutes", au)
    residences = list(Residence.objects.courantes().filter(commune__territoire=EPCI).order_by("identifiant"))
    quartiers = dict(
        Appartenance.objects.filter(epci=EPCI, nature="qpv", dedans=True)
        .order_by("version")
        .values_list("residence", "code")
    )
    tirage = np.random.default_rng([GRAINE, 9])
    fragilites = {
        une.identifiant: float(
            np.clip(tirage.normal(FRAGILITES.get(quartiers.get(une.identifiant, ""), HORS_QUARTIER), 0.13), 0, 1)
        )
        for une in residences
    }
    donner_les_avis(adhesion, fragilites, tirage, au)
    remplir_la_grille(residences, fragilites, tirage, au)


def note(fragilite: float) -> int:
    """1 the best, 4 the worst."""
    return 1 + int(np.digitize(fragilite, (0.3, 0.48, 0.68)))


def donner_les_avis(adhesion: Adhesion, fragilites: dict[str, float], tirage, au: date) -> None:
    """Most rounds are published, agreeing or arbitrated; some wait for a side or for their arbitration."""
    auteurs = membres()
    donnes, arbitres = [], []
    for tour in TourAvis.objects.filter(epci=EPCI).order_by("pk"):
        sort = tirage.random()
        if sort > PART_PUBLIEE + PART_EN_COURS:
            continue
        juste = note(fragilites[tour.residence])
        for partie in Partie:
            if sort > PART_PUBLIEE and tirage.random() < 0.4:
                continue  # this side has not answered yet
            dite = int(np.clip(juste + tirage.choice((-1, 0, 0, 0, 0, 1)), 1, 4))
            donnes.append(
                AvisProximite(
                    tour=tour,
                    partie=partie,
                    note=dite,
                    commentaire=str(tirage.choice(COMMENTAIRES)),
                    auteur=auteurs.get(tour.bailleur if partie == Partie.BAILLEUR else tour.commune),
                )
            )
        if sort <= PART_PUBLIEE:
            arbitres.append((tour, juste))
    AvisProximite.objects.bulk_create(donnes)
    avis.publier_concordantes(adhesion, EPCI, au)
    for tour, juste in arbitres:
        tour.refresh_from_db(fields=["clos_le"])
        if tour.est_ouvert:
            derniers = [tour.avis.filter(partie=partie).last() for partie in Partie]
            avis.publier(adhesion, tour.pk, juste, str(tirage.choice(MOTIFS)), avis.empreinte(None, *derniers), au)


def membres() -> dict[str, Utilisateur]:
    """SIREN of a bailleur, or code of a commune → someone of the demo who writes for it."""
    codes = {commune.siren: commune.code for commune in COMMUNES}
    adhesions = (
        Adhesion.objects.actives().exclude(role=Adhesion.Role.LECTEUR).select_related("organisation", "utilisateur")
    )
    return {codes.get(une.siren, une.siren): une.utilisateur for une in adhesions}


def remplir_la_grille(residences: list[Residence], fragilites: dict[str, float], tirage, au: date) -> None:
    """Both sides rated the residences of the quarters, where a workshop was held."""
    criteres = criteres_grille.criteres(EPCI, au)
    en_quartier = set(
        Appartenance.objects.filter(epci=EPCI, nature="qpv", dedans=True).values_list("residence", flat=True)
    )
    FicheGrille.objects.bulk_create(
        FicheGrille(
            epci=EPCI,
            residence=une.identifiant,
            bailleur=une.bailleur,
            commune=une.commune_id,
            millesime=au.year - 1,
            partie=partie,
            notes={
                critere.code: note(float(np.clip(tirage.normal(fragilites[une.identifiant], 0.12), 0, 1)))
                for critere in criteres
            },
            appuis=str(tirage.choice(APPUIS)),
            freins=str(tirage.choice(FREINS)),
            en_atelier=True,
        )
        for une in residences
        if une.identifiant in en_quartier
        for partie in Partie
    )
