package api

import (
	"context"
	"encoding/hex"
	"strings"

	"gatehouse/backend/iam"
	"gatehouse/backend/store"
)

// Settings are those of this data folder.
type Settings struct {
	Organisation string    `json:"organisation" maxLength:"100"`
	Demo         bool      `json:"demo"`
	Folder       string    `json:"folder"`
	Version      string    `json:"version"`
	Listener     Listener  `json:"listener"`
	Vault        VaultInfo `json:"vault"`
	Head         string    `json:"head" doc:"The newest audit event's hash, to note elsewhere."`
	Events       int64     `json:"events"`
}

// Listener says whether a browser can reach this console.
type Listener struct {
	On        bool     `json:"on"`
	Address   string   `json:"address"`
	Addresses []string `json:"addresses"`
	Forced    bool     `json:"forced" doc:"Started as a server: it cannot be turned off here."`
}

// ChangeSettings carries new settings; absent fields stay.
type ChangeSettings struct {
	Body struct {
		Organisation *string `json:"organisation,omitempty" maxLength:"100"`
		Listener     *bool   `json:"listener,omitempty"`
	}
}

// StartLink opens a browser session, once, within five minutes.
type StartLink struct {
	URL       string `json:"url"`
	ExpiresAt string `json:"expiresAt" format:"date-time"`
}

// DemoOpened says where the demo company is.
type DemoOpened struct {
	URL string `json:"url,omitempty" doc:"A start link to open; empty in the window, which shows the demo by itself after a reload."`
}

func (s *server) getSettings(ctx context.Context, _ *none) (*body[Settings], error) {
	info, err := s.vaultInfo(ctx)
	if err != nil {
		return nil, err
	}
	return view(ctx, s, func(r *store.Reader) (Settings, error) {
		v := Settings{Demo: s.demo != nil, Folder: s.store.Dir(), Version: s.version, Vault: info}
		on, addresses, forced := s.listener.State()
		v.Listener = Listener{On: on, Addresses: append([]string{}, addresses...), Forced: forced}
		if len(addresses) > 0 {
			v.Listener.Address = addresses[0]
		}
		seq, hash, err := r.Head(ctx)
		if err != nil {
			return v, err
		}
		v.Events, v.Head = int64(seq), hex.EncodeToString(hash[:])
		v.Organisation, err = r.Setting(ctx, "organisation")
		return v, err
	})
}

func (s *server) changeSettings(ctx context.Context, in *ChangeSettings) (*body[Settings], error) {
	if on := in.Body.Listener; on != nil {
		if err := s.listener.Turn(ctx, *on); err != nil {
			return nil, err
		}
	}
	if name := in.Body.Organisation; name != nil {
		if _, err := s.store.Write(ctx, "setting.change", func(t *store.Tx) error {
			before, err := t.Setting(ctx, "organisation")
			if err != nil {
				return err
			}
			t.AboutText("setting", "organisation", strings.TrimSpace(*name))
			t.Touches("settings", "session")
			if err := t.Detail(map[string]string{"before": before, "after": strings.TrimSpace(*name)}); err != nil {
				return err
			}
			return t.PutSetting(ctx, "organisation", strings.TrimSpace(*name))
		}); err != nil {
			return nil, err
		}
	}
	return s.getSettings(ctx, nil)
}

func (s *server) newStartLink(ctx context.Context, _ *none) (*body[StartLink], error) {
	return answer(s.listener.Link(ctx))
}

func (s *server) openDemo(ctx context.Context, _ *none) (*body[DemoOpened], error) {
	if s.openTour == nil {
		return nil, iam.Errorf(iam.Unsupported, "The demo company cannot be opened from here.").Fix("Run: gatehouse demo")
	}
	url, err := s.openTour(ctx)
	return answer(DemoOpened{url}, err)
}

func (s *server) onDemo(ctx context.Context, action string, act func() error) (*none, error) {
	if s.demo == nil {
		return nil, iam.Errorf(iam.Unsupported, "This is not the demo company.")
	}
	if err := act(); err != nil {
		return nil, err
	}
	_, err := s.store.Write(ctx, action, nil)
	return &none{}, err
}

func (s *server) resetDemo(ctx context.Context, _ *none) (*none, error) {
	return s.onDemo(ctx, "demo.reset", func() error { return s.demo.Reset() })
}

func (s *server) playDemoDay(ctx context.Context, _ *none) (*none, error) {
	return s.onDemo(ctx, "demo.today", func() error { return s.demo.Today() })
}
