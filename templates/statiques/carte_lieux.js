// The list of the places beside the map: the same places without a mouse. A place that has the focus, here or in the
// table, is shown on the map; a place chosen here opens its bubble.
const MONTRES = 40;
const sansAccent = (texte) => texte.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
const ordre = new Intl.Collator("fr", { numeric: true });
const nombre = new Intl.NumberFormat("fr-FR");

export class ListeDesLieux {
  constructor(bloc, carte) {
    this.carte = carte;
    this.liste = bloc.querySelector("ul");
    this.compte = bloc.querySelector("#lieux-compte");
    this.recherche = bloc.querySelector("input");
    bloc.hidden = false;
    this.recherche.addEventListener("input", () => this.ecrire());
    this.liste.addEventListener("focusin", (evenement) => this.carte.signaler(evenement.target.dataset.lieu));
    this.liste.addEventListener("click", (evenement) => {
      const bouton = evenement.target.closest("button");
      if (bouton) this.carte.ouvrir(bouton.dataset.lieu, () => this.revenir(bouton.dataset.lieu));
    });
    this.liste.addEventListener("keydown", (evenement) => this.parcourir(evenement));
  }

  // The list stays as it is while it is being walked: the map moves under the focus.
  rafraichir() {
    clearTimeout(this.attente);
    this.attente = setTimeout(() => this.liste.contains(document.activeElement) || this.ecrire(), 120);
  }

  cle(lieu) {
    return (lieu.recherche ??= sansAccent(`${lieu.nom} ${lieu.territoire}`));
  }

  // The list may have been written again meanwhile: to the same place, else to the search.
  revenir(cle) {
    (this.liste.querySelector(`[data-lieu="${CSS.escape(cle)}"]`) ?? this.recherche).focus();
  }

  ecrire() {
    const mots = sansAccent(this.recherche.value).split(/\s+/).filter(Boolean);
    const trouves = mots.length
      ? this.carte.lieux.filter((lieu) => mots.every((mot) => this.cle(lieu).includes(mot)))
      : this.carte.alEcran();
    trouves.sort((un, autre) => (autre.rang ?? -2) - (un.rang ?? -2) || ordre.compare(un.nom, autre.nom));
    this.liste.replaceChildren(...trouves.slice(0, MONTRES).map((lieu) => this.ligne(lieu)));
    const ou = mots.length ? "trouvé" : "à l'écran";
    const pluriel = trouves.length > 1 && mots.length ? "s" : "";
    const debut = `${nombre.format(trouves.length)} lieu${trouves.length > 1 ? "x" : ""} ${ou}${pluriel}`;
    this.compte.textContent = trouves.length > MONTRES ? `${debut}, les ${MONTRES} premiers des classes les plus hautes` : debut;
  }

  ligne(lieu) {
    const element = document.createElement("li");
    const bouton = document.createElement("button");
    bouton.type = "button";
    bouton.dataset.lieu = lieu.cle;
    const detail = document.createElement("span");
    detail.className = "petit sourdine";
    detail.textContent = this.carte.situation(lieu);
    bouton.append(lieu.nom || lieu.territoire, " ", detail);
    element.append(bouton);
    return element;
  }

  parcourir(evenement) {
    const pas = { ArrowDown: 1, ArrowUp: -1 }[evenement.key];
    const courant = evenement.target.closest("li");
    if (!pas || !courant) return;
    const suivant = pas > 0 ? courant.nextElementSibling : courant.previousElementSibling;
    if (suivant) {
      evenement.preventDefault();
      suivant.querySelector("button").focus();
    }
  }
}
