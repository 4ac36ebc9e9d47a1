"""The diagnosis as a file: what it holds, for whom, made by a worker, kept and thrown away."""

import re
from datetime import date, timedelta
from io import BytesIO

import pypdf
import pytest
from django.urls import reverse
from django.utils import timezone
from python_calamine import CalamineWorkbook

from diagnostic.calculs.barres import Barre, barres
from diagnostic.calculs.definitions import Population
from diagnostic.calculs.document import SECRET, Chiffre, Colonne, Document, Figure, Partie, Tableau, en_texte
from diagnostic.calculs.planche import couleurs, planche
from diagnostic.models import Edition, Territoire
from diagnostic.services import dossier, edition, editions, fiches, indicateurs, lecture_avis, poids
from tests import fabriques as f

pytestmark = pytest.mark.django_db
LE = date(2026, 11, 20)
PIEGES = "#panic() $x$ *gras* _it_ @ref <b> \\ `code` = titre // « » 𝄞 " + "mot" * 60


def document(*contenus, titre="Diagnostic", parties=None):
    return Document(
        titre, "Millésime 2025", "Document établi pour l'essai", LE, parties or (Partie("Une", (), contenus),)
    )


def texte_de(pdf: bytes) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(pdf)).pages)


def feuilles(un: Document) -> dict[str, list[list]]:
    """Sheets of the workbook, read back by another library."""
    fichier = BytesIO()
    edition.classeur(un, fichier)
    fichier.seek(0)
    livre = CalamineWorkbook.from_filelike(fichier)
    return {nom: livre.get_sheet_by_name(nom).to_python() for nom in livre.sheet_names}


# --- the file -------------------------------------------------------------------------------------------------------
def test_pdf_is_tagged_titled_and_in_french():
    tableau = Tableau("Parts", (Colonne("Lieu"), Colonne("Part", "menages")), (("Nord", 0.25), ("Sud", SECRET)))
    figure = Figure("Carte", planche([], [], [(2.0, 46.0, 0)], ["seule"]), "Une résidence au nord.")
    lu = pypdf.PdfReader(BytesIO(edition.pdf(document(tableau, figure))))
    racine = lu.trailer["/Root"]
    assert racine["/MarkInfo"]["/Marked"] and racine["/Lang"].startswith("fr")
    assert racine["/ViewerPreferences"]["/DisplayDocTitle"] and lu.metadata.title == "Diagnostic"
    assert "/StructTreeRoot" in racine and b"pdfuaid" in lu.xmp_metadata.stream.get_data()
    texte = lu.pages[0].extract_text()
    assert "25,0" in texte and "secret" in texte and "Document établi pour l'essai" in texte


def test_markup_in_names_is_printed_as_it_is():
    tableau = Tableau(PIEGES, (Colonne("Nom"),), ((PIEGES,),), note=PIEGES)
    texte = texte_de(edition.pdf(document(titre=PIEGES, parties=(Partie(PIEGES, (PIEGES,), (tableau,)),))))
    assert texte.count("#panic() $x$ *gras* _it_ @ref <b> \\ `code` = titre // ") >= 5


def test_workbook_has_a_sheet_a_table_with_numbers_as_numbers():
    long = Tableau("Titre long : avec / des [signes] interdits dans une feuille", (Colonne("Nom"),), (("=1+1",),))
    tableau = Tableau(
        "Parts", (Colonne("Lieu"), Colonne("Part", "menages")), (("Nord", Chiffre(0.25, "menages")), ("Sud", SECRET))
    )
    livre = feuilles(document(long, tableau))
    sommaire, premiere, seconde = livre.values()
    assert premiere == [["Nom"], ["=1+1"]]
    assert seconde == [["Lieu", "Part"], ["Nord", 0.25], ["Sud", "secret"]]
    assert [list(livre)[2], "Parts"] in sommaire
    assert sommaire[1][1] == "Document établi pour l'essai"


def test_a_line_with_too_few_cells_is_refused():
    with pytest.raises(ValueError, match="Parts"):
        Tableau("Parts", (Colonne("Lieu"), Colonne("Part")), (("Nord",),))


@pytest.mark.parametrize(
    ("cellule", "unite", "lu"),
    [
        (0.184, "menages", "18,4\u202f%"),
        (1234, "entier", "1\u202f234"),
        (1.4, "indice", "1,40"),
        (112.34, "indice", "112,3"),
        (None, "menages", "–"),
        (SECRET, "entier", "secret"),
        (Chiffre(5.5, "euros_par_m2"), "menages", "5,50\u202f€/m²"),
        (2025, "annee", "2025"),
    ],
)
def test_cells_are_written_as_french_readers_write_them(cellule, unite, lu):
    assert en_texte(cellule, unite) == lu


def test_map_of_paper_places_north_above_south_and_names_its_classes():
    dessin = planche([], [], [(2.0, 46.0, 0), (2.0, 47.0, None)], ["Faible <1", "Fort"])
    hauteurs = [float(reste.split('"')[0]) for reste in dessin.split(' cy="')[1:3]]
    assert hauteurs[0] > hauteurs[1] and "Faible &lt;1" in dessin and "sans valeur, ou secret" in dessin
    assert planche([], [], [], ["Faible"]) is None
    assert couleurs(5)[0] != couleurs(5)[4] and len(couleurs(8)) == 8


# --- what it says ---------------------------------------------------------------------------------------------------
def le_dossier(monde, adhesion):
    return dossier.diagnostic(adhesion, Territoire.objects.get(pk=monde.epci), 2025, LE)


def tableau_de(un: Document, titre: str) -> Tableau:
    return next(tableau for tableau in un.tableaux if tableau.titre == titre)


def test_figures_are_those_of_the_indicators(monde):
    epci = monde.proprietaires[1]
    lues = {
        (ligne.libelle, ligne.population): (ligne.numerateur, ligne.denominateur)
        for ligne in indicateurs.lire(epci, epci=monde.epci, niveau="epci", millesime=2025)
    }
    tableau = tableau_de(le_dossier(monde, epci), "Indicateurs du territoire")
    populations = {"tous les locataires": "ensemble", "emménagés récents": "recents"}
    ecrites = {(ligne[0], populations.get(ligne[1], ligne[1])): (ligne[3], ligne[4]) for ligne in tableau.lignes}
    communes = lues.keys() & ecrites.keys()
    assert len(communes) > 30 and all(ecrites[cle] == lues[cle] for cle in communes)


def test_every_reader_has_a_document_and_none_that_leaves_names_the_owner_s_residences(monde):
    for adhesion in (*monde.proprietaires, *monde.voisins):
        un = le_dossier(monde, adhesion)
        texte = texte_de(edition.pdf(un)) + str(feuilles(un))
        assert str(adhesion.organisation) in un.audience
        assert ("Glycines" in texte) == (adhesion in monde.proprietaires)


# --- asked for, made, read, thrown away -----------------------------------------------------------------------------
@pytest.mark.parametrize("forme", ["pdf", "xlsx"])
def test_document_asked_for_on_the_page_is_made_and_downloaded(
    monde, client_de, django_capture_on_commit_callbacks, forme
):
    client = client_de(monde.proprietaires[1])
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"{reverse('documents')}?epci={monde.epci}", {"millesime": 2025, "forme": forme})
    faite = Edition.objects.latest("pk")
    assert faite.etat == Edition.Etat.PRETE, faite.message
    page = client.get(reverse("documents")).content.decode()
    assert reverse("document", args=[faite.pk]) in page
    assert page.count("<td data-colonne=") + page.count('<td class="droite" data-colonne=') == page.count("<td") > 0
    contenu = b"".join(client.get(reverse("document", args=[faite.pk])).streaming_content)
    assert len(contenu) == faite.taille and contenu.startswith(b"%PDF" if forme == "pdf" else b"PK")
    assert contenu[:1000] not in editions.chemin_de(faite).read_bytes()
    assert client.post(reverse("supprimer_document", args=[faite.pk])).status_code == 302
    assert not editions.chemin_de(faite).exists()


@pytest.mark.parametrize(
    ("donnees", "refus"),
    [
        ({}, "Aucun chiffre n&#x27;est calculé pour 0"),
        ({"millesime": "x", "forme": "pdf"}, "Choisissez une année."),
        ({"millesime": 1999, "forme": "pdf"}, "Aucun chiffre n&#x27;est calculé pour 1999"),
        ({"millesime": 2025, "forme": "doc"}, "Choisissez un document PDF ou un classeur."),
    ],
)
def test_what_cannot_be_made_is_refused_with_its_reason(monde, client_de, donnees, refus):
    reponse = client_de(monde.proprietaires[1]).post(reverse("documents"), {"forme": "pdf"} | donnees, follow=True)
    assert refus in reponse.content.decode()
    assert not Edition.objects.exists()


def test_asked_for_twice_it_is_made_once(monde):
    epci = monde.proprietaires[1]
    premiere = editions.demander(epci, monde.epci, 2025, "pdf")
    assert editions.demander(epci, monde.epci, 2025, "pdf") == premiere


def test_a_document_left_by_a_dead_worker_is_taken_up_again_then_said_failed(monde, monkeypatch):
    voulue = editions.demander(monde.proprietaires[1], monde.epci, 2025, "xlsx")
    envoyees = []
    monkeypatch.setattr(editions, "_envoyer", envoyees.append)
    passe = timezone.now() - timedelta(hours=1)
    Edition.objects.filter(pk=voulue.pk).update(etat=Edition.Etat.EN_COURS, essais=1, battement=passe)
    editions.balayer()
    assert envoyees == [voulue.pk]
    editions.etablir(voulue.pk)
    voulue.refresh_from_db()
    assert (voulue.etat, voulue.essais) == (Edition.Etat.PRETE, 2)
    Edition.objects.filter(pk=voulue.pk).update(etat=Edition.Etat.EN_COURS, essais=3, battement=passe)
    editions.etablir(voulue.pk)
    voulue.refresh_from_db()
    assert voulue.etat == Edition.Etat.ECHEC and "Demandez" in voulue.message


def test_a_failure_is_told_and_leaves_no_file(monde, monkeypatch):
    voulue = editions.demander(monde.proprietaires[1], monde.epci, 2025, "pdf")
    monkeypatch.setattr(edition, "pdf", lambda document: 1 / 0)
    editions.etablir(voulue.pk)
    voulue.refresh_from_db()
    assert voulue.etat == Edition.Etat.ECHEC and not editions.chemin_de(voulue).exists()


def test_documents_past_their_date_go_with_their_files(monde):
    gardee, passee = (f.edition(monde.proprietaires[1]) for _ in range(2))
    Edition.objects.filter(pk=passee.pk).update(conserver_jusqu_au=timezone.localdate() - timedelta(days=1))
    editions.balayer()
    assert list(Edition.objects.all()) == [gardee]
    assert editions.chemin_de(gardee).exists() and not editions.chemin_de(passee).exists()


# --- sheets ---------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("nom", ["fiche_portrait", "fiche_immeuble"])
def test_sheet_is_the_same_on_the_page_and_in_the_pdf(monde, client_de, nom):
    adresse = reverse(nom, args=[monde.residence.identifiant])
    client = client_de(monde.proprietaire)
    page = client.get(f"{adresse}?annee=2025").content.decode()
    texte = texte_de(client.get(f"{adresse}?annee=2025&format=pdf").content)
    (ligne,) = indicateurs.lire(
        monde.proprietaire,
        territoire=monde.residence.identifiant,
        code="titulaires_65_ans",
        population="ensemble",
        millesime=2025,
    )
    for dit in (monde.residence.nom, ligne.libelle, f"{ligne.denominateur}", str(monde.proprietaire.organisation)):
        assert dit in page and dit in texte


@pytest.mark.parametrize("nom", ["fiche_portrait", "fiche_immeuble"])
def test_no_two_landmarks_of_a_sheet_bear_the_same_name(monde, client_de, nom):
    """A part of a sheet may be titled as its only table is: the table alone is a landmark."""
    adresse = reverse(nom, args=[monde.residence.identifiant])
    page = client_de(monde.proprietaire).get(f"{adresse}?annee=2025").text
    regions = re.findall(r'role="region" aria-label="(.*?)"', page)
    nommes = [
        re.search(rf'id="{titre}"[^>]*>(.*?)<', page)[1]
        for titre in re.findall(r'<section aria-labelledby="(.*?)"', page)
    ]
    assert regions and len({*regions, *nommes}) == len(regions) + len(nommes)


def test_building_card_holds_the_six_criteria_beside_the_territory(monde):
    un = fiches.carte_immeuble(monde.proprietaire, residence_lue(monde), 2025, LE)
    ecrits = [ligne[0] for ligne in tableau_de(un, "Six critères").lignes]
    attendus = [i.libelle for i in indicateurs.INDICATEURS if i.code in fiches.CRITERES_IMMEUBLE]
    assert sorted(ecrits) == sorted(attendus) and len(ecrits) == 6


def residence_lue(monde):
    monde.residence.nom_bailleur = "Office des Lilas"
    return monde.residence


def test_masked_figures_of_a_residence_read_secret_to_a_partner(monde):
    f.diagnostic.Comptage.objects.filter(territoire=monde.residence.identifiant).update(repondants=5)
    un = fiches.portrait(monde.proprietaires[1], residence_lue(monde), 2025, LE)
    par_libelle = {ligne[0]: ligne for ligne in tableau_de(un, "Indicateurs de la résidence et du territoire").lignes}
    assert par_libelle["Bénéficiaires de l'APL"][2:5] == (SECRET, SECRET, SECRET)
    assert par_libelle["Bénéficiaires de l'APL"][5] != SECRET


def test_bars_are_as_long_as_their_rates_and_say_them():
    dessin = barres([Barre("Part <1>", 0.5, 0.25, "50 %", "25 %"), Barre("Inconnue", None, None, "secret", "–")])
    assert "Part &lt;1&gt;" in dessin and "50 %" in dessin and "secret" in dessin
    pleine = 900 - 330 - 190
    assert f'width="{float(pleine)}"' in dessin and f"M{330 + pleine / 2} " in dessin


def test_whole_diagnosis_has_its_chapters_with_the_figures_of_their_pages(monde):
    epci = monde.proprietaires[1]
    un = le_dossier(monde, epci)
    titres = [partie.titre for partie in un.parties]
    for chapitre in ("Le parc", "L'occupation", "L'évolution", "Les quartiers dans le territoire"):
        assert chapitre in titres
    for chapitre in ("Le parc privé et le marché", "L'accessibilité du parc", "Avis et mixité", "Dictionnaire"):
        assert chapitre in titres
    avis = tableau_de(un, "Avis de proximité et notes publiées, de 1 (excellente) à 4 (à travailler)")
    attendues = [ligne.residence.nom for ligne in lecture_avis.lire(epci, monde.epci, LE)]
    assert [ligne[0] for ligne in avis.lignes] == attendues and attendues
    lus = {(ligne.niveau, ligne.nom, ligne.libelle, ligne.population): ligne for ligne in poids.lire(epci, monde.epci)}
    ecrits = tableau_de(un, "Poids et spécialisation des lieux").lignes
    assert ecrits and any(ligne[7] not in (None, SECRET) for ligne in ecrits)
    valeurs = {
        (ligne.nom, ligne.libelle, Population(ligne.population).libelle, ligne.specialisation) for ligne in lus.values()
    }
    assert all((nom, libelle, population, valeur) in valeurs for _, nom, libelle, population, *_, valeur in ecrits)


def test_commune_has_no_chapter_of_opinions(monde):
    commune = next(adhesion for adhesion in monde.voisins if adhesion.nature == "commune")
    assert "Avis et mixité" not in [partie.titre for partie in le_dossier(monde, commune).parties]
