-- Up Migration
-- In an outage every question is compared with all earlier ones, and a vector that lies outside its row costs more to
-- fetch than to compare. Vectors of up to 2,000 dimensions stay in their rows from now on; those stored before are
-- read as ever, and go with their age.
ALTER TABLE earlier_question_embeddings SET (toast_tuple_target = 8160);
