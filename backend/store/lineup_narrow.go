package store

import (
	"context"
	"fmt"
	"strings"

	"gatehouse/backend/iam"
)

// narrowing is what narrows a long list by an index that is not the list's.
type narrowing struct {
	words   string // cleaned
	signIn  SignIn
	finding iam.FindingKind
	in      members
	source  iam.ID
	own     string // a condition on the list's own rows that needs no arguments
}

// unsorted says that few rows are left, which are better sorted than looked for
// along the list; broad that there are many of each. Of the past and within a
// Write only words are known to leave few. Conditions on a list's own rows have
// indexes in its order.
func (n narrowing) unsorted(broad bool) bool {
	if n.words == "" && n.in.groups != "" { // of more than a few
		return false
	}
	n.source, n.own = 0, ""
	return n.words != "" || n != (narrowing{}) && !broad
}

// broad says that a long list has many rows, each narrowing of it taken alone.
// What is kept in memory then answers quicker than the table.
func (r *Reader) broad(ctx context.Context, l longList, n narrowing) (bool, error) {
	if r.memory == nil || r.past {
		return false, nil
	}
	var froms []string
	var args [][]any
	ask := func(from string, of ...any) { froms, args = append(froms, from), append(args, of) }
	switch {
	case n == narrowing{}:
		ask(l.from)
	case len([]rune(n.words)) >= 3:
		ask(` FROM search_text WHERE search_text MATCH ?`, matchAll(n.words))
		if found, err := r.exact(ctx, n.words); err != nil || len(found) > 0 {
			return false, err
		}
	}
	if n.signIn != "" {
		var w where
		n.signIn.filter(&w, l.signIn, r.Now)
		ask(l.from+" AND "+strings.Join(w.terms, " AND "), w.args...)
	}
	if n.finding != "" {
		ask(` FROM open_findings f WHERE f.kind = ?`, string(n.finding))
	}
	if n.source != 0 {
		ask(` FROM `+l.table()+` WHERE source_id = ? AND until = 9223372036854775807`, int64(n.source))
	}
	if n.own != "" {
		ask(l.from + " AND " + n.own)
	}
	for i, from := range froms {
		if c, err := r.atMost(ctx, from, args[i], broadFrom); err != nil || c.Exact {
			return false, err
		}
	}
	if n.words == "" || len([]rune(n.words)) >= 3 || n.in.groups != "" {
		return true, nil
	}
	for _, column := range l.words {
		if c, err := r.atMost(ctx, l.from+" AND "+l.columns[column]+" BETWEEN ? AND ?", []any{n.words, n.words + "\U0010FFFF"}, broadFrom); err != nil || !c.Exact {
			return err == nil, err
		}
	}
	return false, nil
}

// whole is the exact count of a list that nothing narrows: what is open is counted
// with every reading.
func (r *Reader) whole(ctx context.Context, l longList, n Count) (Count, error) {
	if n.Exact || r.past {
		return n, nil
	}
	t, err := r.Totals(ctx)
	switch {
	case l.people:
		n = Count{t.Identities, true}
	case l.noun == groups.noun:
		n = Count{t.Entitlements, true}
	default:
		n = Count{t.Accounts, true}
	}
	return n, err
}

// atMost counts the rows of "FROM …" to one more than most.
func (r *Reader) atMost(ctx context.Context, from string, args []any, most int64) (Count, error) {
	var n int64
	err := r.tx.QueryRowContext(ctx, `SELECT count(*) FROM (SELECT 1`+from+` LIMIT ?)`, append(append([]any{}, args...), most+1)...).Scan(&n)
	return Count{min(n, most), n <= most}, err
}

// narrowed are the rows of a long list that are left, and maybe others that are
// not in it; nil if nothing narrows it.
func (r *Reader) narrowed(ctx context.Context, l longList, n narrowing) (idSet, error) {
	var chosen idSet
	narrow := func(set idSet, err error) error {
		if chosen == nil {
			chosen = set
		} else {
			chosen = chosen.among(set)
		}
		return err
	}
	if n.words != "" && len([]rune(n.words)) < 3 {
		if err := narrow(r.beginning(ctx, l, n.words)); err != nil {
			return nil, err
		}
	} else if n.words != "" {
		if err := narrow(r.owners(ctx, l)(r.mentioning(ctx, n.words))); err != nil {
			return nil, err
		}
	}
	if n.signIn != "" {
		from, to := n.signIn.bounds(r.Now)
		if err := narrow(r.between(ctx, l, "lastSignIn", from, to)); err != nil {
			return nil, err
		}
	}
	if n.finding != "" {
		if err := narrow(r.owners(ctx, l)(r.withFinding(ctx, n.finding))); err != nil {
			return nil, err
		}
	}
	if n.in.groups != "" {
		if err := narrow(n.in.set(ctx, r)); err != nil {
			return nil, err
		}
	}
	for _, t := range n.rows(l) {
		if err := narrow(kept(ctx, r, t)); err != nil {
			return nil, err
		}
	}
	return chosen, nil
}

// rows are the sets of a list's rows that source and own leave.
func (n narrowing) rows(l longList) (sets []thing[idSet]) {
	if n.source != 0 {
		sets = append(sets, l.rowsThat("k."+l.owner(), " FROM open_"+l.table()+" k WHERE", fmt.Sprint(" k.source_id = ", n.source)))
	}
	if n.own != "" {
		sets = append(sets, l.rowsThat(l.id, l.from+" AND ", n.own))
	}
	return sets
}

// rowsThat are the rows of a list whose id is found from where a condition holds.
func (l longList) rowsThat(id, from, condition string) thing[idSet] {
	return thing[idSet]{
		on: ofRecords, name: "rows " + id + from + condition,
		make: func(ctx context.Context, r *Reader) (idSet, error) {
			ids, err := r.manyIDs(ctx, `SELECT group_concat(`+id+`)`+from+condition)
			return setOf(ids), err
		},
		renew: func(ctx context.Context, r *Reader, old idSet, since iam.Seq) (idSet, bool, error) {
			changed, much, err := r.changedSince(ctx, l, since)
			if much || err != nil {
				return nil, false, err
			}
			still, err := r.ids(ctx, `SELECT `+id+` FROM json_each(?) j CROSS JOIN `+strings.TrimPrefix(from, " FROM ")+condition+` AND `+id+` = j.value`, idList(changed))
			return old.without(setOf(changed)).or(setOf(still)), true, err
		},
	}
}

// inMemory says whether all that a stretch of a list needs is kept, or can soon be.
// If not it is made beside other work, for those who ask later.
func (n narrowing) inMemory(ctx context.Context, r *Reader, l longList, by string) (bool, error) {
	all, err := l.inOrder(by).ready(ctx, r)
	for _, t := range n.rows(l) {
		if err != nil {
			break
		}
		var there bool
		there, err = t.ready(ctx, r)
		all = all && there
	}
	return all, err
}

// narrowSource adds the term that leaves a list's rows of a source. A small source
// leaves few, which are better sorted and have an index; of a large one, rows that
// are found otherwise are looked at.
func (r *Reader) narrowSource(ctx context.Context, w *where, l longList, source iam.ID) (few bool, err error) {
	if source == 0 {
		return false, nil
	}
	if !r.past {
		n, err := r.atMost(ctx, ` FROM `+l.table()+` WHERE source_id = ? AND until = 9223372036854775807`, []any{int64(source)}, broadFrom)
		if err != nil {
			return false, err
		}
		few = n.Exact
	}
	switch column := strings.TrimSuffix(l.id, "id") + "source_id = ?"; {
	case l.people && few:
		w.add(l.id+" IN (SELECT identity_id FROM accounts WHERE source_id = ? AND until = 9223372036854775807)", int64(source))
	case l.people:
		w.add("EXISTS (SELECT 1 FROM accounts a WHERE "+r.stoodWhere("a", "a.identity_id = "+l.id)+" AND +a.source_id = ?)", int64(source))
	case few:
		w.add(column, int64(source))
	default:
		w.add("+"+column, int64(source))
	}
	return few, nil
}

// beginning are the rows of which a column begins with words: two stretches of
// two orders.
func (r *Reader) beginning(ctx context.Context, l longList, words string) (idSet, error) {
	all := idSet{}
	for _, column := range l.words {
		set, err := r.between(ctx, l, column, words, words+"\U0010FFFF")
		if err != nil {
			return nil, err
		}
		all = all.or(set)
	}
	return all, nil
}

// between are the rows whose column lies between two values, both included.
func (r *Reader) between(ctx context.Context, l longList, by string, from, to any) (idSet, error) {
	lined, err := kept(ctx, r, l.inOrder(by))
	if err != nil {
		return nil, err
	}
	along := lined.ids
	column := l.columns[by] // none of those that are asked for has another behind it
	first, err := r.firstOf(ctx, l, along, column+" >= ?", from)
	if err != nil {
		return nil, err
	}
	end, err := r.firstOf(ctx, l, along, column+" > ?", to)
	if err != nil {
		return nil, err
	}
	return along.between(first, end), nil
}

// mentioning are the accounts and groups that mention words anywhere.
func (r *Reader) mentioning(ctx context.Context, words string) (idSet, error) {
	return kept(ctx, r, thing[idSet]{
		on: ofReadings, name: searched + words,
		make: func(ctx context.Context, r *Reader) (idSet, error) {
			ids, err := r.manyIDs(ctx, `SELECT group_concat(rowid) FROM search_text WHERE search_text MATCH ?`, matchAll(words))
			return setOf(ids), err
		},
		renew: func(ctx context.Context, r *Reader, old idSet, since iam.Seq) (idSet, bool, error) {
			return r.renewSet(ctx, old, since, `SELECT rowid FROM search_text WHERE search_text MATCH ?2 AND rowid IN (SELECT value FROM json_each(?1))`, matchAll(words))
		},
	})
}

// withFinding are the subjects of open findings of a kind.
func (r *Reader) withFinding(ctx context.Context, kind iam.FindingKind) (idSet, error) {
	return keptFindings(ctx, r, "subjects of "+string(kind), func(ctx context.Context, r *Reader) (idSet, error) {
		ids, err := r.manyIDs(ctx, `SELECT group_concat(f.subject_id) FROM open_findings f WHERE f.kind = ?`, string(kind))
		return setOf(ids), err
	}, func(ctx context.Context, r *Reader, old idSet, since iam.Seq) (idSet, bool, error) {
		changed, ok, err := r.findingsSince(ctx, since)
		if !ok || err != nil {
			return nil, false, err
		}
		still, err := r.ids(ctx, `SELECT f.subject_id FROM json_each(?) j CROSS JOIN open_findings f ON f.subject_id = j.value WHERE f.kind = ?`, idList(changed[kind]), string(kind))
		return old.without(setOf(changed[kind])).or(setOf(still)), true, err
	})
}

// owners turns accounts into the identities behind them, where those are listed.
func (r *Reader) owners(ctx context.Context, l longList) func(idSet, error) (idSet, error) {
	return func(accounts idSet, err error) (idSet, error) {
		if err != nil || !l.people {
			return accounts, err
		}
		of, err := kept(ctx, r, identitiesBehind)
		return accounts.behind(of), err
	}
}
