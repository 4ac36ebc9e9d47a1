"""The engine from end to end on small files: what it refuses, replaces, completes, and says of it."""

import json
import threading

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections

from attributions.models import RadiationSne
from diagnostic.models import MenageOps, Passage, Residence
from partenaires.depots.contrats import REGISTRE, Colonne, Format, Nature
from partenaires.depots.moteur import importer
from partenaires.models import Depot
from tests import fabriques as f

ENTETE = "SIREN_BAILLEUR;IDENT_INT;CODE_RESIDENCE"
B1, B2 = "900100001", "900100002"


@pytest.fixture
def deposer(tmp_path):
    """Writes the lines in a file and imports it as the platform's administrator, unless told otherwise."""

    def faire(type, *lignes, nom="f.csv", **options):
        chemin = tmp_path / nom
        chemin.write_text("\n".join(lignes) + "\n")
        return importer(type, chemin, **options)

    return faire


@pytest.fixture
def bailleurs(db):
    f.commune()
    return [f.organisation("bailleur", siren=s) for s in (B1, B2)]


def erreurs(depot):
    return [(e["code"], e["colonne"], e["nombre"], e["lignes"]) for e in depot.rapport["erreurs"]]


def comptes(depot):
    noms = ("lues", "chargees", "inchangees", "en_double", "rejetees")
    nombres = [depot.rapport[f"lignes_{nom}"] for nom in noms]
    assert nombres[0] == sum(nombres[1:]), depot.rapport
    return tuple(nombres)


def passages():
    return dict(Passage.objects.courantes().values_list("ident_int", "code_residence"))


SANS_ENTETE = {
    "a title": ("Export du parc au 01/01/2025;;", 1),
    "another separator": ("SIREN_BAILLEUR|IDENT_INT|CODE_RESIDENCE", 1),
    "data": (f"{B1};L1;R1", 1),
    "after blank lines": (f"\n;;\n{B1};L1;R1", 3),
}


@pytest.mark.parametrize(("debut", "ligne"), SANS_ENTETE.values(), ids=SANS_ENTETE)
def test_a_first_line_that_is_no_header_is_said_to_be_none(deposer, bailleurs, debut, ligne):
    """To add the columns would be no remedy."""
    depot = deposer("passage", debut, f"{B1};L2;R2")
    assert {(e["code"], tuple(e["lignes"])) for e in depot.rapport["erreurs"]} == {("colonne_manquante", (ligne,))}
    message = depot.rapport["erreurs"][0]["message"]
    assert f"La ligne {ligne}, lue comme en-tête" in message
    assert "Ajoutez-la" not in message


# --- what is loaded -------------------------------------------------------------------------------------------------


def test_a_file_loads_with_its_report_and_its_deposit(deposer, bailleurs):
    f.residence("R1")
    depot = deposer("passage", ENTETE + ";ZZ", f"{B1};L1;R1;x", f"{B1};L2;R9;y")
    assert (depot.etat, depot.organisation, depot.cles, depot.territoires) == ("charge", bailleurs[0], 2, [f.EPCI])
    assert depot.charge_le is not None
    assert set(Passage.objects.values_list("depot", flat=True)) == {depot.pk}
    rapport = Depot.objects.get().rapport if Depot.objects.count() == 1 else depot.rapport
    assert set(rapport) >= {
        *("type", "fichier", "sha256", "statut", "lignes_lues", "lignes_chargees", "lignes_inchangees"),
        *("lignes_en_double", "lignes_rejetees", "colonnes_inconnues", "colonnes_manquantes", "erreurs"),
        *("avertissements", "changements", "correspondance", "duree_s"),
    }
    assert (rapport["statut"], rapport["colonnes_inconnues"], comptes(depot)) == ("charge", ["ZZ"], (2, 2, 0, 0, 0))
    (averti,) = rapport["avertissements"]
    assert (averti["code"], averti["nombre"], averti["lignes"]) == ("residence_inconnue", 1, [3])
    assert "« R9 »" in averti["message"]


@pytest.mark.parametrize("entete", ["siren bailleur;Ident_Int ; Code Résidence", ENTETE.lower(), ENTETE])
def test_headers_without_case_accents_or_spaces(deposer, bailleurs, entete):
    assert deposer("passage", entete, f"{B1};L1;R1").etat == "charge"


def test_identical_rows_load_once(deposer, bailleurs):
    depot = deposer("passage", ENTETE, f"{B1};L1;R1", f"{B1};L2;R1", f" {B1} ;L1 ; R1", f"{B1};L1;R1")
    assert comptes(depot) == (4, 2, 0, 2, 0)
    double = next(a for a in depot.rapport["avertissements"] if a["code"] == "ligne_en_double")
    assert (double["nombre"], double["lignes"]) == (2, [4, 5])


def test_a_newer_snapshot_fills_its_slot_whole_and_counts_what_did_not_change(deposer, bailleurs):
    deposer("passage", ENTETE, f"{B1};L1;R1", f"{B1};L2;R1", f"{B1};L3;R1")
    f.passage("L1", "R5", bailleur=B2)
    depot = deposer("passage", ENTETE, f"{B1};L1;R1", f"{B1};L2;R2", f"{B1};L4;R1")
    assert comptes(depot) == (3, 2, 1, 0, 0)
    siens = Passage.objects.courantes().filter(bailleur=B1)
    assert set(siens.values_list("ident_int", "code_residence", "depot")) == {
        *{("L1", "R1", depot.pk), ("L2", "R2", depot.pk), ("L4", "R1", depot.pk)}
    }
    assert Passage.objects.filter(bailleur=B1).count() == 6
    assert Passage.objects.courantes().filter(bailleur=B2).count() == 1


def test_ops_fills_one_slot_a_year_of_the_file(deposer, bailleurs):
    entete = "SIREN_BAILLEUR;IDENT_INT;ANNEE;REPONSE"
    deposer("ops", entete, f"{B1};L1;2023;1", f"{B1};L2;2024;1")
    deposer("ops", entete, f"{B1};L3;2024;")
    assert set(MenageOps.objects.courantes().values_list("ident_int", "annee", "reponse")) == {
        *{("L1", 2023, 1), ("L3", 2024, 0)}
    }


def test_same_file_again_is_already_loaded_until_its_slot_is_taken(deposer, bailleurs):
    a, b = (ENTETE, f"{B1};L1;R1"), (ENTETE, f"{B1};L1;R2")
    assert deposer("passage", *a).etat == "charge"
    encore = deposer("passage", *a, nom="autre_nom.csv")
    assert (encore.etat, comptes(encore)) == ("deja_charge", (1, 0, 1, 0, 0))
    assert deposer("passage", *b).etat == "charge"
    assert deposer("passage", *a).etat == "charge"
    assert passages() == {"L1": "R1"}
    assert Passage.objects.count() == 3


def test_same_bytes_for_another_millesime_are_another_deposit(deposer, bailleurs):
    lignes = ("IDENT_REP;IDENT_INT;IDENT_ORG;SIRET;DEPCOM;NBPIECE;SURFHAB;CONSTRUCT;MODE",)
    lignes += (f"R1;L1;O;{B1}00017;{f.COMMUNE};3;60;1970;1",)
    assert deposer("rpls", *lignes, millesime=2024).etat == "charge"
    assert deposer("rpls", *lignes, millesime=2025).etat == "charge"
    assert deposer("rpls", *lignes, millesime=2024).etat == "deja_charge"


def test_a_withdrawn_deposit_is_no_longer_already_loaded(deposer, bailleurs):
    premier = deposer("passage", ENTETE, f"{B1};L1;R1")
    Depot.objects.filter(pk=premier.pk).update(etat="retire")
    Passage.objects.filter(depot=premier).update(courant=False)
    assert deposer("passage", ENTETE, f"{B1};L1;R1").etat == "charge"


def test_simulation_checks_all_and_writes_nothing(deposer, bailleurs):
    deposer("passage", ENTETE, f"{B1};L1;R1")
    depot = deposer("passage", ENTETE, f"{B1};L1;R1", f"{B1};L2;R1", simulation=True)
    assert (depot.etat, depot.cles, comptes(depot)) == ("simulation", 0, (2, 1, 1, 0, 0))
    assert (passages(), Passage.objects.count()) == ({"L1": "R1"}, 1)
    assert Depot.objects.filter(pk=depot.pk, etat="simulation").exists()
    assert deposer("passage", ENTETE, f"{B1};;R1", simulation=True).etat == "refuse"


def test_partial_load_takes_the_good_rows_and_says_which_did_not(deposer, bailleurs):
    lignes = (ENTETE, f"{B1};L1;R1", f"{B1};;R1", f"{B1};L1;R1", "une;deux", f"{B1};L2;R1")
    refuse = deposer("passage", *lignes)
    assert (refuse.etat, comptes(refuse), Passage.objects.count()) == ("refuse", (5, 0, 0, 1, 4), 0)
    depot = deposer("passage", *lignes, accepter_partiel=True)
    assert (depot.etat, comptes(depot), passages()) == ("charge", (5, 2, 0, 1, 2), {"L1": "R1", "L2": "R1"})
    assert [e[0] for e in erreurs(depot)] == ["valeur_illisible", "cle_vide"]


def test_partial_load_without_one_good_row_is_refused(deposer, bailleurs):
    deposer("passage", ENTETE, f"{B1};L1;R1")
    depot = deposer("passage", ENTETE, f"{B1};;R1", accepter_partiel=True)
    assert (depot.etat, comptes(depot), passages()) == ("refuse", (1, 0, 0, 0, 1), {"L1": "R1"})


def test_a_deposit_already_on_record_is_the_one_returned(deposer, bailleurs):
    recu = f.depot("passage", bailleurs[0], etat="recu", fichier="nom_du_partenaire.csv")
    depot = deposer("passage", ENTETE, f"{B1};L1;R1", organisation=bailleurs[0], depot=recu)
    assert (depot.pk, Depot.objects.get().etat, depot.rapport["fichier"]) == (
        recu.pk,
        "charge",
        "nom_du_partenaire.csv",
    )


# --- what is refused ------------------------------------------------------------------------------------------------


def test_all_errors_are_told_at_once_with_their_lines(deposer, bailleurs):
    entete = "SIREN_BAILLEUR;IDENT_INT;ANNEE;REPONSE;COMPOSITION;AGE_TITULAIRE"
    depot = deposer(
        "ops",
        entete,
        f"{B1};L1;2024;1;1;x",
        f"{B1};L2;2024;1;9;40",
        f"{B1};;2024;1;1;40",
        f"{B1};L4;2024;1;1;200",
        f"{B1};L5;2024;1;7;40",
        f"{B1};L6;2024;1",
    )
    assert erreurs(depot) == [
        ("valeur_illisible", "", 1, [7]),
        ("valeur_illisible", "AGE_TITULAIRE", 2, [2, 5]),
        ("valeur_hors_liste", "COMPOSITION", 2, [3, 6]),
        ("cle_vide", "IDENT_INT", 1, [4]),
    ]
    messages = {e["colonne"]: e["message"] for e in depot.rapport["erreurs"]}
    assert "la ligne 7 a 4 champs, 6 attendus" in messages[""]
    assert "« 9 », « 7 »" in messages["COMPOSITION"]
    assert "200" not in messages["AGE_TITULAIRE"], "a personal value must not leave in a report"
    assert (depot.etat, comptes(depot), MenageOps.objects.count()) == ("refuse", (6, 0, 0, 0, 6), 0)


def test_at_most_100_lines_are_listed_and_all_are_counted(deposer, bailleurs):
    depot = deposer("passage", ENTETE, *(f"{B1};;R{n}" for n in range(250)))
    ((code, _, nombre, lignes),) = erreurs(depot)
    assert (code, nombre, lignes) == ("cle_vide", 250, list(range(2, 102)))


def test_same_key_with_other_values_is_refused_on_every_line_of_that_key(deposer, bailleurs):
    depot = deposer("passage", ENTETE, f"{B1};L1;R1", f"{B1};L2;R1", f"{B1};L1;R2", f"{B1};L1;R1")
    assert erreurs(depot) == [("cle_en_double", "IDENT_INT", 3, [2, 4, 5])]
    assert comptes(depot) == (4, 0, 0, 0, 4)


def test_missing_columns_are_each_named(deposer, bailleurs):
    depot = deposer("ops", "SIREN_BAILLEUR;IDENT_INT;AGE_TITULAIRE;APL;COMPOSITION", f"{B1};L1;40;1;1")
    assert [(e[0], e[1]) for e in erreurs(depot)] == [("colonne_manquante", "ANNEE"), ("colonne_manquante", "REPONSE")]
    assert depot.rapport["colonnes_manquantes"] == ["ANNEE", "REPONSE"]


def test_cells_of_the_columns_that_are_there_are_checked_with_the_missing_ones(deposer, bailleurs):
    depot = deposer(
        *("ops", "SIREN_BAILLEUR;IDENT_INT;AGE_TITULAIRE;APL;COMPOSITION"),
        *(f"{B1};L1;quarante;1;1", f"{B1};;40;7;1", f"{B2};L3;40;1;1", f"{B1};L1;41;1;1;de trop"),
    )
    assert erreurs(depot) == [
        ("colonne_manquante", "ANNEE", 1, [1]),
        ("colonne_manquante", "REPONSE", 1, [1]),
        ("valeur_illisible", "", 1, [5]),
        ("valeur_illisible", "AGE_TITULAIRE", 1, [2]),
        ("cle_vide", "IDENT_INT", 1, [3]),
        ("valeur_illisible", "APL", 1, [3]),
        ("organisation_interdite", "SIREN_BAILLEUR", 1, [4]),
    ]
    assert comptes(depot) == (4, 0, 0, 0, 4)
    assert depot.rapport["lignes_chargeables"] == 0


def test_file_without_the_column_of_its_bailleur_is_not_asked_whose_it_is(deposer, bailleurs):
    depot = deposer("passage", "IDENT_INT;CODE_RESIDENCE", ";R1")
    assert [(e[0], e[1]) for e in erreurs(depot)] == [
        ("colonne_manquante", "SIREN_BAILLEUR"),
        ("cle_vide", "IDENT_INT"),
    ]


def test_good_rows_of_a_file_without_a_column_are_not_loaded(deposer, bailleurs):
    depot = deposer("ops", "SIREN_BAILLEUR;IDENT_INT", f"{B1};L1", accepter_partiel=True)
    assert (depot.etat, comptes(depot)) == ("refuse", (1, 0, 0, 0, 1))


@pytest.mark.parametrize(
    ("type", "entete", "ressemble"),
    [
        ("passage", "SIREN_BAILLEUR;IDENT_INT;ANNEE;REPONSE;APL", "ops"),
        ("ops", ENTETE, "passage"),
        ("residences", ENTETE, "passage"),
        ("epci", "code_insee;nom;departement;region;siren;epci;territoire_cil;population", "communes"),
        ("gestion", "SIREN_BAILLEUR;CODE_RESIDENCE;NOM_RESIDENCE;DEPCOM;X;Y", "residences"),
    ],
)
def test_a_file_of_another_type_is_recognised(deposer, bailleurs, type, entete, ressemble):
    depot = deposer(type, entete, ";".join("1" for _ in entete.split(";")))
    ((code, *_),) = erreurs(depot)
    assert code == "type_inattendu"
    assert f"ressemble à un fichier {ressemble}" in depot.rapport["erreurs"][0]["message"]


def test_a_column_written_twice_is_refused(deposer, bailleurs):
    depot = deposer("passage", ENTETE + ";ident int", f"{B1};L1;R1;L2")
    assert [e[:2] for e in erreurs(depot)] == [("fichier_illisible", "IDENT_INT")]


@pytest.mark.parametrize("lignes", [[""], [ENTETE], [ENTETE, "", ";;"]])
def test_empty_files_are_refused(deposer, bailleurs, lignes):
    assert [e[0] for e in erreurs(deposer("passage", *lignes))] == ["fichier_vide"]


def test_a_damaged_file_is_refused_and_put_on_record(deposer, bailleurs):
    depot = deposer("passage", ENTETE, f"{B1};L1;R1", f"{B1};\x00;R1")
    assert erreurs(depot) == [("fichier_illisible", "", 1, [3])]
    assert (Depot.objects.get().etat, Passage.objects.count()) == ("refuse", 0)


def test_a_quote_never_closed_deep_in_the_file_undoes_everything(deposer, bailleurs):
    depot = deposer("passage", ENTETE, *(f"{B1};L{n};R1" for n in range(500)), f'{B1};"L;R1')
    assert erreurs(depot) == [("fichier_illisible", "", 1, [502])]


def test_millesime_is_compulsory_where_the_type_says_so(deposer, bailleurs):
    assert erreurs(deposer("rpls", "IDENT_REP", "x")) == [("millesime_absent", "", 1, [])]
    assert erreurs(deposer("rpls", "IDENT_REP", "x", millesime=25)) == [("valeur_illisible", "millesime", 1, [])]


# --- whose rows -----------------------------------------------------------------------------------------------------


def test_the_file_names_its_bailleur(deposer, bailleurs):
    assert deposer("passage", ENTETE, f"{B2};L1;R1").organisation == bailleurs[1]
    assert erreurs(deposer("passage", ENTETE, "900100009;L1;R1")) == [
        ("organisation_inconnue", "SIREN_BAILLEUR", 1, [2])
    ]
    assert erreurs(deposer("passage", ENTETE, f"{B1};L1;R1", organisation="900100009")) == [
        ("organisation_inconnue", "", 1, [])
    ]


def test_rows_of_another_bailleur_are_refused(deposer, bailleurs):
    depot = deposer("passage", ENTETE, f"{B1};L1;R1", f"{B2};L2;R1", organisation=B1)
    assert erreurs(depot) == [("organisation_interdite", "SIREN_BAILLEUR", 1, [3])]
    assert [e[0] for e in erreurs(deposer("passage", ENTETE, f"{B2};L2;R1", organisation=B1))] == [
        "organisation_interdite"
    ]
    assert [e[0] for e in erreurs(deposer("passage", ENTETE, f"{B1};L1;R1", f"{B2};L2;R1"))] == [
        "organisation_interdite"
    ]


def test_an_epci_deposits_for_the_bailleur_of_the_file(deposer, bailleurs):
    epci = f.organisation("epci")
    depot = deposer("passage", ENTETE, f"{B1};L1;R1", organisation=epci)
    assert (depot.etat, depot.organisation, depot.deposant) == ("charge", bailleurs[0], epci)
    assert deposer("passage", ENTETE, f"{B1};L1;R1", organisation=epci).etat == "deja_charge"
    depot = deposer("passage", ENTETE, f"{B2};L1;R1", organisation=bailleurs[1], deposant=epci)
    assert (depot.etat, depot.organisation) == ("charge", bailleurs[1])


@pytest.mark.parametrize("type", ["epci", "communes", "communes_rattachees", "passage", "residences", "rpls", "ops"])
def test_a_commune_deposits_none_of_these(deposer, bailleurs, type):
    depot = deposer(type, ENTETE, f"{B1};L1;R1", organisation=f.organisation("commune"), millesime=2025)
    assert erreurs(depot) == [("organisation_interdite", "", 1, [])]


def test_a_bailleur_does_not_deposit_for_another(deposer, bailleurs):
    depot = deposer("passage", ENTETE, f"{B2};L1;R1", organisation=bailleurs[1], deposant=bailleurs[0])
    assert erreurs(depot) == [("organisation_interdite", "", 1, [])]


# --- events ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def evenements(monkeypatch, db):
    """A type whose rows merge: number and event are the key, a later file completes."""
    colonnes = (
        Colonne("NUMERO", Nature.TEXTE, obligatoire=True, cle=True),
        Colonne("EVENEMENT", Nature.TEXTE, champ="cle_evenement", obligatoire=True, cle=True),
        Colonne("BAIL", Nature.DATE, champ="date_bail"),
        Colonne("AGE", Nature.ENTIER),
        Colonne("ATTRIBUTION", Nature.BOOLEEN),
    )
    un = Format("evenement", "Événements", colonnes, cle=("numero", "cle_evenement"), modele=RadiationSne)
    monkeypatch.setitem(REGISTRE, "evenement", un)


def test_a_later_file_completes_an_event(deposer, evenements):
    entete = "NUMERO;EVENEMENT;BAIL;AGE;ATTRIBUTION"
    premier = deposer("evenement", entete, "n1;e1;;40;1", "n2;e1;01/02/2024;50;1", "n3;e1;;60;0")
    second = deposer("evenement", entete, "n1;e1;03/04/2024;;1", "n2;e1;;50;1", "n4;e1;;;0")
    assert (comptes(premier), comptes(second)) == ((3, 3, 0, 0, 0), (3, 2, 1, 0, 0))
    courants = RadiationSne.objects.courantes().order_by("numero")
    assert [(r.numero, str(r.date_bail), r.age, r.attribution, r.depot_id) for r in courants] == [
        ("n1", "2024-04-03", 40, True, second.pk),
        ("n2", "2024-02-01", 50, True, second.pk),
        ("n3", "None", 60, False, premier.pk),
        ("n4", "None", None, False, second.pk),
    ]
    assert RadiationSne.objects.count() == 6


# --- crash, concurrency, command ------------------------------------------------------------------------------------


def test_a_failure_in_the_middle_leaves_the_database_as_it_was(deposer, bailleurs, monkeypatch):
    deposer("passage", ENTETE, f"{B1};L1;R1")

    def tomber(ctx):
        raise RuntimeError("panne")

    monkeypatch.setitem(REGISTRE, "passage", Format(**{**vars(REGISTRE["passage"]), "territoires": tomber}))
    recu = f.depot("passage", bailleurs[0], etat="recu")
    with pytest.raises(RuntimeError):
        deposer("passage", ENTETE, f"{B1};L2;R1", depot=recu)
    assert passages() == {"L1": "R1"}
    assert Depot.objects.get(pk=recu.pk).etat == "echec"


@pytest.mark.django_db(transaction=True)
@pytest.mark.services
def test_two_imports_of_the_same_file_at_once_load_it_once(tmp_path):
    f.commune()
    f.organisation("bailleur", siren=B1)
    chemin = tmp_path / "f.csv"
    chemin.write_text("\n".join([ENTETE, *(f"{B1};L{n};R1" for n in range(3000))]))
    depart, etats = threading.Barrier(2), []

    def un():
        depart.wait()
        etats.append(importer("passage", chemin).etat)
        connections["default"].close()

    fils = [threading.Thread(target=un) for _ in range(2)]
    for fil in fils:
        fil.start()
    for fil in fils:
        fil.join()
    assert sorted(etats) == ["charge", "deja_charge"]
    assert Passage.objects.count() == 3000


def test_command_writes_its_report_and_exits_1_on_a_refusal(tmp_path, bailleurs, capsys):
    bon, mauvais, rapport = tmp_path / "bon.csv", tmp_path / "mauvais.csv", tmp_path / "rapport.json"
    bon.write_text(f"{ENTETE}\n{B1};L1;R1\n")
    mauvais.write_text(f"{ENTETE}\n{B1};L1;R1\n{B1};;R1\n")
    call_command("importer", "passage", str(bon), "--rapport", str(rapport))
    assert "charge – lignes : 1 lues, 1 chargees" in capsys.readouterr().out
    assert json.loads(rapport.read_text())["statut"] == "charge"
    with pytest.raises(CommandError) as sortie:
        call_command("importer", "passage", str(mauvais), "--rapport", str(rapport))
    assert sortie.value.returncode == 1
    assert "cle_vide IDENT_INT : " in (dit := capsys.readouterr()).err
    assert "(1 ligne : 3)" in dit.err
    assert "2 rejetees" in dit.out
    assert json.loads(rapport.read_text())["statut"] == "refuse"
    with pytest.raises(CommandError):
        call_command("importer", "passage", str(tmp_path / "absent.csv"))


def test_nothing_temporary_stays_for_the_next_import(deposer, bailleurs):
    deposer("passage", ENTETE, f"{B1};L1;R1", f"{B1};L1;R1")
    deposer("passage", ENTETE, f"{B1};L1;R2", f"{B1};L1;R2")
    assert passages() == {"L1": "R2"}
    with connection.cursor() as curseur:
        curseur.execute("SELECT count(*) FROM pg_class WHERE relpersistence = 't' AND relname LIKE '%doubles'")
        assert curseur.fetchone() == (0,)


def test_residences_and_passage_belong_to_the_same_file_of_their_own(deposer, bailleurs):
    depot = deposer(
        "residences", "SIREN_BAILLEUR;CODE_RESIDENCE;NOM_RESIDENCE;DEPCOM", f"{B1};R1;Les Lilas;{f.COMMUNE}"
    )
    assert (depot.etat, Residence.objects.get().identifiant) == ("charge", f"{B1}:R1")
