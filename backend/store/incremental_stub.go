package store

import (
	"context"

	"gatehouse/backend/directory"
	"gatehouse/backend/iam"
)

// Ended notes how a read ended.
func (st *Staging) Ended(directory.End) error { return st.err }

// Affected are the groups that must be read anew.
func (st *Staging) Affected(context.Context, iam.ID) ([]string, error) { return nil, nil }
