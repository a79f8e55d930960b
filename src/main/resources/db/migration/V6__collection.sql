-- Where bytes lie that nothing alive points to, until their origin has confirmed that they are
-- gone: shards of dead segments once the grace has passed (their location rows move here), and what
-- a location row pointed to before a heal or a move pointed it elsewhere.
CREATE TABLE remnant (
  write_id           uuid NOT NULL,
  shard_index        smallint NOT NULL,
  attempt_id         uuid NOT NULL,
  origin_id          text COLLATE "C" NOT NULL,
  origin_incarnation text NOT NULL,
  container          text,
  length             bigint NOT NULL,
  -- when it stopped being pointed to
  since              timestamptz NOT NULL,
  PRIMARY KEY (write_id, shard_index, attempt_id)
);
CREATE INDEX remnant_origin ON remnant (origin_id, since, write_id, shard_index);
CREATE INDEX remnant_pack ON remnant (origin_id, container) WHERE container IS NOT NULL;

-- Its location rows have become remnants; it goes when the last of them has gone.
ALTER TABLE segment ADD COLUMN retired boolean NOT NULL DEFAULT false;
CREATE INDEX segment_dead ON segment (died) WHERE NOT live AND NOT retired;

-- seen: lies there and stands in no row. condemned: judged to be nobody's, and on its way to
-- quarantine. quarantined: lies there.
ALTER TABLE unreferenced
  ADD COLUMN state      text NOT NULL DEFAULT 'seen'
                        CHECK (state IN ('seen', 'condemned', 'quarantined')),
  ADD COLUMN condemned  timestamptz,
  -- no transaction before this one may be under way any more when it is removed: those did not
  -- know that it was condemned
  ADD COLUMN horizon xid8,
  ADD COLUMN size_bytes bigint NOT NULL DEFAULT 0;
CREATE INDEX unreferenced_fate ON unreferenced (origin_id, state, name);

-- What scans found of the last shards they verified on an origin.
CREATE TABLE origin_verdict (
  number    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  origin_id text COLLATE "C" NOT NULL,
  verified  integer NOT NULL,
  -- corrupt or stale
  bad       integer NOT NULL
);
CREATE INDEX origin_verdict_origin ON origin_verdict (origin_id, number DESC);

-- Origins on which nothing is written or removed.
CREATE TABLE origin_brake (
  origin_id text COLLATE "C" PRIMARY KEY,
  reason    text NOT NULL,
  since     timestamptz NOT NULL DEFAULT now(),
  -- what was found later counts when it is asked whether it may be released
  verdict   bigint NOT NULL DEFAULT 0
);

-- What was given back since the catalog began.
CREATE TABLE collected (
  origin_id text COLLATE "C" PRIMARY KEY,
  names     bigint NOT NULL DEFAULT 0,
  bytes     bigint NOT NULL DEFAULT 0
);

-- The right to do something alone. Whoever is not the holder of this epoch any more gets nothing
-- handed out.
CREATE TABLE lease (
  name        text PRIMARY KEY,
  holder      text NOT NULL,
  epoch       bigint NOT NULL,
  lease_until timestamptz NOT NULL
);

-- Rows that hold no bytes and go after the grace.
CREATE INDEX version_dead_marker ON version (created) WHERE marker AND died_at IS NOT NULL;
CREATE INDEX upload_aborted ON upload (created) WHERE state = 'aborted';
CREATE INDEX upload_version ON upload (version_id) WHERE version_id IS NOT NULL;
