-- The shards that lie in one pack, in the order in which they lie there.
CREATE INDEX location_pack ON location (origin_id, container, at_offset)
  WHERE container IS NOT NULL;

-- Every shard of the segment lies in a pack: a look at its leaf has nothing to look for.
ALTER TABLE segment ADD COLUMN packed boolean NOT NULL DEFAULT false;
DROP INDEX segment_leaf;
CREATE INDEX segment_leaf ON segment (leaf, write_id) WHERE live AND NOT packed;

-- Every live shard of a pack was looked at.
CREATE TABLE pack_coverage (
  origin_id text COLLATE "C" NOT NULL,
  pack      text NOT NULL,
  depth     text NOT NULL CHECK (depth IN ('quick', 'normal', 'deep')),
  at        timestamptz NOT NULL,
  PRIMARY KEY (origin_id, pack, depth)
);
