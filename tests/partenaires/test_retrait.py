"""Withdrawals: in any order, what stands is what the deposits not withdrawn would give if loaded alone."""

import json
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from attributions.models import DemandeSne, RadiationSne, SeuilQuartile
from diagnostic.models import MenageOps, Passage, Perimetre
from partenaires.depots.contrats import REGISTRE
from partenaires.depots.moteur import importer
from partenaires.depots.restitution import cle_en_vigueur, est_restituable
from partenaires.models import Depot, JournalAcces
from partenaires.services.depots import DepotInterdit
from partenaires.services.retrait import RetraitImpossible, demander, retirer
from partenaires.services.traitement import traiter
from relogement.models import MenageRelogement, Operation, Projet, Proposition
from tests import fabriques as f

B = f.BAILLEUR
SEQUENCES = settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))

# --- files of a type: columns that identify a row, then cells that may be empty ---------------------------------------


def lignes(cles, *cellules):
    """Some rows, one a key; each cell one of its values or nothing."""
    rangee = st.tuples(st.sampled_from(cles), *(st.sampled_from(("", *valeurs)) for valeurs in cellules))
    return st.lists(rangee, min_size=1, max_size=len(cles), unique_by=lambda une: une[0]).map(
        lambda toutes: tuple(";".join((*cle, *reste)) for cle, *reste in toutes)
    )


PASSAGE = "SIREN_BAILLEUR;IDENT_INT;CODE_RESIDENCE", lignes([(B, "L1"), (B, "L2"), (B, "L3")], ("R1", "R2"))
OPS = (
    "SIREN_BAILLEUR;IDENT_INT;ANNEE;REPONSE;AGE_TITULAIRE",
    lignes([(B, logement, annee) for logement in ("L1", "L2") for annee in ("2022", "2024")], ("1", "0"), ("30", "40")),
)
SEUILS = (
    "SIREN_EPCI;ANNEE;SEUIL_Q1;SOURCE",
    lignes([(f.EPCI, "2023"), (f.EPCI, "2024"), (f.EPCI, "2025")], ("9000", "9500"), ("a", "b")),
)
RADIATIONS = (
    "NUMERO_UNIQUE;DATE_CALEOL;NUMERORPLS;SIREN_RADIATION;UNITE_CONSO;MOTIF_RADIATION;DATE_RADIATION;"
    "DATE_SIGNATURE_BAIL;REVENU_MENSUEL_FOYER;TYPE_RESERVATAIRE;NB_Q1",
    lignes(
        [("N1", "02/03/2024", "P1", B, "1"), ("N1", "02/09/2025", "P1", B, "1"), ("N2", "02/03/2024", "P2", B, "1.5")],
        ("RADATT", "RADIND"),
        ("10/04/2024", "11/04/2024"),
        ("05/04/2024", "06/04/2024"),
        ("900", "0"),
        ("commune", "epci"),
        ("1", "0"),
    ),
)
STOCK = (
    "NUMERO_UNIQUE;DATE_CREATION;MOTIF_DEMANDE;UNITE_CONSO",
    lignes([("N1",), ("N2",)], ("01/01/2020", "02/01/2020"), ("a", "b"), ("1", "1.8")),
)
RELOGEMENTS = (
    "CODE_PROJET;ID_MENAGE;NOM_PROJET;QUARTIER;OPERATION;TYPE_OPERATION;ETAT;LOYER_AVANT;DATE_PROPOSITION_1;"
    "MOTIF_REFUS_1;DATE_PROPOSITION_2;DATE_BAIL",
    lignes(
        [("P1", "M1"), ("P1", "M2"), ("P2", "M1")],
        ("Lilas", "Ormes"),
        ("NP1", "NP2"),
        ("O1", "O2"),
        ("demolition", "rehabilitation"),
        ("identifie", "reloge"),
        ("400", "500"),
        ("01/02/2024", "02/02/2024"),
        ("loyer", "quartier"),
        ("01/05/2024", "02/05/2024"),
        ("01/06/2024", "01/07/2024"),
    ),
)

# --- what stands ------------------------------------------------------------------------------------------------------

SANS_VALEUR = ("id", "depot_id", "courant", "herites", "projet_id", "operation_id")


def en_vigueur(modele):
    champs = [c.attname for c in modele._meta.concrete_fields if c.attname not in SANS_VALEUR]
    return sorted(modele.objects.filter(courant=True).values_list(*champs), key=repr)


def relogements_en_vigueur():
    siens = MenageRelogement.objects.courantes()
    places = siens.values_list("projet__code", "identifiant", "operation__code")
    offres = Proposition.objects.filter(menage__in=siens)
    return (
        en_vigueur(MenageRelogement),
        sorted(places, key=repr),
        sorted(offres.values_list("menage__projet__code", "menage__identifiant", "rang", "date", "motif_refus")),
        sorted(Projet.objects.filter(menages__in=siens).distinct().values_list("code", "nom", "quartier")),
        sorted(Operation.objects.filter(menages__in=siens).distinct().values_list("projet__code", "code", "nature")),
    )


TYPES = {
    "passage": (PASSAGE, lambda: en_vigueur(Passage), {}),
    "ops": (OPS, lambda: en_vigueur(MenageOps), {}),
    "seuils": (SEUILS, lambda: en_vigueur(SeuilQuartile), {}),
    "sne_radiations": (RADIATIONS, lambda: en_vigueur(RadiationSne), {"organisation": f.EPCI}),
    "sne_stock": (STOCK, lambda: en_vigueur(DemandeSne), {"organisation": f.EPCI, "millesime": 2025}),
    "relogements": (RELOGEMENTS, relogements_en_vigueur, {"organisation": f.EPCI}),
}


@pytest.fixture
def place(db, aucun_courtier):
    f.commune()
    f.organisation("bailleur")
    f.organisation("epci")


@pytest.fixture
def deposer(tmp_path):
    def faire(type, entete, lignes, **options):
        chemin = tmp_path / "f.csv"
        chemin.write_text("\n".join((entete, *lignes)) + "\n")
        depot = importer(type, chemin, **TYPES.get(type, (0, 0, {}))[2] | options)
        assert depot.etat in ("charge", "deja_charge"), depot.rapport
        return depot

    return faire


def retirer_au_hasard(charges, data):
    """Withdraws one of the deposits still loaded, the latest or not."""
    if charges:
        retirer(charges.pop(data.draw(st.integers(0, len(charges) - 1)))[0])


@pytest.mark.parametrize("type", TYPES)
@SEQUENCES
@given(data=st.data())
def test_withdrawals_leave_what_the_other_deposits_alone_would_give(type, data, deposer, place):
    (entete, fichiers), lire, _ = TYPES[type]
    choix = data.draw(st.lists(fichiers, min_size=2, max_size=3))
    actes = data.draw(st.lists(st.sampled_from((*range(len(choix)), "retrait")), min_size=3, max_size=9))
    charges = []
    with transaction.atomic():
        for acte in actes:
            if acte == "retrait":
                retirer_au_hasard(charges, data)
            elif (depot := deposer(type, entete, choix[acte])).etat == "charge":
                charges.append((depot, choix[acte]))
        retirer_au_hasard(charges, data)
        obtenu = lire()
        transaction.set_rollback(True)
    with transaction.atomic():
        for _, fichier in charges:
            deposer(type, entete, fichier)
        assert lire() == obtenu
        transaction.set_rollback(True)


# --- perimeters: their dates follow from the versions in base ---------------------------------------------------------


def perimetres():
    return sorted(Perimetre.objects.courantes().values_list("version", "code", "nom", "debut", "fin"))


def quartiers(*noms):
    carre = [[[2, 46], [3, 46], [3, 47], [2, 47], [2, 46]]]
    return [
        {
            "type": "Feature",
            "properties": {"code": f"S{i}", "nom": nom, "code_commune": f.COMMUNE},
            "geometry": {"type": "Polygon", "coordinates": carre},
        }
        for i, nom in enumerate(noms)
    ]


def test_withdrawing_a_version_of_the_perimeters_gives_back_the_dates_of_the_others(place, tmp_path):
    def deposer(version, *noms):
        chemin = tmp_path / "p.geojson"
        chemin.write_text(json.dumps({"type": "FeatureCollection", "features": quartiers(*noms)}))
        return importer("perimetres", chemin, organisation=f.EPCI, nature="secteur", version=version)

    deposer("2018", "Centre", "Nord")
    seuls = perimetres()
    corrige = deposer("2018", "Cœur")
    suivant = deposer("2022", "Centre")
    assert perimetres() != seuls
    retirer(corrige)
    retirer(suivant)
    assert perimetres() == seuls


# --- who, when, what is said ------------------------------------------------------------------------------------------

ENTETE = PASSAGE[0]


def test_the_withdrawn_deposit_says_when_and_the_log_by_whom(deposer, place):
    adhesion = f.adhesion("bailleur")
    depot = traiter(demander(adhesion, deposer("passage", ENTETE, [f"{B};L1;R1"])).pk)
    assert (depot.etat, depot.retire_le is not None, Passage.objects.count()) == ("retire", True, 1)
    assert not Passage.objects.courantes().exists()
    ligne = JournalAcces.objects.get(action="retrait")
    assert (ligne.adhesion, ligne.objet) == (adhesion, f"passage f.csv (n° {depot.pk})")


def test_a_file_withdrawn_can_be_handed_in_again(deposer, place):
    retirer(deposer("passage", ENTETE, [f"{B};L1;R1"]))
    assert deposer("passage", ENTETE, [f"{B};L1;R1"]).etat == "charge"


def test_the_file_that_came_back_by_a_withdrawal_is_already_loaded(deposer, place):
    deposer("passage", ENTETE, [f"{B};L1;R1"])
    retirer(deposer("passage", ENTETE, [f"{B};L1;R2"]))
    assert deposer("passage", ENTETE, [f"{B};L1;R1"]).etat == "deja_charge"


@pytest.mark.parametrize("etat", [etat for etat in Depot.Etat.values if etat != "charge"])
def test_only_a_loaded_deposit_is_withdrawn(etat, place):
    depot = f.depot("passage", f.organisation("bailleur"), etat=etat)
    with pytest.raises(RetraitImpossible, match="Seul un dépôt chargé"):
        demander(f.adhesion("bailleur"), depot)
    assert Depot.objects.get().etat == etat


@pytest.mark.parametrize("type", ["epci", "communes", "communes_rattachees", "contours"])
def test_reference_data_updated_in_place_are_not_withdrawn(type, place):
    with pytest.raises(RetraitImpossible, match="corrigé"):
        retirer(f.depot(type))


def test_every_other_type_can_be_withdrawn():
    for type, un_format in REGISTRE.items():
        if type not in ("epci", "communes", "communes_rattachees", "contours"):
            assert est_restituable(un_format), type
            assert un_format.creneau is not None or cle_en_vigueur(un_format.modele), type


@pytest.mark.parametrize(
    ("role", "nature", "siren", "permis"),
    [
        ("gestionnaire", "bailleur", B, True),
        ("administrateur", "epci", f.EPCI, True),
        ("lecteur", "bailleur", B, False),
        ("administrateur", "bailleur", "900100009", False),
        ("administrateur", "ddt", "900400001", False),
    ],
)
def test_owner_and_depositor_alone_withdraw(role, nature, siren, permis, place):
    depot = f.depot("passage", f.organisation("bailleur"), deposant=f.organisation("epci"))
    f.passage("L1", depot=depot)
    adhesion = f.adhesion(nature, role=role, siren=siren)
    if permis:
        assert traiter(demander(adhesion, depot).pk).etat == "retire"
        return
    with pytest.raises(DepotInterdit):
        demander(adhesion, depot)
    assert Passage.objects.courantes().count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_withdrawal_waits_for_the_load_of_the_same_slot(deposer):
    f.commune()
    f.organisation("bailleur")
    depot = deposer("passage", ENTETE, [f"{B};L1;R1"])
    fini = threading.Event()

    def dans_un_fil():
        retirer(depot)
        fini.set()
        connection.close()

    with transaction.atomic():
        with connection.cursor() as curseur:
            curseur.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"depot:passage:{B}"])
        fil = threading.Thread(target=dans_un_fil)
        fil.start()
        assert not fini.wait(0.5)
    fil.join(10)
    assert fini.is_set()
    assert not Passage.objects.courantes().exists()


def test_the_api_has_a_worker_withdraw_once(api_de, deposer, place):
    depot = deposer("passage", ENTETE, [f"{B};L1;R1"])
    client, adresse = api_de(f.adhesion("bailleur")), f"/api/v1/depots/{depot.pk}/"
    reponse = client.post(f"{adresse}retirer/")
    assert (reponse.status_code, reponse.data["statut"], reponse.data["retire_le"]) == (202, "retrait", None)
    assert client.post(f"{adresse}retirer/").status_code == 409
    traiter(depot.pk)
    lu = client.get(adresse).data
    assert (lu["statut"], lu["progression"]) == ("retire", 100)
    assert lu["retire_le"]
    assert client.post(f"{adresse}retirer/").status_code == 409


@pytest.mark.parametrize(("role", "siren", "statut"), [("lecteur", B, 403), ("administrateur", "900100009", 404)])
def test_the_api_refuses_a_reader_and_does_not_know_another_s_deposit(role, siren, statut, api_de, deposer, place):
    depot = deposer("passage", ENTETE, [f"{B};L1;R1"])
    client = api_de(f.adhesion("bailleur", role=role, siren=siren))
    assert client.post(f"/api/v1/depots/{depot.pk}/retirer/").status_code == statut
    assert Passage.objects.courantes().count() == 1


def test_the_administrator_withdraws_by_command(deposer, place, capsys):
    depot = deposer("seuils", SEUILS[0], [f"{f.EPCI};2024;9000;a"])
    call_command("retirer", str(depot.pk))
    assert f"Dépôt {depot.pk} retiré : seuils f.csv." in capsys.readouterr().out
    assert not SeuilQuartile.objects.courantes().exists()
    with pytest.raises(CommandError, match="Seul un dépôt chargé"):
        call_command("retirer", str(depot.pk))
    with pytest.raises(CommandError, match="Aucun dépôt"):
        call_command("retirer", "0")


# --- territories ------------------------------------------------------------------------------------------------------


@pytest.fixture
def voisine(place):
    """Another territory, of one commune."""
    return f.commune("99900", epci="900000009")


def test_territories_of_what_comes_back_are_those_of_the_withdrawn_deposit_too(deposer, voisine):
    def demande(commune):
        return deposer("sne_stock", "NUMERO_UNIQUE;DATE_CREATION;COMMUNE_LOG_RECHERCHE", [f"N1;01/01/2020;{commune}"])

    ailleurs, ici = demande(voisine.code), demande(f.COMMUNE)
    assert (ailleurs.territoires, ici.territoires) == (["900000009"], [f.EPCI, "900000009"])
    Depot.objects.filter(pk=ici.pk).update(territoires=[f.EPCI])  # as it was loaded before that was recorded
    assert retirer(ici).territoires == [f.EPCI, "900000009"]


def test_file_touches_the_territories_of_the_rows_that_it_closes(deposer, voisine):
    premier = deposer("passage", ENTETE, [f"{B};L1;R1"])
    Depot.objects.filter(pk=premier.pk).update(territoires=["900000009"])
    assert deposer("passage", ENTETE, [f"{B};L1;R2"]).territoires == ["900000009"]
