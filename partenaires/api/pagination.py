"""Pages of a list (`page`, `page_size` up to 1000), and the whole list at once for `?format=csv|xlsx`."""

from rest_framework.exceptions import ValidationError
from rest_framework.pagination import PageNumberPagination

from partenaires.api import tableaux


class Pagination(PageNumberPagination):
    """For a CSV or an XLSX the view's own handler is called again, block after block: same filters, same rows as the
    JSON, whatever way the view makes them, and never more than one block in memory."""

    page_size = 100
    page_size_query_param = "page_size"
    max_page_size = 1000
    LIGNES_PAR_BLOC = 10_000
    bloc = 1

    def paginate_queryset(self, queryset, request, view=None):
        self.vue = view
        return super().paginate_queryset(queryset, request, view)

    def get_page_size(self, request):
        if tableaux.demande(request):
            return self.LIGNES_PAR_BLOC
        brut = request.query_params.get(self.page_size_query_param, "")
        if brut and not (brut.isdecimal() and int(brut) > 0):
            raise ValidationError({self.page_size_query_param: ["Un nombre entier positif est attendu."]})
        return super().get_page_size(request)

    def get_page_number(self, request, paginator):
        return self.bloc if tableaux.demande(request) else super().get_page_number(request, paginator)

    def get_paginated_response(self, data):
        if not tableaux.demande(self.request) or self.bloc > 1:
            return super().get_paginated_response(data)
        return tableaux.reponse_de_vue(self.vue, self.request, self.blocs(data), self.page.paginator.count)

    def blocs(self, premier):
        """Rows of every block; `self.page` is the block that the last call served."""
        yield from premier
        traiter = getattr(self.vue, self.request.method.lower())
        while self.page.has_next():
            self.bloc += 1
            yield from traiter(self.request, *self.vue.args, **self.vue.kwargs).data["results"]
