-- Up Migration
-- Where vectors are compared one by one, those that lie outside their rows cost more to fetch than to compare. Vectors
-- of up to 2,000 dimensions stay in their rows from now on; those stored before are read as ever.
ALTER TABLE chunk_embeddings SET (toast_tuple_target = 8160);
ALTER TABLE earlier_question_embeddings SET (toast_tuple_target = 8160);
