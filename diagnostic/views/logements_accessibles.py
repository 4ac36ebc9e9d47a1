"""A bailleur's own dwellings and who of the first quartile can pay for each."""

from diagnostic.forms_accessibilite import SeuilsForm
from diagnostic.services import logements_accessibles as service
from diagnostic.views.accessibilite import ecrit
from diagnostic.views.page import page
from diagnostic.views.tableau import Colonne, Tableau, page_ou_export

DIT = {True: "oui", False: "non", None: "taille inadaptée"}


def colonnes(menages: tuple[str, ...]) -> tuple[Colonne, ...]:
    return (
        Colonne("ident_int", "Logement", lambda ligne: ligne.ident_int),
        Colonne("adresse", "Adresse", lambda ligne: ligne.adresse),
        Colonne("commune", "Commune", lambda ligne: ligne.commune),
        Colonne("pieces", "Pièces", lambda ligne: ligne.pieces, "nombre"),
        Colonne("loyer", "Loyer", lambda ligne: ligne.loyer, "euros"),
        Colonne("charges", "Charges", lambda ligne: ligne.charges, "euros"),
        *(
            Colonne(f"menage_{rang}", libelle, lambda ligne, rang=rang: DIT[ligne.accessibles[rang]])
            for rang, libelle in enumerate(menages)
        ),
    )


@page("bailleur")
def logements(request):
    """Its vacant dwellings, or with `?tous=1` those let as well."""
    selection = request.selection
    formulaire = SeuilsForm(request.GET)
    formulaire.is_valid()
    tous = request.GET.get("tous") == "1"
    demandes = {nom: valeur for nom, valeur in formulaire.demandes.items() if nom != "recents"}
    lue = service.lire(request.adhesion, selection.epci, selection.millesime, tous=tous, **demandes)
    tableau = Tableau(
        request,
        "Mes logements et qui peut les payer",
        colonnes(lue.menages),
        lue.lignes,
        vide="Aucun logement conventionné "
        + ("" if tous else "vacant ")
        + "dont le loyer, la surface et le nombre de pièces soient connus cette année.",
        nom_fichier=f"logements-accessibles-{selection.millesime}",
        precision=f"(RPLS {selection.millesime})",
    )
    saisie = {
        "te": request.GET.get("te") or ecrit(100 * lue.reglages.seuils.te),
        "rpv": request.GET.get("rpv") or ecrit(lue.reglages.seuils.rpv),
        "charges": request.GET.get("charges") or ecrit(lue.reglages.charges_m2),
    }
    contexte = {"lue": lue, "tableau": tableau, "formulaire": formulaire, "saisie": saisie, "tous": tous}
    return page_ou_export(request, "diagnostic/logements_accessibles.html", contexte, tableau)
