-- The assessment application's own database: run by a superuser on it, after `hotline database upgrade --assessment` made
-- the tables as hotline_assessment_owner; again after each upgrade. May run twice. The line's database has its roles.sql.
-- The same migrations make both; of what only a desk uses, nothing is granted here, and nothing is in it.
-- tests/assessment/test_roles.py lets a team's people join, work and leave under exactly these grants.

DO $$
DECLARE one text;
BEGIN
  FOREACH one IN ARRAY ARRAY['hotline_assessment_owner', 'hotline_assessment'] LOOP
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = one) THEN
      EXECUTE 'CREATE ROLE ' || quote_ident(one) || ' LOGIN';
    END IF;
  END LOOP;
END $$;

REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO hotline_assessment;
REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, hotline_assessment;

-- Joiners, movers and leavers. By none of these does anybody get a team's key: that takes somebody who holds it.
GRANT SELECT, INSERT ON people TO hotline_assessment;
GRANT UPDATE (sign_in_name, alias, role, salt, public_key, wrapped_key, totp_sealed, totp_last_step, failures,
  next_try_at, state, changes, left_in_epoch) ON people TO hotline_assessment; -- and never the team
GRANT SELECT, INSERT, UPDATE (alias, role), DELETE ON invitations TO hotline_assessment;
GRANT SELECT, INSERT, UPDATE (counter), DELETE ON second_factors TO hotline_assessment; -- each opens with its person's key
GRANT SELECT, INSERT, DELETE ON memberships, admissions TO hotline_assessment; -- it changes nobody's

-- The audit, and alarms for whoever runs it (`hotline alarms list --assessment`).
GRANT SELECT, INSERT ON audit TO hotline_assessment;
GRANT SELECT, INSERT, UPDATE (number) ON counts TO hotline_assessment;
GRANT SELECT, INSERT, UPDATE (seen_at) ON beats TO hotline_assessment;
GRANT INSERT ON jobs TO hotline_assessment;
