package cli

import (
	"errors"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
)

// byFlag names the fields of a refusal as the command line does: body.reason is
// --reason where the command has that flag.
func byFlag(err error, cmd *cobra.Command) error {
	var p *api.Problem
	if !errors.As(err, &p) {
		return err
	}
	named := *p
	named.Errors = slices.Clone(p.Errors)
	for i, e := range named.Errors {
		place, field, ok := strings.Cut(e.Location, ".")
		if !ok || place != "body" && place != "query" || cmd.Flags().Lookup(flagOf(field)) == nil {
			continue
		}
		flag := "--" + flagOf(field)
		named.Remedy = strings.ReplaceAll(named.Remedy, e.Location+":", flag+":")
		named.Errors[i].Location = flag
	}
	return &named
}

// flagOf is a field's name as flags are written: signIn is sign-in.
func flagOf(field string) string {
	var b strings.Builder
	for _, r := range field {
		if unicode.IsUpper(r) {
			b.WriteByte('-')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
