// Draws what /api/v1/carte/ returns, in the colours of the page's legend. No tile is asked for; nothing is computed.
const element = document.querySelector("#carte");
const etat = document.querySelector("#etat-carte");
const nombre = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 2 });
const TRAME = "url(#trame)";

const couleur = (nom) => getComputedStyle(document.documentElement).getPropertyValue(nom).trim();

function remplissage({ rang }, classes) {
  if (rang === null || rang === undefined) return TRAME;
  return couleur(`--classe-${Math.round((rang * 4) / Math.max(classes - 1, 1))}`);
}

function situation(lieu) {
  if (lieu.secret) return "secret";
  if (lieu.valeur === null) return "sans valeur";
  return `${lieu.classe} (indice ${nombre.format(lieu.valeur)})`;
}

function bulle(lieu, adresse) {
  const bloc = document.createElement("div");
  const titre = document.createElement("strong");
  titre.textContent = lieu.nom || lieu.territoire;
  bloc.append(titre, document.createElement("br"), situation(lieu));
  if (lieu.logements) bloc.append(document.createElement("br"), `${nombre.format(lieu.logements)} logements`);
  if (adresse) {
    const lien = document.createElement("a");
    lien.href = adresse;
    lien.textContent = "Voir la fiche";
    bloc.append(document.createElement("br"), lien);
  }
  return bloc;
}

function dessiner(donnees) {
  const classes = donnees.classes.length;
  const carte = L.map(element, { zoomAnimation: false, fadeAnimation: false, markerZoomAnimation: false });
  carte.zoomControl.options.zoomInTitle = "Agrandir";
  carte.attributionControl.setPrefix(false);
  carte.createPane("communes").style.zIndex = 380;
  carte.createPane("quartiers").style.zIndex = 390;
  const trait = couleur("--encre");
  L.geoJSON(donnees.communes, {
    pane: "communes",
    interactive: false,
    style: { color: couleur("--ligne-forte"), weight: 1, fillColor: couleur("--panneau"), fillOpacity: 1 },
  }).addTo(carte);
  const quartiers = L.geoJSON(donnees.perimetres, {
    pane: "quartiers",
    style: ({ properties }) => ({
      color: trait, weight: 1.5, fillColor: remplissage(properties, classes), fillOpacity: 0.55,
    }),
    onEachFeature: ({ properties }, couche) => {
      couche.bindPopup(() => bulle(properties, null));
      couche.bindTooltip(`QPV ${properties.nom}`);
    },
  }).addTo(carte);
  const residences = L.geoJSON(donnees, {
    pointToLayer: ({ properties }, place) => L.circleMarker(place, {
      radius: Math.min(4 + Math.sqrt(properties.logements || 1) / 2.5, 14),
      color: trait, weight: 1, fillColor: remplissage(properties, classes), fillOpacity: 0.95,
    }),
    onEachFeature: ({ properties }, couche) => {
      const fiche = element.dataset.fiche.replace("000000000:X", properties.territoire);
      couche.bindPopup(() => bulle(properties, fiche));
      couche.bindTooltip(properties.nom);
    },
  }).addTo(carte);
  const etendue = residences.getBounds().extend(quartiers.getBounds());
  carte.fitBounds(etendue.isValid() ? etendue.pad(0.05) : [[41, -5], [51.2, 9.7]], { animate: false });
}

function annoncer(donnees) {
  const n = donnees.features.length;
  const quartiers = donnees.perimetres.features.length;
  const phrases = [`${nombre.format(n)} résidence${n > 1 ? "s" : ""} et ${quartiers} QPV`];
  if (donnees.perimetres.version) {
    phrases.push(`QPV version ${donnees.perimetres.version}${donnees.perimetres.anterieure ? " (antérieure, à défaut de celle en vigueur)" : ""}`);
  }
  if (donnees.sans_point) phrases.push(`${nombre.format(donnees.sans_point)} sans coordonnées, dans le tableau seulement`);
  etat.textContent = `${phrases.join(" ; ")}.`;
}

if (element) {
  try {
    const reponse = await fetch(element.dataset.source, { headers: { Accept: "application/json" } });
    if (!reponse.ok) throw new Error(String(reponse.status));
    const donnees = await reponse.json();
    dessiner(donnees);
    annoncer(donnees);
  } catch {
    element.hidden = true;
    etat.textContent = "La carte n'a pas pu être chargée. Le tableau qui suit donne le même contenu.";
  }
}
