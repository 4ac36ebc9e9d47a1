"""`rpls_ouvert`: the open, geolocated RPLS file, one row a dwelling, kept as counts by address (formats.md D.2).

Two header styles: that of 2015 (DEPCOM, FINAN) and that of 2023 on (DEPCOM_CODE, FINAN_CODE, X, Y, EPSG). The slot is
millésime × département × territoire de CIL, which both a départemental file and that of an EPCI hold whole.
"""

import numpy as np
import pandas as pd

from diagnostic.imports import points, territoires
from diagnostic.imports.rpls import FINANCEMENTS, LIBELLES_FINAN
from diagnostic.models import ParcOuvert
from partenaires.depots import chargement
from partenaires.depots.contrats import Colonne, Format, Nature, enregistrer
from partenaires.depots.entetes import cle
from partenaires.depots.rapport import refuser
from partenaires.models import Organisation

POINTS_PAR_LOT = 100_000
DOUBLES = ("REG", "DEP", "EPCI", "DROIT", "QPV", "TYPECONST", "NEWLOGT", "PMR", "PLG_IRIS", "PLG_QP24", "PLG_QP15")

# Columns of both layouts that the platform does not keep.
IGNOREES = (
    *(nom for un in DOUBLES for nom in (f"{un}_CODE", f"{un}_LIBELLE")),
    *("DEPCOM_LIBELLE", "FINAN_LIBELLE", "DROIT", "CODEPOSTAL", "LIBCOM", "NUMAPPT", "NUMBOITE", "ESC", "COULOIR"),
    *("ETAGE", "COMPLIDENT", "ENTREE", "BAT", "IMMEU", "QPV", "TYPECONST", "LOCAT", "PATRIMOINE", "ORIGINE"),
    *("FINANAUTRE", "CONV", "NUMCONV", "DATCONV", "NEWLOGT", "CUS", "DPEDATE", "DPEENERGIE", "DPESERRE", "SRU_EXPIR"),
    *("SRU_ALINEA", "CODSEGPATRIM", "LIBSEGPATRIM", "PLG_VOIE", "PLG_QP24", "PLG_QP15", "PLG_ZUS", "PLG_ZFU"),
    *("PLG_QVA", "QUALITE_VOIE", "QUALITE_NUMERO", "QUALITE_XY", "DISTANCE_PRECISION", "QUALITE_QP24"),
    *("QUALITE_QP15", "QUALITE_IRIS", "QUALITE_ZUS", "QUALITE_QVA", "COMAQP", "COMAZUS", "COMIRIS", "UU2020"),
    *("AAV2020", "ZE2020"),
)


def controler(ctx) -> None:
    """Raises Refus on the restricted layout, which names the dwellings of a bailleur."""
    if "IDENT_INT" in map(cle, ctx.correspondance.inconnues):
        raise refuser(
            "type_inattendu",
            "Ce fichier nomme les logements d'un bailleur (IDENT_INT) : c'est le RPLS détaillé. "
            "Déposez-le avec le type rpls.",
        )
    if ctx.depot.deposant is not None and ctx.depot.deposant.nature == Organisation.Nature.EPCI:
        ctx.erreur(
            "organisation_interdite",
            "DEPCOM_CODE",
            "Ces logements ne sont pas dans votre territoire. Ne gardez que les lignes de vos communes.",
            "NOT EXISTS (SELECT 1 FROM diagnostic_commune c WHERE c.code = l.commune AND c.territoire_id = %s)",
            [ctx.depot.deposant.siren],
        )


ADRESSE = "left(coalesce(nullif(concat_ws(' ', numvoie, indrep, typvoie, nomvoie), ''), lieudit, complgeo), 300)"
GROUPES = """
CREATE TEMP TABLE groupes ON COMMIT DROP AS
SELECT min(l.ligne) AS ligne, c.departement, coalesce(c.territoire_id, '') AS territoire, l.commune,
  l.adresse, l.abscisse::float8 AS x, l.ordonnee::float8 AS y, coalesce(l.epsg, 0) AS epsg,
  NULL::float8 AS longitude, NULL::float8 AS latitude,
  l.nbpiece, l.finan, l.construct, count(*)::integer AS logements, round(sum(l.surfhab), 2) AS surface
FROM lignes l JOIN diagnostic_commune c ON c.code = l.commune
GROUP BY c.departement, c.territoire_id, l.commune, l.adresse, l.abscisse, l.ordonnee, l.epsg,
  l.nbpiece, l.finan, l.construct
"""


def charger(ctx) -> int:
    """Counts the dwellings by address, then fills the slots; the unchanged are counted in dwellings."""
    ctx.sql(GROUPES)
    ctx.sql("DROP TABLE lignes")
    ctx.sql("ALTER TABLE groupes RENAME TO lignes")
    situer(ctx)
    toutes = chargement.valeurs(ctx)
    inchanges = compter_inchanges(ctx, toutes)
    fermes = ctx.valeur(
        f"WITH fermees AS (UPDATE {chargement.table(ctx)} t SET courant = false"
        " FROM (SELECT DISTINCT departement, territoire FROM lignes) s WHERE t.courant AND t.millesime = %s"
        " AND t.departement = s.departement AND t.territoire = s.territoire RETURNING t.logements)"
        " SELECT coalesce(sum(logements), 0)::bigint FROM fermees",
        [ctx.depot.millesime],
    )
    # without a key no dwelling is known to have changed: it is the same, or one came and another went
    ctx.rapport.connues, ctx.rapport.disparues = inchanges, fermes - inchanges
    chargement.inserer(ctx, toutes)
    return inchanges


def compter_inchanges(ctx, toutes) -> int:
    """INTERSECT: an unknown value equals an unknown value."""
    en_base, lues = ", ".join(v.colonne for v in toutes), ", ".join(v.sql for v in toutes)
    return ctx.valeur(
        f"SELECT coalesce(sum(logements), 0)::bigint FROM (SELECT {en_base} FROM {chargement.table(ctx)}"
        f" WHERE courant AND millesime = {ctx.depot.millesime} INTERSECT SELECT {lues} FROM lignes l) memes"
    )


def situer(ctx) -> None:
    """Longitude and latitude of the addresses, each different point projected once."""
    ctx.sql(
        "CREATE TEMP TABLE points ON COMMIT DROP AS SELECT row_number() OVER () AS rang, x, y, epsg,"
        " NULL::float8 AS lon, NULL::float8 AS lat FROM (SELECT DISTINCT x, y, epsg FROM lignes"
        " WHERE x IS NOT NULL AND y IS NOT NULL) p"
    )
    ctx.sql("CREATE TEMP TABLE projetes (rang bigint, lon float8, lat float8) ON COMMIT DROP")
    for debut in range(1, ctx.valeur("SELECT count(*) FROM points") + 1, POINTS_PAR_LOT):
        projeter(ctx, debut)
    ctx.sql(
        "UPDATE lignes l SET longitude = r.lon, latitude = r.lat FROM points p JOIN projetes r USING (rang)"
        " WHERE l.x = p.x AND l.y = p.y AND l.epsg = p.epsg"
    )
    ctx.sql("DROP TABLE points, projetes")
    ctx.avertir(
        "adresse_sans_point",
        "X",
        "Adresses sans point, ou dont le point tombe hors de France : chargées, absentes de la carte.",
        "l.longitude IS NULL",
    )


def projeter(ctx, debut: int) -> None:
    lus = ctx.sql(
        "SELECT rang, x, y, nullif(epsg, 0) FROM points WHERE rang >= %s AND rang < %s", [debut, debut + POINTS_PAR_LOT]
    )
    cadre = pd.DataFrame(lus.fetchall(), columns=["rang", "x", "y", "epsg"])
    longitudes, latitudes = points.en_degres(cadre)
    with ctx.copier("COPY projetes FROM STDIN") as copie:
        for rang, longitude, latitude in zip(cadre.rang.tolist(), longitudes.tolist(), latitudes.tolist()):
            if not np.isnan(longitude):
                copie.write_row((rang, longitude, latitude))


RPLS_OUVERT = enregistrer(
    Format(
        type="rpls_ouvert",
        libelle="Parc locatif social en données ouvertes (RPLS géolocalisé)",
        usage="Compte le parc social par adresse, tous bailleurs ensemble.",
        colonnes=(
            Colonne(
                "DEPCOM_CODE",
                Nature.COMMUNE,
                champ="commune",
                obligatoire=True,
                cle=True,
                synonymes=("DEPCOM",),
                aide="Code INSEE.",
            ),
            Colonne("NUMVOIE", Nature.TEXTE),
            Colonne("INDREP", Nature.TEXTE, aide="Indice de répétition."),
            Colonne("TYPVOIE", Nature.TEXTE),
            Colonne("NOMVOIE", Nature.TEXTE),
            Colonne("LIEUDIT", Nature.TEXTE, aide="Tient lieu d'adresse quand la voie manque."),
            Colonne("COMPLGEO", Nature.TEXTE, aide="Tient lieu d'adresse quand la voie et le lieu-dit manquent."),
            Colonne("X", Nature.DECIMAL, champ="abscisse", aide="Abscisse ou longitude."),
            Colonne("Y", Nature.DECIMAL, champ="ordonnee", aide="Ordonnée ou latitude."),
            Colonne("EPSG", Nature.ENTIER, valeurs=points.SYSTEMES, aide="À défaut, déduit de la grandeur de X et Y."),
            Colonne("NBPIECE", Nature.ENTIER, obligatoire=True, minimum=0),
            Colonne("SURFHAB", Nature.DECIMAL, minimum=0, aide="m²."),
            Colonne("CONSTRUCT", Nature.ANNEE, aide="Année de construction."),
            Colonne(
                "FINAN_CODE",
                Nature.ENTIER,
                champ="finan",
                obligatoire=True,
                valeurs=FINANCEMENTS,
                synonymes=("FINAN",),
                aide=LIBELLES_FINAN,
            ),
        ),
        ignorees=IGNOREES,
        cle=(),
        modele=ParcOuvert,
        creneau=("millesime", "departement", "territoire"),
        deposants=("epci",),
        derives={
            "departement": "NULL::text",
            "territoire": "NULL::text",
            "adresse": ADRESSE,
            "longitude": "NULL::float8",
            "latitude": "NULL::float8",
            "logements": "1",
            "surface": "surfhab",
        },
        constantes=("millesime",),
        millesime_obligatoire=True,
        controler=controler,
        charger=charger,
        territoires=territoires.des_communes,
    )
)
