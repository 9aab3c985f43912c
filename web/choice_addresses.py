"""Where a voucher's pages of the choice are: the client's own, and the case worker's of the same voucher."""

from uuid import UUID

from registry.shared.actor import Actor, Role


def own_base(voucher_id: UUID) -> str:
    """Where the client's own pages of a voucher are."""
    return f"/my/vouchers/{voucher_id}"


def staff_base(voucher_id: UUID) -> str:
    """Where the case worker's pages of the same voucher are."""
    return f"/vouchers/{voucher_id}"


def base_of(actor: Actor, voucher_id: UUID) -> str:
    return own_base(voucher_id) if actor.role is Role.CLIENT else staff_base(voucher_id)


def compare_of(actor: Actor, voucher_id: UUID) -> str:
    """Where this reader compares."""
    return f"{base_of(actor, voucher_id)}/{'compare' if actor.role is Role.CLIENT else 'choose'}"
