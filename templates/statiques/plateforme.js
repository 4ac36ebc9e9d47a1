// The folded menu of small screens. Without script, the navigation stays unfolded and everything works.
const bouton = document.querySelector(".bascule-menu");
if (bouton) {
  document.documentElement.classList.add("script");
  bouton.addEventListener("click", () => {
    bouton.setAttribute("aria-expanded", String(bouton.getAttribute("aria-expanded") !== "true"));
  });
}
// A menu opened by <details> closes on Escape and when the focus leaves it.
for (const menu of document.querySelectorAll("details.compte")) {
  menu.addEventListener("keydown", (evenement) => {
    if (evenement.key === "Escape") {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  });
  menu.addEventListener("focusout", (evenement) => {
    if (evenement.relatedTarget && !menu.contains(evenement.relatedTarget)) menu.open = false;
  });
}
