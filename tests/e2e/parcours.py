"""Find the pages that a member can reach: follow the links, one example for each kind of page."""

from urllib.parse import urljoin, urlsplit

from django.urls import Resolver404, resolve

A_PART = {"deconnexion"}  # leaves the session


def genre(chemin: str) -> str | None:
    """Name of the page that serves a path; None for files, the API and what nothing serves."""
    if chemin.startswith(("/api/", "/static/")):
        return None
    try:
        nom = resolve(chemin).view_name
    except Resolver404:
        return None
    return None if nom in A_PART else nom


def liens(page) -> list[str]:
    """Addresses of the links shown, on this site, files to download left out."""
    adresses = page.eval_on_selector_all("a[href]:not([download])", "liens => liens.map(a => a.getAttribute('href'))")
    site = urlsplit(page.url).netloc
    completes = [urlsplit(urljoin(page.url, adresse)) for adresse in adresses]
    return [
        lien.path + ("?" + lien.query if lien.query else "")
        for lien in completes
        if lien.netloc == site and "format=" not in lien.query
    ]


def pages_accessibles(page, depart: str = "/") -> dict[str, str]:
    """{name: address} of every kind of page within reach of `depart`."""
    trouvees, a_voir = {}, [depart]
    while a_voir:
        adresse = a_voir.pop(0)
        nom = genre(urlsplit(adresse).path)
        if nom is None or nom in trouvees:
            continue
        trouvees[nom] = adresse
        page.goto(adresse)
        a_voir += liens(page)
    return trouvees
