package reconcile

import (
	"context"
	"errors"
	"time"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Release applies a held reading. The hash must be that of the list the actor
// read: a list that has changed since is not released by an old decision.
func (r *Runner) Release(ctx context.Context, id iam.ID, hash, reason string) error {
	r.deciding.Lock()
	defer r.deciding.Unlock()
	var run iam.Run
	var source iam.Source
	if err := r.store.View(ctx, func(v *store.Reader) (err error) {
		if run, err = v.Run(ctx, id); err != nil {
			return err
		}
		source, err = v.Source(ctx, run.SourceID)
		return err
	}); err != nil {
		return err
	}
	if run.State != iam.Held {
		return iam.Errorf(iam.Conflict, "This run is not held.").Fix("Look at the newest run of the source.")
	}
	if hash != run.HoldHash {
		return iam.Errorf(iam.Conflict, "The list that was read is not the list of this run.").In("holdHash").Fix("Read the list again and decide anew.")
	}
	if now := r.store.Now().UnixMicro(); now-run.EndedAt > int64(24*time.Hour/time.Microsecond) {
		return iam.Errorf(iam.Conflict, "This run was held more than a day ago; the directory may have changed since.").Fix("Read the source again.")
	}
	if r.Busy(source.ID) {
		return iam.Errorf(iam.Conflict, "%s is being read right now.", source.Name).Fix("Wait for that run.")
	}
	staging, err := r.store.OpenStaging(ctx, id)
	if err != nil {
		return err
	}
	delta, err := staging.Delta(ctx, source.ID)
	if err = errors.Join(err, staging.Close()); err != nil {
		return err
	}
	var holds []iam.HoldReason
	if err := r.store.View(ctx, func(v *store.Reader) error {
		shown, err := v.ShownRun(ctx, source.ID)
		if shown != nil {
			delta.Base = shown.Seq
		}
		if err != nil {
			return err
		}
		holds, err = v.Holds(ctx, id)
		return err
	}); err != nil {
		return err
	}
	if holdHash(holds, delta.Digest) != hash {
		return iam.Errorf(iam.Conflict, "What was read is no longer what the list says.").Fix("Read the source again.")
	}
	run.State = iam.Released
	_, err = r.store.Apply(ctx, "run.release", run, source, delta, func(t *store.Tx) error {
		t.Because(reason)
		return noticeDrift(ctx, t, run)
	})
	if err == nil {
		r.store.DropStaging(id)
	}
	return err
}
