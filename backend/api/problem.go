package api

import (
	"errors"
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"gatehouse/backend/iam"
)

// Problem is an error answer (RFC 9457) with the kind and the remedy.
type Problem struct {
	Title  string         `json:"title"`
	Status int            `json:"status"`
	Detail string         `json:"detail" doc:"What failed, for the operator."`
	Kind   string         `json:"kind" enum:"invalid,notFound,conflict,denied,unsupported,unavailable,internal"`
	Remedy string         `json:"remedy,omitempty" doc:"One act that would help."`
	Errors []ProblemField `json:"errors,omitempty"`
}

// ProblemField names an input at fault, or a candidate for an ambiguous name.
type ProblemField struct {
	Location string `json:"location,omitempty" doc:"Such as body.url."`
	Message  string `json:"message"`
}

func (p *Problem) Error() string             { return p.Detail }
func (p *Problem) GetStatus() int            { return p.Status }
func (p *Problem) ContentType(string) string { return "application/problem+json" }

var kinds = map[iam.Kind]struct {
	status int
	title  string
}{
	iam.Invalid:     {http.StatusUnprocessableEntity, "Something in the request is wrong"},
	iam.NotFound:    {http.StatusNotFound, "Not found"},
	iam.Conflict:    {http.StatusConflict, "The state has moved on"},
	iam.Denied:      {http.StatusForbidden, "Not allowed"},
	iam.Unsupported: {http.StatusNotImplemented, "Not supported"},
	iam.Unavailable: {http.StatusServiceUnavailable, "Not to be had now"},
	iam.Internal:    {http.StatusInternalServerError, "Gatehouse failed"},
}

// candidates is an error that lists what an ambiguous name could mean.
type candidates interface{ Candidates() []string }

// problemOf turns an error into what the operator may see; what is not meant
// for operators goes to the log.
func problemOf(log *slog.Logger, err error) *Problem {
	var e *iam.Error
	if !errors.As(err, &e) {
		var p *Problem
		if errors.As(err, &p) {
			return p
		}
		e = iam.Errorf(iam.Internal, "Gatehouse failed; its log says why.").By(err)
	}
	if e.Kind == iam.Internal {
		log.Warn("a request failed", "message", e.Message, "cause", errString(e.Cause))
	} else if e.Cause != nil {
		log.Info("a request failed", "kind", string(e.Kind), "message", e.Message, "cause", errString(e.Cause))
	}
	k := kinds[e.Kind]
	p := &Problem{Title: k.title, Status: k.status, Detail: e.Message, Kind: string(e.Kind), Remedy: e.Remedy}
	if e.Field != "" {
		p.Errors = append(p.Errors, ProblemField{location(e.Field), e.Message})
	}
	var c candidates
	if errors.As(err, &c) {
		for _, name := range c.Candidates() {
			p.Errors = append(p.Errors, ProblemField{Message: name})
		}
	}
	return p
}

// location is where a field of a request stands: in the body, unless it says
// otherwise.
func location(field string) string {
	if strings.HasPrefix(field, "query.") {
		return field
	}
	return "body." + field
}

func errString(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// useProblems makes huma's own refusals, such as a body that does not fit its
// schema, the same kind of answer.
func useProblems() {
	huma.NewError = func(status int, message string, errs ...error) huma.StatusError {
		p := &Problem{Status: status, Title: http.StatusText(status), Detail: message, Kind: string(kindOf(status))}
		for _, err := range errs {
			var d *huma.ErrorDetail
			if errors.As(err, &d) {
				p.Errors = append(p.Errors, ProblemField{d.Location, d.Message})
			} else if err != nil {
				p.Errors = append(p.Errors, ProblemField{Message: err.Error()})
			}
		}
		if len(p.Errors) > 0 {
			p.Remedy = p.Errors[0].Location + ": " + p.Errors[0].Message + "."
		}
		return p
	}
}

func kindOf(status int) iam.Kind {
	for kind, k := range kinds {
		if k.status == status {
			return kind
		}
	}
	if status >= 500 {
		return iam.Internal
	}
	return iam.Invalid
}
