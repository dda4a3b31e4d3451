-- Up Migration
-- Lexemes without what people leave out when they type: accents, the points of Hebrew, Arabic and Indic scripts, and the
-- line that stretches an Arabic word; and with the plain form of letters that no decomposition leads to it.
CREATE FUNCTION fold_lexeme(lexeme text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT CASE WHEN octet_length(lexeme) = length(lexeme) THEN lexeme ELSE
    normalize(replace(replace(replace(translate(
      regexp_replace(
        normalize(lexeme, NFKD),
        '[\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0640\u064b-\u065f\u0670\u093c\u09bc\u0a3c\u0abc\u0b3c\u0cbc]',
        '', 'g'),
      'ıđðłøςىیکة', 'iddloσييكه'), 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), NFC)
  END
$$;

-- Most lexemes are their own plain form and are found by the primary key.
CREATE INDEX terms_folded ON terms (tenant_id, fold_lexeme(lexeme)) WHERE fold_lexeme(lexeme) <> lexeme;
