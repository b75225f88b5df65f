package file

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"gatehouse/backend/iam"
	"gatehouse/reports/sheet"
)

// opened is a file that is being read, and what it was like at the beginning.
type opened struct {
	*os.File
	source *source
	info   fs.FileInfo
	survey survey
	book   *sheet.Workbook // of an xlsx file, once it was looked at
}

// open opens the file if it is one, and reads it once from end to end.
func (s *source) open(ctx context.Context) (*opened, error) {
	if err := s.outside(); err != nil {
		return nil, err
	}
	info, err := os.Lstat(s.path)
	if err != nil {
		return nil, s.unreadable(err)
	}
	if err := s.acceptable(info); err != nil {
		return nil, err
	}
	f, err := openPlain(s.path)
	if err != nil {
		return nil, s.unreadable(err)
	}
	o := &opened{File: f, source: s}
	if o.info, err = f.Stat(); err == nil && !os.SameFile(info, o.info) {
		err = s.changed()
	}
	if err == nil {
		o.survey, err = look(ctx, f)
	}
	if err == nil {
		err = o.unchanged()
	}
	if err != nil {
		f.Close()
		return nil, s.explain(ctx, err)
	}
	return o, nil
}

// acceptable refuses what is no ordinary file of a size that can be one.
func (s *source) acceptable(info fs.FileInfo) error {
	switch {
	case info.Mode()&fs.ModeSymlink != 0:
		return iam.Errorf(iam.Invalid, "%s is a link to another file.", s.path).In("file.path").Fix("Name the file itself.")
	case !info.Mode().IsRegular():
		return iam.Errorf(iam.Invalid, "%s is no ordinary file.", s.path).In("file.path").Fix("Name a csv, xlsx or LDIF file.")
	case info.Size() == 0:
		return iam.Errorf(iam.Unavailable, "The file %s is empty; was it being written?", s.name).Fix("Read again when the export has ended.")
	case info.Size() > Largest:
		return iam.Errorf(iam.Invalid, "The file %s has %d MB, more than the %d MB that are read.", s.name, info.Size()>>20, Largest>>20).In("file.path")
	}
	return nil
}

// outside refuses what lies in the data folder, where the vault and the
// database are.
func (s *source) outside() error {
	if s.file.Upload != "" {
		return nil
	}
	folder, err := filepath.EvalSymlinks(filepath.Dir(s.path))
	if err != nil {
		return s.unreadable(err)
	}
	data, err := filepath.EvalSymlinks(s.data)
	if err != nil {
		return nil // there is no such folder, so nothing lies in it
	}
	if way, err := filepath.Rel(data, folder); err == nil && way != ".." && !strings.HasPrefix(way, ".."+string(filepath.Separator)) {
		return iam.Errorf(iam.Invalid, "%s lies in Gatehouse's own data folder, which is never read as a source.", s.path).In("file.path")
	}
	return nil
}

func (s *source) unreadable(err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist) && s.file.Upload != "":
		return iam.Errorf(iam.Unavailable, "The file %s that was sent is no longer kept.", s.name).In("file.upload").Fix("Send it again.")
	case errors.Is(err, fs.ErrNotExist):
		return iam.Errorf(iam.Unavailable, "There is no file %s on the computer that runs Gatehouse.", s.path).In("file.path").Fix("Check the path, and whether the export has run.")
	case errors.Is(err, fs.ErrPermission):
		return iam.Errorf(iam.Unavailable, "The file %s may not be read by the account that runs Gatehouse.", s.path).In("file.path").Fix("Give that account the right to read it.").By(err)
	}
	return iam.Errorf(iam.Unavailable, "The file %s cannot be read.", s.path).In("file.path").By(err)
}

func (s *source) changed() error {
	return iam.Errorf(iam.Unavailable, "The file %s changed while it was read; was it being written?", s.name).Fix("Read again when the export has ended.")
}

// explain makes any error one for the operator.
func (s *source) explain(ctx context.Context, err error) error {
	var known *iam.Error
	if errors.As(err, &known) || errors.Is(err, errStopped) {
		return err
	}
	if ctx.Err() != nil {
		return iam.Errorf(iam.Unavailable, "Reading the file %s was stopped.", s.name).By(ctx.Err())
	}
	var path *fs.PathError
	if errors.As(err, &path) {
		return s.unreadable(err)
	}
	return iam.Errorf(iam.Unavailable, "The file %s cannot be read: %s.", s.name, strings.TrimSuffix(err.Error(), ".")).By(err)
}

// unchanged fails if the file is not the one any more that was opened.
func (o *opened) unchanged() error {
	now, err := o.Stat()
	if err != nil {
		return err
	}
	there, err := os.Lstat(o.source.path)
	if err != nil || !os.SameFile(there, o.info) || now.Size() != o.info.Size() || !now.ModTime().Equal(o.info.ModTime()) || o.survey.size != now.Size() {
		return o.source.changed()
	}
	return nil
}

// server says which file was read.
func (o *opened) server() string {
	return fmt.Sprintf("%s, %d bytes, SHA-256 %s…, modified %s UTC", o.source.name, o.info.Size(), o.survey.sum[:16], o.info.ModTime().UTC().Format(time.DateTime))
}

// survey is what one pass over a file's bytes tells.
type survey struct {
	sum      string // SHA-256, in hex
	size     int64
	head     []byte
	utf8     bool // every byte is part of UTF-8
	lastByte byte // that is no zero, as UTF-16 has
}

// headSize is how much of a file's beginning is looked at to guess.
const headSize = 64 << 10

func look(ctx context.Context, r io.Reader) (survey, error) {
	v := survey{utf8: true}
	sum, buffer := sha256.New(), make([]byte, 256<<10)
	carried := 0 // bytes of a letter that the last piece cut
	for {
		if err := ctx.Err(); err != nil {
			return v, err
		}
		n, err := io.ReadFull(r, buffer[carried:])
		piece := buffer[carried : carried+n]
		sum.Write(piece)
		v.size += int64(n)
		if len(v.head) < headSize {
			v.head = append(v.head, piece[:min(n, headSize-len(v.head))]...)
		}
		for i := n - 1; i >= 0; i-- {
			if piece[i] != 0 {
				v.lastByte = piece[i]
				break
			}
		}
		ended := err == io.EOF || err == io.ErrUnexpectedEOF
		if v.utf8 {
			text := buffer[:carried+n]
			keep := 0
			for cut := 1; !ended && cut < utf8.UTFMax && cut <= len(text); cut++ {
				if b := text[len(text)-cut]; utf8.RuneStart(b) {
					if !utf8.FullRune(text[len(text)-cut:]) {
						keep = cut
					}
					break
				}
			}
			v.utf8 = utf8.Valid(text[:len(text)-keep])
			carried = copy(buffer, text[len(text)-keep:])
		} else {
			carried = 0
		}
		if ended {
			v.sum = hex.EncodeToString(sum.Sum(nil))
			return v, nil
		}
		if err != nil {
			return v, err
		}
	}
}
