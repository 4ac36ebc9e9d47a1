// Files dropped on the page, their list, and the progress of their sending. Without script, the form does it all.
const formulaire = document.querySelector("form.depot");
const champ = formulaire?.querySelector("input[type=file]");
const alerte = document.querySelector("#erreur-depot");

function taille(octets) {
  const unites = ["octets", "Kio", "Mio", "Gio"];
  let rang = 0;
  let valeur = octets;
  while (valeur >= 1024 && rang < unites.length - 1) {
    valeur /= 1024;
    rang += 1;
  }
  return `${valeur.toLocaleString("fr-FR", { maximumFractionDigits: rang ? 1 : 0 })} ${unites[rang]}`;
}

function dire(message) {
  const avis = document.createElement("p");
  avis.className = "avis erreur";
  avis.textContent = message;
  alerte.replaceChildren(...(message ? [avis] : []));
}

function montrer() {
  const liste = formulaire.querySelector(".fichiers-choisis");
  const fichiers = [...champ.files];
  liste.replaceChildren(
    ...fichiers.map((fichier) => {
      const ligne = document.createElement("li");
      ligne.textContent = `${fichier.name} (${taille(fichier.size)})`;
      return ligne;
    }),
  );
  liste.hidden = fichiers.length === 0;
  dire(refuser(fichiers));
}

function refuser(fichiers) {
  const nombre = Number(formulaire.dataset.nombre);
  if (fichiers.length > nombre) {
    return `${fichiers.length} fichiers choisis, ${nombre} au plus : déposez-les en plusieurs fois, ou dans une archive.`;
  }
  const limite = Number(formulaire.dataset.limite);
  const gros = fichiers.find((fichier) => fichier.size > limite);
  return gros ? `${gros.name} est trop volumineux : ${taille(limite)} au plus.` : "";
}

function avancer(part) {
  const pourcent = Math.round(part * 100);
  formulaire.querySelector("progress").value = pourcent;
  formulaire.querySelector(".pourcentage").textContent =
    pourcent < 100 ? `${pourcent} %` : "reçu, reconnaissance des fichiers…";
}

function occuper(oui) {
  formulaire.querySelector(".envoi").hidden = !oui;
  formulaire.querySelector("button").disabled = oui;
}

function repondre(requete) {
  let reponse = {};
  try {
    reponse = JSON.parse(requete.responseText);
  } catch {
    reponse = { erreur: "Le serveur n'a pas pu recevoir ces fichiers. Réessayez, ou prévenez l'administrateur." };
  }
  if (reponse.suite) {
    window.location.assign(reponse.suite);
    return;
  }
  occuper(false);
  dire(reponse.erreur);
}

function envoyer(evenement) {
  evenement.preventDefault();
  const refus = refuser([...champ.files]);
  if (refus) {
    dire(refus);
    return;
  }
  dire("");
  occuper(true);
  const requete = new XMLHttpRequest();
  requete.open("POST", formulaire.getAttribute("action") || window.location.href);
  requete.setRequestHeader("X-Requested-With", "depot");
  requete.upload.addEventListener("progress", (e) => e.lengthComputable && avancer(e.loaded / e.total));
  requete.addEventListener("load", () => repondre(requete));
  requete.addEventListener("error", () => {
    occuper(false);
    dire("L'envoi s'est interrompu. Vérifiez la connexion, puis déposez de nouveau.");
  });
  requete.send(new FormData(formulaire));
}

if (formulaire) {
  const zone = formulaire.querySelector(".zone-depot");
  zone.querySelector(".avec-script").hidden = false;
  for (const nom of ["dragenter", "dragover"]) {
    zone.addEventListener(nom, (evenement) => {
      evenement.preventDefault();
      zone.classList.add("survol");
    });
  }
  for (const nom of ["dragleave", "drop"]) zone.addEventListener(nom, () => zone.classList.remove("survol"));
  zone.addEventListener("drop", (evenement) => {
    evenement.preventDefault();
    if (evenement.dataTransfer.files.length) champ.files = evenement.dataTransfer.files;
    montrer();
  });
  champ.addEventListener("change", montrer);
  formulaire.addEventListener("submit", envoyer);
}
