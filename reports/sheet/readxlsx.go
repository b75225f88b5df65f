package sheet

import (
	"archive/zip"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"
)

// What a workbook may hold. Beyond it a file that is small on disk could fill
// the memory.
const (
	mostParts  = 10_000
	mostOfPart = 4 << 30 // bytes of any part
	mostRows   = 1 << 20 // what a sheet can have
	mostCells  = 1 << 14 // what a row can have
)

// mostStrings is how many bytes the texts that cells share may have.
var mostStrings int64 = 256 << 20

// Workbook is an xlsx file that is read (ISO 29500). Its cells are read where
// they stand: what a formula would give is not computed, and nothing outside
// the file is asked for.
type Workbook struct {
	parts  map[string]*zip.File
	sheets []sheetPart
	texts  []string // shared by cells
	dates  []bool   // by the index of a cell's style: whether it shows a date
	since  int      // 1904, or 1900

	// Merged is how many blocks of merged cells the sheet had whose rows were
	// last read to their end: all but the first cell of a block are empty.
	Merged int
}

type sheetPart struct {
	name, part string
	hidden     bool
}

// ReadXLSX opens a workbook. Errors say what is wrong with the file, for
// people.
func ReadXLSX(r io.ReaderAt, size int64) (*Workbook, error) {
	var magic [8]byte
	if _, err := r.ReadAt(magic[:], 0); err == nil && string(magic[:]) == "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" {
		return nil, errors.New("it is protected by a password, or is of the old form xls; save it as xlsx without a password")
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, errors.New("it is no workbook, or is not complete")
	}
	if len(z.File) > mostParts {
		return nil, fmt.Errorf("it has more than %d parts", mostParts)
	}
	b := &Workbook{parts: map[string]*zip.File{}, since: 1900}
	for _, f := range z.File {
		b.parts[strings.TrimPrefix(f.Name, "/")] = f
	}
	if err := b.index(); err != nil {
		return nil, err
	}
	if err := b.styles(); err != nil {
		return nil, err
	}
	return b, b.shared()
}

// Sheets are the names of the sheets that are shown, in their order.
func (b *Workbook) Sheets() []string {
	var names []string
	for _, s := range b.sheets {
		if !s.hidden {
			names = append(names, s.name)
		}
	}
	return names
}

// part reads a part element by element; a part that is not there is empty.
func (b *Workbook) part(name string, most int64, each func(d *xml.Decoder, e xml.StartElement) error) error {
	f := b.parts[name]
	if f == nil {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return fmt.Errorf("its part %s cannot be read", name)
	}
	defer r.Close()
	d := newDecoder(r, most)
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return partError(name, err)
		}
		if e, ok := token.(xml.StartElement); ok {
			if err := each(d, e); err != nil {
				return partError(name, err)
			}
		}
	}
}

func newDecoder(r io.Reader, most int64) *xml.Decoder {
	d := xml.NewDecoder(&capped{r: r, left: most})
	d.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) { return in, nil }
	return d
}

func partError(name string, err error) error {
	var syntax *xml.SyntaxError
	if errors.As(err, &syntax) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, zip.ErrChecksum) {
		return fmt.Errorf("its part %s is damaged or not complete", name)
	}
	return err
}

// capped refuses to go on after so many bytes.
type capped struct {
	r    io.Reader
	left int64
}

var errTooLarge = errors.New("unpacked, it is larger than a workbook can be")

func (c *capped) Read(p []byte) (int, error) {
	if c.left <= 0 {
		return 0, errTooLarge
	}
	n, err := c.r.Read(p)
	c.left -= int64(n)
	return n, err
}

func attribute(e xml.StartElement, name string) string {
	for _, a := range e.Attr {
		if a.Name.Local == name && a.Name.Space != "xmlns" {
			return a.Value
		}
	}
	return ""
}

// index finds the sheets.
func (b *Workbook) index() error {
	main := "xl/workbook.xml"
	if err := b.part("_rels/.rels", 1<<20, func(_ *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local == "Relationship" && strings.HasSuffix(attribute(e, "Type"), "/officeDocument") {
			main = strings.TrimPrefix(attribute(e, "Target"), "/")
		}
		return nil
	}); err != nil {
		return err
	}
	targets := map[string]string{}
	if err := b.part(path.Join(path.Dir(main), "_rels", path.Base(main)+".rels"), 16<<20, func(_ *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local != "Relationship" || attribute(e, "TargetMode") == "External" {
			return nil
		}
		target := attribute(e, "Target")
		if at, absolute := strings.CutPrefix(target, "/"); absolute {
			target = at
		} else {
			target = path.Join(path.Dir(main), target)
		}
		targets[attribute(e, "Id")] = target
		return nil
	}); err != nil {
		return err
	}
	if err := b.part(main, 16<<20, func(_ *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "workbookPr":
			if v := attribute(e, "date1904"); v == "1" || v == "true" {
				b.since = 1904
			}
		case "sheet":
			state := attribute(e, "state")
			if part := targets[attribute(e, "id")]; b.parts[part] != nil {
				b.sheets = append(b.sheets, sheetPart{clean(attribute(e, "name")), part, state == "hidden" || state == "veryHidden"})
			}
		}
		return nil
	}); err != nil {
		return err
	}
	if len(b.sheets) == 0 {
		return errors.New("it is no workbook: it has no sheets")
	}
	return nil
}

// styles learns which styles show a number as a date.
func (b *Workbook) styles() error {
	formats, inCells := map[string]bool{}, false
	return b.part("xl/styles.xml", 64<<20, func(_ *xml.Decoder, e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmt":
			formats[attribute(e, "numFmtId")] = showsDate(attribute(e, "formatCode"))
		case "cellXfs":
			inCells = true
		case "cellStyles", "dxfs":
			inCells = false
		case "xf":
			if inCells {
				id := attribute(e, "numFmtId")
				shows, own := formats[id]
				b.dates = append(b.dates, shows || !own && builtInDates[id])
			}
		}
		return nil
	})
}

// builtInDates are the numbered formats that show a date (ISO 29500-1 section
// 18.8.30); those of East Asian languages included.
var builtInDates = func() map[string]bool {
	dates := map[string]bool{}
	for _, span := range [][2]int{{14, 17}, {22, 22}, {27, 31}, {36, 36}, {50, 54}, {57, 58}} {
		for id := span[0]; id <= span[1]; id++ {
			dates[fmt.Sprint(id)] = true
		}
	}
	return dates
}()

// showsDate reports whether a format code has a day or a year outside of
// quotations, escapes and brackets.
func showsDate(code string) bool {
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			end := strings.IndexByte(code[i+1:], '"')
			if end < 0 {
				return false
			}
			i += end + 1
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return false
			}
			i += end
		case '\\', '_', '*':
			i++
		case 'd', 'D', 'y', 'Y':
			return true
		case 'G', 'g':
			if strings.HasPrefix(strings.ToLower(code[i:]), "general") {
				i += len("general") - 1
			}
		}
	}
	return false
}

// shared reads the texts that cells share.
func (b *Workbook) shared() error {
	return b.part("xl/sharedStrings.xml", mostStrings, func(d *xml.Decoder, e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		s, err := richText(d, "si")
		b.texts = append(b.texts, s)
		return err
	})
}

// richText reads the runs of a text up to the end of the element. How it is
// pronounced is left out.
func richText(d *xml.Decoder, end string) (string, error) {
	var text strings.Builder
	taking, phonetic := false, false
	for {
		token, err := d.RawToken()
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return "", err
		}
		switch t := token.(type) {
		case xml.StartElement:
			taking = t.Name.Local == "t" && !phonetic
			phonetic = phonetic || t.Name.Local == "rPh"
		case xml.CharData:
			if taking {
				text.Write(t)
			}
		case xml.EndElement:
			taking = false
			switch t.Name.Local {
			case "rPh":
				phonetic = false
			case end:
				return text.String(), nil
			}
		}
	}
}
