package cli

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"gatehouse/backend/api"
	"gatehouse/backend/iam"
)

// fileKind is the kind whose sources are files.
const fileKind = "file"

// fileFlags are what a file is understood by, as it is typed.
type fileFlags struct {
	config  iam.FileConfig
	columns []string // FIELD=COLUMN
	states  []string // WORD=enabled or disabled
}

func (f *fileFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	c := &f.config
	flags.StringVar(&c.Path, "path", "", "`file` of the kind file, on this computer: csv, xlsx or LDIF; read anew by each run")
	flags.StringVar(&c.Format, "format", "", "csv, xlsx or ldif; told by the content if not named")
	flags.StringVar(&c.Sheet, "sheet", "", "`name` of the sheet of a workbook; the first if not named")
	flags.StringVar(&c.Delimiter, "delimiter", "", "`sign` between the fields of a csv file; told by the content if not named")
	flags.StringVar(&c.Encoding, "encoding", "", "utf-8, windows-1252, utf-16le or utf-16be; told by the content if not named")
	flags.IntVar(&c.HeaderRow, "header-row", 0, "`row` with the columns' names; told by the content if not named")
	flags.StringVar(&c.KeyColumn, "key", "", "`column` that never changes and is never given twice, such as a personnel number")
	flags.StringArrayVar(&f.columns, "column", nil, "`FIELD=COLUMN`, such as endDate=Austritt; may be repeated; proposed by their names if none is named")
	flags.StringVar(&c.ManagerBy, "manager-by", "", "what the manager's column holds: key, mail, login or employeeNumber")
	flags.StringVar(&c.DateFormat, "date-format", "", "dmy or mdy, for dates with slashes, which are refused otherwise")
	flags.StringArrayVar(&f.states, "state", nil, "`WORD=enabled` or WORD=disabled, for the status column; may be repeated")
	flags.StringVar(&c.GroupSeparator, "group-separator", "", "`sign` between the names in the groups' column; a semicolon if not named")
}

// draft puts the file into a draft of the kind file; for every other kind it
// asks for the address.
func (f *fileFlags) draft(d *api.SourceDraft, url string) error {
	if d.Kind != fileKind {
		if url == "" {
			return usage("name the address of the directory: --url ldaps://host")
		}
		if f.config.Path != "" {
			return usage("--path belongs to the kind file: gatehouse source add file NAME --path FILE")
		}
		return nil
	}
	if f.config.Path == "" || url != "" {
		return usage("a file has a path and no address: gatehouse source add file NAME --path FILE")
	}
	c := f.config
	var err error
	if c.Path, err = filepath.Abs(c.Path); err != nil {
		return err
	}
	if c.Columns, err = pairs("--column", "FIELD=COLUMN, such as endDate=Austritt", f.columns); err != nil {
		return err
	}
	if c.States, err = pairs("--state", "WORD=enabled or WORD=disabled", f.states); err != nil {
		return err
	}
	d.Config.File = &c
	return nil
}

func pairs(flag, form string, typed []string) (map[string]string, error) {
	var out map[string]string
	for _, pair := range typed {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" || value == "" {
			return nil, usage(fmt.Sprintf("%s %s: write %s", flag, pair, form))
		}
		if out == nil {
			out = map[string]string{}
		}
		out[name] = value
	}
	return out, nil
}

// showFaults prints the first rows that cannot be used.
func (p *program) showFaults(preview *api.CheckPreview) {
	if preview == nil || len(preview.Faults) == 0 {
		return
	}
	var rows [][]string
	for _, f := range preview.Faults[:min(len(preview.Faults), 10)] {
		rows = append(rows, []string{fmt.Sprint(f.Row), f.Column, f.Value, f.Text})
	}
	p.say("")
	p.table([]string{"ROW", "COLUMN", "VALUE", "WHAT IS WRONG"}, rows)
	if more := len(preview.Faults) - 10; more > 0 {
		p.say("and %d more", more)
	}
}

// placeOf is where a source is: the address of a server, or a file.
func placeOf(s api.Source) string {
	if f := s.Config.File; f != nil {
		if f.Path != "" {
			return f.Path
		}
		return f.Name
	}
	return s.Config.URL
}
