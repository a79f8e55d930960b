-- Origins that are away, and have not been back for good since. Shards of an absent one are added
-- elsewhere; what is there twice afterwards is trimmed.
CREATE TABLE origin_absence (
  origin_id text COLLATE "C" PRIMARY KEY,
  since     timestamptz NOT NULL,
  -- an operator said that it is lost
  declared  boolean NOT NULL DEFAULT false,
  -- its shards count as absent
  absent    boolean NOT NULL DEFAULT false
);

-- Its bytes were written anew with a wider layout, as another segment of the same owner.
ALTER TABLE segment ADD COLUMN relaid boolean NOT NULL DEFAULT false;

-- Shards of live segments of which no copy can be counted on: never landed, on an origin that is
-- not ready, was replaced since or is absent, or found damaged. Unknown is never healthy.
CREATE OR REPLACE VIEW lost_shard AS
  SELECT write_id, shard_index
    FROM (
      SELECT l.write_id, l.shard_index,
             bool_and(l.state <> 'landed' OR o.state IS DISTINCT FROM 'ready'
               OR o.incarnation IS DISTINCT FROM l.origin_incarnation
               OR EXISTS (SELECT FROM origin_absence a
                           WHERE a.origin_id = l.origin_id AND a.absent)
               OR EXISTS (SELECT FROM heal_task t JOIN heal_damage d USING (task_id)
                           WHERE t.write_id = l.write_id AND t.state = 'open'
                             AND d.shard_index = l.shard_index
                             AND d.attempt_id = l.attempt_id)) AS lost
        FROM location l LEFT JOIN origin o USING (origin_id)
       GROUP BY l.write_id, l.shard_index) s
   WHERE lost;
