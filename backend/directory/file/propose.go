package file

import (
	"context"
	"hash/maphash"
	"slices"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/reports/sheet"
)

// propose fills what an operator left empty from what the file says.
func (s *source) propose(ctx context.Context) (iam.SourceConfig, error) {
	o, err := s.open(ctx)
	if err != nil {
		return s.cfg, err
	}
	defer o.Close()
	if o.format(s.file.Format) == formatLDIF {
		return s.proposeLDIF(), nil
	}
	t, err := o.table(ctx)
	if err == nil {
		_, err = t.propose(ctx)
	}
	if err != nil {
		return s.cfg, s.explain(ctx, err)
	}
	cfg := s.cfg
	cfg.File = &t.cfg
	return cfg, nil
}

func (s *source) proposeLDIF() iam.SourceConfig {
	cfg, f := s.cfg, s.file
	f.Format = formatLDIF
	cfg.File, cfg.Mapping = &f, proposedMapping(cfg.Mapping)
	return cfg
}

// columnFacts is what one pass tells of a column.
type columnFacts struct {
	filled int64
	seen   map[uint64]bool // nil once a value came twice
}

func (c columnFacts) unique() bool { return c.seen != nil && c.filled > 0 }

// survey walks over the table once and counts what stands in each column. The
// words of the status column are kept, up to a few.
func (t *table) survey(ctx context.Context) ([]columnFacts, int64, error) {
	seed := maphash.MakeSeed()
	facts := make([]columnFacts, len(t.columns))
	for i := range facts {
		facts[i].seen = map[uint64]bool{}
	}
	n, err := t.walk(ctx, func(row sheet.Row) error {
		if row.Fault != "" {
			return nil
		}
		for i, c := range row.Cells {
			if c.Text == "" {
				continue
			}
			facts[i].filled++
			if facts[i].seen == nil {
				continue
			}
			if h := maphash.String(seed, c.Text); facts[i].seen[h] {
				facts[i].seen = nil
			} else {
				facts[i].seen[h] = true
			}
		}
		return nil
	})
	return facts, n, err
}

// mostWords is how many words of a status column are told apart.
const mostWords = 30

// words are the different words of a column, in their order; none if there are
// more than a status has.
func (t *table) words(ctx context.Context, column string) ([]string, error) {
	at := slices.Index(t.columns, column)
	if at < 0 {
		return nil, nil
	}
	var words []string
	_, err := t.walk(ctx, func(row sheet.Row) error {
		if row.Fault == "" && row.Cells[at].Text != "" && len(words) <= mostWords && !slices.Contains(words, row.Cells[at].Text) {
			words = append(words, row.Cells[at].Text)
		}
		return nil
	})
	if len(words) > mostWords {
		words = nil
	}
	return words, err
}

// propose chooses columns by their names where the operator has chosen none,
// and a key that is there in every row and different in each.
func (t *table) propose(ctx context.Context) ([]columnFacts, error) {
	facts, rows, err := t.survey(ctx)
	if err != nil {
		return nil, err
	}
	if rows == 0 {
		return nil, t.file.source.noRows()
	}
	fresh := len(t.cfg.Columns) == 0
	if fresh {
		t.cfg.Columns = map[string]string{}
		// A column that is empty today may hold something tomorrow, as that of the
		// end does with the first who leaves; one that is filled comes first.
		t.chooseColumns(func(i int) bool { return facts[i].filled > 0 })
		t.chooseColumns(func(int) bool { return true })
		if t.cfg.KeyColumn == "" {
			t.cfg.KeyColumn = t.proposeKey(facts, rows)
		}
		if err := t.proposeManagers(ctx); err != nil {
			return nil, err
		}
	}
	if column := t.cfg.Columns["status"]; column != "" && len(t.cfg.States) == 0 {
		words, err := t.words(ctx, column)
		if err != nil {
			return nil, err
		}
		for _, w := range words {
			if state, known := stateWords[fold(w)]; known {
				if t.cfg.States == nil {
					t.cfg.States = map[string]string{}
				}
				t.cfg.States[w] = state
			}
		}
	}
	return facts, nil
}

// chooseColumns finds columns for the fields that have none yet.
func (t *table) chooseColumns(fits func(i int) bool) {
	for _, f := range fields {
		if t.cfg.Columns[f.name] != "" {
			continue
		}
		for i, column := range t.columns {
			if f.has(fold(column)) && !t.twice[column] && fits(i) && !taken(t.cfg.Columns, column) {
				t.cfg.Columns[f.name] = column
				break
			}
		}
	}
}

func taken(columns map[string]string, column string) bool {
	for _, c := range columns {
		if c == column {
			return true
		}
	}
	return false
}

// proposeKey prefers a column that is called an id, then the employee number.
// One with a value that two rows have, such as a row that was exported twice,
// is still the key if most rows have it.
func (t *table) proposeKey(facts []columnFacts, rows int64) string {
	number := slices.Index(t.columns, t.cfg.Columns["employeeNumber"])
	var named []int
	for _, w := range keyWords {
		for i, column := range t.columns {
			if fold(column) == w {
				named = append(named, i)
			}
		}
	}
	if number >= 0 {
		named = append(named, number)
	}
	for _, i := range named {
		if facts[i].unique() && facts[i].filled*100 >= rows*95 && !t.twice[t.columns[i]] {
			return t.columns[i]
		}
	}
	for _, i := range named {
		if facts[i].filled*4 >= rows*3 && !t.twice[t.columns[i]] {
			return t.columns[i]
		}
	}
	return ""
}

// proposeManagers finds out whether managers are named by the key, or by a mail
// address, a login or a number of another row: what fits most.
func (t *table) proposeManagers(ctx context.Context) error {
	at := slices.Index(t.columns, t.cfg.Columns["manager"])
	if at < 0 || t.cfg.ManagerBy != "" {
		return nil
	}
	ways := []string{managerKey, managerNumber, managerLogin, managerMail}
	places, known := map[string]int{}, map[string]map[uint64]bool{}
	for _, by := range ways {
		column := t.cfg.Columns[by]
		if by == managerKey {
			column = t.cfg.KeyColumn
		}
		if i := slices.Index(t.columns, column); i >= 0 {
			places[by], known[by] = i, map[uint64]bool{}
		}
	}
	seed := maphash.MakeSeed()
	var named []string
	if _, err := t.walk(ctx, func(row sheet.Row) error {
		if row.Fault != "" {
			return nil
		}
		for by, i := range places {
			if ref := refOf(by, row.Cells[i].Text); ref != "" {
				known[by][maphash.String(seed, ref)] = true
			}
		}
		if v := row.Cells[at].Text; v != "" && len(named) < 10_000 {
			named = append(named, v)
		}
		return nil
	}); err != nil {
		return err
	}
	best, most := "", 0
	if len(named) == 0 && t.cfg.Columns[managerMail] != "" && strings.Contains(fold(t.columns[at]), "mail") {
		best = managerMail // the column is empty yet, and says what it will hold
	}
	for _, by := range ways {
		n := 0
		for _, v := range named {
			if known[by][maphash.String(seed, refOf(by, v))] {
				n++
			}
		}
		if n > most {
			best, most = by, n
		}
	}
	if best != managerKey {
		t.cfg.ManagerBy = best
	}
	return nil
}
