-- The counts of one millésime for all levels, as one would write them by hand (see recalcul.py).
CREATE TEMP TABLE bench_comptage AS
WITH recense AS (
    SELECT r.identifiant, r.bailleur, r.commune_id AS commune, a.code AS qpv, o.reponse = 1 AS repond,
           extract(year FROM o.date_entree) >= %(millesime)s - 2 AS recent, extract(year FROM o.date_entree) AS entree,
           o.pct_plafond_plus AS pct, o.nb_occupants AS occ, o.nb_majeurs AS maj, o.nb_enfants AS enf,
           o.composition AS comp, o.age_titulaire AS age, o.nb_emploi_stable AS stable, o.nb_emploi_precaire AS precaire,
           o.nb_sans_emploi AS sans, o.nb_retraites AS retr, o.nb_autres_inactifs AS autres, o.apl,
           o.minima_sociaux AS minima, l.surfhab AS surf, l.nbpiece AS piece
    FROM diagnostic_menageops o
    JOIN diagnostic_passage p ON p.bailleur = o.bailleur AND p.ident_int = o.ident_int AND p.courant
    JOIN diagnostic_residence r ON r.bailleur = p.bailleur AND r.code = p.code_residence AND r.courant
    JOIN diagnostic_commune c ON c.code = r.commune_id AND c.territoire_id = %(epci)s
    JOIN diagnostic_appartenance a
        ON a.residence = r.identifiant AND a.nature = 'qpv' AND a.version = %(version)s
    JOIN diagnostic_logement l ON l.bailleur = o.bailleur AND l.ident_int = o.ident_int AND l.courant
        AND l.millesime = %(millesime)s
    WHERE o.courant AND o.annee = %(millesime)s
), ops AS (
    SELECT identifiant, bailleur, commune, qpv, population,
        count(*) FILTER (WHERE repond) AS repondants,
        CASE WHEN population = 'ensemble' THEN count(*) END AS enquetes,
        count(*) FILTER (WHERE repond AND pct < 20) AS n_menages_moins_20_pct_plus,
        count(*) FILTER (WHERE repond AND pct IS NOT NULL) AS d_menages_moins_20_pct_plus,
        count(*) FILTER (WHERE repond AND pct < 40) AS n_menages_moins_40_pct_plus,
        count(*) FILTER (WHERE repond AND pct IS NOT NULL) AS d_menages_moins_40_pct_plus,
        count(*) FILTER (WHERE repond AND pct < 60) AS n_menages_moins_60_pct_plus,
        count(*) FILTER (WHERE repond AND pct IS NOT NULL) AS d_menages_moins_60_pct_plus,
        count(*) FILTER (WHERE repond AND pct > 60) AS n_menages_plus_60_pct_plus,
        count(*) FILTER (WHERE repond AND pct IS NOT NULL) AS d_menages_plus_60_pct_plus,
        count(*) FILTER (WHERE repond AND pct > 80) AS n_menages_plus_80_pct_plus,
        count(*) FILTER (WHERE repond AND pct IS NOT NULL) AS d_menages_plus_80_pct_plus,
        count(*) FILTER (WHERE repond AND pct <= CASE WHEN occ = 2 OR occ = 3 AND comp IS DISTINCT FROM 4 THEN 60
                         ELSE 55 END) AS n_sous_plafond_plai,
        count(*) FILTER (WHERE repond AND pct IS NOT NULL) AS d_sous_plafond_plai,
        count(*) FILTER (WHERE repond AND apl = 1) AS n_beneficiaires_apl,
        count(*) FILTER (WHERE repond AND apl IS NOT NULL) AS d_beneficiaires_apl,
        count(*) FILTER (WHERE repond AND minima = 1) AS n_minima_sociaux,
        count(*) FILTER (WHERE repond AND minima IS NOT NULL) AS d_minima_sociaux,
        count(*) FILTER (WHERE repond AND comp = 1) AS n_personnes_seules,
        count(*) FILTER (WHERE repond AND comp IS NOT NULL) AS d_personnes_seules,
        count(*) FILTER (WHERE repond AND comp = 4) AS n_monoparentales,
        count(*) FILTER (WHERE repond AND comp IS NOT NULL) AS d_monoparentales,
        count(*) FILTER (WHERE repond AND comp = 4 AND enf >= 3) AS n_monoparentales_3_enfants,
        count(*) FILTER (WHERE repond AND comp IS NOT NULL) AS d_monoparentales_3_enfants,
        count(*) FILTER (WHERE repond AND enf >= 3) AS n_familles_3_enfants,
        count(*) FILTER (WHERE repond AND enf IS NOT NULL) AS d_familles_3_enfants,
        count(*) FILTER (WHERE repond AND age >= 65) AS n_titulaires_65_ans,
        count(*) FILTER (WHERE repond AND age IS NOT NULL) AS d_titulaires_65_ans,
        count(*) FILTER (WHERE repond AND age < 25) AS n_titulaires_moins_25_ans,
        count(*) FILTER (WHERE repond AND age IS NOT NULL) AS d_titulaires_moins_25_ans,
        coalesce(sum(stable) FILTER (WHERE repond AND maj IS NOT NULL), 0) AS n_emploi_stable,
        coalesce(sum(maj) FILTER (WHERE repond AND stable IS NOT NULL), 0) AS d_emploi_stable,
        coalesce(sum(precaire) FILTER (WHERE repond AND maj IS NOT NULL), 0) AS n_emploi_precaire,
        coalesce(sum(maj) FILTER (WHERE repond AND precaire IS NOT NULL), 0) AS d_emploi_precaire,
        coalesce(sum(sans) FILTER (WHERE repond AND maj IS NOT NULL), 0) AS n_sans_emploi,
        coalesce(sum(maj) FILTER (WHERE repond AND sans IS NOT NULL), 0) AS d_sans_emploi,
        coalesce(sum(retr) FILTER (WHERE repond AND maj IS NOT NULL), 0) AS n_retraites,
        coalesce(sum(maj) FILTER (WHERE repond AND retr IS NOT NULL), 0) AS d_retraites,
        coalesce(sum(autres) FILTER (WHERE repond AND maj IS NOT NULL), 0) AS n_autres_inactifs,
        coalesce(sum(maj) FILTER (WHERE repond AND autres IS NOT NULL), 0) AS d_autres_inactifs,
        coalesce(sum(sans + autres) FILTER (WHERE repond AND maj IS NOT NULL), 0) AS n_sans_emploi_ou_inactifs,
        coalesce(sum(maj) FILTER (WHERE repond AND sans + autres IS NOT NULL), 0) AS d_sans_emploi_ou_inactifs,
        coalesce(sum(occ - maj) FILTER (WHERE repond), 0) AS n_mineurs,
        coalesce(sum(occ) FILTER (WHERE repond AND maj IS NOT NULL), 0) AS d_mineurs,
        coalesce(sum(occ) FILTER (WHERE repond), 0) AS n_occupants_moyen,
        count(*) FILTER (WHERE repond AND occ IS NOT NULL) AS d_occupants_moyen,
        count(*) FILTER (WHERE repond AND surf < CASE occ WHEN 1 THEN 9 ELSE least(70, 16 + 9 * (occ - 2)) END)
            AS n_suroccupation,
        count(*) FILTER (WHERE repond AND surf IS NOT NULL AND occ IS NOT NULL) AS d_suroccupation,
        count(*) FILTER (WHERE repond AND piece > occ + 1) AS n_sous_occupation,
        count(*) FILTER (WHERE repond AND piece IS NOT NULL AND occ IS NOT NULL) AS d_sous_occupation,
        CASE WHEN population = 'ensemble' THEN count(*) FILTER (WHERE repond AND recent) END AS n_emmenages_recents,
        CASE WHEN population = 'ensemble' THEN count(*) FILTER (WHERE repond AND entree IS NOT NULL) END
            AS d_emmenages_recents,
        CASE WHEN population = 'ensemble' THEN count(*) FILTER (WHERE repond) END AS n_taux_reponse,
        CASE WHEN population = 'ensemble' THEN count(*) END AS d_taux_reponse
    FROM (SELECT 'ensemble' AS population, * FROM recense
          UNION ALL SELECT 'recents', identifiant, bailleur, commune, qpv, repond AND recent, recent, entree, pct, occ, maj,
                           enf, comp, age, stable, precaire, sans, retr, autres, apl, minima, surf, piece
          FROM recense) t
    GROUP BY 1, 2, 3, 4, 5
), parc AS (
    SELECT r.identifiant AS cle_parc, count(*) AS logements,
        count(*) FILTER (WHERE mode = 2 AND remlocdate + interval '3 months' < make_date(%(millesime)s, 1, 1))
            AS n_vacance_3_mois_rpls,
        count(*) FILTER (WHERE mode IN (1, 2)) AS d_vacance_3_mois_rpls,
        count(*) FILTER (WHERE mode = 1 AND extract(year FROM bail) = %(millesime)s - 1 AND locat < %(millesime)s - 1)
            AS n_mobilite_rpls,
        count(*) FILTER (WHERE mode IN (1, 2) AND locat < %(millesime)s - 1) AS d_mobilite_rpls,
        count(*) FILTER (WHERE construct < 1975) AS n_logements_avant_1975,
        count(*) FILTER (WHERE construct IS NOT NULL) AS d_logements_avant_1975,
        coalesce(sum(loyerprinc) FILTER (WHERE mode = 1 AND surfhab IS NOT NULL), 0) AS n_loyer_m2,
        coalesce(sum(surfhab) FILTER (WHERE mode = 1 AND loyerprinc IS NOT NULL), 0) AS d_loyer_m2,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc <= loyermaxapl) AS n_loyer_sous_plafond_apl,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc IS NOT NULL AND loyermaxapl IS NOT NULL)
            AS d_loyer_sous_plafond_apl,
        count(*) FILTER (WHERE nbpiece <= 2) AS n_petits_logements,
        count(*) FILTER (WHERE nbpiece IS NOT NULL) AS d_petits_logements,
        count(*) FILTER (WHERE nbpiece >= 5) AS n_grands_logements,
        count(*) FILTER (WHERE nbpiece IS NOT NULL) AS d_grands_logements,
        count(*) FILTER (WHERE finan IN (10, 11)) AS n_logements_plai,
        count(*) FILTER (WHERE finan IS NOT NULL) AS d_logements_plai,
        count(*) FILTER (WHERE finan IN (12, 13)) AS n_logements_plus,
        count(*) FILTER (WHERE finan IN (14)) AS n_logements_pls,
        count(*) FILTER (WHERE finan IN (16, 17)) AS n_logements_intermediaires,
        count(*) FILTER (WHERE finan IN (50, 51, 52, 53, 54, 55, 99)) AS n_logements_finances_avant_1977,
        count(*) FILTER (WHERE finan IN (15, 49)) AS n_logements_autre_financement,
        count(*) FILTER (WHERE nbpiece <= 1) AS n_logements_t1,
        count(*) FILTER (WHERE nbpiece = 2) AS n_logements_t2,
        count(*) FILTER (WHERE nbpiece = 3) AS n_logements_t3,
        count(*) FILTER (WHERE nbpiece = 4) AS n_logements_t4,
        count(*) FILTER (WHERE construct <= 1946) AS n_construits_avant_1947,
        count(*) FILTER (WHERE construct BETWEEN 1947 AND 1964) AS n_construits_1947_1964,
        count(*) FILTER (WHERE construct BETWEEN 1965 AND 1977) AS n_construits_1965_1977,
        count(*) FILTER (WHERE construct BETWEEN 1978 AND 1999) AS n_construits_1978_1999,
        count(*) FILTER (WHERE construct BETWEEN 2000 AND 2017) AS n_construits_2000_2017,
        count(*) FILTER (WHERE construct >= 2018) AS n_construits_depuis_2018,
        count(*) FILTER (WHERE construct IS NOT NULL) AS d_construits_avant_1947,
        count(*) FILTER (WHERE dpeenergie = 'A') AS n_dpe_a,
        count(*) FILTER (WHERE dpeenergie = 'B') AS n_dpe_b,
        count(*) FILTER (WHERE dpeenergie = 'C') AS n_dpe_c,
        count(*) FILTER (WHERE dpeenergie = 'D') AS n_dpe_d,
        count(*) FILTER (WHERE dpeenergie = 'E') AS n_dpe_e,
        count(*) FILTER (WHERE dpeenergie = 'F') AS n_dpe_f,
        count(*) FILTER (WHERE dpeenergie = 'G') AS n_dpe_g,
        count(*) FILTER (WHERE dpeenergie IN ('A', 'B', 'C', 'D', 'E', 'F', 'G')) AS d_dpe_a,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc / loyermaxapl < 0.8) AS n_loyer_apl_moins_20,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc / loyermaxapl >= 0.8 AND loyerprinc / loyermaxapl < 0.9)
            AS n_loyer_apl_moins_10_20,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc / loyermaxapl >= 0.9 AND loyerprinc / loyermaxapl <= 1)
            AS n_loyer_apl_moins_0_10,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc / loyermaxapl > 1 AND loyerprinc / loyermaxapl <= 1.1)
            AS n_loyer_apl_plus_0_10,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc / loyermaxapl > 1.1 AND loyerprinc / loyermaxapl <= 1.2)
            AS n_loyer_apl_plus_10_20,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc / loyermaxapl > 1.2) AS n_loyer_apl_plus_20,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc IS NOT NULL AND loyermaxapl IS NOT NULL) AS d_loyer_apl_moins_20,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc <= min_apl) AS n_loyer_couvert_min,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc + min_charges <= min_apl) AS n_loyer_charges_couvert_min,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc <= max_apl) AS n_loyer_couvert_max,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc + max_charges <= max_apl) AS n_loyer_charges_couvert_max,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc IS NOT NULL AND min_apl IS NOT NULL) AS d_loyer_couvert_min,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc <= 5.5 * surfhab AND surfhab > 0) AS n_bas_loyer_m2,
        count(*) FILTER (WHERE mode = 1 AND loyerprinc IS NOT NULL AND surfhab > 0) AS d_bas_loyer_m2,
        coalesce(sum(loyerprinc) FILTER (WHERE mode = 1 AND loyermaxapl IS NOT NULL), 0) AS n_loyer_sur_plafond_apl,
        coalesce(sum(loyermaxapl) FILTER (WHERE mode = 1 AND loyerprinc IS NOT NULL), 0) AS d_loyer_sur_plafond_apl
    FROM diagnostic_logement l
    LEFT JOIN (VALUES (1, 287.35, 59.97, 351.72, 59.97), (2, 287.35, 59.97, 351.72, 59.97),
                      (3, 351.72, 59.97, 453.38, 87.17), (4, 395.77, 73.57, 568.60, 114.37),
                      (5, 453.38, 87.17, 683.82, 141.57), (6, 510.99, 100.77, 799.04, 168.77)
    ) apl(taille, min_apl, min_charges, max_apl, max_charges) ON taille = least(greatest(nbpiece, 1), 6)
    JOIN diagnostic_passage p ON p.bailleur = l.bailleur AND p.ident_int = l.ident_int AND p.courant
    JOIN diagnostic_residence r ON r.bailleur = p.bailleur AND r.code = p.code_residence AND r.courant
    JOIN diagnostic_commune c ON c.code = r.commune_id AND c.territoire_id = %(epci)s
    WHERE l.courant AND l.millesime = %(millesime)s
    GROUP BY 1
), gestion AS (
    SELECT bailleur || ':' || code_residence AS cle_gestion,
        sum(nb_logements) AS gestion_logements, sum(nb_occupes) AS gestion_occupes,
        sum(nb_propositions) AS gestion_propositions,
        sum(nb_entrees - coalesce(nb_premieres_locations, 0)) AS n_rotation, sum(nb_logements) AS d_rotation,
        sum(nb_vacants_3mois) AS n_vacance_3_mois, sum(nb_logements) AS d_vacance_3_mois,
        sum(nb_impayes_3mois) AS n_impayes_3_mois, sum(nb_occupes) AS d_impayes_3_mois,
        sum(nb_demandes_mutation) AS n_demandes_mutation, sum(nb_occupes) AS d_demandes_mutation,
        sum(nb_refus) AS n_refus_propositions, sum(nb_propositions) AS d_refus_propositions
    FROM diagnostic_gestionresidence WHERE courant AND annee = %(millesime)s
    GROUP BY 1
), residences AS MATERIALIZED (
    SELECT ops.*, parc.*, gestion.*
    FROM ops
    LEFT JOIN parc ON parc.cle_parc = ops.identifiant AND population = 'ensemble'
    LEFT JOIN gestion ON gestion.cle_gestion = ops.identifiant AND population = 'ensemble'
)
SELECT niveau, territoire, bailleur, population,
    sum(repondants) AS repondants, sum(enquetes) AS enquetes,
    sum(n_menages_moins_20_pct_plus) AS n_menages_moins_20_pct_plus,
    sum(d_menages_moins_20_pct_plus) AS d_menages_moins_20_pct_plus,
    sum(n_menages_moins_40_pct_plus) AS n_menages_moins_40_pct_plus,
    sum(d_menages_moins_40_pct_plus) AS d_menages_moins_40_pct_plus,
    sum(n_menages_moins_60_pct_plus) AS n_menages_moins_60_pct_plus,
    sum(d_menages_moins_60_pct_plus) AS d_menages_moins_60_pct_plus,
    sum(n_menages_plus_60_pct_plus) AS n_menages_plus_60_pct_plus,
    sum(d_menages_plus_60_pct_plus) AS d_menages_plus_60_pct_plus,
    sum(n_menages_plus_80_pct_plus) AS n_menages_plus_80_pct_plus,
    sum(d_menages_plus_80_pct_plus) AS d_menages_plus_80_pct_plus, sum(n_sous_plafond_plai) AS n_sous_plafond_plai,
    sum(d_sous_plafond_plai) AS d_sous_plafond_plai, sum(n_beneficiaires_apl) AS n_beneficiaires_apl,
    sum(d_beneficiaires_apl) AS d_beneficiaires_apl, sum(n_minima_sociaux) AS n_minima_sociaux,
    sum(d_minima_sociaux) AS d_minima_sociaux, sum(n_personnes_seules) AS n_personnes_seules,
    sum(d_personnes_seules) AS d_personnes_seules, sum(n_monoparentales) AS n_monoparentales,
    sum(d_monoparentales) AS d_monoparentales, sum(n_monoparentales_3_enfants) AS n_monoparentales_3_enfants,
    sum(d_monoparentales_3_enfants) AS d_monoparentales_3_enfants, sum(n_familles_3_enfants) AS n_familles_3_enfants,
    sum(d_familles_3_enfants) AS d_familles_3_enfants, sum(n_titulaires_65_ans) AS n_titulaires_65_ans,
    sum(d_titulaires_65_ans) AS d_titulaires_65_ans, sum(n_titulaires_moins_25_ans) AS n_titulaires_moins_25_ans,
    sum(d_titulaires_moins_25_ans) AS d_titulaires_moins_25_ans, sum(n_emploi_stable) AS n_emploi_stable,
    sum(d_emploi_stable) AS d_emploi_stable, sum(n_emploi_precaire) AS n_emploi_precaire,
    sum(d_emploi_precaire) AS d_emploi_precaire, sum(n_sans_emploi) AS n_sans_emploi,
    sum(d_sans_emploi) AS d_sans_emploi, sum(n_retraites) AS n_retraites, sum(d_retraites) AS d_retraites,
    sum(n_autres_inactifs) AS n_autres_inactifs, sum(d_autres_inactifs) AS d_autres_inactifs,
    sum(n_sans_emploi_ou_inactifs) AS n_sans_emploi_ou_inactifs,
    sum(d_sans_emploi_ou_inactifs) AS d_sans_emploi_ou_inactifs, sum(n_mineurs) AS n_mineurs,
    sum(d_mineurs) AS d_mineurs, sum(n_occupants_moyen) AS n_occupants_moyen,
    sum(d_occupants_moyen) AS d_occupants_moyen, sum(n_suroccupation) AS n_suroccupation,
    sum(d_suroccupation) AS d_suroccupation, sum(n_sous_occupation) AS n_sous_occupation,
    sum(d_sous_occupation) AS d_sous_occupation, sum(n_emmenages_recents) AS n_emmenages_recents,
    sum(d_emmenages_recents) AS d_emmenages_recents, sum(n_taux_reponse) AS n_taux_reponse,
    sum(d_taux_reponse) AS d_taux_reponse, sum(logements) AS logements,
    sum(n_vacance_3_mois_rpls) AS n_vacance_3_mois_rpls, sum(d_vacance_3_mois_rpls) AS d_vacance_3_mois_rpls,
    sum(n_mobilite_rpls) AS n_mobilite_rpls, sum(d_mobilite_rpls) AS d_mobilite_rpls,
    sum(n_logements_avant_1975) AS n_logements_avant_1975, sum(d_logements_avant_1975) AS d_logements_avant_1975,
    sum(n_loyer_m2) AS n_loyer_m2, sum(d_loyer_m2) AS d_loyer_m2,
    sum(n_loyer_sous_plafond_apl) AS n_loyer_sous_plafond_apl,
    sum(d_loyer_sous_plafond_apl) AS d_loyer_sous_plafond_apl, sum(n_petits_logements) AS n_petits_logements,
    sum(d_petits_logements) AS d_petits_logements, sum(n_grands_logements) AS n_grands_logements,
    sum(d_grands_logements) AS d_grands_logements, sum(n_logements_plai) AS n_logements_plai,
    sum(d_logements_plai) AS d_logements_plai,
    sum(n_logements_plus) AS n_logements_plus, sum(n_logements_pls) AS n_logements_pls,
    sum(n_logements_intermediaires) AS n_logements_intermediaires,
    sum(n_logements_finances_avant_1977) AS n_logements_finances_avant_1977,
    sum(n_logements_autre_financement) AS n_logements_autre_financement, sum(n_logements_t1) AS n_logements_t1,
    sum(n_logements_t2) AS n_logements_t2, sum(n_logements_t3) AS n_logements_t3,
    sum(n_logements_t4) AS n_logements_t4, sum(n_construits_avant_1947) AS n_construits_avant_1947,
    sum(n_construits_1947_1964) AS n_construits_1947_1964, sum(n_construits_1965_1977) AS n_construits_1965_1977,
    sum(n_construits_1978_1999) AS n_construits_1978_1999, sum(n_construits_2000_2017) AS n_construits_2000_2017,
    sum(n_construits_depuis_2018) AS n_construits_depuis_2018,
    sum(d_construits_avant_1947) AS d_construits_avant_1947, sum(n_dpe_a) AS n_dpe_a, sum(n_dpe_b) AS n_dpe_b,
    sum(n_dpe_c) AS n_dpe_c, sum(n_dpe_d) AS n_dpe_d, sum(n_dpe_e) AS n_dpe_e, sum(n_dpe_f) AS n_dpe_f,
    sum(n_dpe_g) AS n_dpe_g, sum(d_dpe_a) AS d_dpe_a, sum(n_loyer_apl_moins_20) AS n_loyer_apl_moins_20,
    sum(n_loyer_apl_moins_10_20) AS n_loyer_apl_moins_10_20, sum(n_loyer_apl_moins_0_10) AS n_loyer_apl_moins_0_10,
    sum(n_loyer_apl_plus_0_10) AS n_loyer_apl_plus_0_10, sum(n_loyer_apl_plus_10_20) AS n_loyer_apl_plus_10_20,
    sum(n_loyer_apl_plus_20) AS n_loyer_apl_plus_20, sum(d_loyer_apl_moins_20) AS d_loyer_apl_moins_20,
    sum(n_loyer_couvert_min) AS n_loyer_couvert_min, sum(n_loyer_charges_couvert_min) AS n_loyer_charges_couvert_min,
    sum(n_loyer_couvert_max) AS n_loyer_couvert_max, sum(n_loyer_charges_couvert_max) AS n_loyer_charges_couvert_max,
    sum(d_loyer_couvert_min) AS d_loyer_couvert_min, sum(n_bas_loyer_m2) AS n_bas_loyer_m2,
    sum(d_bas_loyer_m2) AS d_bas_loyer_m2, sum(n_loyer_sur_plafond_apl) AS n_loyer_sur_plafond_apl,
    sum(d_loyer_sur_plafond_apl) AS d_loyer_sur_plafond_apl,
    sum(gestion_logements) AS gestion_logements,
    sum(gestion_occupes) AS gestion_occupes, sum(gestion_propositions) AS gestion_propositions,
    sum(n_rotation) AS n_rotation, sum(d_rotation) AS d_rotation, sum(n_vacance_3_mois) AS n_vacance_3_mois,
    sum(d_vacance_3_mois) AS d_vacance_3_mois, sum(n_impayes_3_mois) AS n_impayes_3_mois,
    sum(d_impayes_3_mois) AS d_impayes_3_mois, sum(n_demandes_mutation) AS n_demandes_mutation,
    sum(d_demandes_mutation) AS d_demandes_mutation, sum(n_refus_propositions) AS n_refus_propositions,
    sum(d_refus_propositions) AS d_refus_propositions
FROM (
    SELECT 'residence' AS niveau, identifiant AS territoire, * FROM residences
    UNION ALL SELECT 'commune', commune, * FROM residences
    UNION ALL SELECT 'epci', %(epci)s, * FROM residences
    UNION ALL SELECT 'hors_qpv', %(epci)s, * FROM residences WHERE qpv = ''
    UNION ALL SELECT 'qpv', qpv, * FROM residences WHERE qpv <> ''
) t
GROUP BY 1, 2, 3, 4
