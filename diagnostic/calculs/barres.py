"""Horizontal bars, a place beside its reference, as one SVG: length, mark and words, so that colour is never alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

LARGEUR, LIGNE, GAUCHE, DROITE = 900, 34, 330, 190
ENCRE, ACCENT, FOND, SOURDINE = "#1c2126", "#0a5c6b", "#e9ebe5", "#5a626b"


@dataclass(frozen=True)
class Barre:
    """`ici`, `repere`: rates from 0 to 1, None for unknown or masked; `dit`, `dit_repere`: the same in words."""

    libelle: str
    ici: float | None
    repere: float | None
    dit: str
    dit_repere: str


def barres(lignes: Sequence[Barre]) -> str:
    """A bar a line, the mark of the reference across it; the longest of all fills the width."""
    connues = [taux for ligne in lignes for taux in (ligne.ici, ligne.repere) if taux is not None]
    plein = max(connues, default=0) or 1
    etendue = LARGEUR - GAUCHE - DROITE
    corps = []
    for rang, ligne in enumerate(lignes):
        haut = rang * LIGNE
        corps.append(f'<text x="0" y="{haut + 21}" font-size="14" fill="{ENCRE}">{escape(ligne.libelle)}</text>')
        corps.append(f'<rect x="{GAUCHE}" y="{haut + 8}" width="{etendue}" height="16" fill="{FOND}"/>')
        if ligne.ici is not None:
            longueur = round(etendue * ligne.ici / plein, 1)
            corps.append(f'<rect x="{GAUCHE}" y="{haut + 8}" width="{longueur}" height="16" fill="{ACCENT}"/>')
        if ligne.repere is not None:
            x = round(GAUCHE + etendue * ligne.repere / plein, 1)
            corps.append(f'<path d="M{x} {haut + 3}V{haut + 29}" stroke="{ENCRE}" stroke-width="3"/>')
        corps.append(
            f'<text x="{GAUCHE + etendue + 12}" y="{haut + 21}" font-size="14" fill="{ENCRE}">{escape(ligne.dit)}'
            f' <tspan fill="{SOURDINE}">| {escape(ligne.dit_repere)}</tspan></text>'
        )
    hauteur = len(lignes) * LIGNE + 26
    legende = "barre : la résidence ; trait : le territoire"
    corps.append(f'<text x="{GAUCHE}" y="{hauteur - 8}" font-size="12" fill="{SOURDINE}">{legende}</text>')
    taille = f'width="{LARGEUR}" height="{hauteur}" viewBox="0 0 {LARGEUR} {hauteur}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {taille}>{"".join(corps)}</svg>'
