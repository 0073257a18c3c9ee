-- A part that a deletion has emptied is kept until it is merged. ClickHouse forgets the deduplication tokens of a part that it
-- removes, which it otherwise does half a minute after the rows of a replaced batch were deleted; an insert of that batch which
-- comes late would be stored then.
ALTER TABLE :"database".:"table" :on_cluster MODIFY SETTING remove_empty_parts = 0;
