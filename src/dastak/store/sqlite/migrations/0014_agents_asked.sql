-- When an agent, and not just the page, did something last: pages stay open when people go home.
ALTER TABLE operator_presence ADD COLUMN last_act INTEGER;
