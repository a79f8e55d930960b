-- A shard may lie in two places, and both copies may be damaged: a report of one says nothing of the
-- other.
ALTER TABLE heal_damage DROP CONSTRAINT heal_damage_pkey;
ALTER TABLE heal_damage ADD PRIMARY KEY (task_id, shard_index, attempt_id);
