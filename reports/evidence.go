package reports

import (
	"context"

	"gatehouse/backend/iam"
)

var evidenceReport = Definition{
	Name: "review-evidence", Title: "Review evidence", Review: true,
	Tables: []Table{{Name: "items", Title: "Items", Columns: []Column{text("group", "Group")}}},
	open: func(context.Context, *extract) (content, error) {
		return content{}, iam.Errorf(iam.NotFound, "There is no such review.").In("query.review")
	},
}
