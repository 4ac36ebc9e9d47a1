"""The qualitative grid: who fills it, what is kept, what it counts for in the indicators."""

from datetime import date

import pytest

from diagnostic.models import Comptage, FicheGrille, ProvenanceComptage, Residence
from diagnostic.models.avis import Partie
from diagnostic.services import criteres_grille, grille, indicateurs
from diagnostic.services.criteres_grille import CriteresInvalides
from diagnostic.services.droits_avis import AvisInterdit, parties_saisies
from diagnostic.services.grille import GrilleDepassee, GrilleInvalide, Saisie
from suivi.services import recalcul
from tests import fabriques as f

pytestmark = pytest.mark.django_db
SIREN_COMMUNE = "900200001"


@pytest.fixture
def residence():
    f.commune(siren=SIREN_COMMUNE)
    return f.residence("R1")


def dire(adhesion, residence, partie="bailleur", millesime=2025, vu=0, notes=None, **textes):
    saisie = Saisie(Partie(partie), {"proprete": 3} if notes is None else notes, vu=vu, **textes)
    return grille.enregistrer(adhesion, f.EPCI, residence.identifiant, millesime, [saisie])


# --- who ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("champs", "parties"),
    [
        ({"nature": "epci"}, ("bailleur", "commune")),
        ({"nature": "bailleur"}, ("bailleur",)),
        ({"nature": "commune", "role": "gestionnaire"}, ("commune",)),
        ({"nature": "epci", "role": "lecteur"}, ()),
        ({"nature": "epci", "siren": "900000002"}, ()),
        ({"nature": "ddt", "departement": "99"}, ()),
        ({"nature": "action_logement", "epci": f.EPCI}, ()),
    ],
)
def test_sides_that_each_may_fill(champs, parties):
    assert parties_saisies(f.adhesion(**champs), f.EPCI) == parties


def test_in_a_workshop_the_epci_writes_for_both_sides_and_the_sheets_say_so(residence):
    epci = f.adhesion("epci")
    saisies = [Saisie(partie, {"proprete": 2}) for partie in Partie]
    fiches = grille.enregistrer(epci, f.EPCI, residence.identifiant, 2025, saisies)
    assert [(une.partie, une.en_atelier, une.auteur) for une in fiches] == [
        ("bailleur", True, epci.utilisateur),
        ("commune", True, epci.utilisateur),
    ]
    (fiche,) = dire(f.adhesion("bailleur"), residence, vu=fiches[0].pk)
    assert not fiche.en_atelier


def test_a_side_does_not_write_for_the_other(residence):
    with pytest.raises(AvisInterdit):
        dire(f.adhesion("bailleur"), residence, "commune")
    assert not FicheGrille.objects.exists()


@pytest.mark.parametrize(
    "champs", [{"nature": "bailleur", "siren": "900100002"}, {"nature": "commune", "siren": "900200009"}]
)
def test_a_stranger_s_residence_does_not_exist(champs, residence):
    with pytest.raises(Residence.DoesNotExist):
        dire(f.adhesion(**champs), residence, champs["nature"])


def test_a_side_reads_its_own_sheet_the_epci_and_the_state_both(residence):
    for partie in Partie:
        f.fiche_grille(residence, partie=partie)

    def lues(**champs):
        qui = f.adhesion(**champs)
        return {fiche.partie for une in grille.lire(qui, f.EPCI, 2025, [residence]) for fiche in une.fiches}

    assert lues(nature="epci") == lues(nature="ddt", departement="99") == {"bailleur", "commune"}
    assert lues(nature="bailleur") == {"bailleur"}
    assert lues(nature="commune", siren=SIREN_COMMUNE) == {"commune"}
    assert lues(nature="action_logement", epci=f.EPCI) == set()


# --- what is kept ---------------------------------------------------------------------------------------------------


def test_a_sheet_sent_twice_is_kept_once(residence):
    bailleur = f.adhesion("bailleur")
    assert len(dire(bailleur, residence, appuis="Gardien")) == 1
    assert dire(bailleur, residence, appuis="Gardien") == []
    assert FicheGrille.objects.count() == 1


def test_a_sheet_saved_again_keeps_the_former_one(residence):
    bailleur = f.adhesion("bailleur")
    (premiere,) = dire(bailleur, residence)
    dire(bailleur, residence, notes={"proprete": 1}, vu=premiere.pk)
    assert [une.notes for une in FicheGrille.objects.all()] == [{"proprete": 3}, {"proprete": 1}]
    (ligne,) = grille.lire(bailleur, f.EPCI, 2025, [residence])
    assert ligne.bailleur.notes == {"proprete": 1}


def test_a_sheet_that_someone_else_saved_is_not_undone(residence):
    dire(f.adhesion("epci"), residence)
    with pytest.raises(GrilleDepassee):
        dire(f.adhesion("bailleur"), residence, notes={"proprete": 1})


def test_both_sheets_are_saved_or_none(residence):
    f.fiche_grille(residence, partie="commune")
    saisies = [Saisie(Partie.BAILLEUR, {"proprete": 1}), Saisie(Partie.COMMUNE, {"proprete": 1})]
    with pytest.raises(GrilleDepassee):
        grille.enregistrer(f.adhesion("epci"), f.EPCI, residence.identifiant, 2025, saisies)
    assert FicheGrille.objects.count() == 1


@pytest.mark.parametrize("notes", [{"inconnu": 2}, {"proprete": 0}, {"proprete": 5}])
def test_a_note_out_of_the_grid_is_refused(notes, residence):
    with pytest.raises(GrilleInvalide):
        dire(f.adhesion("bailleur"), residence, notes=notes)


@pytest.mark.parametrize(("longueur", "admis"), [(500, True), (501, False)])
def test_a_text_is_short(longueur, admis, residence):
    if admis:
        assert dire(f.adhesion("bailleur"), residence, freins="x" * longueur)
        return
    with pytest.raises(GrilleInvalide, match="500"):
        dire(f.adhesion("bailleur"), residence, freins="x" * longueur)


def test_criteria_are_those_of_the_territory_at_the_date(residence):
    f.parametre(
        "grille_criteres", [{"code": "parking", "theme": "usage", "libelle": "Parkings"}], f.EPCI, date(2026, 1, 1)
    )
    assert [un.code for un in criteres_grille.criteres(f.EPCI, date(2026, 1, 1))] == ["parking"]
    assert len(criteres_grille.criteres(f.EPCI, date(2025, 12, 31))) == 12
    with pytest.raises(GrilleInvalide, match="proprete"):
        dire(f.adhesion("bailleur"), residence)


def test_the_territory_writes_its_own_list_from_a_day_on_and_a_kept_label_keeps_its_code(residence):
    administrateur = f.adhesion("epci")
    texte = "Usage et gestion des espaces communs ; Propreté\n\nÉnergie ; Isolation des façades\n"
    criteres_grille.enregistrer(administrateur, f.EPCI, texte, date(2026, 11, 20))
    lus = criteres_grille.criteres(f.EPCI, date(2026, 11, 20))
    assert [(un.code, un.titre) for un in lus] == [
        ("proprete", "Usage et gestion des espaces communs"),
        ("isolation_des_facades", "Énergie"),
    ]
    assert len(criteres_grille.criteres(f.EPCI, date(2026, 11, 19))) == 12
    assert len(criteres_grille.criteres("900000002", date(2026, 11, 20))) == 12
    assert criteres_grille.lire_lignes(criteres_grille.en_lignes(lus), lus) == lus


ILLISIBLES = ["", "  \n ", "Propreté", "; Propreté", "Usage ;", "Usage ; A\nUsage ; a", "x" * 81 + " ; A"]


@pytest.mark.parametrize("texte", [*ILLISIBLES, "\n".join(f"U ; {n}" for n in range(31))])
def test_a_list_that_cannot_be_read_changes_nothing(texte, residence):
    with pytest.raises(CriteresInvalides):
        criteres_grille.enregistrer(f.adhesion("epci"), f.EPCI, texte, date(2026, 11, 20))
    assert len(criteres_grille.criteres(f.EPCI, date(2026, 11, 20))) == 12


@pytest.mark.parametrize(
    "champs",
    [{"nature": "epci", "role": "gestionnaire"}, {"nature": "epci", "siren": "900000002"}, {"nature": "bailleur"}],
)
def test_only_an_administrator_of_the_epci_changes_the_list(champs, residence):
    with pytest.raises(AvisInterdit):
        criteres_grille.enregistrer(f.adhesion(**champs), f.EPCI, "Usage ; Propreté", date(2026, 11, 20))


def test_a_sheet_holds_until_the_next_one(residence):
    f.fiche_grille(residence, {"proprete": 4}, millesime=2023)
    f.fiche_grille(residence, {"proprete": 2}, millesime=2025)
    epci = f.adhesion("epci")

    def lue(millesime):
        (ligne,) = grille.lire(epci, f.EPCI, millesime, [residence])
        return ligne.bailleur and ligne.bailleur.notes["proprete"]

    assert [lue(annee) for annee in (2022, 2023, 2024, 2025, 2026)] == [None, 4, 4, 2, 2]


# --- places of a workshop -------------------------------------------------------------------------------------------


def test_places_are_the_perimeters_in_their_latest_version_that_hold_a_residence(residence):
    f.perimetre("QP1", version="2015", fin=date(2023, 12, 31))
    f.perimetre("QP1", version="2024", debut=date(2024, 1, 1), nom="Le Port")
    f.perimetre("QP2", version="2024", debut=date(2024, 1, 1))
    f.perimetre("S1", "secteur", "2026", debut=date(2026, 1, 1), nom="Nord")
    for code, nature, version in (("QP1", "qpv", "2015"), ("QP1", "qpv", "2024"), ("S1", "secteur", "2026")):
        f.appartenance(residence, code, nature, version)
    f.appartenance(f.residence("R2"), "QP2", version="2024", dedans=False)
    lieux = grille.lieux(f.EPCI, date(2026, 11, 20))
    assert lieux == {"qpv:2024:QP1": ("QPV", "Le Port"), "secteur:2026:S1": ("Secteur local", "Nord")}
    epci = f.adhesion("epci")
    assert [une.code for une in grille.residences_de(epci, f.EPCI, "qpv:2024:QP1")] == ["R1"]
    assert [une.code for une in grille.residences_de(epci, f.EPCI, "")] == ["R1", "R2"]


@pytest.mark.parametrize("lieu", ["qpv", "qpv:2024", "qpv:2024:", "::", "x:y:z", "qpv:2024:QP9:1"])
def test_a_place_that_does_not_exist_has_no_residence(lieu, residence):
    f.appartenance(f.residence("R2"), "QP2", version="2024", dedans=False)
    assert grille.residences_de(f.adhesion("epci"), f.EPCI, lieu) == []


# --- what it counts for ---------------------------------------------------------------------------------------------


def notes(niveau, millesime=2025):
    lus = Comptage.objects.filter(niveau=niveau, population="ensemble", millesime=millesime).order_by("territoire")
    return [(un.territoire, un.n_note_qualitative, un.d_note_qualitative, un.notes) for un in lus]


def test_notes_of_both_sides_are_summed_at_every_level(residence):
    """R1 (in the QPV): 4 + 3 and 2; R2 (out of it): 1; R3 has a rent roll and no sheet."""
    f.perimetre(version="2024", debut=date(2024, 1, 1))
    autre, muette = f.residence("R2"), f.residence("R3")
    f.appartenance(residence, version="2024")
    for dehors in (autre, muette):
        f.appartenance(dehors, version="2024", dedans=False)
        f.gestion(dehors.code, 2025)
    f.gestion("R1", 2025)
    f.fiche_grille(residence, {"proprete": 4, "image": 3})
    f.fiche_grille(residence, {"proprete": 2}, partie="commune")
    f.fiche_grille(autre, {"securite": 1})
    indicateurs.recalculer(f.EPCI)
    assert notes("residence") == [
        (residence.identifiant, 9, 3, 3),
        (autre.identifiant, 1, 1, 1),
        (muette.identifiant, None, None, None),
    ]
    assert notes("qpv") == [("QP099001", 9, 3, 3)]
    assert notes("hors_qpv") == [(f.EPCI, 1, 1, 1)]
    assert notes("commune") == [(f.COMMUNE, 10, 4, 4)]
    assert notes("epci") == [(f.EPCI, 10, 4, 4)]
    assert "grille" in Comptage.objects.get(territoire=residence.identifiant).sources
    assert ProvenanceComptage.objects.get(source="grille").depots == []


def test_notes_of_a_year_are_those_of_the_sheet_in_force_that_year(residence):
    for annee in (2023, 2024, 2025):
        f.gestion("R1", annee)
    f.fiche_grille(residence, {"proprete": 1}, millesime=2025)
    f.fiche_grille(residence, {"proprete": 4}, millesime=2024)
    f.fiche_grille(residence, {"proprete": 3}, millesime=2024)
    indicateurs.recalculer(f.EPCI)
    assert [notes("epci", annee)[0][1] for annee in (2023, 2024, 2025)] == [None, 3, 1]


def test_a_sheet_of_another_territory_s_residence_does_not_count(residence):
    f.gestion("R1", 2025)
    ailleurs = f.residence("W1", commune=f.commune("98001", epci="900000002"))
    f.fiche_grille(ailleurs)
    indicateurs.recalculer(f.EPCI)
    assert notes("epci") == [(f.EPCI, None, None, None)]


def test_mean_note_is_read_as_an_indicator_by_the_epci_and_not_by_a_commune(residence):
    f.gestion("R1", 2025)
    f.fiche_grille(residence, {"proprete": 4, "image": 3})
    indicateurs.recalculer(f.EPCI)

    def lues(qui, niveau):
        return [
            (une.taux, une.secret)
            for une in indicateurs.lire(qui, epci=f.EPCI, code="note_qualitative", niveau=niveau, millesime=2025)
        ]

    commune = f.adhesion("commune", siren=SIREN_COMMUNE)
    assert lues(f.adhesion("epci"), "residence") == lues(f.adhesion("bailleur"), "residence") == [(3.5, False)]
    assert lues(commune, "residence") == []
    assert lues(commune, "epci") == [(None, True)]  # two notes of one bailleur: not for diffusion


def test_a_new_sheet_has_the_territory_computed_again(residence):
    f.depot("gestion", f.organisation("bailleur"), territoires=[f.EPCI])
    f.gestion("R1", 2025)
    list(recalcul.recalculer(epci=f.EPCI, au=date(2026, 11, 20)))
    assert not recalcul.a_recalculer(f.EPCI)
    dire(f.adhesion("bailleur"), residence)
    assert recalcul.a_recalculer(f.EPCI)
