-- What was done to keys of federated buckets and has not reached each of their origins yet. Of one
-- that is open nobody knows whether it took place; prior is the one that it stands in place of.
CREATE TABLE tree_deed (
  tree       text COLLATE "C" NOT NULL REFERENCES tree (name) ON DELETE CASCADE,
  key        text COLLATE "C" NOT NULL,
  deed_id    uuid NOT NULL,
  kind       text NOT NULL CHECK (kind IN ('written', 'deleted')),
  sha256     text,
  size_bytes bigint NOT NULL,
  made       timestamptz NOT NULL DEFAULT now(),
  open       boolean NOT NULL,
  places     jsonb NOT NULL,
  prior      jsonb,
  noted      boolean NOT NULL DEFAULT false,
  rest_until timestamptz NOT NULL DEFAULT now(),
  PRIMARY KEY (tree, key)
);
CREATE INDEX tree_deed_due ON tree_deed (rest_until);
