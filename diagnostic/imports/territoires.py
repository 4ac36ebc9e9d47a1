"""Which territories a deposit touches: those that the nightly job must recompute."""

PAR_COMMUNE = (
    "SELECT DISTINCT c.territoire_id FROM diagnostic_commune c WHERE c.territoire_id IS NOT NULL AND c.code IN "
)


def _sirens(ctx, requete: str, parametres=None) -> list[str]:
    return [siren for (siren,) in ctx.sql(requete, parametres)]


def des_communes(ctx) -> list[str]:
    """Territories of the communes that the rows name (`lignes.commune`)."""
    return _sirens(ctx, PAR_COMMUNE + "(SELECT DISTINCT commune FROM lignes)")


def du_bailleur(ctx) -> list[str]:
    """Territories where the owner has, or had, residences."""
    return _sirens(
        ctx,
        PAR_COMMUNE + "(SELECT DISTINCT commune_id FROM diagnostic_residence WHERE bailleur = %s)",
        [ctx.proprietaire.siren],
    )


def des_deux(ctx) -> list[str]:
    return [*des_communes(ctx), *du_bailleur(ctx)]
