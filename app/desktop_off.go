//go:build !(desktop || dev || bindings)

package app

import (
	"context"
	"errors"
)

// hasWindow says that this build has no window.
const hasWindow = false

func runWindow(context.Context, *console) error {
	return errors.New("this build has no window")
}
