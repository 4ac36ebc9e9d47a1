import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

CONVERTIR = """
UPDATE diagnostic_indice SET
    contributions = ARRAY(
        SELECT (c->>'contribution')::float8 FROM jsonb_array_elements(detail) WITH ORDINALITY t(c, rang) ORDER BY rang),
    etats = ARRAY(
        SELECT CASE c->>'alerte' WHEN 'composante_manquante' THEN 1 WHEN 'composante_peu_de_repondants' THEN 2 ELSE 0 END
        FROM jsonb_array_elements(detail) WITH ORDINALITY t(c, rang) ORDER BY rang)::smallint[];
INSERT INTO diagnostic_referenceindice (methode_id, epci, millesime, famille, comptes)
SELECT i.methode_id, i.epci, i.millesime, '', jsonb_build_object(m.axes->0->>'code',
    CASE WHEN m.axes->0->>'reference' = 'fixee' THEN coalesce(r.comptes, '{}') ELSE (
        SELECT jsonb_object_agg(concat(c->>'code', '/', c->>'population'),
                                jsonb_build_array(c->'numerateur', c->'denominateur'))
        FROM jsonb_array_elements(i.detail) c) END)
FROM diagnostic_indice i
JOIN diagnostic_methode m ON m.id = i.methode_id
LEFT JOIN diagnostic_referencemethode r ON r.methode_id = i.methode_id AND r.epci = i.epci
WHERE i.niveau = 'epci';
"""


class Migration(migrations.Migration):

    dependencies = [
        ('diagnostic', '0010_repartitions_du_parc'),
    ]

    operations = [
        migrations.CreateModel(
            name='ReferenceIndice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('epci', models.CharField(max_length=9, verbose_name='territoire de CIL')),
                ('millesime', models.SmallIntegerField(verbose_name='millésime')),
                ('famille', models.CharField(blank=True, default='', max_length=40, verbose_name='famille de patrimoine')),
                ('comptes', models.JSONField(verbose_name='numérateurs et dénominateurs de référence')),
                ('methode', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='diagnostic.methode', verbose_name='méthode')),
            ],
            options={
                'verbose_name': 'référence des indices',
                'constraints': [models.UniqueConstraint(fields=('methode', 'epci', 'millesime', 'famille'), name='reference_indice_unique')],
            },
        ),
        migrations.RemoveConstraint('indice', 'indice_unique'),
        migrations.AlterField('indice', 'methode', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='indices', to='diagnostic.methode', verbose_name='méthode')),
        migrations.RenameField('indice', 'contributions', 'detail'),
        migrations.AddField('indice', 'famille', models.CharField(blank=True, default='', max_length=40, verbose_name='famille de référence')),
        migrations.AddField('indice', 'contributions', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(null=True), default=list, size=None, verbose_name='contributions')),
        migrations.AddField('indice', 'etats', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(), default=list, size=None, verbose_name='états des composantes')),
        migrations.AddField('indice', 'valeurs_axes', django.contrib.postgres.fields.ArrayField(base_field=models.FloatField(null=True), default=list, size=None, verbose_name='valeurs des axes')),
        migrations.AddField('indice', 'rangs_axes', django.contrib.postgres.fields.ArrayField(base_field=models.SmallIntegerField(null=True), default=list, size=None, verbose_name='rangs des axes')),
        migrations.RunSQL(CONVERTIR, migrations.RunSQL.noop, elidable=True),
        migrations.RemoveField('indice', 'detail'),
        migrations.AddConstraint('indice', models.UniqueConstraint(fields=('methode', 'epci', 'niveau', 'territoire', 'version', 'millesime'), name='indice_unique')),
    ]
