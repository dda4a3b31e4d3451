-- Up Migration
-- A filter may be longer than an index entry, so its hash stands for it: SHA-256 in base64url.
UPDATE earlier_questions
SET scope = rtrim(translate(encode(sha256(convert_to(scope, 'UTF8')), 'base64'), '+/', '-_'), '=');
