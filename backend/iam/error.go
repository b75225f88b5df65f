package iam

import (
	"errors"
	"fmt"
)

// Kind is one of the seven kinds of error. Each maps to one HTTP status.
type Kind string

// The kinds.
const (
	Invalid     Kind = "invalid"     // the request is wrong: names the field and the remedy
	NotFound    Kind = "notFound"    // there is no such record
	Conflict    Kind = "conflict"    // the state has moved on, or the name is taken
	Denied      Kind = "denied"      // the actor may not
	Unsupported Kind = "unsupported" // this source or build cannot
	Unavailable Kind = "unavailable" // a directory, a key or a disk is not to be had now
	Internal    Kind = "internal"    // our fault
)

// Error is an error for the operator. Message says what failed and what to do
// next; Cause is for the log and never shown.
type Error struct {
	Kind    Kind
	Field   string // the input at fault, in the API's spelling; empty if none
	Message string
	Remedy  string // one act that would help; empty if the message says it
	Cause   error
}

func (e *Error) Error() string {
	if e.Remedy == "" {
		return e.Message
	}
	return e.Message + " " + e.Remedy
}

func (e *Error) Unwrap() error { return e.Cause }

// Errorf makes an error of the kind with an operator's message.
func Errorf(k Kind, format string, args ...any) *Error {
	return &Error{Kind: k, Message: fmt.Sprintf(format, args...)}
}

// In names the field at fault.
func (e *Error) In(field string) *Error { e.Field = field; return e }

// Fix adds the remedy.
func (e *Error) Fix(remedy string) *Error { e.Remedy = remedy; return e }

// By adds the cause for the log.
func (e *Error) By(cause error) *Error { e.Cause = cause; return e }

// KindOf is the kind of err: Internal for any error that is not an *Error, and
// "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
