package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/backend/iam"
)

// route is one line of the table that is the only way to data: what is asked,
// which permission it needs, and what answers.
type route struct {
	method     string
	path       string
	id         string // the operation's name in the OpenAPI document and the client
	permission iam.Permission
	register   func(*server, huma.API, huma.Operation)
}

// op ties a typed handler to its line of the table.
func op[I, O any](method, path, id string, p iam.Permission, h func(context.Context, *I) (*O, error)) route {
	return route{method, path, id, p, func(s *server, api huma.API, o huma.Operation) {
		huma.Register(api, o, func(ctx context.Context, in *I) (*O, error) {
			out, err := h(ctx, in)
			if err != nil {
				return nil, problemOf(s.log, err)
			}
			return out, nil
		})
	}}
}

// Root is the path below which the table's paths lie.
const Root = "/api/v1"

// routes is the whole table. A route without a permission fails a test.
func (s *server) routes() []route {
	const get, post, put, del = http.MethodGet, http.MethodPost, http.MethodPut, http.MethodDelete
	return []route{
		op(get, "/session", "getSession", iam.Public, s.getSession),
		op(post, "/session", "startSession", iam.Public, s.startSession),
		op(del, "/session", "endSession", iam.Public, s.endSession),
		op(get, "/notices", "getNotices", iam.ReadDirectory, s.getNotices),
		op(get, "/overview", "getOverview", iam.ReadDirectory, s.getOverview),
		op(get, "/search", "search", iam.ReadDirectory, s.search),
		op(get, "/history", "getHistory", iam.ReadDirectory, s.getHistory),
		op(get, "/differences", "getDifference", iam.ReadDirectory, s.getDifference),
		op(get, "/differences/rows", "listDifferenceRows", iam.ReadDirectory, s.listDifferenceRows),

		op(get, "/kinds", "listKinds", iam.ReadDirectory, s.listKinds),
		op(get, "/sources", "listSources", iam.ReadDirectory, s.listSources),
		op(post, "/sources", "addSource", iam.ManageSources, s.addSource),
		op(post, "/sources/check", "checkSource", iam.ManageSources, s.checkSource),
		op(get, "/sources/{id}", "getSource", iam.ReadDirectory, s.getSource),
		op(put, "/sources/{id}", "changeSource", iam.ManageSources, s.changeSource),
		op(del, "/sources/{id}", "removeSource", iam.ManageSources, s.removeSource),
		op(post, "/sources/{id}/runs", "startRun", iam.ReadNow, s.startRun),
		op(get, "/sources/{id}/schedule", "getSchedule", iam.ReadDirectory, s.getSchedule),
		op(put, "/sources/{id}/schedule", "changeSchedule", iam.ManageSources, s.changeSchedule),

		upload(post, "/files", "sendFile", iam.ManageSources, s.sendFile),

		op(get, "/runs", "listRuns", iam.ReadDirectory, s.listRuns),
		op(get, "/runs/{id}", "getRun", iam.ReadDirectory, s.getRun),
		op(get, "/runs/{id}/changes", "listRunChanges", iam.ReadDirectory, s.listRunChanges),
		op(post, "/runs/{id}/cancel", "cancelRun", iam.ReadNow, s.cancelRun),
		op(post, "/runs/{id}/release", "releaseRun", iam.ManageSources, s.releaseRun),

		op(get, "/identities", "listIdentities", iam.ReadDirectory, s.listIdentities),
		op(get, "/identities/{id}", "getIdentity", iam.ReadDirectory, s.getIdentity),
		op(get, "/identities/{id}/memberships", "listIdentityMemberships", iam.ReadDirectory, s.listIdentityMemberships),
		op(get, "/identities/{id}/timeline", "listIdentityTimeline", iam.ReadDirectory, s.listIdentityTimeline),

		op(get, "/identities/{id}/links", "getIdentityLinks", iam.ReadDirectory, s.getIdentityLinks),
		op(get, "/identities/{id}/merge", "previewMerge", iam.ReadDirectory, s.previewMerge),
		op(post, "/identities/{id}/merge", "mergeIdentity", iam.ManageSources, s.mergeIdentity),
		op(post, "/identities/{id}/split", "splitIdentity", iam.ManageSources, s.splitIdentity),
		op(post, "/merges/{id}/undo", "undoMerge", iam.ManageSources, s.undoMerge),
		op(get, "/sources/{id}/correlation", "getCorrelation", iam.ReadDirectory, s.getCorrelation),
		op(put, "/sources/{id}/correlation", "changeCorrelation", iam.ManageSources, s.changeCorrelation),
		op(post, "/sources/{id}/correlation/preview", "previewCorrelation", iam.ManageSources, s.previewCorrelation),
		op(get, "/correlation/cases", "listCases", iam.ReadDirectory, s.listCases),
		op(post, "/correlation/cases/{id}/decision", "decideCase", iam.ManageSources, s.decideCase),
		op(get, "/accounts/ownership", "listOwnership", iam.ReadDirectory, s.listOwnership),
		op(post, "/accounts/ownership/exports", "startOwnershipExport", iam.ManageSources, s.startOwnershipExport),
		op(post, "/accounts/ownership/import", "importOwnership", iam.ManageSources, s.importOwnership),
		op(get, "/accounts/{id}/ownership", "getOwnership", iam.ReadDirectory, s.getOwnership),
		op(put, "/accounts/{id}/ownership", "changeOwnership", iam.ManageSources, s.changeOwnership),

		op(get, "/accounts", "listAccounts", iam.ReadDirectory, s.listAccounts),
		op(get, "/accounts/{id}", "getAccount", iam.ReadDirectory, s.getAccount),
		op(get, "/accounts/{id}/memberships", "listAccountMemberships", iam.ReadDirectory, s.listAccountMemberships),
		op(get, "/accounts/{id}/paths", "explainMembership", iam.ReadDirectory, s.explainMembership),
		op(get, "/accounts/{id}/timeline", "listAccountTimeline", iam.ReadDirectory, s.listTimeline),

		op(get, "/groups", "listGroups", iam.ReadDirectory, s.listGroups),
		op(get, "/groups/{id}", "getGroup", iam.ReadDirectory, s.getGroup),
		op(get, "/groups/{id}/members", "listMembers", iam.ReadDirectory, s.listMembers),
		op(get, "/groups/{id}/unresolved", "listUnresolved", iam.ReadDirectory, s.listUnresolved),
		op(get, "/groups/{id}/nesting", "getNesting", iam.ReadDirectory, s.getNesting),
		op(get, "/groups/{id}/timeline", "listGroupTimeline", iam.ReadDirectory, s.listTimeline),

		op(get, "/findings", "listFindings", iam.ReadDirectory, s.listFindings),
		op(get, "/findings/summary", "getFindingSummary", iam.ReadDirectory, s.getFindingSummary),
		op(get, "/findings/top", "getTopFindings", iam.ReadDirectory, s.getTopFindings),
		op(get, "/findings/rules", "getFindingRules", iam.ReadDirectory, s.getFindingRules),
		op(put, "/findings/rules", "changeFindingRules", iam.ManageFindings, s.changeFindingRules),
		op(post, "/findings/accept", "acceptFindings", iam.ManageFindings, s.acceptFindings),
		op(post, "/findings/baseline", "acceptBaseline", iam.ManageFindings, s.acceptBaseline),
		op(get, "/findings/{id}", "getFinding", iam.ReadDirectory, s.getFinding),
		op(post, "/findings/{id}/reopen", "reopenFinding", iam.ManageFindings, s.reopenFinding),

		op(get, "/answers/access", "answerAccess", iam.ReadDirectory, s.answerAccess),
		op(get, "/answers/who-can", "answerWhoCan", iam.ReadDirectory, s.answerWhoCan),

		op(get, "/events", "listEvents", iam.ReadAudit, s.listEvents),
		op(post, "/audit/verify", "verifyAudit", iam.ReadAudit, s.verifyAudit),

		op(post, "/exports", "startExport", iam.ReadAudit, s.startExport),
		op(get, "/exports/{id}", "getExport", iam.ReadDirectory, s.getExport),
		op(del, "/exports/{id}", "cancelExport", iam.ReadDirectory, s.cancelExport),
		op(get, "/exports/{id}/content", "getExportContent", iam.ReadDirectory, s.getExportContent),

		op(get, "/reports", "listReports", iam.ReadDirectory, s.listReports),
		op(get, "/reports/{name}", "previewReport", iam.ReadDirectory, s.previewReport),
		op(post, "/reports/{name}/exports", "startReport", iam.RunReports, s.startReport),

		op(get, "/factors", "listFactors", iam.ReadDirectory, s.listFactors),
		op(get, "/factors/coverage", "getFactorCoverage", iam.ReadDirectory, s.getFactorCoverage),
		op(post, "/factors/{id}/prove", "proveFactor", iam.ManageFactors, s.proveFactor),
		op(post, "/factors/{id}/handed", "handFactor", iam.ManageFactors, s.handFactor),
		op(post, "/factors/{id}/revoke", "revokeFactor", iam.ManageFactors, s.revokeFactor),
		op(get, "/identities/{id}/factors", "getIdentityFactors", iam.ReadDirectory, s.getIdentityFactors),
		op(post, "/identities/{id}/factors", "enrolFactor", iam.ManageFactors, s.enrolFactor),
		op(post, "/identities/{id}/recovery-codes", "newRecoveryCodes", iam.ManageFactors, s.newRecoveryCodes),
		op(post, "/identities/{id}/verify", "verifyCaller", iam.VerifyCallers, s.verifyCaller),

		op(get, "/reviews", "listReviews", iam.ReadDirectory, s.listReviews),
		op(post, "/reviews", "createReview", iam.ManageReviews, s.createReview),
		op(post, "/reviews/plan", "planReview", iam.ManageReviews, s.planReview),
		op(get, "/reviews/{id}", "getReview", iam.ReadDirectory, s.getReview),
		op(get, "/reviews/{id}/groups", "listReviewGroups", iam.ReadDirectory, s.listReviewGroups),
		op(get, "/reviews/{id}/items", "listReviewItems", iam.ReadDirectory, s.listReviewItems),
		op(get, "/reviews/{id}/items/{item}", "getReviewItem", iam.ReadDirectory, s.getReviewItem),
		op(get, "/reviews/{id}/removals", "listRemovals", iam.ReadDirectory, s.listRemovals),
		op(get, "/reviews/{id}/changes", "listLaterChanges", iam.ReadDirectory, s.listLaterChanges),
		op(post, "/reviews/{id}/decisions", "decideItems", iam.DecideReviews, s.decideItems),
		op(post, "/reviews/{id}/assignments", "assignItems", iam.ManageReviews, s.assignItems),
		op(post, "/reviews/{id}/close", "closeReview", iam.ManageReviews, s.closeReview),

		op(get, "/settings", "getSettings", iam.ReadDirectory, s.getSettings),
		op(put, "/settings", "changeSettings", iam.Manage, s.changeSettings),
		op(post, "/settings/start-link", "newStartLink", iam.Manage, s.newStartLink),
		op(post, "/vault/slots", "addVaultSlot", iam.Manage, s.addVaultSlot),
		op(del, "/vault/slots/{id}", "removeVaultSlot", iam.Manage, s.removeVaultSlot),
		op(post, "/vault/unlock", "unlockVault", iam.Manage, s.unlockVault),
		op(post, "/vault/rekey", "rekeyVault", iam.Manage, s.rekeyVault),
		op(get, "/vault/lost-laptop", "getLostLaptop", iam.ReadDirectory, s.getLostLaptop),
		op(post, "/vault/recovery-key", "addRecoveryKey", iam.Manage, s.addRecoveryKey),
		op(post, "/vault/recover", "recoverVault", iam.Manage, s.recoverVault),
		op(post, "/demo/open", "openDemo", iam.Manage, s.openDemo),
		op(post, "/demo/reset", "resetDemo", iam.Manage, s.resetDemo),
		op(post, "/demo/today", "playDemoDay", iam.Manage, s.playDemoDay),
	}
}
