"""Filters of the templates: numbers as French readers write them."""

from django import template

from partenaires.calculs.nombres import cible, euros, mesure, nombre, points, pourcent

register = template.Library()
for _filtre in (cible, euros, mesure, nombre, points, pourcent):
    register.filter(_filtre.__name__, _filtre)
