-- +goose Up
-- The folded words of every account, group and identity by id. Apart from the
-- first file because the query generator does not read virtual tables.
CREATE VIRTUAL TABLE search_text USING fts5(text, tokenize = 'trigram', content = '', contentless_delete = 1);

-- +goose Down
DROP TABLE search_text;
