-- The shards that lie in one pack, in the order in which they lie there.
CREATE INDEX location_pack ON location (origin_id, container, at_offset)
  WHERE container IS NOT NULL;
