// Drawing of the local secteurs. What is drawn is written to the text of the form, which alone is sent: without this
// module the same form works on the text, a file, or the outlines already known.
const atelier = document.querySelector("[data-atelier]");
const formulaire = document.getElementById("dessin");
const texte = document.getElementById("contours");
const dit = document.getElementById("dit-atelier");
const code = document.getElementById("nouveau-code");
const nom = document.getElementById("nouveau-nom");
const FRANCE = [[41, -5], [51.2, 9.7]];
const DECIMALES = 6;
const arrondi = (n) => Number(n.toFixed(DECIMALES));
const teinte = (nomDeVariable) => getComputedStyle(atelier).getPropertyValue(nomDeVariable).trim();
const boutons = Object.fromEntries([...atelier.querySelectorAll("[data-geste]")].map((b) => [b.dataset.geste, b]));

atelier.hidden = false;
document.getElementById("champ-fichier").hidden = false;
const element = atelier.querySelector(".carte");
const carte = L.map(element, { zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false, inertia: false });
carte.attributionControl.setPrefix(false);
carte.fitBounds(FRANCE, { animate: false }); // layers need a view before they are drawn
if (element.dataset.tuiles) {
  L.tileLayer(element.dataset.tuiles, { attribution: element.dataset.attribution, maxZoom: 19 }).addTo(carte);
}
const residences = L.layerGroup().addTo(carte);
const secteurs = L.featureGroup().addTo(carte);
const sommets = L.layerGroup().addTo(carte);
const trace = L.polyline([], { weight: 3, dashArray: "6 4" }).addTo(carte);
let genre = null; // what is being traced: "secteur" or "coupe"

function lire() {
  try {
    const lu = JSON.parse(texte.value);
    return Array.isArray(lu.features) ? lu : null;
  } catch {
    return null;
  }
}

function ecrire(dessin) {
  texte.value = JSON.stringify(dessin);
  montrer();
}

function dire(message) {
  dit.textContent = message;
}

function montrer() {
  const dessin = lire();
  secteurs.clearLayers();
  sommets.clearLayers();
  if (!dessin) return dire("Le texte n'est pas lisible : la carte reprend dès qu'il l'est.");
  const style = { color: teinte("--accent"), weight: 2.5, fillOpacity: 0.15 };
  for (const entite of dessin.features) {
    if (!entite.geometry) continue;
    try {
      const couche = L.geoJSON(entite, { style });
      couche.bindTooltip(`${entite.properties?.nom ?? ""} (${entite.properties?.code ?? ""})`, { sticky: true });
      couche.on("click", () => choisir(entite.properties?.code));
      secteurs.addLayer(couche);
    } catch {
      dire("Un des contours n'est pas lisible : « Vérifier le dessin » dit lequel.");
    }
  }
  const choix = document.getElementById("secteur");
  const avant = choix.value;
  choix.replaceChildren(...dessin.features.map((e) => new Option(e.properties?.code ?? "", e.properties?.code ?? "")));
  choix.value = avant || choix.options[0]?.value || "";
  if (boutons.deplacer.getAttribute("aria-pressed") === "true") poserLesSommets(dessin);
}

function choisir(un) {
  if (!genre && un) document.getElementById("secteur").value = un;
}

// --- tracing

function commencer(quoi) {
  if (quoi === "secteur" && !(code.value.trim() && nom.value.trim())) {
    dire("Donnez d'abord au secteur un code et un nom.");
    return (code.value.trim() ? nom : code).focus();
  }
  genre = quoi;
  trace.setLatLngs([]);
  element.classList.add("trace");
  etatDesBoutons();
  dire(quoi === "secteur" ? "Cliquez les sommets, ou Entrée au centre de la carte ; puis « Fermer le contour »."
    : "Cliquez les sommets d'une ligne qui traverse le secteur ; puis « Fermer le contour ».");
  element.focus();
}

function etatDesBoutons() {
  const minimum = genre === "coupe" ? 2 : 3;
  const nombre = trace.getLatLngs().length;
  boutons.dessiner.disabled = boutons.couper.disabled = Boolean(genre);
  boutons.fermer.disabled = !genre || nombre < minimum;
  boutons.reculer.disabled = !genre || !nombre;
  boutons.abandonner.disabled = !genre;
}

function poser(place) {
  if (!genre) return;
  trace.addLatLng(place);
  etatDesBoutons();
  const n = trace.getLatLngs().length;
  dire(`${n} sommet${n > 1 ? "s" : ""}.`);
}

function finir(message) {
  genre = null;
  trace.setLatLngs([]);
  element.classList.remove("trace");
  etatDesBoutons();
  dire(message);
}

function fermer() {
  const places = trace.getLatLngs().map(({ lat, lng }) => [arrondi(lng), arrondi(lat)]);
  if (genre === "coupe") {
    document.getElementById("ligne").value = places.map((p) => p.join(",")).join(" ");
    finir("Ligne tracée : choisissez le secteur, puis « Diviser par la ligne ».");
    return document.getElementById("secteur").focus();
  }
  const dessin = lire() ?? { type: "FeatureCollection", features: [] };
  dessin.features.push({
    type: "Feature",
    properties: { code: code.value.trim(), nom: nom.value.trim() },
    geometry: { type: "Polygon", coordinates: [[...places, places[0]]] },
  });
  const fait = nom.value.trim();
  finir("");
  ecrire(dessin);
  nom.value = "";
  proposerUnCode();
  dire(`${fait} est dans le dessin. Vérifiez, ou dessinez le suivant.`);
}

function proposerUnCode() {
  const pris = new Set((lire()?.features ?? []).map((e) => e.properties?.code));
  let rang = 1;
  while (pris.has(`${code.dataset.prefixe}${String(rang).padStart(2, "0")}`)) rang += 1;
  code.value = `${code.dataset.prefixe}${String(rang).padStart(2, "0")}`;
}

// --- moving corners

function anneaux(geometrie) {
  return geometrie.type === "Polygon" ? geometrie.coordinates : geometrie.coordinates.flat();
}

function poserLesSommets(dessin) {
  const icone = L.divIcon({ className: "sommet", iconSize: [13, 13] });
  for (const entite of dessin.features) {
    for (const anneau of entite.geometry ? anneaux(entite.geometry) : []) {
      anneau.slice(0, -1).forEach(([x, y], rang) => {
        const repere = L.marker([y, x], { icon: icone, draggable: true, keyboard: false }).addTo(sommets);
        repere.on("dragend", () => {
          const { lat, lng } = repere.getLatLng();
          anneau[rang] = [arrondi(lng), arrondi(lat)];
          if (rang === 0) anneau[anneau.length - 1] = anneau[0];
          ecrire(dessin);
        });
      });
    }
  }
}

function basculer() {
  const actif = boutons.deplacer.getAttribute("aria-pressed") !== "true";
  boutons.deplacer.setAttribute("aria-pressed", String(actif));
  montrer();
  dire(actif ? "Glissez les sommets ; au clavier, corrigez leurs coordonnées dans le texte." : "");
}

// --- start

const GESTES = {
  dessiner: () => commencer("secteur"),
  couper: () => commencer("coupe"),
  fermer,
  reculer: () => {
    trace.setLatLngs(trace.getLatLngs().slice(0, -1));
    etatDesBoutons();
  },
  abandonner: () => finir("Tracé abandonné."),
  deplacer: basculer,
};
for (const [geste, bouton] of Object.entries(boutons)) bouton.addEventListener("click", GESTES[geste]);
carte.on("click", ({ latlng }) => poser(latlng));
element.addEventListener("keydown", (evenement) => {
  if (!genre || evenement.target !== element) return;
  if (evenement.key === "Enter") {
    evenement.preventDefault();
    poser(carte.getCenter());
  } else if (evenement.key === "Escape") {
    finir("Tracé abandonné.");
  }
});
// Return in a field of the drawing does not send the form.
for (const champ of [code, nom]) {
  champ.addEventListener("keydown", (evenement) => evenement.key === "Enter" && evenement.preventDefault());
}
texte.addEventListener("change", montrer);
document.getElementById("fichier").addEventListener("change", async ({ target }) => {
  const [fichier] = target.files;
  if (!fichier) return;
  texte.value = await fichier.text();
  target.value = "";
  montrer();
});
for (const [x, y] of JSON.parse(document.getElementById("residences-atelier").textContent)) {
  L.circleMarker([y, x], { radius: 3, weight: 1, color: teinte("--encre"), interactive: false }).addTo(residences);
}
trace.setStyle({ color: teinte("--manque") || teinte("--encre") });
montrer();
proposerUnCode();
const cadre = secteurs.getLayers().length ? secteurs.getBounds() : L.featureGroup(residences.getLayers()).getBounds();
if (cadre.isValid()) carte.fitBounds(cadre.pad(0.2), { animate: false });
formulaire.addEventListener("submit", (evenement) => {
  if (!genre) return;
  evenement.preventDefault();
  dire("Fermez ou abandonnez d'abord le contour en cours.");
});
