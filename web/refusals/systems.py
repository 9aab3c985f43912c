"""Refusals about providers' own systems: webhooks and the sandbox."""

from typing import Final

from web.translations import N_

TEXTS: Final[dict[str, str]] = {
    "webhook.people_only": N_("Only a person who is signed in for the provider can do this."),
    "webhook.invalid": N_("Check the address and the events."),
    "webhook.url_malformed": N_("Write a whole address, such as https://example.fi/webhook."),
    "webhook.not_https": N_("The address has to begin with https://."),
    "webhook.address_inside": N_("The address has to be one of the open internet."),
    "webhook.no_event": N_("Choose at least one event."),
    "webhook.too_many": N_("You have %(most)s addresses already. Take one of them away first."),
    "webhook.switched_off": N_("The address is switched off. Switch it on first."),
    "sandbox.none": N_("This installation has no sandbox."),
    "sandbox.not_joined": N_("Join the sandbox first."),
    "settlement.sandbox": N_("The sandbox has no statements: nothing in it is real money."),
    "release.sandbox": N_("The sandbox has no figures of quality: nothing in it is real."),
    "webhook.unknown": N_("There is no such address or message."),
}
