// The page of the map: year, layers, view, list and table follow one another. What is chosen stays in the address: the
// filters by the form, the rest here.
import { ListeDesLieux } from "./carte_lieux.js";

export class Page {
  constructor(carte) {
    this.carte = carte;
    this.adresse = new URL(location.href);
    this.cases = [...document.querySelectorAll("input[name=couche]")];
    this.curseur = document.querySelector("#curseur");
    const lieux = document.querySelector(".lieux-carte");
    if (lieux) this.liste = new ListeDesLieux(lieux, carte);
    for (const une of this.cases) une.addEventListener("change", () => this.changerCouches());
    if (this.curseur) this.preparerCurseur();
    carte.couches = this.couchesCochees();
    document.addEventListener("focusin", ({ target }) => this.suivreLeTableau(target));
  }

  async demarrer() {
    const vue = /^#carte=(\d+)\/(-?[\d.]+)\/(-?[\d.]+)$/.exec(location.hash);
    if (vue) this.carte.carte.setView([Number(vue[2]), Number(vue[3])], Number(vue[1]), { animate: false });
    await this.carte.montrer(this.carte.cadre.dataset.source, !vue);
    this.liste?.ecrire();
    this.carte.carte.on("moveend", () => {
      const { lat, lng } = this.carte.carte.getCenter();
      this.adresse.hash = `carte=${this.carte.carte.getZoom()}/${lat.toFixed(5)}/${lng.toFixed(5)}`;
      this.garder();
      this.liste?.rafraichir();
    });
  }

  garder() {
    history.replaceState(history.state, "", this.adresse);
  }

  couchesCochees() {
    return this.cases.filter((une) => une.checked).map((une) => ({ code: une.value, trait: une.dataset.trait }));
  }

  changerCouches() {
    this.carte.couches = this.couchesCochees();
    this.adresse.searchParams.delete("couche");
    for (const { code } of this.carte.couches) this.adresse.searchParams.append("couche", code);
    this.garder();
    this.carte.dessiner();
  }

  preparerCurseur() {
    this.annees = this.curseur.dataset.annees.split(" ");
    this.sortie = document.querySelector("output[for=curseur]");
    this.curseur.closest(".curseur-annee").hidden = false;
    this.poserCurseur(this.sortie.textContent.trim());
    this.curseur.addEventListener("input", () => this.changerAnnee(this.annees[this.curseur.value]));
  }

  poserCurseur(annee) {
    this.curseur.value = this.annees.indexOf(annee);
    this.curseur.setAttribute("aria-valuetext", annee);
    this.sortie.textContent = annee;
  }

  async changerAnnee(annee) {
    this.poserCurseur(annee);
    this.demandee = annee;
    const source = new URL(this.carte.cadre.dataset.source, location.href);
    source.searchParams.set("annee", annee);
    this.adresse.searchParams.set("annee", annee);
    this.adresse.searchParams.delete("page");
    this.garder();
    clearTimeout(this.attente);
    this.attente = setTimeout(async () => {
      await this.carte.montrer(source, false);
      this.liste?.rafraichir();
      if (this.demandee === annee) await this.suivre(annee);
    }, 150);
  }

  // What the server wrote for the year: table, legend, sources, pickers, links.
  async suivre(annee) {
    const reponse = await fetch(this.adresse, { headers: { Accept: "text/html" } });
    if (!reponse.ok || this.demandee !== annee) return;
    const page = new DOMParser().parseFromString(await reponse.text(), "text/html");
    for (const id of ["jumeau", "legende-carte", "sources-carte"]) {
      document.getElementById(id)?.replaceWith(document.adoptNode(page.getElementById(id)));
    }
    for (const champ of document.querySelectorAll("[name=annee]")) champ.value = annee;
    for (const lien of document.querySelectorAll("a[href*='annee=']")) lien.href = lien.href.replace(/annee=\d+/, `annee=${annee}`);
    const parametres = new URLSearchParams(this.carte.cadre.dataset.parametres);
    parametres.set("annee", annee);
    this.carte.cadre.dataset.parametres = parametres;
  }

  suivreLeTableau(element) {
    const lien = element.closest?.("#jumeau tbody a[href]");
    const trouve = lien && /\/residences\/([^/]+)\//.exec(decodeURIComponent(lien.pathname));
    if (trouve) this.carte.signaler(`residence:${trouve[1]}`);
  }
}
