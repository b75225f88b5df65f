package api

import (
	"context"
	"errors"
)

type server struct{}
type none struct{}
type body[T any] struct{ Body T }

var errStub = errors.New("stub")

func (s *server) getSession(ctx context.Context, in *none) (*body[Session], error) {
	return nil, errStub
}
func (s *server) startSession(ctx context.Context, in *StartSession) (*body[Session], error) {
	return nil, errStub
}
func (s *server) endSession(ctx context.Context, in *none) (*none, error) { return nil, errStub }

type NoticesQuery struct {
	After int64  `query:"after"`
	Epoch string `query:"epoch" maxLength:"64"`
	Wait  string `query:"wait" default:"20s" maxLength:"8"`
}
type Notices struct {
	Epoch  string   `json:"epoch"`
	Seq    int64    `json:"seq"`
	Topics []string `json:"topics"`
}

func (s *server) getNotices(ctx context.Context, in *NoticesQuery) (*body[Notices], error) {
	return nil, errStub
}
func (s *server) getOverview(ctx context.Context, in *none) (*body[Overview], error) {
	return nil, errStub
}
func (s *server) search(ctx context.Context, in *Search) (*body[SearchAnswer], error) {
	return nil, errStub
}
func (s *server) listKinds(ctx context.Context, in *none) (*body[[]Kind], error) { return nil, errStub }
func (s *server) listSources(ctx context.Context, in *none) (*body[[]Source], error) {
	return nil, errStub
}
func (s *server) addSource(ctx context.Context, in *body[SourceDraft]) (*body[Source], error) {
	return nil, errStub
}
func (s *server) checkSource(ctx context.Context, in *body[SourceDraft]) (*body[CheckReport], error) {
	return nil, errStub
}
func (s *server) getSource(ctx context.Context, in *IDPath) (*body[Source], error) {
	return nil, errStub
}

type ChangeSource struct {
	IDPath
	Body SourceDraft
}
type RemoveSource struct {
	IDPath
	Reason string `query:"reason" minLength:"3" maxLength:"500" required:"true"`
}
type ListRuns struct {
	PageQuery
	Source string `query:"source" maxLength:"32"`
}
type ListRunChanges struct {
	IDPath
	PageQuery
	Noun string `query:"noun" enum:"account,group,membership,unresolved"`
	Op   string `query:"op" enum:"added,changed,removed"`
}
type ListOf struct {
	IDPath
	PageQuery
}
type ExportContent struct {
	Disposition string `header:"Content-Disposition"`
	ContentType string `header:"Content-Type"`
	Body        []byte
}

func (s *server) changeSource(ctx context.Context, in *ChangeSource) (*body[Source], error) {
	return nil, errStub
}
func (s *server) removeSource(ctx context.Context, in *RemoveSource) (*none, error) {
	return nil, errStub
}
func (s *server) startRun(ctx context.Context, in *StartRun) (*body[Run], error) { return nil, errStub }
func (s *server) listRuns(ctx context.Context, in *ListRuns) (*body[Page[Run]], error) {
	return nil, errStub
}
func (s *server) getRun(ctx context.Context, in *IDPath) (*body[RunDetail], error) {
	return nil, errStub
}
func (s *server) listRunChanges(ctx context.Context, in *ListRunChanges) (*body[Page[Change]], error) {
	return nil, errStub
}
func (s *server) cancelRun(ctx context.Context, in *IDPath) (*body[Run], error) { return nil, errStub }
func (s *server) releaseRun(ctx context.Context, in *ReleaseRun) (*body[Run], error) {
	return nil, errStub
}
func (s *server) listIdentities(ctx context.Context, in *ListIdentities) (*body[Page[IdentityRow]], error) {
	return nil, errStub
}
func (s *server) getIdentity(ctx context.Context, in *IDPath) (*body[Identity], error) {
	return nil, errStub
}
func (s *server) listIdentityMemberships(ctx context.Context, in *IDPath) (*body[Memberships], error) {
	return nil, errStub
}
func (s *server) listIdentityTimeline(ctx context.Context, in *ListOf) (*body[Page[TimelineEntry]], error) {
	return nil, errStub
}
func (s *server) listAccounts(ctx context.Context, in *ListAccounts) (*body[Page[AccountRow]], error) {
	return nil, errStub
}
func (s *server) getAccount(ctx context.Context, in *IDPath) (*body[Account], error) {
	return nil, errStub
}
func (s *server) listAccountMemberships(ctx context.Context, in *IDPath) (*body[Memberships], error) {
	return nil, errStub
}
func (s *server) explainMembership(ctx context.Context, in *ExplainMembership) (*body[Explanation], error) {
	return nil, errStub
}
func (s *server) listAccountTimeline(ctx context.Context, in *ListOf) (*body[Page[TimelineEntry]], error) {
	return nil, errStub
}
func (s *server) listGroups(ctx context.Context, in *ListGroups) (*body[Page[GroupRow]], error) {
	return nil, errStub
}
func (s *server) getGroup(ctx context.Context, in *IDPath) (*body[Group], error) { return nil, errStub }
func (s *server) listMembers(ctx context.Context, in *ListMembers) (*body[Page[Member]], error) {
	return nil, errStub
}
func (s *server) listUnresolved(ctx context.Context, in *ListOf) (*body[Page[UnresolvedMember]], error) {
	return nil, errStub
}
func (s *server) getNesting(ctx context.Context, in *IDPath) (*body[Nesting], error) {
	return nil, errStub
}
func (s *server) listGroupTimeline(ctx context.Context, in *ListOf) (*body[Page[TimelineEntry]], error) {
	return nil, errStub
}
func (s *server) listFindings(ctx context.Context, in *ListFindings) (*body[Page[FindingRow]], error) {
	return nil, errStub
}
func (s *server) listEvents(ctx context.Context, in *ListEvents) (*body[Page[Event]], error) {
	return nil, errStub
}
func (s *server) verifyAudit(ctx context.Context, in *VerifyAudit) (*body[AuditVerdict], error) {
	return nil, errStub
}
func (s *server) startExport(ctx context.Context, in *StartExport) (*body[Export], error) {
	return nil, errStub
}
func (s *server) getExportContent(ctx context.Context, in *IDPath) (*ExportContent, error) {
	return nil, errStub
}
func (s *server) getSettings(ctx context.Context, in *none) (*body[Settings], error) {
	return nil, errStub
}
func (s *server) changeSettings(ctx context.Context, in *ChangeSettings) (*body[Settings], error) {
	return nil, errStub
}
func (s *server) newStartLink(ctx context.Context, in *none) (*body[StartLink], error) {
	return nil, errStub
}
func (s *server) addRecoveryKey(ctx context.Context, in *none) (*body[RecoveryKey], error) {
	return nil, errStub
}
func (s *server) openDemo(ctx context.Context, in *none) (*body[DemoOpened], error) {
	return nil, errStub
}
func (s *server) resetDemo(ctx context.Context, in *none) (*none, error)   { return nil, errStub }
func (s *server) playDemoDay(ctx context.Context, in *none) (*none, error) { return nil, errStub }
