from attributions.imports import seuils, sne_radiations, sne_stock

__all__ = ["seuils", "sne_radiations", "sne_stock"]
