"""`rpls`: the dwellings of a bailleur at 1 January of a millésime (restricted layout, formats.md D.1).

The slot is bailleur × millésime; the bailleur is the first nine digits of SIRET.
"""

from diagnostic.imports import qpv_declares, territoires
from diagnostic.models import Logement
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer
from partenaires.depots.rapport import Rapprochement

FINANCEMENTS = ("10", "11", "12", "13", "14", "15", "16", "17", "49", "50", "51", "52", "53", "54", "55", "99")
RESERVATIONS = ("0", "1", "2", "3", "41", "42", "43", "44", "45", "5", "6", "7", "8", "9")

# Labels of the closed lists (formats.md D.3): for the dictionary, and to suggest our code for another's.
SORTIES = "1 vente à l'occupant, 2 vente à un autre bailleur, 3 autre vente, 4 démolition, 5 autre, 9 sans objet."
DROITS = (
    "1 pleine propriété, 2 bail à réhabilitation, 3 emphytéotique, 4 usufruit, 5 bail à construction, "
    "6 bail réel solidaire, 7 bail réel immobilier."
)
LIBELLES_FINAN = (
    "10 PLA d'intégration ou LLTS, 11 PLAI ou PLA LM, 12 PLA ordinaire, 13 PLUS ou LLS, 14 PLS, 15 PAP locatif, "
    "16 PLI, 17 PCL, 49 autre depuis 1977, 50 HBM, 51 PLR ou PSR, 52 HLM/O, 53 ILM, 54 ILN, 55 prêts spéciaux CFF, "
    "99 autre avant 1977."
)
MODES = (
    "1 loué, 2 vacant proposé à la location, 3 vide hors location, 4 association, 5 occupé autrement, "
    "6 hébergement temporaire, 9 sans objet."
)
LIBELLES_CONTRESLOG = (
    "0 non renseigné, 1 État fonctionnaires, 2 État prioritaires, 3 Action Logement, 41 commune, 42 EPCI, "
    "43 département, 44 région, 45 Ville de Paris, 5 État R314, 6 autres, 7 non réservé, 8 gestion en flux, "
    "9 sécurité intérieure et défense."
)

# Columns of the layout that the platform does not keep.
IGNOREES = (
    *("IDENTGES", "IDENT_FISCAL", "RS", "CAT_ORG", "RSEXPRO", "SIRETEXPRO", "ORIGINE", "QUALACQ", "OLDLOGT"),
    *("NEWLOGT", "PRODFIN", "MISCOMMERCIAL", "PRIXVENTE", "DATMISEVENTE", "DATVEFFECT", "CODEPOSTAL", "LIBCOM"),
    *("INDREP", "NUMAPPT", "NUMBOITE", "COULOIR", "ETAGE", "COMPLIDENT", "IMMEU", "LIEUDIT"),
    *("DEP", "LIBDEP", "REG", "LIBREG", "EPCI", "LIBEPCI", "DEPARTEMENTS_DE_L_EPCI", "REGIONS_DE_L_EPCI", "PMR"),
    *("DPEDATE", "DPESERRE", "DPE_CONSO_ENER", "DPE_CONSO_GES", "DPE_NUM_REF", "FINANAUTRE", "NUMCONV", "SRU_EXPIR"),
    *("SRU_ALINEA", "CUS", "CODSEGPATRIM", "LIBSEGPATRIM", "FINAN_CUS", "DECONV", "DATE_DEP_DERLOCAT", "CONTRIB"),
    *("MODESURF", "SURFMODE", "LOYERACC", "LOYERMAXCUS"),
)


def controler(ctx):
    ctx.avertir(
        "residence_inconnue",
        "IDENT_INT",
        "Logements que le fichier passage ne rattache à aucune résidence connue : chargés ; comptés dans leur "
        "commune, dans aucune résidence.",
        "l.ligne IN (SELECT a.ligne FROM lignes a"
        " LEFT JOIN (diagnostic_passage p JOIN diagnostic_residence r ON r.courant AND r.bailleur = p.bailleur"
        " AND r.code = p.code_residence) ON p.courant AND p.bailleur = %s AND p.ident_int = a.ident_int"
        " WHERE r.id IS NULL)",
        [ctx.proprietaire.siren],
    )
    qpv_declares.comparer(ctx)


def rapprocher(ctx):
    logements, declares = ctx.sql("SELECT count(*), count(qpv) FROM lignes").fetchone()
    differents = sum(un.nombre for un in ctx.rapport.avertissements if un.code == "qpv_declare_different")
    return [
        ctx.trouvees("logements_rattaches", "Logements rattachés à une résidence", "residence_inconnue", logements),
        Rapprochement(
            "qpv_declare_different", "Logements au QPV déclaré différent du QPV calculé", differents, declares
        ),
    ]


RPLS = enregistrer(
    Format(
        type="rpls",
        libelle="Répertoire du parc locatif social d'un bailleur",
        usage="Décrit le parc et la vacance ; relie les attributions aux logements.",
        colonnes=(
            Colonne("IDENT_REP", Nature.TEXTE, obligatoire=True, aide="Numéro RPLS, celui que cite le SNE."),
            Colonne("IDENT_INT", Nature.TEXTE, obligatoire=True, cle=True, aide="Identifiant interne du logement."),
            Colonne("IDENT_ORG", Nature.TEXTE, obligatoire=True, cle=True, aide="Identifiant de l'organisme."),
            Colonne("SIRET", Nature.SIRET, aide="Ses neuf premiers chiffres disent le bailleur."),
            Colonne("DEPCOM", Nature.COMMUNE, champ="commune", obligatoire=True, cle=True, aide="Code INSEE."),
            Colonne("NUMVOIE", Nature.TEXTE),
            Colonne("TYPVOIE", Nature.TEXTE),
            Colonne("NOMVOIE", Nature.TEXTE),
            Colonne("COMPLGEO", Nature.TEXTE, aide="Nom du programme."),
            Colonne("BAT", Nature.TEXTE, aide="Bâtiment."),
            Colonne("ESC", Nature.TEXTE, aide="Escalier."),
            Colonne("ENTREE", Nature.TEXTE, aide="Entrée : la maille la plus fine de l'occupation."),
            Colonne("QPV", Nature.ENTIER, valeurs=("1", "2"), aide="1 oui, 2 non, déclaré ; le point décide."),
            Colonne("TYPECONST", Nature.CODE, valeurs=("I", "C", "E"), aide="Individuel, collectif, étudiants."),
            Colonne("NBPIECE", Nature.ENTIER, obligatoire=True, minimum=0),
            Colonne("SURFHAB", Nature.DECIMAL, obligatoire=True, minimum=0, aide="m²."),
            Colonne("CONSTRUCT", Nature.ANNEE, obligatoire=True, aide="Année de construction."),
            Colonne("LOCAT", Nature.ANNEE, aide="Année (ou MM/AAAA) de première location."),
            Colonne("PATRIMOINE", Nature.ANNEE, aide="Année d'entrée au patrimoine."),
            Colonne("SORTIEPATRIM", Nature.ENTIER, valeurs=("1", "2", "3", "4", "5", "9"), aide=SORTIES),
            Colonne("DROIT", Nature.ENTIER, valeurs=("1", "2", "3", "4", "5", "6", "7"), aide=DROITS),
            Colonne("DPEENERGIE", Nature.CODE),
            Colonne("FINAN", Nature.ENTIER, valeurs=FINANCEMENTS, aide=LIBELLES_FINAN),
            Colonne("CONV", Nature.ENTIER, valeurs=("1", "2"), aide="1 conventionné, 2 non."),
            Colonne("DATCONV", Nature.DATE),
            Colonne("MODE", Nature.ENTIER, obligatoire=True, valeurs=("1", "2", "3", "4", "5", "6", "9"), aide=MODES),
            Colonne("BAIL", Nature.DATE, personnelle=True, aide="MM/AAAA."),
            Colonne("REMLOCDATE", Nature.DATE, aide="MM/AAAA."),
            Colonne("CONTRESLOG", Nature.ENTIER, valeurs=RESERVATIONS, aide=LIBELLES_CONTRESLOG),
            Colonne("LOYERPRINC", Nature.DECIMAL, minimum=0, personnelle=True, aide="Euros par mois."),
            Colonne("LOYERMAXAPL", Nature.DECIMAL, minimum=0, aide="Euros par mois."),
        ),
        ignorees=IGNOREES,
        cle=("ident_int", "ident_org"),
        modele=Logement,
        creneau=("bailleur", "millesime"),
        deposants=("bailleur", "epci"),
        proprietaire="bailleur",
        derives={"bailleur": "left(siret, 9)"},
        constantes=("millesime",),
        millesime_obligatoire=True,
        controler=controler,
        rapprocher=rapprocher,
        territoires=territoires.des_deux,
    )
)
