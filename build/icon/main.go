// Command icon draws build/appicon.png, the brand mark on a plate, from the
// same path as frontend/public/favicon.svg:
//
//	go run ./build/icon
package main

import (
	"image"
	"image/color"
	"image/png"
	"log"
	"math"
	"os"
)

const (
	side  = 1024 // pixels of the picture
	grid  = 16   // units of the mark's own drawing
	pen   = 1.5  // width of a stroke, in units
	plate = 0.62 // part of the side that the mark takes
)

var (
	teal  = color.RGBA{0x0b, 0x72, 0x85, 0xff}
	white = color.RGBA{0xff, 0xff, 0xff, 0xff}
)

type point struct{ x, y float64 }

// strokes are the mark: an arch on a base line, with three bars.
func strokes() [][]point {
	const r = 5.5
	arch := []point{{2.5, 13.5}}
	arch = append(arch, arc(point{2.5, 6.5}, point{8, 2}, r)...)
	arch = append(arch, arc(point{8, 2}, point{13.5, 6.5}, r)...)
	arch = append(arch, point{13.5, 13.5})
	return [][]point{
		arch,
		{{2, 13.5}, {14, 13.5}},
		{{5.5, 13.5}, {5.5, 8}},
		{{8, 13.5}, {8, 5}},
		{{10.5, 13.5}, {10.5, 8}},
	}
}

// arc is the shorter arc of radius r from a to b, clockwise as seen, in steps
// too small to see.
func arc(a, b point, r float64) (out []point) {
	half := math.Hypot(b.x-a.x, b.y-a.y) / 2
	away := math.Sqrt(r*r-half*half) / half / 2 // of the centre from the chord, in chords
	c := point{(a.x+b.x)/2 - away*(b.y-a.y), (a.y+b.y)/2 + away*(b.x-a.x)}
	from, to := math.Atan2(a.y-c.y, a.x-c.x), math.Atan2(b.y-c.y, b.x-c.x)
	const steps = 64
	for i := range steps + 1 {
		t := from + (to-from)*float64(i)/steps
		out = append(out, point{c.x + r*math.Cos(t), c.y + r*math.Sin(t)})
	}
	return out
}

// distance is that of p from the segment ab.
func distance(p, a, b point) float64 {
	dx, dy := b.x-a.x, b.y-a.y
	t := 0.0
	if l := dx*dx + dy*dy; l > 0 {
		t = min(1, max(0, ((p.x-a.x)*dx+(p.y-a.y)*dy)/l))
	}
	return math.Hypot(p.x-a.x-t*dx, p.y-a.y-t*dy)
}

// coverage turns a signed distance in pixels, negative inside, into how much of
// a pixel is covered.
func coverage(d float64) float64 { return min(1, max(0, 0.5-d)) }

func main() {
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	mark := strokes()
	unit := side * plate / grid // pixels in a unit
	margin := (side - side*plate) / 2
	const edge, radius = side * 0.04, side * 0.2
	for y := range side {
		for x := range side {
			p := point{(float64(x) + 0.5 - margin) / unit, (float64(y) + 0.5 - margin) / unit}
			near := math.Inf(1)
			for _, s := range mark {
				for i := 1; i < len(s); i++ {
					near = min(near, distance(p, s[i-1], s[i]))
				}
			}
			ink := coverage((near - pen/2) * unit)
			// The plate is a square with round corners.
			qx := math.Abs(float64(x)+0.5-side/2) - (side/2 - edge - radius)
			qy := math.Abs(float64(y)+0.5-side/2) - (side/2 - edge - radius)
			body := coverage(math.Hypot(max(qx, 0), max(qy, 0)) + min(max(qx, qy), 0) - radius)
			mix := func(a, b uint8) uint8 { return uint8(float64(a)*(1-ink) + float64(b)*ink + 0.5) }
			img.SetNRGBA(x, y, color.NRGBA{mix(teal.R, white.R), mix(teal.G, white.G), mix(teal.B, white.B), uint8(255*body + 0.5)})
		}
	}
	f, err := os.Create("build/appicon.png")
	if err != nil {
		log.Fatal(err)
	}
	if err := png.Encode(f, img); err != nil {
		log.Fatal(err)
	}
	if err := f.Close(); err != nil {
		log.Fatal(err)
	}
}
