package store

import (
	"context"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"gatehouse/backend/iam"
)

var (
	spaces = regexp.MustCompile(`\s+`)
	uuid   = regexp.MustCompile(`(?i)^\{?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})\}?$`)
	phone  = regexp.MustCompile(`^[+(]?[0-9][0-9 ()./-]{5,}$`)
)

// Cleaned is what somebody pasted, folded, without the junk around it: quotes,
// angle brackets, mailto:, a DOMAIN\ before a login, a telephone number's
// punctuation.
func Cleaned(words string) string {
	s := strings.TrimSpace(spaces.ReplaceAllString(words, " "))
	s = strings.Trim(s, `"'<>,;`+"`")
	s = strings.TrimPrefix(strings.TrimPrefix(s, "mailto:"), "tel:")
	if i := strings.LastIndexByte(s, '\\'); i > 0 && !strings.ContainsAny(s, "=,") {
		s = s[i+1:]
	}
	if phone.MatchString(s) {
		s = digits(s)
	}
	return Fold(strings.TrimSpace(s))
}

// exact finds objects by what names exactly one: a DN or the directory's own
// id.
func (r *Reader) exact(ctx context.Context, words string) ([]iam.ID, error) {
	if m := uuid.FindStringSubmatch(words); m != nil {
		rows, err := r.q.ObjectByExternal(ctx, strings.ToLower(m[1]))
		var ids []iam.ID
		for _, o := range rows {
			ids = append(ids, iam.ID(o.ID))
		}
		return ids, err
	}
	if !strings.Contains(words, "=") || !strings.Contains(words, ",") {
		return nil, nil
	}
	return r.ids(ctx, `SELECT a.id FROM sources s CROSS JOIN accounts a WHERE `+r.stoodWhere("a", "a.source_id = s.id AND a.dn_ref = ?1")+`
	  UNION ALL SELECT e.id FROM sources s CROSS JOIN entitlements e WHERE `+r.stoodWhere("e", "e.source_id = s.id AND e.dn_ref = ?1"), "dn:"+strings.ReplaceAll(words, ", ", ","))
}

// matchAll asks for every word, anywhere. A word below three characters cannot
// be looked up by trigrams and is left to the others. Whatever the words are,
// the query is one that FTS5 understands: it ends at a NUL, which is therefore
// taken for a space, as all control characters are.
func matchAll(words string) string {
	all := strings.FieldsFunc(words, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) })
	var terms []string
	for _, w := range all {
		if w = strings.Trim(w, `,;<>()"'`); utf8.RuneCountInString(w) >= 3 {
			terms = append(terms, phrase(w))
		}
	}
	if len(terms) == 0 {
		return phrase(strings.Join(all, " "))
	}
	return strings.Join(terms, " ")
}

// phrase is text as one FTS5 string.
func phrase(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// Hit is something a search found.
type Hit struct {
	Named
	Identity string // the name of the identity behind an account
	Title    string
	Source   string
}

// candidates are the rows of a table, as id, x and y, that a search ranks. Of very
// many they are those that begin with the words, and the first of the others:
// more than are shown would have to be ranked for nothing.
func (r *Reader) candidates(ctx context.Context, table, words, x, y string) (string, []any, error) {
	columns := `SELECT id, ` + x + ` AS x, ` + y + ` AS y FROM `
	c := Cleaned(words)
	if !r.past {
		begins := ` FROM open_` + table + ` WHERE %s BETWEEN ? AND ?`
		var sets []string
		var args []any
		much := false
		for _, column := range []string{x, y} {
			from := strings.Replace(begins, "%s", column, 1)
			n, err := r.atMost(ctx, from, []any{c, c + "\U0010FFFF"}, many)
			if err != nil {
				return "", nil, err
			}
			much = much || !n.Exact
			sets = append(sets, `SELECT id FROM (SELECT id`+from+` ORDER BY `+column+`, id LIMIT ?)`)
			args = append(args, c, c+"\U0010FFFF", many)
		}
		if utf8.RuneCountInString(c) >= 3 {
			n, err := r.atMost(ctx, ` FROM search_text WHERE search_text MATCH ?`, []any{matchAll(c)}, many)
			if err != nil {
				return "", nil, err
			}
			found, err := r.exact(ctx, c)
			if err != nil {
				return "", nil, err
			}
			much = !n.Exact && len(found) == 0
			sets = append(sets, `SELECT rowid FROM (SELECT rowid FROM search_text WHERE search_text MATCH ? LIMIT ?)`)
			args = append(args, matchAll(c), many)
		}
		if much {
			return columns + `open_` + table + ` WHERE id IN (` + strings.Join(sets, " UNION ") + `)`, args, nil
		}
	}
	var w where
	err := r.matching(ctx, &w, words, "id", x, y, "")
	return columns + r.standing(table) + w.sql(), w.args, err
}

// Search finds accounts and groups by anything that was pasted. Logins that
// begin with it, and names with a word that does, come first.
func (r *Reader) Search(ctx context.Context, words string, most int) ([]Hit, error) {
	c := Cleaned(words)
	if c == "" {
		return nil, nil
	}
	accounts, accountArgs, err := r.candidates(ctx, "accounts", words, "login_fold", "name_fold")
	if err != nil {
		return nil, err
	}
	groups, groupArgs, err := r.candidates(ctx, "entitlements", words, "name_fold", "name_fold")
	if err != nil {
		return nil, err
	}
	ids, err := r.ids(ctx, `SELECT id FROM (`+accounts+` UNION ALL `+groups+`) ORDER BY x <> ?, y <> ?, substr(x, 1, length(?)) <> ? AND instr(' ' || y, ' ' || ?) = 0, y, id LIMIT ?`,
		append(append(accountArgs, groupArgs...), c, c, c, c, c, most)...)
	if err != nil {
		return nil, err
	}
	names, err := r.Names(ctx, ids)
	if err != nil {
		return nil, err
	}
	hits := make([]Hit, 0, len(ids))
	for _, id := range ids {
		h := Hit{Named: names[id]}
		if err := r.tx.QueryRowContext(ctx, `SELECT name FROM sources WHERE id = ?`, h.SourceID).Scan(&h.Source); err != nil {
			return nil, err
		}
		if h.IdentityID != 0 {
			i, err := r.identityVersion(ctx, h.IdentityID)
			if err != nil {
				return nil, err
			}
			h.Identity = i.Name
		}
		hits = append(hits, h)
	}
	return hits, nil
}
