package file

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"iter"
	"slices"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
	"gatehouse/reports/sheet"
)

// Read reads the whole file. Where the file is, byte for byte, the one that the
// cursor was made from, it says that nothing changed and reads no further.
func (s *source) Read(ctx context.Context, since directory.Cursor) iter.Seq2[directory.Record, error] {
	return func(yield func(directory.Record, error) bool) {
		err := s.read(ctx, since, func(r directory.Record) error {
			if !yield(r, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, s.explain(ctx, err))
		}
	}
}

func (s *source) read(ctx context.Context, since directory.Cursor, yield func(directory.Record) error) error {
	o, err := s.open(ctx)
	if err != nil {
		return err
	}
	defer o.Close()
	format := o.format(s.file.Format)
	if err := s.complete(format); err != nil {
		return err
	}
	end := directory.End{Cursor: directory.Cursor("sha256:" + o.survey.sum), Server: o.server()}
	if since == end.Cursor {
		end.Changes = true
		return yield(end)
	}
	if since != "" {
		end.Note = "The file is not the one that was read last, so it was read whole."
	}
	if format == formatLDIF {
		end.Claimed, err = s.readLDIF(ctx, o, yield)
	} else {
		end.Claimed, err = s.readTable(ctx, o, yield)
	}
	if err != nil {
		return err
	}
	if err := o.unchanged(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return yield(end)
}

// keys are the keys of a table, as numbers: eight bytes a row.
type keys struct {
	seed   maphash.Seed
	all    []uint64
	shared map[uint64]bool // those of more than one row
	kept   map[uint64]bool // said to be there still
}

func (k *keys) add(key string) { k.all = append(k.all, maphash.String(k.seed, key)) }

// sort finds the keys that more than one row has.
func (k *keys) sort() {
	slices.Sort(k.all)
	k.shared, k.kept = map[uint64]bool{}, map[uint64]bool{}
	for i := 1; i < len(k.all); i++ {
		if k.all[i] == k.all[i-1] {
			k.shared[k.all[i]] = true
		}
	}
	k.all = nil
}

func (k *keys) twice(key string) bool { return k.shared[maphash.String(k.seed, key)] }

// keep says once, however many rows have the key, that whoever it stands for
// has not left: what is known of them stays.
func (k *keys) keep(key string, yield func(directory.Record) error) error {
	h := maphash.String(k.seed, key)
	if key == "" || k.kept[h] {
		return nil
	}
	k.kept[h] = true
	return yield(directory.Present{ExternalID: key})
}

// unique walks over the table once and finds the keys that are not. A table
// without rows is refused: it says nothing, and certainly not that everybody
// is gone.
func (p *interpreter) unique(ctx context.Context) (*keys, error) {
	k := &keys{seed: maphash.MakeSeed()}
	n, err := p.walk(ctx, func(row sheet.Row) error {
		if row.Fault == "" && row.Cells[p.key].Fault == "" && row.Cells[p.key].Text != "" {
			k.add(row.Cells[p.key].Text)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if n == 0 {
		return nil, p.file.source.noRows()
	}
	k.sort()
	return k, nil
}

func (s *source) noRows() error {
	return iam.Errorf(iam.Unavailable, "The file %s has no rows; was it being written?", s.name).Fix("Read again when the export has ended.")
}

// judge adds what only the other rows can say of a row.
func (k *keys) judge(p *interpreter, r *record) {
	if r.key != "" && k.twice(r.key) {
		r.faults = append(r.faults, directory.Fault{Row: r.row, Column: p.columns[p.key], Value: r.key,
			Text: "stands in more than one row; which of them is right cannot be told, so none is used"})
	}
}

func (s *source) readTable(ctx context.Context, o *opened, yield func(directory.Record) error) (int64, error) {
	t, err := o.table(ctx)
	if err != nil {
		return 0, err
	}
	p, err := t.interpret(s.cfg.Mapping)
	if err != nil {
		return 0, err
	}
	k, err := p.unique(ctx)
	if err != nil {
		return 0, err
	}
	members := map[string][]string{} // keys by the group's name
	claimed, err := p.walk(ctx, func(row sheet.Row) error {
		r := p.read(row)
		k.judge(p, &r)
		for _, name := range r.groups {
			// A row that cannot be used is a member all the same.
			if r.key != "" && (len(r.faults) == 0 || !slices.Contains(members[name], r.key)) {
				members[name] = append(members[name], r.key)
			}
		}
		if len(r.faults) == 0 {
			return yield(r.account)
		}
		if err := yield(p.skipped(r, r.faults)); err != nil {
			return err
		}
		return k.keep(r.key, yield)
	})
	if err != nil {
		return 0, err
	}
	names := make([]string, 0, len(members))
	for name := range members {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		group := p.group(name)
		list := directory.Members{ExternalID: group.ExternalID}
		for _, key := range members[name] {
			list.Members = append(list.Members, directory.Member{Ref: refOf(managerKey, key), Value: fmt.Sprintf("%s=%s", p.cfg.KeyColumn, key)})
		}
		if err := yield(group); err != nil {
			return 0, err
		}
		if err := yield(list); err != nil {
			return 0, err
		}
	}
	return claimed, nil
}

// Reread reads the file again and yields the objects that were asked for. A row
// that cannot be used is outside of what is read.
func (s *source) Reread(ctx context.Context, externalIDs []string) iter.Seq2[directory.Record, error] {
	wanted := map[string]bool{}
	for _, id := range externalIDs {
		wanted[id] = true
	}
	return func(yield func(directory.Record, error) bool) {
		err := s.read(ctx, "", func(r directory.Record) error {
			id := ""
			switch rec := r.(type) {
			case directory.Account:
				id = rec.ExternalID
			case directory.Entitlement:
				id = rec.ExternalID
			case directory.Members:
				id = rec.ExternalID
			case directory.Present:
				id, r = rec.ExternalID, directory.Left(rec)
			case directory.End:
				r = directory.End{Changes: true, Server: rec.Server, Claimed: -1}
			}
			if _, last := r.(directory.End); (wanted[id] || last) && !yield(r, nil) {
				return errStopped
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(nil, s.explain(ctx, err))
		}
	}
}
