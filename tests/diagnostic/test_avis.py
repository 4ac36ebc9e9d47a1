"""Opinions on a residence: who gives them, what becomes of them, nothing lost nor overwritten."""

import threading
from datetime import date

import pytest
from django.db import connection, transaction

from diagnostic.models import AvisProximite, NotePubliee, Residence, TourAvis
from diagnostic.services import avis, lecture_avis
from diagnostic.services.avis import AvisDepasse, AvisInvalide
from diagnostic.services.droits_avis import AvisInterdit
from diagnostic.services.lecture_avis import Etat
from partenaires.models import JournalAcces
from tests import fabriques as f

pytestmark = pytest.mark.django_db
LE, LIMITE = date(2026, 11, 20), date(2027, 1, 20)
SIREN_COMMUNE = "900200001"
SANS_POUVOIR = [{"nature": "bailleur"}, {"nature": "ddt", "departement": "99"}, {"role": "lecteur"}]


@pytest.fixture
def residence():
    f.commune(siren=SIREN_COMMUNE)
    return f.residence("R1")


@pytest.fixture
def epci():
    return f.adhesion("epci")


@pytest.fixture
def bailleur(residence):
    return f.adhesion("bailleur")


@pytest.fixture
def commune(residence):
    return f.adhesion("commune", siren=SIREN_COMMUNE)


def ouvrir(epci, portee="toutes", le=LE):
    return avis.ouvrir_campagne(epci, f.EPCI, LIMITE, portee, le)


def indice_urhlm(residence, rang, epci=f.EPCI, millesime=2025, repondants=40):
    """The proposed note: rank + 1."""
    methode, _ = f.diagnostic.Methode.objects.get_or_create(
        code="urhlm_hdf",
        version="1",
        epci="",
        defaults={"libelle": "Note URHLM", "source": "essai", "axes": [], "minimum_repondants": 11}
        | {"minimum_composante": 11, "statut": "adoptee"},
    )
    return f.diagnostic.Indice.objects.create(
        methode=methode,
        epci=epci,
        niveau="residence",
        territoire=residence.identifiant,
        bailleur=residence.bailleur,
        millesime=millesime,
        rang_classe=rang,
        classe=str(rang + 1),
        repondants=repondants,
        calcule_le="2026-01-01T00:00:00Z",
    )


def protocoles():
    for source in ("ops", "gestion", "rpls"):
        f.protocole("epci", source, "residence")


def donner(adhesion, tour, note, commentaire="", vu=None):
    partie = adhesion.nature
    dernier = tour.avis.filter(partie=partie).last()
    return avis.donner(adhesion, tour.pk, note, commentaire, avis.empreinte(dernier) if vu is None else vu)


def vu_par_l_epci(tour) -> str:
    return avis.empreinte(
        tour.publications.last(), tour.avis.filter(partie="bailleur").last(), tour.avis.filter(partie="commune").last()
    )


def publier(epci, tour, note, motif="", vu=None, le=LE):
    return avis.publier(epci, tour.pk, note, motif, vu_par_l_epci(tour) if vu is None else vu, le)


# --- campaign -------------------------------------------------------------------------------------------------------


def test_campaign_opens_a_round_on_each_residence_of_the_territory_and_no_other(residence, epci):
    f.residence("R2", bailleur="900100002")
    f.residence("W1", commune=f.commune("98001", epci="900000002"))
    f.residence("R3", courant=False)
    assert ouvrir(epci) == 2
    tour = TourAvis.objects.get(residence=residence.identifiant)
    assert (tour.numero, tour.bailleur, tour.commune, tour.origine) == (1, f.BAILLEUR, f.COMMUNE, "campagne")
    assert (tour.ouvert_le, tour.limite, tour.ouvert_par) == (LE, LIMITE, epci.utilisateur)
    assert set(TourAvis.objects.values_list("residence", flat=True)) == {residence.identifiant, "900100002:R2"}


def test_campaign_opened_twice_opens_nothing_the_second_time(residence, epci):
    assert (ouvrir(epci), ouvrir(epci)) == (1, 0)


def test_campaign_for_residences_without_note_leaves_the_noted_ones_alone(residence, epci):
    f.note_publiee(f.residence("R2"), echeance=date(2026, 11, 21))
    f.note_publiee(f.residence("R3"), echeance=date(2026, 11, 20))
    assert ouvrir(epci, "sans_note") == 2
    assert set(TourAvis.objects.ouverts().values_list("residence", "numero")) == {
        (residence.identifiant, 1),
        (f"{f.BAILLEUR}:R3", 2),
    }


@pytest.mark.parametrize("limite", [LE, date(2026, 11, 19)])
def test_campaign_whose_limit_is_past_is_refused(limite, residence, epci):
    with pytest.raises(AvisInvalide, match="date limite"):
        avis.ouvrir_campagne(epci, f.EPCI, limite, "toutes", LE)


@pytest.mark.parametrize(
    "champs", [{"nature": "bailleur"}, {"nature": "ddt", "departement": "99"}, {"role": "lecteur"}]
)
def test_only_a_manager_of_the_epci_opens_a_campaign(champs, residence):
    with pytest.raises(AvisInterdit):
        ouvrir(f.adhesion(**champs))
    assert not TourAvis.objects.exists()


def test_an_epci_opens_no_campaign_on_another_territory(residence):
    with pytest.raises(AvisInterdit):
        ouvrir(f.adhesion("epci", siren="900000002"))


# --- opinions -------------------------------------------------------------------------------------------------------


def test_each_side_gives_its_own_opinion(residence, bailleur, commune):
    tour = f.tour_avis(residence)
    assert donner(bailleur, tour, 3, "Halls dégradés").partie == "bailleur"
    assert donner(commune, tour, 2).partie == "commune"
    assert JournalAcces.objects.filter(action="avis_proximite").count() == 2


def test_an_opinion_sent_twice_is_recorded_once(residence, bailleur):
    tour = f.tour_avis(residence)
    premier = donner(bailleur, tour, 3, "Halls dégradés", vu="0")
    assert donner(bailleur, tour, 3, "Halls dégradés", vu="0") == premier
    assert AvisProximite.objects.count() == 1


def test_an_opinion_given_again_keeps_the_former_one(residence, bailleur):
    tour = f.tour_avis(residence)
    donner(bailleur, tour, 3)
    donner(bailleur, tour, 2, "Halls refaits")
    assert list(AvisProximite.objects.values_list("note", flat=True)) == [3, 2]
    assert lecture_avis.lire(bailleur, f.EPCI, LE)[0].bailleur.note == 2


def test_a_colleague_who_wrote_in_the_meantime_is_not_undone(residence, bailleur):
    tour = f.tour_avis(residence)
    donner(bailleur, tour, 3)
    with pytest.raises(AvisDepasse):
        donner(f.adhesion("bailleur", "gestionnaire"), tour, 1, vu="0")
    assert [un.note for un in AvisProximite.objects.all()] == [3]


def test_a_closed_round_takes_no_more_opinion(residence, bailleur):
    tour = f.note_publiee(residence).tour
    with pytest.raises(AvisInvalide, match="clos"):
        donner(bailleur, tour, 3)


@pytest.mark.parametrize(
    "champs",
    [
        {"nature": "bailleur", "siren": "900100002"},
        {"nature": "commune", "siren": "900200009"},
        {"nature": "epci", "siren": "900000002"},
        {"nature": "action_logement", "epci": f.EPCI},
        {"nature": "ddt", "departement": "98"},
    ],
)
def test_for_a_stranger_the_round_does_not_exist(champs, residence):
    tour = f.tour_avis(residence)
    with pytest.raises(TourAvis.DoesNotExist):
        avis.donner(f.adhesion(**champs), tour.pk, 2, "", "0")


@pytest.mark.parametrize(
    "champs", [{"nature": "epci"}, {"nature": "ddt", "departement": "99"}, {"nature": "bailleur", "role": "lecteur"}]
)
def test_who_sees_the_round_without_being_a_side_gives_no_opinion(champs, residence):
    tour = f.tour_avis(residence)
    with pytest.raises(AvisInterdit):
        avis.donner(f.adhesion(**champs), tour.pk, 2, "", "0")


# --- publication ----------------------------------------------------------------------------------------------------


def test_agreeing_opinions_are_published_without_a_reason(residence, epci, bailleur, commune):
    tour = f.tour_avis(residence)
    donner(bailleur, tour, 2)
    donner(commune, tour, 2)
    publiee = publier(epci, tour, 2)
    assert (publiee.publiee_le, publiee.echeance, publiee.auteur) == (LE, date(2028, 11, 20), epci.utilisateur)
    tour.refresh_from_db()
    assert tour.clos_le == LE


@pytest.mark.parametrize(
    ("bailleur_dit", "commune_dit", "publie"), [(2, 3, 2), (2, 2, 3), (2, None, 2), (None, None, 1)]
)
def test_a_note_that_does_not_go_without_saying_wants_its_reason(bailleur_dit, commune_dit, publie, residence, epci):
    tour = f.tour_avis(residence)
    for partie, note in (("bailleur", bailleur_dit), ("commune", commune_dit)):
        if note:
            f.avis_proximite(tour, partie, note)
    with pytest.raises(AvisInvalide, match="motif"):
        publier(epci, tour, publie)
    assert publier(epci, tour, publie, "Visite du 3 novembre").motif == "Visite du 3 novembre"


def test_opinions_that_agree_against_the_proposed_note_want_a_reason(residence, epci):
    protocoles()
    indice_urhlm(residence, rang=3)
    tour = f.tour_avis(residence)
    for partie in ("bailleur", "commune"):
        f.avis_proximite(tour, partie, 2)
    with pytest.raises(AvisInvalide, match="motif"):
        publier(epci, tour, 2)


def test_arbitrated_again_the_former_note_is_kept(residence, epci):
    tour = f.tour_avis(residence)
    publier(epci, tour, 3, "Visite")
    publier(epci, tour, 2, "Erreur de saisie")
    assert list(NotePubliee.objects.values_list("note", "motif")) == [(3, "Visite"), (2, "Erreur de saisie")]
    assert NotePubliee.objects.en_vigueur(f.EPCI, LE).get().note == 2


def test_publication_sent_twice_is_recorded_once(residence, epci):
    tour = f.tour_avis(residence)
    vu = vu_par_l_epci(tour)
    assert publier(epci, tour, 3, "Visite", vu) == publier(epci, tour, 3, "Visite", vu)


def test_an_opinion_given_since_the_page_was_read_stops_the_arbitration(residence, epci, bailleur):
    tour = f.tour_avis(residence)
    vu = vu_par_l_epci(tour)
    donner(bailleur, tour, 4)
    with pytest.raises(AvisDepasse):
        publier(epci, tour, 2, "Sans avis reçu", vu)
    assert not NotePubliee.objects.exists()


def test_an_older_round_is_arbitrated_no_more(residence, epci):
    ancien = f.note_publiee(residence).tour
    f.tour_avis(residence, numero=2)
    with pytest.raises(AvisInvalide, match="plus récent"):
        publier(epci, ancien, 4, "Après coup")


@pytest.mark.parametrize(
    "champs", [{"nature": "bailleur"}, {"nature": "ddt", "departement": "99"}, {"role": "lecteur"}]
)
def test_only_a_manager_of_the_epci_publishes(champs, residence):
    tour = f.tour_avis(residence)
    qui = f.adhesion(**champs)
    with pytest.raises(AvisInterdit):
        publier(qui, tour, 2, "Motif")
    with pytest.raises(AvisInterdit):
        avis.publier_concordantes(qui, f.EPCI)


def test_agreeing_notes_are_published_at_once_and_the_others_left(residence, epci):
    protocoles()
    accords = {"R1": (2, 2, None), "R2": (2, 3, None), "R3": (4, None, None), "R4": (3, 3, 2), "R5": (1, 1, 1)}
    for code, (du_bailleur, de_la_commune, proposee) in accords.items():
        ici = residence if code == "R1" else f.residence(code)
        tour = f.tour_avis(ici)
        f.avis_proximite(tour, "bailleur", du_bailleur)
        if de_la_commune:
            f.avis_proximite(tour, "commune", de_la_commune)
        if proposee:
            indice_urhlm(ici, proposee - 1)
    assert avis.publier_concordantes(epci, f.EPCI, LE) == 2
    assert {(n.tour.residence[-2:], n.note) for n in NotePubliee.objects.all()} == {("R1", 2), ("R5", 1)}
    assert avis.publier_concordantes(epci, f.EPCI, LE) == 0


def test_note_in_force_is_the_latest_published_at_the_date(residence):
    f.note_publiee(residence, 4, date(2024, 1, 10))
    tour = f.tour_avis(residence, numero=2)
    f.note_publiee(residence, 3, date(2026, 1, 10), tour=tour)
    f.note_publiee(residence, 2, date(2026, 1, 10), tour=tour)

    def note(au):
        return [publiee.note for publiee in NotePubliee.objects.en_vigueur(f.EPCI, au)]

    assert [note(date(2024, 1, 9)), note(date(2024, 1, 10)), note(date(2026, 1, 9))] == [[], [4], [4]]
    assert note(date(2026, 1, 10)) == [2]


# --- reevaluation ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("le", "ouverts"), [(date(2028, 1, 30), 0), (date(2028, 1, 31), 1), (date(2028, 2, 1), 1)])
def test_a_round_opens_on_the_day_the_note_is_due(le, ouverts, residence):
    f.note_publiee(residence, echeance=date(2028, 1, 31))
    assert avis.ouvrir_reevaluations(f.EPCI, le) == ouverts
    assert avis.ouvrir_reevaluations(f.EPCI, le) == 0
    assert TourAvis.objects.ouverts().filter(origine="reevaluation", numero=2).count() == ouverts


def test_delays_of_the_territory_are_dated_parameters(residence, epci):
    f.parametre("avis_reevaluation_mois", 12, f.EPCI)
    f.parametre("avis_delai_jours", 10, f.EPCI)
    assert publier(epci, f.tour_avis(residence), 3, "Visite").echeance == date(2027, 11, 20)
    avis.ouvrir_reevaluations(f.EPCI, date(2027, 11, 20))
    assert TourAvis.objects.ouverts().get().limite == date(2027, 11, 30)


def test_the_former_note_stays_in_force_while_it_is_reevaluated(residence, epci):
    f.note_publiee(residence, 4, echeance=date(2028, 1, 31))
    avis.ouvrir_reevaluations(f.EPCI, date(2028, 1, 31))
    (ligne,) = lecture_avis.lire(epci, f.EPCI, date(2028, 3, 1))
    assert (ligne.publiee.note, ligne.tour.numero, ligne.etat) == (4, 2, Etat.ATTENDU)


# --- what each reads ------------------------------------------------------------------------------------------------


def test_a_side_reads_its_own_opinion_and_the_published_note_alone(residence, epci, bailleur, commune):
    protocoles()
    indice_urhlm(residence, rang=1)
    tour = f.tour_avis(residence)
    f.avis_proximite(tour, "bailleur", 3)
    f.avis_proximite(tour, "commune", 2)

    def lus(qui):
        (ligne,) = lecture_avis.lire(qui, f.EPCI, LE)
        return ligne.bailleur and ligne.bailleur.note, ligne.commune and ligne.commune.note, ligne.proposee

    assert lus(epci) == (3, 2, 2)
    assert lus(bailleur) == (3, None, 2)  # the proposed note of its own residence
    assert lus(commune) == (None, 2, None)  # no figure
    publier(epci, tour, 3, "Visite")
    assert [lecture_avis.lire(qui, f.EPCI, LE)[0].publiee.note for qui in (bailleur, commune)] == [3, 3]


def test_proposed_note_of_too_few_respondents_is_masked(residence, epci):
    protocoles()
    indice_urhlm(residence, rang=3, repondants=10)
    assert lecture_avis.notes_proposees(epci, f.EPCI) == {}


def test_without_protocole_no_note_is_proposed_to_the_epci(residence, epci):
    indice_urhlm(residence, rang=3)
    assert lecture_avis.notes_proposees(epci, f.EPCI) == {}


@pytest.mark.parametrize(
    ("donnes", "publie", "pour_l_epci", "pour_le_bailleur"),
    [
        ({}, None, Etat.ATTENDU, Etat.A_DONNER),
        ({"bailleur": 2}, None, Etat.ATTENDU, Etat.DONNE),
        ({"commune": 2}, None, Etat.ATTENDU, Etat.A_DONNER),
        ({"bailleur": 2, "commune": 3}, None, Etat.DIVERGENT, Etat.DONNE),
        ({"bailleur": 2, "commune": 2}, None, Etat.CONCORDANT, Etat.DONNE),
        ({"bailleur": 2, "commune": 2}, date(2026, 11, 21), Etat.PUBLIE, Etat.PUBLIE),
        ({"bailleur": 2, "commune": 2}, date(2026, 11, 20), Etat.A_REEVALUER, Etat.A_REEVALUER),
    ],
)
def test_state_of_a_residence(donnes, publie, pour_l_epci, pour_le_bailleur, residence, epci, bailleur):
    tour = f.tour_avis(residence, clos_le=publie and date(2026, 6, 1))
    for partie, note in donnes.items():
        f.avis_proximite(tour, partie, note)
    if publie:
        f.note_publiee(residence, 2, tour=tour, echeance=publie)
    etats = [lecture_avis.lire(qui, f.EPCI, LE)[0].etat for qui in (epci, bailleur)]
    assert etats == [pour_l_epci, pour_le_bailleur]
    assert len(lecture_avis.lire(epci, f.EPCI, LE, etat=pour_l_epci)) == 1
    assert lecture_avis.lire(epci, f.EPCI, LE, etat="autre") == []


def test_a_residence_gone_from_its_bailleur_s_file_is_put_to_opinion_no_more(residence, epci, bailleur):
    f.tour_avis(residence)
    Residence.objects.update(courant=False)
    assert lecture_avis.lire(epci, f.EPCI, LE) == []
    assert not lecture_avis.a_faire(bailleur, f.EPCI, LE)


def test_what_is_left_to_do_for_each(residence, epci, bailleur, commune):
    attendue = f.tour_avis(residence, limite=date(2026, 11, 19))
    f.avis_proximite(attendue, "bailleur", 2)
    complete = f.tour_avis(f.residence("R2"))
    for partie in ("bailleur", "commune"):
        f.avis_proximite(complete, partie, 2)
    f.note_publiee(f.residence("R3"), echeance=LE)
    f.tour_avis(f.residence("R4"), limite=date(2026, 12, 5))
    pour_l_epci = lecture_avis.a_faire(epci, f.EPCI, LE)
    assert (pour_l_epci.a_publier, pour_l_epci.en_retard, pour_l_epci.a_reevaluer) == (1, 1, 1)
    pour_le_bailleur = lecture_avis.a_faire(bailleur, f.EPCI, LE)
    assert (pour_le_bailleur.a_donner, pour_le_bailleur.limite) == (1, date(2026, 12, 5))
    pour_la_commune = lecture_avis.a_faire(commune, f.EPCI, LE)
    assert (pour_la_commune.a_donner, pour_la_commune.limite) == (2, date(2026, 11, 19))
    assert not lecture_avis.a_faire(f.adhesion("action_logement", epci=f.EPCI), f.EPCI, LE)


# --- races ----------------------------------------------------------------------------------------------------------


def en_parallele(*gestes) -> list:
    """What each came to: its result or its exception."""
    issues: list = [None] * len(gestes)
    depart = threading.Barrier(len(gestes))

    def faire(rang, geste):
        depart.wait()
        try:
            with transaction.atomic():
                issues[rang] = geste()
        except Exception as erreur:
            issues[rang] = erreur
        finally:
            connection.close()

    fils = [threading.Thread(target=faire, args=paire) for paire in enumerate(gestes)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    return issues


@pytest.mark.django_db(transaction=True)
def test_two_arbitrations_at_once_publish_one_note_and_tell_the_other(residence, epci):
    tour, vu = f.tour_avis(residence), "0-0-0"
    collegue = f.adhesion("epci", "gestionnaire")
    issues = en_parallele(
        lambda: avis.publier(epci, tour.pk, 2, "Visite", vu, LE),
        lambda: avis.publier(collegue, tour.pk, 4, "Plaintes", vu, LE),
    )
    assert sorted(type(issue).__name__ for issue in issues) == ["AvisDepasse", "NotePubliee"]
    assert NotePubliee.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_campaigns_at_once_open_each_residence_once(residence, epci):
    f.residence("R2")
    issues = en_parallele(lambda: ouvrir(epci), lambda: ouvrir(epci))
    assert sorted(issues) == [0, 2]
    assert TourAvis.objects.count() == 2
