-- Origins that were made or changed while the node ran; those that stand in its configuration alone
-- have no row here. No credential is in it: the journal copies these rows.
CREATE TABLE origin_definition (
  origin_id  text COLLATE "C" PRIMARY KEY,
  definition jsonb NOT NULL,
  version    bigint NOT NULL
);

-- Credentials under the cluster key. No journal and no snapshot has them.
CREATE TABLE origin_secret (
  origin_id text COLLATE "C" PRIMARY KEY,
  wrapped   text NOT NULL
);

-- What is moved away from an origin, or ('*') from the fullest to the emptiest.
CREATE TABLE origin_drain (
  origin_id      text COLLATE "C" PRIMARY KEY,
  state          text NOT NULL CHECK (state IN ('running', 'paused', 'done')),
  towards        text COLLATE "C",
  began          timestamptz NOT NULL DEFAULT now(),
  moved_segments bigint NOT NULL DEFAULT 0,
  moved_bytes    bigint NOT NULL DEFAULT 0
);
