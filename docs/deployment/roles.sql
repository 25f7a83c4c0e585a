-- One PostgreSQL role for each process, with no more than its own queries need. Run by a superuser, on the line's database,
-- after `hotline database upgrade` made the tables as hotline_owner; again after each upgrade. May run twice.
-- tests/storage/test_roles.py plays calls, the worker and the desk under exactly these grants.

DO $$
DECLARE one text;
BEGIN
  FOREACH one IN ARRAY ARRAY['hotline_owner', 'hotline_ivr', 'hotline_worker', 'hotline_desk'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = one) THEN
      EXECUTE 'CREATE ROLE ' || quote_ident(one) || ' LOGIN';
    END IF;
  END LOOP;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hotline_ivr, hotline_worker, hotline_desk;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, hotline_ivr, hotline_worker, hotline_desk;

-- The public door: keeps what callers say and moves its own live rows. It reads no sealed item and deletes nothing.
GRANT SELECT, INSERT ON calls, intents, once_audio TO hotline_ivr;
GRANT UPDATE (turn, state, slow, seen_at, ended_at) ON calls TO hotline_ivr;
GRANT UPDATE (state, recording_key, recording_for_worker) ON intents TO hotline_ivr;
GRANT UPDATE (fetches_left) ON once_audio TO hotline_ivr;
GRANT INSERT ON reports, items, wraps, jobs TO hotline_ivr;
GRANT SELECT (report_id, urgent) ON reports TO hotline_ivr;
GRANT UPDATE (urgent, urgent_due, substance, channel, partial, reference_heard) ON reports TO hotline_ivr;
GRANT SELECT (lookup_id, report_id, state), INSERT, UPDATE (week) ON mailboxes TO hotline_ivr;
GRANT SELECT, INSERT, UPDATE (number) ON counts TO hotline_ivr;
GRANT SELECT (name), INSERT ON beats TO hotline_ivr;

-- The worker: collects, settles and lets go. It compares sealed sound with what it sealed; it reads no wrapped key.
GRANT SELECT, INSERT, UPDATE, DELETE ON calls, intents, jobs, reports, beats TO hotline_worker;
GRANT SELECT, INSERT, UPDATE (week), DELETE ON items TO hotline_worker;
GRANT SELECT (item_id), INSERT, DELETE ON wraps TO hotline_worker;
GRANT SELECT (expires_at, fetches_left), DELETE ON once_audio TO hotline_worker;
GRANT SELECT (week), DELETE ON mailboxes TO hotline_worker;
GRANT SELECT, INSERT, UPDATE (number) ON counts TO hotline_worker;
GRANT SELECT, INSERT ON audit TO hotline_worker;

-- The desk: reads what its people may open, and destroys what they confirm or dismiss. It sees no live call.
GRANT SELECT ON reports, items, wraps, people, memberships, beats TO hotline_desk;
GRANT UPDATE (state, reason, urgent_due) ON reports TO hotline_desk;
GRANT INSERT, DELETE ON items, wraps TO hotline_desk;
GRANT SELECT (intent_id, item_id, report_id, state) ON intents TO hotline_desk;
GRANT UPDATE (totp_last_step, failures, next_try_at) ON people TO hotline_desk;
GRANT SELECT, INSERT, UPDATE (number) ON counts TO hotline_desk;
GRANT SELECT, INSERT ON audit TO hotline_desk;
