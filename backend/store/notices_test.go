package store

import (
	"context"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

func TestNotices(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := newNotices()
		wait := func(after int64, epoch string, d time.Duration) (int64, []string, time.Duration) {
			began := time.Now()
			e, seq, topics := n.Wait(t.Context(), epoch, after, d)
			if e != n.epoch {
				t.Errorf("epoch %q", e)
			}
			return seq, topics, time.Since(began)
		}
		if seq, topics, took := wait(0, "", 20*time.Second); seq != 0 || topics == nil || len(topics) != 0 || took != 20*time.Second {
			t.Errorf("nothing yet: %d %q %v", seq, topics, took)
		}
		n.Publish("runs", "sources")
		n.Publish("runs")
		if seq, topics, took := wait(0, n.epoch, 20*time.Second); seq != 2 || !slices.Equal(topics, []string{"runs", "sources"}) || took != 0 {
			t.Errorf("each topic once, at once: %d %q %v", seq, topics, took)
		}
		if _, topics, _ := wait(1, n.epoch, time.Second); !slices.Equal(topics, []string{"runs"}) {
			t.Errorf("only what came after: %q", topics)
		}
		go func() {
			time.Sleep(7 * time.Second)
			n.Publish("groups")
		}()
		if seq, topics, took := wait(2, n.epoch, 20*time.Second); seq != 3 || !slices.Equal(topics, []string{"groups"}) || took != 7*time.Second {
			t.Errorf("while waiting: %d %q %v", seq, topics, took)
		}
		for _, c := range []struct {
			after int64
			epoch string
		}{{3, "another"}, {99, n.epoch}, {-1, n.epoch}} {
			if _, topics, took := wait(c.after, c.epoch, time.Second); !slices.Equal(topics, []string{"all"}) || took != 0 {
				t.Errorf("after %d of %q: %q %v", c.after, c.epoch, topics, took)
			}
		}
		for range pastNotices {
			n.Publish("events")
		}
		if _, topics, _ := wait(3, n.epoch, time.Second); !slices.Equal(topics, []string{"events"}) {
			t.Errorf("the oldest that is kept: %q", topics)
		}
		if _, topics, _ := wait(2, n.epoch, time.Second); !slices.Equal(topics, []string{"all"}) {
			t.Errorf("one further back: %q", topics)
		}
		// Whoever goes away is not waited for; everybody who waits is woken.
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, _, topics := n.Wait(ctx, n.epoch, n.seq, time.Hour); len(topics) != 0 {
			t.Errorf("%q", topics)
		}
		var woken sync.WaitGroup
		for range 20 {
			woken.Go(func() {
				if _, topics, _ := wait(n.seq, n.epoch, time.Hour); !slices.Equal(topics, []string{"settings"}) {
					t.Errorf("%q", topics)
				}
			})
		}
		synctest.Wait()
		n.Publish("settings")
		woken.Wait()
	})
}

func TestWritesTellTheirTopics(t *testing.T) {
	s := newStore(t)
	_, before, _ := s.Notices.Wait(t.Context(), "", 0, 0)
	_, err := s.Write(ann(), "x", func(x *Tx) error { x.Touches("settings"); return nil })
	must(t, err)
	if _, _, topics := s.Notices.Wait(t.Context(), "", before, 0); !slices.Equal(topics, []string{"events", "settings"}) {
		t.Errorf("%q", topics)
	}
	_, before, _ = s.Notices.Wait(t.Context(), "", 0, 0)
	_, err = s.Write(ann(), "x", func(x *Tx) error { x.Touches("settings"); return context.Canceled })
	if _, _, topics := s.Notices.Wait(t.Context(), "", before, 0); err == nil || len(topics) != 0 {
		t.Errorf("a Write that did not happen tells %q", topics)
	}
}
