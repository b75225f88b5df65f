package store

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"slices"
	"sync"
	"time"
)

// Notices tells readers which topics to read again. Notices carry no data and
// may be lost: a reader that is too far behind is told to read everything.
type Notices struct {
	epoch string // changes with every start
	mu    sync.Mutex
	seq   int64
	past  []notice // the newest, oldest first
	wake  chan struct{}
}

type notice struct {
	seq    int64
	topics []string
}

const pastNotices = 256

func newNotices() *Notices {
	b := make([]byte, 8)
	_, _ = rand.Read(b) // never fails: crypto/rand
	return &Notices{epoch: hex.EncodeToString(b), wake: make(chan struct{})}
}

// Publish wakes everybody who waits.
func (n *Notices) Publish(topics ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.seq++
	n.past = append(n.past, notice{n.seq, topics})
	if len(n.past) > pastNotices {
		n.past = slices.Delete(n.past, 0, len(n.past)-pastNotices)
	}
	close(n.wake)
	n.wake = make(chan struct{})
}

// Wait answers what has come after the sequence number, at once if something
// has, else when it comes or the time is over. "all" among the topics means
// that the reader is of another epoch or too far behind.
func (n *Notices) Wait(ctx context.Context, epoch string, after int64, wait time.Duration) (string, int64, []string) {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	for {
		n.mu.Lock()
		seq, wake := n.seq, n.wake
		topics := n.since(epoch, after)
		n.mu.Unlock()
		if len(topics) > 0 {
			return n.epoch, seq, topics
		}
		select {
		case <-wake:
		case <-timer.C:
			return n.epoch, seq, []string{}
		case <-ctx.Done():
			return n.epoch, seq, []string{}
		}
	}
}

func (n *Notices) since(epoch string, after int64) []string {
	if epoch != "" && epoch != n.epoch || after > n.seq || n.seq-after > int64(len(n.past)) {
		return []string{"all"}
	}
	var topics []string
	for _, p := range n.past {
		if p.seq > after {
			topics = append(topics, p.topics...)
		}
	}
	slices.Sort(topics)
	return slices.Compact(topics)
}
