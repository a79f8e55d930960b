-- Enabled, Suspended, or null as long as nobody has set it.
ALTER TABLE bucket ADD COLUMN versioning text CHECK (versioning IN ('Enabled', 'Suspended'));

-- marker: says that the key is deleted, and holds no bytes.
-- null_version: written while its bucket kept no versions; at most one of a key is alive.
-- past: alive, but no longer the current one of its key.
ALTER TABLE version
  ADD COLUMN marker       boolean NOT NULL DEFAULT false,
  ADD COLUMN null_version boolean NOT NULL DEFAULT true,
  ADD COLUMN past         boolean NOT NULL DEFAULT false;

-- Buckets that keep no versions have no row in either.
CREATE INDEX version_past ON version (bucket_id, key, seq DESC) WHERE past;
CREATE UNIQUE INDEX version_past_null ON version (bucket_id, key) WHERE past AND null_version;

-- Every key of which anything is alive has a row, also if a marker is the current version: it is
-- what all changes of the key lock.
ALTER TABLE object
  ADD COLUMN marker       boolean NOT NULL DEFAULT false,
  ADD COLUMN null_version boolean NOT NULL DEFAULT true;
