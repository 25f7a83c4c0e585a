-- One PostgreSQL role for each process, with no more than its own queries need. Run by a superuser, on the line's database,
-- after `hotline database upgrade` made the tables as hotline_owner; again after each upgrade. May run twice.
-- tests/storage/test_roles.py plays calls, the worker and the desk under exactly these grants.

DO $$
DECLARE one text;
BEGIN
  FOREACH one IN ARRAY ARRAY['hotline_owner', 'hotline_ivr', 'hotline_worker', 'hotline_desk', 'hotline_assessment'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = one) THEN
      EXECUTE 'CREATE ROLE ' || quote_ident(one) || ' LOGIN';
    END IF;
  END LOOP;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hotline_ivr, hotline_worker, hotline_desk, hotline_assessment;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, hotline_ivr, hotline_worker, hotline_desk, hotline_assessment;

-- The public door: keeps what callers say and moves its own live rows. It reads no sealed item and deletes nothing.
GRANT SELECT, INSERT ON calls, once_audio TO hotline_ivr;
GRANT SELECT (intent_id, call_key, report_id, question, place, language, state, recording_key, accepted), INSERT
  ON intents TO hotline_ivr;
GRANT UPDATE (turn, state, slow, language, stage, path, outcome, seen_at, ended_at) ON calls TO hotline_ivr;
GRANT UPDATE (state, recording_key, recording_for_worker, accepted) ON intents TO hotline_ivr;
GRANT UPDATE (fetches_left) ON once_audio TO hotline_ivr;
GRANT INSERT ON reports, items, wraps, jobs TO hotline_ivr;
GRANT SELECT (report_id, urgent, status) ON reports TO hotline_ivr;
GRANT SELECT (reply_id, report_id, kind, place, state, sealed), UPDATE (state) ON replies TO hotline_ivr; -- sealed sound
GRANT UPDATE (urgent, urgent_due, substance, channel, partial, reference_heard) ON reports TO hotline_ivr;
GRANT SELECT (lookup_id, report_id, state), INSERT, UPDATE (week, state) ON mailboxes TO hotline_ivr;
GRANT SELECT, INSERT, UPDATE (number) ON counts TO hotline_ivr;
GRANT SELECT (name, seen_at), INSERT, UPDATE (seen_at) ON beats TO hotline_ivr;
GRANT SELECT (report_id), INSERT (report_id, state, reviewer, week, item_id, team, second, urgent) ON reviews TO hotline_ivr;
GRANT SELECT (name, until) ON switches TO hotline_ivr; -- staff switch; the door only obeys
-- Live calls: it lets callers queue and leave, seats the legs that hold a token, and hears who comes and goes.
GRANT SELECT, INSERT ON talks TO hotline_ivr;
GRANT UPDATE (language, needs, urgent, first, since, state, person_id, offered_at, met_at, gone_at, refused_by, begun_report,
  held, asked, answer, ending, out_since, moved_for) ON talks TO hotline_ivr;
GRANT SELECT, UPDATE (state, since, call_key) ON seats TO hotline_ivr;
GRANT SELECT (person_id, state, seen_at) ON shifts TO hotline_ivr;
GRANT SELECT ON skills TO hotline_ivr;

-- The worker: collects, settles and lets go. It compares sealed sound with what it sealed; it reads no wrapped key.
GRANT SELECT, INSERT, UPDATE, DELETE ON calls, intents, jobs, reports, beats TO hotline_worker;
GRANT SELECT, INSERT, UPDATE (week), DELETE ON items TO hotline_worker;
GRANT SELECT (item_id), INSERT, DELETE ON wraps TO hotline_worker;
GRANT SELECT (token_hash, expires_at, fetches_left), INSERT, DELETE ON once_audio TO hotline_worker;
GRANT SELECT (week, report_id, state, reply_key), DELETE ON mailboxes TO hotline_worker; -- it seals replies to these keys
GRANT SELECT (reply_id, report_id, kind, state), UPDATE (state, sealed) ON replies TO hotline_worker;
GRANT SELECT (log_id, week, language, path, stage, outcome, answered_by), INSERT, DELETE ON call_log TO hotline_worker;
GRANT SELECT, INSERT, UPDATE (number) ON counts TO hotline_worker;
GRANT SELECT, INSERT ON audit TO hotline_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON talks, seats, shifts, passes TO hotline_worker;
GRANT SELECT ON skills TO hotline_worker;
GRANT SELECT (person_id, report_id) ON blocks TO hotline_worker;
GRANT SELECT, INSERT, UPDATE, DELETE ON escalations TO hotline_worker; -- it tells those on call, one after the other
GRANT SELECT (name, until) ON switches TO hotline_worker; -- a closed line is out of hours
GRANT SELECT, UPDATE (item_id) ON reviews TO hotline_worker; -- what was raw goes, drafts too, and what a team decided
GRANT DELETE ON handovers TO hotline_worker;
GRANT SELECT (item_id, release_id, kind, state), DELETE ON team_items TO hotline_worker;
GRANT SELECT (item_id), DELETE ON team_wraps TO hotline_worker;
GRANT SELECT (release_id), DELETE ON packages TO hotline_worker;
GRANT SELECT (person_id, alias, role, state) ON people TO hotline_worker;
-- It counts weeks: which receipts and answers of teams are due. It reads no release and nothing that a team says.
GRANT SELECT (release_id, state, acknowledge_by, feedback_by) ON handovers TO hotline_worker;
GRANT SELECT (release_id, report_id, item_id, state) ON releases TO hotline_worker; -- what never left goes as raw does

-- The desk: reads what its people may open, and destroys what they confirm or dismiss. It sees no live call.
GRANT SELECT ON reports, items, wraps, people, memberships, beats, call_log TO hotline_desk;
GRANT INSERT ON beats, jobs TO hotline_desk;
GRANT UPDATE (seen_at) ON beats TO hotline_desk;
GRANT UPDATE (state, reason, urgent, urgent_due, substance, held, claimed_by, reference_heard) ON reports TO hotline_desk;
GRANT INSERT, DELETE ON reports TO hotline_desk; -- what staff type; see desk_begins and desk_forgets
GRANT INSERT, DELETE ON items, wraps TO hotline_desk;
GRANT SELECT (intent_id, item_id, report_id, state) ON intents TO hotline_desk;
-- Joiners, movers and leavers. By none of these does anybody get the desk's key: that takes somebody who holds it.
GRANT INSERT ON people TO hotline_desk;
GRANT UPDATE (sign_in_name, alias, role, salt, public_key, wrapped_key, totp_sealed, totp_last_step, failures,
  next_try_at, state, changes, left_in_epoch) ON people TO hotline_desk;
GRANT SELECT, INSERT, UPDATE (alias, role), DELETE ON invitations TO hotline_desk;
GRANT SELECT, INSERT, UPDATE (counter), DELETE ON second_factors TO hotline_desk; -- each opens with its person's key only
GRANT SELECT, INSERT, UPDATE (number) ON counts TO hotline_desk;
GRANT SELECT, INSERT ON audit TO hotline_desk;
GRANT INSERT, DELETE ON memberships TO hotline_desk; -- whom two supervisors admit; it changes nobody's
GRANT SELECT, INSERT, DELETE ON admissions TO hotline_desk;
GRANT SELECT, INSERT, DELETE ON holds, skills, exports TO hotline_desk;
GRANT UPDATE (review) ON holds TO hotline_desk;
GRANT UPDATE (state, decided_by, decided_at) ON exports TO hotline_desk; -- what was asked for stays as it was asked
GRANT SELECT, INSERT, UPDATE (until, set_by, set_at), DELETE ON switches TO hotline_desk;
GRANT SELECT, INSERT, DELETE ON search_tokens, blocks, desk_secrets, interests TO hotline_desk;
GRANT UPDATE (unseen) ON blocks TO hotline_desk;
GRANT UPDATE (ready) ON desk_secrets TO hotline_desk;
GRANT SELECT, INSERT, UPDATE (seen_by), DELETE ON welfare TO hotline_desk;

-- The way to a team: it proposes, approves and hands over, and reads what the team says.
GRANT SELECT, INSERT, DELETE ON reviews, releases, replies, escalations TO hotline_desk;
GRANT UPDATE (state, reviewer, week, item_id, team, second, urgent) ON reviews TO hotline_desk;
GRANT UPDATE (state, approver, week) ON releases TO hotline_desk; -- what was proposed stays as it was proposed
GRANT UPDATE (status, released) ON reports TO hotline_desk;
GRANT UPDATE (state) ON replies TO hotline_desk;
GRANT UPDATE (step, next_at, taken_by, state) ON escalations TO hotline_desk;
GRANT SELECT, INSERT ON handovers, team_items, team_wraps TO hotline_desk;
GRANT INSERT ON packages TO hotline_desk;
GRANT UPDATE (state) ON team_items TO hotline_desk;

-- The assessment application: what was handed over, and what its teams say of it; nothing else of the line. Its own people
-- and keys stand in a database of its own.
GRANT SELECT ON handovers, team_items, team_wraps, packages, api_tokens TO hotline_assessment;
GRANT UPDATE (state, outcome) ON handovers TO hotline_assessment;
GRANT INSERT ON team_items, team_wraps TO hotline_assessment;
GRANT INSERT, DELETE ON api_tokens TO hotline_assessment;

-- Live calls: it sees who waits, and no key of a call; it begins no talk but a practice one.
GRANT SELECT (talk_id, practice, language, needs, urgent, first, since, state, person_id, offered_at, met_at,
  refused_by, room, report_id, begun_report, held, asked, answer, ending), INSERT ON talks TO hotline_desk;
GRANT UPDATE (needs, first, state, person_id, offered_at, refused_by, report_id, held, asked, answer, ending) ON talks
  TO hotline_desk;
GRANT SELECT (seat_id, talk_id, person_id, role, state, since), INSERT, UPDATE (role, state, since) ON seats
  TO hotline_desk;
GRANT SELECT, INSERT, UPDATE ON shifts TO hotline_desk;
GRANT SELECT, INSERT (pass_id, expires_at), DELETE ON passes TO hotline_desk; -- the worker fills them

-- Which rows, where a grant on columns says too little. The owner and a superuser (backups, upgrades) see all rows.
CREATE OR REPLACE FUNCTION hotline_is_arriving(report text) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT EXISTS (SELECT FROM public.reports WHERE report_id = report AND state = 'arriving') $$;
-- Who rings back holds a reference that works: what they key is kept like what they say.
CREATE OR REPLACE FUNCTION hotline_may_add(report text) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT EXISTS (SELECT FROM public.mailboxes WHERE report_id = report AND state = 'open') $$;
CREATE OR REPLACE FUNCTION hotline_is_keyed_now(item text) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT EXISTS (
    SELECT FROM public.items i JOIN public.reports r USING (report_id)
    WHERE i.item_id = item AND (
      (i.kind IN ('received', 'answer') AND r.state = 'arriving')
      OR (i.kind = 'answer' AND public.hotline_may_add(i.report_id)
        AND NOT EXISTS (SELECT FROM public.wraps w WHERE w.item_id = item)))) $$;
CREATE OR REPLACE FUNCTION hotline_is_alone(report text, box text) RETURNS boolean
  LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
  AS $$ SELECT NOT EXISTS (SELECT FROM public.mailboxes WHERE report_id = report AND lookup_id <> box) $$;
REVOKE ALL ON FUNCTION hotline_is_arriving(text), hotline_is_keyed_now(text), hotline_may_add(text),
  hotline_is_alone(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hotline_is_arriving(text), hotline_is_keyed_now(text), hotline_may_add(text),
  hotline_is_alone(text, text) TO hotline_ivr;

DO $$
DECLARE one record;
BEGIN
  FOR one IN SELECT tablename, policyname FROM pg_policies WHERE schemaname = 'public' LOOP
    EXECUTE 'DROP POLICY ' || quote_ident(one.policyname) || ' ON public.' || quote_ident(one.tablename);
  END LOOP;
  FOR one IN SELECT 'public.' || unnest(
    ARRAY['calls', 'intents', 'jobs', 'reports', 'items', 'wraps', 'mailboxes', 'talks', 'replies']) AS t
  LOOP
    EXECUTE 'ALTER TABLE ' || one.t || ' ENABLE ROW LEVEL SECURITY';
    EXECUTE 'CREATE POLICY desk ON ' || one.t || ' TO hotline_desk USING (true) WITH CHECK (true)';
    IF one.t <> 'public.items' THEN
      EXECUTE 'CREATE POLICY worker ON ' || one.t || ' TO hotline_worker USING (true) WITH CHECK (true)';
    END IF;
  END LOOP;
END $$;

-- The public door begins work for the worker and never takes it up: no lease, no stored item, no state of the worker's.
CREATE POLICY door_reads ON calls FOR SELECT TO hotline_ivr USING (true);
CREATE POLICY door_moves ON calls FOR UPDATE TO hotline_ivr USING (true);
CREATE POLICY door_begins ON calls FOR INSERT TO hotline_ivr WITH CHECK (lease_until = 0 AND attempts = 0);
CREATE POLICY door_reads ON intents FOR SELECT TO hotline_ivr USING (true);
CREATE POLICY door_asks ON intents FOR INSERT TO hotline_ivr WITH CHECK (
  state IN ('asked', 'known', 'refused') AND item_id IS NULL AND item_hash IS NULL AND lease_until = 0 AND attempts = 0);
CREATE POLICY door_names ON intents FOR UPDATE TO hotline_ivr
  USING (NOT accepted AND state IN ('asked', 'known')) WITH CHECK (state IN ('asked', 'known', 'refused'));
CREATE POLICY door_tells ON jobs FOR INSERT TO hotline_ivr WITH CHECK (
  kind IN ('alert', 'alarm', 'hear', 'talk', 'added', 'withdrawn') AND lease_until = 0 AND attempts = 0);
CREATE POLICY door_reads ON talks FOR SELECT TO hotline_ivr USING (true);
CREATE POLICY door_queues ON talks FOR INSERT TO hotline_ivr WITH CHECK (
  state = 'waiting' AND NOT practice AND person_id = '' AND report_id = '' AND met_at IS NULL);
CREATE POLICY door_moves ON talks FOR UPDATE TO hotline_ivr USING (true);
CREATE POLICY desk_practises ON talks AS RESTRICTIVE FOR INSERT TO hotline_desk WITH CHECK (practice);
CREATE POLICY door_reads ON mailboxes FOR SELECT TO hotline_ivr USING (true);
CREATE POLICY door_touches ON mailboxes FOR UPDATE TO hotline_ivr USING (true);
CREATE POLICY door_opens ON mailboxes FOR INSERT TO hotline_ivr WITH CHECK (
  state = 'open' AND hotline_is_alone(report_id, lookup_id)); -- a second reference would hear what is meant for the first
CREATE POLICY door_reads ON replies FOR SELECT TO hotline_ivr USING (sealed IS NOT NULL);
CREATE POLICY door_notes ON replies FOR UPDATE TO hotline_ivr USING (sealed IS NOT NULL);

-- The assessment application adds what its teams say, and no release.
ALTER TABLE public.team_items ENABLE ROW LEVEL SECURITY;
CREATE POLICY line ON team_items TO hotline_desk, hotline_worker USING (true) WITH CHECK (true);
CREATE POLICY team_reads ON team_items FOR SELECT TO hotline_assessment USING (true);
CREATE POLICY team_says ON team_items FOR INSERT TO hotline_assessment WITH CHECK (
  kind IN ('outcome', 'question') AND state = 'new');

-- Alarms may be raised and refreshed by all; that the worker lives only the worker says.
ALTER TABLE public.beats ENABLE ROW LEVEL SECURITY;
CREATE POLICY worker ON beats TO hotline_worker USING (true) WITH CHECK (true);
CREATE POLICY reads ON beats FOR SELECT TO hotline_ivr, hotline_desk USING (true);
CREATE POLICY raises ON beats FOR INSERT TO hotline_ivr, hotline_desk WITH CHECK (starts_with(name, 'alarm:'));
CREATE POLICY refreshes ON beats FOR UPDATE TO hotline_ivr, hotline_desk
  USING (starts_with(name, 'alarm:')) WITH CHECK (starts_with(name, 'alarm:'));

-- It changes a report only while that is arriving, and then adds to it what is keyed, which is all that it seals.
CREATE POLICY door_reads ON reports FOR SELECT TO hotline_ivr USING (true);
CREATE POLICY door_begins ON reports FOR INSERT TO hotline_ivr WITH CHECK (
  state = 'arriving' AND urgent = '' AND urgent_due IS NULL AND reason = '' AND held = '' AND claimed_by = '' AND NOT added_to
  AND report_id ~ '^[0-9a-f]{32}$' AND week ~ '^[0-9]{4}-W(0[1-9]|[1-4][0-9]|5[0-3])$');
CREATE POLICY door_changes ON reports FOR UPDATE TO hotline_ivr USING (state = 'arriving');
CREATE POLICY door_keeps ON items FOR INSERT TO hotline_ivr WITH CHECK (
  week IS NULL AND (kind IN ('received', 'answer') AND hotline_is_arriving(report_id)
    OR kind = 'answer' AND hotline_may_add(report_id)));
CREATE POLICY door_keeps ON wraps FOR INSERT TO hotline_ivr WITH CHECK (hotline_is_keyed_now(item_id));

-- An urgent report waits for review at once: the door says that, and nothing else of a review.
ALTER TABLE public.reviews ENABLE ROW LEVEL SECURITY;
CREATE POLICY desk ON reviews TO hotline_desk USING (true) WITH CHECK (true);
CREATE POLICY worker ON reviews TO hotline_worker USING (true) WITH CHECK (true);
CREATE POLICY door_reads ON reviews FOR SELECT TO hotline_ivr USING (true);
CREATE POLICY door_urges ON reviews FOR INSERT TO hotline_ivr WITH CHECK (
  urgent AND state = 'waiting' AND reviewer = '' AND item_id = '' AND team = '' AND NOT second);

-- The desk begins only what its own people write; no row of its making passes for a call.
CREATE POLICY desk_begins ON reports AS RESTRICTIVE FOR INSERT TO hotline_desk WITH CHECK (
  state = 'writing' AND channel IN ('staff', 'live') AND claimed_by <> '' AND urgent = '' AND urgent_due IS NULL AND reason = ''
  AND held = '' AND NOT added_to AND NOT reference_heard);
-- It forgets a form alone that was begun beside a call and led to nothing: no alert, and no reference to it.
CREATE POLICY desk_forgets ON reports AS RESTRICTIVE FOR DELETE TO hotline_desk USING (
  state = 'writing' AND channel = 'live' AND urgent = '' AND urgent_due IS NULL AND NOT reference_heard);

-- The worker seals sound, its draft, and how an unasked report began: no words that a person confirmed.
CREATE POLICY worker_reads ON items FOR SELECT TO hotline_worker USING (true);
CREATE POLICY worker_forgets ON items FOR DELETE TO hotline_worker USING (true);
CREATE POLICY worker_dates ON items FOR UPDATE TO hotline_worker USING (kind = 'sound');
CREATE POLICY worker_keeps ON items FOR INSERT TO hotline_worker WITH CHECK (kind IN ('sound', 'draft', 'received'));

-- A policy does not see the row as it was: what may only rise needs a trigger.
CREATE OR REPLACE FUNCTION hotline_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'permission denied: this may only rise' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE OR REPLACE TRIGGER only_rises BEFORE UPDATE ON reports FOR EACH ROW WHEN (
  current_user = 'hotline_ivr' AND (
    coalesce(array_position(ARRAY['', 'no', 'unsure', 'yes'], NEW.urgent::text), 0)
      < array_position(ARRAY['', 'no', 'unsure', 'yes'], OLD.urgent::text)
    OR (OLD.urgent_due IS NOT NULL AND NEW.urgent_due IS NULL)
    OR (NEW.urgent IN ('yes', 'unsure') AND OLD.urgent NOT IN ('yes', 'unsure') AND NEW.urgent_due IS NULL)
    OR (OLD.urgent_due IS NOT NULL AND NEW.urgent = OLD.urgent AND NEW.urgent_due > OLD.urgent_due)
    OR NEW.substance < OLD.substance OR NEW.reference_heard < OLD.reference_heard OR NEW.partial > OLD.partial))
  EXECUTE FUNCTION hotline_refuse();
CREATE OR REPLACE TRIGGER urgency_rises BEFORE UPDATE ON reports FOR EACH ROW WHEN (
  current_user = 'hotline_desk' AND (
    coalesce(array_position(ARRAY['', 'no', 'unsure', 'yes'], NEW.urgent::text), 0)
      < array_position(ARRAY['', 'no', 'unsure', 'yes'], OLD.urgent::text)
    OR NEW.substance < OLD.substance))
  EXECUTE FUNCTION hotline_refuse();
CREATE OR REPLACE TRIGGER only_rises BEFORE UPDATE ON mailboxes FOR EACH ROW WHEN (
  current_user = 'hotline_ivr' AND (NEW.week < OLD.week
    OR (NEW.state <> OLD.state AND NEW.state <> 'withdrawn'))) EXECUTE FUNCTION hotline_refuse();
CREATE OR REPLACE TRIGGER only_rises BEFORE UPDATE ON replies FOR EACH ROW WHEN (
  current_user = 'hotline_ivr' AND NEW.state <> OLD.state AND NOT (
    (OLD.state = 'waiting' AND NEW.state IN ('heard', 'answered')) OR (OLD.state = 'heard' AND NEW.state = 'answered')))
  EXECUTE FUNCTION hotline_refuse();
-- A caller is handed to a person by worker and desk alone: the door takes one away, and brings back who was given one.
CREATE OR REPLACE TRIGGER hands_to_nobody BEFORE UPDATE ON talks FOR EACH ROW WHEN (
  current_user = 'hotline_ivr' AND (
    (NEW.person_id <> '' AND NEW.person_id IS DISTINCT FROM OLD.person_id)
    OR (NEW.state IS DISTINCT FROM OLD.state AND NEW.state NOT IN ('waiting', 'over')
      AND NOT (NEW.state = 'talking' AND OLD.state IN ('joining', 'aside') AND OLD.person_id <> ''))))
  EXECUTE FUNCTION hotline_refuse();
CREATE OR REPLACE TRIGGER named_once BEFORE UPDATE ON intents FOR EACH ROW WHEN (
  current_user = 'hotline_ivr' AND (
    OLD.recording_key IS NOT NULL AND NEW.recording_key IS DISTINCT FROM OLD.recording_key
    OR OLD.recording_for_worker IS NOT NULL AND NEW.recording_for_worker IS DISTINCT FROM OLD.recording_for_worker))
  EXECUTE FUNCTION hotline_refuse();
