package sheet

import (
	"archive/zip"
	"cmp"
	"context"
	"fmt"
	"io"
	"time"

	"github.com/xuri/excelize/v2"
)

// Book is a workbook. Its sheets are the Front pages, those of Back, and then
// the tables.
type Book struct {
	Title   string
	Creator string // empty: Gatehouse
	Created int64  // microseconds since 1970, UTC; 0: now
	Front   []Page
	Tables  []Table
	// Back makes the pages that can only be written once the tables are: what
	// they rest on, with counts and hashes. It may be nil.
	Back func(written []Written) ([]Page, error)
}

// WriteXLSX writes the workbook, and says of each table what was written.
// Progress is told the rows of all tables so far.
//
// Rows go straight to w: memory does not grow with them, and nothing is kept
// in files of its own. So what w holds after an error is no workbook.
//
// A table longer than a sheet goes on in a further one. A cell that is longer
// than Excel allows is refused, never cut.
func WriteXLSX(ctx context.Context, w io.Writer, b Book, progress func(rows int64)) ([]Written, error) {
	out := &outlet{ctx: ctx, w: w}
	x, err := newBookWriter(out)
	if err != nil {
		return nil, err
	}
	defer x.file.Close()
	written, err := x.write(ctx, b, progress)
	if out.err != nil { // first, for what follows it is its consequence
		return nil, out.err
	}
	if err != nil {
		return nil, err
	}
	return written, nil
}

// bookWriter writes one workbook. What grows with the rows, it writes itself,
// straight into the archive; excelize makes the parts that hold them together:
// styles, the list of sheets, defined names, properties.
type bookWriter struct {
	file   *excelize.File
	parts  *archive
	names  titles
	styles styles
	tables []*tableWriter
	pages  []string // titles of sheets
	spare  string   // the sheet that a new file has; the first page takes it
}

func newBookWriter(w io.Writer) (*bookWriter, error) {
	x := &bookWriter{
		file:  excelize.NewFile(),
		parts: &archive{Writer: zip.NewWriter(w), written: map[string]bool{}},
		spare: "Sheet1",
	}
	x.file.SetZipWriter(func(io.Writer) excelize.ZipWriter { return x.parts })
	x.names.take(x.spare)
	var err error
	x.styles, err = makeStyles(x.file)
	return x, err
}

func (x *bookWriter) write(ctx context.Context, b Book, progress func(rows int64)) ([]Written, error) {
	var written []Written
	var before int64
	for _, t := range b.Tables {
		tw := newTableWriter(x, t)
		x.tables = append(x.tables, tw)
		count := func(rows int64) {
			if progress != nil {
				progress(before + rows)
			}
		}
		done, err := t.walk(ctx, count, tw.put)
		if err != nil {
			return nil, err
		}
		if err := tw.finish(done.SHA256); err != nil {
			return nil, err
		}
		done.Sheets = len(tw.sheets)
		before += done.Rows
		written = append(written, done)
	}
	pages := b.Front
	if b.Back != nil {
		more, err := b.Back(written)
		if err != nil {
			return nil, err
		}
		pages = append(pages[:len(pages):len(pages)], more...)
	}
	for _, p := range pages {
		if err := x.page(b.Title, p); err != nil {
			return nil, err
		}
	}
	return written, x.bind(b)
}

// begin begins a sheet of that title, and says what it is called in the end.
func (x *bookWriter) begin(title string) (string, *part, error) {
	name := x.names.take(title)
	if _, err := x.file.NewSheet(name); err != nil {
		return "", nil, err
	}
	// A new sheet has the highest number, and its part is named by it.
	path := ""
	for number, n := range x.file.GetSheetMap() {
		if n == name {
			path = fmt.Sprintf("xl/worksheets/sheet%d.xml", number)
		}
	}
	entry, err := x.parts.take(path)
	if err != nil {
		return "", nil, err
	}
	return name, newPart(entry, x.styles), nil
}

// bind puts the sheets in their order and writes the parts that hold them
// together.
func (x *bookWriter) bind(b Book) error {
	f := x.file
	if len(x.names.taken) > 1 {
		if err := f.DeleteSheet(x.spare); err != nil {
			return err
		}
	}
	if first := f.GetSheetList()[0]; len(x.tables) > 0 {
		for _, name := range x.pages {
			if err := f.MoveSheet(name, first); err != nil {
				return err
			}
		}
	}
	for _, t := range x.tables {
		for _, s := range t.sheets {
			if err := f.AutoFilter(s.name, s.area, nil); err != nil { // its defined name
				return err
			}
			if err := f.SetDefinedName(&excelize.DefinedName{
				Name: "_xlnm.Print_Titles", RefersTo: "'" + s.name + "'!$1:$1", Scope: s.name,
			}); err != nil {
				return err
			}
		}
	}
	f.SetActiveSheet(0)
	created := time.UnixMicro(b.Created)
	if b.Created == 0 {
		created = time.Now()
	}
	at := created.UTC().Format(time.RFC3339)
	creator := cmp.Or(b.Creator, "Gatehouse")
	if err := f.SetDocProps(&excelize.DocProperties{
		Title: clean(b.Title), Creator: clean(creator), LastModifiedBy: clean(creator), Created: at, Modified: at,
	}); err != nil {
		return err
	}
	if err := f.SetAppProps(&excelize.AppProperties{Application: clean(creator)}); err != nil {
		return err
	}
	return f.Write(io.Discard) // goes to the archive
}

// archive is the workbook's container. A part that was taken is written
// already; what excelize would write in its place is left out.
type archive struct {
	*zip.Writer
	written map[string]bool
}

// take begins a part that is written here.
func (a *archive) take(path string) (io.Writer, error) {
	a.written[path] = true
	return a.Writer.Create(path)
}

// Create begins a part that excelize writes.
func (a *archive) Create(path string) (io.Writer, error) {
	if a.written[path] {
		return io.Discard, nil
	}
	return a.Writer.Create(path)
}

// outlet is the way out. It is closed by the first error, for good, and when
// the context ends.
type outlet struct {
	ctx context.Context
	w   io.Writer
	err error
}

func (o *outlet) Write(p []byte) (int, error) {
	if o.err == nil {
		o.err = o.ctx.Err()
	}
	if o.err != nil {
		return 0, o.err
	}
	n, err := o.w.Write(p)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	o.err = err
	return n, err
}
