-- A rebuild of the catalog from the origins that began and has not ended.
CREATE TABLE rebuild (
  one     boolean PRIMARY KEY DEFAULT true CHECK (one),
  started timestamptz NOT NULL DEFAULT now()
);

-- The state of one moment, as rows of its tables, while it is being written to the origins. It is
-- made anew whenever it is needed, so it need not survive a crash.
CREATE UNLOGGED TABLE snapshot_row (
  number     bigint PRIMARY KEY,
  table_name text NOT NULL,
  body       jsonb NOT NULL
);

-- Writes that were refused when they were to be committed, until their session's low water has
-- passed them: a rebuild must not take their shards for what was committed last.
CREATE TABLE refused_write (
  write_id uuid PRIMARY KEY
);
