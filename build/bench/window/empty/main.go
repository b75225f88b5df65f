//go:build desktop

// Command empty is the smallest window that Wails can show: the peer of the
// start-up benchmark.
package main

import (
	"io"
	"log"
	"net/http"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"

	_ "gatehouse/app/windowtest/automation"
)

func main() {
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!doctype html><html><head><title>Empty</title></head><body><h1>Ready</h1></body></html>`)
	})
	err := wails.Run(&options.App{
		Title: "Empty", Width: 1440, Height: 900,
		AssetServer: &assetserver.Options{Handler: page},
	})
	if err != nil {
		log.Fatal(err)
	}
}
