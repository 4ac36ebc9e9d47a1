"""The templates of the file formats: what each type is for, who hands it in, the workbook to fill."""

import io
from dataclasses import dataclass
from typing import BinaryIO

from partenaires.depots.contrats import REGISTRE, Format
from partenaires.depots.documentation import deposants
from partenaires.depots.modeles import ecrire

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Modele:
    format: Format
    deposants: str
    le_mien: bool  # the reader's organisation deposits it

    @property
    def cle(self) -> list[str]:
        """Columns that identify a row, or the argument of the deposit."""
        return list(dict.fromkeys(self.format.nom_de(champ) for champ in self.format.cle))


def modele(adhesion, un_format: Format) -> Modele:
    return Modele(un_format, deposants(un_format), adhesion.nature in un_format.deposants)


def modeles(adhesion) -> list[Modele]:
    """Those that the reader's organisation deposits first."""
    tous = [modele(adhesion, un) for un in REGISTRE.values()]
    return sorted(tous, key=lambda un: (not un.le_mien, un.format.libelle))


def classeur(un_format: Format) -> tuple[BinaryIO, str]:
    """The workbook and the name of its file."""
    sortie = io.BytesIO()
    ecrire(un_format, sortie)
    sortie.seek(0)
    return sortie, f"modele_{un_format.type}.xlsx"
