package mfa

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"strings"

	"github.com/skip2/go-qrcode"
)

// quiet is the white ground around a code that readers need, in modules.
const quiet = 4

// QR is a code of square modules, row by row; true is dark.
type QR [][]bool

// NewQR draws a link.
func NewQR(link string) (QR, error) {
	q, err := qrcode.New(link, qrcode.Medium)
	if err != nil {
		return nil, err
	}
	q.DisableBorder = true
	return q.Bitmap(), nil
}

// Path is an SVG path with a line of width one for each run of dark modules
// along a row. It begins at the run's upper edge, so it is drawn half a unit
// down.
func (q QR) Path() string {
	var b strings.Builder
	for y, row := range q {
		for x := 0; x < len(row); x++ {
			from := x
			for x < len(row) && row[x] {
				x++
			}
			if x > from {
				fmt.Fprintf(&b, "M%d %dh%d", from, y, x-from)
			}
		}
	}
	return b.String()
}

// dark tells whether a module is dark; the quiet zone is not.
func (q QR) dark(x, y int) bool {
	return y >= 0 && y < len(q) && x >= 0 && x < len(q[y]) && q[y][x]
}

// Terminal draws the code in half blocks, two rows a line, dark on a light
// ground whatever the colours of the terminal are.
func (q QR) Terminal() string {
	const black, white = 30, 97
	colour := func(dark bool) int {
		if dark {
			return black
		}
		return white
	}
	var b strings.Builder
	for y := -quiet; y < len(q)+quiet; y += 2 {
		for x := -quiet; x < len(q)+quiet; x++ {
			fmt.Fprintf(&b, "\x1b[%d;%dm▀", colour(q.dark(x, y)), colour(q.dark(x, y+1))+10)
		}
		b.WriteString("\x1b[0m\n")
	}
	return b.String()
}

// PNG writes the code as a picture.
func (q QR) PNG(w io.Writer) error {
	const unit = 8
	side := (len(q) + 2*quiet) * unit
	img := image.NewPaletted(image.Rect(0, 0, side, side), color.Palette{color.White, color.Black})
	for y := range side {
		for x := range side {
			if q.dark(x/unit-quiet, y/unit-quiet) {
				img.SetColorIndex(x, y, 1)
			}
		}
	}
	return png.Encode(w, img)
}
