-- Federated buckets: trees over folders of origins that hold plain files.
CREATE TABLE tree (
  name       text COLLATE "C" PRIMARY KEY,
  definition jsonb NOT NULL,
  created    timestamptz NOT NULL DEFAULT now(),
  version    bigint NOT NULL DEFAULT 1
);

-- What was read of a plain file. Size and time are its stamp when it was read last; if other bytes
-- were found under the same stamp, sha256 is that of the right ones.
CREATE TABLE tree_file (
  origin_id  text COLLATE "C" NOT NULL,
  path       text COLLATE "C" NOT NULL,
  size_bytes bigint NOT NULL,
  modified   text NOT NULL,
  tag        text,
  sha256     text NOT NULL,
  verified   timestamptz NOT NULL DEFAULT now(),
  rot_sha256 text,
  PRIMARY KEY (origin_id, path)
);
CREATE INDEX tree_file_rotten ON tree_file (origin_id, path) WHERE rot_sha256 IS NOT NULL;

-- The root of an origin for plain files as it was when it was registered.
CREATE TABLE file_root (
  origin_id text COLLATE "C" PRIMARY KEY,
  identity  text NOT NULL,
  learnt    timestamptz NOT NULL DEFAULT now()
);
