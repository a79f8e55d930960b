-- The life of its holder's process that opened a session; null: it did not say. When a later life
-- of the same holder opens one, those of earlier lives are closed.
ALTER TABLE write_session ADD COLUMN life text;

-- How often a row was tried and put back since something of it was mended. Claims that ended with
-- their owner's process are no such tries.
ALTER TABLE heal_task ADD COLUMN failures integer NOT NULL DEFAULT 0;

-- What a session that is closed had claimed is given back with it.
CREATE INDEX heal_task_owner ON heal_task (owner) WHERE owner IS NOT NULL;
