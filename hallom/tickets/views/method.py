from django.http import HttpRequest


def is_delete(request: HttpRequest) -> bool:
    # A form without a script cannot say DELETE.
    return request.method == "DELETE" or request.POST.get("method") == "delete"
