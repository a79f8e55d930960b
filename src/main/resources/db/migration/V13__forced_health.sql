-- What an operator said of the health of an origin, against what is measured, until its time is over.
CREATE TABLE forced_health (
  origin_id  text COLLATE "C" PRIMARY KEY,
  state      text NOT NULL CHECK (state IN ('healthy', 'unhealthy')),
  until_when timestamptz NOT NULL
);
