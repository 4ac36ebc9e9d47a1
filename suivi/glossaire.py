"""The words of the pages, in plain French: what each means here, and the text that defines it."""

GLOSSAIRE = (
    ("ANRU", "Agence nationale pour la rénovation urbaine. Ses conventions portent le relogement des ménages."),
    (
        "Attribution",
        "Décision de la CALEOL en faveur d'un ménage, quelle qu'en soit la suite : acceptée, refusée, "
        "rétractée, en attente ou annulée.",
    ),
    (
        "Attribution suivie d'un bail signé",
        "Attribution qui a mené à un bail. Les objectifs hors QPV ne comptent qu'elles, à l'année du bail.",
    ),
    ("Bailleur", "Organisme qui possède et gère des logements sociaux."),
    ("CALEOL", "Commission d'attribution des logements et d'examen de l'occupation des logements."),
    ("CIA", "Convention intercommunale d'attribution : les engagements chiffrés des partenaires de la CIL."),
    ("CIL", "Conférence intercommunale du logement, présidée par l'EPCI et l'État."),
    ("Classe", "Intervalle d'un indice, avec un nom. La borne basse est comprise, la borne haute ne l'est pas."),
    (
        "Concerné",
        "Un territoire soumis aux deux taux légaux cette année-là. Ailleurs les taux sont montrés sans verdict.",
    ),
    ("Contingent", "Part des attributions réservée à un réservataire."),
    ("DALO", "Droit au logement opposable : ménages reconnus prioritaires par la commission de médiation."),
    ("Emménagés récents", "Ménages entrés l'année de l'enquête ou l'une des deux précédentes."),
    ("EPCI", "Établissement public de coopération intercommunale : ici, le territoire qui porte la CIL."),
    ("Indice", "Moyenne pondérée d'indicateurs rapportés à ceux du territoire. 100 (ou 1) : comme le territoire."),
    ("Inconnus", "Attributions dont le quartile ou la priorité n'est pas connu. Elles restent dans la base."),
    ("Millésime", "Année qu'un fichier décrit. RPLS décrit le parc au 1er janvier de son millésime."),
    ("Minoration de loyer", "Baisse du loyer d'un ménage relogé, aidée par l'ANRU."),
    ("OPS", "Enquête sur l'occupation du parc social, remplie par les locataires."),
    (
        "Périmètre en vigueur",
        "La version d'un QPV qui vaut à la date de l'événement compté : 2015 jusqu'au 31/12/2023, 2024 ensuite.",
    ),
    (
        "Plafond PLUS",
        "Plafond de ressources du logement social ordinaire. Le pourcentage du plafond n'est pas un quartile.",
    ),
    ("Projection", "Le taux en fin d'année si le rythme ne change pas. L'hypothèse est écrite à côté."),
    ("Protocole d'échange", "Ce que chaque partenaire accepte de montrer aux autres, par source et par échelle."),
    (
        "Public prioritaire",
        "Ménage DALO ou relevant de l'article L441-1 du code de la construction et de l'habitation.",
    ),
    ("QPV", "Quartier prioritaire de la politique de la ville."),
    (
        "Quartile",
        "Rang des ressources annuelles par unité de consommation parmi les demandeurs du territoire. Q1 : le "
        "quart le plus modeste, sous le seuil publié chaque année par arrêté.",
    ),
    (
        "Relogé",
        "Ménage relogé par un projet de renouvellement urbain ou une opération de requalification de "
        "copropriétés dégradées (ORCOD).",
    ),
    ("Reste à charge", "Loyer et charges, moins l'aide au logement."),
    ("Réservataire", "Qui désigne des candidats : État, Action Logement, collectivités, bailleur."),
    ("RPLS", "Répertoire du parc locatif social : un logement par ligne, au 1er janvier."),
    ("Secret", "Chiffre masqué parce que trop peu de ménages, ou un seul bailleur, se trouvent derrière."),
    ("SNE", "Système national d'enregistrement de la demande de logement social."),
    ("Taux d'effort net", "Reste à charge rapporté aux ressources du ménage."),
    (
        "UC",
        "Unité de consommation : 1 pour le premier adulte, 0,5 par autre personne de 14 ans ou plus, 0,3 par enfant "
        "plus jeune.",
    ),
)
