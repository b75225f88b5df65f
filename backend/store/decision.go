package store

import (
	"context"

	"gatehouse/backend/iam"
)

// RemovalCounts say what became of a campaign's revocations.
type RemovalCounts struct {
	Removed     int64 // proven by a later complete read
	AlreadyGone int64 // by a read before the decision
	Open        int64
	Refused     int64
}

// RemovalCounts counts them: every one is open until later reads are compared.
func (r *Reader) RemovalCounts(ctx context.Context, c Campaign) (RemovalCounts, error) {
	counts, err := r.VerdictCounts(ctx, c.ID)
	return RemovalCounts{Open: counts[iam.Revoke]}, err
}
