"""The notes of the qualitative grid as rows to be counted: one a criterion rated by one side, of the sheet in force at
the millésime (the last one written for the latest millésime at or before it)."""

LIGNES = """
    SELECT r.numero, NULL::text AS lieu, NULL::boolean AS drapeau, r.bailleur, NULL::bigint AS depot_id, n.value AS lue
    FROM (
        SELECT DISTINCT ON (residence, partie) residence, notes FROM diagnostic_fichegrille
        WHERE epci = %(epci)s AND millesime <= %(millesime)s
        ORDER BY residence, partie, millesime DESC, id DESC
    ) f
    JOIN ind_residence r ON r.identifiant = f.residence AND r.dedans
    CROSS JOIN LATERAL jsonb_each_text(f.notes) n"""
