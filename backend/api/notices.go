package api

import (
	"context"
	"time"

	"gatehouse/backend/iam"
)

// NoticesQuery asks for what changed after a notice.
type NoticesQuery struct {
	After int64  `query:"after"`
	Epoch string `query:"epoch" maxLength:"64" doc:"Of the last answer; another one means that the program was started anew."`
	Wait  string `query:"wait" default:"20s" maxLength:"8" doc:"How long to wait for news, at most 30s."`
}

// Notices name the topics to read again; "all" means everything.
type Notices struct {
	Epoch  string   `json:"epoch"`
	Seq    int64    `json:"seq"`
	Topics []string `json:"topics"`
}

// longestWait is below what the listener allows an answer to take.
const longestWait = 30 * time.Second

func (s *server) getNotices(ctx context.Context, in *NoticesQuery) (*body[Notices], error) {
	wait, err := time.ParseDuration(in.Wait)
	if err != nil || wait < 0 {
		return nil, iam.Errorf(iam.Invalid, "wait must be a time such as 20s.").In("query.wait")
	}
	epoch, seq, topics := s.store.Notices.Wait(ctx, in.Epoch, in.After, min(wait, longestWait))
	return answer(Notices{epoch, seq, topics}, nil)
}
