"""Freeze, lock and unlock: an overview by level, one page per target with what stands against its lock."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from accounts.confirmation import confirm_signer, needs_both_parts, remember_signature
from accounts.entry import StrangeField
from accounts.narrowing import named_filters
from accounts.selectors import visible_sites
from audit import clock
from audit.decision import Decision, Refusal, no
from casebook import actions
from casebook.models import Lock, UnlockRequest
from casebook.rules.locking import (
    asks_two,
    may_ask_unlock,
    may_confirm_unlock,
    may_lock,
    may_unlock,
    may_withdraw_unlock,
)
from casebook.selectors.lock_list import READY, Row, row_of, rows_of, targets_at
from casebook.selectors.locking import lock_sites, waiting_unlocks
from casebook.states import LockKind, LockLevel
from casebook.views.lock_targets import address_of, named, named_lock, target_in_sight, where_mended
from casebook.words import said
from paper.tables import csv_lines
from protocol.words import N_, sentence

TICKED = "lock."
SIZES = (50, 25, 100)
LISTED = (LockLevel.FORM, LockLevel.VISIT, LockLevel.SUBJECT, LockLevel.SITE)
HELD = ("open", "frozen", "locked", READY)
NOTHING_TICKED = no(N_("Tick what is to be frozen or locked. Nothing was changed."))
UNKNOWN = no(N_("Choose one of the buttons of the page. Nothing was changed."))


@require_http_methods(["GET", "POST"])
def locks(request: HttpRequest) -> HttpResponse:
    """List what there is at a level with what stands on it and against its lock; freeze or lock what is ticked."""
    if request.method == "GET":
        return _list(request)
    level = _level(request)
    keys = [name.removeprefix(TICKED) for name in request.POST if name.startswith(TICKED)]
    kind = LockKind.FREEZE if request.POST.get("act") == "freeze" else LockKind.LOCK
    if not keys:
        return _list(request, refused=NOTHING_TICKED)
    done, left_out = _lock_each(request, level, keys, kind)
    if not done:
        return _list(request, left_out=left_out)
    _tell(request, kind, done, left_out)
    return redirect(f"{reverse('locks')}?{request.GET.urlencode()}")


def _lock_each(
    request: HttpRequest, level: LockLevel, keys: list[str], kind: LockKind
) -> tuple[list[str], list[tuple[str, str]]]:
    done, left_out = [], []
    for target in [target_in_sight(request, level, key) for key in sorted(keys)]:
        try:
            actions.lock(target, by=request.user, at=clock.now(), kind=kind, reason=request.POST.get("reason", ""))
            done.append(named(level, target))
        except Refusal as refusal:
            left_out.append((named(level, target), said(refusal.sentence)))
    return done, left_out


def _tell(request: HttpRequest, kind: LockKind, done: list[str], left_out: list[tuple[str, str]]) -> None:
    if kind == LockKind.FREEZE:
        text = ngettext("%(count)s is frozen: %(names)s.", "%(count)s are frozen: %(names)s.", len(done))
    else:
        text = ngettext("%(count)s is locked: %(names)s.", "%(count)s are locked: %(names)s.", len(done))
    messages.success(request, text % {"count": len(done), "names": ", ".join(done)})
    for name, why in left_out:
        messages.warning(request, f"{name}: {why}")


def _list(
    request: HttpRequest, *, refused: Decision | None = None, left_out: list[tuple[str, str]] | None = None
) -> HttpResponse:
    level, chosen = _level(request), _chosen(request)
    targets = targets_at(request.user, level, site=chosen["site"], number=chosen["number"], held=chosen["held"])
    page = Paginator(targets, chosen["size"]).get_page(request.GET.get("page"))
    rows = [(row, named(level, row.target), address_of(level, row.target)) for row in rows_of(level, list(page))]
    context = {
        "level": level,
        "levels": [(each, str(each.label)) for each in LISTED],
        "page": page,
        "rows": rows,
        "sites": [site for site in visible_sites(request.user) if site.pk in lock_sites(request.user)],
        "sizes": SIZES,
        "query": urlencode({"level": level.value, **{name: value for name, value in chosen.items() if value}}),
        "waiting": [(each, named_lock(each.lock)) for each in waiting_unlocks(request.user)],
        "unknown": _unknown(request),
        "refused": said(refused.why) if refused is not None else "",
        "left_out": left_out or [],
        **chosen,
    }
    status = 409 if refused is not None or left_out else 200
    return render(request, "casebook/locks.html", context, status=status)


@require_GET
def locks_csv(request: HttpRequest) -> HttpResponse:
    """Give the filtered list as CSV, all pages of it. Raises StrangeField: a file has no place to say what it left out."""
    if unknown := _unknown(request):
        words = _("There is no filter %(filters)s at this level of the list.")
        raise StrangeField(words % {"filters": named_filters(unknown)})
    level, chosen = _level(request), _chosen(request)
    targets = targets_at(request.user, level, site=chosen["site"], number=chosen["number"], held=chosen["held"])
    rows = rows_of(level, list(targets))
    titles = [_(each.message) % {"count": ""} for each in rows[0].conditions] if rows else []
    held = (_("Frozen"), _("Level of the freeze"), _("Locked"), _("Level of the lock"))
    header = [str(level.label), *held, *(title.rstrip(" :：") for title in titles)]
    lines = ([named(level, row.target), *_since(row), *(each.count for each in row.conditions)] for row in rows)
    response = HttpResponse(csv_lines(header, lines, bom=True), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="locks.csv"'
    return response


def _since(row: Row) -> list[str]:
    both = [row.held(kind) for kind in (LockKind.FREEZE, LockKind.LOCK)]
    return [
        word for lock in both for word in ((lock.set_at.isoformat(), lock.get_level_display()) if lock else ("", ""))
    ]


@require_http_methods(["GET", "POST"])
def lock_page(request: HttpRequest, level: str, key: str) -> HttpResponse:
    """Show one target: preconditions, what stands on it; freeze, lock, lift, ask, confirm, take back."""
    if level not in LockLevel.values:
        raise Http404
    target = target_in_sight(request, LockLevel(level), key)
    if request.method == "GET":
        return _one(request, LockLevel(level), target)
    try:
        _perform(request, LockLevel(level), target)
    except Refusal as refusal:
        refused = no(refusal.sentence.message, **dict(refusal.sentence.params))
        return _one(request, LockLevel(level), target, refused=refused)
    return redirect("lock", level, key)


def _perform(request: HttpRequest, level: LockLevel, target: Any) -> None:
    """Do what the pressed button says. Raises Refusal."""
    by, at, reason = request.user, clock.now(), request.POST.get("reason", "")
    name = named(level, target)
    match request.POST.get("act"):
        case "freeze":
            actions.lock(target, by=by, at=at, kind=LockKind.FREEZE, reason=reason)
            messages.success(request, _("%(name)s is frozen.") % {"name": name})
        case "lock":
            actions.lock(target, by=by, at=at, reason=reason)
            messages.success(request, _("%(name)s is locked.") % {"name": name})
        case "lift":
            actions.unlock(_lock_on(request, level, target), by=by, at=at, reason=reason)
            messages.success(request, _("%(name)s is open again.") % {"name": name})
        case "ask":
            made = _lock_on(request, level, target)
            _prove(request, may_ask_unlock(by, made, at=at, reason=reason))
            actions.ask_unlock(made, by=by, at=at, reason=reason)
            remember_signature(request)
            messages.success(request, _("The unlock of %(name)s waits for a second person.") % {"name": name})
        case "confirm":
            wish = _wish_on(request, level, target)
            _prove(request, may_confirm_unlock(by, wish, at=at))
            actions.confirm_unlock(wish, by=by, at=at)
            remember_signature(request)
            messages.success(request, _("%(name)s is open again.") % {"name": name})
        case "withdraw":
            actions.withdraw_unlock(_wish_on(request, level, target), by=by, at=at)
            messages.success(request, _("%(name)s stays locked.") % {"name": name})
        case _:
            raise Refusal.of(UNKNOWN)


class Unproven(Refusal):
    """The password was not proven: the page says so without undoing that the failure was counted."""


def _prove(request: HttpRequest, decision: Decision) -> None:
    if not decision:
        raise Refusal.of(decision)
    email, password = request.POST.get("email", ""), request.POST.get("password", "")
    if not (proven := confirm_signer(request, email=email, password=password)):
        raise Unproven.of(proven)


def _one(request: HttpRequest, level: LockLevel, target: Any, *, refused: Decision | None = None) -> HttpResponse:
    row, user, at = row_of(level, target), request.user, clock.now()
    waiting = next((each for each in waiting_unlocks(user) if each.lock in row.locks), None)
    context = {
        "level": level,
        "level_word": str(level.label),
        "name": named(level, target),
        "address": address_of(level, target),
        "zone": getattr(getattr(target, "site", target), "zone", None),
        "row": row,
        "conditions": [(each, said(sentence(each.message, count=each.count)), where_mended(level, target, each.name))
                       for each in row.conditions],
        "may_freeze": may_lock(user, target, kind=LockKind.FREEZE),
        "may_lock": may_lock(user, target),
        "lifts": [_lift(user, lock, at) for lock in row.locks],
        "waiting": waiting,
        "may_confirm": may_confirm_unlock(user, waiting, at=at) if waiting else None,
        "may_withdraw": may_withdraw_unlock(user, waiting) if waiting else None,
        "typed": request.POST.get("reason", ""),
        "refused": said(refused.why) if refused is not None else "",
        "asks_email": needs_both_parts(request),
    }  # fmt: skip
    return render(request, "casebook/lock.html", context, status=409 if refused is not None else 200)


def _lift(user: Any, lock: Lock, at: Any) -> dict[str, Any]:
    two = asks_two(lock)
    return {
        "lock": lock,
        "by_two": two,
        "may": may_ask_unlock(user, lock, at=at) if two else may_unlock(user, lock),
        "is_freeze": lock.kind == LockKind.FREEZE,
        "state": "frozen" if lock.kind == LockKind.FREEZE else "locked",
    }


def _lock_on(request: HttpRequest, level: LockLevel, target: Any) -> Lock:
    asked = request.POST.get("lock", "")
    found = [lock for lock in row_of(level, target).locks if str(lock.pk) == asked]
    if not found:
        raise Refusal.of(no(N_("This was lifted already.")))
    return found[0]


def _wish_on(request: HttpRequest, level: LockLevel, target: Any) -> UnlockRequest:
    asked, on = request.POST.get("request", ""), {lock.pk for lock in row_of(level, target).locks}
    found = [each for each in waiting_unlocks(request.user) if str(each.pk) == asked and each.lock_id in on]
    if not found:
        raise Refusal.of(no(N_("This was settled already.")))
    return found[0]


def _level(request: HttpRequest) -> LockLevel:
    asked = _typed(request, "level")
    return LockLevel(asked) if asked in LISTED else LockLevel.FORM


def _chosen(request: HttpRequest) -> dict[str, Any]:
    """Return what narrows the list: of what the address says, whatever there is a filter for."""
    unknown = dict(_unknown(request))
    site, number, held = ("" if name in unknown else _typed(request, name) for name in ("site", "number", "held"))
    size = request.GET.get("size", "")
    return {
        "site": int(site or 0),
        "number": number[:32],
        "held": held,
        "size": int(size) if size.isdecimal() and len(size) < 5 and int(size) in SIZES else SIZES[0],
    }


def _typed(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").strip()[:40]


def _unknown(request: HttpRequest) -> list[tuple[str, str]]:
    """Return what the address asks for and is no filter of the level, by name: it narrows nothing."""
    level, asked = _level(request), [(name, _typed(request, name)) for name in ("level", "site", "number", "held")]
    return [(name, value) for name, value in asked if value and not _is_filter(name, value, level)]


def _is_filter(name: str, value: str, level: LockLevel) -> bool:
    match name:
        case "level":
            return value in LISTED
        case "site":
            return value.isdecimal() and len(value) < 9
        case "number":
            return level != LockLevel.SITE
    return value in HELD and (value != READY or level == LockLevel.FORM)
