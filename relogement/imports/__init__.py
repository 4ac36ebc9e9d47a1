from relogement.imports.relogements import RELOGEMENTS

__all__ = ["RELOGEMENTS"]
