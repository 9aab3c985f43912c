\set n random(1, :vouchers)
BEGIN;
SELECT v.id, v.organiser_id, v.available_cents, v.captured_cents, b.presentation_id, v.provider_id FROM voucher v JOIN bench b ON b.voucher_id = v.id WHERE b.n = :n FOR UPDATE OF v \gset
UPDATE voucher SET available_cents = available_cents - 100, captured_cents = captured_cents + 100, last_used_at = now() WHERE id = :id;
INSERT INTO redemption (id, organiser_id, voucher_id, presentation_id, provider_id, state, service_date, units, unit_price_cents, price_cents, value_cents, own_share_cents, own_share_allowed, net_cents, vat_rate_bp, vat_cents, created_at, captured_at) VALUES (uuidv7(), :organiser_id, :id, :presentation_id, :provider_id, 'captured', current_date, 100, 100, 100, 100, 0, false, 80, 2550, 20, now(), now());
INSERT INTO transfer (id, organiser_id, at, kind, from_account, from_id, to_account, to_id, amount_cents, voucher_id) VALUES (uuidv7(), :organiser_id, now(), 'redeem', 'available', :id, 'captured', :id, 100, :id);
INSERT INTO audit_event (id, organiser_id, at, actor_kind, action, subject_kind, subject_id, voucher_id, to_state, facts, hash) VALUES (uuidv7(), :organiser_id, now(), 'token', 'redemption.captured', 'redemption', uuidv7(), :id, 'captured', '{"value_cents": 100}', '\x00');
COMMIT;
