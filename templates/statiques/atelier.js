// Rating with the keyboard: 1 to 4 note the criterion that has the focus and go to the next one of the same side, 0 clears
// it, Ctrl + Enter saves and goes on. Without script, the form works as it is.
const formulaire = document.querySelector("form.atelier");
const groupes = [...formulaire.querySelectorAll("fieldset.notes")];

function partie(groupe) {
  return groupe.querySelector("input").name.split("-")[1];
}

function suivant(groupe) {
  const siens = groupes.filter((autre) => partie(autre) === partie(groupe));
  return siens[siens.indexOf(groupe) + 1];
}

function viser(groupe) {
  (groupe.querySelector("input:checked") ?? groupe.querySelector("input")).focus();
}

formulaire.addEventListener("keydown", (evenement) => {
  if (evenement.key === "Enter" && evenement.ctrlKey) {
    evenement.preventDefault();
    formulaire.requestSubmit(formulaire.querySelector("button.principal"));
    return;
  }
  const groupe = evenement.target.closest("fieldset.notes");
  if (!groupe || evenement.ctrlKey || evenement.altKey || evenement.metaKey || !/^[0-4]$/.test(evenement.key)) return;
  evenement.preventDefault();
  const note = evenement.key === "0" ? "" : evenement.key;
  groupe.querySelector(`input[value="${note}"]`).checked = true;
  viser(note && suivant(groupe) ? suivant(groupe) : groupe);
});

const premier = groupes.find((groupe) => !groupe.querySelector("input:checked:not([value=''])")) ?? groupes[0];
if (premier) viser(premier);
