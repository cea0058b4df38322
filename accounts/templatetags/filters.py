"""The template tag that draws the filters a person keeps of the list that is open."""

from __future__ import annotations

from typing import Any

from django import template
from django.template import Context

from accounts.filters import NAME_LENGTH, address_of, filters_of, plain_query

register = template.Library()


@register.inclusion_tag("components/saved_filters.html", takes_context=True)
def saved_filters(context: Context) -> dict[str, Any]:
    """Draw the filters kept of this list, and the box that keeps the one that stands in its address. One query."""
    request = context["request"]
    here = request.resolver_match
    name = "/".join([here.url_name, *map(str, here.kwargs.values())])
    query = plain_query(request.GET.urlencode())
    kept = [(each, each.query == query) for each in filters_of(request.user, name)]
    said = {"list": name, "address": address_of(name), "query": query, "kept": kept, "name_length": NAME_LENGTH}
    return {**said, "is_kept": any(is_here for _each, is_here in kept), "csrf_token": context.get("csrf_token")}
