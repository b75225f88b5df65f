package ldap

import (
	"context"
	"iter"

	"gatehouse/backend/directory"
)

// Reread reads single objects anew by their immutable ids.
func (s *source) Reread(ctx context.Context, externalIDs []string) iter.Seq2[directory.Record, error] {
	return s.records(ctx, "reading single entries", func(r *reading) (directory.End, error) {
		r.doing = "reading single entries"
		p := places{attrs: r.idAttributes(), found: map[string]place{}}
		if err := r.locate(&p, r.cfg.BaseDN, externalIDs); err != nil {
			return directory.End{}, err
		}
		records, _, err := r.resolve(p)
		if err != nil {
			return directory.End{}, err
		}
		if err := r.reread(p, nil); err != nil {
			return directory.End{}, err
		}
		for _, record := range append(r.unfit(p), records...) {
			if err := r.yield(record); err != nil {
				return directory.End{}, err
			}
		}
		return directory.End{Changes: true}, nil
	})
}
