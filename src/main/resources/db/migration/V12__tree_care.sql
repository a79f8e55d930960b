-- How far the files of federated buckets are verified; whoever holds the lease goes on with it.
CREATE TABLE tree_verification (
  tree        text COLLATE "C" PRIMARY KEY,
  holder      text NOT NULL,
  lease_until timestamptz NOT NULL,
  body        jsonb NOT NULL
);
