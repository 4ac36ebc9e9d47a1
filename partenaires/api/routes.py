from partenaires.api.depots import DepotViewSet

routes = [("depots", DepotViewSet, "depots")]
