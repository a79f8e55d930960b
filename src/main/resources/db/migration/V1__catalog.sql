-- The truth about buckets, objects and where their shards lie. Keys sort by their UTF-8 bytes.
-- Write ids, attempt ids and version ids are 128 bits in 32 hex digits, so they are kept as uuid.

CREATE TABLE cluster (
  one        boolean PRIMARY KEY DEFAULT true CHECK (one),
  cluster_id text NOT NULL,
  created    timestamptz NOT NULL DEFAULT now()
);

-- Every change takes its place in the order here, as its last statement before COMMIT: the lock on
-- this row makes the order of seq the order of commits.
CREATE TABLE clock (
  one     boolean PRIMARY KEY DEFAULT true CHECK (one),
  seq     bigint NOT NULL,
  -- true once an object, part or segment was ever committed
  written boolean NOT NULL
) WITH (fillfactor = 10);
INSERT INTO clock (seq, written) VALUES (0, false);

CREATE TABLE change (
  seq  bigint PRIMARY KEY,
  kind text NOT NULL,
  body jsonb NOT NULL,
  at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE bucket (
  bucket_id   integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  name        text COLLATE "C" NOT NULL UNIQUE,
  k           smallint NOT NULL,
  m           smallint NOT NULL,
  class       text NOT NULL CHECK (class IN ('critical', 'important', 'standard')),
  strategy    text NOT NULL,
  on_shortage text NOT NULL CHECK (on_shortage IN ('degrade', 'refuse')),
  region      text,
  created     timestamptz NOT NULL DEFAULT now(),
  version     bigint NOT NULL DEFAULT 1
);

-- One row per process life that writes. A commit holds it FOR SHARE; closing it or raising its
-- low water waits for those.
CREATE TABLE write_session (
  session_id  text COLLATE "C" PRIMARY KEY,
  holder      text NOT NULL,
  low_water   bigint NOT NULL DEFAULT 0,
  lease_until timestamptz NOT NULL,
  opened      timestamptz NOT NULL DEFAULT now(),
  closed      timestamptz
);
CREATE INDEX write_session_open ON write_session (lease_until) WHERE closed IS NULL;

-- Versions stay when they die, so that what lies on the origins in their name is not taken for
-- orphans.
CREATE TABLE version (
  version_id   uuid PRIMARY KEY,
  bucket_id    integer NOT NULL,
  key          text COLLATE "C" NOT NULL,
  seq          bigint NOT NULL,
  size_bytes   bigint NOT NULL,
  etag         text NOT NULL,
  content_type text,
  headers      jsonb NOT NULL,
  metadata     jsonb NOT NULL,
  created      timestamptz NOT NULL,
  segments     integer NOT NULL,
  part_sizes   bigint[] NOT NULL,
  -- seq of the change that ended it
  died_at      bigint
);

-- The current version of each key.
CREATE TABLE object (
  bucket_id  integer NOT NULL,
  key        text COLLATE "C" NOT NULL,
  version_id uuid NOT NULL,
  size_bytes bigint NOT NULL,
  etag       text NOT NULL,
  created    timestamptz NOT NULL,
  PRIMARY KEY (bucket_id, key)
);

-- owner_id is a version or a part; its first segment bears the same id.
CREATE TABLE segment (
  write_id      uuid PRIMARY KEY,
  owner_id      uuid NOT NULL,
  leaf          smallint NOT NULL,
  ordinal       integer NOT NULL,
  at_offset     bigint NOT NULL,
  size_bytes    bigint NOT NULL,
  k             smallint NOT NULL,
  m             smallint NOT NULL,
  footer_bytes  integer NOT NULL,
  footer_sha256 bytea NOT NULL,
  -- k+m digests of 32 bytes, by index
  shard_sha256  bytea NOT NULL,
  shard_bytes   bigint NOT NULL,
  created       timestamptz NOT NULL DEFAULT now(),
  -- when every shard of it was last verified by a heal
  verified      timestamptz,
  live          boolean NOT NULL DEFAULT true,
  died          timestamptz
);
CREATE INDEX segment_leaf ON segment (leaf, write_id) WHERE live;
CREATE INDEX segment_owner ON segment (owner_id, ordinal) WHERE owner_id <> write_id;

CREATE TABLE location (
  write_id           uuid NOT NULL,
  shard_index        smallint NOT NULL,
  attempt_id         uuid NOT NULL,
  origin_id          text COLLATE "C" NOT NULL,
  origin_incarnation text NOT NULL,
  -- the pack that holds it; null: a file of its own
  container          text,
  at_offset          bigint NOT NULL DEFAULT 0,
  length             bigint NOT NULL,
  -- landed, or missed: never flushed there
  state              text NOT NULL CHECK (state IN ('landed', 'missed')),
  PRIMARY KEY (write_id, shard_index, attempt_id)
);

CREATE TABLE upload (
  upload_id    uuid PRIMARY KEY,
  bucket_id    integer NOT NULL,
  key          text COLLATE "C" NOT NULL,
  content_type text,
  headers      jsonb NOT NULL,
  metadata     jsonb NOT NULL,
  created      timestamptz NOT NULL DEFAULT now(),
  state        text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'completed', 'aborted')),
  -- once completed: the version it became, and the parts as they were named
  version_id   uuid,
  named        text
);
CREATE INDEX upload_open ON upload (bucket_id, key, upload_id) WHERE state = 'open';

CREATE TABLE part (
  upload_id  uuid NOT NULL,
  number     integer NOT NULL,
  part_id    uuid NOT NULL UNIQUE,
  size_bytes bigint NOT NULL,
  etag       text NOT NULL,
  segments   integer NOT NULL,
  created    timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (upload_id, number)
);

CREATE TABLE origin (
  origin_id   text COLLATE "C" PRIMARY KEY,
  kind        text NOT NULL,
  path        text NOT NULL,
  state       text NOT NULL CHECK (state IN ('new', 'ready', 'removed')),
  incarnation text NOT NULL,
  created     timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE policy (
  name    text PRIMARY KEY,
  json    text NOT NULL,
  version bigint NOT NULL
);

CREATE TABLE scan (
  scan_id    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  definition text NOT NULL,
  priority   smallint NOT NULL,
  status     text NOT NULL DEFAULT 'Started',
  state      text,
  created    timestamptz NOT NULL DEFAULT now(),
  ended      timestamptz,
  version    bigint NOT NULL DEFAULT 1
);
CREATE INDEX scan_open ON scan (scan_id) WHERE ended IS NULL;

CREATE TABLE scan_issue (
  number      bigint GENERATED ALWAYS AS IDENTITY,
  scan_id     bigint NOT NULL REFERENCES scan ON DELETE CASCADE,
  type        text NOT NULL,
  severity    smallint NOT NULL,
  bucket      text NOT NULL,
  object      text NOT NULL,
  version_id  text NOT NULL,
  write_id    text NOT NULL,
  description text NOT NULL,
  detected    timestamptz NOT NULL,
  PRIMARY KEY (scan_id, number)
);
-- by digest, because bucket and object (which alone tell orphans apart) may be long
CREATE UNIQUE INDEX scan_issue_once ON scan_issue
  (scan_id, type, version_id, write_id, md5(bucket || '/' || object));

-- Every byte of a leaf on an origin was looked at.
CREATE TABLE coverage (
  leaf      smallint NOT NULL,
  origin_id text COLLATE "C" NOT NULL,
  depth     text NOT NULL CHECK (depth IN ('quick', 'normal', 'deep')),
  at        timestamptz NOT NULL,
  PRIMARY KEY (leaf, origin_id, depth)
);

-- Names that lie on an origin and stood in no row when they were seen.
CREATE TABLE unreferenced (
  origin_id  text COLLATE "C" NOT NULL,
  name       text COLLATE "C" NOT NULL,
  first_seen timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (origin_id, name)
);

-- One open row per damaged segment.
CREATE TABLE heal_task (
  task_id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  write_id      uuid NOT NULL,
  state         text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done')),
  cause         text NOT NULL,
  scan_id       text,
  priority      smallint NOT NULL,
  mode          text NOT NULL,
  -- somebody asked for it, and has not been answered
  asked         boolean NOT NULL DEFAULT false,
  -- how many further losses the segment survives
  redundancy    smallint NOT NULL,
  attempt       integer NOT NULL DEFAULT 0,
  due           timestamptz NOT NULL DEFAULT now(),
  owner         text,
  lease_until   timestamptz,
  claimed       timestamptz,
  unrecoverable boolean NOT NULL DEFAULT false,
  created       timestamptz NOT NULL DEFAULT now(),
  -- the last attempt that was settled, and how
  settled       integer NOT NULL DEFAULT 0,
  outcome       text,
  result        text,
  reason        text,
  completed     timestamptz
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX heal_task_open ON heal_task (write_id) WHERE state = 'open';
CREATE INDEX heal_task_order ON heal_task (redundancy, priority DESC, created, task_id)
  WHERE state = 'open';
CREATE INDEX heal_task_done ON heal_task (write_id, completed) WHERE state = 'done';

CREATE TABLE heal_damage (
  task_id       bigint NOT NULL REFERENCES heal_task ON DELETE CASCADE,
  shard_index   smallint NOT NULL,
  attempt_id    uuid NOT NULL,
  origin_id     text NOT NULL,
  evidence      text NOT NULL,
  manifest_only boolean NOT NULL,
  detail        text NOT NULL,
  -- the claim during which it was reported; its healer may not have known of it
  during        integer NOT NULL,
  PRIMARY KEY (task_id, shard_index)
);

CREATE TABLE heal_request (
  request_id  bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  bucket      text NOT NULL,
  key         text COLLATE "C" NOT NULL,
  version_id  uuid,
  priority    smallint NOT NULL,
  mode        text NOT NULL,
  max_retries integer NOT NULL,
  created     timestamptz NOT NULL DEFAULT now(),
  -- null while open
  status      text,
  ended       timestamptz,
  reason      text
);
CREATE INDEX heal_request_open ON heal_request (request_id) WHERE status IS NULL;

CREATE TABLE heal_request_task (
  request_id bigint NOT NULL REFERENCES heal_request ON DELETE CASCADE,
  task_id    bigint NOT NULL REFERENCES heal_task ON DELETE CASCADE,
  failures   integer NOT NULL DEFAULT 0,
  PRIMARY KEY (request_id, task_id)
);
CREATE INDEX heal_request_task_task ON heal_request_task (task_id);

CREATE TABLE heal_count (
  one       boolean PRIMARY KEY DEFAULT true CHECK (one),
  completed bigint NOT NULL DEFAULT 0,
  failed    bigint NOT NULL DEFAULT 0
);
INSERT INTO heal_count DEFAULT VALUES;

-- The priority of damage that nobody asked about, by class of bucket.
CREATE TABLE heal_priority (
  class    text PRIMARY KEY,
  priority smallint NOT NULL
);
INSERT INTO heal_priority VALUES ('critical', 4), ('important', 2), ('standard', 1);

-- Shards of live segments that cannot be counted on: never landed, on an origin that is not ready
-- or was replaced since, or found damaged. Unknown is never healthy.
CREATE VIEW lost_shard AS
  SELECT l.write_id, l.shard_index
    FROM location l LEFT JOIN origin o USING (origin_id)
   WHERE l.state <> 'landed' OR o.state IS DISTINCT FROM 'ready'
      OR o.incarnation IS DISTINCT FROM l.origin_incarnation
  UNION
  SELECT t.write_id, d.shard_index
    FROM heal_task t JOIN heal_damage d USING (task_id)
    JOIN location l ON l.write_id = t.write_id AND l.shard_index = d.shard_index
                   AND l.attempt_id = d.attempt_id
   WHERE t.state = 'open';
