import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def en_axes(apps, schema_editor):
    """One axis a method, with the components, classes and reference that it had."""
    for methode in apps.get_model("diagnostic", "Methode").objects.all():
        methode.axes = [
            {
                "code": "indice",
                "nom": methode.libelle,
                "base": methode.base,
                "normalisation": "rapport",
                "reference": "fixee" if methode.reference == "reference_fixee" else "millesime",
                "composantes": [
                    {**c, "poids": str(c["poids"]), "sens": 1, "facultative": False} for c in methode.composantes
                ],
                "classes": methode.classes,
            }
        ]
        methode.save(update_fields=["axes"])


def en_une(apps, schema_editor):
    """The columns of before; only methods of one axis of ratios can go back."""
    for methode in apps.get_model("diagnostic", "Methode").objects.all():
        axe = methode.axes[0]
        methode.base, methode.classes, methode.composantes = axe["base"], axe["classes"], axe["composantes"]
        methode.reference = "reference_fixee" if axe["reference"] == "fixee" else "millesime"
        methode.save(update_fields=["base", "classes", "composantes", "reference"])


class Migration(migrations.Migration):

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
        ('diagnostic', '0008_avis_et_grille'),
    ]

    operations = [
        migrations.AddField('methode', 'axes', models.JSONField(verbose_name='axes', default=list)),
        migrations.AddField('methode', 'croisement', models.JSONField(blank=True, null=True, verbose_name='croisement des axes')),
        migrations.AddField('methode', 'regles_quartier', models.JSONField(blank=True, default=list, verbose_name='règles de classement des quartiers')),
        migrations.AddField('methode', 'manquante', models.CharField(choices=[('renormaliser', "Les poids des autres composantes sont renormalisés, et c'est signalé"), ('sans_valeur', 'Pas de valeur')], default='renormaliser', max_length=12, verbose_name='composante manquante')),
        migrations.AddField('methode', 'adoptee_le', models.DateTimeField(blank=True, null=True, verbose_name='adoptée le')),
        migrations.AddField('methode', 'adoptee_par', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='adoptée par')),
        migrations.AddField('methode', 'retiree_le', models.DateTimeField(blank=True, null=True, verbose_name='retirée le')),
        migrations.AlterField('methode', 'base', models.IntegerField(default=1, verbose_name='base')),
        migrations.AlterField('methode', 'reference', models.CharField(default='millesime', max_length=20)),
        migrations.AlterField('methode', 'composantes', models.JSONField(default=list)),
        migrations.AlterField('methode', 'classes', models.JSONField(default=list)),
        migrations.RunPython(en_axes, en_une, elidable=True),
        migrations.RemoveField('methode', 'base'),
        migrations.RemoveField('methode', 'reference'),
        migrations.RemoveField('methode', 'composantes'),
        migrations.RemoveField('methode', 'classes'),
        migrations.AlterField('methode', 'axes', models.JSONField(verbose_name='axes')),
    ]
