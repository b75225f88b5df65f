package vault

import (
	"errors"
	"testing"
	"time"

	"github.com/zalando/go-keyring"
)

func TestTheOSKeychainTellsNotFoundFromUnavailable(t *testing.T) {
	keyring.MockInit()
	k := OSKeychain{}
	if _, err := k.Get(service, "test/a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	if err := k.Set(service, "test/a", "secret"); err != nil {
		t.Fatal(err)
	}
	if got, err := k.Get(service, "test/a"); err != nil || got != "secret" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := k.Delete(service, "test/a"); err != nil {
		t.Fatal(err)
	}
	if err := k.Delete(service, "test/a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
	keyring.MockInitWithError(errHeadless)
	if _, err := k.Get(service, "test/a"); !errors.Is(err, errHeadless) || errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestAKeychainThatNeverAnswersIsUnavailable(t *testing.T) {
	never := make(chan struct{})
	defer close(never)
	_, err := within(time.Millisecond, func() (string, error) { <-never; return "late", nil })
	if err == nil || errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}
