-- Up Migration
-- Made the vector indexes anew in half precision once. That was taken back: see 16.
SELECT 1;
