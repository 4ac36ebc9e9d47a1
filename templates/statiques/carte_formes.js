// Places drawn on a canvas: a disc, or a triangle where the class changed; hatched where there is no class.
const PAS_TRAME = 6;

// Colours are read where the map is: the tokens of the page, or those of paper while it prints.
export const couleur = (element, nom) => getComputedStyle(element).getPropertyValue(nom).trim();

export function trame(element) {
  const carreau = document.createElement("canvas");
  carreau.width = carreau.height = PAS_TRAME;
  const dessin = carreau.getContext("2d");
  dessin.fillStyle = couleur(element, "--sans-valeur");
  dessin.fillRect(0, 0, PAS_TRAME, PAS_TRAME);
  dessin.strokeStyle = couleur(element, "--ligne-forte");
  dessin.lineWidth = 1.2;
  dessin.beginPath();
  for (const depart of [-PAS_TRAME, 0, PAS_TRAME]) {
    dessin.moveTo(depart, PAS_TRAME);
    dessin.lineTo(depart + PAS_TRAME, 0);
  }
  dessin.stroke();
  return dessin.createPattern(carreau, "repeat");
}

// Shade of a class, 0 (pale) to 4, as diagnostic.calculs.carte.echelon has it.
export const echelon = (rang, classes) => Math.round((rang * 4) / Math.max(classes - 1, 1));

const TRIANGLES = { haut: -1, bas: 1 };

function tracer(contexte, { x, y }, rayon, forme) {
  contexte.beginPath();
  const pointe = TRIANGLES[forme];
  if (!pointe) {
    contexte.arc(x, y, rayon, 0, Math.PI * 2, false);
    return;
  }
  const demi = rayon * 1.15;
  contexte.moveTo(x, y + pointe * rayon * 1.3);
  contexte.lineTo(x + demi, y - pointe * rayon * 0.8);
  contexte.lineTo(x - demi, y - pointe * rayon * 0.8);
  contexte.closePath();
}

// A marker of Leaflet's canvas, in the shape of its option `forme`: rond, haut or bas.
export const Repere = L.CircleMarker.extend({
  _updatePath() {
    const rendu = this._renderer;
    if (!rendu._drawing || this._empty()) return;
    tracer(rendu._ctx, this._point, Math.max(Math.round(this._radius), 1), this.options.forme);
    rendu._fillStroke(rendu._ctx, this);
  },
});
