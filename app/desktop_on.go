//go:build desktop || dev || bindings

package app

import (
	"context"
	"errors"
	"os"
	"runtime"

	"github.com/wailsapp/wails/v2"
	"github.com/wailsapp/wails/v2/pkg/logger"
	"github.com/wailsapp/wails/v2/pkg/menu"
	"github.com/wailsapp/wails/v2/pkg/options"
	"github.com/wailsapp/wails/v2/pkg/options/assetserver"
	"github.com/wailsapp/wails/v2/pkg/options/linux"
	desktops "github.com/wailsapp/wails/v2/pkg/runtime"

	"gatehouse/app/local"
)

// hasWindow says that this build has one.
const hasWindow = true

// runWindow shows the console in a window until it is closed. A second start on
// the same folder brings the first window to the front and ends.
func runWindow(ctx context.Context, c *console) error {
	fixLocale()
	folder := c.folder(c.demo)
	state := loadWindowState(folder)
	start := options.Normal
	if state.Maximised {
		start = options.Maximised
	}
	w := &window{console: c}
	native := &Native{handler: c, desktop: w}
	err := wails.Run(&options.App{
		Title: "Gatehouse",
		Width: state.Width, Height: state.Height, MinWidth: minWidth, MinHeight: minHeight,
		WindowStartState: start,
		// Assets stays nil: with both set, pages would bypass the handler and its
		// content security policy.
		AssetServer:              &assetserver.Options{Handler: c},
		Menu:                     appMenu(),
		LogLevelProduction:       logger.ERROR,
		EnableDefaultContextMenu: true, // copying is half of the work
		Bind:                     []any{native},
		SingleInstanceLock: &options.SingleInstanceLock{
			UniqueId:               instanceName(folder),
			OnSecondInstanceLaunch: func(options.SecondInstanceData) { w.raise() },
		},
		OnStartup: func(desktopCtx context.Context) {
			w.ctx = desktopCtx
			context.AfterFunc(ctx, func() { desktops.Quit(desktopCtx) })
		},
		OnBeforeClose: func(context.Context) bool {
			w.remember(folder)
			return ctx.Err() == nil && !w.mayClose()
		},
		Linux: &linux.Options{
			ProgramName: "gatehouse",
			// Tables scroll three to five times faster than with a GPU that is emulated.
			WebviewGpuPolicy: linux.WebviewGpuPolicyNever,
		},
	})
	return errors.Join(err, c.close())
}

// close closes what is open, the demo first.
func (c *console) close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	var errs []error
	for _, demo := range []bool{true, false} {
		if b := c.open[demo]; b != nil {
			errs = append(errs, b.Close())
			delete(c.open, demo)
		}
	}
	c.shown = nil
	return errors.Join(errs...)
}

// appMenu is the menu bar of macOS, where copy and paste need one. Elsewhere
// the page has everything.
func appMenu() *menu.Menu {
	if runtime.GOOS != "darwin" {
		return nil
	}
	return menu.NewMenuFromItems(menu.AppMenu(), menu.EditMenu(), menu.WindowMenu())
}

// window is the desktop behind Native and the life of the window itself.
type window struct {
	ctx     context.Context // of the web view's host; set before the first page
	console *console
}

func (w *window) raise() {
	desktops.WindowUnminimise(w.ctx)
	desktops.Show(w.ctx)
}

// remember keeps the window's size. A maximised window keeps the size that it
// had before.
func (w *window) remember(folder string) {
	s := loadWindowState(folder)
	if s.Maximised = desktops.WindowIsMaximised(w.ctx); !s.Maximised {
		s.Width, s.Height = desktops.WindowGetSize(w.ctx)
	}
	s.save(folder)
}

// mayClose asks before a read is cut off.
func (w *window) mayClose() bool {
	w.console.mu.Lock()
	shown := w.console.shown
	w.console.mu.Unlock()
	if shown == nil || !shown.reading(w.ctx) {
		return true
	}
	answer, err := desktops.MessageDialog(w.ctx, desktops.MessageDialogOptions{
		Type:    desktops.QuestionDialog,
		Title:   "A directory is being read",
		Message: "Closing Gatehouse stops the read. Nothing of it will be applied. Close?",
		Buttons: []string{"Yes", "No"}, DefaultButton: "No", CancelButton: "No",
	})
	return err != nil || answer == "Yes"
}

func (w *window) askOpen(title, kind, patterns string) (string, error) {
	return desktops.OpenFileDialog(w.ctx, desktops.OpenDialogOptions{
		Title: title,
		Filters: []desktops.FileFilter{
			{DisplayName: kind + " (" + patterns + ")", Pattern: patterns},
			{DisplayName: "All files (*.*)", Pattern: "*"},
		},
	})
}

func (w *window) askSave(title, name string) (string, error) {
	home, _ := os.UserHomeDir()
	return desktops.SaveFileDialog(w.ctx, desktops.SaveDialogOptions{
		Title: title, DefaultDirectory: home, DefaultFilename: name, CanCreateDirectories: true,
	})
}

func (w *window) openURL(address string) {
	if local.OpenBrowser(address) != nil {
		desktops.BrowserOpenURL(w.ctx, address)
	}
}

func (w *window) notify(title, text string) error {
	if err := desktops.InitializeNotifications(w.ctx); err != nil {
		return err
	}
	return desktops.SendNotification(w.ctx, desktops.NotificationOptions{ID: "gatehouse", Title: title, Body: text})
}
