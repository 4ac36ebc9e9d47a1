// Draws what /diagnostic/carte/donnees/ returns, in the colours of the page's legend. No tile is asked for unless the
// platform names a background.
import { Repere, couleur, echelon, trame } from "./carte_formes.js";
import { Page } from "./carte_page.js";

const SECRET = -1;
const DETAILS = [10, 13]; // zooms up to which the outlines of detail 0 and 1 are enough
const FRANCE = [[41, -5], [51.2, 9.7]];
const FORMES = { 1: "haut", "-1": "bas" };
const sansDecimale = new Intl.NumberFormat("fr-FR");
const deuxDecimales = new Intl.NumberFormat("fr-FR", { maximumFractionDigits: 2 });
const enPart = new Intl.NumberFormat("fr-FR", { style: "percent", maximumFractionDigits: 1 });
const pluriel = (n, mot) => `${sansDecimale.format(n)} ${mot}${n > 1 ? "s" : ""}`;

// Columns → one object a place.
function enLieux(colonnes, genre) {
  const champs = Object.entries(colonnes).filter(([, valeurs]) => Array.isArray(valeurs));
  return colonnes.territoire.map((territoire, i) => {
    const lieu = { genre, cle: `${genre}:${territoire}` };
    for (const [champ, valeurs] of champs) lieu[champ] = valeurs[i];
    return lieu;
  });
}

async function lire(adresse) {
  const reponse = await fetch(adresse, { headers: { Accept: "application/json" } });
  if (!reponse.ok) throw new Error(String(reponse.status));
  return reponse.json();
}

class Carte {
  constructor(cadre) {
    this.cadre = cadre;
    this.element = cadre.querySelector(".carte");
    this.etat = cadre.querySelector(".carte-etat");
    this.petite = cadre.classList.contains("petite");
    this.traces = new Map(); // outlines already read, by layer and detail
    this.lieux = [];
    this.couches = [];
    this.rendu = L.canvas({ padding: 0.3 });
    this.carte = L.map(this.element, {
      renderer: this.rendu,
      zoomAnimation: false,
      fadeAnimation: false,
      markerZoomAnimation: false,
      inertia: false,
      scrollWheelZoom: !this.petite,
    });
    this.carte.zoomControl.options.zoomInTitle = "Agrandir";
    this.carte.attributionControl.setPrefix(false);
    if (cadre.dataset.tuiles) {
      L.tileLayer(cadre.dataset.tuiles, { attribution: cadre.dataset.attribution, maxZoom: 19 }).addTo(this.carte);
    }
    this.fonds = L.featureGroup().addTo(this.carte);
    this.points = L.featureGroup().addTo(this.carte);
    for (const groupe of [this.fonds, this.points]) {
      groupe.on("click", ({ propagatedFrom, latlng }) => this.deplier(propagatedFrom.lieu, latlng));
      groupe.bindTooltip((couche) => couche.lieu.nom || couche.lieu.territoire, { sticky: true });
    }
    this.carte.on("zoomend", () => this.detailDessine !== undefined && this.detail() !== this.detailDessine && this.dessiner());
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.donnees && this.dessiner());
    addEventListener("beforeprint", () => this.imprimer(true));
    addEventListener("afterprint", () => this.imprimer(false));
  }

  // --- reading

  async montrer(source, recadrer = true) {
    try {
      this.donnees = await lire(source);
      this.lieux = [...enLieux(this.donnees.aires, "aire"), ...enLieux(this.donnees.residences, "residence")];
      this.parCle = new Map(this.lieux.map((lieu) => [lieu.cle, lieu]));
      for (const lieu of this.lieux) {
        if (lieu.genre === "residence") lieu.place = L.latLng(lieu.lat / 1e5, lieu.lon / 1e5);
      }
      if (!this.carte._loaded) this.carte.fitBounds(FRANCE, { animate: false });
      if (recadrer) this.cadrer();
      await this.dessiner();
      if (recadrer && !this.lieux.some((lieu) => lieu.place)) this.cadrerSurLesContours();
      this.annoncer();
    } catch (erreur) {
      this.element.hidden = true;
      this.etat.textContent = "La carte n'a pas pu être chargée : rechargez la page. Le tableau donne le même contenu.";
      throw erreur;
    }
  }

  async contours(couche) {
    const detail = this.detail();
    const cle = `${couche}/${detail}`;
    if (!this.traces.has(cle)) {
      const adresse = this.cadre.dataset.contours.replace("/-/", `/${encodeURIComponent(couche)}/`);
      const lus = await lire(`${adresse}?${this.cadre.dataset.parametres}&detail=${detail}`).catch(() => ({ features: [] }));
      this.traces.set(cle, lus.features);
    }
    return this.traces.get(cle);
  }

  detail() {
    if (this.avantImpression) return this.detailDessine;
    const zoom = this.carte.getZoom();
    return DETAILS.filter((seuil) => zoom > seuil).length;
  }

  // --- drawing: communes, then filled areas, then outlines, then residences on top

  async dessiner() {
    const { couche } = this.donnees.aires;
    this.detailDessine = this.detail();
    const voulues = ["commune", couche, ...this.couches.map((une) => une.code)].filter(Boolean);
    const lues = new Map(await Promise.all(voulues.map(async (une) => [une, await this.contours(une)])));
    const trait = couleur(this.element, "--encre");
    this.hachure = trame(this.element);
    this.fonds.clearLayers();
    this.points.clearLayers();
    this.libres?.remove();
    this.libres = L.layerGroup().addTo(this.carte);
    if (couche !== "commune") this.tracer(lues.get("commune"), this.styleDesCommunes());
    for (const trace of lues.get(couche) ?? []) this.remplir(trace, trait);
    for (const une of this.couches) {
      const style = { color: couleur(this.element, "--accent"), weight: 2.5, dashArray: une.trait || null, fill: false };
      this.tracer(lues.get(une.code), style);
    }
    for (const lieu of this.lieux) if (lieu.place) this.poser(lieu, trait);
    this.signaler(this.signale);
  }

  tracer(traces, style) {
    L.geoJSON(traces, { interactive: false, style }).addTo(this.libres);
  }

  styleDesCommunes() {
    const fond = { fillColor: couleur(this.element, "--panneau"), fillOpacity: this.cadre.dataset.tuiles ? 0 : 1 };
    return { color: couleur(this.element, "--ligne-forte"), weight: 1, ...fond };
  }

  remplir(trace, trait) {
    const lieu = this.parCle.get(`aire:${trace.id}`);
    if (!lieu) return;
    const style = { color: trait, weight: lieu.sens ? 3 : 1.5, fillColor: this.remplissage(lieu), fillOpacity: 0.6 };
    L.geoJSON(trace, { style }).eachLayer((couche) => {
      lieu.place = couche.getBounds().getCenter();
      couche.lieu = lieu;
      this.fonds.addLayer(couche);
    });
    if (!lieu.sens) return;
    const signe = { permanent: true, direction: "center", className: "sens-aire", interactive: false };
    L.tooltip(lieu.place, { ...signe, content: lieu.sens > 0 ? "▲" : "▼" }).addTo(this.libres);
  }

  poser(lieu, trait) {
    if (lieu.genre !== "residence") return;
    const taille = Math.min(4 + Math.sqrt(lieu.logements || 1) / 2.5, 14);
    const couche = new Repere(lieu.place, {
      radius: this.petite ? taille * 0.7 : taille,
      forme: FORMES[lieu.sens] ?? "rond",
      color: trait,
      weight: 1,
      fillColor: this.remplissage(lieu),
      fillOpacity: 0.95,
    });
    couche.lieu = lieu;
    this.points.addLayer(couche);
  }

  remplissage({ rang }) {
    if (rang === null || rang === SECRET) return this.hachure;
    return couleur(this.element, `--classe-${echelon(rang, this.donnees.classes.length)}`);
  }

  // --- words

  valeur(valeur) {
    if (valeur === null) return "";
    return this.donnees.unite === "part" ? enPart.format(valeur) : deuxDecimales.format(valeur);
  }

  situation(lieu, rang = lieu.rang, valeur = lieu.valeur, classes = this.donnees.classes) {
    if (rang === SECRET) return "secret";
    if (rang === null) return "sans valeur";
    const chiffre = this.valeur(valeur);
    return chiffre ? `${classes[rang]} (${this.donnees.unite === "indice" ? "indice " : ""}${chiffre})` : classes[rang];
  }

  mots(sens) {
    const fragile = this.donnees.unite === "indice";
    if (sens > 0) return fragile ? "▲ plus fragile" : "▲ classe plus haute";
    return fragile ? "▼ moins fragile" : "▼ classe plus basse";
  }

  bulle(lieu) {
    const { comparaison } = this.donnees;
    const bloc = document.createElement("div");
    const titre = document.createElement("strong");
    titre.textContent = lieu.nom || lieu.territoire;
    const lignes = [comparaison ? `${comparaison.ici} : ${this.situation(lieu)}` : this.situation(lieu)];
    if (comparaison) {
      const autre = this.situation(lieu, lieu.rang_autre, lieu.valeur_autre, comparaison.classes);
      lignes.push(`${comparaison.autre} : ${autre}`);
      if (lieu.sens) lignes.push(this.mots(lieu.sens));
    }
    if (lieu.repondants) lignes.push(this.donnees.unite === "indice" ? pluriel(lieu.repondants, "répondant") : `sur ${sansDecimale.format(lieu.repondants)}`);
    if (lieu.logements) lignes.push(pluriel(lieu.logements, "logement"));
    if (lieu.genre === "residence") lignes.push(this.donnees.communes[lieu.commune]);
    bloc.append(titre, ...lignes.flatMap((ligne) => [document.createElement("br"), ligne]));
    if (lieu.genre === "residence") {
      const lien = document.createElement("a");
      lien.href = `${this.cadre.dataset.fiche.replace("000000000:X", encodeURIComponent(lieu.territoire))}?${this.cadre.dataset.parametres}`;
      lien.textContent = "Voir la fiche";
      bloc.append(document.createElement("br"), lien);
    }
    return bloc;
  }

  annoncer() {
    const { residences, aires, version, anterieure, comparaison, sans_point: sansPoint } = this.donnees;
    const phrases = [pluriel(residences.territoire.length, "résidence")];
    if (aires.niveau) phrases.push(`${sansDecimale.format(aires.territoire.length)} ${NOMS_DES_AIRES[aires.niveau] ?? "surfaces"}`);
    if (version) phrases.push(`version ${version}${anterieure ? " (antérieure, à défaut de celle en vigueur)" : ""}`);
    if (comparaison) {
      const compter = (sens) => this.lieux.filter((lieu) => lieu.sens === sens).length;
      const [hausse, baisse] = [compter(1), compter(-1)];
      phrases.push(`${comparaison.methodes ? "classe différente" : "changement de classe"} : ${hausse} ▲, ${baisse} ▼`);
    }
    if (sansPoint) phrases.push(`${sansDecimale.format(sansPoint)} sans coordonnées, dans le tableau seulement`);
    this.etat.textContent = `${this.donnees.millesime} : ${phrases.join(" ; ")}.`;
  }

  // --- moving

  cadrer() {
    const places = this.lieux.filter((lieu) => lieu.place).map((lieu) => lieu.place);
    if (places.length) this.carte.fitBounds(L.latLngBounds(places).pad(0.05), { animate: false, maxZoom: 15 });
  }

  async cadrerSurLesContours() {
    const etendue = L.geoJSON(await this.contours("commune")).getBounds();
    const aires = this.fonds.getBounds();
    const retenue = aires.isValid() ? aires : etendue;
    if (retenue.isValid()) this.carte.fitBounds(retenue.pad(0.05), { animate: false });
  }

  alEcran() {
    const ecran = this.carte.getBounds();
    return this.lieux.filter((lieu) => lieu.place && ecran.contains(lieu.place));
  }

  // A ring around one place, brought into view.
  signaler(cle) {
    this.anneau?.remove();
    this.signale = cle;
    const lieu = this.parCle?.get(cle);
    if (!lieu?.place) return;
    const style = { radius: 20, color: couleur(this.element, "--accent"), weight: 4, fill: false, interactive: false };
    this.anneau = L.circleMarker(lieu.place, style).addTo(this.carte);
    if (!this.carte.getBounds().contains(lieu.place)) this.carte.panTo(lieu.place, { animate: false });
  }

  deplier(lieu, place) {
    return L.popup({ offset: [0, -4] }).setLatLng(place).setContent(this.bulle(lieu)).openOn(this.carte);
  }

  // The bubble of a place, asked for by keyboard; Escape closes it and gives the focus back.
  ouvrir(cle, rendreLeFocus) {
    const lieu = this.parCle.get(cle);
    if (!lieu?.place) return;
    const bulle = this.deplier(lieu, lieu.place).getElement();
    bulle.querySelector(".leaflet-popup-content a, .leaflet-popup-close-button").focus();
    bulle.addEventListener("keydown", (evenement) => {
      if (evenement.key !== "Escape") return;
      this.carte.closePopup();
      rendreLeFocus();
    });
  }

  // On paper: the same extent in the width of a sheet, drawn at once with what is already read, in light colours.
  imprimer(debut) {
    if (!this.donnees || debut === Boolean(this.avantImpression)) return;
    const etendue = this.carte.getBounds();
    if (debut) this.avantImpression = { centre: this.carte.getCenter(), zoom: this.carte.getZoom() };
    this.cadre.classList.toggle("a-imprimer", debut);
    this.carte.invalidateSize({ animate: false, pan: false });
    this.carte.options.zoomSnap = debut ? 0 : 1;
    if (debut) this.carte.fitBounds(etendue, { animate: false });
    else this.carte.setView(this.avantImpression.centre, this.avantImpression.zoom, { animate: false });
    if (!debut) this.avantImpression = null;
    this.dessiner().then(() => this.rendu._redraw());
  }
}

const NOMS_DES_AIRES = { qpv: "QPV", commune: "communes", npnru: "quartiers NPNRU", secteur: "secteurs" };

function poser(cadre) {
  if (cadre.dataset.posee) return;
  cadre.dataset.posee = "1";
  const carte = new Carte(cadre);
  if (carte.petite) carte.montrer(cadre.dataset.source);
  else new Page(carte).demarrer();
}

const poserToutes = (racine) => racine.querySelectorAll("[data-carte]").forEach(poser);
poserToutes(document);
document.addEventListener("htmx:load", (evenement) => poserToutes(evenement.target.parentNode ?? document));
