-- Sealing reads events by their index in order, as the reading of a batch does. Asked to choose, Postgres reads all that
-- waits in a partition by bitmap and sorts it where it expects few rows there, as in one that was not analysed since it
-- filled (30,000 rows to seal 10,000); and it prepares a sort for each hole.
ALTER FUNCTION :"schema".seal_batch(integer, boolean) SET enable_bitmapscan = off;
ALTER FUNCTION :"schema".seal_batch(integer, boolean) SET enable_sort = off;
